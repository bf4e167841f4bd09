//! Tokens: asked for once, kept until shortly before they end, renewed by one caller while the others wait.
//!
//! The lock is held over the login, which is what makes it single flight; a caller that goes away drops the lock and the
//! next one logs in. A login that was refused is not repeated for a minute: a password grant can lock an account. Faults
//! are reported in the name of the system that the token opens; a login without an answer never counts as "may have been done".

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use super::http::{Answer, Endpoint, Patience};
use super::{Fault, OutsideError, SetupError, System};
use crate::clock::SharedClock;
use crate::config::Secret;

/// How long before its end a token is renewed; half its life if that is shorter.
const EARLY: SignedDuration = SignedDuration::from_mins(5);
/// How long a token is believed that does not say how long it lives.
const UNTOLD_LIFE: SignedDuration = SignedDuration::from_mins(5);
/// How long a token's end may be away.
const LONGEST_LIFE: i64 = 7 * 24 * 3600;
/// How long a refused login rests.
const REFUSED_REST: SignedDuration = SignedDuration::from_secs(60);
/// How long to use a token that is still good after its renewal failed.
const FAILED_REST: SignedDuration = SignedDuration::from_secs(30);

/// A bearer token. It never shows itself.
#[derive(Clone)]
pub struct Token(Arc<Secret>);

impl Token {
    /// The value, for the one header that carries it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[token]")
    }
}

/// A client id, its secret and what to ask for with them.
#[derive(Debug, Clone)]
pub struct ClientCredentials {
    /// The application's id.
    pub client_id: String,
    /// Its secret.
    pub secret: Secret,
    /// `https://graph.microsoft.com/.default` or another resource's.
    pub scope: String,
}

/// An account that logs in with a user name and a password, behind a client id and its secret.
#[derive(Debug, Clone)]
pub(crate) struct PasswordLogin {
    pub client_id: String,
    pub secret: Secret,
    pub username: String,
    pub password: Secret,
}

#[derive(Debug)]
enum Grant {
    Client(ClientCredentials),
    Password(PasswordLogin),
}

#[derive(Debug, Default)]
struct State {
    kept: Option<Kept>,
    refused: Option<(Timestamp, OutsideError)>,
}

#[derive(Debug)]
struct Kept {
    token: Token,
    renew: Timestamp,
    end: Timestamp,
}

/// Where the tokens of one system come from.
#[derive(Debug)]
pub struct TokenSource {
    endpoint: Endpoint,
    grant: Grant,
    state: Mutex<State>,
}

impl TokenSource {
    /// The client-credentials grant of Microsoft Entra
    /// (<https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>).
    pub fn client_credentials(
        system: System,
        token_url: &str,
        login: ClientCredentials,
        clock: SharedClock,
    ) -> Result<Self, SetupError> {
        Ok(Self::client(Endpoint::new(system, token_url, clock, Patience::default())?, login))
    }

    pub(crate) fn client(endpoint: Endpoint, login: ClientCredentials) -> Self {
        Self { endpoint, grant: Grant::Client(login), state: Mutex::default() }
    }

    pub(crate) fn password(endpoint: Endpoint, login: PasswordLogin) -> Self {
        Self { endpoint, grant: Grant::Password(login), state: Mutex::default() }
    }

    /// A token that is good for now: the kept one or, after a login, a new one.
    pub async fn token(&self) -> Result<Token, OutsideError> {
        let mut state = self.state.lock().await;
        let now = self.endpoint.now();
        if let Some(kept) = state.kept.as_ref().filter(|kept| now < kept.renew) {
            return Ok(kept.token.clone());
        }
        if let Some((until, error)) = &state.refused
            && now < *until
        {
            return Err(error.clone());
        }
        let error = match self.log_in().await.map_err(login_fault) {
            Ok(kept) => {
                let token = kept.token.clone();
                *state = State { kept: Some(kept), refused: None };
                return Ok(token);
            }
            Err(error) => error,
        };
        if let Some(kept) = state.kept.as_mut().filter(|kept| error.is_transient() && now < kept.end) {
            kept.renew = kept.end.min(later(now, FAILED_REST));
            return Ok(kept.token.clone());
        }
        if matches!(error.fault, Fault::Credential { .. }) {
            state.refused = Some((later(now, REFUSED_REST), error.clone()));
        }
        Err(error)
    }

    /// Forgets a token that was not accepted, unless it has been replaced already.
    pub async fn invalidate(&self, stale: &Token) {
        self.forget(stale.expose()).await;
    }

