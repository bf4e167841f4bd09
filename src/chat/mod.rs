//! Surfaces: where people talk to the bot. Each only translates.

pub mod teams;
