//! Whether a new message may go, asked at the last moment.
//!
//! No chat offers to ask whether a message arrived, so a message must not be sent again once a vendor may have it. The
//! moment to write that down is between the head and the body of the call: before it nothing has happened, because a call
//! without its body is none, and everything that takes time (a token, a connection, TLS) is over. So the body is a stream
//! whose first bytes ask for the permit.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use futures_util::future::BoxFuture;

type Ask = Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// Clones are the same permit.
#[derive(Clone)]
pub struct Permit(Arc<Inner>);

struct Inner {
    ask: Ask,
    stage: AtomicU8,
}

/// How far a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Stage {
    /// The body was never asked for: nothing was sent.
    Unasked,
    /// It may not go: nothing was sent.
    Refused,
    /// It may go, but the body has not left yet.
    Granted,
    /// The body was handed over: from here on only the vendor knows.
    Gone,
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Permit").field(&self.stage()).finish()
    }
}

impl Permit {
    /// A permit that asks this, once.
    pub fn new(ask: impl Fn() -> BoxFuture<'static, bool> + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner { ask: Box::new(ask), stage: AtomicU8::new(Stage::Unasked as u8) }))
    }

    /// For what may be sent any number of times.
    pub fn granted() -> Self {
        Self::new(|| Box::pin(std::future::ready(true)))
    }

    /// How far it came.
    pub fn stage(&self) -> Stage {
        match self.0.stage.load(Ordering::SeqCst) {
            0 => Stage::Unasked,
            1 => Stage::Refused,
            2 => Stage::Granted,
            _ => Stage::Gone,
        }
    }

    fn reach(&self, stage: Stage) {
        self.0.stage.store(stage as u8, Ordering::SeqCst);
    }

    /// Asks, unless it was granted before: a call that is repeated with a new token is still the same message.
    pub(super) async fn obtain(&self) -> bool {
        if self.stage() >= Stage::Granted {
            return true;
        }
        let granted = (self.0.ask)().await;
        self.reach(if granted { Stage::Granted } else { Stage::Refused });
        granted
    }

    /// The body leaves.
    pub(super) fn hand_over(&self) {
        self.reach(Stage::Gone);
    }

    /// The vendor has answered that it did not take the message; it may be offered again.
    pub(super) fn take_back(&self) {
        if self.stage() == Stage::Gone {
            self.reach(Stage::Granted);
        }
    }
}
