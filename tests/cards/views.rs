//! The situations that the samples show: one or more for each card.

mod carriers;
mod lines;
mod on_slack;

use jiff::Timestamp;
pub use on_slack::{homes, notes, on_slack, only_slack};
use onboard_bot::domain::{Fixer, Problem, RequestId, Sentence, Surface, Work};
use onboard_bot::view::*;

pub fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-11-22T03:35:00Z".parse().unwrap();
    start + jiff::SignedDuration::from_mins(minutes)
}

const STAMP: Stamp = Stamp { request: RequestId(42), version: 3 };
pub const ALICE: &str = "Alice Example";
pub const UPN: &str = "alice@contoso.com";

pub fn say(id: &str) -> Sentence {
    Sentence::new(id)
}

fn text(label: &str, value: &str) -> Item {
    Item { label: label.to_owned(), value: Shown::Text(value.to_owned()) }
}

fn said(label: &str, id: &str) -> Item {
    Item { label: label.to_owned(), value: Shown::Said(say(id)) }
}

fn choice(name: &str) -> Choice {
    Choice { title: Shown::Text(name.to_owned()), value: name.to_owned() }
}

fn mention(number: usize, name: &str) -> Mention {
    let (id, directory_id) = (format!("29:user-{number}"), format!("00000000-0000-0000-0000-{number:012}"));
    Mention { surface: Surface::Teams, id, directory_id, name: name.to_owned() }
}

fn problem(id: &str, who: Fixer, args: &[(&str, &str)]) -> Problem {
    let with = |sentence: Sentence| args.iter().fold(sentence, |s, (name, value)| s.with(name, value));
    Problem { what: with(say(id)), fix: with(say(&format!("{id}-fix"))), who }
}

/// All of them by the name of their sample.
pub fn all() -> Vec<(&'static str, View)> {
    let confirm = confirm();
    let approval = approval();
    let guided = guided();
    let progress = progress();
    let failure = failure();
    let problems = problems();
    let by_bob = |id: &str| Some(say(id).with("by", "Bob Approver"));
    let mut all = vec![
        ("confirm", View::Confirm(confirm.clone())),
        ("confirm.open", View::Confirm(Confirm { location: None, route: None, warnings: vec![], ..confirm.clone() })),
        ("confirm.closed", View::Confirm(Confirm { closed: by_bob("closed-submitted"), ..confirm })),
        ("confirm.longest", View::Confirm(longest_confirm())),
        ("confirm.calltower", View::Confirm(carriers::calltower_confirm())),
        ("confirm.direct-routing", View::Confirm(carriers::direct_routing_confirm())),
        ("confirm.removal", View::Confirm(lines::removal())),
        ("approval", View::Approval(approval.clone())),
        ("approval.removal", View::Approval(lines::removal_approval())),
        ("approval.change", View::Approval(lines::change_approval())),
        ("approval.mend", View::Approval(lines::mending())),
        ("approval.readonly", View::Approval(Approval { buttons: false, ..approval.clone() })),
        (
            "approval.closed",
            View::Approval(Approval {
                closed: by_bob("closed-rejected").map(|s| s.with("reason", "Alice *moves* to <b>Denver</b> next week")),
                ..approval.clone()
            }),
        ),
        ("approval.hostile", View::Approval(hostile(approval))),
        ("approval.longest", View::Approval(longest_approval())),
        ("guided", View::Guided(guided.clone())),
        (
            "guided.remark",
            View::Guided(Guided {
                remark: Some(say("remark-not-visible").with("by", "Olga Operator")),
                link: None,
                ..guided.clone()
            }),
        ),
        ("guided.closed", View::Guided(Guided { closed: Some(say("closed-done")), ..guided })),
        ("guided.delete", View::Guided(lines::deleting())),
        ("guided.reminded", View::Guided(lines::reminded())),
        ("failure.refused", View::Failure(lines::refused())),
        ("guided.connect", View::Guided(carriers::connect())),
        ("guided.reported", View::Guided(carriers::reported())),
        ("progress", View::Progress(progress.clone())),
        ("progress.failed", View::Progress(failed(progress.clone()))),
        ("progress.documented", View::Progress(documented(progress.clone()))),
        ("progress.closed", View::Progress(cancelled(progress))),
        ("failure", View::Failure(failure.clone())),
        (
            "failure.problems",
            View::Failure(Failure { problems: problems.problems.clone(), incident: None, ..failure.clone() }),
        ),
        ("failure.closed", View::Failure(Failure { closed: by_bob("closed-retried"), ..failure })),
        ("done", View::Done(done())),
        ("done.removal", View::Done(lines::gone())),
        ("problems.undo", View::Problems(lines::not_undone())),
        ("done.saved", View::Done(lines::saved())),
        ("done.quiet", View::Done(quiet_done())),
        ("problems", View::Problems(problems.clone())),
        ("problems.one", View::Problems(Problems { problems: problems.problems[..1].to_vec(), ..problems.clone() })),
        ("problems.longest", View::Problems(longest_problems())),
        ("requests", View::Requests(requests())),
        ("requests.clock", View::Requests(one_request())),
        ("requests.empty", View::Requests(Requests { rows: vec![], more: 0, ..requests() })),
        ("help", View::Help(help())),
        ("greeting", View::Greeting),
    ];
    all.extend(super::inquiries::all());
    all
}

