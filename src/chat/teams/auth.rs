//! Whether an activity may be believed: the documented checks in their order
//! (<https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication>).
//!
//! First the token alone ([`Authenticator::authenticate`]), before the body is parsed: shape, RS256, key, signature, issuer,
//! audience, times with 300 s leeway. Then the activity against the token ([`Authenticator::check_activity`]), every time anew:
//! channel and endorsement, `serviceurl`, host, tenant, sender. The token proves the Connector, not a person; the sender's
//! object id is to be believed only because it came that way.
//!
//! Times are compared here and not by the JWT crate, because the crate asks the system's clock and ours is handed in.

use std::fmt;
use std::sync::Arc;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::Deserialize;

use super::activity::Envelope;
use super::hosts::ServiceHosts;
use super::keys::{Keys, KeysError};
use super::remembered::{Remembered, digest};
use crate::clock::SharedClock;
use crate::config::{Authentication, Teams};

const LEEWAY_SECONDS: i64 = 300;
const REMEMBERED_TOKENS: usize = 10_000;
/// Connector tokens have about 700 bytes.
const LONGEST_TOKEN: usize = 16 * 1024;

/// Which check failed. 401: the token is absent or invalid; 403: the token is good, the activity is not for this bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// Absent, or not `Bearer` and one token.
    #[error("the authorization header is not `Bearer` and a token")]
    Header,
    /// Not a JSON web token.
    #[error("the token cannot be read")]
    Token,
    /// Signed with another algorithm than RS256.
    #[error("the token's algorithm is not RS256")]
    Algorithm,
    /// No key id, or one that the issuer does not have.
    #[error("the token's key is unknown")]
    UnknownKey,
    /// The issuer's keys could not be fetched, so that nothing can be verified.
    #[error("the issuer's keys are not available")]
    KeysUnavailable,
    /// The signature is another's.
    #[error("the token's signature is wrong")]
    Signature,
    /// `iss`, `aud`, `exp` or `nbf` is missing or of the wrong type.
    #[error("the token lacks a required claim")]
    Claims,
    /// `iss` is not the configured issuer.
    #[error("the token's issuer is wrong")]
    Issuer,
    /// `aud` is not this bot.
    #[error("the token's audience is wrong")]
    Audience,
    /// `exp` is more than 300 s ago.
    #[error("the token has expired")]
    Expired,
    /// `nbf` is more than 300 s ahead.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Another channel than Microsoft Teams.
    #[error("the activity's channel is not accepted")]
    Channel,
    /// The signing key is not endorsed for the channel.
    #[error("the token's key is not endorsed for the channel")]
    Endorsement,
    /// The token was issued for another `serviceUrl`, or for none.
    #[error("the activity's service address is not the token's")]
    ServiceUrl,
    /// The host of `serviceUrl` is not on the list.
    #[error("the host of the activity's service address is not allowed")]
    ServiceHost,
    /// The tenant is missing, contradictory or not on the list.
    #[error("the tenant is not allowed")]
    Tenant,
    /// The sender has no directory identity.
    #[error("the sender has no object id")]
    Sender,
}

impl AuthError {
    /// The HTTP status of the refusal: 401 or 403, and 503 while nothing can be verified at all, so that the sender
    /// tries again instead of giving the activity up.
    pub fn status(self) -> u16 {
        match self {
            Self::KeysUnavailable => 503,
            Self::Header | Self::Token | Self::Algorithm | Self::UnknownKey => 401,
            Self::Signature | Self::Claims | Self::Issuer | Self::Audience | Self::Expired | Self::NotYetValid => 401,
            Self::Channel | Self::Endorsement | Self::ServiceUrl | Self::ServiceHost | Self::Tenant | Self::Sender => {
                403
            }
        }
    }
}

/// What a token proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The service address that the token was issued for.
    pub service_url_claim: Option<String>,
    /// The channels that the signing key may speak for.
    pub endorsements: Arc<[String]>,
    /// Authentication is switched off: nothing was proven.
    pub anonymous: bool,
}

