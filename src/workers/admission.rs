//! Who is let in to an outside system: a budget and a circuit at the door of each system of each customer.
//!
//! At most [`PLACES`] attempts are inside one system at a time, so that a system that hangs holds few of the runner's
//! places. Attempts that need two systems hold a place in both; of a system's places they get at most [`SHARED`], so that
//! a system that hangs leaves room in the others for whoever needs those alone.
//!
//! In memory and per process: every replica counts and learns by itself. An attempt that ends without a word (its task
//! was dropped) gives its places back and tells nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::domain::{CustomerId, RequestId};
use crate::outside::{Circuit, Heard, Phase, Shut, System};

/// So many attempts at a time inside one system of one customer.
const PLACES: u32 = 8;

/// So many of them may need another system as well.
const SHARED: u32 = 6;

/// Whoever waits and does not come back within this time after it should was cancelled, or another process took it.
const GONE: SignedDuration = SignedDuration::from_secs(30);

/// What an attempt is about.
#[derive(Debug, Clone)]
pub(super) struct Errand {
    pub(super) customer: CustomerId,
    pub(super) request: RequestId,
    /// In the order in which they are asked.
    pub(super) systems: &'static [System],
}

/// Why an attempt is not made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// All places are taken.
    Full(System),
    /// The circuit is open.
    Shut(System, Shut),
}

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Circuit,
    Budget,
}

impl Reason {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Circuit => "circuit",
            Self::Budget => "budget",
        }
    }
}

/// One system of one customer, for whoever watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Door {
    pub(super) customer: CustomerId,
    pub(super) system: System,
    pub(super) phase: Phase,
    pub(super) inside: u32,
    /// Requests that wait for the circuit.
    pub(super) shut_out: u32,
    /// Requests that wait for a place.
    pub(super) crowded_out: u32,
}

#[derive(Debug, Default)]
struct Inside {
    circuit: Circuit,
    alone: u32,
    shared: u32,
}

impl Inside {
    fn is_full(&self, shared: bool) -> bool {
        self.alone + self.shared >= PLACES || (shared && self.shared >= SHARED)
    }

    fn places(&mut self, shared: bool) -> &mut u32 {
        if shared { &mut self.shared } else { &mut self.alone }
    }
}

#[derive(Debug)]
struct Waiting {
    door: (CustomerId, System),
    reason: Reason,
    since: Timestamp,
    until: Timestamp,
}

#[derive(Debug, Default)]
struct Table {
    doors: BTreeMap<(CustomerId, System), Inside>,
    waiting: HashMap<RequestId, Waiting>,
}

/// All doors. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Admissions(Arc<Mutex<Table>>);

