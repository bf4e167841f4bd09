//! Work that is left to people: reminders, handing it over, and what follows when somebody cannot.

use super::*;
use crate::domain::Fixer;

const SYNC: CardKind = CardKind::Guided(StepKind::Sync);

fn not_yet() -> StepOutcome {
    StepOutcome::NotYet(Sentence::new("wait-line"))
}

/// Two operators are asked for the sync.
fn guided() -> Story {
    let mut story = running_at(StepKind::Sync);
    story.request.operators = vec![asked("otto"), asked("olga")];
    story.policy.guided.reminder = SignedDuration::from_hours(4);
    story.ends(not_yet()).wait(SignedDuration::from_mins(3));
    story.ends(not_yet());
    assert!(story.request.step().unwrap().guided.is_some());
    story
}

fn to(name: &str) -> Action {
    Action::HandOver(Some(format!("{name}-id")))
}

#[test]
fn whoever_says_nothing_is_reminded_and_again_until_somebody_does() {
    let mut story = guided();
    story.wait(SignedDuration::from_hours(3)).ends(not_yet());
    assert!(!story.posts(SYNC), "not yet");
    assert!(story.pause() <= SignedDuration::from_hours(1), "it is not slept through");
    for _ in 0..2 {
        story.wait(SignedDuration::from_hours(4)).ends(not_yet());
        assert!(story.posts(SYNC));
    }
    story.does("otto", Action::GuidedDone(None));
    story.wait(SignedDuration::from_hours(3)).ends(not_yet());
    assert!(!story.posts(SYNC), "somebody has said something");
    story.wait(SignedDuration::from_hours(1)).ends(not_yet());
    assert!(story.posts(SYNC), "and what they said does not show");
    let mut never = guided();
    never.policy.guided.reminder = SignedDuration::ZERO;
    never.wait(SignedDuration::from_hours(20)).ends(not_yet());
    assert!(!never.posts(SYNC));
}

#[test]
fn it_is_handed_to_one_operator_who_alone_is_asked_from_then_on() {
    let mut story = guided();
    assert_eq!(story.refusal("rita", to("olga")), "refusal-not-operator");
    assert_eq!(story.refusal("otto", Action::HandOver(None)), "refusal-operator-missing");
    assert_eq!(story.refusal("otto", to("nobody")), "refusal-operator-unknown");
    story.does("otto", to("olga"));
    assert!(story.posts(SYNC) && story.says("say-handed-over"));
    let names: Vec<_> = story.request.asked(StepKind::Sync).into_iter().map(|asked| asked.name.as_str()).collect();
    assert_eq!(names, ["olga"]);
    // Whoever is an operator may still do it.
    story.does("otto", Action::GuidedDone(None));
}

#[test]
fn who_cannot_leads_to_a_decision_and_what_they_wrote_is_kept() {
    let mut story = guided();
    story.does("otto", Action::GuidedFail(Some("no login".into())));
    assert_eq!(story.state(), StateName::Failed);
    assert_eq!(story.refusal("paul", to("olga")), "refusal-not-operator", "neither asked nor asking");
    story.does("rita", to("olga"));
    assert_eq!(story.state(), StateName::Running);
    story.ends(not_yet()).wait(SignedDuration::from_mins(3)).ends(not_yet());
    story.does("otto", Action::GuidedDone(Some("it was me after all".into())));
    story.ends(StepOutcome::Done(Vec::new()));
    let sync = story.request.steps.iter().find(|step| step.kind == StepKind::Sync).unwrap();
    let labels: Vec<_> = sync.evidence.iter().map(|item| item.label.as_str()).collect();
    assert_eq!(labels, ["item-reported-by", "item-reported-at", "item-note", "item-could-not"]);
}

