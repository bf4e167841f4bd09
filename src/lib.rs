//! onboard-bot gives one employee a phone line from chat: checked, approved, carried out, proven.
//!
//! The modules in reading order; arrows point down only.
//!
//! - [`domain`]: the words as types
//! - [`clock`]: time, handed in
//! - [`config`]: what one installation is told
//! - [`command`]: chat text to a command, with positions, suggestions and help out of one table
//! - [`view`]: what a card shows, before any surface and any language
//! - [`cards`]: template and data to card, sentences from `cards/text/`
//! - [`outside`]: clients of systems that are not ours
//! - [`chat`]: surfaces; each only translates
//! - [`http`]: router, authenticating extractors, health, metrics
//! - [`world`]: the simulated outside
//! - [`package`]: app packages for upload

pub mod cards;
pub mod chat;
pub mod clock;
pub mod command;
pub mod config;
pub mod domain;
pub mod http;
pub mod outside;
pub mod package;
pub mod view;
pub mod world;
