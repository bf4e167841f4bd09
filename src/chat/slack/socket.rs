//! Socket Mode: the same payloads over WebSockets that the bot opens, for companies without a public address.
//!
//! Two connections stand side by side, so that one can be renewed while the other receives; Slack sends an envelope to any
//! one of them, and what comes twice has the same key in the inbox. An envelope is acknowledged once its event is kept; one
//! that is not is sent again. <https://docs.slack.dev/apis/events-api/using-socket-mode>
//!
//! The WebSocket runs over an upgraded request of the HTTP client that everything else uses: the same TLS, the same proxy.

mod connection;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use rand::Rng;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::connection::{Connection, Told};
use crate::config::{Secret, Slack};

/// How many connections stand side by side. Slack allows ten for an app.
const CONNECTIONS: usize = 2;

/// What became of an envelope.
#[derive(Debug, Clone, PartialEq)]
pub enum Handled {
    /// It is kept, or nothing is to be done: it is acknowledged, with a body where there is one.
    Done(Option<Value>),
    /// It is not kept: Slack has to send it again.
    NotKept,
}

/// Takes the kind and the payload of an envelope.
pub type Handler = Arc<dyn Fn(String, Value) -> BoxFuture<'static, Handled> + Send + Sync>;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// A connection on which nothing is heard for so long is asked whether it still stands.
    pub ask_after: Duration,
    /// One on which nothing is heard for so long is dead. Slack itself pings more often.
    pub dead_after: Duration,
    /// From one failure to the next try; longer after each.
    pub pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// After Slack says that Socket Mode is switched off.
    pub switched_off: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            ask_after: Duration::from_secs(10),
            dead_after: Duration::from_secs(30),
            pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
            switched_off: Duration::from_secs(600),
        }
    }
}

/// Why no connection stands. Never holds a token or the address, which is a ticket for one connection.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Slack cannot be reached, or does not work.
    #[error("Slack cannot be reached: {0}")]
    Unreachable(String),
    /// `apps.connections.open` refuses: somebody has to mend the configuration or the app.
    #[error("Slack opens no connection: {code}")]
    Refused {
        /// Slack's code.
        code: String,
    },
    /// The address is not one that may be used.
    #[error("Slack gave an address that is not wss://")]
    Address,
    /// What stands there does not speak WebSocket.
    #[error("the connection was not taken: {0}")]
    NotTaken(String),
    /// The connection ended.
    #[error("the connection ended: {0}")]
    Ended(String),
}

/// Keeps the connections up. Clones share everything.
#[derive(Clone)]
pub struct Socket {
    http: reqwest::Client,
    open: String,
    token: Secret,
    handler: Handler,
    patience: Patience,
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Socket").field("open", &self.open).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Opened {
    ok: bool,
    url: Option<String>,
    error: Option<String>,
}

impl Socket {
    /// For `slack.api_url` and the app's token. Fails when no HTTP client can be made.
    pub fn new(slack: &Slack, token: Secret, handler: Handler, patience: Patience) -> Result<Self, reqwest::Error> {
        // An upgrade is a thing of HTTP/1.1. There is no time limit: it would count for the WebSocket as well.
        // No redirect is followed: the token is for this address alone.
        let http = reqwest::Client::builder().http1_only().redirect(reqwest::redirect::Policy::none());
        let http = http.connect_timeout(Duration::from_secs(10)).build()?;
        let open = format!("{}/apps.connections.open", slack.api_url.trim_end_matches('/'));
        Ok(Self { http, open, token, handler, patience })
    }

    /// Starts the connections. They end when `stop` is cancelled, after acknowledging what they have in hand.
    pub fn start(&self, stop: &CancellationToken, tracker: &TaskTracker) {
        for _ in 0..CONNECTIONS {
            let (socket, stop, hands) = (self.clone(), stop.clone(), tracker.clone());
            tracker.spawn(async move { socket.stand(&stop, &hands).await });
        }
    }

