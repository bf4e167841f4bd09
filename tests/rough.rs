//! Rough treatment: bad input, forged tokens, faults, kills, broken configurations, and what an operator sees of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, missing_debug_implementations)]
// The stage is shared with the other stories; not every one of them needs all of it.
#![allow(dead_code)]

#[path = "rough/bad_input.rs"]
mod bad_input;
#[path = "rough/child.rs"]
mod child;
#[path = "rough/errands.rs"]
mod errands;
#[path = "rough/faults.rs"]
mod faults;
#[path = "rough/forged.rs"]
mod forged;
#[path = "rough/install.rs"]
mod install;
#[path = "rough/killed.rs"]
mod killed;
#[path = "rough/logs.rs"]
mod logs;
#[path = "rough/operations.rs"]
mod operations;
#[path = "rough/reactions.rs"]
mod reactions;
#[path = "rough/scene.rs"]
mod scene;
#[path = "rough/secrets.rs"]
mod secrets;
#[path = "rough/slack.rs"]
mod slack;
#[path = "stage/mod.rs"]
mod stage;
#[path = "rough/startup.rs"]
mod startup;
#[path = "rough/steps.rs"]
mod steps;
