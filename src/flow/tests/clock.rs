//! The clock of a step: what a waiting step shows, when it is late, and looking now.

use super::*;
use crate::plan::Usual;
use crate::view::{Clock, View};

const NANO: SignedDuration = SignedDuration::from_nanos(1);

fn secs(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}

fn hours(n: i64) -> SignedDuration {
    SignedDuration::from_hours(n)
}

/// Twenty cases here: half of them took `p50`, one of them so long as `p95` says.
fn learned(p50: SignedDuration, p95: SignedDuration) -> Usual {
    let usual = Usual::learned([vec![p50; 18], vec![p95; 2]].concat()).unwrap();
    assert_eq!((usual.p50, usual.p95, usual.cases), (Some(p50), p95, 20));
    usual
}

/// At this step, whose usual time was learned before it began.
fn running_after(kind: StepKind, usual: Usual) -> Story {
    let mut story = running();
    story.policy.usual.insert(kind, usual);
    while story.request.step().unwrap().kind != kind {
        story.ends(done());
    }
    story
}

/// What the progress card shows of the step under way.
fn clock(story: &Story) -> Option<Clock> {
    let card = story.request.card(CardKind::Progress);
    let Some(View::Progress(progress)) = view(&story.request, card, Audience::Everybody) else { panic!("no card") };
    let mut clocks = progress.steps.into_iter().filter_map(|step| step.clock);
    let found = clocks.next();
    assert_eq!(clocks.next(), None, "only the step under way waits");
    assert_eq!(clocked_row(&story.request).clock, found, "status shows the same");
    assert_eq!(row(&story.request).clock, None, "lists do not");
    found
}

fn rewritten(story: &Story) -> bool {
    story.effects.iter().any(|e| matches!(e, Effect::Rewrite(card) if card.kind == CardKind::Progress))
}

#[test]
fn a_waiting_step_shows_its_looks_its_usual_time_and_when_it_is_late() {
    let mut story = running_at(StepKind::Sync);
    assert_eq!(clock(&story), None, "under way");
    story.wait(secs(3)).ends(not_yet("wait-line"));
    let shown = clock(&story).unwrap();
    assert_eq!(shown.started, start());
    assert_eq!(shown.checked, Some(start() + secs(3)));
    assert_eq!(shown.next, Some(start() + secs(5)));
    assert!(shown.looks_often());
    let usual = shown.usual.unwrap();
    assert_eq!((usual.id.as_str(), usual.args["most"].as_str()), ("clock-usual-documented-first", "4 h"));
    assert_eq!(usual.args["first"], "24 h");
    assert_eq!(shown.late_at, Some(start() + hours(4)));
    // What nobody documents is not made up; it is late when it stops.
    let mut story = running_at(StepKind::Enable);
    story.ends(not_yet("wait-voice"));
    let shown = clock(&story).unwrap();
    assert_eq!((shown.usual, shown.late_at), (None, Some(start() + hours(24))));
    story.ends(done());
    assert_eq!(clock(&story), None, "the next step has not been looked at");
}

#[test]
fn what_was_learned_counts_from_the_beginning_of_the_step_on() {
    let mut story = running_after(StepKind::Sync, learned(minutes(4), minutes(20)));
    // Learned while it waits: the step keeps what was known when it began.
    story.policy.usual.insert(StepKind::Sync, learned(minutes(1), minutes(2)));
    story.ends(not_yet("wait-line"));
    let shown = clock(&story).unwrap();
    let usual = shown.usual.unwrap();
    assert_eq!(usual.id, "clock-usual-learned");
    assert_eq!(["half", "most", "cases"].map(|name| usual.args[name].as_str()), ["4 min", "20 min", "20"]);
    assert_eq!(shown.late_at, Some(start() + minutes(20)));
    assert!(!story.wait(minutes(20) - NANO).ends(not_yet("wait-line")).says("say-sync-late"));
    assert!(!story.request.step().unwrap().is_late());
    assert!(story.wait(NANO).ends(not_yet("wait-line")).says("say-sync-late"));
    assert!(story.request.step().unwrap().is_late());
    assert!(!story.wait(minutes(9)).ends(not_yet("wait-line")).says("say-sync-late"), "said once");
}

