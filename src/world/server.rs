//! One listener for all systems: reads a request, lets a fault strike, asks the system, writes the log.
//!
//! A system is a plain function from request and state to answer, so that nothing is awaited while the state is locked.
//! Connections can be cut: the handler sets a flag that the connection's next read or write turns into an error.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State as Shared, connect_info::Connected};
use axum::http::{HeaderMap, Response};
use axum::serve::{IncomingStream, Listener};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::faults::Mishap;
use super::log::{Call, Effect, System, redacted};
use super::{Inner, botframework, connector, connecttoteams, control, graph, login, netsapiens, slack};

/// The largest body that is read at all; the systems' own limits are lower.
const MAX_BODY: usize = 4 << 20;

/// A request below a system's prefix.
#[derive(Debug)]
pub(super) struct Ask {
    pub method: String,
    /// Percent-decoded segments below the prefix.
    pub segments: Vec<String>,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Ask {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }

    pub(super) fn bearer(&self) -> Option<&str> {
        self.header("authorization").and_then(|v| v.strip_prefix("Bearer ")).filter(|t| !t.is_empty())
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The fields of a form.
    pub(super) fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }

    fn is_form(&self) -> bool {
        self.header("content-type").is_some_and(|t| t.starts_with("application/x-www-form-urlencoded"))
    }

    fn logged_body(&self) -> Value {
        if self.body.is_empty() {
            Value::Null
        } else if self.is_form() {
            redacted(self.form().into_iter().map(|(k, v)| (k, Value::from(v))).collect())
        } else {
            self.json().map_or_else(|| Value::from(String::from_utf8_lossy(&self.body)), redacted)
        }
    }
}

/// What a system answers.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub mime: &'static str,
    pub body: Vec<u8>,
    pub effect: Option<Box<Effect>>,
    pub violation: Option<String>,
}

impl Answer {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self { mime: "application/json; charset=utf-8", body: body.to_string().into_bytes(), ..Self::empty(status) }
    }

    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), mime: "text/plain", body: Vec::new(), effect: None, violation: None }
    }

    /// 404 for a route that does not exist: whoever calls it has invented it.
    pub(super) fn unexpected() -> Self {
        Self::json(404, &json!({"error": {"code": "NotFound", "message": "There is nothing here."}}))
            .broke("unexpected call")
    }

    #[must_use]
    pub(super) fn did(mut self, effect: Effect) -> Self {
        self.effect = Some(Box::new(effect));
        self
    }

    #[must_use]
    pub(super) fn broke(mut self, rule: impl Into<String>) -> Self {
        self.violation = Some(rule.into());
        self
    }

    #[must_use]
    pub(super) fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    fn into_response(self) -> Response<Body> {
        let mut response = Response::builder().status(self.status);
        if !self.body.is_empty() {
            response = response.header("content-type", self.mime);
        }
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        response.body(Body::from(self.body)).unwrap_or_else(|_| Response::new(Body::empty()))
    }
}

