//! How long steps usually take here: learned from the journal, kept for some minutes.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Office;
use crate::flow::Request;
use crate::journal::{Alike, JournalError, Tx};
use crate::plan::{How, StepKind, Usual};

/// What was learned is good for so long; one case more or less changes little.
const GOOD_FOR: SignedDuration = SignedDuration::from_mins(10);

/// When something was learned, and what; too few cases are worth remembering as well.
type Lesson = (Timestamp, Option<Usual>);

/// What was learned. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Learned(Arc<Mutex<HashMap<Alike, Lesson>>>);

impl Learned {
    fn known(&self, alike: &Alike, now: Timestamp) -> Option<Option<Usual>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, usual) = known.get(alike)?;
        // A clock that was set back must not keep anything for ever.
        (SignedDuration::ZERO..GOOD_FOR).contains(&now.duration_since(*at)).then_some(*usual)
    }

    fn learn(&self, alike: Alike, usual: Option<Usual>, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(alike, (now, usual));
    }
}

impl Office {
    /// How long the steps of this request's plan usually took, where enough cases tell. Read at every decision; the
    /// journal is asked once in [`GOOD_FOR`] for each step.
    pub(super) async fn usual(
        &self,
        tx: &mut Tx,
        request: &Request,
    ) -> Result<BTreeMap<StepKind, Usual>, JournalError> {
        let mut found = BTreeMap::new();
        let Some(plan) = &request.plan else { return Ok(found) };
        let now = self.clock.now();
        let before = std::iter::once(None).chain(plan.steps.iter().copied().map(Some));
        for (kind, after) in plan.steps.iter().copied().zip(before).filter(|(kind, _)| !kind.is_recheck()) {
            let guided = matches!(plan.course(kind).how, How::Guided);
            let alike = Alike { customer: request.customer.clone(), kind, after, guided };
            let usual = match self.learned.known(&alike, now) {
                Some(usual) => usual,
                None => {
                    let usual = Usual::learned(tx.took(&alike).await?);
                    self.learned.learn(alike, usual, now);
                    usual
                }
            };
            found.extend(usual.map(|usual| (kind, usual)));
        }
        Ok(found)
    }
}