    /// Keeps one connection up for ever; renews it before it is cut.
    async fn stand(&self, stop: &CancellationToken, tracker: &TaskTracker) {
        let (mut failures, mut old): (u32, Option<Connection>) = (0, None);
        while !stop.is_cancelled() {
            let why = match self.connect(tracker).await {
                Ok(mut connection) => match self.use_up(&mut connection, (&mut old, &mut failures), stop).await {
                    Told::Renew => {
                        // A server that cuts everything at once is not asked for more at the same pace.
                        if connection.since.elapsed() < self.patience.pause * 5 {
                            self.pause(self.patience.pause, stop).await;
                        }
                        old = Some(connection);
                        continue;
                    }
                    Told::SwitchedOff => {
                        connection.leave();
                        tracing::error!(
                            "Slack says that Socket Mode is switched off for this app: nothing comes in. Switch it on \
                             in the app's settings, or set slack.mode = \"http\""
                        );
                        self.pause(self.patience.switched_off, stop).await;
                        continue;
                    }
                    Told::Hello => continue,
                    Told::Ended(why) => SocketError::Ended(why),
                },
                Err(why) => why,
            };
            if stop.is_cancelled() {
                break;
            }
            failures = failures.saturating_add(1);
            match &why {
                SocketError::Refused { .. } => tracing::error!(%why, failures, "there is no connection to Slack"),
                _ => tracing::warn!(%why, failures, "a connection to Slack is made again"),
            }
            let pause = self.patience.pause.saturating_mul(1 << failures.min(10)) / 2;
            let pause = pause.min(self.patience.longest_pause);
            let longer = rand::rng().random_range(1.0..1.5);
            self.pause(pause.mul_f64(longer), stop).await;
        }
        if let Some(old) = old {
            old.leave();
        }
    }

    async fn pause(&self, pause: Duration, stop: &CancellationToken) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }

    /// Listens until the connection has to be replaced. Once it is greeted, the one before is left.
    async fn use_up(
        &self,
        connection: &mut Connection,
        (old, failures): (&mut Option<Connection>, &mut u32),
        stop: &CancellationToken,
    ) -> Told {
        loop {
            let told = tokio::select! {
                told = connection.told.recv() => told.unwrap_or_else(|| Told::Ended("it is gone".to_owned())),
                () = stop.cancelled() => {
                    connection.leave();
                    return Told::Ended("we end".to_owned());
                }
            };
            match told {
                Told::Hello => {
                    *failures = 0;
                    tracing::info!("a connection to Slack stands");
                    if let Some(old) = old.take() {
                        old.leave();
                    }
                }
                told => return told,
            }
        }
    }

    async fn connect(&self, tracker: &TaskTracker) -> Result<Connection, SocketError> {
        let limit = self.patience.dead_after;
        let late = |_| SocketError::Unreachable("it takes too long".to_owned());
        let address = tokio::time::timeout(limit, self.address()).await.map_err(late)??;
        let stream = tokio::time::timeout(limit, connection::upgrade(&self.http, &address)).await.map_err(late)??;
        let (tell, told) = mpsc::channel(16);
        let leave = CancellationToken::new();
        let run = connection::run(stream, (Arc::clone(&self.handler), tell), self.patience, leave.clone());
        tracker.spawn(run);
        Ok(Connection { told, leave, since: Instant::now() })
    }

    /// A ticket for one connection.
    async fn address(&self) -> Result<url::Url, SocketError> {
        let unreachable = |error: reqwest::Error| SocketError::Unreachable(error.without_url().to_string());
        let call = self.http.post(&self.open).bearer_auth(self.token.expose());
        let call = call.header("content-type", "application/json; charset=utf-8").body(json!({}).to_string());
        let answer = call.send().await.and_then(reqwest::Response::error_for_status).map_err(unreachable)?;
        let opened: Opened = answer.json().await.map_err(unreachable)?;
        match opened.url.filter(|_| opened.ok) {
            Some(url) => connection::allowed(&url).ok_or(SocketError::Address),
            None => Err(SocketError::Refused { code: opened.error.unwrap_or_else(|| "unknown".to_owned()) }),
        }
    }
}

#[cfg(test)]
mod tests;
