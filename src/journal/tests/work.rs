//! Tasks with leases and fences, and timers.

use super::*;

const ONE: RequestId = RequestId(1);
const TWO: RequestId = RequestId(2);

async fn claim(store: &Store, now: Timestamp) -> Vec<Claim> {
    store.journal.claim_work(now, 9).await.unwrap()
}

async fn redeem(store: &Store, claim: &Claim) -> Result<(), JournalError> {
    let mut tx = store.tx().await;
    tx.redeem(claim).await?;
    tx.commit().await
}

#[tokio::test]
async fn a_task_is_claimed_once_when_it_is_due() {
    let store = Store::new().await;
    store.scheduled(ONE, Task::ReadFacts, after(5)).await;
    assert_eq!(store.journal.work_due().await.unwrap(), Some(after(5)));
    assert!(claim(&store, after(4)).await.is_empty());
    assert_eq!(claim(&store, after(5)).await, [Claim { request: ONE, task: Task::ReadFacts, fence: 1 }]);
    assert!(claim(&store, after(99)).await.is_empty(), "somebody does it");
    assert_eq!(store.journal.work_due().await.unwrap(), None);
}

#[tokio::test]
async fn the_most_overdue_come_first_and_no_more_than_asked_for() {
    let store = Store::new().await;
    for number in 1..=5 {
        store.scheduled(RequestId(number), Task::ReadFacts, after(10 - i64::from(number))).await;
    }
    let mut order = Vec::new();
    for _ in 0..5 {
        order.extend(store.journal.claim_work(after(99), 1).await.unwrap().into_iter().map(|c| c.request.0));
    }
    assert_eq!(order, [5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn whoever_lost_the_lease_writes_nothing() {
    let store = Store::new().await;
    store.scheduled(ONE, Task::Step(StepKind::Device), start()).await;
    let slow = claim(&store, start()).await.remove(0);
    store.journal.renew_work(&slow).await.unwrap();
    assert!(claim(&store, start()).await.is_empty());
    store.leases_run_out().await;
    let quick = claim(&store, start()).await.remove(0);
    assert!(quick.fence > slow.fence);
    assert!(matches!(redeem(&store, &slow).await, Err(JournalError::LeaseLost)));
    assert!(matches!(store.journal.renew_work(&slow).await, Err(JournalError::LeaseLost)));
    redeem(&store, &quick).await.unwrap();
}

#[tokio::test]
async fn what_is_to_be_done_next_waits_for_whoever_is_still_at_it() {
    let store = Store::new().await;
    store.scheduled(ONE, Task::Step(StepKind::Sync), start()).await;
    let first = claim(&store, start()).await.remove(0);
    // Somebody presses Done meanwhile.
    store.scheduled(ONE, Task::Step(StepKind::Enable), after(1)).await;
    assert!(claim(&store, after(9)).await.is_empty(), "one request, one worker");
    redeem(&store, &first).await.unwrap();
    let second = claim(&store, after(9)).await.remove(0);
    assert_eq!((second.task, second.fence), (Task::Step(StepKind::Enable), first.fence + 1));
}

#[tokio::test]
async fn a_request_that_rests_is_left_alone_and_a_late_result_still_counts() {
    let store = Store::new().await;
    store.scheduled(ONE, Task::Step(StepKind::Device), start()).await;
    let claimed = claim(&store, start()).await.remove(0);
    let mut tx = store.tx().await;
    tx.rest(ONE).await.unwrap();
    tx.commit().await.unwrap();
    store.leases_run_out().await;
    assert!(claim(&store, after(9)).await.is_empty());
    assert_eq!(store.journal.work_due().await.unwrap(), None);
    redeem(&store, &claimed).await.unwrap();
    // The fence goes on growing: an attempt from before the rest is void after it.
    store.scheduled(ONE, Task::ReadFacts, start()).await;
    assert_eq!(claim(&store, start()).await[0].fence, claimed.fence + 1);
    assert!(matches!(redeem(&store, &claimed).await, Err(JournalError::LeaseLost)));
}

#[tokio::test]
async fn a_task_that_cannot_be_read_holds_up_nobody() {
    let store = Store::new().await;
    store.scheduled(ONE, Task::ReadFacts, start()).await;
    store.scheduled(TWO, Task::FindPeople, after(1)).await;
    store.sql("UPDATE work SET task = '\"fly\"' WHERE number = 1").await;
    let claimed = claim(&store, after(2)).await;
    assert_eq!(claimed.iter().map(|c| c.request).collect::<Vec<_>>(), [TWO]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_workers_get_each_task_once() {
    let store = Store::new().await;
    for number in 1..=60 {
        store.scheduled(RequestId(number), Task::ReadFacts, start()).await;
    }
    let claims = futures_util::future::join_all((0..20).map(|_| store.journal.claim_work(start(), 3))).await;
    let mut numbers: Vec<_> = claims.into_iter().flat_map(Result::unwrap).map(|c| c.request.0).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=60).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_timer_rings_on_time_and_never_early() {
    let store = Store::new().await;
    let due = start() + SignedDuration::from_micros(1_500_400);
    let set = async |when: Option<Timestamp>| {
        let mut tx = store.tx().await;
        tx.set_timer(ONE, when).await.unwrap();
        tx.commit().await.unwrap();
    };
    let rings = async |now: Timestamp| {
        let up = store.journal.timers_up(now).await.unwrap().iter().any(|d| d.request == ONE);
        assert_eq!(store.tx().await.timer_is_up(ONE, now).await.unwrap(), up);
        up
    };
    set(Some(due)).await;
    let looked_at = store.journal.timer_due().await.unwrap().unwrap();
    assert!(looked_at >= due && looked_at < due + SignedDuration::from_millis(1));
    for (now, up) in
        [(start(), false), (due - SignedDuration::from_micros(300), false), (looked_at, true), (after(9), true)]
    {
        assert_eq!(rings(now).await, up, "{now}");
    }
    set(Some(after(20))).await;
    assert!(!rings(after(9)).await, "moved");
    assert!(rings(after(20)).await);
    set(None).await;
    assert!(!rings(after(99)).await);
    assert_eq!(store.journal.timer_due().await.unwrap(), None);
}
