//! The Bot Framework's keys, and the bot's own token.

use std::sync::Arc;

use super::{Attempt, Finding, ok, wrong};
use crate::chat::teams::{Authenticator, BotToken, KeysError, TokenError, bot_token};
use crate::clock::SharedClock;
use crate::config::{Authentication, Teams};
use crate::domain::{Fixer, Sentence};

pub(super) async fn check(teams: Option<&Teams>, clock: &SharedClock) -> Vec<Finding> {
    let Some(teams) = teams else { return Vec::new() };
    if teams.authentication == Authentication::None {
        return vec![ok("Teams", Sentence::new("check-ok-open"))];
    }
    let (keys, token) = tokio::join!(keys(teams, clock), token(teams, clock));
    vec![keys, token]
}

async fn keys(teams: &Teams, clock: &SharedClock) -> Finding {
    let attempt = Attempt {
        system: "Teams keys".to_owned(),
        address: teams.openid_metadata_url.clone(),
        key: "teams.openid_metadata_url".to_owned(),
        secret: String::new(),
        who: Fixer::BotOperator,
    };
    let Ok(authenticator) = Authenticator::new(teams, Arc::clone(clock)) else {
        return wrong(attempt.system, Sentence::new("check-no-client"), Fixer::BotOperator);
    };
    let operator = |what: Sentence| attempt.wrong(what, Fixer::BotOperator);
    match authenticator.prepare().await {
        Ok(()) => attempt.ok(Sentence::new("check-ok-keys").with("issuer", &teams.issuer)),
        Err(KeysError::Status(404)) => operator(attempt.says("check-not-found")),
        Err(KeysError::Status(status)) => operator(attempt.says("check-failed").with("status", status)),
        Err(KeysError::ForeignHost) => operator(attempt.says("check-foreign-keys")),
        Err(KeysError::Shape | KeysError::UnknownKey) => operator(attempt.says("check-garbled")),
        Err(KeysError::Unreachable | KeysError::FailedRecently) => operator(attempt.says("check-unreachable")),
    }
}

async fn token(teams: &Teams, clock: &SharedClock) -> Finding {
    let attempt = Attempt {
        system: "Teams token".to_owned(),
        address: teams.token_url(),
        key: "teams.token_url".to_owned(),
        secret: "teams.app_id, teams.client_secret".to_owned(),
        who: Fixer::MicrosoftAdmin,
    };
    let Ok(credentials) = bot_token(teams, Arc::clone(clock)) else {
        return wrong(attempt.system, Sentence::new("check-no-client"), Fixer::BotOperator);
    };
    match BotToken::token(&credentials).await {
        Ok(_) => attempt.ok(Sentence::new("check-ok-token").with("app", &teams.app_id)),
        Err(TokenError::Refused { code }) if code == "404" => {
            attempt.wrong(attempt.says("check-not-found"), Fixer::BotOperator)
        }
        Err(TokenError::Refused { code }) => {
            attempt.wrong(attempt.says("check-credential").with("code", code), attempt.who)
        }
        Err(TokenError::Unavailable) => attempt.wrong(attempt.says("check-unreachable"), Fixer::BotOperator),
        Err(TokenError::Shape) => attempt.wrong(attempt.says("check-garbled"), Fixer::BotOperator),
    }
}
