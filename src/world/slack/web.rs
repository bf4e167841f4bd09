//! The Web API: who calls, how, how often, with which arguments. What a method does stands in `chat`, `views`,
//! `directory` and `oauth`.
//!
//! <https://docs.slack.dev/apis/web-api/>, limits: <https://docs.slack.dev/apis/web-api/rate-limits>

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{chat, directory, hooks, oauth, socket, views};
use crate::world::Inner;
use crate::world::log::Effect;
use crate::world::server::{Answer, Ask};
use crate::world::state::State;

/// Messages of one channel come at least this far apart. Slack says a second; the network may bring two calls closer.
const CHANNEL_PACE: SignedDuration = SignedDuration::from_millis(900);

/// A method as it is documented.
struct Method {
    name: &'static str,
    /// Takes JSON; every method takes a form.
    json: bool,
    /// Needed of a bot token; `None`: nothing.
    scope: Option<&'static str>,
    /// Calls a minute and workspace.
    a_minute: usize,
    required: &'static [&'static str],
    optional: &'static [&'static str],
}

const fn method(
    name: &'static str,
    (json, scope, a_minute): (bool, Option<&'static str>, usize),
    required: &'static [&'static str],
    optional: &'static [&'static str],
) -> Method {
    Method { name, json, scope, a_minute, required, optional }
}

const WRITE: Option<&str> = Some("chat:write");
const MESSAGE: &[&str] = &[
    "text",
    "blocks",
    "thread_ts",
    "reply_broadcast",
    "metadata",
    "unfurl_links",
    "unfurl_media",
    "mrkdwn",
    "parse",
    "link_names",
    "team_id",
];

const METHODS: [Method; 19] = [
    method("auth.test", (true, None, 200), &[], &[]),
    method("auth.revoke", (false, None, 100), &[], &["test"]),
    method("chat.postMessage", (true, WRITE, 300), &["channel"], MESSAGE),
    method(
        "chat.update",
        (true, WRITE, 50),
        &["channel", "ts"],
        &["text", "blocks", "metadata", "parse", "link_names"],
    ),
    method("chat.postEphemeral", (true, WRITE, 100), &["channel", "user"], MESSAGE),
    method("chat.delete", (true, WRITE, 50), &["channel", "ts"], &[]),
    method("chat.getPermalink", (false, None, 300), &["channel", "message_ts"], &[]),
    method("views.open", (true, None, 100), &["trigger_id", "view"], &[]),
    method("views.push", (true, None, 100), &["trigger_id", "view"], &[]),
    method("views.update", (true, None, 100), &["view"], &["view_id", "external_id", "hash"]),
    method("views.publish", (true, None, 100), &["user_id", "view"], &["hash"]),
    method("users.info", (false, Some("users:read"), 100), &["user"], &["include_locale"]),
    method("users.lookupByEmail", (false, Some("users:read.email"), 50), &["email"], &["team_id"]),
    method(
        "usergroups.users.list",
        (false, Some("usergroups:read"), 20),
        &["usergroup"],
        &["include_disabled", "team_id"],
    ),
    method(
        "conversations.open",
        (true, Some("im:write"), 50),
        &[],
        &["users", "channel", "return_im", "prevent_creation"],
    ),
    method("conversations.info", (false, None, 50), &["channel"], &["include_locale", "include_num_members"]),
    method("conversations.members", (false, None, 100), &["channel"], &["cursor", "limit"]),
    method("apps.connections.open", (true, None, 10), &[], &[]),
    method("oauth.v2.access", (false, None, 100), &[], &["code", "grant_type", "redirect_uri", "refresh_token"]),
];

/// Why a method was refused.
#[derive(Debug, Default)]
pub(super) struct Refusal {
    pub error: String,
    /// Further fields of the answer.
    pub more: Map<String, Value>,
    /// Seconds to wait: then the status is 429.
    pub wait: Option<i64>,
    /// The rule of the contract or of the documentation that the caller broke.
    pub rule: Option<String>,
}

/// A refusal that is nobody's fault.
pub(super) fn refused(error: &str) -> Refusal {
    Refusal { error: error.to_owned(), ..Refusal::default() }
}

/// A refusal of a call that should never have been made like that.
pub(super) fn wrong(error: &str, rule: impl Into<String>) -> Refusal {
    Refusal { error: error.to_owned(), rule: Some(rule.into()), ..Refusal::default() }
}

impl Refusal {
    /// With explanations in `response_metadata`.
    pub(super) fn explained(mut self, messages: &[String]) -> Self {
        self.more.insert("response_metadata".to_owned(), json!({"messages": messages}));
        self
    }
}

/// What a method answers.
#[derive(Debug, Default)]
pub(super) struct Reply {
    pub body: Value,
    pub effect: Option<Effect>,
    /// Done, but not as it should be.
    pub rule: Option<String>,
    /// `warning` of the answer.
    pub warning: Option<&'static str>,
}

impl Reply {
    pub(super) fn of(body: Value) -> Self {
        Self { body, ..Self::default() }
    }

    #[must_use]
    pub(super) fn did(mut self, effect: Effect) -> Self {
        self.effect = Some(effect);
        self
    }

