//! What is counted while working; gauges are read from the journal when somebody asks.

use std::sync::Arc;

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::admission::{Admissions, Reason};
use crate::flow::StateName;
use crate::journal::{Journal, JournalError};
use crate::outside::Phase;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StepLabel {
    step: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WebhookLabel {
    surface: String,
    status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FaultLabel {
    system: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DoorLabel {
    customer: String,
    system: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WaitingLabel {
    customer: String,
    system: String,
    reason: String,
}

/// Everything on `/metrics`. Clones share it.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    steps: Family<StepLabel, Histogram, fn() -> Histogram>,
    webhooks: Family<WebhookLabel, Histogram, fn() -> Histogram>,
    faults: Family<FaultLabel, Counter>,
    retries: Family<FaultLabel, Counter>,
    circuits: Family<DoorLabel, Gauge>,
    inside: Family<DoorLabel, Gauge>,
    waiting: Family<WaitingLabel, Gauge>,
    sent: Counter,
    requests: Family<StateLabel, Gauge>,
    outbox: Gauge,
    undeliverable: Gauge,
}

fn step_buckets() -> Histogram {
    Histogram::new([0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0, 3600.0, 14_400.0, 86_400.0])
}

fn webhook_buckets() -> Histogram {
    Histogram::new([0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 3.0])
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("onboard_bot");
        let steps = Family::new_with_constructor(step_buckets as fn() -> Histogram);
        let webhooks = Family::new_with_constructor(webhook_buckets as fn() -> Histogram);
        let (faults, retries, sent) = (Family::default(), Family::default(), Counter::default());
        let (circuits, inside, held) = (Family::default(), Family::default(), Family::default());
        let (requests, outbox, undeliverable) = (Family::default(), Gauge::default(), Gauge::default());
        registry.register("step_duration_seconds", "From the beginning of a step to its proof", steps.clone());
        registry.register("webhook_duration_seconds", "From a webhook's first byte to its answer", webhooks.clone());
        registry.register("outside_faults", "Attempts that met a fault, by step or task", faults.clone());
        registry.register("retries", "Faults after which another attempt follows by itself", retries.clone());
        let help = "0: closed, 1: a probe is under way, 2: open, no attempts are made";
        registry.register("circuit_state", help, circuits.clone());
        registry.register("attempts_inside", "Attempts that talk to a system now", inside.clone());
        let help = "Requests that wait to be let in to a system, by circuit or budget";
        registry.register("attempts_waiting", help, held.clone());
        registry.register("messages_sent", "Messages that a chat took", sent.clone());
        registry.register("requests", "Requests by state", requests.clone());
        registry.register("outbox_depth", "Messages that wait to be sent", outbox.clone());
        registry.register("outbox_undeliverable", "Messages that could not be delivered", undeliverable.clone());
        Self(Arc::new(Inner {
            registry,
            steps,
            webhooks,
            faults,
            retries,
            circuits,
            inside,
            waiting: held,
            sent,
            requests,
            outbox,
            undeliverable,
        }))
    }
}

impl Metrics {
    /// A step was proven after this long.
    pub fn step_took(&self, step: &str, seconds: f64) {
        self.0.steps.get_or_create(&StepLabel { step: step.to_owned() }).observe(seconds);
    }

    /// A webhook was answered.
    pub fn webhook_took(&self, surface: &str, status: u16, seconds: f64) {
        let label = WebhookLabel { surface: surface.to_owned(), status: status.to_string() };
        self.0.webhooks.get_or_create(&label).observe(seconds);
    }

    /// An attempt met a fault.
    pub fn fault(&self, system: &str) {
        self.0.faults.get_or_create(&FaultLabel { system: system.to_owned() }).inc();
    }

    /// After a fault another attempt follows.
    pub fn retry(&self, system: &str) {
        self.0.retries.get_or_create(&FaultLabel { system: system.to_owned() }).inc();
    }

    fn doors(&self, admissions: &Admissions, now: Timestamp) {
        for door in admissions.doors(now) {
            let (customer, system) = (door.customer.to_string(), door.system.name().to_owned());
            let label = DoorLabel { customer: customer.clone(), system: system.clone() };
            self.0.circuits.get_or_create(&label).set(match door.phase {
                Phase::Closed => 0,
                Phase::HalfOpen => 1,
                Phase::Open => 2,
            });
            self.0.inside.get_or_create(&label).set(i64::from(door.inside));
            for (reason, count) in [(Reason::Circuit, door.shut_out), (Reason::Budget, door.crowded_out)] {
                let (customer, system) = (customer.clone(), system.clone());
                let label = WaitingLabel { customer, system, reason: reason.name().to_owned() };
                self.0.waiting.get_or_create(&label).set(i64::from(count));
            }
        }
    }

    /// A message was taken by a chat.
    pub fn sent(&self) {
        self.0.sent.inc();
    }

    /// The Prometheus text; reads the gauges from the journal and from who is let in.
    pub async fn text(&self, journal: &Journal, admissions: (&Admissions, Timestamp)) -> Result<String, JournalError> {
        self.doors(admissions.0, admissions.1);
        let counted = journal.count_by_state().await?;
        for state in StateName::ALL {
            let count = counted.iter().find(|(name, _)| name == state.as_str()).map_or(0, |(_, count)| *count);
            self.0.requests.get_or_create(&StateLabel { state: state.as_str().to_owned() }).set(count);
        }
        let (waiting, dead) = journal.outbox_depth().await?;
        self.0.outbox.set(waiting);
        self.0.undeliverable.set(dead);
        let mut text = String::new();
        // Writing into a String cannot fail.
        let _ = encode(&mut text, &self.0.registry);
        Ok(text)
    }
}
