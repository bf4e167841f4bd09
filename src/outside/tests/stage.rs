//! The server that plays the outside.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use futures_util::stream;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What the stage answers to one call.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A whole answer.
    Whole { status: u16, headers: Vec<(&'static str, String)>, body: String },
    /// A success that promises more than it sends.
    Cut,
    /// Takes the call and never answers.
    Silence,
}

/// A status and a JSON body.
pub fn json(status: u16, body: Value) -> Reply {
    text(status, &body.to_string()).header("content-type", "application/json")
}

/// A status and any body.
pub fn text(status: u16, body: &str) -> Reply {
    Reply::Whole { status, headers: Vec::new(), body: body.to_owned() }
}

impl Reply {
    /// The same with one more header.
    pub fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        if let Self::Whole { headers, .. } = &mut self {
            headers.push((name, value.to_string()));
        }
        self
    }

    fn into_response(self) -> Option<Response> {
        let (status, headers, body) = match self {
            Self::Silence => return None,
            Self::Whole { status, headers, body } => (status, headers, Body::from(body)),
            Self::Cut => {
                let parts = [Ok(Bytes::from_static(b"{\"id\":")), Err(std::io::Error::other("cut"))];
                (200, Vec::new(), Body::from_stream(stream::iter(parts)))
            }
        };
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        Some(response.body(body).unwrap())
    }
}

/// One call as it came in.
#[derive(Debug, Clone)]
pub struct Call {
    pub query: BTreeMap<String, String>,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Call {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn form(&self) -> BTreeMap<String, String> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

#[derive(Debug, Default)]
struct Play {
    script: VecDeque<(String, Reply)>,
    calls: Vec<Call>,
    surprises: Vec<String>,
}

/// A stage with its script.
#[derive(Debug)]
pub struct Stage {
    pub url: String,
    play: Arc<Mutex<Play>>,
    server: JoinHandle<()>,
}

impl Stage {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let play = Arc::new(Mutex::new(Play::default()));
        let app = Router::new().fallback(act).with_state(play.clone());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, play, server }
    }

    /// The next call must be `METHOD /path` (as encoded on the wire, without the query) and gets this reply.
    pub fn expect(&self, line: &str, reply: Reply) -> &Self {
        self.play.lock().unwrap().script.push_back((line.to_owned(), reply));
        self
    }

    /// The calls so far. Everything expected must have come, and nothing else.
    pub fn calls(&self) -> Vec<Call> {
        let play = self.play.lock().unwrap();
        assert_eq!(play.surprises, Vec::<String>::new(), "calls that nobody expected");
        let missing: Vec<&String> = play.script.iter().map(|(line, _)| line).collect();
        assert!(missing.is_empty(), "calls that never came: {missing:?}");
        play.calls.clone()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.server.abort();
        if !std::thread::panicking() {
            self.calls();
        }
    }
}

async fn act(State(play): State<Arc<Mutex<Play>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
    let line = format!("{} {}", parts.method, parts.uri.path());
    let query = parts.uri.query().unwrap_or_default();
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (name.to_string(), value.to_str().unwrap().to_owned())
    };
    let headers = parts.headers.iter().map(header).collect();
    let reply = {
        let mut play = play.lock().unwrap();
        play.calls.push(Call { query, headers, body });
        match play.script.pop_front() {
            Some((expected, reply)) if expected == line => reply,
            other => {
                play.surprises.push(format!("{line} instead of {:?}", other.map(|(line, _)| line)));
                text(418, "surprise")
            }
        }
    };
    match reply.into_response() {
        Some(response) => response,
        None => std::future::pending().await,
    }
}