    #[must_use]
    pub(super) fn noticed(mut self, rule: Option<String>) -> Self {
        self.rule = self.rule.or(rule);
        self
    }
}

/// Who calls.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub team: String,
    pub scopes: Vec<String>,
    /// The bearer token; the app-level one has no team.
    pub token: String,
}

/// A call that may be carried out.
pub(super) struct Called<'a> {
    pub caller: Caller,
    pub arguments: &'a Map<String, Value>,
    pub now: Timestamp,
}

impl Called<'_> {
    /// A string argument; a number where Slack would take it as text.
    pub(super) fn text(&self, name: &str) -> &str {
        self.arguments.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn value(&self, name: &str) -> &Value {
        self.arguments.get(name).unwrap_or(&Value::Null)
    }

    pub(super) fn needs(&self, scope: &str) -> Result<(), Refusal> {
        if self.caller.scopes.iter().any(|s| s == scope) {
            return Ok(());
        }
        let mut refusal = refused("missing_scope");
        refusal.more.insert("needed".to_owned(), scope.into());
        refusal.more.insert("provided".to_owned(), self.caller.scopes.join(",").into());
        Err(refusal)
    }
}

pub(in crate::world) fn answer(world: &Inner, state: &mut State, ask: &Ask) -> Answer {
    let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["slack-hooks", _, id] if ask.method == "POST" => hooks::answer(state, ask, id, world.clock.now()),
        ["oauth", "v2", "authorize"] if ask.method == "GET" => oauth::authorize(state, ask, world.clock.now()),
        [name] if ask.method == "POST" => {
            let (answer, scopes) = called(world, state, ask, name);
            answer.header("x-oauth-scopes", scopes.join(",")).header("x-slack-req-id", uuid::Uuid::new_v4().simple())
        }
        _ => Answer::unexpected(),
    }
}

fn called(world: &Inner, state: &mut State, ask: &Ask, name: &str) -> (Answer, Vec<String>) {
    let mut scopes = Vec::new();
    let mut notices = Vec::new();
    let result = match METHODS.iter().find(|m| m.name == name) {
        None => Err(wrong("unknown_method", "unexpected call")),
        Some(method) => carry_out(world, state, (ask, method), (&mut scopes, &mut notices)),
    };
    let (mut body, mut answer) = match result {
        Ok(reply) => {
            let mut body = reply.body;
            body["ok"] = true.into();
            if let Some(warning) = reply.warning {
                body["warning"] = warning.into();
                body["response_metadata"]["warnings"] = json!([warning]);
            }
            notices.extend(reply.rule);
            (body, Answer { effect: reply.effect.map(Box::new), ..Answer::empty(200) })
        }
        Err(refusal) => {
            let mut body = Value::Object(refusal.more);
            body["ok"] = false.into();
            body["error"] = refusal.error.into();
            notices.extend(refusal.rule);
            let answer = Answer::empty(if refusal.wait.is_some() { 429 } else { 200 });
            (body, refusal.wait.into_iter().fold(answer, |answer, wait| answer.header("Retry-After", wait)))
        }
    };
    let bare = ask.header("content-type").is_some_and(|t| t.starts_with("application/json") && !t.contains("charset"));
    if bare && body["warning"].is_null() {
        body["warning"] = "missing_charset".into();
    }
    answer.mime = "application/json; charset=utf-8";
    answer.body = body.to_string().into_bytes();
    let answer = if notices.is_empty() { answer } else { answer.broke(format!("{name}: {}", notices.join("; "))) };
    (answer, scopes)
}

fn carry_out(
    world: &Inner,
    state: &mut State,
    (ask, method): (&Ask, &Method),
    (scopes, notices): (&mut Vec<String>, &mut Vec<String>),
) -> Result<Reply, Refusal> {
    let now = world.clock.now();
    if !ask.query.is_empty() {
        let what = if ask.query("token").is_some() { "a token in the query" } else { "arguments in the query" };
        notices.push(what.to_owned());
        if ask.query("token").is_some() {
            return Err(refused("invalid_auth"));
        }
    }
    let arguments = arguments(ask, method)?;
    if method.name == "oauth.v2.access" {
        known(method, &arguments, notices)?;
        return oauth::access(state, ask, &arguments, now);
    }
    let caller = authenticate(state, ask, now)?;
    scopes.clone_from(&caller.scopes);
    throttle(state, (&caller.team, method), &arguments, now)?;
    known(method, &arguments, notices)?;
    let app_level = caller.team.is_empty();
    if app_level != (method.name == "apps.connections.open") {
        return Err(wrong("not_allowed_token_type", "a token of another kind"));
    }
    let call = Called { caller, arguments: &arguments, now };
    if let Some(scope) = method.scope {
        call.needs(scope)?;
    }
    match method.name {
        "auth.test" => Ok(oauth::test(state, &call)),
        "auth.revoke" => oauth::revoke(state, &call),
        "chat.postMessage" => chat::post(state, &call),
        "chat.update" => chat::update(state, &call),
        "chat.postEphemeral" => chat::post_ephemeral(state, &call),
        "chat.delete" => chat::delete(state, &call),
        "chat.getPermalink" => chat::permalink(state, &call),
        "views.open" => views::open(state, &call),
        "views.push" => views::push(state, &call),
        "views.update" => views::update(state, &call),
        "views.publish" => views::publish(state, &call),
        "users.info" => directory::info(state, &call),
        "users.lookupByEmail" => directory::by_email(state, &call),
        "usergroups.users.list" => directory::usergroup(state, &call),
        "conversations.open" => directory::open(state, &call),
        "conversations.info" => directory::channel_info(state, &call),
        "conversations.members" => directory::members(state, &call),
        _ => socket::open(world, state),
    }
}