#[test]
fn a_retry_asks_everybody_again_and_other_stops_ask_nobody() {
    let mut story = guided();
    story
        .does("otto", to("olga"))
        .does("otto", Action::GuidedFail(Some("no login".into())))
        .does("rita", Action::Retry);
    assert_eq!(story.request.asked(StepKind::Sync).len(), 2);
    let fault = stage_fault();
    let mut story = guided();
    story.ends(StepOutcome::Faulted(fault));
    assert_eq!(story.state(), StateName::Failed);
    assert_eq!(story.refusal("rita", to("olga")), "refusal-not-operator");
    assert_eq!(story.refusal("otto", to("olga")), "refusal-failed");
}

#[test]
fn only_what_stopped_is_given_up_and_only_by_whoever_may_ask() {
    let mut story = guided();
    assert_eq!(story.refusal("rita", Action::GiveUp), "refusal-running");
    story.does("otto", Action::GuidedFail(Some("no login".into())));
    assert_eq!(story.refusal("otto", Action::GiveUp), "refusal-not-requester");
    story.does("rita", Action::GiveUp);
    assert_eq!(story.state(), StateName::Cancelled);
    assert!(story.says("say-given-up"));
}

#[test]
fn it_is_handed_over_once_and_what_was_said_before_is_said_anew() {
    let mut story = guided();
    story.does("otto", Action::GuidedDone(None)).ends(not_yet());
    let seen = story.request.version;
    story.does("otto", to("olga"));
    assert_eq!(story.refusal_of(press("otto", Some(seen), to("otto"))), "refusal-stale");
    assert_eq!(story.refusal("otto", to("olga")), "refusal-operator-asked");
    // Whoever is asked now is reminded as well.
    story.wait(SignedDuration::from_hours(5)).ends(not_yet());
    assert!(story.posts(SYNC));
}

#[test]
fn whoever_is_chosen_is_asked_at_once() {
    let mut story = guided();
    story.does("otto", Action::GuidedFail(Some("no login".into()))).does("rita", to("olga")).ends(not_yet());
    assert!(story.posts(SYNC), "even where it comes by itself as a rule");
}

/// The device is left to people.
fn by_hand() -> Story {
    let mut story = running_at(StepKind::Device);
    story.request.operators = vec![asked("otto"), asked("olga")];
    story.request.plan.as_mut().unwrap().by_hand = vec![StepKind::Device, StepKind::Sync];
    story.ends(not_yet());
    assert!(story.posts(CardKind::Guided(StepKind::Device)));
    story
}

#[test]
fn what_nobody_did_by_hand_has_changed_nothing() {
    let mut story = by_hand();
    assert!(!story.request.has_touched_anything());
    story.does("otto", Action::GuidedDone(None));
    assert!(story.request.has_touched_anything());
    let mut story = by_hand();
    story.wait(SignedDuration::from_hours(73)).ends(not_yet());
    assert_eq!(story.request.stopped.as_ref().unwrap().cause.id, "cause-late-by-hand");
}

#[test]
fn the_time_for_the_rest_counts_from_the_end_of_what_people_did() {
    let mut story = by_hand();
    for kind in [StepKind::Device, StepKind::PbxUser] {
        assert_eq!(story.request.step().unwrap().kind, kind);
        story.ends(done());
    }
    story.ends(not_yet()).wait(SignedDuration::from_hours(60)).ends(done());
    assert_eq!(story.request.step().unwrap().kind, StepKind::Enable);
    story.wait(SignedDuration::from_mins(1)).ends(not_yet());
    assert_eq!(story.state(), StateName::Running, "not late before it began");
}

#[test]
fn an_approval_does_not_outlive_a_change_of_who_does_it() {
    let mut story = awaiting();
    story.policy.guided.steps = vec![StepKind::Device];
    story.does("paul", Action::Approve(None));
    assert_eq!(story.state(), StateName::Confirming);
    assert!(story.says("say-plan-changed"));
}

fn stage_fault() -> Fault {
    let cause = Sentence::new("outside-forbidden").with("system", "Microsoft Graph").with("code", "403");
    Fault {
        fix: cause.twin("-fix"),
        cause,
        problems: Vec::new(),
        transient: false,
        retry_after: None,
        incident: None,
        who: Some(Fixer::BotOperator),
        operators: Vec::new(),
    }
}
