//! The Web API: one call, one answer.
//!
//! Every call is a POST to `slack.api_url` with the workspace's token in the header and nowhere else; no redirect is followed,
//! so that the token reaches nobody else. What failed is told by the answer's `error` and by the status, never by prose.
//! Pacing and retries belong to the caller; only a token that has expired is renewed and the call repeated, once, here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use url::{Host, Url};

use super::errors::{SlackError, code_of, is_half_done, retry_after};
use super::place::Workspace;
use super::token::Tokens;
use crate::chat::wire::{self, held_back};
use crate::chat::{Permit, Stage};
use crate::config::{Secret, Slack};

const TIMEOUT: Duration = Duration::from_secs(15);
/// A trigger is over after 3 s; a form that cannot be opened by then cannot be opened at all.
const TRIGGER_TIMEOUT: Duration = Duration::from_secs(3);
const LONGEST_ANSWER: usize = 1 << 20;
/// In [`SlackError::Unavailable`]: nothing came, or not all of it.
pub const NO_ANSWER: &str = "no answer";
/// In [`SlackError::Unavailable`]: something in between answered.
pub const WEB_PAGE: &str = "a web page";

/// How a method wants its arguments, as the official client sends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `application/json;charset=utf-8`: chat.postMessage, chat.update, chat.postEphemeral, views.*, auth.test, apps.connections.open.
    Json,
    /// `application/x-www-form-urlencoded`: chat.delete, users.*, conversations.*, usergroups.*, files.*.
    Form,
}

impl Encoding {
    fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json;charset=utf-8",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }

    fn body(self, arguments: &Value) -> Vec<u8> {
        match (self, arguments) {
            (_, Value::Null) => Vec::new(),
            (Self::Json, arguments) => arguments.to_string().into_bytes(),
            (Self::Form, arguments) => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in arguments.as_object().into_iter().flatten() {
                    match value {
                        Value::Null => {}
                        Value::String(text) => drop(form.append_pair(name, text)),
                        Value::Bool(yes) => drop(form.append_pair(name, if *yes { "1" } else { "0" })),
                        value => drop(form.append_pair(name, &value.to_string())),
                    }
                }
                form.finish().into_bytes()
            }
        }
    }
}

/// The client. Clones share everything.
#[derive(Clone)]
pub struct Api {
    /// `https://slack.com/api/`
    base: String,
    pub(super) http: reqwest::Client,
    tokens: Arc<dyn Tokens>,
    timeout: Duration,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("base", &self.base).field("tokens", &self.tokens).finish_non_exhaustive()
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The whole answer, `"ok": true` in it.
    pub body: Value,
    /// What the token may do (`x-oauth-scopes`); empty where Slack does not say.
    pub scopes: Vec<String>,
}

/// One method with its arguments.
#[derive(Debug, Clone, Copy)]
struct Call<'a> {
    method: &'a str,
    encoding: Encoding,
    arguments: &'a Value,
    permit: Option<&'a Permit>,
}

impl Call<'_> {
    /// Only a message can be in doubt; what is not held back may simply be called again.
    fn doubt(&self, error: SlackError) -> SlackError {
        match (error, self.permit) {
            (SlackError::Lost, None) => SlackError::Unavailable { code: NO_ANSWER.to_owned(), retry_after: None },
            (error, _) => error,
        }
    }
}

impl Api {
    /// A client for `slack.api_url`. Fails when no HTTP client can be made.
    pub fn new(slack: &Slack, tokens: Arc<dyn Tokens>) -> Result<Self, reqwest::Error> {
        let base = format!("{}/", slack.api_url.trim_end_matches('/'));
        Ok(Self { base, http: wire::client(TIMEOUT)?, tokens, timeout: TIMEOUT })
    }

    /// The host of the Web API where that is this machine: then reply addresses may be there as well.
    pub(super) fn loopback(&self) -> Option<Host> {
        let host = Url::parse(&self.base).ok()?.host()?.to_owned();
        let is_loopback = match &host {
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
            Host::Domain(name) => name == "localhost",
        };
        is_loopback.then_some(host)
    }

    /// Calls a method with the workspace's token. `permit` is asked between head and body of a call that must not be repeated.
    pub async fn call(
        &self,
        workspace: Workspace<'_>,
        (method, encoding): (&str, Encoding),
        arguments: &Value,
        permit: Option<&Permit>,
    ) -> Result<Value, SlackError> {
        let call = Call { method, encoding, arguments, permit };
        let token = self.tokens.token(workspace).await?;
        let answer = match self.once(&token, call).await {
            Err(SlackError::Unauthorized { code }) if code == "token_expired" => {
                let token = self.tokens.renewed(workspace, &token).await?;
                self.once(&token, call).await
            }
            answer => answer,
        };
        answer.map(|answer| answer.body)
    }

    /// Calls a method with this very token: an app-level one (`xapp-…`), or one that is to be tried out.
    pub async fn call_with(
        &self,
        token: &Secret,
        (method, encoding): (&str, Encoding),
        arguments: &Value,
    ) -> Result<Answer, SlackError> {
        self.once(token, Call { method, encoding, arguments, permit: None }).await
    }

