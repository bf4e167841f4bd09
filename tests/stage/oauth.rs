//! Slack's side of installing: codes and refresh tokens that work once, credentials as HTTP Basic, tokens that end.
//! As strict as documented: <https://docs.slack.dev/reference/methods/oauth.v2.access>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::sync::Notify;

pub const CLIENT_ID: &str = "12345.67890";
pub const CLIENT_SECRET: &str = "hush-client-secret";
pub const REDIRECT_URI: &str = "https://onboard-bot.contoso.com/slack/oauth_redirect";
pub const APP: &str = "A01APP";

/// Whose installation a code or a token is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whose {
    pub team: Option<String>,
    pub enterprise: Option<String>,
}

pub fn team(id: &str) -> Whose {
    Whose { team: Some(id.to_owned()), enterprise: None }
}

pub fn organisation(id: &str) -> Whose {
    Whose { team: None, enterprise: Some(id.to_owned()) }
}

#[derive(Debug, Default)]
pub struct Desk {
    codes: BTreeMap<String, Whose>,
    live: BTreeMap<String, Whose>,
    ended: BTreeSet<String>,
    refresh: BTreeMap<String, Whose>,
    made: usize,
    /// Tokens do not end.
    pub no_rotation: bool,
    /// The next calls are answered with this status, or with an error code.
    pub faults: Vec<Result<&'static str, u16>>,
    /// The answer of the next refresh is lost after it was carried out.
    pub lose_answer: bool,
    /// Every call: its method and, of a refresh, that it was one.
    pub calls: Vec<String>,
}

/// A server on loopback.
#[derive(Clone)]
pub struct Slack {
    pub api_url: String,
    desk: Arc<Mutex<Desk>>,
    /// While somebody holds it, refreshes wait.
    pub gate: Arc<tokio::sync::Mutex<()>>,
    pub asked: Arc<Notify>,
}

impl Slack {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api_url = format!("http://{}/api/", listener.local_addr().unwrap());
        let slack = Self { api_url, desk: Arc::default(), gate: Arc::default(), asked: Arc::default() };
        let app = Router::new().route("/api/{method}", post(call)).with_state(slack.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        slack
    }

    pub fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap()
    }

    /// Somebody agreed in the browser.
    pub fn code(&self, whose: Whose) -> String {
        let mut desk = self.desk();
        desk.made += 1;
        let code = format!("code-{}", desk.made);
        desk.codes.insert(code.clone(), whose);
        code
    }

    /// All access tokens end, as after twelve hours.
    pub fn tokens_end(&self) {
        let desk = &mut *self.desk();
        desk.ended.extend(desk.live.keys().cloned());
    }

    /// Somebody removes the app: every token is dead.
    pub fn uninstall(&self, whose: &Whose) {
        let mut desk = self.desk();
        desk.live.retain(|_, of| of != whose);
        desk.refresh.retain(|_, of| of != whose);
    }

    pub fn refreshes(&self) -> usize {
        self.desk().calls.iter().filter(|call| *call == "refresh").count()
    }

    pub fn called(&self, method: &str) -> usize {
        self.desk().calls.iter().filter(|call| *call == method).count()
    }

    /// Live and not ended.
    pub fn works(&self, token: &str) -> bool {
        let desk = self.desk();
        desk.live.contains_key(token) && !desk.ended.contains(token)
    }
}

impl Desk {
    fn make(&mut self, whose: &Whose) -> Value {
        self.made += 1;
        let named = |id: &Option<String>| id.as_ref().map(|id| json!({ "id": id, "name": "Contoso <b>" }));
        let mut told = json!({
            "ok": true, "token_type": "bot", "scope": "chat:write,commands", "bot_user_id": "U0BOT", "app_id": APP,
            "team": named(&whose.team), "enterprise": named(&whose.enterprise),
            "is_enterprise_install": whose.team.is_none(), "authed_user": { "id": "U1" }
        });
        let access = if self.no_rotation { format!("xoxb-{}", self.made) } else { format!("xoxe.xoxb-{}", self.made) };
        told["access_token"] = json!(access);
        if !self.no_rotation {
            let refresh = format!("xoxe-1-{}", self.made);
            told["refresh_token"] = json!(refresh);
            told["expires_in"] = json!(43_200);
            self.refresh.insert(refresh, whose.clone());
        }
        self.live.insert(access, whose.clone());
        told
    }

    fn access(&mut self, headers: &HeaderMap, form: &BTreeMap<String, String>) -> Result<Value, &'static str> {
        let expected = format!("Basic {}", STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}")));
        if header(headers, "authorization") != expected {
            return Err("bad_client_secret");
        }
        if header(headers, "content-type") != "application/x-www-form-urlencoded" {
            return Err("invalid_form_data");
        }
        let names: Vec<&str> = form.keys().map(String::as_str).collect();
        if form.get("grant_type").map(String::as_str) == Some("refresh_token") {
            assert_eq!(names, ["grant_type", "refresh_token"]);
            let whose = self.refresh.remove(&form["refresh_token"]).ok_or("invalid_refresh_token")?;
            return Ok(self.make(&whose));
        }
        assert_eq!(names, ["code", "redirect_uri"]);
        if form["redirect_uri"] != REDIRECT_URI {
            return Err("bad_redirect_uri");
        }
        let whose = self.codes.remove(&form["code"]).ok_or("invalid_code")?;
        Ok(self.make(&whose))
    }

    fn bearer(&mut self, headers: &HeaderMap) -> Result<String, &'static str> {
        let token = header(headers, "authorization").strip_prefix("Bearer ").ok_or("not_authed")?.to_owned();
        if !self.live.contains_key(&token) {
            return Err("token_revoked");
        }
        if self.ended.contains(&token) { Err("token_expired") } else { Ok(token) }
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

async fn call(State(slack): State<Slack>, Path(method): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let refresh = form.get("grant_type").is_some_and(|grant| grant == "refresh_token");
    slack.desk().calls.push(if refresh { "refresh".to_owned() } else { method.clone() });
    slack.asked.notify_one();
    if refresh {
        drop(slack.gate.lock().await);
    }
    let mut desk = slack.desk();
    let fault = if desk.faults.is_empty() { None } else { Some(desk.faults.remove(0)) };
    let told = match (fault, method.as_str()) {
        (Some(Err(status)), _) => return StatusCode::from_u16(status).unwrap().into_response(),
        (Some(Ok(code)), _) => Err(code),
        (None, "oauth.v2.access") => desk.access(&headers, &form),
        (None, "auth.test") => desk.bearer(&headers).map(|_| json!({ "ok": true, "user_id": "U0BOT" })),
        (None, "auth.revoke") => desk.bearer(&headers).map(|token| {
            desk.live.remove(&token);
            json!({ "ok": true, "revoked": true })
        }),
        (None, _) => Err("unknown_method"),
    };
    if std::mem::take(&mut desk.lose_answer) {
        return (StatusCode::OK, "{\"ok\":true,\"acc").into_response();
    }
    Json(told.unwrap_or_else(|code| json!({ "ok": false, "error": code }))).into_response()
}
