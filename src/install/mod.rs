//! Installing the app in several Slack workspaces, and the tokens that come of it.
//!
//! [`Installer`] answers the two pages that a browser sees: off to Slack, and back from there with a code. [`InstalledTokens`]
//! hands out what was installed, renews tokens before they end and deletes what was uninstalled. Tokens are encrypted
//! (AES-256-GCM, a random nonce each, bound to their installation) before they reach the store.
//!
//! A refresh token works once. So one process at a time asks Slack for the next pair (a lease in the store says who), and
//! the pair is kept before anybody uses it. Known race: a process that dies between Slack's answer and the store loses the
//! pair. Slack takes a used refresh token again for a short time, so the next try usually mends it; if not, the log says
//! that the app has to be installed again, and the old token works until it ends.
//!
//! Sources: <https://docs.slack.dev/authentication/installing-with-oauth>,
//! <https://docs.slack.dev/authentication/using-token-rotation>

mod exchange;
mod installer;
mod page;
mod scopes;
mod seal;
mod tokens;

#[cfg(test)]
mod tests;

pub use exchange::Exchange;
pub use installer::{Begun, COOKIE, Installer, Outcome, Returned};
pub use page::{content_security_policy, page};
pub use scopes::scopes;
pub use seal::{Seal, SealError};
pub use tokens::InstalledTokens;

use jiff::Timestamp;

use crate::clock::SharedClock;
use crate::config::{Config, Installing, Secret};
use crate::journal::{Installation, Journal, Renewed};
use exchange::Pair;

/// What installing and renewing have in common.
#[derive(Debug)]
pub struct Vault {
    journal: Journal,
    clock: SharedClock,
    exchange: Exchange,
    seal: Seal,
    scopes: Vec<&'static str>,
    /// Where people install the app, for the log.
    install_url: String,
}

/// Why installing cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// No HTTP client.
    #[error("no HTTP client for Slack can be made: {0}")]
    Client(#[from] reqwest::Error),
    /// The key.
    #[error("slack.token_key: {0}")]
    Seal(#[from] SealError),
    /// An address of the configuration is none.
    #[error("slack.api_url is not a URL")]
    Url,
}

impl Vault {
    /// Over the store, with the app's credentials.
    pub fn new(
        config: &Config,
        installing: Installing,
        journal: Journal,
        clock: SharedClock,
    ) -> Result<Self, InstallError> {
        let api_url = config.slack.as_ref().map(|slack| slack.api_url.as_str()).unwrap_or_default();
        let seal = Seal::new(&installing.token_key)?;
        let exchange = Exchange::new(api_url, installing.client_id, installing.client_secret)?;
        let install_url = config.server.public("/slack/install").unwrap_or_default();
        Ok(Self { journal, clock, exchange, seal, scopes: scopes(config), install_url })
    }

    /// A pair as the store holds it.
    fn close(&self, id: &str, pair: &Pair, now: Timestamp) -> Result<Renewed, SealError> {
        let refresh = pair.refresh.as_ref().map(|token| self.seal.close(&refreshing(id), token)).transpose()?;
        Ok(Renewed {
            access_token: self.seal.close(&access_to(id), &pair.access)?,
            refresh_token: refresh,
            expires_at: pair.lasts.and_then(|lasts| now.checked_add(lasts).ok()),
        })
    }

    fn access_token(&self, of: &Installation) -> Result<Secret, SealError> {
        self.seal.open(&access_to(&of.id), &of.access_token)
    }

    /// [`SealError::Foreign`] also where there is none.
    fn refresh_token(&self, of: &Installation) -> Result<Secret, SealError> {
        let closed = of.refresh_token.as_deref().ok_or(SealError::Foreign)?;
        self.seal.open(&refreshing(&of.id), closed)
    }
}

fn access_to(id: &str) -> String {
    format!("access {id}")
}

fn refreshing(id: &str) -> String {
    format!("refresh {id}")
}
