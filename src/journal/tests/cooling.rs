//! What was taken away from somebody is kept from others for a while.

use super::requests::numbered;
use super::*;
use crate::flow::{State, StepStatus};

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
