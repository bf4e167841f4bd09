//! Installing the app from a browser: off to Slack with a state, back with a code.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::exchange::Grant;
use super::{InstalledTokens, SealError, Vault, scopes};
use crate::chat::slack::SlackError;
use crate::config::{Config, Slack};
use crate::journal::{Installation, JournalError};

/// The cookie that ties an attempt to a browser. Browsers take a name that begins like this only from this very host.
pub const COOKIE: &str = "__Host-onboard-bot-install";

/// An attempt lasts as long as Slack's code does.
const LASTS: SignedDuration = SignedDuration::from_mins(10);

/// Anybody may open the page, and each time something is kept: no more often than this within a minute.
const MOST_A_MINUTE: u32 = 60;

/// Answers the browser of whoever installs the app.
#[derive(Debug)]
pub struct Installer {
    vault: Arc<Vault>,
    tokens: InstalledTokens,
    slack: Slack,
    scopes: String,
    redirect_uri: String,
    begun: Mutex<(Timestamp, u32)>,
}

/// An attempt that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Where the browser goes.
    pub location: String,
    /// The value of `Set-Cookie`.
    pub cookie: String,
}

/// What a browser comes back with. All of it may be forged.
#[derive(Debug, Clone, Default)]
pub struct Returned {
    /// What the tokens are got with.
    pub code: Option<String>,
    /// Which attempt.
    pub state: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
    /// The value of [`COOKIE`].
    pub cookie: Option<String>,
}

/// How an attempt ended. Each has a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The app is installed in a workspace.
    Installed,
    /// The app is installed in an organisation, and in none of its workspaces yet.
    InstalledForOrganisation,
    /// Somebody said no in Slack.
    Declined,
    /// Slack refused, and said why in its own words.
    Refused,
    /// Nobody began this here: another browser, too late, or the second time.
    Stale,
    /// Slack does not know the code.
    WrongCode,
    /// The configuration does not name this workspace.
    NotAllowed,
    /// Slack does not accept the app's own credentials.
    Misconfigured,
    /// Slack did not answer.
    SlackDown,
    /// The store did not answer.
    StoreDown,
    /// Too many have begun within a minute.
    Crowded,
}