impl Admissions {
    /// Doors that are shown from the start, also while nobody wants in.
    pub fn new(doors: impl IntoIterator<Item = (CustomerId, System)>) -> Self {
        let doors = doors.into_iter().map(|door| (door, Inside::default())).collect();
        Self(Arc::new(Mutex::new(Table { doors, waiting: HashMap::new() })))
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets an attempt in to all of its systems, or to none.
    pub(super) fn admit(&self, errand: Errand, now: Timestamp) -> Result<Pass, Refused> {
        let shared = errand.systems.len() > 1;
        let mut table = self.lock();
        let doors = errand.systems.iter().map(|system| (errand.customer.clone(), *system));
        for door in doors.clone() {
            let inside = table.doors.entry(door.clone()).or_default();
            inside.circuit.look(now).map_err(|shut| Refused::Shut(door.1, shut))?;
        }
        // Where both are full it is rather the vendor than Graph that everybody waits for.
        for door in doors.clone().rev() {
            if table.doors.entry(door.clone()).or_default().is_full(shared) {
                return Err(Refused::Full(door.1));
            }
        }
        for door in doors {
            let inside = table.doors.entry(door).or_default();
            inside.circuit.enter(errand.request);
            *inside.places(shared) += 1;
        }
        table.waiting.remove(&errand.request);
        drop(table);
        Ok(Pass { admissions: self.clone(), errand, left: false })
    }

    /// A request waits until then; since when it has been waiting for the same thing.
    pub(super) fn waits(
        &self,
        request: RequestId,
        (door, reason): ((CustomerId, System), Reason),
        (now, until): (Timestamp, Timestamp),
    ) -> Timestamp {
        let mut table = self.lock();
        let before = table.waiting.get(&request).filter(|w| w.door == door && w.reason == reason && !w.is_gone(now));
        let since = before.map_or(now, |waiting| waiting.since);
        table.waiting.insert(request, Waiting { door, reason, since, until });
        since
    }

    /// The outage of a system, while its circuit is open.
    pub(super) fn outage(&self, customer: &CustomerId, system: System, now: Timestamp) -> Option<Shut> {
        let table = self.lock();
        let circuit = &table.doors.get(&(customer.clone(), system))?.circuit;
        let since = circuit.since()?;
        Some(circuit.look(now).err().unwrap_or(Shut { since, next: now }))
    }

    /// Everything about every door now.
    pub(super) fn doors(&self, now: Timestamp) -> Vec<Door> {
        let mut table = self.lock();
        table.waiting.retain(|_, waiting| !waiting.is_gone(now));
        let count = |door: &(CustomerId, System), reason| {
            let here = table.waiting.values().filter(|w| w.door == *door && w.reason == reason);
            u32::try_from(here.count()).unwrap_or(u32::MAX)
        };
        let shown = table.doors.iter().map(|(door, inside)| Door {
            customer: door.0.clone(),
            system: door.1,
            phase: inside.circuit.phase(),
            inside: inside.alone + inside.shared,
            shut_out: count(door, Reason::Circuit),
            crowded_out: count(door, Reason::Budget),
        });
        shown.collect()
    }

    fn leave(&self, errand: &Errand, heard: &[(System, Heard)], at: (Timestamp, f64)) {
        let shared = errand.systems.len() > 1;
        let mut table = self.lock();
        for system in errand.systems {
            let Some(inside) = table.doors.get_mut(&(errand.customer.clone(), *system)) else { continue };
            let places = inside.places(shared);
            *places = places.saturating_sub(1);
            let heard = heard.iter().find(|(of, _)| of == system).map_or(Heard::Nothing, |(_, heard)| *heard);
            inside.circuit.left(errand.request, heard, at);
        }
    }
}

impl Waiting {
    fn is_gone(&self, now: Timestamp) -> bool {
        now.duration_since(self.until) > GONE
    }
}

/// An attempt is inside. Dropped, it leaves without having heard anything.
#[derive(Debug)]
pub(super) struct Pass {
    admissions: Admissions,
    errand: Errand,
    left: bool,
}

impl Pass {
    /// The attempt ended. `chance` is between 0 and 1.
    pub(super) fn leave(mut self, heard: &[(System, Heard)], (now, chance): (Timestamp, f64)) {
        self.left = true;
        self.admissions.leave(&self.errand, heard, (now, chance));
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if !self.left {
            self.admissions.leave(&self.errand, &[], (Timestamp::MIN, 0.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PBX: &[System] = &[System::Netsapiens];
    const GRAPH: &[System] = &[System::Graph];
    const BOTH: &[System] = &[System::Graph, System::Netsapiens];
    const FAULT: Heard = Heard::Faulted { retry_after: None };

    fn now() -> Timestamp {
        "2026-11-22T10:02:00Z".parse().unwrap()
    }

    fn errand(customer: &str, number: u32, systems: &'static [System]) -> Errand {
        Errand { customer: CustomerId(customer.into()), request: RequestId(number), systems }
    }

    fn admit(admissions: &Admissions, number: u32, systems: &'static [System]) -> Result<Pass, Refused> {
        admissions.admit(errand("contoso", number, systems), now())
    }

    #[test]
    fn eight_are_inside_and_whoever_leaves_makes_room() {
        let admissions = Admissions::default();
        let mut inside: Vec<_> = (0..8).map(|n| admit(&admissions, n, PBX).unwrap()).collect();
        assert_eq!(admit(&admissions, 8, PBX).unwrap_err(), Refused::Full(System::Netsapiens));
        assert!(admissions.admit(errand("fabrikam", 9, PBX), now()).is_ok(), "another customer has its own places");
        inside.pop();
        assert!(admit(&admissions, 8, PBX).is_ok(), "also when it leaves without a word");
    }

    #[test]
    fn a_system_that_hangs_leaves_room_in_the_others() {
        let admissions = Admissions::default();
        let mut inside = Vec::new();
        while let Ok(pass) = admit(&admissions, inside.len() as u32, BOTH) {
            inside.push(pass);
        }
        assert_eq!(inside.len(), 6);
        for (systems, number) in [(GRAPH, 50), (GRAPH, 51), (PBX, 52), (PBX, 53)] {
            inside.push(admit(&admissions, number, systems).unwrap());
        }
        assert!(admit(&admissions, 54, GRAPH).is_err() && admit(&admissions, 55, PBX).is_err());
        let doors = admissions.doors(now());
        assert!(doors.iter().all(|door| door.inside == 8), "{doors:?}");
    }

    #[test]
    fn whoever_is_refused_at_one_door_takes_nothing_at_the_other() {
        let admissions = Admissions::default();
        for number in 1..=3 {
            admit(&admissions, number, PBX).unwrap().leave(&[(System::Netsapiens, FAULT)], (now(), 0.0));
        }
        let Err(Refused::Shut(System::Netsapiens, shut)) = admit(&admissions, 4, BOTH) else { panic!("it is let in") };
        assert_eq!((shut.since, shut.next), (now(), now() + SignedDuration::from_secs(10)));
        assert_eq!(admissions.outage(&CustomerId("contoso".into()), System::Netsapiens, now()), Some(shut));
        assert!(admissions.doors(now()).iter().all(|door| door.inside == 0));
        assert!(admit(&admissions, 5, GRAPH).is_ok());
        assert!(admissions.admit(errand("fabrikam", 6, BOTH), now()).is_ok(), "their PBX is another one");
        // Graph is full: the probe at the PBX stays for somebody who can make it.
        let full: Vec<_> = (20..28).map(|n| admit(&admissions, n, GRAPH).unwrap()).collect();
        let later = shut.next;
        assert!(matches!(admissions.admit(errand("contoso", 4, BOTH), later), Err(Refused::Full(System::Graph))));
        let probe = admissions.admit(errand("contoso", 7, PBX), later).unwrap();
        assert!(admissions.admit(errand("contoso", 8, PBX), later).is_err(), "one at a time");
        probe.leave(&[(System::Netsapiens, Heard::Answered)], (later, 0.0));
        assert!(admissions.admit(errand("contoso", 8, PBX), later).is_ok());
        drop(full);
    }

    #[test]
    fn who_waits_is_counted_until_they_are_let_in_or_stay_away() {
        let admissions = Admissions::new([(CustomerId("contoso".into()), System::Netsapiens)]);
        let door = || (CustomerId("contoso".to_owned()), System::Netsapiens);
        let second = SignedDuration::from_secs(1);
        let since = admissions.waits(RequestId(1), (door(), Reason::Budget), (now(), now() + second));
        assert_eq!(since, now());
        let later = now() + second * 9;
        assert_eq!(admissions.waits(RequestId(1), (door(), Reason::Budget), (later, later + second)), since);
        assert_eq!(admissions.waits(RequestId(2), (door(), Reason::Circuit), (later, later + second * 50)), later);
        let counts = |at| {
            let doors = admissions.doors(at);
            (doors[0].shut_out, doors[0].crowded_out)
        };
        assert_eq!(counts(later), (1, 1));
        assert_eq!(counts(later + second * 40), (1, 0), "cancelled, perhaps");
        drop(admissions.admit(errand("contoso", 2, PBX), later));
        assert_eq!(counts(later), (0, 0));
    }
}
