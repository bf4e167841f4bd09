//! What holds for every command and every text.

use proptest::option::of;
use proptest::prelude::*;

use super::misread::is_invisible;
use super::*;
use crate::domain::{E164, Extension, RequestId, Upn, Voicemail};

fn upn() -> impl Strategy<Value = Upn> {
    "[a-z0-9'_!#^~-][a-z0-9'_!#^~.-]{0,8}[a-z0-9'_!#^~-]@[a-z0-9]{1,8}\\.(com|co\\.uk)"
        .prop_filter_map("two dots in a row", |text| Upn::parse(&text).ok())
}

/// Words with single spaces between them, of any script, and many that mean something elsewhere.
fn free_text() -> impl Strategy<Value = String> {
    let meaningful = prop::sample::select(vec![
        "ext",
        "x1000",
        "route:",
        "reason",
        "on",
        "ONB-2",
        "help",
        "?",
        ".",
        "\"",
        "`",
        "```",
        "\\",
        "\\\"",
        "<quoted",
        "/>",
        ">",
        "alice@contoso.com",
        "+13035550142",
        "<mailto:a@b.co|c@d.co>",
        "'",
        "“",
        "”",
        "=",
        "&gt;",
    ]);
    let word = prop_oneof![meaningful.prop_map(str::to_owned), "[^\\s\\p{C}]{1,6}"];
    prop::collection::vec(word, 1..5)
        .prop_map(|words| words.join(" "))
        .prop_filter("invisible", |text| !text.chars().any(is_invisible))
}

fn id() -> impl Strategy<Value = RequestId> {
    (1..=u32::MAX).prop_map(RequestId)
}

fn extension() -> impl Strategy<Value = Extension> {
    "[0-9]{3,6}".prop_map(|text| Extension::parse(&text).unwrap())
}

fn number() -> impl Strategy<Value = E164> {
    "\\+[1-9][0-9]{7,14}".prop_map(|text| E164::parse(&text).unwrap())
}

type Texts = [Option<String>; 5];

fn texts() -> impl Strategy<Value = Texts> {
    [of(free_text()), of(free_text()), of(free_text()), of(free_text()), of(free_text())]
}

fn onboard() -> impl Strategy<Value = Command> {
    (upn(), of(extension()), of(number()), texts()).prop_map(|(subject, extension, number, texts)| {
        let [location, route, profile, on, reason] = texts;
        Command::Onboard(Onboard { subject, extension, number, location, route, profile, on, reason })
    })
}

fn change() -> impl Strategy<Value = Command> {
    let sets = |c: &Change| {
        let texts = [&c.location, &c.route, &c.profile].iter().any(|text| text.is_some());
        c.extension.is_some() || c.number.is_some() || c.voicemail.is_some() || texts
    };
    let voicemail = of(prop::sample::select(vec![Voicemail::Pbx, Voicemail::Teams]));
    (upn(), of(extension()), of(number()), voicemail, texts())
        .prop_map(|(subject, extension, number, voicemail, texts)| {
            let [location, route, profile, on, reason] = texts;
            Change { subject, extension, number, location, route, voicemail, profile, on, reason }
        })
        .prop_filter("nothing to change", sets)
        .prop_map(Command::Change)
}

fn command() -> impl Strategy<Value = Command> {
    let target = prop_oneof![id().prop_map(Target::Request), upn().prop_map(Target::Subject)];
    let filter = prop::sample::select(ListFilter::WORDS.map(|(_, filter)| filter).to_vec());
    let verb = prop::sample::select(VERBS.iter().map(|entry| entry.verb).collect::<Vec<_>>());
    prop_oneof![
        4 => onboard(),
        2 => change(),
        1 => upn().prop_map(|subject| Command::Offboard { subject }),
        1 => upn().prop_map(|subject| Command::Why { subject }),
        1 => id().prop_map(|id| Command::Undo { id }),
        1 => number().prop_map(|number| Command::Number(NumberQuery::E164(number))),
        1 => extension().prop_map(|extension| Command::Number(NumberQuery::Extension(extension))),
        1 => of(target).prop_map(Command::Status),
        1 => filter.prop_map(Command::List),
        2 => (id(), of(free_text())).prop_map(|(id, reason)| Command::Approve { id, reason }),
        2 => (id(), free_text()).prop_map(|(id, reason)| Command::Reject { id, reason }),
        1 => id().prop_map(|id| Command::Retry { id }),
        1 => id().prop_map(|id| Command::Cancel { id }),
        1 => prop::sample::select(vec![Command::Bulk, Command::Mute, Command::Unmute]),
        1 => of(verb).prop_map(Command::Help),
    ]
}

/// Text that gets further into the parser than noise does.
fn near_command() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "onboard",
        "/approve",
        "number",
        "status",
        "change",
        "alice@contoso.com",
        "ext",
        "x1000",
        "x１",
        "ONB-1",
        ":",
        "=",
        "\"",
        "“",
        "'",
        "«",
        "`",
        "```",
        "\n",
        "\r\n",
        " ",
        "\u{a0}",
        ">",
        "<quoted ",
        "<mailto:",
        "|",
        "[",
        "](tel:",
        ")",
        "\\",
        "\u{200b}",
        "+1",
        "303",
        "(0)",
        "reason",
        "ä",
        "🦀",
        "?",
        ".",
        "route",
        "é＠",
        "<",
        "ﬀ",
        "İ",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn a_printed_command_is_read_back(command in command()) {
        let text = command.to_string();
        prop_assert_eq!(parse(&text), Ok(command), "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused_within_it(text in prop_oneof![any::<String>(), near_command()]) {
        match parse(&text) {
            Ok(command) => prop_assert_eq!(parse(&command.to_string()), Ok(command)),
            Err(misread) => {
                prop_assert!(misread.at <= text.chars().count());
                prop_assert!(misread.spot.chars().count() <= 40);
                prop_assert!(!misread.spot.chars().any(is_invisible));
            }
        }
    }

    #[test]
    fn what_stands_in_a_block_quote_or_a_fence_runs_nothing(command in command()) {
        for text in [format!("> {command}"), format!("```\n{command}\n```"), format!("```\n{command}")] {
            prop_assert_eq!(parse(&text).map_err(|misread| misread.why), Err(Why::Empty), "{}", text);
        }
    }
}
