//! Entra's token endpoint: client credentials only. Errors are those of RFC 6749, section 5.2.

use jiff::SignedDuration;
use serde_json::json;

use super::Inner;
use super::log::{Effect, EffectKind};
use super::server::{Answer, Ask};
use super::state::{State, Token};

/// Scope of tokens for the Bot Connector.
pub(super) const CONNECTOR_SCOPE: &str = "https://api.botframework.com/.default";
/// Scope of tokens for Microsoft Graph.
pub(super) const GRAPH_SCOPE: &str = "https://graph.microsoft.com/.default";
/// What Entra answers as `expires_in`, in seconds.
const LIFETIME: i64 = 3599;

pub(super) fn answer(world: &Inner, state: &mut State, ask: &Ask) -> Answer {
    let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
    let [tenant, "oauth2", "v2.0", "token"] = segments.as_slice() else { return Answer::unexpected() };
    if ask.method != "POST" {
        return Answer::unexpected();
    }
    if *tenant != state.seed.tenant_id {
        return refusal(400, "invalid_request", "the tenant was not found");
    }
    let form = ask.form();
    let field = |name: &str| form.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str());
    if field("grant_type") != "client_credentials" {
        return refusal(400, "unsupported_grant_type", "only client_credentials");
    }
    let credentials = &state.seed.credentials;
    let secret = match field("client_id") {
        id if id == state.seed.app_id => &credentials.bot_secret,
        id if id == credentials.graph_client_id => &credentials.graph_secret,
        _ => return refusal(400, "unauthorized_client", "the application was not found in the tenant"),
    };
    if field("client_secret") != secret {
        return refusal(401, "invalid_client", "the client secret is wrong");
    }
    let scope = field("scope");
    // A deployment with its own Graph host asks for that host's default scope.
    let scope = if scope == format!("{}/.default", world.url) { GRAPH_SCOPE } else { scope };
    if scope != CONNECTOR_SCOPE && scope != GRAPH_SCOPE {
        return refusal(400, "invalid_scope", "the scope is not known");
    }
    let token = format!("world-{}", uuid::Uuid::new_v4().simple());
    let until = world.clock.now() + SignedDuration::from_secs(LIFETIME);
    let (client, scope) = (field("client_id").to_owned(), scope.to_owned());
    state.tokens.insert(token.clone(), Token { client, scope: scope.clone(), until });
    let body =
        json!({"token_type": "Bearer", "expires_in": LIFETIME, "ext_expires_in": LIFETIME, "access_token": token});
    Answer::json(200, &body).did(Effect::new(EffectKind::TokenIssued, scope))
}

fn refusal(status: u16, error: &str, description: &str) -> Answer {
    Answer::json(status, &json!({"error": error, "error_description": description}))
}

/// What is wrong with a bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenFault {
    /// Absent, unknown or expired.
    Invalid,
    /// Good, but meant for somebody else.
    Foreign,
}

/// Checks that the request carries a token of `client` for `scope`.
pub(super) fn check(world: &Inner, state: &State, ask: &Ask, (client, scope): (&str, &str)) -> Result<(), TokenFault> {
    let token = ask.bearer().and_then(|t| state.tokens.get(t)).filter(|t| t.until > world.clock.now());
    let token = token.ok_or(TokenFault::Invalid)?;
    if token.client == client && token.scope == scope { Ok(()) } else { Err(TokenFault::Foreign) }
}
