//! The table of [`decide`]: every state against every event. The first row that fits counts, and every row is needed.

use super::*;

/// As [`stage`] makes them.
const STATES: [&str; 22] = [
    "checking",
    "refused",
    "confirming",
    "asking",
    "awaiting",
    "half",
    "starting",
    "recheck",
    "device",
    "guided",
    "proof",
    "failed-checking",
    "failed-step",
    "failed-voided",
    "done",
    "rejected",
    "cancelled",
    "cancelled-midway",
    "expired",
    "held-checking",
    "held-asking",
    "held-device",
];

const PEOPLE: [&str; 6] = ["rita", "rita+", "paul", "petra", "otto", "sam"];
const ACTIONS: [&str; 10] = [
    "submits",
    "approves",
    "rejects",
    "rejects-mutely",
    "retries",
    "cancels",
    "guided-done",
    "guided-fails",
    "guided-fails-mutely",
    "refreshes",
];
const FOUND: [&str; 21] = [
    "facts good",
    "facts bad",
    "people some",
    "people none",
    "step done",
    "step prepared",
    "step not-yet",
    "step down",
    "step refused",
    "step conditions",
    "other-step done",
    "task down",
    "task refused",
    "held facts",
    "held people",
    "held step",
    "held-long facts",
    "held-long people",
    "held-long step",
    "time early",
    "time up",
];

