//! What the tests of the outbound half share: real HTTP servers on loopback that remember what they were asked.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response, Uri};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::place::Workspace;
use super::{Api, Connector, Desk, SlackError, Tokens};
use crate::clock::ManualClock;
use crate::config::{Secret, Slack, SlackMode};

pub(crate) const HERE: Workspace<'static> = Workspace { team: "T1", enterprise: "" };

/// Settings with this address of the Web API.
pub(crate) fn slack(api_url: &str) -> Slack {
    Slack {
        signing_secrets: vec![Secret::new("signing")],
        app_id: None,
        bot_token: None,
        client_id: None,
        client_secret: None,
        token_key: None,
        app_token: None,
        mode: SlackMode::Http,
        api_url: api_url.to_owned(),
        allowed_teams: Vec::new(),
    }
}

/// `xoxb-1`; after that has expired, `xoxb-2`, and so on.
#[derive(Debug, Default)]
pub(crate) struct Numbered;

impl Tokens for Numbered {
    fn token<'a>(&'a self, workspace: Workspace<'a>) -> BoxFuture<'a, Result<Secret, SlackError>> {
        let token = match workspace.team {
            "T404" => Err(SlackError::NotInstalled { team: "T404".to_owned() }),
            _ => Ok(Secret::new("xoxb-1")),
        };
        Box::pin(std::future::ready(token))
    }

    fn renewed<'a>(&'a self, _: Workspace<'a>, refused: &'a Secret) -> BoxFuture<'a, Result<Secret, SlackError>> {
        let number: u32 = refused.expose().trim_start_matches("xoxb-").parse().unwrap();
        Box::pin(std::future::ready(Ok(Secret::new(format!("xoxb-{}", number + 1)))))
    }
}

pub(crate) fn api(url: &str) -> Api {
    Api::new(&slack(url), Arc::new(Numbered)).unwrap()
}

pub(crate) fn start() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// A connector and the clock that it reads.
pub(crate) fn connector(url: &str) -> (Arc<Connector>, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(start()));
    (Connector::new(api(url), Desk::default(), clock.clone()), clock)
}

/// What a server was asked.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub method: String,
    pub path: String,
    pub content_type: String,
    pub authorization: Option<String>,
    pub body: String,
}

impl Seen {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub(crate) struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

pub(crate) fn answer(status: u16, body: impl ToString) -> Answer {
    Answer { status, headers: Vec::new(), body: body.to_string().into_bytes() }
}

/// `"ok": true` and this.
pub(crate) fn ok(mut body: Value) -> Answer {
    body["ok"] = json!(true);
    answer(200, body)
}

pub(crate) fn refusal(code: &str) -> Answer {
    answer(200, json!({"ok": false, "error": code}))
}

/// A server on loopback.
pub(crate) struct Fake {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Fake {
    pub async fn start(behave: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api/", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (record, behave) = (seen.clone(), Arc::new(behave));
        let handler = async move |method: axum::http::Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
            let request = Seen {
                method: method.to_string(),
                path: uri.to_string(),
                content_type: header("content-type").unwrap_or_default(),
                authorization: header("authorization"),
                body: String::from_utf8(body.to_vec()).unwrap(),
            };
            record.lock().unwrap().push(request.clone());
            let answer = behave(&request);
            let mut response = Response::builder().status(answer.status);
            for (name, value) in answer.headers {
                response = response.header(name, value);
            }
            response.body(Body::from(answer.body)).unwrap()
        };
        tokio::spawn(axum::serve(listener, Router::new().fallback(handler)).into_future());
        Self { url, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The paths asked for, in order, without `/api/`.
    pub fn paths(&self) -> Vec<String> {
        self.seen().iter().map(|seen| seen.path.trim_start_matches("/api/").to_owned()).collect()
    }

    /// An address on this server.
    pub fn at(&self, path: &str) -> String {
        self.url.replace("/api/", path)
    }
}

/// What a connection does that is no HTTP server's.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Connection {
    /// It is closed before anything is read.
    ClosedAtOnce,
    /// It is closed when the whole request has been read.
    ClosedAfterTheRequest,
    /// These bytes are the answer, whatever they promised; then it is closed.
    Says(&'static str),
    /// The request is read and nothing ever comes.
    Hangs,
}

/// Starts a server that treats its connections like this, and tells its address.
pub(crate) async fn rough(connection: Connection) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            if matches!(connection, Connection::ClosedAtOnce) {
                continue;
            }
            read_request(&mut stream).await;
            match connection {
                Connection::Says(text) => stream.write_all(text.as_bytes()).await.unwrap(),
                Connection::Hangs => kept.push(stream),
                Connection::ClosedAtOnce | Connection::ClosedAfterTheRequest => {}
            }
        }
    });
    url
}

async fn read_request(stream: &mut TcpStream) {
    let mut read = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(length) => read.extend_from_slice(&chunk[..length]),
        }
        let text = String::from_utf8_lossy(&read).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return;
        }
    }
}
