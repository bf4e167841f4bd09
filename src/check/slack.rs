//! The bot's token in Slack, what it may do, and the app's token for connections that the bot opens itself.

use std::sync::Arc;

use serde_json::Value;

use super::{Attempt, Finding, ok, wrong};
use crate::chat::slack::api::{Answer, Api, Encoding, NO_ANSWER, WEB_PAGE};
use crate::chat::slack::{FixedToken, SlackError};
use crate::config::{Config, Secret, Slack, SlackMode};
use crate::domain::{Fixer, Sentence};
use crate::install;

pub(super) async fn check(config: &Config) -> Vec<Finding> {
    let Some(slack) = &config.slack else { return Vec::new() };
    let tokens = Arc::new(FixedToken(Secret::new("")));
    let Ok(api) = Api::new(slack, tokens) else {
        return vec![wrong("Slack", Sentence::new("check-no-client"), Fixer::BotOperator)];
    };
    let bot = async {
        match &slack.bot_token {
            Some(token) => bot(config, slack, &api, token).await,
            None => vec![ok("Slack token", Sentence::new("check-ok-slack-installed"))],
        }
    };
    let socket = async {
        match (&slack.app_token, slack.mode) {
            (Some(token), SlackMode::Socket) => Some(socket(slack, &api, token).await),
            _ => None,
        }
    };
    let (mut findings, socket) = tokio::join!(bot, socket);
    findings.extend(socket);
    findings
}

fn attempt(slack: &Slack, system: &str, secret: &str) -> Attempt {
    Attempt {
        system: system.to_owned(),
        address: slack.api_url.clone(),
        key: "slack.api_url".to_owned(),
        secret: secret.to_owned(),
        who: Fixer::SlackAdmin,
    }
}

async fn bot(config: &Config, slack: &Slack, api: &Api, token: &Secret) -> Vec<Finding> {
    let attempt = attempt(slack, "Slack token", "slack.bot_token");
    let Answer { body, scopes } = match api.call_with(token, ("auth.test", Encoding::Json), &Value::Null).await {
        Ok(answer) => answer,
        Err(error) => return vec![failed(&attempt, &error)],
    };
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or("-").to_owned();
    let says = |id: &str| Sentence::new(id).with("team", text("team")).with("id", text("team_id"));
    let team = text("team_id");
    let is_allowed = slack.allowed_teams.is_empty() || slack.allowed_teams.contains(&team);
    let is_served = config.customers.iter().any(|customer| customer.slack_team_id.as_ref() == Some(&team));
    let first = match (is_allowed, is_served) {
        (false, _) => attempt.wrong(says("check-slack-team"), Fixer::BotOperator),
        (true, false) => attempt.wrong(says("check-slack-customer"), Fixer::BotOperator),
        (true, true) => {
            attempt.ok(says("check-ok-slack-token").with("user", text("user")).with("url", super::shown(&text("url"))))
        }
    };
    vec![first, permissions(config, &attempt.named("Slack permissions"), &scopes)]
}

fn permissions(config: &Config, attempt: &Attempt, granted: &[String]) -> Finding {
    if granted.is_empty() {
        return attempt.wrong(Sentence::new("check-slack-untold"), Fixer::SlackAdmin);
    }
    let needed = install::scopes(config).into_iter();
    let missing: Vec<&str> = needed.filter(|scope| !granted.iter().any(|granted| granted == scope)).collect();
    if missing.is_empty() {
        return attempt.ok(Sentence::new("check-ok-slack-scopes"));
    }
    attempt.wrong(Sentence::new("check-slack-scopes").with("scopes", missing.join(", ")), Fixer::SlackAdmin)
}

/// Asks for the address of a connection, and makes none.
async fn socket(slack: &Slack, api: &Api, token: &Secret) -> Finding {
    let attempt = attempt(slack, "Slack connection", "slack.app_token");
    let refused =
        |code: &str| attempt.wrong(Sentence::new("check-slack-app-token").with("code", code), Fixer::SlackAdmin);
    match api.call_with(token, ("apps.connections.open", Encoding::Json), &Value::Null).await {
        Ok(answer) if answer.body["url"].is_string() => attempt.ok(Sentence::new("check-ok-slack-socket")),
        Ok(_) => attempt.wrong(attempt.says("check-garbled"), Fixer::BotOperator),
        Err(SlackError::MissingScope { .. }) => refused("missing_scope"),
        Err(SlackError::Unauthorized { code }) => refused(&code),
        Err(error) => failed(&attempt, &error),
    }
}

/// What a failed call means to whoever set the bot up.
fn failed(attempt: &Attempt, error: &SlackError) -> Finding {
    let operator = |what: Sentence| attempt.wrong(what, Fixer::BotOperator);
    let coded = |id: &str, code: &str| attempt.says(id).with("code", code);
    match error {
        SlackError::Unauthorized { code } => attempt.wrong(coded("check-credential", code), attempt.who),
        SlackError::MissingScope { needed } => {
            attempt.wrong(Sentence::new("check-slack-scopes").with("scopes", needed), attempt.who)
        }
        SlackError::Throttled { .. } => operator(attempt.says("check-busy")),
        SlackError::Unreachable => operator(attempt.says("check-unreachable")),
        SlackError::Unavailable { code, .. } => match code.parse::<u16>() {
            Ok(404) => operator(attempt.says("check-not-found")),
            Ok(status) => operator(attempt.says("check-failed").with("status", status)),
            Err(_) if code == NO_ANSWER => operator(attempt.says("check-unanswered")),
            Err(_) if code == WEB_PAGE => operator(attempt.says("check-garbled")),
            Err(_) => operator(attempt.says("check-busy")),
        },
        SlackError::Lost | SlackError::Withheld => operator(attempt.says("check-unanswered")),
        SlackError::Other { code } if code == "unreadable" => operator(attempt.says("check-garbled")),
        SlackError::Payload { code, .. }
        | SlackError::Gone { code }
        | SlackError::MessageGone { code }
        | SlackError::Unknown { code }
        | SlackError::TriggerOver { code }
        | SlackError::NotInstalled { team: code }
        | SlackError::Other { code } => operator(coded("check-refused", code).with("status", 200)),
        SlackError::ViewChanged => operator(coded("check-refused", "hash_conflict").with("status", 200)),
    }
}

#[cfg(test)]
mod tests;
