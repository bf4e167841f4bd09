//! One WebSocket from its handshake to its end.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_util::sync::CancellationToken;

use super::{Handled, Handler, Patience, SocketError};
use crate::outside::is_loopback;

/// A larger frame is nothing that Slack sends.
const LARGEST_FRAME: usize = 1024 * 1024;

/// What is in hand when a connection is left is acknowledged within this time, or sent again by Slack.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// What a connection says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// Slack has greeted.
    Hello,
    /// It will be cut in some seconds.
    Renew,
    /// Socket Mode is switched off.
    SwitchedOff,
    /// It is over.
    Ended(String),
}

/// A connection that stands. Dropping it leaves it.
pub(super) struct Connection {
    pub(super) told: mpsc::Receiver<Told>,
    pub(super) leave: CancellationToken,
    pub(super) since: Instant,
}

impl Connection {
    /// Takes nothing more, acknowledges what is in hand and closes.
    pub(super) fn leave(&self) {
        self.leave.cancel();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.leave();
    }
}

/// An envelope, or a word about the connection.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Frame {
    #[serde(rename = "type")]
    kind: String,
    envelope_id: Option<String>,
    payload: Value,
    accepts_response_payload: bool,
    reason: Option<String>,
    retry_attempt: Option<u64>,
}

/// The address in the scheme of the HTTP client; plain only for this machine.
pub(super) fn allowed(address: &str) -> Option<url::Url> {
    let (scheme, rest) = address.split_once("://")?;
    let plain = match scheme {
        "wss" => false,
        "ws" => true,
        _ => return None,
    };
    let url = url::Url::parse(&format!("{}://{rest}", if plain { "http" } else { "https" })).ok()?;
    let allowed = !plain || is_loopback(&url);
    allowed.then_some(url)
}

type Stream = WebSocketStream<reqwest::Upgraded>;

/// The opening handshake. <https://www.rfc-editor.org/rfc/rfc6455#section-4.1>
pub(super) async fn upgrade(http: &reqwest::Client, address: &url::Url) -> Result<Stream, SocketError> {
    let not_taken = |error: reqwest::Error| SocketError::NotTaken(error.without_url().to_string());
    let key = generate_key();
    let request = http.get(address.clone()).header(CONNECTION, "Upgrade").header(UPGRADE, "websocket");
    let request = request.header(SEC_WEBSOCKET_VERSION, "13").header(SEC_WEBSOCKET_KEY, &key);
    let answer = request.send().await.map_err(not_taken)?;
    if answer.status() != reqwest::StatusCode::SWITCHING_PROTOCOLS {
        return Err(SocketError::NotTaken(answer.status().to_string()));
    }
    let accepted = answer.headers().get(SEC_WEBSOCKET_ACCEPT).and_then(|value| value.to_str().ok());
    if accepted != Some(derive_accept_key(key.as_bytes()).as_str()) {
        return Err(SocketError::NotTaken("the handshake is wrong".to_owned()));
    }
    let upgraded = answer.upgrade().await.map_err(not_taken)?;
    let limits = WebSocketConfig::default().max_message_size(Some(LARGEST_FRAME)).max_frame_size(Some(LARGEST_FRAME));
    Ok(WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(limits)).await)
}

/// Reads until it is left or over; whatever happens is told.
pub(super) async fn run(
    stream: Stream,
    (handler, tell): (Handler, mpsc::Sender<Told>),
    patience: Patience,
    leave: CancellationToken,
) {
    let why = converse(stream, (&handler, &tell), patience, &leave).await;
    // Whoever left it does not listen any more.
    let _ = tell.try_send(Told::Ended(why));
}

async fn converse(
    mut stream: Stream,
    (handler, tell): (&Handler, &mpsc::Sender<Told>),
    patience: Patience,
    leave: &CancellationToken,
) -> String {
    // An acknowledgement may take 2 s of waiting for a worker; others overtake it.
    let (acknowledge, mut acknowledged) = mpsc::unbounded_channel::<Option<String>>();
    let (mut heard, mut in_hand) = (Instant::now(), 0_usize);
    let mut tick = tokio::time::interval(patience.ask_after);
    loop {
        tokio::select! {
            frame = stream.next() => {
                heard = Instant::now();
                let text = match frame {
                    Some(Ok(Message::Text(text))) => text,
                    Some(Ok(Message::Close(_))) | None => return "Slack closed it".to_owned(),
                    // The library answers pings by itself, at the next write or read.
                    Some(Ok(_)) => continue,
                    Some(Err(error)) => return error.to_string(),
                };
                match read(&text) {
                    Some(Word::Told(told)) => {
                        // Whoever has been told to renew it listens to the next one.
                        let _ = tell.try_send(told);
                    }
                    Some(Word::Envelope(frame)) => {
                        in_hand += 1;
                        tokio::spawn(handle(handler.clone(), frame, acknowledge.clone()));
                    }
                    None => tracing::warn!("Slack sent a frame that cannot be read"),
                }
            }
            Some(ack) = acknowledged.recv() => {
                in_hand -= 1;
                if let Some(ack) = ack
                    && let Err(error) = stream.send(Message::text(ack)).await
                {
                    return error.to_string();
                }
            }
            _ = tick.tick() => {
                if heard.elapsed() >= patience.dead_after {
                    return "nothing was heard for too long".to_owned();
                }
                if heard.elapsed() >= patience.ask_after / 2
                    && let Err(error) = stream.send(Message::Ping(Bytes::new())).await
                {
                    return error.to_string();
                }
            }
            () = leave.cancelled() => break,
        }
    }
    let last_words = async {
        while in_hand > 0
            && let Some(ack) = acknowledged.recv().await
        {
            in_hand -= 1;
            if let Some(ack) = ack {
                stream.send(Message::text(ack)).await?;
            }
        }
        stream.close(None).await
    };
    // What was not acknowledged is sent again.
    let _ = tokio::time::timeout(LAST_WORDS, last_words).await;
    "it was left".to_owned()
}

enum Word {
    Told(Told),
    Envelope(Frame),
}

fn read(text: &str) -> Option<Word> {
    let frame: Frame = serde_json::from_str(text).ok()?;
    match (frame.kind.as_str(), frame.reason.as_deref()) {
        ("hello", _) => Some(Word::Told(Told::Hello)),
        ("disconnect", Some("link_disabled")) => Some(Word::Told(Told::SwitchedOff)),
        // `warning`, `refresh_requested`, and whatever they think of next.
        ("disconnect", _) => Some(Word::Told(Told::Renew)),
        _ => frame.envelope_id.is_some().then_some(Word::Envelope(frame)),
    }
}

/// `None`: it is not kept and must not be acknowledged.
async fn handle(handler: Handler, frame: Frame, acknowledge: mpsc::UnboundedSender<Option<String>>) {
    if let Some(attempt) = frame.retry_attempt.filter(|attempt| *attempt > 0) {
        tracing::info!(kind = %frame.kind, attempt, "Slack sends an envelope again");
    }
    let mut ack = json!({ "envelope_id": frame.envelope_id });
    let ack = match handler(frame.kind, frame.payload).await {
        Handled::Done(body) => {
            if let Some(body) = body.filter(|_| frame.accepts_response_payload) {
                ack["payload"] = body;
            }
            Some(ack.to_string())
        }
        Handled::NotKept => None,
    };
    // The connection may be gone by now; Slack sends it again, and it is known.
    let _ = acknowledge.send(ack);
}
