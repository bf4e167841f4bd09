//! The cards of taking a line away, changing it, taking something back, and mending one thing.

use onboard_bot::domain::Mend;

use super::*;

const LINE: (&str, &str) = ("line", "+11000");

fn removal_items() -> Vec<Item> {
    let device = say("value-device-removed").with("device", "1000tm");
    vec![
        text("item-subject", "Alice Example (alice@contoso.com)"),
        text("item-line-to-go", "+11000"),
        text("item-extension", "1000"),
        Item { label: "item-device".to_owned(), value: Shown::Said(device) },
        said("item-back-first", "value-back-licence"),
        said("item-microsoft", "microsoft-licence"),
    ]
}

fn removal_notices() -> Vec<Sentence> {
    let told = |id: &str| say(id).with(LINE.0, LINE.1);
    vec![told("notice-line-goes"), told("notice-line-cools-days").with("days", 30), say("notice-microsoft-last")]
}

pub fn removal() -> Confirm {
    let choice =
        |value: &str| Choice { title: Shown::Said(say(&format!("microsoft-{value}"))), value: value.to_owned() };
    Confirm {
        work: Work::Offboard,
        items: removal_items(),
        locations: vec![],
        location: None,
        routes: vec![],
        route: None,
        voicemail: String::new(),
        emergency_addresses: vec![],
        microsoft: ["licence", "delete"].map(choice).into(),
        notices: removal_notices(),
        warnings: vec![say("warn-licence-gone").with("upn", UPN)],
        ..confirm()
    }
}

pub fn removal_approval() -> Approval {
    Approval { work: Work::Offboard, items: removal_items(), notices: removal_notices(), ..approval() }
}

pub fn change_approval() -> Approval {
    let route = say("value-changed").with("before", "US West").with("after", "US East 2");
    let voicemail = say("value-changed").with_term("before", "voicemail-pbx").with_term("after", "voicemail-teams");
    let changed = |label: &str, value| Item { label: label.to_owned(), value: Shown::Said(value) };
    Approval {
        work: Work::Change,
        items: vec![text("item-extension", "1000"), changed("item-route", route), changed("item-voicemail", voicemail)],
        notices: vec![say("notice-edit-interrupts"), say("notice-voicemail-teams")],
        ..approval()
    }
}

pub fn deleting() -> Guided {
    let told = |id: &str| say(id).with("subject", ALICE).with(LINE.0, LINE.1);
    Guided {
        title: told("guided-title-delete-user"),
        instructions: ["guided-delete-filter", "guided-delete-user", "guided-delete-check"].map(told).into(),
        items: vec![text("item-subject", UPN), text("item-line-to-go", "+11000"), text("item-extension", "1000")],
        link: None,
        ..guided()
    }
}

fn reported(label: &str, step: &str, note: Option<&str>) -> Item {
    let id = if note.is_some() { "value-reported-note" } else { "value-reported" };
    let said = say(id).with("by", "Olga Operator").with("at", shown_time(at(48)));
    let said = said.with_term("step", &format!("step-short-{step}")).with("note", note.unwrap_or_default());
    Item { label: label.to_owned(), value: Shown::Said(said) }
}

pub fn gone() -> Done {
    Done {
        work: Work::Offboard,
        evidence: vec![
            text("item-line-gone", "+11000"),
            said("item-voice-enabled", "value-no"),
            text("item-device-removed", "1000tm"),
            said("item-microsoft", "value-licence-removed"),
        ],
        reports: vec![
            reported("item-could-not", "disable-calling", Some("my login is locked")),
            reported("item-reported-by", "disable-calling", None),
            reported("item-reported-by", "delete-user", Some("was under Disabled")),
        ],
        ..done()
    }
}

/// Another route where a human syncs: the line works, and nobody can see the route.
pub fn saved() -> Done {
    Done {
        work: Work::Change,
        saved: true,
        evidence: vec![
            text("item-number", "+11000"),
            said("item-voice-enabled", "value-yes"),
            said("item-saved", "value-saved-carrier"),
        ],
        reports: vec![reported("item-reported-by", "sync", None)],
        ..done()
    }
}

pub fn not_undone() -> Problems {
    Problems {
        work: Work::Undo(RequestId(7)),
        problems: vec![problem(
            "cond-undo-number",
            Fixer::MicrosoftAdmin,
            &[("undone", "ONB-7"), ("upn", UPN), ("found", "+13035550177")],
        )],
        ..problems()
    }
}

pub fn mending() -> Approval {
    Approval {
        work: Work::Mend(Mend::JoinGroup),
        items: vec![text("item-sync-group", "Teammate Sync")],
        notices: vec![say("notice-group-joined").with("group", "Teammate Sync")],
        warnings: vec![],
        ..approval()
    }
}

fn operators() -> Vec<Choice> {
    let choice = |name: &str| Choice { title: Shown::Text(name.to_owned()), value: format!("id of {name}") };
    vec![choice("Olga Operator"), choice("Oskar Operator")]
}

pub fn reminded() -> Guided {
    let times = |sentence: Sentence| sentence.with("asked", shown_time(at(1))).with("reminded", shown_time(at(241)));
    Guided { others: operators(), remark: Some(times(say("remark-reminded"))), ..deleting() }
}

pub fn refused() -> Failure {
    let cause = say("cause-operator-cannot").with("by", "Olga Operator").with("note", "The portal does not list her");
    let fix = say("cause-operator-cannot-fix-others");
    Failure { cause, fix, others: operators()[1..].to_vec(), incident: None, ..failure() }
}