fn hashed(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Unguessable: 122 random bits.
fn random() -> String {
    Uuid::new_v4().simple().to_string()
}

impl Installer {
    /// For this configuration; `None`: workspaces cannot install the app themselves.
    pub fn new(config: &Config, vault: Arc<Vault>, tokens: InstalledTokens) -> Option<Self> {
        let slack = config.slack.clone()?;
        let redirect_uri = config.server.public("/slack/oauth_redirect")?;
        let (scopes, begun) = (scopes(config).join(","), Mutex::new((Timestamp::UNIX_EPOCH, 0)));
        Some(Self { vault, tokens, slack, scopes, redirect_uri, begun })
    }

    /// The tokens of what was installed.
    pub fn tokens(&self) -> &InstalledTokens {
        &self.tokens
    }

    fn is_crowded(&self) -> bool {
        let now = self.vault.clock.now();
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if now.duration_since(begun.0) >= SignedDuration::from_mins(1) {
            *begun = (now, 0);
        }
        begun.1 = begun.1.saturating_add(1);
        begun.1 > MOST_A_MINUTE
    }

    /// Begins an attempt, or says why not.
    pub async fn begin(&self) -> Result<Begun, Outcome> {
        if self.is_crowded() {
            return Err(Outcome::Crowded);
        }
        self.begin_here().await.map_err(|error| {
            tracing::error!(%error, "installing the app cannot begin");
            Outcome::StoreDown
        })
    }

    async fn begin_here(&self) -> Result<Begun, JournalError> {
        let (state, browser) = (random(), random());
        let hashes = (hashed(&state), hashed(&browser));
        let now = self.vault.clock.now();
        self.vault.journal.begin_install((&hashes.0, &hashes.1), now, LASTS).await?;
        let mut location = self.vault.exchange.authorize_url();
        location
            .query_pairs_mut()
            .append_pair("client_id", self.vault.exchange.client_id())
            .append_pair("scope", &self.scopes)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("state", &state);
        let lasts = LASTS.as_secs();
        let cookie = format!("{COOKIE}={browser}; Path=/; Max-Age={lasts}; HttpOnly; Secure; SameSite=Lax");
        Ok(Begun { location: location.into(), cookie })
    }

    /// Ends an attempt. It is carried to its end even if the browser goes away: a code works once.
    pub async fn finish(self: &Arc<Self>, returned: Returned) -> Outcome {
        let this = Arc::clone(self);
        let ended = tokio::spawn(async move { this.carry_out(returned).await }).await;
        ended.unwrap_or(Outcome::SlackDown)
    }

    async fn carry_out(&self, returned: Returned) -> Outcome {
        let known = match (&returned.state, &returned.cookie) {
            (Some(state), Some(cookie)) => {
                let hashes = (hashed(state), hashed(cookie));
                self.vault.journal.end_install((&hashes.0, &hashes.1), self.vault.clock.now()).await
            }
            _ => Ok(false),
        };
        match (known, &returned.error, &returned.code) {
            (Err(error), ..) => {
                tracing::error!(%error, "an attempt to install the app cannot be looked up");
                Outcome::StoreDown
            }
            (Ok(_), Some(error), _) if error == "access_denied" => Outcome::Declined,
            (Ok(false), ..) => Outcome::Stale,
            (Ok(true), Some(_), _) => Outcome::Refused,
            (Ok(true), None, None) => Outcome::WrongCode,
            (Ok(true), None, Some(code)) => self.redeem(code).await,
        }
    }

    async fn redeem(&self, code: &str) -> Outcome {
        let grant = match self.vault.exchange.redeem(code, &self.redirect_uri).await {
            Ok(grant) => grant,
            Err(error) => {
                tracing::warn!(%error, "Slack gave no token for an installation");
                return match error {
                    SlackError::Unauthorized { .. } => Outcome::Misconfigured,
                    SlackError::Other { code } if code.contains("redirect") || code.contains("client") => {
                        Outcome::Misconfigured
                    }
                    SlackError::Other { .. } => Outcome::WrongCode,
                    _ => Outcome::SlackDown,
                };
            }
        };
        let (team, enterprise) = (grant.team.clone(), grant.enterprise.clone());
        let another_app = self.slack.app_id.as_ref().is_some_and(|app| *app != grant.app);
        if another_app || !self.slack.allows(&team, &enterprise) {
            tracing::warn!(team, enterprise, app = grant.app, "an installation was refused and its token revoked");
            self.revoke(&grant).await;
            return if another_app { Outcome::Misconfigured } else { Outcome::NotAllowed };
        }
        match self.keep(&grant).await {
            Ok(id) => {
                self.tokens.forget(&id);
                tracing::info!(team, enterprise, "the app was installed");
                if grant.team.is_empty() { Outcome::InstalledForOrganisation } else { Outcome::Installed }
            }
            Err(error) => {
                tracing::error!(team, enterprise, %error, "an installation cannot be kept; its token is revoked");
                self.revoke(&grant).await;
                Outcome::StoreDown
            }
        }
    }

    /// What nobody keeps shall open nothing.
    async fn revoke(&self, grant: &Grant) {
        if let Err(error) = self.vault.exchange.revoke(&grant.pair.access).await {
            tracing::warn!(%error, "a token that is not kept could not be revoked");
        }
    }

    async fn keep(&self, grant: &Grant) -> Result<String, NotKept> {
        let id = if grant.team.is_empty() { &grant.enterprise } else { &grant.team };
        let now = self.vault.clock.now();
        let closed = self.vault.close(id, &grant.pair, now)?;
        let installation = Installation {
            id: id.clone(),
            team: grant.team.clone(),
            enterprise: grant.enterprise.clone(),
            app: grant.app.clone(),
            bot_user: grant.bot_user.clone(),
            scopes: grant.scopes.clone(),
            access_token: closed.access_token,
            refresh_token: closed.refresh_token,
            expires_at: closed.expires_at,
            installed_at: now,
        };
        self.vault.journal.install(&installation).await?;
        Ok(id.clone())
    }
}

#[derive(Debug, thiserror::Error)]
enum NotKept {
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}
