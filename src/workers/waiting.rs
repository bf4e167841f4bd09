//! People who wait for an answer on an open connection (a Teams invoke).
//!
//! Whoever takes a waiter out of the table has promised to answer. The webhook takes its own entry back when its time
//! is up; finding it gone, it knows that the answer is on its way.

use std::sync::Arc;

use dashmap::DashMap;
use tokio::sync::oneshot;

use crate::domain::{EventKey, Sentence};

/// What the person is told.
pub type Answer = Sentence;

/// The table. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Waiters(Arc<DashMap<EventKey, oneshot::Sender<Answer>>>);

impl Waiters {
    /// Begins to wait. To be called before the event is kept, so that no worker can be too quick.
    pub fn wait(&self, key: &EventKey) -> oneshot::Receiver<Answer> {
        let (sender, receiver) = oneshot::channel();
        self.0.insert(key.clone(), sender);
        receiver
    }

    /// Takes over the promise to answer; `None`: nobody waits (any more).
    pub fn take(&self, key: &EventKey) -> Option<oneshot::Sender<Answer>> {
        self.0.remove(key).map(|(_, sender)| sender)
    }
}

impl Waiters {
    /// Somebody still waits for this answer.
    pub fn is_waiting(&self, key: &EventKey) -> bool {
        self.0.contains_key(key)
    }
}
