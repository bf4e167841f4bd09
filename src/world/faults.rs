//! Things that go wrong on purpose, in the order in which they were asked for.

use std::collections::BTreeMap;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::log::System;

/// What happens instead of, or around, the normal answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mishap {
    /// Nothing is done; this is answered.
    Answer {
        /// HTTP status.
        status: u16,
        /// Further headers, such as `Retry-After`.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// The body as it is sent.
        #[serde(default)]
        body: String,
    },
    /// The connection breaks, nothing is done.
    DropBefore,
    /// It is done, and the connection breaks before the answer.
    DropAfter,
    /// Nothing is done; a login page with status 200.
    Html,
    /// Nothing is done; status 200 without a body.
    Empty,
    /// It is done; the second half of the answer's body is missing.
    Truncated,
    /// It is done; the answer is good, but calls itself a web page.
    Mistyped,
    /// It is done; the answer's body is missing.
    Bodiless,
    /// Nothing is done and nothing is ever answered.
    Hang,
    /// It is done after so many milliseconds of the world's clock.
    Slow(u64),
}

/// A mishap, where it strikes and how often.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fault {
    /// Only this system.
    pub system: Option<System>,
    /// Only this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only paths (below the system's prefix) in which this regular expression is found.
    #[serde(default)]
    pub path: Option<String>,
    /// How many calls are struck; `None`: all until the faults are cleared.
    #[serde(default)]
    pub times: Option<u32>,
    /// What happens.
    pub mishap: Mishap,
}

impl Fault {
    /// Strikes the next `times` calls of a system.
    pub fn next(system: System, times: u32, mishap: Mishap) -> Self {
        Self { system: Some(system), method: None, path: None, times: Some(times), mishap }
    }

    /// Only with this method and where this regular expression is found in the path.
    #[must_use]
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.method = Some(method.to_owned());
        self.path = Some(path.to_owned());
        self
    }

    /// Until the faults are cleared.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    fn strikes(&self, system: System, method: &str, path: &str) -> bool {
        // An expression that is not one was refused when the fault was added.
        let found = |pattern: &String| Regex::new(pattern).is_ok_and(|p| p.is_match(path));
        self.times != Some(0)
            && self.system.is_none_or(|s| s == system)
            && self.method.as_ref().is_none_or(|m| m.eq_ignore_ascii_case(method))
            && self.path.as_ref().is_none_or(found)
    }
}

/// All faults that are waiting.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Adds one behind the others. Fails when the path is not a regular expression.
    pub fn add(&mut self, fault: Fault) -> Result<(), regex::Error> {
        if let Some(pattern) = &fault.path {
            Regex::new(pattern)?;
        }
        self.0.push(fault);
        Ok(())
    }

    /// From now on everything works.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The first that strikes this call; it is counted down.
    pub(super) fn take(&mut self, system: System, method: &str, path: &str) -> Option<Mishap> {
        let fault = self.0.iter_mut().find(|f| f.strikes(system, method, path))?;
        if let Some(times) = &mut fault.times {
            *times -= 1;
        }
        Some(fault.mishap.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_strike_in_order_and_as_often_as_asked() {
        let mut faults = Faults::default();
        faults.add(Fault::next(System::Graph, 1, Mishap::Html).on("GET", "^/users/")).unwrap();
        faults.add(Fault::next(System::Graph, 1, Mishap::Empty)).unwrap();
        assert_eq!(faults.take(System::Netsapiens, "GET", "/users/1"), None);
        assert_eq!(faults.take(System::Graph, "POST", "/users/1"), Some(Mishap::Empty));
        assert_eq!(faults.take(System::Graph, "get", "/users/1"), Some(Mishap::Html));
        assert_eq!(faults.take(System::Graph, "GET", "/users/1"), None);
        assert!(faults.add(Fault::next(System::Graph, 1, Mishap::Hang).on("GET", "(")).is_err());
    }
}