/// The arguments of a JSON body or a form; structured ones of a form are JSON in text.
fn arguments(ask: &Ask, method: &Method) -> Result<Map<String, Value>, Refusal> {
    let kind = ask.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim();
    match kind {
        "application/json" if !method.json => {
            Err(wrong("invalid_arguments", "JSON for a method that takes forms only"))
        }
        "application/json" => match ask.json() {
            Some(Value::Object(map)) => Ok(map),
            Some(_) => Err(wrong("json_not_object", "the body is not a JSON object")),
            None => Err(wrong("invalid_json", "the body is not JSON")),
        },
        "application/x-www-form-urlencoded" => {
            let structured = ["blocks", "view", "metadata", "attachments"];
            let read = |(name, text): (String, String)| {
                let value = if structured.contains(&name.as_str()) {
                    serde_json::from_str(&text)
                        .map_err(|_| wrong("invalid_arguments", format!("{name} is not JSON")))?
                } else {
                    Value::from(text)
                };
                Ok((name, value))
            };
            ask.form().into_iter().map(read).collect()
        }
        "" if ask.body.is_empty() => Ok(Map::new()),
        _ => Err(wrong("invalid_post_type", format!("a body of type {kind:?}"))),
    }
}

/// Every argument is documented, and those that must be there are.
fn known(method: &Method, arguments: &Map<String, Value>, notices: &mut Vec<String>) -> Result<(), Refusal> {
    for (name, value) in arguments {
        if name == "token" {
            notices.push("a token in the body".to_owned());
        } else if !method.required.contains(&name.as_str()) && !method.optional.contains(&name.as_str()) {
            notices.push(format!("the argument {name} is not documented"));
        }
        let text = ["channel", "ts", "thread_ts", "user", "user_id", "trigger_id", "message_ts", "text"];
        if text.contains(&name.as_str()) && !value.is_string() {
            return Err(wrong("invalid_arguments", format!("{name} is no string")));
        }
    }
    let missing = method.required.iter().find(|name| {
        arguments.get(**name).is_none_or(|value| value.is_null() || value.as_str().is_some_and(str::is_empty))
    });
    match missing {
        None => Ok(()),
        Some(name) => Err(wrong("invalid_arguments", format!("{name} is missing"))
            .explained(&[format!("[ERROR] missing required field: {name}")])),
    }
}

fn authenticate(state: &State, ask: &Ask, now: Timestamp) -> Result<Caller, Refusal> {
    let Some(token) = ask.bearer() else { return Err(refused("not_authed")) };
    if token == state.seed.slack.app_token {
        let scopes = vec!["connections:write".to_owned()];
        return Ok(Caller { team: String::new(), scopes, token: token.to_owned() });
    }
    let Some(known) = state.slack.tokens.get(token) else { return Err(refused("invalid_auth")) };
    if let Some(error) = known.revoked {
        return Err(refused(error));
    }
    if known.until.is_some_and(|until| until <= now) {
        return Err(refused("token_expired"));
    }
    Ok(Caller { team: known.team.clone(), scopes: known.scopes.clone(), token: token.to_owned() })
}

/// Counts a call; the refusal when there were too many in this workspace, or too close in this channel.
fn throttle(
    state: &mut State,
    (team, method): (&str, &Method),
    arguments: &Map<String, Value>,
    now: Timestamp,
) -> Result<(), Refusal> {
    if !state.knobs.rate_limits {
        return Ok(());
    }
    let mut limits = vec![(format!("{team} {}", method.name), method.a_minute, SignedDuration::from_mins(1))];
    if method.name == "chat.postMessage" {
        let channel = arguments.get("channel").and_then(Value::as_str).unwrap_or_default();
        limits.push((format!("{team} in {channel}"), 1, CHANNEL_PACE));
    }
    let traffic = &mut state.slack.traffic;
    for (key, most, window) in &limits {
        let times = traffic.entry(key.clone()).or_default();
        while times.front().is_some_and(|at| now.duration_since(*at) >= *window) {
            times.pop_front();
        }
        if times.len() >= *most {
            let first = times.front().copied().unwrap_or(now);
            let left = (*window - now.duration_since(first)).as_secs_f64().ceil();
            let mut refusal = refused("ratelimited");
            refusal.wait = Some((left as i64).max(1));
            return Err(refusal);
        }
    }
    for (key, _, _) in limits {
        traffic.entry(key).or_default().push_back(now);
    }
    Ok(())
}
