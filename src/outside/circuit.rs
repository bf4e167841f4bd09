//! Whether a system is worth asking: one circuit for each outside system of each customer.
//!
//! Closed, everybody is sent in. When attempts of three different requests in a row met a transient fault of the system,
//! and none in between got through, it opens: nobody is sent in any more, except one probe at a time, after 10 s, 20 s,
//! 40 s and then every minute (each up to a tenth shorter, so that replicas do not look in step). The first attempt that
//! gets through closes it. One request alone never opens it: it may be the request that is wrong.
//!
//! Whatever a human must mend (a refused login, a missing permission) is an answer and no fault: it opens nothing.
//!
//! Pure: time and chance come in. It lives in the memory of one process and starts closed; every replica learns by
//! itself, at the cost of three attempts.

use jiff::{SignedDuration, Timestamp};

use crate::domain::RequestId;

/// So many different requests in a row.
const ENOUGH: usize = 3;

/// A fault is forgotten after this long: yesterday's blips are no outage.
const RECENT: SignedDuration = SignedDuration::from_mins(10);

/// Before the first probe; doubled after each that fails.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(10);

/// No longer between probes, unless the system asked for it.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// What a system asks for is honoured up to this.
const LONGEST_ASKED: SignedDuration = SignedDuration::from_mins(5);

/// While a probe is under way others look again after this.
const WHILE_PROBING: SignedDuration = SignedDuration::from_secs(5);

/// What an attempt heard from a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It answered, if only to refuse.
    Answered,
    /// A transient fault ended the attempt.
    Faulted {
        /// The system asked for this pause.
        retry_after: Option<SignedDuration>,
    },
    /// It was not asked, or the attempt was given up for another reason.
    Nothing,
}

/// Not now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shut {
    /// The first fault of this outage.
    pub since: Timestamp,
    /// When to look again.
    pub next: Timestamp,
}

/// For whoever watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Everybody is sent in.
    Closed,
    /// A probe is under way.
    HalfOpen,
    /// Nobody is sent in.
    Open,
}

#[derive(Debug, Clone, Copy)]
struct Outage {
    since: Timestamp,
    next: Timestamp,
    pause: SignedDuration,
    probe: Option<RequestId>,
}

/// The circuit of one system.
#[derive(Debug, Clone, Default)]
pub struct Circuit {
    /// Who met a fault since the last attempt that got through, each request once.
    streak: Vec<(RequestId, Timestamp)>,
    outage: Option<Outage>,
}

impl Circuit {
    /// May an attempt be made now? Changes nothing.
    pub fn look(&self, now: Timestamp) -> Result<(), Shut> {
        match &self.outage {
            None => Ok(()),
            Some(Outage { since, probe: Some(_), .. }) => Err(Shut { since: *since, next: later(now, WHILE_PROBING) }),
            Some(Outage { since, next, .. }) if now < *next => Err(Shut { since: *since, next: *next }),
            Some(_) => Ok(()),
        }
    }

    /// An attempt begins; while the circuit is open it is the probe.
    pub fn enter(&mut self, request: RequestId) {
        if let Some(outage) = &mut self.outage {
            outage.probe.get_or_insert(request);
        }
    }

    /// An attempt ended. `chance` is between 0 and 1.
    pub fn left(&mut self, request: RequestId, heard: Heard, (now, chance): (Timestamp, f64)) {
        let probing = self.outage.is_some_and(|outage| outage.probe == Some(request));
        match (heard, &mut self.outage) {
            (Heard::Answered, _) => *self = Self::default(),
            (Heard::Faulted { retry_after }, None) => self.met(request, retry_after, (now, chance)),
            (Heard::Faulted { retry_after }, Some(outage)) if probing => {
                outage.probe = None;
                outage.pause = (outage.pause * 2).min(LONGEST_PAUSE);
                outage.next = later(now, pause(outage.pause, retry_after, chance));
            }
            // It began before the circuit opened: what it met is known already.
            (Heard::Faulted { .. }, Some(_)) => {}
            (Heard::Nothing, Some(outage)) if probing => outage.probe = None,
            (Heard::Nothing, _) => {}
        }
    }

    fn met(&mut self, request: RequestId, retry_after: Option<SignedDuration>, (now, chance): (Timestamp, f64)) {
        self.streak.retain(|(_, at)| now.duration_since(*at) <= RECENT);
        if !self.streak.iter().any(|(who, _)| *who == request) {
            self.streak.push((request, now));
        }
        if self.streak.len() >= ENOUGH {
            let since = self.streak.first().map_or(now, |(_, at)| *at);
            let next = later(now, pause(FIRST_PAUSE, retry_after, chance));
            self.outage = Some(Outage { since, next, pause: FIRST_PAUSE, probe: None });
        }
    }

    /// Since when it is open.
    pub fn since(&self) -> Option<Timestamp> {
        self.outage.map(|outage| outage.since)
    }

    /// Closed, half open or open.
    pub fn phase(&self) -> Phase {
        match self.outage {
            None => Phase::Closed,
            Some(Outage { probe: Some(_), .. }) => Phase::HalfOpen,
            Some(_) => Phase::Open,
        }
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Up to a tenth shorter by chance, but never shorter than what the system asked for.
fn pause(own: SignedDuration, asked: Option<SignedDuration>, chance: f64) -> SignedDuration {
    let own = own - own.mul_f64(chance.clamp(0.0, 1.0) / 10.0);
    own.max(asked.unwrap_or_default().min(LONGEST_ASKED))
}