/// State, event, what becomes of it: `refused: <sentence>`, `nothing`, or `<state> <answer>: <effects>`.
/// `$state` is the present state's name, `$step` the step under way.
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str)] = &[
    // Rights come first, whatever the state.
    ("*", "sam *", "refused: refusal-stranger"),
    ("*", "paul,petra,otto submits", "refused: refusal-not-yours"),
    ("*", "rita,rita+ approves,rejects,rejects-mutely", "refused: refusal-own-request"),
    ("*", "otto approves,rejects,rejects-mutely", "refused: refusal-not-approver"),
    ("*", "rita,rita+,paul,petra guided-done,guided-fails,guided-fails-mutely", "refused: refusal-not-operator"),

    ("confirming", "* submits", "awaiting-approval answer-submitted: rewrite confirm, expire +24h, do find-people, hold"),
    ("*", "* submits", "refused: refusal-$state"),

    ("half", "paul approves", "refused: refusal-approved-by-you"),
    ("asking,held-asking", "* approves", "running answer-approved: rewrite approval, never expire, post progress"),
    ("awaiting,half", "* approves", "running answer-approved: rewrite approval, never expire, do subject-ready, post progress"),
    ("*", "* approves", "refused: refusal-$state"),

    ("asking,awaiting,half,held-asking", "* rejects", "rejected answer-rejected: rest, never expire, release, rewrite approval, say say-rejected"),
    ("asking,awaiting,half,held-asking", "* rejects-mutely", "refused: refusal-reason-missing"),
    ("*", "* rejects,rejects-mutely", "refused: refusal-$state"),

    ("failed-checking", "* retries", "checking answer-retried: rewrite failure, do read-facts"),
    ("failed-step", "* retries", "running answer-retried: rewrite failure, do device, rewrite progress"),
    ("failed-voided", "* retries", "awaiting-approval answer-retried-approval: rewrite failure, expire +24h, do find-people"),
    ("*", "* retries", "refused: refusal-$state"),

    // Before anything was changed outside the extension is free again; afterwards it is not.
    ("checking,held-checking", "* cancels", "cancelled answer-cancelled: rest, never expire, release, say say-cancelled"),
    ("confirming", "* cancels", "cancelled answer-cancelled: rest, never expire, release, rewrite confirm, say say-cancelled"),
    ("asking,awaiting,half,held-asking", "* cancels", "cancelled answer-cancelled: rest, never expire, release, rewrite approval, say say-cancelled"),
    ("starting,recheck", "* cancels", "cancelled answer-cancelled: rest, never expire, release, rewrite progress, say say-cancelled"),
    ("device,proof,held-device", "* cancels", "cancelled answer-cancelled: rest, never expire, keep, rewrite progress, say say-cancelled-midway"),
    ("guided", "* cancels", "cancelled answer-cancelled: rest, never expire, keep, rewrite progress, rewrite guided-sync, say say-cancelled-midway"),
    ("failed-checking,failed-voided", "* cancels", "cancelled answer-cancelled: rest, never expire, release, rewrite failure, rewrite progress, say say-cancelled"),
    ("failed-step", "* cancels", "cancelled answer-cancelled: rest, never expire, keep, rewrite failure, rewrite progress, say say-cancelled-midway"),
    ("*", "* cancels", "refused: refusal-$state"),

    ("guided", "otto guided-done", "running answer-guided-done: rewrite guided-sync, rewrite progress, do sync"),
    ("guided", "otto guided-fails", "failed answer-guided-failed: rewrite guided-sync, rest, rewrite progress, post failure"),
    ("guided", "otto guided-fails-mutely", "refused: refusal-note-missing"),
    ("starting,recheck,device,proof,held-device", "otto guided-done,guided-fails,guided-fails-mutely", "refused: refusal-nothing-guided"),
    ("*", "otto guided-done,guided-fails,guided-fails-mutely", "refused: refusal-$state"),

    // Everybody with a role may look, as long as there is something to be looked at.
    ("guided", "* refreshes", "refused: refresh-just-looked-soon"),
    ("held-device", "* refreshes", "refused: refresh-held-down"),
    ("starting,recheck,device,proof", "* refreshes", "refused: refresh-under-way"),
    ("*", "* refreshes", "refused: refusal-$state"),

    ("checking,held-checking", "facts good", "confirming: rest, expire +24h, post confirm"),
    ("checking,held-checking", "facts bad", "refused: rest, post problems"),
    ("*", "facts *", "nothing"),

    ("asking,held-asking", "people some", "awaiting-approval: rest, post approval"),
    ("asking,held-asking", "people none", "awaiting-approval: rest, post approval, say say-no-approver-found"),
    ("starting", "people *", "running: do subject-ready"),
    ("*", "people *", "nothing"),

    ("starting,recheck", "step done", "running: do extension-free, rewrite progress"),
    ("device,held-device", "step done", "running: do pbx-user, rewrite progress"),
    ("guided", "step done", "running: rewrite guided-sync, do enable, rewrite progress"),
    ("proof", "step done", "done: rest, settle, post done, rewrite progress"),
    // What was done all the same is recorded and shown, and nothing follows.
    ("failed-step,failed-voided,cancelled-midway", "step done", "$state: rewrite progress"),
    ("starting,recheck,device,guided,proof,held-device", "step prepared", "running: do $step"),
    ("guided", "step not-yet", "running: do sync +2s"),
    ("starting,recheck,device,proof,held-device", "step not-yet", "running: do $step +2s, rewrite progress"),
    ("starting,recheck,device,guided,proof,held-device", "step down", "running: do $step +1s, rewrite progress"),
    ("guided", "step refused,conditions", "failed: rewrite guided-sync, rest, rewrite progress, post failure"),
    ("starting,recheck,device,proof,held-device", "step refused,conditions", "failed: rest, rewrite progress, post failure"),
    ("*", "step,other-step *", "nothing"),

    ("checking,held-checking", "task down", "checking: do read-facts +1s"),
    ("checking,held-checking", "task refused", "failed: rest, post failure"),
    ("asking,held-asking", "task down", "awaiting-approval: do find-people +1s"),
    ("asking,held-asking", "task refused", "awaiting-approval: rest, post approval, say say-no-approver-found"),
    ("starting", "task down", "running: do find-people +1s"),
    ("starting", "task refused", "running: do subject-ready"),
    ("*", "task *", "nothing"),

    // Kept waiting: told once, looked at again, and with an end.
    ("checking", "held,held-long facts", "checking: do read-facts +10s, say say-held-down"),
    ("asking", "held,held-long people", "awaiting-approval: do find-people +10s, say say-held-down"),
    ("starting", "held,held-long people", "running: do find-people +10s, say say-held-down"),
    ("recheck,device,guided,proof", "held,held-long step", "running: do $step +10s, rewrite progress"),
    ("held-checking", "held facts", "checking: do read-facts +10s"),
    ("held-asking", "held people", "awaiting-approval: do find-people +10s"),
    ("held-device", "held step", "running: do $step +10s"),
    ("held-checking", "held-long facts", "failed: rest, post failure"),
    ("held-asking", "held-long people", "awaiting-approval: rest, post approval, say say-no-approver-found"),
    ("held-device", "held-long step", "failed: rest, rewrite progress, post failure"),
    ("*", "held,held-long *", "nothing"),

    // The confirm card's end is kept by the timer alone.
    ("confirming", "time *", "expired: rest, never expire, release, rewrite confirm, say say-expired"),
    ("asking,awaiting,half,held-asking", "time up", "expired: rest, never expire, release, rewrite approval, say say-expired"),
    ("*", "time *", "nothing"),
];

