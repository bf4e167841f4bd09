//! Socket Mode: connections that the bot opens, envelopes that go down them, acknowledgements that come back.
//!
//! <https://docs.slack.dev/apis/events-api/using-socket-mode>

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::extract::ws::{Message as WsMessage, WebSocket, WebSocketUpgrade};
use axum::http::{Response, StatusCode, request::Parts};
use axum::response::IntoResponse;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use super::delivery::{Kind, Parcel};
use super::state::{Envelope, Frame, Socket};
use super::web::{Refusal, Reply, refused, wrong};
use crate::world::Inner;
use crate::world::log::{Call, System};
use crate::world::state::State;

/// An envelope is acknowledged within this, in real time.
const DEADLINE: Duration = Duration::from_secs(3);
/// So many connections an app may have.
const MOST: usize = 10;
/// Envelopes wait so long for a connection, in real time: whoever reconnects misses nothing.
const WITHOUT_SOCKET: Duration = Duration::from_secs(2);

/// `apps.connections.open`
pub(super) fn open(world: &Inner, state: &mut State) -> Result<Reply, Refusal> {
    if !state.knobs.slack.socket_mode {
        return Err(wrong("forbidden_team", "Socket Mode is switched off for the app"));
    }
    if state.slack.link_disabled {
        return Err(refused("link_disabled"));
    }
    if state.slack.sockets.len() >= MOST {
        return Err(refused("too_many_websockets"));
    }
    let ticket = uuid::Uuid::new_v4().simple().to_string();
    let url = format!("{}/slack-socket/?ticket={ticket}", world.url.replacen("http", "ws", 1));
    state.slack.tickets.push(ticket);
    Ok(Reply::of(json!({"url": url})))
}

/// Turns a request into a socket; an address that was given out works once.
pub(in crate::world) async fn upgrade(world: &Arc<Inner>, mut parts: Parts) -> Response<Body> {
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let given =
        url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "ticket").map(|(_, v)| v.into_owned());
    let id = {
        let mut state = world.lock();
        let before = state.slack.tickets.len();
        state.slack.tickets.retain(|ticket| Some(ticket) != given.as_ref());
        (state.slack.tickets.len() < before).then(|| state.slack.count())
    };
    let Some(id) = id else { return StatusCode::FORBIDDEN.into_response() };
    let world = Arc::clone(world);
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade.on_upgrade(move |socket| serve(world, socket, id)),
        Err(refusal) => refusal.into_response(),
    }
}

async fn serve(world: Arc<Inner>, mut wire: WebSocket, id: u64) {
    let (frames, mut to_send) = mpsc::unbounded_channel();
    let hello = {
        let mut state = world.lock();
        state.slack.sockets.push(Socket { id, frames, leaving: false });
        json!({"type": "hello", "num_connections": state.slack.sockets.len(),
            "connection_info": {"app_id": state.seed.slack.app_id},
            "debug_info": {"host": "world", "build_number": 1, "approximate_connection_time": 18_060}})
    };
    world.changed();
    let mut open = wire.send(WsMessage::text(hello.to_string())).await.is_ok();
    open = open && wire.send(WsMessage::Ping(Vec::new().into())).await.is_ok();
    while open {
        open = tokio::select! {
            frame = to_send.recv() => match frame {
                Some(Frame::Text(value)) => wire.send(WsMessage::text(value.to_string())).await.is_ok(),
                Some(Frame::Close) | None => false,
            },
            received = wire.recv() => match received {
                Some(Ok(WsMessage::Text(text))) => { acknowledged(&world, id, &text); true }
                Some(Ok(WsMessage::Ping(_) | WsMessage::Pong(_))) => true,
                _ => false,
            },
            () = world.stop.cancelled() => false,
        };
    }
    left(&world, id);
    let _ = wire.send(WsMessage::Close(None)).await;
    world.changed();
}

fn left(world: &Inner, id: u64) {
    let mut state = world.lock();
    state.slack.sockets.retain(|socket| socket.id != id);
    // Whoever waits for an answer from here waits in vain.
    state.slack.envelopes.retain(|_, envelope| envelope.socket != id);
}

