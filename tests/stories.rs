//! Stories: people talk to the bot through the simulated Teams, and everything outside is a strict HTTP server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, missing_debug_implementations)]

#[path = "stories/approvals.rs"]
mod approvals;
#[path = "stories/calltower.rs"]
mod calltower;
#[path = "stories/changing.rs"]
mod changing;
#[path = "stories/channels.rs"]
mod channels;
#[path = "stories/clock.rs"]
mod clock;
#[path = "stories/commands.rs"]
mod commands;
#[path = "stories/confirm.rs"]
mod confirm;
#[path = "stories/direct_routing.rs"]
mod direct_routing;
#[path = "stories/guided.rs"]
mod guided;
#[path = "stories/mending.rs"]
mod mending;
#[path = "stories/number.rs"]
mod number;
#[path = "stories/offboarding.rs"]
mod offboarding;
#[path = "stories/onboarding.rs"]
mod onboarding;
#[path = "stories/once.rs"]
mod once;
#[path = "stories/outages.rs"]
mod outages;
#[path = "stories/refusals.rs"]
mod refusals;
#[path = "stories/removals.rs"]
mod removals;
#[path = "stories/restarts.rs"]
mod restarts;
#[path = "stories/running.rs"]
mod running;
#[path = "stories/scenes.rs"]
mod scenes;
#[path = "stories/slack/clock.rs"]
mod slack_clock;
#[path = "stories/slack/installing.rs"]
mod slack_installing;
#[path = "stories/slack/onboarding.rs"]
mod slack_onboarding;
#[path = "stories/slack/parents.rs"]
mod slack_parents;
#[path = "stories/slack/refusals.rs"]
mod slack_refusals;
#[path = "stories/slack/troubles.rs"]
mod slack_troubles;
mod stage;
#[path = "stories/slack/two_surfaces.rs"]
mod two_surfaces;
#[path = "stories/undoing.rs"]
mod undoing;
#[path = "stories/why.rs"]
mod why;
