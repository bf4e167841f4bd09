//! Who the bot is for the Connector: a token from client credentials
//! (<https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#bot-to-connector>).
//! Kept, renewed early and fetched once at a time by [`TokenSource`], as the tokens of all other systems are.

use std::fmt;

use futures_util::future::BoxFuture;

use super::errors::TokenError;
use crate::clock::SharedClock;
use crate::config::{Secret, Teams};
use crate::outside::{ClientCredentials, Fault, OutsideError, SetupError, System, TokenSource};

const SCOPE: &str = "https://api.botframework.com/.default";

/// Where the bot's token comes from.
pub trait BotToken: fmt::Debug + Send + Sync {
    /// A token that is good now.
    fn token(&self) -> BoxFuture<'_, Result<Secret, TokenError>>;
    /// The Connector refused this token. Without effect when another one has taken its place already.
    fn invalidate(&self, token: &Secret) -> BoxFuture<'_, ()>;
}

/// The app's id and secret at the configured token endpoint.
pub fn bot_token(teams: &Teams, clock: SharedClock) -> Result<TokenSource, SetupError> {
    let login = ClientCredentials {
        client_id: teams.app_id.clone(),
        secret: teams.client_secret.clone(),
        scope: SCOPE.to_owned(),
    };
    TokenSource::client_credentials(System::TeamsConnector, &teams.token_url(), login, clock)
}

impl From<OutsideError> for TokenError {
    fn from(error: OutsideError) -> Self {
        match error.fault {
            Fault::Credential { code } => Self::Refused { code: code.unwrap_or_else(|| "no token".to_owned()) },
            Fault::Garbled => Self::Shape,
            _ => Self::Unavailable,
        }
    }
}

impl BotToken for TokenSource {
    fn token(&self) -> BoxFuture<'_, Result<Secret, TokenError>> {
        Box::pin(async { Ok(Secret::new(TokenSource::token(self).await?.expose())) })
    }

    fn invalidate(&self, token: &Secret) -> BoxFuture<'_, ()> {
        let refused = token.clone();
        Box::pin(async move { self.forget(refused.expose()).await })
    }
}

#[cfg(test)]
mod tests;
