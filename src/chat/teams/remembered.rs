//! Tokens that were verified before, by their SHA-256: the channel sends the same token with many activities.
//!
//! Only what the signature proved is remembered; times are compared at every use, and everything is forgotten when a key changes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dashmap::DashMap;
use sha2::{Digest as _, Sha256};

use super::auth::Proven;

/// SHA-256 of a token.
pub(super) type Digest = [u8; 32];

pub(super) fn digest(token: &str) -> Digest {
    Sha256::digest(token.as_bytes()).into()
}

#[derive(Debug)]
pub(super) struct Remembered {
    capacity: usize,
    generation: AtomicU64,
    tokens: DashMap<Digest, (u64, Arc<Proven>)>,
    /// Oldest first. An entry may already have left `tokens`.
    order: Mutex<VecDeque<Digest>>,
}

impl Remembered {
    pub(super) fn new(capacity: usize) -> Self {
        let (tokens, order) = (DashMap::new(), Mutex::new(VecDeque::new()));
        Self { capacity, generation: AtomicU64::new(0), tokens, order }
    }

    /// What was proven with the keys of this generation.
    pub(super) fn get(&self, token: &Digest, generation: u64) -> Option<Arc<Proven>> {
        let entry = self.tokens.get(token)?;
        (entry.0 == generation).then(|| entry.1.clone())
    }

    pub(super) fn forget(&self, token: &Digest) {
        self.tokens.remove(token);
    }

    pub(super) fn insert(&self, token: Digest, generation: u64, proven: Arc<Proven>) {
        let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = self.generation.fetch_max(generation, Ordering::Relaxed);
        if generation < newest {
            return;
        }
        if generation > newest {
            self.tokens.clear();
            order.clear();
        }
        if self.tokens.insert(token, (generation, proven)).is_none() {
            order.push_back(token);
        }
        while order.len() > self.capacity {
            if let Some(oldest) = order.pop_front() {
                self.tokens.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proven() -> Arc<Proven> {
        Arc::new(Proven { expires: 0, not_before: 0, service_url: None, endorsements: Arc::new([]) })
    }

    #[test]
    fn the_oldest_are_forgotten_first_and_all_with_their_keys() {
        let remembered = Remembered::new(2);
        for token in ["a", "b", "c"] {
            remembered.insert(digest(token), 1, proven());
        }
        assert!(remembered.get(&digest("a"), 1).is_none());
        assert!(remembered.get(&digest("b"), 1).is_some());
        assert!(remembered.get(&digest("b"), 2).is_none(), "another generation of keys");
        remembered.insert(digest("d"), 2, proven());
        assert_eq!(remembered.tokens.len(), 1);
        remembered.insert(digest("late"), 1, proven());
        assert!(remembered.get(&digest("late"), 1).is_none(), "verified with keys that are gone");
    }
}
