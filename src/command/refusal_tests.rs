//! What is not a command: where it goes wrong, and what was probably meant.

use super::*;
use crate::domain::{NumberError, UpnError};

/// Text with the spot between ⟦ and ⟧, or one ¦ where something is missing.
fn assert_refusals(rows: &[(&str, Why)]) {
    for (marked, why) in rows {
        let text: String = marked.chars().filter(|c| !"⟦⟧¦".contains(*c)).collect();
        let misread = parse(&text).expect_err(marked);
        assert_eq!(misread.why, *why, "{marked:?}");
        let at = marked.chars().position(|c| c == '⟦' || c == '¦').expect("a mark");
        assert_eq!(misread.at, at, "{marked:?}");
        let spot = marked.split_once('⟦').and_then(|(_, rest)| rest.split_once('⟧')).map_or("", |(spot, _)| spot);
        assert_eq!(misread.spot, spot, "{marked:?}");
        let said = misread.sentence();
        assert!(said.id.starts_with("misread-"), "{}", said.id);
        assert_eq!(said.args["position"], (at + 1).to_string());
    }
}

fn word(suggestion: &str) -> Why {
    Why::UnknownWord { suggestion: Some(suggestion.to_owned()).filter(|s| !s.is_empty()) }
}

fn command(suggestion: Option<&'static str>) -> Why {
    Why::UnknownCommand { suggestion }
}

#[test]
fn unknown_commands_come_with_what_was_probably_meant() {
    assert_refusals(&[
        ("⟦onbord⟧ alice@contoso.com ext 1000", command(Some("onboard"))),
        ("⟦/aprove⟧ ONB-1", command(Some("approve"))),
        ("  ⟦rejct⟧, ONB-1 taken", command(Some("reject"))),
        ("⟦STATSU⟧", command(Some("status"))),
        ("⟦provison⟧ alice@contoso.com x1000", command(Some("provision"))),
        ("⟦thanks⟧!", command(None)),
        ("⟦now⟧", command(None)),
        ("⟦/etc/hosts⟧ is gone", command(None)),
        ("⟦ｏｎｂｏａｒｄ⟧ alice@contoso.com ext 1000", command(None)),
        ("⟦\"onboard alice@contoso.com ext 1000\"⟧", command(None)),
        ("⟦alice@contoso.com⟧ onboard", command(None)),
    ]);
}

#[test]
fn unknown_words_are_pointed_at() {
    assert_refusals(&[
        ("onboard alice@contoso.com ⟦exten⟧ 1000", word("extension")),
        ("onboard alice@contoso.com ext 1000 ⟦locaton⟧ Denver", word("location")),
        ("onboard alice@contoso.com ext 1000 ⟦pls⟧", word("")),
        ("onboard alice@contoso.com ⟦1000⟧", word("ext 1000")),
        ("onboard alice@contoso.com ext 1000 ⟦+13035550142⟧", word("number")),
        ("onboard alice@contoso.com ext 1000 number +13035550142 ⟦tomorrow⟧", word("")),
        ("onboard alice@contoso.com ext 1000 route \"US\" ⟦West⟧", word("")),
        ("list ⟦waitng⟧", word("waiting")),
        ("list mine ⟦late⟧", word("")),
        ("help ⟦/onbord⟧", word("onboard")),
        ("cancel ONB-1 ⟦please⟧", word("")),
        ("bulk ⟦now⟧", word("")),
        ("number ⟦alice@contoso.com⟧", word("")),
        ("offboard alice@contoso.com ⟦ext⟧ 1000", Why::NotForThisCommand("ext")),
        ("offboard alice@contoso.com ⟦x1000⟧", Why::NotForThisCommand("ext")),
        ("status alice@contoso.com ⟦route⟧ US", Why::NotForThisCommand("route")),
    ]);
}

#[test]
fn what_is_missing_is_missed_at_the_end() {
    assert_refusals(&[
        ("onboard ext 1000¦", Why::MissingSubject),
        ("onboard¦", Why::MissingSubject),
        ("why¦ ", Why::MissingSubject),
        ("approve¦", Why::MissingId),
        ("retry¦\n", Why::MissingId),
        ("reject ONB-1¦", Why::MissingReason),
        ("reject ONB-1¦.", Why::MissingReason),
        ("change alice@contoso.com¦", Why::NothingToChange),
        ("change alice@contoso.com reason why not¦", Why::NothingToChange),
        ("onboard alice@contoso.com ⟦ext⟧", Why::MissingValue("ext")),
        ("onboard ⟦ext⟧ alice@contoso.com", Why::MissingValue("ext")),
        ("onboard alice@contoso.com ⟦location⟧ route US ext 1000", Why::MissingValue("location")),
        ("onboard alice@contoso.com ext 1000 ⟦route⟧ \"\"", Why::MissingValue("route")),
        ("onboard alice@contoso.com ext 1000 ⟦reason⟧:", Why::MissingValue("reason")),
        ("⟦number⟧", Why::MissingValue("number")),
    ]);
}

#[test]
fn nothing_is_said_twice() {
    assert_refusals(&[
        ("onboard alice@contoso.com ext 1000 ⟦ext⟧ 1001", Why::Twice("ext")),
        ("onboard alice@contoso.com ext 1000 ⟦x1001⟧", Why::Twice("ext")),
        ("onboard alice@contoso.com route A ⟦route⟧=B ext 1000", Why::Twice("route")),
        ("onboard alice@contoso.com ⟦bob@contoso.com⟧ ext 1000", Why::Twice("subject")),
        ("approve ONB-1 ⟦ONB-2⟧", Why::Twice("id")),
    ]);
}