fn plan_items() -> Vec<Item> {
    vec![
        text("item-extension", "1000"),
        text("item-line", "+11000"),
        text("item-device", "1000tm"),
        said("item-caller-name", "value-transparent"),
        said("item-forwarded-caller-id", "value-users-caller-id"),
        said("item-dial-plan", "value-default-dial-plan"),
    ]
}

fn notices() -> Vec<Sentence> {
    vec![
        say("notice-number-appears").with("line", "+11000"),
        say("notice-desk-phone-rings-too").with("extension", "1000"),
        say("notice-voicemail-pbx"),
    ]
}

fn confirm() -> Confirm {
    Confirm {
        stamp: STAMP,
        work: Work::Onboard,
        subject_name: ALICE.to_owned(),
        subject: UPN.to_owned(),
        items: plan_items(),
        locations: vec![choice("PBX")],
        location: Some("PBX".to_owned()),
        location_is_emergency: false,
        numbers: vec![],
        number: None,
        plans: vec![],
        plan: None,
        routes: vec![choice("US East 2"), choice("US West")],
        route: Some("US East 2".to_owned()),
        voicemail: "pbx".to_owned(),
        emergency_addresses: vec![choice("Denver HQ"), choice("Salt Lake City, 200 Main Street")],
        microsoft: vec![],
        notices: notices(),
        warnings: vec![say("warn-extension-owner").with("extension", "1000").with("owner", "Al Example")],
        closed: None,
    }
}

fn longest_confirm() -> Confirm {
    let long = |of: &str| of.repeat(120 / of.len());
    let choices = |prefix: &str| (0..20).map(|n| choice(&format!("{prefix} {n} {}", long("W")))).collect();
    Confirm {
        subject_name: long("Maximiliane "),
        subject: format!("{}@{}.example.com", "a".repeat(64), "b".repeat(36)),
        items: (0..20).map(|_| text("item-forwarded-caller-id", &long("Wordy "))).collect(),
        locations: choices("Location"),
        location: None,
        routes: choices("Route"),
        route: None,
        emergency_addresses: choices("Address"),
        warnings: vec![say("warn-group-unread").with("group", long("Group-")); 6],
        ..confirm()
    }
}

fn approval() -> Approval {
    let mut items = plan_items();
    items.insert(0, text("item-location", "PBX"));
    items.insert(1, text("item-route", "US East 2"));
    items.insert(2, text("item-emergency-address", "Denver HQ"));
    items.insert(3, said("item-voicemail", "voicemail-pbx"));
    Approval {
        stamp: STAMP,
        work: Work::Onboard,
        requester: "Alan Admin".to_owned(),
        reason: Some("Starts on Monday in sales".to_owned()),
        subject_name: ALICE.to_owned(),
        subject: UPN.to_owned(),
        items,
        notices: vec![notices()[0].clone(), say("notice-emergency").with("address", "Denver HQ")],
        warnings: vec![say("warn-old-device").with("device", "1000tm")],
        approvers: vec![mention(1, "Bob Approver"), mention(2, "Carol Chief")],
        required: 2,
        approved_by: vec!["Carol Chief".to_owned()],
        expires_at: at(24 * 60),
        buttons: true,
        refresh_for: vec!["29:user-1".to_owned(), "29:user-2".to_owned()],
        closed: None,
    }
}

fn hostile(approval: Approval) -> Approval {
    Approval {
        requester: "*Bob* [x](http://evil.example) ${version} `rm`".to_owned(),
        reason: Some("# urgent\n\n- <at>Eve</at>\n- <img src=x onerror=alert(1)> &lt;b&gt; \u{202e}live".to_owned()),
        subject_name: "<at>Eve</at> ${$root.version}".to_owned(),
        approvers: vec![mention(1, "Eve</at><at>Bob"), mention(2, "*Sam* Same"), mention(3, "Sam Same")],
        approved_by: vec!["_Mallory_ ~x~".to_owned()],
        ..approval
    }
}

