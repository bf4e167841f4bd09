//! Chance, so that what failed together does not come back together.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// A pause becomes longer by up to this part of it. Never shorter: a vendor may have asked for it.
const PART: f64 = 0.1;

/// A source of chance. Clones share it.
#[derive(Debug, Clone)]
pub struct Jitter(Arc<Mutex<StdRng>>);

impl Default for Jitter {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(StdRng::from_os_rng())))
    }
}

impl Jitter {
    /// The same chances at every run, for tests.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// Between 0 and 1.
    pub fn chance(&self) -> f64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).random()
    }

    /// A point in time that is still to come, moved away by up to a tenth of what is left until then.
    pub fn later(&self, now: Timestamp, at: Timestamp) -> Timestamp {
        let left = at.duration_since(now);
        if left <= SignedDuration::ZERO {
            return at;
        }
        at.checked_add(left.mul_f64(PART * self.chance())).unwrap_or(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_by_up_to_a_tenth_and_what_is_due_stays_due() {
        let (jitter, now) = (Jitter::seeded(7), Timestamp::UNIX_EPOCH);
        for pause in [1, 12, 300].map(SignedDuration::from_secs) {
            let moved: Vec<_> = (0..200).map(|_| jitter.later(now, now + pause).duration_since(now)).collect();
            assert!(moved.iter().all(|m| (pause..=pause.mul_f64(1.1)).contains(m)), "{moved:?}");
            let spread = *moved.iter().max().unwrap() - *moved.iter().min().unwrap();
            assert!(spread > pause.mul_f64(0.08), "{spread:?}");
        }
        assert_eq!(jitter.later(now, now), now);
        let past = now - SignedDuration::from_secs(5);
        assert_eq!(jitter.later(now, past), past);
        assert_eq!(jitter.later(now, Timestamp::MAX), Timestamp::MAX, "never is never");
    }

    #[test]
    fn the_same_seed_gives_the_same_chances() {
        let chances = |seed| {
            let jitter = Jitter::seeded(seed);
            [(); 5].map(|()| jitter.chance().to_bits())
        };
        assert_eq!(chances(1), chances(1));
        assert_ne!(chances(1), chances(2));
    }
}
