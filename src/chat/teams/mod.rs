//! Microsoft Teams, spoken through the Bot Framework Connector.
//!
//! In: [`auth`] decides whether an activity may be believed, [`activity`] reads it, [`inbound`] says it in our own words.
//! Out: [`message`] is what the bot writes, [`connector`] posts it, [`token`] is who the bot is there.
//! Both directions share one list of hosts ([`hosts`]): nobody else is believed, and nobody else ever sees the bot's token.

pub mod activity;
pub mod auth;
pub mod connector;
mod copies;
pub mod errors;
pub mod hosts;
pub mod inbound;
pub mod keys;
pub mod message;
mod remembered;
pub mod token;

#[cfg(test)]
mod testing;

pub use activity::{Envelope, Malformed};
pub use auth::{AuthError, Authenticator, Verified};
pub use connector::{Connector, Member};
pub(crate) use copies::{mark, name_post};
pub use errors::{ChatError, TokenError};
pub use hosts::ServiceHosts;
pub use inbound::{Received, ViewAsked, receive};
pub use keys::KeysError;
pub use message::{Activity, Part};
pub use token::{BotToken, bot_token};
