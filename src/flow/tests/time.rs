//! Deadlines to the moment, pauses, waiting, late results and new tries.

use super::*;

const NANO: SignedDuration = SignedDuration::from_nanos(1);

fn secs(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}

fn down(retry_after: Option<SignedDuration>) -> Fault {
    Fault { retry_after, ..fault(true) }
}

#[test]
fn an_approval_is_still_good_a_moment_before_it_expires_and_expires_on_time() {
    let mut story = awaiting();
    let State::AwaitingApproval { expires_at, .. } = story.request.state else { panic!("{:?}", story.request.state) };
    assert_eq!(expires_at, start() + SignedDuration::from_hours(24));
    story.now = expires_at - NANO;
    assert_eq!(story.clone().does("paul", Action::Approve(None)).state(), StateName::Running);
    let before = story.request.clone();
    assert_eq!(story.happens(Event::Expired).request, before);
    story.now = expires_at;
    // The bot may have been down when the time was up.
    for late in [Action::Approve(None), Action::Reject(Some("too late".into()))] {
        assert_eq!(story.refusal("paul", late), "refusal-expired");
    }
    assert_eq!(story.happens(Event::Expired).state(), StateName::Expired);
    assert_eq!(story.refusal("paul", Action::Approve(None)), "refusal-expired");
}

#[test]
fn pauses_grow_and_end_and_a_vendor_may_ask_for_more_up_to_five_minutes() {
    for task in [Story::new(), asking()] {
        let mut story = task;
        for pause in [1, 3, 6, 12] {
            story.happens(Event::TaskFaulted(fault(true)));
            assert_eq!(story.pause(), secs(pause));
        }
        let state = story.state();
        story.happens(Event::TaskFaulted(fault(true)));
        // Without facts it stops; without people the card goes out all the same.
        let expected = if state == StateName::Checking { StateName::Failed } else { StateName::AwaitingApproval };
        assert_eq!(story.state(), expected);
        assert!(story.effects.contains(&Effect::Rest));
    }
    for (asked, pause) in [(0, 1), (1, 1), (2, 2), (299, 299), (300, 300), (301, 300), (86_400, 300), (-5, 1)] {
        let mut story = running_at(StepKind::Device);
        story.ends(StepOutcome::Faulted(down(Some(secs(asked)))));
        assert_eq!(story.pause(), secs(pause), "Retry-After: {asked}");
    }
}

#[test]
fn a_step_is_tried_five_times_and_faults_are_forgotten_once_it_answers() {
    let mut story = running_at(StepKind::Sync);
    for _ in 0..4 {
        story.ends(StepOutcome::Faulted(fault(true)));
    }
    story.ends(not_yet("wait-line"));
    for pause in [1, 3, 6, 12] {
        story.ends(StepOutcome::Faulted(fault(true)));
        assert_eq!(story.pause(), secs(pause));
    }
    story.ends(StepOutcome::Faulted(fault(true)));
    assert_eq!(story.state(), StateName::Failed);
    assert_eq!(story.request.step().unwrap().status, StepStatus::Failed);
}

#[test]
fn the_truth_is_read_again_often_at_first_and_rarely_later() {
    for (waited, pause) in [
        (secs(0), 2),
        (secs(30) - NANO, 2),
        (secs(30), 10),
        (minutes(5), 60),
        (minutes(60) - NANO, 60),
        (minutes(60), 300),
        (SignedDuration::from_hours(23), 300),
    ] {
        let mut story = running_at(StepKind::Proof);
        story.wait(waited).ends(not_yet("wait-registration"));
        assert_eq!(story.pause(), secs(pause), "after {waited:?}");
    }
}

#[test]
fn without_consent_a_human_is_asked_at_once_and_with_it_after_the_wait() {
    let story = guided();
    assert!(story.posts(CardKind::Guided(StepKind::Sync)));

    let mut story = running_at(StepKind::Sync);
    story.wait(minutes(2) - secs(1)).ends(not_yet("wait-line"));
    assert!(!story.posts(CardKind::Guided(StepKind::Sync)));
    assert_eq!(story.pause(), secs(1), "the moment when a human is to be asked is not slept through");
    story.wait(secs(1) - NANO).ends(not_yet("wait-line"));
    assert!(!story.posts(CardKind::Guided(StepKind::Sync)));
    assert_eq!(story.pause(), SignedDuration::from_millis(500), "no busy loop");
    story.wait(NANO).ends(not_yet("wait-line"));
    assert!(story.posts(CardKind::Guided(StepKind::Sync)));
    assert_eq!(story.request.step().unwrap().status, StepStatus::Guided);
    story.wait(minutes(1)).ends(not_yet("wait-line"));
    assert!(!story.posts(CardKind::Guided(StepKind::Sync)), "asked once");
    // Steps that no human can help with ask nobody.
    let mut story = running_at(StepKind::Proof);
    story.wait(minutes(30)).ends(not_yet("wait-registration"));
    assert_eq!(story.request.step().unwrap().guided, None);
}