fn acknowledged(world: &Inner, socket: u64, text: &str) {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let id = body["envelope_id"].as_str().unwrap_or_default();
    let envelope = world.lock().slack.envelopes.remove(id);
    let violation = match &envelope {
        None => Some("an envelope is acknowledged that nobody waits for".to_owned()),
        Some(envelope) if envelope.socket != socket => Some("an envelope is acknowledged on another socket".to_owned()),
        Some(envelope) if !envelope.takes_payload && !body["payload"].is_null() => {
            Some("an answer in an acknowledgement that takes none".to_owned())
        }
        Some(_) => None,
    };
    world.record(Call {
        at: world.clock.now(),
        system: System::Slack,
        method: "ACK".to_owned(),
        path: "/slack-socket".to_owned(),
        status: 200,
        body: json!({"envelope_id": id}),
        effect: None,
        violation,
    });
    if let Some(envelope) = envelope {
        // Whoever sent it may have given up.
        let _ = envelope.acknowledged.send(body["payload"].clone());
    }
}

/// Sends it down one of the sockets and waits for the acknowledgement: status, answer, whether it came too late.
pub(super) async fn send(world: &Arc<Inner>, parcel: &Parcel) -> (u16, Value, bool) {
    let (acknowledged, answer) = oneshot::channel();
    if !put(world, parcel, acknowledged).await {
        return (0, Value::Null, false);
    }
    match tokio::time::timeout(DEADLINE, answer).await {
        Ok(Ok(payload)) => (200, payload, false),
        // The socket broke.
        Ok(Err(_)) => (0, Value::Null, false),
        Err(_) => (0, Value::Null, true),
    }
}

async fn put(world: &Arc<Inner>, parcel: &Parcel, acknowledged: oneshot::Sender<Value>) -> bool {
    let mut changes = world.changes.subscribe();
    let connected = async {
        loop {
            changes.mark_unchanged();
            if world.lock().slack.sockets.iter().any(|s| !s.leaving) {
                return;
            }
            // The sender lives in the world.
            let _ = changes.changed().await;
        }
    };
    if tokio::time::timeout(WITHOUT_SOCKET, connected).await.is_err() {
        return false;
    }
    let mut state = world.lock();
    let number = usize::try_from(state.slack.count()).unwrap_or_default();
    let open: Vec<&Socket> = state.slack.sockets.iter().filter(|s| !s.leaving).collect();
    // Any of them, in turn.
    let Some(socket) = open.get(number % open.len().max(1)) else { return false };
    let takes_payload = parcel.kind != Kind::Event;
    let envelope_id = uuid::Uuid::new_v4().to_string();
    let mut frame = json!({"envelope_id": envelope_id, "type": parcel.kind.envelope(), "payload": parcel.payload,
        "accepts_response_payload": takes_payload});
    if let Some((number, reason)) = &parcel.retry {
        frame["retry_attempt"] = (*number).into();
        frame["retry_reason"] = reason.clone().into();
    }
    let sent = socket.frames.send(Frame::Text(frame)).is_ok();
    let envelope = Envelope { takes_payload, socket: socket.id, acknowledged };
    state.slack.envelopes.insert(envelope_id, envelope);
    sent
}

/// Tells the sockets that they will be cut; `warning`: that one gets nothing new and stays open until [`cut`].
pub(super) fn disconnect(world: &Inner, reason: &str) {
    let mut state = world.lock();
    state.slack.link_disabled |= reason == "link_disabled";
    let frame = json!({"type": "disconnect", "reason": reason, "debug_info": {"host": "world"}});
    for socket in &mut state.slack.sockets {
        socket.leaving = true;
        let _ = socket.frames.send(Frame::Text(frame.clone()));
        if reason != "warning" {
            let _ = socket.frames.send(Frame::Close);
        }
    }
    drop(state);
    world.changed();
}

/// Cuts the sockets that were warned, or all.
pub(super) fn cut(world: &Inner, all: bool) {
    for socket in world.lock().slack.sockets.iter_mut().filter(|s| all || s.leaving) {
        socket.leaving = true;
        let _ = socket.frames.send(Frame::Close);
    }
}
