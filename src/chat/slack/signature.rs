//! Whether a request comes from Slack, and whether it is meant for us.
//!
//! Slack signs `v0:` + timestamp + `:` + the raw body with the app's signing secret. The deprecated `token` field inside
//! payloads is never looked at. <https://docs.slack.dev/authentication/verifying-requests-from-slack>

use aws_lc_rs::hmac;
use jiff::Timestamp;

use super::place::Workspace;
use crate::clock::SharedClock;
use crate::config::{Secret, Slack, SlackMode};

/// A request may be this many seconds older or newer than our clock.
const LEEWAY: u64 = 300;

/// Unix seconds have no more digits than this for a long time.
const MOST_DIGITS: usize = 12;

/// Why a request is not taken. Never holds a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// A header is missing or there more than once.
    #[error("the request is not signed")]
    Unsigned,
    /// The timestamp is not a number.
    #[error("the timestamp is no number")]
    Timestamp,
    /// Too old, or from the future.
    #[error("the timestamp is more than 5 minutes away")]
    Stale,
    /// The signature is not one of ours.
    #[error("the signature is wrong")]
    Signature,
    /// Signed, but for another app.
    #[error("the app is not this one")]
    ForeignApp,
    /// Signed, but from a workspace that may not talk to the bot.
    #[error("the workspace is not allowed")]
    ForeignTeam,
}

impl AuthError {
    /// The HTTP status that says so.
    pub fn status(self) -> u16 {
        match self {
            Self::Unsigned | Self::Timestamp | Self::Stale | Self::Signature => 401,
            Self::ForeignApp | Self::ForeignTeam => 403,
        }
    }
}

/// A signing secret is empty: anybody could sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signing secret is empty or missing")]
pub struct NoSecret;

/// Decides who is believed.
pub struct Authenticator {
    keys: Vec<hmac::Key>,
    app: Option<String>,
    teams: Vec<String>,
    clock: SharedClock,
}

/// Without the keys.
impl std::fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authenticator").field("app", &self.app).field("teams", &self.teams).finish_non_exhaustive()
    }
}

impl Authenticator {
    /// Takes one signing secret, or two during a rotation. [`NoSecret`]: there is none, or one is empty. In socket mode there
    /// may be none; then no request over HTTP is believed.
    pub fn new(slack: &Slack, clock: SharedClock) -> Result<Self, NoSecret> {
        let key = |secret: &Secret| {
            // The secret is used as it is written, not decoded from hexadecimal.
            let secret = secret.expose();
            (!secret.trim().is_empty()).then(|| hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())).ok_or(NoSecret)
        };
        let keys = slack.signing_secrets.iter().map(key).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() && slack.mode == SlackMode::Http {
            return Err(NoSecret);
        }
        Ok(Self { keys, app: slack.app_id.clone(), teams: slack.allowed_teams.clone(), clock })
    }

    /// Checks `X-Slack-Request-Timestamp` and `X-Slack-Signature` over the raw body.
    pub fn authenticate(
        &self,
        (timestamp, signature): (Option<&str>, Option<&str>),
        body: &[u8],
    ) -> Result<(), AuthError> {
        let (timestamp, signature) = timestamp.zip(signature).ok_or(AuthError::Unsigned)?;
        check_time(timestamp, self.clock.now())?;
        let tag = tag(signature).ok_or(AuthError::Signature)?;
        // Every key is tried, so that the time tells nothing about which one it was.
        let right = self.keys.iter().fold(false, |right, key| right | is_signed(key, timestamp, (body, &tag)));
        if right { Ok(()) } else { Err(AuthError::Signature) }
    }

    /// Checks what an authentic payload says about where it belongs. Names of slash commands are not unique among apps.
    pub fn check_payload(&self, app: Option<&str>, from: Workspace<'_>) -> Result<(), AuthError> {
        if let (Some(ours), Some(theirs)) = (&self.app, app)
            && ours != theirs
        {
            return Err(AuthError::ForeignApp);
        }
        let allowed = |id: &str| !id.is_empty() && self.teams.iter().any(|team| team == id);
        if self.teams.is_empty() || allowed(from.team) || allowed(from.enterprise) {
            return Ok(());
        }
        Err(AuthError::ForeignTeam)
    }
}

fn check_time(timestamp: &str, now: Timestamp) -> Result<(), AuthError> {
    if timestamp.is_empty() || timestamp.len() > MOST_DIGITS || !timestamp.bytes().all(|b| b.is_ascii_digit()) {
        return Err(AuthError::Timestamp);
    }
    let signed_at: i64 = timestamp.parse().map_err(|_| AuthError::Timestamp)?;
    if now.as_second().abs_diff(signed_at) > LEEWAY { Err(AuthError::Stale) } else { Ok(()) }
}

/// The tag in `v0=<64 hexadecimal digits in lower case>`; Slack writes no other form.
fn tag(signature: &str) -> Option<[u8; 32]> {
    let digits = signature.strip_prefix("v0=").filter(|text| !text.bytes().any(|b| b.is_ascii_uppercase()))?;
    let mut tag = [0; 32];
    hex::decode_to_slice(digits, &mut tag).ok()?;
    Some(tag)
}

/// Compares in constant time.
fn is_signed(key: &hmac::Key, timestamp: &str, (body, tag): (&[u8], &[u8])) -> bool {
    let mut context = hmac::Context::with_key(key);
    for part in [b"v0:", timestamp.as_bytes(), b":", body] {
        context.update(part);
    }
    aws_lc_rs::constant_time::verify_slices_are_equal(context.sign().as_ref(), tag).is_ok()
}

/// Signs like Slack: for the simulated Slack and for whoever measures.
pub fn sign(secret: &Secret, timestamp: i64, body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes()));
    context.update(format!("v0:{timestamp}:").as_bytes());
    context.update(body);
    format!("v0={}", hex::encode(context.sign().as_ref()))
}

#[cfg(test)]
mod tests;
