//! What was taken away from somebody is kept from others for a while.

use super::requests::numbered;
use super::*;
use crate::domain::MicrosoftSide;
use crate::flow::{State, StepStatus};
use crate::plan::{Plan, Removal, TakenFrom, Target};

fn later(hours: i64) -> Timestamp {
    start() + SignedDuration::from_hours(hours)
}

/// Alice's extension is hers by one request, and taken away by another one that is done.
async fn taken_away(store: &Store) -> (Request, Request) {
    let given = store.asked("alice", "1000").await;
    let taken = store.asked("alice", "1000").await;
    let mut tx = store.tx().await;
    tx.hold(&given, start()).await.unwrap();
    done(&mut tx, &given).await;
    tx.settle(&given, true, later(720)).await.unwrap();
    tx.hold(&taken, start()).await.unwrap();
    done(&mut tx, &taken).await;
    tx.settle(&taken, false, later(720)).await.unwrap();
    tx.commit().await.unwrap();
    (given, taken)
}

async fn done(tx: &mut Tx, request: &Request) {
    let loaded = tx.request(request.id).await.unwrap().unwrap();
    let done = Request { state: State::Done { read_at: start() }, ..request.clone() };
    tx.save(&loaded, &done, start()).await.unwrap();
}

#[tokio::test]
async fn nobody_else_gets_it_before_the_time_and_the_same_person_does() {
    let store = Store::new().await;
    let (_, taken) = taken_away(&store).await;
    let (bob, alice) = (store.asked("bob", "1000").await, store.asked("alice", "1000").await);
    let mut tx = store.tx().await;
    tx.let_cool(later(719)).await.unwrap();
    assert_eq!(tx.held_by(&bob).await.unwrap(), Some((taken.id, taken.ask.subject.clone())));
    assert_eq!(tx.extension_cools(&bob).await.unwrap(), Some(later(720)));
    assert_eq!(tx.held_by(&alice).await.unwrap(), None);
    let holds = |now| store.journal.holds_of(&taken.customer, "1000", now);
    tx.let_cool(later(720)).await.unwrap();
    assert_eq!(tx.held_by(&bob).await.unwrap(), None);
    drop(tx);
    let held = holds(later(1)).await.unwrap();
    assert_eq!((held[0].request, held[0].cooling_until), (taken.id, Some(later(720))));
    assert!(holds(later(720)).await.unwrap().is_empty(), "even before it is cleared away");
}

#[tokio::test]
async fn whoever_takes_it_over_keeps_it_and_who_gives_up_lets_it_cool_on() {
    let store = Store::new().await;
    taken_away(&store).await;
    let (bob, again) = (store.asked("bob", "1000").await, store.asked("alice", "1000").await);
    let mut tx = store.tx().await;
    tx.hold(&again, later(1)).await.unwrap();
    // While a request is at it, its time does not run out.
    tx.let_cool(later(1000)).await.unwrap();
    assert!(tx.held_by(&bob).await.unwrap().is_some());
    done(&mut tx, &again).await;
    tx.settle(&again, true, later(2000)).await.unwrap();
    tx.let_cool(later(1000)).await.unwrap();
    assert_eq!(tx.held_by(&bob).await.unwrap(), Some((again.id, again.ask.subject.clone())));
    assert_eq!(tx.extension_cools(&bob).await.unwrap(), None, "it is somebody's");
}

#[tokio::test]
async fn after_a_change_only_the_old_one_cools() {
    let store = Store::new().await;
    let given = store.asked("alice", "1000").await;
    let mut moved = store.asked("alice", "1001").await;
    moved.ask.work = Work::Change;
    let (bob, carol) = (store.asked("bob", "1000").await, store.asked("carol", "1001").await);
    let mut tx = store.tx().await;
    tx.hold(&given, start()).await.unwrap();
    done(&mut tx, &given).await;
    tx.hold(&moved, start()).await.unwrap();
    done(&mut tx, &moved).await;
    tx.settle(&moved, true, later(720)).await.unwrap();
    assert_eq!(tx.extension_cools(&bob).await.unwrap(), Some(later(720)));
    assert_eq!(tx.extension_cools(&carol).await.unwrap(), None);
    assert!(tx.held_by(&carol).await.unwrap().is_some());
}

#[tokio::test]
async fn what_earlier_requests_did_is_told_in_their_order() {
    let store = Store::new().await;
    let (first, second) =
        (numbered(&store, "alice", "+13035550142").await, numbered(&store, "alice", "+13035550143").await);
    let (other, undo) = (numbered(&store, "bob", "+13035550144").await, store.asked("alice", "1000").await);
    let mut tx = store.tx().await;
    for request in [&first, &other] {
        let loaded = tx.request(request.id).await.unwrap().unwrap();
        let mut done = Request { state: State::Done { read_at: start() }, ..request.clone() };
        done.steps = steps(&[StepKind::SubjectReady, StepKind::AssignNumber, StepKind::Proof]);
        done.steps.iter_mut().for_each(|step| step.status = StepStatus::Done);
        tx.save(&loaded, &done, start()).await.unwrap();
    }
    let past = tx.past(&undo).await.unwrap();
    let told: Vec<_> = past.iter().map(|past| (past.request, past.done, past.over, past.changed.len())).collect();
    assert_eq!(told, [(first.id, true, true, 1), (second.id, false, false, 0)], "nobody else's, and what only looks");
}