/// The part of a token that is remembered.
#[derive(Debug)]
pub(super) struct Proven {
    pub(super) expires: i64,
    pub(super) not_before: i64,
    pub(super) service_url: Option<String>,
    pub(super) endorsements: Arc<[String]>,
}

/// `iss` and `aud` are texts: a list with a foreign audience among them is not a token for us.
#[derive(Deserialize)]
struct Claims {
    #[serde(rename = "iss")]
    _iss: String,
    #[serde(rename = "aud")]
    _aud: String,
    exp: i64,
    nbf: i64,
    /// Spelled both ways in Microsoft's own sources.
    #[serde(rename = "serviceurl", alias = "serviceUrl")]
    service_url: Option<String>,
}

/// Decides about inbound activities.
pub struct Authenticator {
    anonymous: bool,
    allowed_tenants: Vec<String>,
    hosts: ServiceHosts,
    validation: Validation,
    keys: Keys,
    remembered: Remembered,
    clock: SharedClock,
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").field("anonymous", &self.anonymous).finish_non_exhaustive()
    }
}

impl Authenticator {
    /// Fails only when no HTTP client can be made (no TLS roots, for example).
    pub fn new(teams: &Teams, clock: SharedClock) -> Result<Self, reqwest::Error> {
        let mut validation = Validation::new(Algorithm::RS256);
        // Without this list the crate lets a token pass that has no issuer or no audience at all.
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud"]);
        validation.set_issuer(&[&teams.issuer]);
        // The Connector writes the id in lower case, whatever was pasted into the settings.
        validation.set_audience(&[&teams.app_id, &teams.app_id.to_ascii_lowercase()]);
        validation.validate_exp = false;
        Ok(Self {
            anonymous: teams.authentication == Authentication::None,
            allowed_tenants: teams.allowed_tenants.clone(),
            hosts: ServiceHosts::new(teams),
            validation,
            keys: Keys::new(&teams.openid_metadata_url, clock.clone())?,
            remembered: Remembered::new(REMEMBERED_TOKENS),
            clock,
        })
    }

    /// Makes sure that there are keys to verify with: for readiness, and for `onboard-bot check`.
    pub async fn prepare(&self) -> Result<(), KeysError> {
        if self.anonymous { Ok(()) } else { self.keys.load().await.map(drop) }
    }

    /// Checks the `Authorization` header.
    pub async fn authenticate(&self, authorization: Option<&str>) -> Result<Verified, AuthError> {
        if self.anonymous {
            return Ok(Verified { service_url_claim: None, endorsements: Arc::new([]), anonymous: true });
        }
        let token = bearer(authorization)?;
        let digest = digest(token);
        let remembered = self.keys.fresh().and_then(|set| self.remembered.get(&digest, set.generation));
        if let Some(proven) = remembered {
            self.check_times(&proven).inspect_err(|_| self.remembered.forget(&digest))?;
            return Ok(proven.verified());
        }
        let (proven, generation) = self.prove(token).await?;
        self.check_times(&proven)?;
        let verified = proven.verified();
        self.remembered.insert(digest, generation, Arc::new(proven));
        Ok(verified)
    }

