//! Reply addresses (`response_url`): a post there is seen by one person, also where the bot is not a member
//! (<https://docs.slack.dev/interactivity/handling-user-interaction#message_responses>).
//!
//! Whoever knows such an address may write there, so it is a secret: it stands in no log and no error. It came from outside,
//! so it is believed only if it leads to Slack. No token is sent along.

use reqwest::header::CONTENT_TYPE;
use serde_json::Value;
use url::{Host, Url};

use super::api::{Api, send};
use super::errors::SlackError;
use crate::chat::{Permit, wire};
use crate::config::Secret;

const LONGEST_ANSWER: usize = 64 * 1024;

/// What became of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    /// It was posted.
    Posted,
    /// It was not, and never will be by this address: used up, too old, or not Slack's.
    Unusable,
}

/// Posts a reply. [`SlackError::Lost`]: it may have been posted. [`SlackError::Withheld`]: it may no longer be sent.
pub(super) async fn reply(
    api: &Api,
    address: &Secret,
    body: &Value,
    permit: Option<&Permit>,
) -> Result<Reply, SlackError> {
    let Some(address) = Url::parse(address.expose()).ok().filter(|url| leads_to_slack(url, api.loopback())) else {
        tracing::warn!("a reply address does not lead to Slack and is not used");
        return Ok(Reply::Unusable);
    };
    let request = api.http.post(address).header(CONTENT_TYPE, "application/json;charset=utf-8");
    let response = match send(request, body.to_string().into_bytes(), permit).await {
        Ok(response) => response,
        Err(error @ (SlackError::Lost | SlackError::Withheld)) => return Err(error),
        Err(_) => return Ok(Reply::Unusable),
    };
    let status = response.status();
    let body = wire::read(response, LONGEST_ANSWER).await;
    let refused = match body {
        // Slack says `ok`, or `{"ok":true}`.
        Ok(body) if status.is_success() => {
            let told: Value = serde_json::from_slice(&body).unwrap_or_default();
            told["ok"] == false || body.trim_ascii_start().starts_with(b"<")
        }
        Err(_) if status.is_success() => return Err(SlackError::Lost),
        _ if status.is_server_error() && status != reqwest::StatusCode::SERVICE_UNAVAILABLE => {
            return Err(SlackError::Lost);
        }
        _ => true,
    };
    if !refused {
        return Ok(Reply::Posted);
    }
    tracing::debug!(status = status.as_u16(), "a reply address works no longer");
    if let Some(permit) = permit {
        permit.take_back();
    }
    Ok(Reply::Unusable)
}

/// `own`: the host of the Web API where that is this machine, in tests and demos.
fn leads_to_slack(url: &Url, own: Option<Host>) -> bool {
    let Some(host) = url.host() else { return false };
    if own.is_some_and(|own| own == host.to_owned()) {
        return true;
    }
    let Host::Domain(name) = host else { return false };
    let is_slacks = name.ends_with(".slack.com") || name.ends_with(".slack-gov.com");
    let is_plain = url.username().is_empty() && url.password().is_none() && url.port().is_none();
    url.scheme() == "https" && is_slacks && is_plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_slack_are_believed() {
        let leads = |address: &str| leads_to_slack(&Url::parse(address).unwrap(), None);
        for good in [
            "https://hooks.slack.com/commands/T1/1/x",
            "https://hooks.slack-gov.com/actions/T1/1/x",
            "https://HOOKS.slack.com/x",
            "https://contoso.slack.com/x",
        ] {
            assert!(leads(good), "{good}");
        }
        for bad in [
            "http://hooks.slack.com/x",
            "https://hooks.slack.com.evil.example/x",
            "https://evilslack.com/x",
            "https://slack.com.evil/x",
            "https://hooks.slack.com:8443/x",
            "https://hooks.slack.com@evil.example/x",
            "https://user@hooks.slack.com/x",
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "http://localhost/x",
            "file:///etc/passwd",
        ] {
            assert!(!leads(bad), "{bad}");
        }
        let own = Some(Host::Ipv4(std::net::Ipv4Addr::LOCALHOST));
        assert!(leads_to_slack(&Url::parse("http://127.0.0.1:3900/hooks/x").unwrap(), own.clone()));
        assert!(!leads_to_slack(&Url::parse("http://127.0.0.2:3900/hooks/x").unwrap(), own));
    }
}
