//! Time as a value that is handed in: the system's in production, one that only a test turns in tests.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;

/// Tells the time and waits for a point in it.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
    /// Resolves once [`Self::now`] is at or past `until`.
    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'static, ()>;
}

/// A clock shared by everything that runs.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'static, ()> {
        let left = until.duration_since(Timestamp::now()).max(SignedDuration::ZERO).unsigned_abs();
        Box::pin(tokio::time::sleep(left))
    }
}

/// A clock that stands still until it is turned. Clones show the same time.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<Manual>>);

#[derive(Debug)]
struct Manual {
    now: Timestamp,
    next: u64,
    sleepers: BTreeMap<(Timestamp, u64), oneshot::Sender<()>>,
}

impl ManualClock {
    /// Starts at a given time.
    pub fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Manual { now, next: 0, sleepers: BTreeMap::new() })))
    }

    fn lock(&self) -> MutexGuard<'_, Manual> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Turns the clock forward and wakes whoever waited for a time passed.
    pub fn advance(&self, by: SignedDuration) {
        let mut manual = self.lock();
        manual.now = manual.now.checked_add(by).unwrap_or(Timestamp::MAX);
        let now = manual.now;
        let later = manual.sleepers.split_off(&(now, u64::MAX));
        let due = std::mem::replace(&mut manual.sleepers, later);
        drop(manual);
        for (_, sleeper) in due {
            // A sleeper that was dropped needs no waking.
            let _ = sleeper.send(());
        }
    }

    /// How long until the next sleeper is due; `None` when nobody waits.
    pub fn until_next(&self) -> Option<SignedDuration> {
        let mut manual = self.lock();
        manual.sleepers.retain(|_, sleeper| !sleeper.is_closed());
        let now = manual.now;
        manual.sleepers.keys().next().map(|(due, _)| due.duration_since(now).max(SignedDuration::ZERO))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'static, ()> {
        let mut manual = self.lock();
        if until <= manual.now {
            return Box::pin(std::future::ready(()));
        }
        let (wake, woken) = oneshot::channel();
        manual.next += 1;
        let key = (until, manual.next);
        manual.sleepers.insert(key, wake);
        Box::pin(async move {
            let _ = woken.await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleepers_wake_in_their_time_and_not_before() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let minute = clock.now() + SignedDuration::from_mins(1);
        let sleeper = tokio::spawn(clock.sleep_until(minute));
        assert_eq!(clock.until_next(), Some(SignedDuration::from_mins(1)));
        clock.advance(SignedDuration::from_secs(59));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(SignedDuration::from_secs(1));
        sleeper.await.unwrap();
        assert_eq!(clock.until_next(), None);
    }
}