#[test]
fn the_deadline_counts_from_the_sync_and_ends_all_three_waits_on_time() {
    for (kind, cause) in [
        (StepKind::Sync, "cause-late-sync"),
        (StepKind::Enable, "cause-late-enable"),
        (StepKind::Proof, "cause-late-proof"),
    ] {
        let mut story = running_at(StepKind::Sync);
        let deadline = story.now + SignedDuration::from_hours(24);
        story.wait(minutes(7));
        while story.request.step().unwrap().kind != kind {
            story.ends(done());
        }
        story.now = deadline - NANO;
        assert_eq!(story.ends(not_yet("wait-line")).state(), StateName::Running, "{kind:?}");
        story.now = deadline;
        story.ends(not_yet("wait-line"));
        let State::Failed(failure) = &story.request.state else { panic!("{kind:?}: {:?}", story.request.state) };
        assert_eq!(failure.cause.id, cause);
        // A retry has its full time again. Where the line never came, the user is saved at the carrier once more.
        story.wait(minutes(1)).does("rita", Action::Retry);
        if kind == StepKind::Sync {
            assert_eq!(story.request.step().unwrap().kind, StepKind::PbxUser);
            story.ends(done());
        }
        let retried = story.now;
        assert_eq!(story.wait(secs(1)).ends(not_yet("wait-line")).state(), StateName::Running, "{kind:?}");
        story.now = retried + SignedDuration::from_hours(24);
        assert_eq!(story.ends(not_yet("wait-line")).state(), StateName::Failed, "{kind:?}");
    }
}

#[test]
fn people_are_told_once_that_the_proof_is_late() {
    let mut story = running_at(StepKind::Proof);
    assert!(!story.wait(minutes(10) - NANO).ends(not_yet("wait-registration")).says("say-proof-late"));
    assert!(story.wait(NANO).ends(not_yet("wait-registration")).says("say-proof-late"));
    assert!(!story.wait(minutes(10)).ends(not_yet("wait-registration")).says("say-proof-late"));
}

#[test]
fn a_result_that_comes_after_the_cancel_is_recorded_and_nothing_follows() {
    let mut story = running_at(StepKind::Device);
    story.does("rita", Action::Cancel);
    let over = story.request.state.clone();
    for late in [StepOutcome::Prepared("null".into()), not_yet("wait-device"), StepOutcome::Faulted(fault(true))] {
        let before = story.request.clone();
        story.ends(late);
        assert_eq!((&story.request, story.effects.len()), (&before, 0));
    }
    story.ends(done());
    assert_eq!(story.request.state, over);
    assert_eq!(story.request.steps[2].status, StepStatus::Done);
    assert_eq!(story.request.step().unwrap().status, StepStatus::Open, "the next step is not begun");
    assert_eq!(story.effects, [Effect::Rewrite(Card { kind: CardKind::Progress, round: 1 })]);
}

