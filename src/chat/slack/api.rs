//! The Web API: one call, one answer.

use std::sync::Arc;

use serde_json::Value;

use super::errors::SlackError;
use super::place::Workspace;
use super::token::Tokens;
use crate::chat::Permit;
use crate::config::Slack;

/// How a method wants its arguments, as the official client sends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `application/json; charset=utf-8`: chat.*, views.*, auth.test.
    Json,
    /// `application/x-www-form-urlencoded`: users.*, conversations.*, usergroups.*, files.*.
    Form,
}

/// The client. Clones share everything.
#[derive(Debug, Clone)]
pub struct Api {
    /// `https://slack.com/api/`
    pub(super) base: String,
    pub(super) http: reqwest::Client,
    pub(super) tokens: Arc<dyn Tokens>,
}

impl Api {
    /// A client for `slack.api_url`. Fails when no HTTP client can be made.
    pub fn new(slack: &Slack, tokens: Arc<dyn Tokens>) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder().build()?;
        Ok(Self { base: slack.api_url.clone(), http, tokens })
    }

    /// Calls a method with the workspace's token. `permit` is asked between head and body of a call that must not be repeated.
    pub async fn call(
        &self,
        workspace: Workspace<'_>,
        (method, encoding): (&str, Encoding),
        arguments: &Value,
        permit: Option<&Permit>,
    ) -> Result<Value, SlackError> {
        let _ = (workspace, method, encoding, arguments, permit);
        Err(SlackError::Unreachable)
    }
}
