//! Events come in once, in order, and are dealt with once.

use futures_util::future::join_all;

use super::*;
use crate::view::Outgoing;

fn keys(rows: &[InboxRow]) -> Vec<String> {
    rows.iter().map(|row| row.inbound.key.0.clone()).collect()
}

async fn take(store: &Store, now: Timestamp, most: u32) -> Vec<String> {
    keys(&store.journal.take_inbox(now, most).await.unwrap())
}

async fn finish(store: &Store, key: &str, answer: &str) -> Result<(), JournalError> {
    let mut tx = store.tx().await;
    tx.finish_inbox(&EventKey(key.into()), Some(&Sentence::new(answer))).await?;
    tx.commit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_fifty_times_at_once_is_new_once() {
    let store = Store::new().await;
    let event = inbound("same");
    let kept = join_all((0..50).map(|_| store.journal.keep(&event, start()))).await;
    let new = kept.into_iter().filter(|kept| *kept.as_ref().unwrap() == Kept::New).count();
    assert_eq!(new, 1);
    assert_eq!(take(&store, start(), 99).await, ["same"]);
    finish(&store, "same", "answer-submitted").await.unwrap();
    let store = store.restarted().await;
    assert_eq!(store.journal.keep(&event, after(3_600)).await.unwrap(), Kept::Known);
    assert_eq!(take(&store, after(9_999), 99).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_old_events_that_were_dealt_with_are_forgotten() {
    let store = Store::new().await;
    for (key, at) in [("old", start()), ("open", start()), ("young", after(60))] {
        assert_eq!(store.journal.keep(&inbound(key), at).await.unwrap(), Kept::New);
    }
    finish(&store, "old", "answer-submitted").await.unwrap();
    finish(&store, "young", "answer-submitted").await.unwrap();
    assert_eq!(store.journal.forget_events(after(30)).await.unwrap(), 1);
    assert_eq!(store.journal.keep(&inbound("old"), after(61)).await.unwrap(), Kept::New);
    assert_eq!(store.journal.keep(&inbound("young"), after(61)).await.unwrap(), Kept::Known);
    assert_eq!(take(&store, after(62), 99).await, ["open", "old"]);
}

#[tokio::test]
async fn a_redelivery_is_known_also_in_the_same_commit_and_takes_nobody_along() {
    let store = Store::new().await;
    assert_eq!(store.journal.keep(&inbound("old"), start()).await.unwrap(), Kept::New);
    let events = ["a", "old", "b", "b", "c"].map(inbound);
    let kept = join_all(events.iter().map(|event| store.journal.keep(event, start()))).await;
    let kept: Vec<Kept> = kept.into_iter().map(Result::unwrap).collect();
    assert_eq!(kept, [Kept::New, Kept::Known, Kept::New, Kept::Known, Kept::New]);
    assert_eq!(take(&store, start(), 10).await.len(), 4);
    store.journal.close().await;
    assert!(store.journal.keep(&inbound("late"), start()).await.is_err(), "nothing is kept after the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_events_at_once_are_all_kept() {
    let store = Store::new().await;
    let events: Vec<_> = (0..500).map(|n| inbound(&format!("{n:03}"))).collect();
    let kept = join_all(events.iter().map(|event| store.journal.keep(event, start()))).await;
    assert!(kept.into_iter().all(|kept| kept.unwrap() == Kept::New));
    let mut taken = take(&store, start(), 400).await;
    taken.extend(take(&store, start(), 400).await);
    taken.sort();
    assert_eq!(taken, events.iter().map(|e| e.key.0.clone()).collect::<Vec<_>>(), "each once");
}

#[tokio::test]
async fn events_are_taken_in_the_order_in_which_they_came() {
    let store = Store::new().await;
    // All within one millisecond, and the keys tell nothing.
    let came: Vec<_> = (0..40).map(|n| format!("{:02}", n * 17 % 40)).collect();
    let events: Vec<_> = came.iter().map(|key| inbound(key)).collect();
    let (first, second) = events.split_at(20);
    for event in first {
        store.journal.keep(event, start()).await.unwrap();
    }
    join_all(second.iter().map(|event| store.journal.keep(event, start()))).await;
    assert_eq!(take(&store, start(), 7).await, came[..7]);
    assert_eq!(take(&store, start(), 99).await, came[7..]);
}

#[tokio::test]
async fn an_event_in_hand_is_nobody_elses_until_its_lease_ends() {
    let store = Store::new().await;
    store.journal.keep(&inbound("a"), after(5)).await.unwrap();
    assert!(take(&store, after(4), 9).await.is_empty(), "not due");
    assert_eq!(take(&store, after(5), 9).await, ["a"]);
    assert!(take(&store, after(99), 9).await.is_empty());
    store.leases_run_out().await;
    assert_eq!(take(&store, after(99), 9).await, ["a"]);
    // Two deal with it: the second one's work does not count.
    finish(&store, "a", "answer-submitted").await.unwrap();
    let mut tx = store.tx().await;
    tx.send(&place("19:room"), None, Outgoing::Say(Sentence::new("say-expired")), start()).await.unwrap();
    assert!(matches!(tx.finish_inbox(&EventKey("a".into()), None).await, Err(JournalError::LeaseLost)));
    drop(tx);
    assert_eq!(store.journal.outbox_depth().await.unwrap(), (0, 0));
    let answer = store.journal.answer_of(&EventKey("a".into())).await.unwrap();
    assert_eq!(answer, Some(Sentence::new("answer-submitted")));
}

#[tokio::test]
async fn an_event_that_cannot_be_dealt_with_now_comes_again_later() {
    let store = Store::new().await;
    store.journal.keep(&inbound("a"), start()).await.unwrap();
    for attempt in 0..3 {
        let now = after(i64::from(attempt) * 10);
        let rows = store.journal.take_inbox(now, 9).await.unwrap();
        assert_eq!(rows[0].attempt, attempt);
        let (mut tx, again) = (store.tx().await, now + SignedDuration::from_secs(10));
        tx.postpone_inbox(&rows[0].inbound.key, again).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.journal.inbox_due().await.unwrap(), Some(again));
        assert!(take(&store, again - SignedDuration::from_millis(1), 9).await.is_empty());
    }
    finish(&store, "a", "answer-submitted").await.unwrap();
    assert_eq!(store.journal.inbox_due().await.unwrap(), None);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_set_aside_and_holds_up_nobody() {
    let store = Store::new().await;
    for key in ["a", "b", "c"] {
        store.journal.keep(&inbound(key), start()).await.unwrap();
    }
    store.sql("UPDATE inbox SET body = '{\"from\":\"another version\"}' WHERE event_key = 'b'").await;
    assert_eq!(take(&store, start(), 9).await, ["a", "c"]);
    store.leases_run_out().await;
    assert_eq!(take(&store, start(), 9).await, ["a", "c"], "looked at once");
    assert_eq!(store.count("SELECT COUNT(*) FROM inbox WHERE status = 'dead'").await, 1);
    assert_eq!(store.journal.keep(&inbound("b"), start()).await.unwrap(), Kept::Known);
}

#[tokio::test]
async fn nothing_is_called_kept_that_is_not() {
    let store = Store::new().await;
    store.journal.close().await;
    assert!(store.journal.takes_writes().await.is_err());
    assert!(matches!(store.journal.keep(&inbound("a"), start()).await, Err(JournalError::Store(_))));
}
