//! Where writers to SQLite queue, with a way past the queue for webhooks and heartbeats.
//!
//! Whoever waits for the gate holds the turnstile, and everybody but the keeper of the inbox and the heartbeats passes the turnstile first.
//! So the keeper meets at most two others however many workers are busy: the one inside and the one at the gate.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

/// Clones are the same gate.
#[derive(Debug, Clone, Default)]
pub(super) struct Gate {
    turnstile: Arc<Mutex<()>>,
    gate: Arc<Mutex<()>>,
}

impl Gate {
    /// Waits in the queue.
    pub(super) async fn pass(&self) -> OwnedMutexGuard<()> {
        let _turn = self.turnstile.lock().await;
        Arc::clone(&self.gate).lock_owned().await
    }

    /// Goes past the queue.
    pub(super) async fn pass_first(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.gate).lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::PoisonError;

    use super::*;

    #[tokio::test]
    async fn webhooks_go_before_the_workers_that_queue() {
        let (gate, passed) = (Gate::default(), Arc::new(std::sync::Mutex::new(Vec::new())));
        let inside = gate.pass().await;
        let note = |who: &'static str| {
            let (gate, passed) = (gate.clone(), Arc::clone(&passed));
            async move {
                let guard = if who == "webhook" { gate.pass_first().await } else { gate.pass().await };
                passed.lock().unwrap_or_else(PoisonError::into_inner).push(who);
                drop(guard);
            }
        };
        let all = async { tokio::join!(biased; note("first"), note("second"), note("third"), note("webhook")) };
        let open = async {
            tokio::task::yield_now().await;
            drop(inside);
        };
        tokio::join!(biased; all, open);
        assert_eq!(*passed.lock().unwrap(), ["first", "webhook", "second", "third"]);
    }
}
