//! Who the bot is for the Connector: a token from client credentials
//! (<https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#bot-to-connector>).
//!
//! One fetch at a time. A token is renewed 5 minutes before it expires; while that fails, the old one serves to its end.

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use super::errors::TokenError;
use super::wire;
use crate::clock::SharedClock;
use crate::config::{Secret, Teams};

const SCOPE: &str = "https://api.botframework.com/.default";
const EARLY: SignedDuration = SignedDuration::from_mins(5);
const TIMEOUT: Duration = Duration::from_secs(15);
const LONGEST_ANSWER: usize = 64 * 1024;

/// Where the bot's token comes from.
pub trait BotToken: fmt::Debug + Send + Sync {
    /// A token that is good now.
    fn token(&self) -> BoxFuture<'_, Result<Secret, TokenError>>;
    /// The Connector refused this token. Without effect when another one has taken its place already.
    fn invalidate(&self, token: &Secret) -> BoxFuture<'_, ()>;
}

/// The app's id and secret at the configured token endpoint.
#[derive(Debug)]
pub struct ClientCredentials {
    http: Client,
    url: String,
    client_id: String,
    client_secret: Secret,
    clock: SharedClock,
    held: Mutex<Option<Held>>,
}

#[derive(Debug)]
struct Held {
    token: Secret,
    renew_at: Timestamp,
    expires_at: Timestamp,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    /// Seconds; some endpoints write a text.
    #[serde(default)]
    expires_in: Value,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
    #[serde(default)]
    error_codes: Vec<u64>,
}

impl ClientCredentials {
    /// Fails only when no HTTP client can be made.
    pub fn new(teams: &Teams, clock: SharedClock) -> Result<Self, reqwest::Error> {
        Ok(Self {
            http: wire::client(TIMEOUT)?,
            url: teams.token_url(),
            client_id: teams.app_id.clone(),
            client_secret: teams.client_secret.clone(),
            clock,
            held: Mutex::new(None),
        })
    }

    async fn get(&self) -> Result<Secret, TokenError> {
        let mut held = self.held.lock().await;
        let now = self.clock.now();
        if let Some(held) = held.as_ref().filter(|held| now < held.renew_at) {
            return Ok(held.token.clone());
        }
        match self.fetch(now).await {
            Ok(fetched) => Ok(held.insert(fetched).token.clone()),
            Err(error) => match held.as_ref().filter(|held| now < held.expires_at) {
                Some(held) => {
                    tracing::warn!(%error, "the bot's token cannot be renewed yet");
                    Ok(held.token.clone())
                }
                None => Err(error),
            },
        }
    }

    async fn fetch(&self, now: Timestamp) -> Result<Held, TokenError> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("client_secret", self.client_secret.expose()),
            ("scope", SCOPE),
        ];
        let sent = self.http.post(&self.url).form(&form).send().await;
        let response = sent.map_err(|_| TokenError::Unavailable)?;
        let status = response.status();
        let body = wire::read(response, LONGEST_ANSWER).await.map_err(|_| TokenError::Unavailable)?;
        match status {
            StatusCode::OK => {}
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                return Err(TokenError::Unavailable);
            }
            status => return Err(TokenError::Refused { status: status.as_u16(), code: refusal(&body) }),
        }
        let granted: Granted = serde_json::from_slice(&body).map_err(|_| TokenError::Shape)?;
        if granted.access_token.is_empty() {
            return Err(TokenError::Shape);
        }
        // A lifetime that is not told is none: the next call asks again.
        let seconds = granted.expires_in.as_i64().or_else(|| granted.expires_in.as_str()?.parse().ok()).unwrap_or(0);
        let lifetime = SignedDuration::from_secs(seconds.clamp(0, 86_400));
        let until_renewal = (lifetime - EARLY).max(lifetime / 2);
        let token = Secret::new(granted.access_token);
        Ok(Held { token, renew_at: now + until_renewal, expires_at: now + lifetime })
    }
}

/// `invalid_client 7000215`: the OAuth error and the first `AADSTS` number, both documented as stable.
fn refusal(body: &[u8]) -> String {
    let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else { return "no code".to_owned() };
    let is_code = refusal.error.len() <= 80 && refusal.error.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let error = if is_code { refusal.error } else { "no code".to_owned() };
    refusal.error_codes.first().map_or(error.clone(), |number| format!("{error} {number}"))
}

impl BotToken for ClientCredentials {
    fn token(&self) -> BoxFuture<'_, Result<Secret, TokenError>> {
        Box::pin(self.get())
    }

    fn invalidate(&self, token: &Secret) -> BoxFuture<'_, ()> {
        let refused = token.clone();
        Box::pin(async move {
            let mut held = self.held.lock().await;
            if held.as_ref().is_some_and(|held| held.token.expose() == refused.expose()) {
                *held = None;
            }
        })
    }
}

#[cfg(test)]
mod tests;