fn fits(pattern: &str, value: &str) -> bool {
    pattern == "*" || pattern.split(',').any(|p| p == value)
}

fn row_of(state: &str, event: &str) -> Option<usize> {
    let (who, what) = event.split_once(' ').unwrap();
    TABLE.iter().position(|(states, events, _)| {
        let (whose, which) = events.split_once(' ').unwrap();
        fits(states, state) && fits(whose, who) && fits(which, what)
    })
}

fn action(name: &str) -> Action {
    let said = || Some("the portal says no".to_owned());
    match name {
        "submits" => Action::Submit(inputs(&[])),
        "approves" => Action::Approve(None),
        "rejects" => Action::Reject(said()),
        "rejects-mutely" => Action::Reject(Some(" \n".into())),
        "retries" => Action::Retry,
        "cancels" => Action::Cancel,
        "guided-done" => Action::GuidedDone(None),
        "guided-fails" => Action::GuidedFail(said()),
        "guided-fails-mutely" => Action::GuidedFail(None),
        "refreshes" => Action::Refresh,
        other => panic!("no such action: {other}"),
    }
}

/// The event of this name in this story, and when it happens.
fn event(story: &Story, name: &str) -> (Event, Timestamp) {
    let (who, what) = name.split_once(' ').unwrap();
    let step = story.request.step().map_or(StepKind::SubjectReady, |s| s.kind);
    let other = if step == StepKind::Proof { StepKind::Device } else { StepKind::Proof };
    let tomorrow = story.now + SignedDuration::from_hours(24);
    let event = match (who, what) {
        ("facts", "good") => Event::FactsRead(Box::new(facts())),
        ("facts", _) => Event::FactsRead(Box::new(bad_facts())),
        ("people", "some") => Event::PeopleFound(people()),
        ("people", _) => Event::PeopleFound(People::default()),
        ("step", "done") => Event::StepEnded(step, done()),
        ("step", "prepared") => Event::StepEnded(step, StepOutcome::Prepared("null".into())),
        ("step", "not-yet") => Event::StepEnded(step, not_yet("wait-line")),
        ("step", "down") => Event::StepEnded(step, StepOutcome::Faulted(fault(true))),
        ("step", "refused") => Event::StepEnded(step, StepOutcome::Faulted(fault(false))),
        ("step", _) => Event::StepEnded(step, StepOutcome::Faulted(broken_condition())),
        ("other-step", _) => Event::StepEnded(other, done()),
        ("held" | "held-long", what) => {
            let task = match what {
                "facts" => Task::ReadFacts,
                "people" => Task::FindPeople,
                _ => Task::Step(step),
            };
            let now = if who == "held" { story.now } else { story.now + minutes(15) };
            return (Event::Held(task, hold(now)), now);
        }
        ("task", "down") => Event::TaskFaulted(fault(true)),
        ("task", _) => Event::TaskFaulted(fault(false)),
        ("time", "early") => return (Event::Expired, tomorrow - SignedDuration::from_nanos(1)),
        ("time", _) => return (Event::Expired, tomorrow),
        _ => act(who, action(what)),
    };
    (event, story.now)
}

