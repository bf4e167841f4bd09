//! Slack: from signed requests (or the socket) to [`crate::domain::Inbound`], and from views and sentences to the Web API.
//!
//! In: [`signature`] decides whether a request may be believed, [`payload`] reads it, [`text`] takes Slack's markup back,
//! [`inbound`] says it in our own words, [`socket`] brings the same payloads without a public address. Out: [`api`] is the
//! Web API, [`connector`] posts, [`people`] looks people up, [`token`] is who the bot is in a workspace, [`desk`] holds what lives
//! for minutes only: reply addresses.

pub mod api;
pub mod connector;
pub mod desk;
pub mod errors;
#[cfg(test)]
pub(crate) mod fake;
pub mod inbound;
mod lenient;
pub mod payload;
pub mod people;
pub mod place;
mod reply;
pub mod signature;
pub mod socket;
pub mod text;
pub mod token;

pub use api::Api;
pub(crate) use connector::shortened;
pub use connector::{Connector, Target};
pub use desk::Desk;
pub use errors::SlackError;
pub use inbound::{Delivered, Received, receive};
pub use payload::{Malformed, Payload};
pub use people::Profile;
pub use signature::{AuthError, Authenticator};
pub use token::{FixedToken, Tokens};
