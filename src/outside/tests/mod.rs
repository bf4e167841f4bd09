//! The clients against a strict stage: a real server on loopback that answers a script line by line and nothing else.

mod circuit;
mod connecttoteams;
mod graph;
mod http;
mod members;
mod netsapiens;
mod numbers;

mod stage;
mod token;

use std::sync::Arc;
use std::time::Duration;

use super::http::Patience;
use super::{Fault, OutsideError};
use crate::clock::ManualClock;
use crate::config::Secret;

/// Patience for loopback: quick enough that no test waits, long enough for a busy machine unless `read` is meant to end.
fn patience() -> Patience {
    let long = Duration::from_secs(20);
    Patience { connect: long, read: long, write: long, pause: Duration::from_millis(1) }
}

/// Patience that ends while the stage keeps silent.
fn impatience() -> Patience {
    let short = Duration::from_millis(700);
    Patience { read: short, write: short, ..patience() }
}

/// 22 November 2026, noon.
fn noon() -> ManualClock {
    ManualClock::new("2026-11-22T12:00:00Z".parse().unwrap())
}

fn shared(clock: &ManualClock) -> crate::clock::SharedClock {
    Arc::new(clock.clone())
}

fn secret(text: &str) -> Secret {
    Secret::new(text)
}

fn fault<T: std::fmt::Debug>(answer: Result<T, OutsideError>) -> Fault {
    answer.unwrap_err().fault
}