fn longest_approval() -> Approval {
    let name = |n: usize| format!("{n:03} {}", "Wolfeschlegel ".repeat(8)) + "Hausen";
    Approval {
        requester: name(0),
        reason: Some("Because of that. ".repeat(30).chars().take(500).collect()),
        subject_name: name(1),
        items: (0..20).map(|_| text("item-forwarded-caller-id", &"Wordy ".repeat(20))).collect(),
        warnings: vec![say("warn-group-unread").with("group", "Group-".repeat(20)); 6],
        approvers: (0..20).map(|n| mention(n, &name(n))).collect(),
        required: 20,
        approved_by: (0..19).map(name).collect(),
        refresh_for: (0..60).map(|n| format!("29:{n:03}{}", "1Qz_-".repeat(16))).collect(),
        ..approval()
    }
}

fn guided() -> Guided {
    let step = |id: &str| say(id).with("subject", UPN);
    Guided {
        stamp: STAMP,
        subject_name: ALICE.to_owned(),
        title: say("guided-title-sync").with("subject", ALICE),
        instructions: vec![
            step("guided-sign-in"),
            step("guided-sync-users"),
            step("guided-enable-calling"),
            step("guided-dial-plan"),
        ],
        items: vec![text("item-subject", UPN), text("item-line", "+11000"), text("item-location", "PBX")],
        link: Some((say("guided-link-connect"), "https://connect.calltower.com/".to_owned())),
        by_hand: None,
        operators: vec![mention(3, "Olga Operator")],
        others: vec![],
        remark: None,
        closed: None,
    }
}

fn progress() -> Progress {
    let step = |title: Sentence, mark, since: Option<i64>| StepLine {
        title,
        mark,
        detail: None,
        since: since.map(at),
        until: None,
        clock: None,
    };
    let mut steps = vec![
        step(say("step-subject-ready"), StepMark::Done, Some(0)),
        step(say("step-extension-free"), StepMark::Done, Some(0)),
        step(say("step-device").with("device", "1000tm"), StepMark::Done, Some(1)),
        step(say("step-pbx-user").with("line", "+11000"), StepMark::Done, Some(2)),
        step(say("step-sync"), StepMark::Waiting, Some(3)),
        step(say("step-enable"), StepMark::Running, Some(3)),
        step(say("step-proof"), StepMark::Open, None),
    ];
    steps[4].detail = Some(say("notice-number-appears").with("line", "+11000"));
    steps[4].until = Some(at(24 * 60 + 3));
    steps[4].clock = Some(clock());
    Progress {
        stamp: STAMP,
        work: Work::Onboard,
        subject_name: ALICE.to_owned(),
        line: "+11000".to_owned(),
        steps,
        closed: None,
    }
}

/// Looked at every five minutes by now, and learned from what was before.
fn clock() -> Clock {
    let usual = say("clock-usual-learned").with("half", "4 min").with("most", "20 min").with("cases", 34);
    Clock { started: at(3), checked: Some(at(68)), next: Some(at(73)), usual: Some(usual), late_at: Some(at(23)) }
}

fn failed(mut progress: Progress) -> Progress {
    progress.steps[4].mark = StepMark::Failed;
    progress.steps[4].clock = None;
    progress.steps[4].detail = Some(say("cond-disabled-before").with("request", "ONB-7"));
    progress.steps[5] = StepLine { mark: StepMark::Open, since: None, ..progress.steps[5].clone() };
    Progress { closed: Some(say("closed-failed")), ..progress }
}

/// At first it is looked at every few seconds, and only the carrier's word is known.
fn documented(mut progress: Progress) -> Progress {
    let usual = say("clock-usual-documented-first").with("most", "4 h").with("first", "24 h");
    let (checked, late_at) = (Some(at(3)), Some(at(4 * 60 + 3)));
    progress.steps[4].clock = Some(Clock { checked, next: checked, usual: Some(usual), late_at, ..clock() });
    progress
}

fn cancelled(mut progress: Progress) -> Progress {
    progress.steps[4].clock = None;
    Progress { closed: Some(say("closed-cancelled").with("by", "Bob Approver")), ..progress }
}