fn decoded(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

/// Which system a path belongs to, and how many segments its prefix has.
fn system_of(segments: &[&str]) -> (System, usize) {
    match segments {
        ["login", ..] => (System::Login, 1),
        ["botframework", "v1", ..] => (System::Botframework, 2),
        ["connector", "v3", ..] => (System::Connector, 2),
        ["graph", "v1.0", ..] => (System::Graph, 2),
        ["ns-api", "v2", ..] => (System::Netsapiens, 2),
        ["connecttoteams", ..] => (System::Connecttoteams, 1),
        ["slack-api", ..] => (System::Slack, 1),
        ["slack-hooks", ..] | ["oauth", "v2", "authorize"] => (System::Slack, 0),
        _ => (System::Unknown, 0),
    }
}

pub(super) async fn handle(
    Shared(world): Shared<Arc<Inner>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    if parts.uri.path().starts_with("/slack-socket/") {
        return slack::upgrade(&world, parts).await;
    }
    // A request that broke off has never come in.
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else { return connection.cut() };
    let path = parts.uri.path().to_owned();
    let raw: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (system, prefix) = system_of(&raw);
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let ask = Ask {
        method: parts.method.to_string(),
        segments: raw.iter().skip(prefix).map(|s| decoded(s)).collect(),
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: parts.headers,
        body,
    };
    if raw.first() == Some(&"_world") {
        return control::answer(&world, &ask).await.into_response();
    }
    // What came in whole is done, whether or not its sender still waits for the answer.
    let wire = connection.clone();
    let work = tokio::spawn(async move {
        tokio::select! {
            response = serve(&world, &wire, system, ask, &query) => response,
            // Whatever hangs is let go when the world ends.
            () = world.stop.cancelled() => wire.cut(),
        }
    });
    work.await.unwrap_or_else(|_| connection.cut())
}

async fn serve(world: &Arc<Inner>, connection: &Connection, system: System, ask: Ask, query: &str) -> Response<Body> {
    // A reply address is a secret.
    let address = if ask.segments.first().is_some_and(|s| s == "slack-hooks") { 2 } else { usize::MAX };
    let segments: Vec<&str> = ask.segments.iter().take(address).map(String::as_str).collect();
    let shown = format!("/{}{}{query}", segments.join("/"), if query.is_empty() { "" } else { "?" });
    let at = world.clock.now();
    let (mishap, latency, writing) = {
        let mut state = world.lock();
        let mishap = state.faults.take(system, &ask.method, &shown);
        (
            mishap,
            state.knobs.latency_ms.get(&system).copied().unwrap_or(0),
            connector::begin_write(world, &mut state, &ask, system),
        )
    };
    let slow = if let Some(Mishap::Slow(ms)) = mishap { ms } else { 0 };
    world.pause(latency.saturating_add(slow)).await;
    let done = !matches!(
        mishap,
        Some(Mishap::Answer { .. } | Mishap::DropBefore | Mishap::Html | Mishap::Empty | Mishap::Hang)
    );
    let mut answer = if done && writing.as_ref().is_some_and(|w| w.refused) {
        connector::precondition_failed()
    } else if done {
        answer(world, system, &ask)
    } else {
        Answer::empty(200)
    };
    match &mishap {
        Some(Mishap::Answer { status, headers, body }) => {
            answer.status = *status;
            answer.headers = headers.iter().map(|(n, v)| (n.clone(), v.clone())).collect();
            answer.mime = if body.starts_with(['{', '[']) { "application/json" } else { "text/plain" };
            answer.body = body.clone().into_bytes();
        }
        Some(Mishap::Html) => {
            answer.mime = "text/html";
            answer.body = b"<!DOCTYPE html><html><body>Please sign in</body></html>".to_vec();
        }
        Some(Mishap::Truncated) => answer.body.truncate(answer.body.len() / 2),
        Some(Mishap::Mistyped) => answer.mime = "text/html",
        Some(Mishap::Bodiless) => answer.body.clear(),
        _ => {}
    }
    let silent = matches!(mishap, Some(Mishap::DropBefore | Mishap::DropAfter | Mishap::Hang));
    let call = Call {
        at,
        system,
        method: ask.method.clone(),
        path: shown,
        status: if silent { 0 } else { answer.status },
        body: ask.logged_body(),
        effect: answer.effect.take().map(|effect| *effect),
        violation: answer.violation.take(),
    };
    world.record(call);
    slack::echo(world);
    match mishap {
        Some(Mishap::DropBefore | Mishap::DropAfter) => connection.cut(),
        Some(Mishap::Hang) => std::future::pending().await,
        _ => answer.into_response(),
    }
}

fn answer(world: &Inner, system: System, ask: &Ask) -> Answer {
    let mut state = world.lock();
    match system {
        System::Login => login::answer(world, &mut state, ask),
        System::Botframework => botframework::answer(world, ask),
        System::Connector => connector::answer(world, &mut state, ask),
        System::Graph => graph::answer(world, &mut state, ask),
        System::Netsapiens => netsapiens::answer(world, &mut state, ask),
        System::Connecttoteams => connecttoteams::answer(world, &mut state, ask),
        System::Slack => slack::answer(world, &mut state, ask),
        System::Bot | System::Unknown => Answer::unexpected(),
    }
}

/// The handle by which a handler cuts its own connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Connection(Arc<AtomicBool>);

impl Connection {
    fn cut(&self) -> Response<Body> {
        self.0.store(true, Ordering::SeqCst);
        Response::new(Body::empty())
    }
}

impl Connected<IncomingStream<'_, Cuttable>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Cuttable>) -> Self {
        stream.io().cut.clone()
    }
}

/// A listener whose connections can be cut.
#[derive(Debug)]
pub(super) struct Cuttable(pub TcpListener);

impl Listener for Cuttable {
    type Io = Wire;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Wire, Self::Addr) {
        loop {
            match self.0.accept().await {
                Ok((stream, from)) => return (Wire { stream, cut: Connection::default() }, from),
                // Out of file descriptors or a client gone before it was accepted: let others run, then try again.
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// A connection that ends with an error once it is cut.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    cut: Connection,
}

impl Wire {
    fn whole(&self) -> io::Result<()> {
        let cut = self.cut.0.load(Ordering::SeqCst);
        if cut { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.whole()?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.whole()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.whole()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