#[test]
fn waiting_for_a_system_is_no_attempt_and_ends_after_fifteen_minutes() {
    let mut story = running_at(StepKind::Device);
    for _ in 0..3 {
        story.ends(StepOutcome::Faulted(fault(true)));
    }
    let began = story.now;
    for _ in 0..60 {
        story.is_held().wait(secs(10));
    }
    let record = story.request.step().unwrap();
    assert_eq!((record.attempt, record.until), (3, Some(began + minutes(15))));
    assert_eq!(record.detail.as_ref().unwrap().id, "wait-held-down");
    assert_eq!(row(&story.request).state.id, "state-held-down");
    story.now = began + minutes(15) - secs(4);
    assert_eq!(story.is_held().pause(), secs(4), "the end is not slept through");
    story.now = began + minutes(15) - NANO;
    assert_eq!(story.is_held().state(), StateName::Running);
    story.wait(NANO).is_held();
    let State::Failed(failure) = &story.request.state else { panic!("{:?}", story.request.state) };
    assert_eq!(failure.cause.id, "cause-held-down");
    assert_eq!(failure.cause.args["system"], "NetSapiens");
    assert_eq!(failure.cause.args["since"], "22 Nov 2026, 07:59 UTC");
    assert!(failure.needs_somebody());
    // Retry goes on from there, with its full time again.
    story.wait(minutes(1)).does("rita", Action::Retry).is_held();
    assert_eq!((story.state(), story.request.step().unwrap().kind), (StateName::Running, StepKind::Device));
    story.wait(minutes(14)).is_held();
    assert_eq!(story.state(), StateName::Running);
    // An attempt that is made ends the wait, however it ends.
    story.ends(StepOutcome::Faulted(fault(true)));
    assert_eq!(story.request.held, None);
    assert_eq!(story.wait(minutes(14)).is_held().state(), StateName::Running);
    story.ends(done());
    assert_eq!(story.request.step().unwrap().until, None);
}

#[test]
fn whoever_waits_or_tries_again_says_until_when() {
    let until = |story: &Story| story.request.step().unwrap().until.map(|until| until.duration_since(start()));
    assert_eq!(until(&running_at(StepKind::Device)), None, "under way");
    let mut story = running_at(StepKind::Device);
    assert_eq!(until(story.ends(not_yet("wait-device"))), Some(minutes(5)));
    let mut story = running_at(StepKind::Sync);
    assert_eq!(until(story.ends(not_yet("wait-line"))), Some(SignedDuration::from_hours(24)));
    assert_eq!(row(&story.request).state.id, "state-running-until");
    // 1 + 3 + 6 + 12 s and the attempts themselves, in whole minutes.
    assert_eq!(until(story.ends(StepOutcome::Faulted(fault(true)))), Some(minutes(1)));
    assert_eq!(until(story.wait(minutes(1)).ends(StepOutcome::Faulted(down(Some(minutes(9)))))), Some(minutes(7)));
    assert_eq!(until(story.ends(not_yet("wait-line"))), Some(SignedDuration::from_hours(24)));
    assert_eq!(row(&guided().request).state.id, "state-waiting-operator-until");
}

#[test]
fn a_line_that_never_came_is_saved_once_more_unless_it_is_there_by_now() {
    let mut story = running_at(StepKind::Sync);
    story.wait(SignedDuration::from_hours(24)).ends(not_yet("wait-line")).does("rita", Action::Retry);
    assert_eq!(story.request.step().unwrap().kind, StepKind::PbxUser);
    assert!(story.effects.contains(&Effect::Do(Task::Step(StepKind::PbxUser), story.now)));
    story.ends(done());
    assert_eq!(story.request.step().unwrap().kind, StepKind::Sync);
    // It came after the end and was seen: nothing is saved.
    let mut story = running_at(StepKind::Sync);
    story.wait(SignedDuration::from_hours(24)).ends(not_yet("wait-line")).ends(done()).does("rita", Action::Retry);
    assert_eq!(story.request.step().unwrap().kind, StepKind::Enable);
    // Another cause at the same step is no reason.
    let mut story = guided();
    story.does("otto", Action::GuidedFail(Some("no login".into()))).does("rita", Action::Retry);
    assert_eq!(story.request.step().unwrap().kind, StepKind::Sync);
}

#[test]
fn operators_are_told_when_somebody_has_to_mend_something_and_where_they_cannot_be_told_that_is_said() {
    let mentioned = |story: &Story| {
        let card = story.request.card(CardKind::Failure);
        let Some(crate::view::View::Failure(card)) = view(&story.request, card, Audience::Everybody) else {
            panic!("no failure card")
        };
        (card.mentions.into_iter().map(|m| m.name).collect::<Vec<_>>(), card.who.is_some())
    };
    let mut story = running_at(StepKind::Device);
    story.ends(StepOutcome::Faulted(fault(false)));
    assert_eq!(mentioned(&story), (vec!["rita".to_owned(), "otto".to_owned()], true));
    assert!(!story.says("say-operators-not-told"), "everybody in the thread sees it");
    story.does("rita", Action::Retry).ends(StepOutcome::Faulted(fault(false)));
    assert!(story.posts(CardKind::Failure), "every stop is told");
    // What may pass by itself is the requester's to try again.
    let mut story = running_at(StepKind::Device);
    for _ in 0..5 {
        story.ends(StepOutcome::Faulted(fault(true)));
    }
    assert_eq!(mentioned(&story), (vec!["rita".to_owned()], false));
    // Conditions name their menders one by one.
    let mut story = running();
    story.ends(StepOutcome::Faulted(broken_condition()));
    assert_eq!(mentioned(&story), (vec!["rita".to_owned(), "otto".to_owned()], false));
    // Before there is a plan the operators come with the fault; alone with the bot they have to be reachable.
    let mut story = Story::new();
    story.request.place.kind = PlaceKind::Personal;
    story.happens(Event::TaskFaulted(Fault { operators: vec![asked("otto")], ..fault(false) }));
    assert_eq!(mentioned(&story).0, ["rita", "otto"]);
    assert!(story.says("say-operators-not-told"));
}

