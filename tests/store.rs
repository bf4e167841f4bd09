//! The store under several processes, other versions, a dying server and a full disk.
#![allow(dead_code, reason = "what starts a bot is shared with other test programs")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, missing_debug_implementations)]

#[path = "rough/child.rs"]
mod child;
#[path = "store/lost.rs"]
mod lost;
#[path = "store/outage.rs"]
mod outage;
#[path = "store/same_instant.rs"]
mod same_instant;
#[path = "stage/mod.rs"]
mod stage;
#[path = "store/start.rs"]
mod start;
#[path = "store/town.rs"]
mod town;
#[path = "store/versions.rs"]
mod versions;
