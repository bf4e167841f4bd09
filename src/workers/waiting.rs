//! People who wait for an answer on an open connection (a Teams invoke).
//!
//! A worker that is about to decide promises to answer there; from then on the webhook stays a little longer. A webhook
//! whose time is up before a promise takes its entry back, and the worker sends a private message instead. So the answer
//! is given in exactly one of the two ways.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::DashMap;
use tokio::sync::oneshot;

use crate::domain::{EventKey, Sentence};

/// What the person is told.
pub type Answer = Sentence;

/// Somebody who waits: the same event may come twice at the same moment, on two connections.
#[derive(Debug)]
struct Waiter {
    ticket: u64,
    sender: oneshot::Sender<Answer>,
}

#[derive(Debug, Default)]
struct Tables {
    tickets: AtomicU64,
    waiting: DashMap<EventKey, Vec<Waiter>>,
    promised: DashMap<EventKey, Vec<Waiter>>,
}

/// An answer that is waited for.
#[derive(Debug)]
pub struct Waiting {
    ticket: u64,
    /// Where it comes.
    pub answer: oneshot::Receiver<Answer>,
}

/// Who waits. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Waiters(Arc<Tables>);

impl Waiters {
    /// Begins to wait. To be called before the event is kept, so that no worker can be too quick.
    pub fn wait(&self, key: &EventKey) -> Waiting {
        let (sender, answer) = oneshot::channel();
        let ticket = self.0.tickets.fetch_add(1, Ordering::Relaxed);
        self.0.waiting.entry(key.clone()).or_default().push(Waiter { ticket, sender });
        Waiting { ticket, answer }
    }

    /// Stops waiting; others who wait for the same go on. `false`: an answer was promised and is on its way.
    pub fn give_up(&self, key: &EventKey, waiting: &Waiting) -> bool {
        let Some(mut waiters) = self.0.waiting.get_mut(key) else { return false };
        let before = waiters.len();
        waiters.retain(|waiter| waiter.ticket != waiting.ticket);
        let gone = waiters.len() < before;
        drop(waiters);
        self.0.waiting.remove_if(key, |_, waiters| waiters.is_empty());
        gone
    }

    /// Promises to answer on the connection. `false`: nobody waits there (any more).
    pub fn promise(&self, key: &EventKey) -> bool {
        if let Some((key, waiters)) = self.0.waiting.remove(key) {
            self.0.promised.entry(key).or_default().extend(waiters);
            return true;
        }
        self.0.promised.contains_key(key)
    }

    /// Keeps the promise, or answers whoever still waits. Without effect when nobody does.
    pub fn answer(&self, key: &EventKey, answer: &Answer) {
        for waiter in self.take(key) {
            // A client that hung up presses again and is told what became of it.
            let _ = waiter.sender.send(answer.clone());
        }
    }

    /// There is nothing to say here: what there was has been sent as a message. Nobody waits any longer.
    pub fn answered_elsewhere(&self, key: &EventKey) {
        drop(self.take(key));
    }

    fn take(&self, key: &EventKey) -> Vec<Waiter> {
        let tables = [&self.0.promised, &self.0.waiting];
        tables.into_iter().filter_map(|table| table.remove(key)).flat_map(|(_, waiters)| waiters).collect()
    }

    /// Forgets a promise that was not kept in time.
    pub fn forget(&self, key: &EventKey) {
        self.0.promised.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn two_may_wait_for_the_same_and_one_may_leave() {
        let (waiters, key) = (Waiters::default(), EventKey("slack:1".to_owned()));
        let (first, second) = (waiters.wait(&key), waiters.wait(&key));
        assert!(waiters.give_up(&key, &second), "it has not been promised");
        assert!(waiters.promise(&key), "somebody still waits");
        assert!(!waiters.give_up(&key, &first), "an answer is on its way");
        waiters.answer(&key, &Sentence::new("answer-kept"));
        assert_eq!(first.answer.await.unwrap().id, "answer-kept");
        assert!(second.answer.await.is_err());
        assert!(!waiters.promise(&key), "nobody waits any more");
        let third = waiters.wait(&key);
        waiters.answered_elsewhere(&key);
        assert!(third.answer.await.is_err());
    }
}