#[test]
fn nothing_is_late_within_a_minute_nor_after_its_end() {
    let late_at = |p95, kind| {
        let mut story = running_after(kind, learned(secs(1), p95));
        story.ends(not_yet("wait-line"));
        clock(&story).unwrap().late_at.unwrap().duration_since(start())
    };
    assert_eq!(late_at(secs(7), StepKind::Sync), minutes(1));
    assert_eq!(late_at(secs(61), StepKind::Sync), secs(61));
    assert_eq!(late_at(hours(30), StepKind::Sync), hours(24));
    // No sentence is said of a step whose course has none, but it counts as late.
    let mut story = running_after(StepKind::Enable, learned(secs(20), secs(90)));
    story.wait(secs(89)).ends(not_yet("wait-voice"));
    assert!(!story.request.step().unwrap().is_late());
    story.wait(secs(1)).ends(not_yet("wait-voice"));
    assert!(story.request.step().unwrap().is_late());
    assert!(!story.effects.iter().any(|e| matches!(e, Effect::Say(_))));
}

#[test]
fn without_history_the_sync_is_late_after_the_four_hours_that_the_carrier_names() {
    let mut story = running_at(StepKind::Sync);
    assert!(!story.wait(hours(4) - NANO).ends(not_yet("wait-line")).says("say-sync-late"));
    assert!(story.wait(NANO).ends(not_yet("wait-line")).says("say-sync-late"));
}

#[test]
fn the_card_is_rewritten_at_each_look_once_looks_are_rare() {
    let mut story = running_at(StepKind::Proof);
    assert!(rewritten(story.ends(not_yet("wait-registration"))), "it begins to wait");
    for _ in 0..5 {
        assert!(!rewritten(story.wait(secs(2)).ends(not_yet("wait-registration"))), "every few seconds");
    }
    for _ in 0..3 {
        story.now = start() + minutes(5);
        assert!(rewritten(story.ends(not_yet("wait-registration"))));
        assert_eq!(clock(&story).unwrap().next, Some(story.now + minutes(1)));
        assert!(rewritten(story.wait(minutes(1)).ends(not_yet("wait-registration"))));
    }
    // Somebody reports: looks are frequent again, and the card says so.
    let mut story = guided();
    story.wait(minutes(70)).ends(not_yet("wait-line"));
    assert!(!clock(&story).unwrap().looks_often());
    story.wait(minutes(1)).does("otto", Action::GuidedDone(None));
    assert!(rewritten(&story));
    assert!(rewritten(story.wait(secs(1)).ends(not_yet("wait-line"))));
    assert!(clock(&story).unwrap().looks_often());
    assert!(!rewritten(story.wait(secs(2)).ends(not_yet("wait-line"))));
}

#[test]
fn a_new_try_starts_the_clock_again_and_a_closed_card_has_none() {
    let mut story = running_at(StepKind::Proof);
    story.wait(minutes(7)).ends(not_yet("wait-registration")).ends(StepOutcome::Faulted(fault(false)));
    assert_eq!(clock(&story), None);
    story.wait(minutes(1)).does("rita", Action::Retry);
    let record = story.request.step().unwrap();
    assert_eq!((record.checked, record.next, record.late_at), (None, None, None));
    story.ends(not_yet("wait-registration"));
    assert_eq!(clock(&story).unwrap().started, start() + minutes(8));
    story.does("rita", Action::Cancel);
    assert_eq!(clock(&story), None);
}