fn card(kind: CardKind) -> String {
    match kind {
        CardKind::Guided(step) => format!("guided-{}", step.name()),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn task(task: Task) -> &'static str {
    match task {
        Task::ReadFacts => "read-facts",
        Task::FindPeople => "find-people",
        Task::Step(kind) => kind.name(),
    }
}

fn in_words(effect: &Effect, now: Timestamp) -> String {
    let after = |at: &Timestamp| match at.duration_since(now).as_secs() {
        0 => String::new(),
        s if s % 3600 == 0 => format!(" +{}h", s / 3600),
        s => format!(" +{s}s"),
    };
    match effect {
        Effect::Post(c) => format!("post {}", card(c.kind)),
        Effect::Rewrite(c) => format!("rewrite {}", card(c.kind)),
        Effect::Say(sentence) => format!("say {}", sentence.id),
        Effect::Do(what, at) => format!("do {}{}", task(*what), after(at)),
        Effect::Rest => "rest".into(),
        Effect::ExpireAt(at) => format!("expire{}", after(at)),
        Effect::NeverExpire => "never expire".into(),
        Effect::Hold => "hold".into(),
        Effect::Release => "release".into(),
        Effect::Keep => "keep".into(),
        Effect::Settle { keeps: true, .. } => "settle".into(),
        Effect::Settle { keeps: false, .. } => "cool".into(),
    }
}

fn outcome(story: &Story, event: &Event, now: Timestamp) -> String {
    let decision = match decide(&story.request, event, &story.policy, now) {
        Ok(decision) => decision,
        Err(Refusal(sentence)) => {
            assert_eq!(sentence.args.get("request").map(String::as_str), Some("ONB-1"), "{sentence:?}");
            return format!("refused: {}", sentence.id);
        }
    };
    let grew = decision.request.version - story.request.version;
    let guided = story.request.step().filter(|s| s.guided.is_some() && story.state() == StateName::Running);
    let ended_guided = guided.is_some_and(|s| *event == Event::StepEnded(s.kind, done()));
    let moved = decision.request.state.name() != story.state();
    assert_eq!(grew, u64::from(moved || ended_guided), "the version grows when what cards show stops being true");
    if decision.request == story.request && decision.effects.is_empty() && decision.answer.is_none() {
        return "nothing".into();
    }
    let effects: Vec<_> = decision.effects.iter().map(|e| in_words(e, now)).collect();
    let answer = decision.answer.map(|a| format!(" {}", a.id)).unwrap_or_default();
    format!("{}{answer}: {}", decision.request.state.name().as_str(), effects.join(", "))
}

#[test]
fn every_event_in_every_state_has_its_row() {
    let acts = PEOPLE.iter().flat_map(|who| ACTIONS.iter().map(move |what| format!("{who} {what}")));
    let events: Vec<String> = acts.chain(FOUND.iter().map(|e| (*e).to_owned())).collect();
    let mut used = vec![0_usize; TABLE.len()];
    let mut wrong = Vec::new();
    for name in STATES {
        let story = stage(name);
        let step = story.request.step().map_or("none", |s| s.kind.name());
        for event_name in &events {
            let Some(row) = row_of(name, event_name) else {
                wrong.push(format!("{name} × {event_name}: no row"));
                continue;
            };
            used[row] += 1;
            let expected = TABLE[row].2.replace("$state", story.state().as_str()).replace("$step", step);
            let (event, at) = event(&story, event_name);
            let found = outcome(&story, &event, at);
            if found != expected {
                wrong.push(format!("{name} × {event_name}\n  expected {expected}\n  found    {found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let unused: Vec<_> = TABLE.iter().zip(&used).filter(|(_, n)| **n == 0).map(|(row, _)| row).collect();
    assert!(unused.is_empty(), "rows that nothing needs: {unused:?}");
    assert_eq!(
        used.iter().sum::<usize>(),
        STATES.len() * (PEOPLE.len() * ACTIONS.len() + FOUND.len()),
        "no combination is left out"
    );
}

#[test]
fn every_stage_is_in_the_state_that_it_is_named_after() {
    for name in STATES {
        let state = stage(name).state().as_str();
        let expected = match name {
            "asking" | "awaiting" | "half" | "held-asking" => "awaiting-approval",
            "starting" | "recheck" | "device" | "guided" | "proof" | "held-device" => "running",
            "held-checking" => "checking",
            "failed-checking" | "failed-step" | "failed-voided" => "failed",
            "cancelled-midway" => "cancelled",
            other => other,
        };
        assert_eq!(state, expected, "{name}");
    }
}
