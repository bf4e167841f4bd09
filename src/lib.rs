//! onboard-bot gives one employee a phone line from chat: checked, approved, carried out, proven.
//!
//! The modules in reading order; arrows point down only.
//!
//! - [`domain`]: the words as types
//! - [`clock`]: time, handed in
//! - [`config`]: what one installation is told
//! - [`command`]: chat text to a command, with positions, suggestions and help out of one table
//! - [`view`]: what a card shows, before any surface and any language
//! - [`plan`]: request and facts to a plan, its digest, its preview
//! - [`flow`]: state and event to the next state and what is to be done
//! - [`journal`]: what lasts, on SQLite or PostgreSQL
//! - [`cards`]: template and data to card, sentences from `cards/text/`
//! - [`outside`]: clients of systems that are not ours
//! - [`steps`]: one file per step: check, run, verify
//! - [`chat`]: surfaces; each only translates
//! - [`install`]: installing the app in Slack workspaces, and their tokens
//! - [`workers`]: what goes on between a message and its end
//! - [`http`]: router, authenticating extractors, health, metrics
//! - [`serve`]: one process, from start to drain
//! - [`demo`]: world and bot in one process, with a terminal in front
//! - [`check`]: tries every configured system and changes nothing
//! - [`world`]: the simulated outside
//! - [`package`]: app packages for upload

pub mod cards;
pub mod chat;
pub mod check;
pub mod clock;
pub mod command;
pub mod config;
pub mod demo;
pub mod domain;
pub mod flow;
pub mod http;
pub mod install;
pub mod journal;
pub mod outside;
pub mod package;
pub mod plan;
pub mod serve;
pub mod steps;
pub mod view;
pub mod workers;
pub mod world;
