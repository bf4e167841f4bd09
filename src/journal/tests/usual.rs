//! How long steps took before, and who does not want to be told.

use super::*;
use crate::flow::{GuidedStep, StepStatus};

/// A step that was waited for, for so many seconds.
fn took(kind: StepKind, seconds: i64) -> StepRecord {
    StepRecord {
        status: StepStatus::Done,
        since: Some(start()),
        checked: Some(start()),
        ended: Some(after(seconds)),
        ..StepRecord::new(kind)
    }
}

fn guided(record: StepRecord) -> StepRecord {
    StepRecord { guided: Some(GuidedStep { asked_at: start(), reminded_at: None, report: None }), ..record }
}

impl Store {
    /// A request with these steps.
    async fn ran(&self, customer: &str, steps: Vec<StepRecord>) {
        let mut tx = self.tx().await;
        let id = tx.next_id().await.unwrap();
        let request = Request { customer: CustomerId(customer.into()), ..request(id, "alice", "1000") };
        tx.insert(&request, start()).await.unwrap();
        let loaded = tx.request(id).await.unwrap().unwrap();
        tx.save(&loaded, &Request { steps, ..request }, start()).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn seconds(&self, alike: &Alike) -> Vec<i64> {
        let took = self.tx().await.took(alike).await.unwrap();
        took.into_iter().map(|time| time.as_secs()).collect()
    }
}

fn proof() -> Alike {
    let (kind, after) = (StepKind::Proof, Some(StepKind::Enable));
    Alike { customer: CustomerId("contoso".into()), kind, after, guided: false }
}

#[tokio::test]
async fn only_steps_that_were_waited_for_in_the_same_way_count_newest_first() {
    let store = Store::new().await;
    let enabled = || took(StepKind::Enable, 1);
    let proven = |seconds| took(StepKind::Proof, seconds);
    for seconds in [10, 20] {
        store.ran("contoso", vec![enabled(), proven(seconds)]).await;
    }
    // Another customer, another carrier, found done at the first look, not done yet, done by a human.
    store.ran("fabrikam", vec![enabled(), proven(31)]).await;
    store.ran("contoso", vec![took(StepKind::NumberShown, 1), proven(32)]).await;
    store.ran("contoso", vec![enabled(), StepRecord { checked: None, ..proven(33) }]).await;
    store.ran("contoso", vec![enabled(), StepRecord { status: StepStatus::Waiting, ended: None, ..proven(34) }]).await;
    store.ran("contoso", vec![enabled(), StepRecord { status: StepStatus::Failed, ..proven(35) }]).await;
    store.ran("contoso", vec![enabled(), guided(proven(36))]).await;
    store.ran("contoso", vec![enabled(), proven(30)]).await;
    assert_eq!(store.seconds(&proof()).await, [30, 20, 10]);
    let of = |change: fn(&mut Alike)| {
        let mut alike = proof();
        change(&mut alike);
        alike
    };
    assert_eq!(store.seconds(&of(|a| a.guided = true)).await, [36]);
    assert_eq!(store.seconds(&of(|a| a.after = Some(StepKind::NumberShown))).await, [32]);
    assert_eq!(store.seconds(&of(|a| a.after = None)).await, [30, 32, 20, 10], "whatever comes before");
    assert_eq!(store.seconds(&of(|a| a.customer = CustomerId("fabrikam".into()))).await, [31]);
    assert_eq!(store.seconds(&of(|a| a.kind = StepKind::Sync)).await, [] as [i64; 0]);
}

#[tokio::test]
async fn the_newest_two_hundred_are_enough() {
    let store = Store::new().await;
    for seconds in 0..203 {
        store.ran("contoso", vec![took(StepKind::Enable, 1), took(StepKind::Proof, seconds)]).await;
    }
    assert_eq!(store.seconds(&proof()).await, (3..203).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_row_that_cannot_be_read_takes_nothing_from_the_others() {
    let store = Store::new().await;
    for seconds in [1, 2, 3] {
        store.ran("contoso", vec![took(StepKind::Enable, 1), took(StepKind::Proof, seconds)]).await;
    }
    assert_eq!(store.sql("UPDATE steps SET body = 'unreadable' WHERE number = 2").await, 2);
    assert_eq!(store.seconds(&proof()).await, [3, 1]);
}

#[tokio::test]
async fn a_mute_is_kept_for_each_person_until_it_is_taken_back() {
    let store = Store::new().await;
    for (id, mute, changed) in [
        ("bob-id", false, false),
        ("bob-id", true, true),
        ("bob-id", true, false),
        ("' OR 1=1 --", true, true),
        ("alan-id", true, true),
        ("alan-id", false, true),
        ("alan-id", false, false),
    ] {
        let mut tx = store.tx().await;
        let found = if mute { tx.mute(id, after(1)).await } else { tx.unmute(id).await };
        assert_eq!(found.unwrap(), changed, "{id} {mute}");
        tx.commit().await.unwrap();
    }
    let store = store.restarted().await;
    let mut tx = store.tx().await;
    assert_eq!(tx.muted_of(&["alan-id", "bob-id", "carol-id", "bob-id"]).await.unwrap(), ["bob-id"]);
    assert!(tx.muted_of(&[]).await.unwrap().is_empty());
}

/// Where the number was there before, a sync is waited for without anything to see.
#[tokio::test]
async fn how_long_a_sync_takes_is_learned_from_lines_that_were_given() {
    let store = Store::new().await;
    let steps = |seconds| vec![took(StepKind::PbxUser, 1), took(StepKind::Sync, seconds), took(StepKind::Enable, 2)];
    store.ran("contoso", steps(240)).await;
    let mut tx = store.tx().await;
    let id = tx.next_id().await.unwrap();
    let mut change = request(id, "alice", "1000");
    change.ask.work = Work::Change;
    tx.insert(&change, start()).await.unwrap();
    let loaded = tx.request(id).await.unwrap().unwrap();
    tx.save(&loaded, &Request { steps: steps(120), ..change }, start()).await.unwrap();
    tx.commit().await.unwrap();
    let alike = |kind, after| Alike { customer: CustomerId("contoso".into()), kind, after: Some(after), guided: false };
    assert_eq!(store.seconds(&alike(StepKind::Sync, StepKind::PbxUser)).await, [240]);
    assert_eq!(store.seconds(&alike(StepKind::Enable, StepKind::Sync)).await, [2, 2], "all others count");
}
