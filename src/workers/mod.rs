//! What goes on between a message and its end: decide, do, send, wait. Each loop takes rows from the journal under a
//! lease, so that any of them may die at any point.
//!
//! Requests run in parallel, one request runs serially. How many attempts are inside one outside system, and whether it
//! is worth asking at all, is decided at its door (`admission`).
//!
//! Known race: two replicas each let eight in and each learn of an outage by themselves.
//!
//! Signals only hint; every loop looks for itself when the next row is due, and at least once a second, because another
//! process may have put it there.

mod admission;
mod apply;
mod decide;
mod home;
mod identity;
mod inbox;
mod inquiries;
mod jitter;
mod metrics;
mod mute;
mod people;
mod queries;
mod refresh;
mod rights;
mod runner;
mod sender;
mod usual;
mod waiting;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use admission::Admissions;
pub use jitter::Jitter;
pub use metrics::Metrics;
pub use usual::Learned;
pub use waiting::{Answer, Waiters};

use crate::chat::Surfaces;
use crate::clock::SharedClock;
use crate::config::{Authentication, Config, Customer};
use crate::domain::CustomerId;
use crate::journal::{Journal, JournalError};
use crate::outside::SetupError;
use crate::steps::Systems;

/// What every worker needs. Clones share everything.
#[derive(Debug, Clone)]
pub struct Office {
    /// The configuration.
    pub config: Arc<Config>,
    /// What lasts.
    pub journal: Journal,
    /// Time.
    pub clock: SharedClock,
    /// Where people are.
    pub surfaces: Surfaces,
    /// The outside systems of each customer.
    pub systems: Arc<HashMap<CustomerId, Systems>>,
    /// Who waits for an answer on an open connection.
    pub waiters: Waiters,
    /// What is counted.
    pub metrics: Metrics,
    /// Who is let in to which outside system.
    pub admissions: Admissions,
    /// Chance.
    pub jitter: Jitter,
    /// How long steps usually take.
    pub learned: Learned,
    /// The loops run.
    pub running: Arc<AtomicBool>,
}

/// What an office is put together from.
#[derive(Debug)]
pub struct Furniture {
    /// The configuration.
    pub config: Arc<Config>,
    /// What lasts.
    pub journal: Journal,
    /// Time.
    pub clock: SharedClock,
    /// Where people are.
    pub surfaces: Surfaces,
}

impl Office {
    /// Builds the clients of all customers.
    pub fn new(furniture: Furniture) -> Result<Self, SetupError> {
        let Furniture { config, journal, clock, surfaces } = furniture;
        let mut systems = HashMap::new();
        for customer in &config.customers {
            systems.insert(customer.id.clone(), Systems::new(customer, &clock)?);
        }
        let doors = systems.iter().flat_map(|(id, of)| of.all().map(|system| (id.clone(), system)));
        let doors = doors.collect::<Vec<_>>();
        Ok(Self {
            config,
            journal,
            clock,
            surfaces,
            systems: Arc::new(systems),
            admissions: Admissions::new(doors),
            jitter: Jitter::default(),
            learned: Learned::default(),
            waiters: Waiters::default(),
            metrics: Metrics::default(),
            running: Arc::new(AtomicBool::new(false)),
        })
    }

    /// What `/metrics` answers.
    pub async fn metrics_text(&self) -> Result<String, JournalError> {
        self.metrics.text(&self.journal, (&self.admissions, self.clock.now())).await
    }

    fn customer(&self, id: &CustomerId) -> Option<(&Customer, &Systems)> {
        Some((self.config.customer(id)?, self.systems.get(id)?))
    }

    /// Nobody is authenticated: a local client, on loopback only.
    fn is_anonymous(&self) -> bool {
        self.config.teams.as_ref().is_some_and(|teams| teams.authentication == Authentication::None)
    }

    /// Starts all loops. They end when `stop` is cancelled, after finishing what they have in hand.
    pub fn start(&self, stop: &CancellationToken, tracker: &TaskTracker) {
        self.running.store(true, Ordering::SeqCst);
        let (office, token) = (self.clone(), stop.clone());
        tracker.spawn(async move { office.inbox_loop(token).await });
        let (office, token) = (self.clone(), stop.clone());
        tracker.spawn(async move { office.runner_loop(token).await });
        let (office, token) = (self.clone(), stop.clone());
        tracker.spawn(async move { office.sender_loop(token).await });
    }

    /// Waits until there may be something to do: a bell, the next row's time, or a second.
    async fn rest(&self, bell: &Notify, due: Option<Timestamp>, stop: &CancellationToken) {
        let now = self.clock.now();
        let until_due = async {
            match due {
                Some(due) => self.clock.sleep_until(due.max(now + SHORTEST_REST)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = bell.notified() => {}
            () = until_due => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// The lease is renewed this often while something lasts.
const HEARTBEAT: std::time::Duration = std::time::Duration::from_millis(2500);

/// Does something that may outlast a lease, renewing the lease meanwhile.
///
/// Both are polled side by side: work that waits for the journal's gate must not be stopped by a heartbeat that waits
/// for it too.
async fn with_heartbeat<T, Renewal>(work: impl Future<Output = T>, renew: impl Fn() -> Renewal) -> T
where
    Renewal: Future<Output = Result<(), JournalError>>,
{
    let heartbeat = async {
        let mut beat = tokio::time::interval(HEARTBEAT);
        beat.tick().await;
        loop {
            beat.tick().await;
            if let Err(error) = renew().await {
                tracing::warn!(%error, "a lease could not be renewed");
            }
        }
    };
    tokio::select! {
        result = work => result,
        never = heartbeat => never,
    }
}

/// Another process may have written; there is no bell between processes.
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_millis(500);

/// A row that is due but held by somebody else must not make a loop spin.
const SHORTEST_REST: SignedDuration = SignedDuration::from_millis(5);
