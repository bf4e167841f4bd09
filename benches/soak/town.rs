//! Everybody who writes to the bot: what they remember, how long they waited, and what went wrong.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use onboard_bot::world::{Fault, InvokeAnswer, Message, Mishap, Sent, System};
use tokio::sync::{mpsc, oneshot};

use super::house::House;

/// Seconds between two faults.
pub const A_FAULT_EVERY: u64 = 5;

/// So much of what was said and seen is remembered.
const MOST_REMEMBERED: usize = 100;

/// So many failures are told.
const MOST_FAILURES: usize = 20;

/// Whoever waits for a turn to send a request, in order.
pub struct Turns(mpsc::UnboundedReceiver<oneshot::Sender<()>>);

impl Turns {
    /// The next one may send; `false`: nobody waits.
    pub fn give(&mut self) -> bool {
        while let Ok(waiting) = self.0.try_recv() {
            if waiting.send(()).is_ok() {
                return true;
            }
        }
        false
    }
}

/// How long answers took.
#[derive(Debug, Clone, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// This part of the answers (0 to 1) took no longer.
    pub fn within(&self, part: f64) -> Duration {
        let mut times = self.0.clone();
        times.sort_unstable();
        let last = times.len().saturating_sub(1);
        times.get(((last as f64 * part).ceil() as usize).min(last)).copied().unwrap_or_default()
    }
}

#[derive(Default)]
struct Notes {
    failures: Vec<String>,
    times: BTreeMap<&'static str, Times>,
    /// Since the last look.
    lately: Times,
    said: VecDeque<(String, Sent)>,
    over: VecDeque<(String, Message)>,
}

/// The people around one bot.
pub struct Town {
    pub house: Arc<House>,
    turns: mpsc::UnboundedSender<oneshot::Sender<()>>,
    notes: Mutex<Notes>,
    begun: AtomicUsize,
    proven: AtomicUsize,
    picked: AtomicU64,
}

fn remember<T>(into: &mut VecDeque<T>, value: T) {
    into.push_back(value);
    if into.len() > MOST_REMEMBERED {
        into.pop_front();
    }
}

impl Town {
    /// Nobody does anything yet.
    pub fn around(house: &Arc<House>) -> (Arc<Self>, Turns) {
        let (turns, waiting) = mpsc::unbounded_channel();
        let town = Self {
            house: Arc::clone(house),
            turns,
            notes: Mutex::default(),
            begun: AtomicUsize::new(0),
            proven: AtomicUsize::new(0),
            picked: AtomicU64::new(0),
        };
        (Arc::new(town), Turns(waiting))
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until one more request may be sent.
    pub(super) async fn turn(&self) {
        let (give, given) = oneshot::channel();
        // When nobody gives turns any more, everything is over.
        if self.turns.send(give).is_err() || given.await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    pub(super) fn failed(&self, what: String) {
        let mut notes = self.notes();
        if notes.failures.len() < MOST_FAILURES {
            notes.failures.push(what);
        }
    }

    pub(super) fn took(&self, what: &'static str, time: Duration) {
        let mut notes = self.notes();
        notes.times.entry(what).or_default().0.push(time);
        notes.lately.0.push(time);
    }

    /// What somebody said; it may be delivered again.
    pub(super) fn said(&self, who: &str, sent: Sent) {
        remember(&mut self.notes().said, (who.to_owned(), sent));
    }

    /// A card as it was while somebody (by short name) could still act on it.
    pub(super) fn is_over(&self, who: &str, card: Message) {
        remember(&mut self.notes().over, (who.to_owned(), card));
    }

    pub(super) fn something_said(&self) -> Option<(String, Sent)> {
        let pick = self.pick();
        let notes = self.notes();
        notes.said.get(pick % notes.said.len().max(1)).cloned()
    }

    pub(super) fn an_old_card(&self) -> Option<(String, Message)> {
        let pick = self.pick();
        let notes = self.notes();
        notes.over.get(pick % notes.over.len().max(1)).cloned()
    }

    fn pick(&self) -> usize {
        usize::try_from(self.picked.fetch_add(37, Ordering::Relaxed)).unwrap_or(0)
    }

    /// A press must be answered with something that can be shown.
    pub(super) fn answered(&self, what: &str, answer: &InvokeAnswer) {
        match answer {
            InvokeAnswer::Failed(_) | InvokeAnswer::Refused(_) => self.failed(format!("{what}: {}", answer.text())),
            _ => {}
        }
    }

    pub(super) fn begins(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn is_proven(&self) {
        self.proven.fetch_add(1, Ordering::Relaxed);
    }

    /// Lines asked for and proven.
    pub fn counts(&self) -> (usize, usize) {
        (self.begun.load(Ordering::Relaxed), self.proven.load(Ordering::Relaxed))
    }

    pub fn failures(&self) -> Vec<String> {
        self.notes().failures.clone()
    }

    /// How long answers took, by what was sent.
    pub fn times(&self) -> Vec<(&'static str, Times)> {
        self.notes().times.iter().map(|(name, times)| (*name, times.clone())).collect()
    }

    /// How long answers took since this was asked last.
    pub fn lately(&self) -> Times {
        std::mem::take(&mut self.notes().lately)
    }

    /// Every system fails now and then; each of these faults goes away by itself.
    pub fn break_something(&self, n: u64) {
        let broken = |status, wait: Option<&str>| Mishap::Answer {
            status,
            headers: wait.map(|seconds| ("Retry-After".to_owned(), seconds.to_owned())).into_iter().collect(),
            body: String::new(),
        };
        let next = |system, mishap| Fault::next(system, 1, mishap);
        let faults = [
            next(System::Graph, broken(429, Some("1"))),
            next(System::Connector, broken(429, Some("1"))),
            next(System::Netsapiens, broken(503, None)),
            next(System::Graph, broken(500, None)),
            next(System::Connecttoteams, broken(503, None)).on("POST", "configureUser"),
            next(System::Connector, broken(502, None)).on("PUT", "activities"),
            next(System::Graph, Mishap::DropBefore).on("GET", "."),
            next(System::Netsapiens, Mishap::Slow(1500)),
            next(System::Connecttoteams, Mishap::DropAfter).on("POST", "configureUser"),
            next(System::Graph, Mishap::Hang).on("GET", "userConfigurations"),
            next(System::Connector, broken(500, None)).on("POST", "activities"),
            next(System::Connector, Mishap::Slow(1000)).on("PUT", "activities"),
        ];
        let fault = usize::try_from(n).ok().and_then(|n| faults.into_iter().cycle().nth(n % 12));
        if let Some(fault) = fault
            && let Err(error) = self.house.world.fault(fault)
        {
            self.failed(error.to_string());
        }
    }
}