#[test]
fn names_numbers_and_ids_are_checked() {
    assert_refusals(&[
        ("onboard ⟦alice⟧ ext 1000", Why::BadUpn(UpnError::Shape)),
        ("onboard ⟦alice@contoso⟧ ext 1000", Why::BadUpn(UpnError::Domain)),
        ("onboard ⟦o’neil@contoso.com⟧ ext 1000", Why::BadUpn(UpnError::Character(0x2019))),
        ("onboard ⟦ａlice@contoso.com⟧ ext 1000", Why::BadUpn(UpnError::Character(0xff41))),
        ("onboard ⟦alice＠contoso.com⟧ ext 1000", Why::BadUpn(UpnError::Shape)),
        ("status ⟦alice@contoso.com/memberOf⟧", Why::BadUpn(UpnError::Character('/'.into()))),
        ("onboard ⟦<mailto:bob@adatum.com|al@adatum.com>⟧ ext 1000", Why::LinkDiffers),
        ("onboard ⟦[al@adatum.com](mailto:bob@adatum.com)⟧ ext 1000", Why::LinkDiffers),
        ("onboard alice@contoso.com ext ⟦10⟧", Why::BadNumber(NumberError::ExtensionLength)),
        ("onboard alice@contoso.com ext ⟦１０００⟧", Why::BadNumber(NumberError::Digits)),
        ("onboard alice@contoso.com ⟦x１０００⟧", Why::BadNumber(NumberError::Digits)),
        ("onboard alice@contoso.com ext ⟦1O00⟧", Why::BadNumber(NumberError::Digits)),
        ("onboard alice@contoso.com ext 1000 number ⟦3035550142⟧", Why::BadNumber(NumberError::E164Shape)),
        ("onboard alice@contoso.com number ⟦+49 (0)89 1234567⟧ ext 1000", Why::BadNumber(NumberError::E164Shape)),
        ("number ⟦+1３035550142⟧", Why::BadNumber(NumberError::E164Shape)),
        ("number ⟦13035550142⟧", Why::BadNumber(NumberError::E164Shape)),
        ("approve ⟦42⟧", Why::BadRequestId),
        ("cancel ⟦ONB-007⟧", Why::BadRequestId),
        ("status ⟦everything⟧", Why::BadRequestId),
        ("onboard alice@contoso.com ext 1000 route ⟦\"US⟧ West", Why::OpenQuote),
        ("onboard alice@contoso.com ext 1000 ⟦“US⟧ West", Why::OpenQuote),
    ]);
}

#[test]
fn invisible_characters_are_refused_where_they_stand() {
    let cases = [
        ("onboard alice@contoso.com ext 10\u{200b}00", 32, "10\\u{200b}00", Why::Invisible(0x200b)),
        (
            "onboard al\u{200d}ice@contoso.com ext 1000",
            10,
            "al\\u{200d}ice@contoso.com",
            Why::BadUpn(UpnError::Character(0x200d)),
        ),
        ("\u{202e}cancel ONB-1", 0, "\\u{202e}cancel", Why::Invisible(0x202e)),
        ("reject ONB-1 nice \u{2066}try", 18, "\\u{2066}try", Why::Invisible(0x2066)),
        ("\u{feff}help", 0, "\\u{feff}help", Why::Invisible(0xfeff)),
        ("help\u{0}", 4, "help\\u{0}", Why::Invisible(0)),
    ];
    for (text, at, spot, why) in cases {
        let misread = parse(text).expect_err(text);
        assert_eq!((misread.at, misread.spot.as_str(), misread.why), (at, spot, why), "{text:?}");
    }
}

#[test]
fn what_runs_nothing_is_empty() {
    for text in [
        "",
        " \u{a0}\r\n",
        "...",
        "> onboard alice@contoso.com ext 1000",
        ">onboard alice@contoso.com ext 1000\n> approve ONB-1",
        "&gt; approve ONB-1",
        "`onboard alice@contoso.com ext 1000`",
        "```\nonboard alice@contoso.com ext 1000\n```",
        "```onboard alice@contoso.com ext 1000```",
        "```\napprove ONB-1",
        "<quoted messageId=\"1772\"/>",
        "> `\n> approve ONB-1",
    ] {
        assert_eq!(parse(text).map_err(|misread| misread.why), Err(Why::Empty), "{text:?}");
    }
}

#[test]
fn long_texts_are_refused_unread_and_long_words_are_cut() {
    let reason = "a".repeat(LONGEST_TEXT - "reject ONB-1 ".len());
    assert!(parse(&format!("reject ONB-1 {reason}")).is_ok());
    let misread = parse(&format!("reject ONB-1 {reason}ä")).unwrap_err();
    assert_eq!((misread.at, misread.why), (LONGEST_TEXT, Why::TooLong));
    let misread = parse(&"ä".repeat(LONGEST_TEXT)).unwrap_err();
    assert_eq!((misread.spot, misread.why), ("ä".repeat(40), command(None)));
}

#[test]
fn the_sentence_names_spot_position_and_suggestion_and_the_log_does_not() {
    let misread = parse("onbord alice@contoso.com").unwrap_err();
    let said = misread.sentence();
    assert_eq!(said.id, "misread-unknown-command-suggestion");
    assert_eq!(said.args["spot"], "onbord");
    assert_eq!(said.args["position"], "1");
    assert_eq!(said.args["suggestion"], "onboard");
    let misread = parse("cancel secret").unwrap_err();
    assert_eq!(misread.spot, "secret");
    assert!(!format!("{misread:?} {misread}").contains("secret"));
}

#[test]
fn what_is_typed_never_names_another_sentence() {
    let said = parse("term:help-onboard").unwrap_err().sentence();
    assert_eq!(said.args["spot"], "term:help-onboard");
}
