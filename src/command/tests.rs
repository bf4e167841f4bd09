//! What people type, and what it means. The right column is the canonical text, which must mean the same.

use super::*;
use crate::domain::{E164, Extension, RequestId, Upn, Voicemail};

const ALICE: &str = "onboard alice@contoso.com ext 1000";

/// Reads every left text; the right one is a canonical text, or what follows [`ALICE`] when it starts with a blank.
fn assert_meanings(rows: &[(&str, &str)]) {
    for (text, meaning) in rows {
        let canonical = if meaning.is_empty() || meaning.starts_with(' ') {
            format!("{ALICE}{meaning}")
        } else {
            (*meaning).to_owned()
        };
        let command = parse(text).unwrap_or_else(|misread| panic!("{text:?}: {misread} {:?}", misread.spot));
        assert_eq!(command.to_string(), canonical, "{text:?}");
        assert_eq!(parse(&canonical).as_ref(), Ok(&command), "{canonical:?} means something else");
    }
}

#[test]
fn every_field_lands_in_its_place() {
    let text = "onboard Alice@Contoso.com ext 1000 number +13035550142 location Denver route \"US West\" \
                profile sales on 2026-12-01 09:00 reason new hire";
    let expected = Onboard {
        subject: Upn::parse("alice@contoso.com").unwrap(),
        extension: Some(Extension::parse("1000").unwrap()),
        number: Some(E164::parse("+13035550142").unwrap()),
        location: Some("Denver".into()),
        route: Some("US West".into()),
        profile: Some("sales".into()),
        on: Some("2026-12-01 09:00".into()),
        reason: Some("new hire".into()),
    };
    assert_eq!(parse(text), Ok(Command::Onboard(expected)));
    let change = Change {
        subject: Upn::parse("alice@contoso.com").unwrap(),
        extension: None,
        number: None,
        location: None,
        route: Some("US West".into()),
        voicemail: None,
        profile: None,
        on: None,
        reason: None,
    };
    assert_eq!(parse("change alice@contoso.com route US West"), Ok(Command::Change(change)));
    let voicemail = |text: &str| match parse(text) {
        Ok(Command::Change(change)) => change.voicemail,
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(voicemail("change alice@contoso.com voicemail Teams"), Some(Voicemail::Teams));
    assert_eq!(voicemail("change voicemail=pbx alice@contoso.com"), Some(Voicemail::Pbx));
    let wrong = parse("change alice@contoso.com voicemail none").unwrap_err();
    assert_eq!((wrong.why, wrong.spot.as_str()), (Why::BadVoicemail, "none"));
    let id = RequestId(42);
    assert_eq!(parse("approve ONB-42 looks good"), Ok(Command::Approve { id, reason: Some("looks good".into()) }));
    assert_eq!(parse("reject ONB-42 taken"), Ok(Command::Reject { id, reason: "taken".into() }));
    assert_eq!(parse("status onb-42"), Ok(Command::Status(Some(Target::Request(id)))));
    assert_eq!(parse("list"), Ok(Command::List(ListFilter::All)));
}

#[test]
fn the_extension_is_understood_in_every_spelling() {
    assert_meanings(&[
        ("onboard alice@contoso.com ext 1000", ""),
        ("onboard alice@contoso.com ext:1000", ""),
        ("onboard alice@contoso.com ext=1000", ""),
        ("onboard alice@contoso.com ext: 1000", ""),
        ("onboard alice@contoso.com ext : 1000", ""),
        ("onboard alice@contoso.com ext = 1000", ""),
        ("onboard alice@contoso.com extension 1000", ""),
        ("onboard alice@contoso.com Extension:1000", ""),
        ("onboard alice@contoso.com x1000", ""),
        ("onboard alice@contoso.com X1000.", ""),
        ("onboard alice@contoso.com x 1000", ""),
        ("onboard alice@contoso.com ext1000", ""),
        ("onboard alice@contoso.com extension1000", ""),
        ("onboard alice@contoso.com ext.1000", ""),
        ("onboard alice@contoso.com ext. 1000", ""),
        ("onboard alice@contoso.com ext #1000", ""),
        ("onboard alice@contoso.com ext:#1000", ""),
        ("onboard alice@contoso.com ext#1000", ""),
        ("onboard alice@contoso.com ext \"1000\"", ""),
    ]);
}

#[test]
fn slash_case_blanks_and_punctuation_do_not_matter() {
    assert_meanings(&[
        ("/onboard alice@contoso.com ext 1000", ""),
        ("ONBOARD ALICE@CONTOSO.COM EXT 1000", ""),
        ("/Onboard Alice@Contoso.com Ext 1000", ""),
        ("  onboard\talice@contoso.com   ext 1000  ", ""),
        ("\u{a0}onboard\u{a0}alice@contoso.com\u{202f}ext\u{3000}1000", ""),
        ("\r\nonboard alice@contoso.com ext 1000\r\n", ""),
        ("onboard alice@contoso.com ext 1000\nthank you", ""),
        ("onboard alice@contoso.com ext 1000.", ""),
        ("onboard: alice@contoso.com, ext 1000!", ""),
        ("onboard alice@contoso.com; ext 1000 ?", ""),
        ("onboard alice@contoso.com , ext 1000 !!!", ""),
        ("add alice@contoso.com ext 1000", ""),
        ("/provision alice@contoso.com x1000", ""),
        ("Setup alice@contoso.com x1000", ""),
    ]);
}

#[test]
fn addresses_come_in_the_dress_the_chat_gives_them() {
    assert_meanings(&[
        ("onboard <mailto:alice@contoso.com|alice@contoso.com> ext 1000", ""),
        ("onboard <mailto:alice@contoso.com|Alice Smith> ext 1000", ""),
        ("onboard <mailto:alice@contoso.com>, ext 1000", ""),
        ("onboard <MAILTO:Alice@Contoso.com|alice@contoso.com> ext 1000", ""),
        ("onboard mailto:alice@contoso.com ext 1000", ""),
        ("onboard <alice@contoso.com> ext 1000", ""),
        ("onboard [alice@contoso.com](mailto:alice@contoso.com) ext 1000", ""),
        ("onboard [Alice Smith](mailto:alice@contoso.com). ext 1000", ""),
        ("onboard \"alice@contoso.com\" ext 1000", ""),
        ("onboard ‘alice@contoso.com’ ext 1000", ""),
        ("offboard o'neil@contoso.com", "offboard o'neil@contoso.com"),
        ("offboard \"'t.hart@contoso.com\"", "offboard \"'t.hart@contoso.com\""),
    ]);
}

#[test]
fn fields_stand_in_any_order_and_values_end_at_the_next_one() {
    assert_meanings(&[
        ("onboard ext 1000 alice@contoso.com", ""),
        ("onboard route US West x1000 alice@contoso.com", " route \"US West\""),
        ("onboard location Denver alice@contoso.com ext 1000", " location \"Denver\""),
        ("onboard alice@contoso.com route us-west ext 1000", " route \"us-west\""),
        (
            "onboard alice@contoso.com ext 1000 location Salt Lake City route US West",
            " location \"Salt Lake City\" route \"US West\"",
        ),
        ("onboard alice@contoso.com location Salt Lake City, ext 1000", " location \"Salt Lake City\""),
        ("onboard alice@contoso.com ext 1000 location St. Louis, MO.", " location \"St. Louis, MO\""),
        ("onboard alice@contoso.com ext 1000 loc: Denver", " location \"Denver\""),
        ("onboard alice@contoso.com ext 1000 route:\"US West\"", " route \"US West\""),
        ("onboard alice@contoso.com ext 1000 ROUTE=us-west", " route \"us-west\""),
        ("onboard alice@contoso.com ext 1000 route=US West profile Sales", " route \"US West\" profile \"Sales\""),
        ("onboard alice@contoso.com ext 1000 on tomorrow 09:30 profile y", " profile \"y\" on \"tomorrow 09:30\""),
        ("onboard alice@contoso.com ext 1000 location Münster", " location \"Münster\""),
    ]);
}

#[test]
fn quotes_of_every_keyboard_hold_a_value_together() {
    assert_meanings(&[
        ("onboard alice@contoso.com ext 1000 route \"US West\"", " route \"US West\""),
        ("onboard alice@contoso.com ext 1000 route “US West”", " route \"US West\""),
        ("onboard alice@contoso.com ext 1000 route „US West“", " route \"US West\""),
        ("onboard alice@contoso.com ext 1000 route \"US West”", " route \"US West\""),
        ("onboard alice@contoso.com ext 1000 route “US West\".", " route \"US West\""),
        ("onboard alice@contoso.com ext 1000 route ‘US West’", " route \"US West\""),
        ("onboard alice@contoso.com ext 1000 route 'Bob's desk'", " route \"Bob's desk\""),
        ("onboard alice@contoso.com ext 1000 route «US West»", " route \"US West\""),
        ("onboard alice@contoso.com ext 1000 route “ US\u{a0}West ”", " route \"US West\""),
        ("onboard alice@contoso.com ext 1000 location \"Stratford on Avon\"", " location \"Stratford on Avon\""),
        ("onboard alice@contoso.com ext 1000 location \"a \\\"b\\\" c\"", " location \"a \\\"b\\\" c\""),
        ("onboard alice@contoso.com ext 1000 location \"C:\\temp\"", " location \"C:\\\\temp\""),
    ]);
}

#[test]
fn numbers_are_brought_into_form() {
    let line = " number +13035550142";
    assert_meanings(&[
        ("onboard alice@contoso.com ext 1000 number +13035550142", line),
        ("onboard alice@contoso.com number: +1 303-555-0142 ext 1000", line),
        ("onboard alice@contoso.com number +1 (303) 555-0142, ext 1000", line),
        ("onboard alice@contoso.com number \"+1 303 555 0142\" ext 1000", line),
        ("onboard alice@contoso.com number=+1.303.555.0142 ext 1000", line),
        ("onboard alice@contoso.com number +1\u{a0}303\u{2011}555–0142 x1000", line),
        ("onboard alice@contoso.com ext 1000 number <tel:+13035550142|+1 303-555-0142>", line),
        ("onboard alice@contoso.com number +1 303 555 0142 x1000", line),
        ("number +1 303-555-0142", "number +13035550142"),
        ("number 1000", "number 1000"),
        ("number +11000", "number 1000"),
        ("number x1000", "number 1000"),
        ("lookup ext 1000?", "number 1000"),
        ("number: #1000", "number 1000"),
    ]);
}

#[test]
fn a_reason_takes_the_rest_unless_it_is_quoted() {
    assert_meanings(&[
        ("onboard alice@contoso.com ext 1000 reason new hire in Denver", " reason \"new hire in Denver\""),
        (
            "onboard alice@contoso.com ext 1000 reason: moves on, keeps the number.",
            " reason \"moves on, keeps the number.\"",
        ),
        ("onboard alice@contoso.com ext 1000 reason new hire\nstarts Monday", " reason \"new hire starts Monday\""),
        ("onboard alice@contoso.com reason \"new hire\" ext 1000", " reason \"new hire\""),
        ("onboard alice@contoso.com ext 1000 reason the \"big\" one", " reason \"the \\\"big\\\" one\""),
        ("onboard alice@contoso.com ext 1000 reason \"never closed", " reason \"\\\"never closed\""),
        ("onboard alice@contoso.com ext 1000 reason asked by bob@contoso.com", " reason \"asked by bob@contoso.com\""),
        ("approve ONB-1", "approve ONB-1"),
        ("approve ONB-1 “looks good”", "approve ONB-1 \"looks good\""),
        ("approve ONB-1, reason: looks good!", "approve ONB-1 \"looks good!\""),
        ("approve ONB-1\n--\nSent from my phone", "approve ONB-1"),
        ("reject onb-7 it's taken: ask Bob", "reject ONB-7 \"it's taken: ask Bob\""),
        ("reject ONB-7\nextension 1000 is taken", "reject ONB-7 \"extension 1000 is taken\""),
        ("deny ONB-7 no", "reject ONB-7 \"no\""),
    ]);
}

#[test]
fn the_other_commands_are_understood() {
    assert_meanings(&[
        ("offboard alice@contoso.com", "offboard alice@contoso.com"),
        ("remove alice@contoso.com.", "offboard alice@contoso.com"),
        ("change alice@contoso.com x1001", "change alice@contoso.com ext 1001"),
        ("update location Denver alice@contoso.com", "change alice@contoso.com location \"Denver\""),
        ("undo ONB-3", "undo ONB-3"),
        ("why alice@contoso.com?", "why alice@contoso.com"),
        ("status", "status"),
        ("Status?", "status"),
        ("status ONB-3.", "status ONB-3"),
        ("status #onb–3", "status ONB-3"),
        ("show alice@contoso.com", "status alice@contoso.com"),
        ("ls", "list all"),
        ("list Waiting", "list waiting"),
        ("requests mine", "list mine"),
        ("list late", "list late"),
        ("list failed!", "list failed"),
        ("yes ONB-3", "approve ONB-3"),
        ("retry ONB-3", "retry ONB-3"),
        ("stop ONB-3", "cancel ONB-3"),
        ("abort ONB-3", "cancel ONB-3"),
        ("bulk", "bulk"),
        ("?", "help"),
        ("h", "help"),
        ("Hilfe!", "help"),
        ("help /Onboard", "help onboard"),
        ("help add", "help onboard"),
        ("onboard help", "help onboard"),
        ("reject ?", "help reject"),
    ]);
}

#[test]
fn what_is_quoted_or_code_is_left_out() {
    assert_meanings(&[
        ("> onboard bob@contoso.com ext 2000\nonboard alice@contoso.com ext 1000", ""),
        ("  &gt; cancel ONB-1\r\nonboard alice@contoso.com ext 1000", ""),
        ("<quoted messageId=\"1772\"/> onboard alice@contoso.com ext 1000", ""),
        ("<quoted messageId=\"1772\"/>\nonboard alice@contoso.com ext 1000", ""),
        ("```\ncancel ONB-1\n```\nonboard alice@contoso.com ext 1000", ""),
        ("`cancel ONB-1` onboard alice@contoso.com ext 1000", ""),
        ("onboard alice@contoso.com ``ext ` 2000`` ext 1000", ""),
        ("approve ONB-1 see `cancel ONB-2` there", "approve ONB-1 \"see there\""),
    ]);
}

#[test]
fn every_name_in_the_table_is_read_and_only_once() {
    let mut seen = std::collections::BTreeSet::new();
    for entry in &VERBS {
        for name in entry.names() {
            assert!(seen.insert(name), "{name} stands for two commands");
            assert_eq!(parse(&format!("help {name}")), Ok(Command::Help(Some(entry.verb))));
        }
        let example = parse(entry.example).unwrap_or_else(|misread| panic!("{}: {misread}", entry.example));
        assert_eq!(example.verb(), entry.verb);
        assert!(entry.usage.starts_with(entry.name));
        for field in entry.fields {
            let shown = entry.usage.contains(&format!("{} <", field.name())) || entry.fields.len() == 1;
            assert!(shown, "{} is not in the usage of {}", field.name(), entry.name);
        }
    }
}

#[test]
fn the_help_shows_what_this_release_does() {
    let lines = help();
    let ids: Vec<&str> = lines.iter().map(|line| line.does.id.as_str()).collect();
    let available = [
        "onboard", "offboard", "change", "undo", "why", "number", "status", "list", "approve", "reject", "retry",
        "cancel", "mute", "unmute", "help",
    ];
    assert_eq!(ids, available.map(|name| format!("help-{name}")));
    assert!(!Verb::Bulk.is_available());
    assert_eq!(help_of(Verb::Undo).usage, "undo <id>");
}