    /// Everything about a token that does not change with time.
    async fn prove(&self, token: &str) -> Result<(Proven, u64), AuthError> {
        let header = decode_header(token).map_err(|_| AuthError::Token)?;
        if header.alg != Algorithm::RS256 {
            return Err(AuthError::Algorithm);
        }
        // `crit` names extensions that must be understood (RFC 7515, 4.1.11); none is.
        if header.crit.is_some() {
            return Err(AuthError::Token);
        }
        let id = header.kid.filter(|id| !id.is_empty()).ok_or(AuthError::UnknownKey)?;
        let (key, set) = self.keys.find(&id).await.map_err(|error| match error {
            KeysError::UnknownKey => AuthError::UnknownKey,
            KeysError::FailedRecently => AuthError::KeysUnavailable,
            error => {
                tracing::error!(%error, "no inbound activity can be verified");
                AuthError::KeysUnavailable
            }
        })?;
        let claims = decode::<Claims>(token, &key.decoding, &self.validation).map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature | ErrorKind::InvalidRsaKey(_) => AuthError::Signature,
            ErrorKind::InvalidIssuer => AuthError::Issuer,
            ErrorKind::InvalidAudience => AuthError::Audience,
            ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) | ErrorKind::Json(_) => {
                AuthError::Claims
            }
            _ => AuthError::Token,
        })?;
        let Claims { exp, nbf, service_url, .. } = claims.claims;
        let endorsements = key.endorsements.clone();
        Ok((Proven { expires: exp, not_before: nbf, service_url, endorsements }, set.generation))
    }

    fn check_times(&self, proven: &Proven) -> Result<(), AuthError> {
        let now = self.clock.now().as_second();
        if proven.expires.saturating_add(LEEWAY_SECONDS) < now {
            return Err(AuthError::Expired);
        }
        if proven.not_before.saturating_sub(LEEWAY_SECONDS) > now {
            return Err(AuthError::NotYetValid);
        }
        Ok(())
    }

    /// Checks an activity against the token that it came with.
    pub fn check_activity(&self, verified: &Verified, activity: &Envelope) -> Result<(), AuthError> {
        let channel = activity.channel_id.as_deref().unwrap_or_default();
        let address = activity.service_url.as_deref().unwrap_or_default();
        if verified.anonymous {
            if channel != "msteams" && channel != "emulator" {
                return Err(AuthError::Channel);
            }
        } else {
            if channel != "msteams" {
                return Err(AuthError::Channel);
            }
            if !verified.endorsements.iter().any(|endorsed| endorsed == channel) {
                return Err(AuthError::Endorsement);
            }
            let claimed = verified.service_url_claim.as_deref().ok_or(AuthError::ServiceUrl)?;
            if !without_slash(claimed).eq_ignore_ascii_case(without_slash(address)) {
                return Err(AuthError::ServiceUrl);
            }
        }
        if !self.hosts.allows(address) {
            return Err(AuthError::ServiceHost);
        }
        self.check_tenant(activity)?;
        let person = activity.from.as_ref().and_then(|from| from.aad_object_id.as_deref());
        let needs_person = activity.kind == "message" || activity.kind == "invoke";
        if needs_person && person.is_none_or(str::is_empty) {
            return Err(AuthError::Sender);
        }
        Ok(())
    }

    fn check_tenant(&self, activity: &Envelope) -> Result<(), AuthError> {
        let tenant = activity.tenant().map_err(|_| AuthError::Tenant)?;
        if self.anonymous && self.allowed_tenants.is_empty() {
            return Ok(());
        }
        let allowed = |tenant: &str| self.allowed_tenants.iter().any(|entry| entry.eq_ignore_ascii_case(tenant));
        if tenant.is_some_and(allowed) { Ok(()) } else { Err(AuthError::Tenant) }
    }
}

impl Proven {
    fn verified(&self) -> Verified {
        let (service_url_claim, endorsements) = (self.service_url.clone(), self.endorsements.clone());
        Verified { service_url_claim, endorsements, anonymous: false }
    }
}

fn bearer(authorization: Option<&str>) -> Result<&str, AuthError> {
    let token = authorization.and_then(|header| header.strip_prefix("Bearer ")).ok_or(AuthError::Header)?;
    let one = !token.is_empty() && token.len() <= LONGEST_TOKEN && token.bytes().all(|byte| byte.is_ascii_graphic());
    if one { Ok(token) } else { Err(AuthError::Header) }
}

fn without_slash(address: &str) -> &str {
    address.strip_suffix('/').unwrap_or(address)
}

#[cfg(test)]
mod tests;