#[test]
fn refresh_looks_now_unless_somebody_just_did() {
    let mut story = running_at(StepKind::Proof);
    story.ends(not_yet("wait-registration"));
    story.now = start() + minutes(90);
    story.ends(not_yet("wait-registration"));
    let next = story.now + minutes(5);
    let looked = story.now;
    for (after, seconds) in [(secs(0), "0"), (secs(1), "1"), (secs(30) - NANO, "29")] {
        story.now = looked + after;
        let Err(Refusal(why)) = story.decide(&act("rita", Action::Refresh)) else { panic!("it looks again") };
        assert_eq!((why.id.as_str(), why.args["count"].as_str()), ("refresh-just-looked", seconds));
        assert_eq!(why.args["next"], crate::view::shown_time(next));
    }
    story.now = looked + secs(30);
    let version = story.request.version;
    // An old card, or one that says nothing, will do: nothing is decided.
    for seen in [Some(0), None, Some(version)] {
        for who in ["rita", "paul", "otto"] {
            let mut story = story.clone();
            story.happens(press(who, seen, Action::Refresh));
            assert_eq!(story.answer.as_deref(), Some("answer-refresh"));
            assert_eq!(story.effects, [Effect::Do(Task::Step(StepKind::Proof), story.now)]);
            assert_eq!((story.request.version, story.state()), (version, StateName::Running));
            // Pressed twice before anybody looked: one look.
            story.happens(press(who, seen, Action::Refresh));
            assert_eq!(story.effects, [Effect::Do(Task::Step(StepKind::Proof), story.now)]);
            assert!(rewritten(story.ends(not_yet("wait-registration"))), "the card shows that it was looked at");
            assert_eq!(story.refusal(who, Action::Refresh), "refresh-just-looked");
        }
    }
    assert_eq!(story.refusal("sam", Action::Refresh), "refusal-stranger");
}

#[test]
fn refresh_does_not_push_past_a_system_that_asked_for_a_pause() {
    let mut story = running_at(StepKind::Sync);
    story.ends(not_yet("wait-line")).wait(minutes(2));
    let busy = Fault { retry_after: Some(minutes(4)), ..fault(true) };
    story.ends(StepOutcome::Faulted(busy)).wait(minutes(3));
    let Err(Refusal(why)) = story.decide(&act("rita", Action::Refresh)) else { panic!("it pushes") };
    assert_eq!(why.id, "refresh-tried-again");
    let mut soon = story.clone();
    assert_eq!(soon.wait(secs(1)).refusal("rita", Action::Refresh), "refresh-tried-again-soon");
    assert_eq!(why.args["next"], "22 Nov 2026, 08:06 UTC");
    assert_eq!(clock(&story).unwrap().next, Some(start() + minutes(6)));
    // Kept waiting by an outage, it says so; nobody knows when the next look is made.
    story.is_held();
    assert_eq!(clock(&story).unwrap().next, None);
    assert_eq!(story.refusal("rita", Action::Refresh), "refresh-held-down");
}

#[test]
fn whoever_asked_and_whoever_approved_are_told_that_it_is_done() {
    let story = stage("done");
    let card = story.request.card(CardKind::Done);
    let Some(View::Done(done)) = view(&story.request, card, Audience::Everybody) else { panic!("no card") };
    let told: Vec<_> = done.told.iter().flatten().map(|m| (m.name.as_str(), m.id.as_str())).collect();
    assert_eq!(told, [("rita", "29:rita"), ("paul", "29:paul")]);
    // Who was no longer on the list of those who are asked is known by the directory alone.
    let mut story = stage("done");
    story.request.approvers.clear();
    let Some(View::Done(done)) = view(&story.request, card, Audience::Everybody) else { panic!("no card") };
    let paul = &done.told.as_ref().unwrap()[1];
    assert_eq!((paul.id.as_str(), paul.directory_id.as_str()), ("", "paul-id"));
    let View::Done(quiet) = View::Done(done).without_notifying(&["paul-id".to_owned()]) else { panic!("no card") };
    assert_eq!(quiet.told.unwrap().iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["rita"]);
}