#[test]
fn the_record_keeps_what_was_there_before_through_faults_and_retries() {
    let mut story = running_at(StepKind::Device);
    story.ends(StepOutcome::Prepared(r#"{"emergency-address-id":"a-old"}"#.into()));
    assert_eq!(story.pause(), SignedDuration::ZERO);
    story.ends(StepOutcome::Faulted(fault(false))).does("otto", Action::Retry);
    let record = story.request.step().unwrap();
    assert_eq!(record.before.as_deref(), Some(r#"{"emergency-address-id":"a-old"}"#));
    assert_eq!((record.attempt, record.status), (0, StepStatus::Running));
}

#[test]
fn a_retry_after_a_broken_condition_asks_for_approval_again() {
    for kind in [StepKind::SubjectReady, StepKind::ExtensionFree] {
        let mut story = running_at(kind);
        story.ends(StepOutcome::Faulted(broken_condition()));
        story.wait(minutes(3)).does("rita", Action::Retry);
        assert_eq!(story.state(), StateName::AwaitingApproval);
        assert!(story.request.approvals.is_empty() && story.request.steps.is_empty());
        story.happens(Event::PeopleFound(people())).does("petra", Action::Approve(None));
        assert_eq!(story.request.step().unwrap().kind, StepKind::SubjectReady, "everything is looked at again");
    }
    // The same fault once something was changed is no reason to ask again.
    let mut story = running_at(StepKind::PbxUser);
    story.ends(StepOutcome::Faulted(broken_condition())).does("rita", Action::Retry);
    assert_eq!(story.state(), StateName::Running);
    // Nor is a system that was down while it was to be looked at.
    let mut story = running();
    story.ends(StepOutcome::Faulted(fault(false))).does("rita", Action::Retry);
    assert_eq!((story.state(), story.request.approvals.len()), (StateName::Running, 1));
}

#[test]
fn a_retry_finds_the_step_done_meanwhile_and_goes_on_with_the_next() {
    let mut story = guided();
    story.does("otto", Action::GuidedFail(Some("no such button".into()))).ends(done());
    assert_eq!(story.state(), StateName::Failed);
    story.does("rita", Action::Retry);
    assert_eq!(story.request.step().unwrap().kind, StepKind::Enable);
    // Even when nothing is left to be done.
    let mut story = running_at(StepKind::Proof);
    story.ends(StepOutcome::Faulted(fault(false))).ends(done()).does("rita", Action::Retry);
    assert_eq!(story.state(), StateName::Done);
    assert!(story.posts(CardKind::Done));
}

#[test]
fn a_request_that_failed_while_checking_reads_everything_again() {
    let mut story = stage("failed-checking");
    story.does("rita", Action::Retry);
    assert_eq!((story.state(), story.request.attempt), (StateName::Checking, 0));
    story.happens(Event::FactsRead(Box::new(facts())));
    assert!(story.effects.contains(&Effect::Post(Card { kind: CardKind::Confirm, round: 2 })));
}

#[test]
fn what_was_accepted_is_asked_after_and_a_new_try_begins_anew() {
    let mut story = running_at(StepKind::Device);
    story.ends(StepOutcome::Accepted("operation 1".into()));
    assert_eq!(story.pause(), SignedDuration::ZERO);
    story.ends(not_yet("wait-device")).ends(StepOutcome::Faulted(fault(true)));
    assert_eq!(story.request.step().unwrap().ticket.as_deref(), Some("operation 1"));
    story.ends(StepOutcome::Faulted(fault(false))).does("rita", Action::Retry);
    assert_eq!(story.request.step().unwrap().ticket, None);
}
