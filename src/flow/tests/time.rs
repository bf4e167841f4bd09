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
        // A retry has its full time again.
        story.wait(minutes(1)).does("rita", Action::Retry);
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