fn failure() -> Failure {
    Failure {
        stamp: STAMP,
        work: Work::Onboard,
        subject_name: ALICE.to_owned(),
        step: say("step-sync"),
        cause: say("cond-not-in-sync-group").with("group", "Teammate Sync"),
        fix: say("cond-not-in-sync-group-fix").with("group", "Teammate Sync"),
        who: Some(Fixer::MicrosoftAdmin),
        problems: vec![],
        done: vec![say("step-device").with("device", "1000tm"), say("step-pbx-user").with("line", "+11000")],
        not_done: vec![say("step-enable"), say("step-proof")],
        incident: Some("7f3a-19c2".to_owned()),
        others: vec![],
        undo: true,
        mentions: vec![mention(3, "Olga Operator"), mention(4, "Alan Admin")],
        closed: None,
    }
}

fn done() -> Done {
    Done {
        stamp: STAMP,
        work: Work::Onboard,
        requester: mention(4, "Alan Admin"),
        subject_name: ALICE.to_owned(),
        subject: UPN.to_owned(),
        evidence: vec![
            text("item-number", "+11000"),
            said("item-voice-enabled", "value-yes"),
            text("item-policies", "Tag:US East 2, Tag:Unrestricted"),
            text("item-device", "1000tm"),
            Item { label: "item-registered".to_owned(), value: Shown::Time(at(47)) },
        ],
        reports: Vec::new(),
        read_at: at(49),
        without_pbx: false,
        unread: false,
        saved: false,
        approved_by: vec!["Bob Approver".to_owned(), "Carol Chief".to_owned()],
        told: Some(vec![mention(4, "Alan Admin"), mention(1, "Bob Approver"), mention(2, "Carol Chief")]),
    }
}

/// The same where everybody concerned is muted.
fn quiet_done() -> Done {
    let View::Done(done) = View::Done(done()).without_notifying(&[1, 2, 4].map(|n| mention(n, "").directory_id)) else {
        panic!("another card")
    };
    done
}

fn problems() -> Problems {
    Problems {
        request: RequestId(42),
        work: Work::Onboard,
        subject: UPN.to_owned(),
        problems: vec![
            problem("cond-no-phone-system", Fixer::MicrosoftAdmin, &[]),
            problem("cond-not-in-sync-group", Fixer::MicrosoftAdmin, &[("group", "Teammate Sync")]),
            problem(
                "cond-extension-held",
                Fixer::Requester,
                &[("extension", "1000"), ("request", "ONB-7"), ("subject", "al@contoso.com")],
            ),
        ],
    }
}

fn longest_problems() -> Problems {
    let group = "Group-".repeat(20);
    let one = problem("cond-not-in-sync-group", Fixer::PortalOperator, &[("group", &group)]);
    Problems { problems: vec![one; 10], ..problems() }
}

fn requests() -> Requests {
    let row = |number, subject: &str, state: Sentence, since| Row {
        request: RequestId(number),
        work: Work::Onboard,
        subject: subject.to_owned(),
        line: format!("1{number:03} · +11{number:03}"),
        state,
        since: at(since),
        requester: "Alan Admin".to_owned(),
        clock: None,
    };
    let device = say("state-running").with_term("step", "step-device").with("device", "1042tm");
    Requests {
        title: say("list-title"),
        rows: vec![
            row(42, UPN, device, 3),
            row(41, "ben_b@contoso.com", say("state-awaiting-approval").with("approvers", "Bob Approver"), -40),
            row(40, "cleo@contoso.com", say("state-failed").with_term("step", "step-sync"), -300),
            row(39, "dora@contoso.com", say("state-done"), -3000),
        ],
        more: 12,
    }
}

/// One request alone tells what its step waits by.
fn one_request() -> Requests {
    let title = say("list-title-request").with("request", "ONB-42");
    let waits = say("state-running-until").with_term("step", "step-short-sync").with("until", "23 Nov 2026, 03:38 UTC");
    let row = Row { state: waits, clock: Some(clock()), ..requests().rows[0].clone() };
    Requests { title, rows: vec![row], more: 0 }
}

fn help() -> Vec<HelpLine> {
    let line = |usage: &str, id: &str, example: &str| HelpLine {
        usage: usage.to_owned(),
        does: say(id),
        example: example.to_owned(),
    };
    vec![
        line(
            "onboard <upn> ext <n> [route <name>] [reason <text>]",
            "help-onboard",
            "onboard alice@contoso.com ext 1000",
        ),
        line("status [<id>|<upn>]", "help-status", "status ONB-42"),
        line("list [mine|waiting|late|failed]", "help-list", "list waiting"),
        line("approve <id> [reason]", "help-approve", "approve ONB-42"),
        line("reject <id> <reason>", "help-reject", "reject ONB-42 wrong extension"),
        line("retry <id>", "help-retry", "retry ONB-42"),
        line("cancel <id>", "help-cancel", "cancel ONB-42"),
        line("help [<command>]", "help-help", "help onboard"),
    ]
}
