//! People who wait for an answer on an open connection (a Teams invoke).
//!
//! A worker that is about to decide promises to answer there; from then on the webhook stays a little longer. A webhook
//! whose time is up before a promise takes its entry back, and the worker sends a private message instead. So the answer
//! is given in exactly one of the two ways.

use std::sync::Arc;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use tokio::sync::oneshot;

use crate::domain::{EventKey, Sentence};

/// What the person is told.
pub type Answer = Sentence;

#[derive(Debug, Default)]
struct Tables {
    waiting: DashMap<EventKey, oneshot::Sender<Answer>>,
    promised: DashMap<EventKey, oneshot::Sender<Answer>>,
}

/// Who waits. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Waiters(Arc<Tables>);

impl Waiters {
    /// Begins to wait. To be called before the event is kept, so that no worker can be too quick. `None`: the same event came
    /// twice at once, and the other one waits.
    pub fn wait(&self, key: &EventKey) -> Option<oneshot::Receiver<Answer>> {
        match self.0.waiting.entry(key.clone()) {
            Entry::Occupied(_) => None,
            Entry::Vacant(free) => {
                let (sender, receiver) = oneshot::channel();
                free.insert(sender);
                Some(receiver)
            }
        }
    }

    /// Stops waiting. `false`: an answer was promised and is on its way.
    pub fn give_up(&self, key: &EventKey) -> bool {
        self.0.waiting.remove(key).is_some()
    }

    /// Promises to answer on the connection. `false`: nobody waits there (any more).
    pub fn promise(&self, key: &EventKey) -> bool {
        if let Some((key, sender)) = self.0.waiting.remove(key) {
            self.0.promised.insert(key, sender);
            return true;
        }
        self.0.promised.contains_key(key)
    }

    /// Keeps the promise, or answers whoever still waits. Without effect when nobody does.
    pub fn answer(&self, key: &EventKey, answer: Answer) {
        let sender = self.0.promised.remove(key).or_else(|| self.0.waiting.remove(key));
        if let Some((_, sender)) = sender {
            // A client that hung up presses again and is told what became of it.
            let _ = sender.send(answer);
        }
    }

    /// Forgets a promise that was not kept in time.
    pub fn forget(&self, key: &EventKey) {
        self.0.promised.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_comes_twice_at_once_is_waited_for_once() {
        let (waiters, key) = (Waiters::default(), EventKey("slack:1".to_owned()));
        let mut first = waiters.wait(&key).unwrap();
        assert!(waiters.wait(&key).is_none());
        assert!(waiters.promise(&key));
        waiters.answer(&key, Sentence::new("answer-kept"));
        assert_eq!(first.try_recv(), Ok(Sentence::new("answer-kept")));
        assert!(waiters.wait(&key).is_some());
    }
}
