//! Signals inside one process: a hint that something is due. Whoever misses one finds out at the next look.

use std::sync::Arc;

use tokio::sync::Notify;

/// Three bells, shared by clones.
#[derive(Debug, Clone, Default)]
pub struct Wake {
    /// Something came in.
    pub inbox: Arc<Notify>,
    /// A request has a task, or a timer changed.
    pub work: Arc<Notify>,
    /// Something is to be sent.
    pub outbox: Arc<Notify>,
}

/// Which bells to ring after the commit.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wakes {
    pub(super) inbox: bool,
    pub(super) work: bool,
    pub(super) outbox: bool,
}

impl Wake {
    pub(super) fn all(&self, wakes: Wakes) {
        if wakes.inbox {
            self.inbox.notify_one();
        }
        if wakes.work {
            self.work.notify_one();
        }
        if wakes.outbox {
            self.outbox.notify_one();
        }
    }
}