/// The request takes the line away that `given` gave, from the account of this id.
fn taking(given: &Request, subject: &str, id: &str) -> Request {
    let ask = Ask { work: Work::Offboard, number: None, ..given.ask.clone() };
    let ask = Ask { subject: Upn::parse(&format!("{subject}@contoso.com")).unwrap(), ..ask };
    let removal = Removal {
        taken_from: TakenFrom::DirectRouting,
        line: given.plan.as_ref().unwrap().line(),
        shows: vec![given.line()],
        extension: None,
        device: None,
        policy: None,
        portal_url: None,
        back_first: None,
        microsoft: MicrosoftSide::Leave,
        cooling: SignedDuration::from_hours(720),
        removal_deadline: SignedDuration::from_hours(24),
    };
    let given_plan = given.plan.clone().unwrap();
    let plan = Plan { subject_id: id.to_owned(), target: Target::Removal(removal), ..given_plan };
    Request { plan: Some(plan), ask, ..given.clone() }
}

#[tokio::test]
async fn what_is_taken_away_and_held_by_somebody_else_stays_with_them_unless_they_are_the_same_account() {
    for (id, cools) in [("bob", false), ("ALICE", true)] {
        let store = Store::new().await;
        let given = numbered(&store, "alice", "+13035550142").await;
        let asked = numbered(&store, "renamed", "+13035550142").await;
        let removal = Request { id: asked.id, ..taking(&given, "renamed", id) };
        let mut tx = store.tx().await;
        tx.hold(&given, start()).await.unwrap();
        assert!(matches!(tx.hold(&asked, start()).await, Err(JournalError::Overtaken)), "it would be given twice");
        tx.hold(&removal, start()).await.unwrap();
        tx.settle(&removal, false, later(720)).await.unwrap();
        tx.commit().await.unwrap();
        let held = store.journal.holds_of(&given.customer, "+13035550142", start()).await.unwrap();
        let expected = if cools { (asked.id, Some(later(720))) } else { (given.id, None) };
        assert_eq!((held[0].request, held[0].cooling_until), expected, "{id}");
    }
}

#[tokio::test]
async fn what_cools_down_does_so_whoever_tried_to_get_it_back() {
    let store = Store::new().await;
    let (_, taken) = taken_away(&store).await;
    let (again, bob) = (store.asked("alice", "1000").await, store.asked("bob", "1000").await);
    let mut tx = store.tx().await;
    tx.hold(&again, later(1)).await.unwrap();
    tx.release(&again).await.unwrap();
    assert!(tx.held_by(&bob).await.unwrap().is_some(), "it is not free at once");
    assert_eq!(tx.extension_cools(&bob).await.unwrap(), Some(later(720)));
    // One that stopped midway may have given the line again.
    tx.hold(&again, later(2)).await.unwrap();
    tx.keep_held(&again).await.unwrap();
    done(&mut tx, &again).await;
    tx.let_cool(later(1000)).await.unwrap();
    assert_eq!(tx.held_by(&bob).await.unwrap(), Some((again.id, taken.ask.subject)));
}

#[tokio::test]
async fn work_that_nobody_did_by_hand_is_not_what_was_there_before() {
    let store = Store::new().await;
    let asked = |who| numbered(&store, who, "+13035550142");
    let (given, by_hand, next, bob) =
        (asked("alice").await, asked("alice").await, asked("alice").await, asked("bob").await);
    let mut tx = store.tx().await;
    tx.hold(&given, start()).await.unwrap();
    // The first one gave the number; the second one waited for somebody to do it, and nobody did.
    for (request, people, status) in
        [(&given, vec![], StepStatus::Done), (&by_hand, vec![StepKind::AssignNumber], StepStatus::Running)]
    {
        let loaded = tx.request(request.id).await.unwrap().unwrap();
        let plan = request.plan.clone().map(|plan| Plan { by_hand: people, ..plan });
        let mut over = Request { state: State::Cancelled { by: rita() }, plan, ..request.clone() };
        over.steps = steps(&[StepKind::AssignNumber]);
        over.steps[0].status = status;
        tx.save(&loaded, &over, start()).await.unwrap();
    }
    assert_eq!(tx.cancelled_midway(&next).await.unwrap(), Some(given.id));
    tx.hold(&next, start()).await.unwrap();
    tx.release(&next).await.unwrap();
    let (held, _) = tx.numbers_held(&bob).await.unwrap();
    assert_eq!(held.iter().map(|held| held.request).collect::<Vec<_>>(), [given.id]);
}

#[tokio::test]
async fn calling_went_off_when_that_step_ended_whatever_happened_to_the_request_afterwards() {
    let store = Store::new().await;
    let asked = store.asked("alice", "1000").await;
    let told = || store.journal.taken_away(&asked.customer, &asked.ask.subject);
    assert_eq!(told().await.unwrap(), None);
    let mut over = Request { state: State::Cancelled { by: rita() }, ..asked.clone() };
    over.steps = steps(&[StepKind::LineStands, StepKind::DisableCalling, StepKind::DeleteUser]);
    // A version that wrote no end tells when the request last changed.
    for (ended, expected) in [(Some(later(1)), later(1)), (None, later(9))] {
        (over.steps[1].status, over.steps[1].ended) = (StepStatus::Done, ended);
        let mut tx = store.tx().await;
        let loaded = tx.request(asked.id).await.unwrap().unwrap();
        tx.save(&loaded, &over, later(9)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(told().await.unwrap(), Some((asked.id, expected)));
    }
}