    /// The same for a token of which only the text is at hand.
    pub(crate) async fn forget(&self, stale: &str) {
        let mut state = self.state.lock().await;
        if state.kept.as_ref().is_some_and(|kept| kept.token.expose() == stale) {
            state.kept = None;
        }
    }

    /// Makes a call with a token and, if the token is not accepted, once more with a new one.
    pub async fn with_token<T, F>(&self, call: impl Fn(Token) -> F) -> Result<T, OutsideError>
    where
        F: Future<Output = Result<T, OutsideError>>,
    {
        let token = self.token().await?;
        match call(token.clone()).await {
            Err(OutsideError { fault: Fault::Unauthorized { .. }, .. }) => {
                self.invalidate(&token).await;
                call(self.token().await?).await
            }
            answer => answer,
        }
    }

    async fn log_in(&self) -> Result<Kept, OutsideError> {
        let url = self.endpoint.base().clone();
        let request = || {
            let post = self.endpoint.request(Method::POST, url.clone());
            match &self.grant {
                Grant::Client(login) => post.form(&[
                    ("grant_type", "client_credentials"),
                    ("client_id", &login.client_id),
                    ("client_secret", login.secret.expose()),
                    ("scope", &login.scope),
                ]),
                Grant::Password(login) => post.basic_auth(&login.client_id, Some(login.secret.expose())).form(&[
                    ("grant_type", "password"),
                    ("username", &login.username),
                    ("password", login.password.expose()),
                ]),
            }
        };
        let answer = self.endpoint.read(request).await?;
        let told: Told = answer.json()?;
        // A success without a token is a challenge for a human.
        let token = told.access_token.filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| self.endpoint.error(Fault::Credential { code: None }))?;
        let now = self.endpoint.now();
        let end = life(told.expires_in.as_ref()).map(|life| later(now, life));
        let end = end.or_else(|| expiry(&token)).unwrap_or_else(|| later(now, UNTOLD_LIFE));
        let life = end.duration_since(now).max(SignedDuration::ZERO);
        Ok(Kept { renew: later(now, life - EARLY.min(life / 2)), end, token: Token(Arc::new(Secret::new(token))) })
    }
}

/// What a token endpoint answers (RFC 6749, section 5.1).
#[derive(Deserialize)]
struct Told {
    access_token: Option<String>,
    expires_in: Option<Value>,
}

/// Seconds, as a number or, from older endpoints, as text.
fn life(told: Option<&Value>) -> Option<SignedDuration> {
    let told = told?;
    let seconds = told.as_i64().or_else(|| told.as_str()?.parse().ok())?;
    (seconds > 0).then(|| SignedDuration::from_secs(seconds.min(LONGEST_LIFE)))
}

/// The `exp` of a JWT. Its signature is the receiver's business.
fn expiry(token: &str) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Claims {
        exp: i64,
    }
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    Timestamp::from_second(serde_json::from_slice::<Claims>(&claims).ok()?.exp).ok()
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// A login changes nothing at the system itself, and whatever it is refused for, a human must look at the credential.
fn login_fault(error: OutsideError) -> OutsideError {
    let fault = match error.fault {
        Fault::Unknown => Fault::Unreachable,
        Fault::Refused { code, .. } if code.as_deref() == Some("temporarily_unavailable") => {
            Fault::Busy { retry_after: None }
        }
        Fault::Refused { code, .. } | Fault::Unauthorized { code } | Fault::Forbidden { code } => {
            Fault::Credential { code }
        }
        // Nobody logs in here: the address is wrong.
        Fault::NotFound => Fault::Credential { code: Some("404".to_owned()) },
        Fault::Conflict => Fault::Credential { code: None },
        other => other,
    };
    OutsideError { fault, ..error }
}

/// An endpoint and the tokens that open it.
#[derive(Debug)]
pub(crate) struct Guarded {
    pub endpoint: Endpoint,
    pub tokens: TokenSource,
}

impl Guarded {
    pub async fn read(&self, build: impl Fn() -> RequestBuilder) -> Result<Answer, OutsideError> {
        let build = &build;
        let call = |token: Token| async move { self.endpoint.read(|| build().bearer_auth(token.expose())).await };
        self.tokens.with_token(call).await
    }

    pub async fn write(&self, build: impl Fn() -> RequestBuilder) -> Result<Answer, OutsideError> {
        let build = &build;
        let call = |token: Token| async move { self.endpoint.write(build().bearer_auth(token.expose())).await };
        self.tokens.with_token(call).await
    }
}