    async fn once(&self, token: &Secret, call: Call<'_>) -> Result<Answer, SlackError> {
        let url =
            Url::parse(&self.base).and_then(|base| base.join(call.method)).map_err(|_| wrong("not an address"))?;
        let timeout = if call.method == "views.open" { self.timeout.min(TRIGGER_TIMEOUT) } else { self.timeout };
        let request = self.http.post(url).bearer_auth(token.expose()).timeout(timeout);
        let request = request.header(CONTENT_TYPE, call.encoding.content_type());
        let sent = send(request, call.encoding.body(call.arguments), call.permit).await;
        let sent = sent.map_err(|error| call.doubt(error));
        let response =
            sent.inspect_err(|error| tracing::debug!(method = call.method, %error, "no answer from Slack"))?;
        let request_id = request_id(response.headers());
        let answer = read(response, call).await.map_err(|error| call.doubt(error));
        match &answer {
            Ok(answer) => warn_of(call.method, &request_id, &answer.body),
            Err(SlackError::Payload { code, detail }) => {
                tracing::warn!(method = call.method, %code, %detail, %request_id, "Slack finds the call wrong");
            }
            Err(error) => tracing::debug!(method = call.method, %error, %request_id, "Slack did not do it"),
        }
        answer
    }
}

/// Sends a body, held back where there is a permit.
pub(super) async fn send(
    request: RequestBuilder,
    body: Vec<u8>,
    permit: Option<&Permit>,
) -> Result<Response, SlackError> {
    let request = match permit {
        Some(permit) => request.header(CONTENT_LENGTH, body.len()).body(held_back(body, permit)),
        None => request.body(body),
    };
    request.send().await.map_err(|error| match (permit.map(Permit::stage), error) {
        (_, error) if error.is_builder() => wrong("not a request"),
        (Some(Stage::Refused), _) => SlackError::Withheld,
        (Some(Stage::Unasked | Stage::Granted), _) => SlackError::Unreachable,
        (_, error) if error.is_connect() => SlackError::Unreachable,
        _ => SlackError::Lost,
    })
}

/// What an answer says. A message that Slack certainly did not take may be offered again.
async fn read(response: Response, call: Call<'_>) -> Result<Answer, SlackError> {
    let (status, retry_after) = (response.status(), retry_after(response.headers()));
    let scopes = scopes(response.headers());
    let body = wire::read(response, LONGEST_ANSWER).await;
    let told = body.as_ref().ok().and_then(|body| serde_json::from_slice::<Value>(body).ok());
    let told = told.filter(|told| told.get("ok").is_some_and(Value::is_boolean));
    let is_page = body.as_ref().is_ok_and(|body| body.trim_ascii_start().starts_with(b"<"));
    let not_now = |code: &str| SlackError::Unavailable { code: code.to_owned(), retry_after };
    let half_done = |code: &str| if call.permit.is_some() { SlackError::Lost } else { not_now(code) };
    let error = match (status, told) {
        (StatusCode::TOO_MANY_REQUESTS, _) => SlackError::Throttled { retry_after },
        (StatusCode::SERVICE_UNAVAILABLE, _) => not_now(status.as_str()),
        (status, _) if status.is_server_error() => half_done(status.as_str()),
        (status, Some(body)) if status.is_success() && body["ok"] == true => return Ok(Answer { body, scopes }),
        (_, Some(told)) if is_half_done(&code_of(&told)) => half_done(&code_of(&told)),
        (_, Some(told)) => SlackError::from_answer(&told, retry_after),
        // Whoever answered is not Slack, which always speaks JSON: something in between.
        (_, None) if is_page => not_now(WEB_PAGE),
        (status, None) if !status.is_success() => not_now(status.as_str()),
        (_, None) if body.is_ok() && call.permit.is_none() => SlackError::Other { code: "unreadable".to_owned() },
        (_, None) => SlackError::Lost,
    };
    if let (true, Some(permit)) = (error != SlackError::Lost, call.permit) {
        permit.take_back();
    }
    Err(error)
}

fn wrong(code: &str) -> SlackError {
    SlackError::Payload { code: code.to_owned(), detail: String::new() }
}

fn scopes(headers: &HeaderMap) -> Vec<String> {
    let listed = headers.get("x-oauth-scopes").and_then(|value| value.to_str().ok()).unwrap_or_default();
    listed.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

/// What Slack's support asks for. It is shown only if it looks like an id.
fn request_id(headers: &HeaderMap) -> String {
    let id = headers.get("x-slack-req-id").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_id = id.len() <= 80 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_id { id.to_owned() } else { String::new() }
}

/// A call that worked may still be found wanting.
fn warn_of(method: &str, request_id: &str, body: &Value) {
    let code = |value: &Value| code_of(&json!({"error": value}));
    let listed = body.pointer("/response_metadata/warnings").and_then(Value::as_array);
    let all = listed.into_iter().flatten().chain(body.get("warning"));
    for warning in all {
        tracing::debug!(method, warning = code(warning), %request_id, "Slack warns");
    }
}

#[cfg(test)]
mod tests;
