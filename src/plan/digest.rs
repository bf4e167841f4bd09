//! What an approval is bound to.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Plan;

/// SHA-256 over the plan's canonical JSON, in hexadecimal. Two plans with the same digest do the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of a plan. Struct fields serialise in their declared order, so the text is canonical.
    pub fn of(plan: &Plan) -> Self {
        // A plan holds texts, numbers and enums only: nothing in it can fail to serialise.
        let text = serde_json::to_vec(plan).unwrap_or_default();
        Self(hex::encode(Sha256::digest(text)))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
