//! auth.* and OAuth: what tokens are worth, how an installation gets one, and how it is renewed.
//!
//! <https://docs.slack.dev/authentication/installing-with-oauth>, <https://docs.slack.dev/authentication/using-token-rotation>

use base64::Engine;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::state::{Grant, SlackToken};
use super::web::{Called, Refusal, Reply, refused, wrong};
use crate::world::log::{Effect, EffectKind};
use crate::world::server::{Answer, Ask};
use crate::world::state::State;

/// Seconds that a rotating token lives.
const TOKEN_LIFE: i64 = 43_200;
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);

pub(super) fn test(state: &State, call: &Called<'_>) -> Reply {
    let workspace = state.seed.slack.workspace(&call.caller.team);
    let part = |of: fn(&super::seed::SlackWorkspace) -> &str| workspace.map_or("", of);
    let enterprise = workspace.and_then(|w| w.enterprise.clone());
    let mut body = json!({"url": format!("https://{}.slack.com/", part(|w| &w.domain)), "team": part(|w| &w.domain),
        "user": "onboarding", "team_id": call.caller.team, "user_id": part(|w| &w.bot_user),
        "bot_id": part(|w| &w.bot_id), "is_enterprise_install": enterprise.is_some()});
    if let Some(enterprise) = enterprise {
        body["enterprise_id"] = enterprise.into();
    }
    Reply::of(body)
}

pub(super) fn revoke(state: &mut State, call: &Called<'_>) -> Result<Reply, Refusal> {
    let real = !matches!(call.text("test"), "1" | "true");
    let token = state.slack.tokens.get_mut(&call.caller.token).ok_or_else(|| refused("invalid_auth"))?;
    if real {
        token.revoked = Some("token_revoked");
    }
    Ok(Reply::of(json!({"revoked": real})))
}

/// Where the browser of somebody who installs the app is sent. An administrator agrees at once; `team` says to which
/// workspace, else it is the first.
pub(super) fn authorize(state: &mut State, ask: &Ask, now: Timestamp) -> Answer {
    let seed = &state.seed.slack;
    let query = |name: &str| ask.query(name).unwrap_or_default();
    let team = match query("team") {
        "" => seed.workspaces.first().map(|w| w.id.clone()),
        team => seed.workspace(team).map(|w| w.id.clone()),
    };
    let refusal = |why: &str| Answer::json(400, &json!({"error": why})).broke(format!("authorize: {why}"));
    let Some(team) = team else { return refusal("team_not_found") };
    if query("client_id") != seed.client_id {
        return refusal("invalid_client_id");
    }
    let mut asked: Vec<&str> = query("scope").split(',').filter(|s| !s.is_empty()).collect();
    asked.sort_unstable();
    if asked.is_empty() {
        return refusal("invalid_scope");
    }
    if query("state").len() < 16 {
        return refusal("a state that can be guessed");
    }
    let Ok(mut back) = url::Url::parse(query("redirect_uri")) else { return refusal("bad_redirect_uri") };
    if back.fragment().is_some() || !back.path().ends_with("/slack/oauth_redirect") {
        return refusal("bad_redirect_uri");
    }
    let code = format!("{}.{}", state.slack.count(), uuid::Uuid::new_v4().simple());
    let grant = Grant {
        team,
        redirect_uri: Some(query("redirect_uri").to_owned()),
        until: now.checked_add(CODE_LIFE).ok(),
        used: false,
    };
    state.slack.codes.insert(code.clone(), grant);
    back.query_pairs_mut().append_pair("code", &code).append_pair("state", query("state"));
    Answer::empty(302).header("Location", back)
}

/// The client's credentials, which belong in the header.
fn is_client(state: &State, ask: &Ask) -> Result<(), Refusal> {
    let header = ask.header("authorization").and_then(|h| h.strip_prefix("Basic "));
    let header = header.ok_or_else(|| wrong("invalid_client_id", "no client credentials in the header"))?;
    let decoded = base64::engine::general_purpose::STANDARD.decode(header).ok();
    let pair = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let (id, secret) = pair.split_once(':').unwrap_or_default();
    let seed = &state.seed.slack;
    match (id == seed.client_id, secret == seed.client_secret) {
        (false, _) => Err(refused("invalid_client_id")),
        (true, false) => Err(refused("bad_client_secret")),
        (true, true) => Ok(()),
    }
}

pub(super) fn access(
    state: &mut State,
    ask: &Ask,
    arguments: &Map<String, Value>,
    now: Timestamp,
) -> Result<Reply, Refusal> {
    is_client(state, ask)?;
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let team = match text("grant_type") {
        "" | "authorization_code" => {
            let grant = state.slack.codes.get_mut(text("code")).ok_or_else(|| refused("invalid_code"))?;
            if grant.used {
                return Err(refused("code_already_used"));
            }
            if grant.until.is_some_and(|until| until <= now) {
                return Err(refused("invalid_code"));
            }
            if grant.redirect_uri.as_deref() != Some(text("redirect_uri")) {
                return Err(wrong("bad_redirect_uri", "another redirect_uri than was authorized"));
            }
            grant.used = true;
            grant.team.clone()
        }
        "refresh_token" => {
            let grant = state.slack.refresh.get_mut(text("refresh_token"));
            let grant = grant.ok_or_else(|| refused("invalid_refresh_token"))?;
            if std::mem::replace(&mut grant.used, true) {
                return Err(wrong("invalid_refresh_token", "a refresh token is used twice"));
            }
            grant.team.clone()
        }
        other => return Err(wrong("invalid_grant_type", format!("the grant {other}"))),
    };
    Ok(issue(state, &team, now))
}

/// A new token for a workspace.
fn issue(state: &mut State, team: &str, now: Timestamp) -> Reply {
    let rotating = state.knobs.slack.token_rotation;
    let scopes = state.seed.slack.scopes.clone();
    let fresh = uuid::Uuid::new_v4().simple();
    let token = if rotating { format!("xoxe.xoxb-1-{fresh}") } else { format!("xoxb-{fresh}") };
    let until = rotating.then(|| now.checked_add(SignedDuration::from_secs(TOKEN_LIFE)).unwrap_or(Timestamp::MAX));
    let known = SlackToken { team: team.to_owned(), scopes: scopes.clone(), until, revoked: None };
    state.slack.tokens.insert(token.clone(), known);
    let seed = &state.seed.slack;
    let workspace = seed.workspace(team);
    let enterprise = workspace.and_then(|w| w.enterprise.clone());
    let mut body = json!({"access_token": token, "token_type": "bot", "scope": scopes.join(","),
        "bot_user_id": workspace.map(|w| w.bot_user.clone()), "app_id": seed.app_id,
        "authed_user": {"id": "U0ALAN00000"}, "is_enterprise_install": enterprise.is_some(),
        "team": {"id": team, "name": workspace.map(|w| w.domain.clone())}, "enterprise": null});
    if let Some(enterprise) = enterprise {
        body["enterprise"] = json!({"id": enterprise, "name": "Contoso"});
        body["team"] = Value::Null;
    }
    if rotating {
        let refresh = format!("xoxe-1-{}", uuid::Uuid::new_v4().simple());
        let grant = Grant { team: team.to_owned(), redirect_uri: None, until: None, used: false };
        state.slack.refresh.insert(refresh.clone(), grant);
        body["refresh_token"] = refresh.into();
        body["expires_in"] = TOKEN_LIFE.into();
    }
    Reply::of(body).did(Effect::new(EffectKind::TokenIssued, format!("slack {team}")))
}
