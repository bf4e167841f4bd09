use std::collections::VecDeque;
use std::sync::Mutex;

use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router};
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};

use super::*;
use crate::config;

/// In real time; reached only when something is broken.
const LONG: Duration = Duration::from_secs(20);

/// Slack's end: the method that hands out tickets, and the WebSocket.
struct Server {
    api_url: String,
    connections: mpsc::Receiver<Peer>,
    opened: Arc<Mutex<Vec<String>>>,
}

struct Peer(WebSocketStream<TcpStream>);

impl Peer {
    async fn say(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The next frame that is not a ping; `None`: they hung up.
    async fn hear(&mut self) -> Option<Value> {
        loop {
            match tokio::time::timeout(LONG, self.0.next()).await.expect("nothing was said") {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(other)) => panic!("{other:?}"),
            }
        }
    }

    async fn greet(&mut self) {
        self.say(json!({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}})).await;
    }

    async fn envelope(&mut self, id: &str, answers: bool) {
        let payload = json!({"n": id});
        self.say(json!({"envelope_id": id, "type": "slash_commands", "payload": payload,
            "accepts_response_payload": answers}))
            .await;
    }
}

impl Server {
    /// `first`: what the method answers before it hands out tickets.
    async fn start(first: Vec<Value>) -> Self {
        let sockets = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ticket = format!("ws://{}/link/?ticket=1", sockets.local_addr().unwrap());
        let (sender, connections) = mpsc::channel(8);
        tokio::spawn(async move {
            while let Ok((stream, _)) = sockets.accept().await {
                if let Ok(peer) = accept_async(stream).await {
                    let _ = sender.send(Peer(peer)).await;
                }
            }
        });
        let opened: Arc<Mutex<Vec<String>>> = Arc::default();
        let (seen, first) = (Arc::clone(&opened), Arc::new(Mutex::new(VecDeque::from(first))));
        let open = move |headers: HeaderMap| {
            let (seen, first, ticket) = (Arc::clone(&seen), Arc::clone(&first), ticket.clone());
            async move {
                seen.lock().unwrap().push(headers["authorization"].to_str().unwrap().to_owned());
                let answer = first.lock().unwrap().pop_front();
                Json(answer.unwrap_or_else(|| json!({"ok": true, "url": ticket})))
            }
        };
        let app = Router::new().route("/api/apps.connections.open", post(open));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api_url = format!("http://{}/api/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { api_url, connections, opened }
    }

    async fn accept(&mut self) -> Peer {
        tokio::time::timeout(LONG, self.connections.recv()).await.expect("nobody connects").unwrap()
    }

    fn opened(&self) -> usize {
        self.opened.lock().unwrap().len()
    }
}

/// The bot's end, and how to stop it.
struct Client {
    stop: CancellationToken,
    tracker: TaskTracker,
}

const QUICK: Patience = Patience {
    ask_after: Duration::from_secs(5),
    dead_after: Duration::from_secs(15),
    pause: Duration::from_millis(5),
    longest_pause: Duration::from_millis(20),
    switched_off: Duration::from_secs(600),
};

fn connect(server: &Server, patience: Patience, handler: Handler) -> Client {
    let settings = format!("signing_secrets = ['s']\nmode = 'socket'\napi_url = '{}'", server.api_url);
    let settings: config::Slack = toml::from_str(&settings).unwrap();
    let socket = Socket::new(&settings, Secret::new("xapp-1"), handler, patience).unwrap();
    let client = Client { stop: CancellationToken::new(), tracker: TaskTracker::new() };
    socket.start(&client.stop, &client.tracker);
    client.tracker.close();
    client
}

/// Says the payload back; an envelope called `lost` is not kept.
fn echo() -> Handler {
    Arc::new(|_, payload| {
        let lost = payload["n"] == "lost";
        Box::pin(async move { if lost { Handled::NotKept } else { Handled::Done(Some(payload)) } })
    })
}

#[tokio::test]
async fn what_is_kept_is_acknowledged_and_carries_an_answer_only_where_one_is_taken() {
    let mut server = Server::start(Vec::new()).await;
    let client = connect(&server, QUICK, echo());
    let mut both = [server.accept().await, server.accept().await];
    for (n, peer) in both.iter_mut().enumerate() {
        peer.greet().await;
        peer.say(json!({"type": "from_the_future"})).await;
        peer.0.send(Message::text("no JSON")).await.unwrap();
        peer.envelope("lost", true).await;
        peer.envelope(&format!("with-{n}"), true).await;
        let with = json!({"envelope_id": format!("with-{n}"), "payload": {"n": format!("with-{n}")}});
        assert_eq!(peer.hear().await, Some(with));
        peer.envelope("without", false).await;
        assert_eq!(peer.hear().await, Some(json!({"envelope_id": "without"})));
    }
    assert_eq!(*server.opened.lock().unwrap(), ["Bearer xapp-1", "Bearer xapp-1"]);
    client.stop.cancel();
    tokio::time::timeout(LONG, client.tracker.wait()).await.expect("it does not end");
}

#[tokio::test]
async fn before_a_connection_is_cut_the_next_one_stands() {
    for reason in ["warning", "refresh_requested", "something_new"] {
        let mut server = Server::start(Vec::new()).await;
        let _client = connect(&server, QUICK, echo());
        let (mut old, mut other) = (server.accept().await, server.accept().await);
        old.greet().await;
        other.greet().await;
        old.say(json!({"type": "disconnect", "reason": reason, "debug_info": {}})).await;
        let mut next = server.accept().await;
        // Until the next one is greeted the old one still works.
        old.envelope("late", false).await;
        assert_eq!(old.hear().await, Some(json!({"envelope_id": "late"})), "{reason}");
        next.greet().await;
        assert_eq!(old.hear().await, None, "{reason}: the old one is left");
        next.envelope("new", false).await;
        assert_eq!(next.hear().await, Some(json!({"envelope_id": "new"})), "{reason}");
    }
}

#[tokio::test]
async fn where_socket_mode_is_switched_off_nobody_knocks_again_and_again() {
    let mut server = Server::start(Vec::new()).await;
    let _client = connect(&server, QUICK, echo());
    let mut both = [server.accept().await, server.accept().await];
    for peer in &mut both {
        peer.greet().await;
        peer.say(json!({"type": "disconnect", "reason": "link_disabled"})).await;
        assert_eq!(peer.hear().await, None);
    }
    assert!(tokio::time::timeout(QUICK.longest_pause * 10, server.connections.recv()).await.is_err());
    assert_eq!(server.opened(), 2);
}

#[tokio::test]
async fn a_refusal_and_a_cut_are_tried_again() {
    let refusals =
        vec![json!({"ok": false, "error": "internal_error"}), json!({"ok": true, "url": "ws://slack.example/"})];
    let mut server = Server::start(refusals).await;
    let _client = connect(&server, QUICK, echo());
    let (mut one, other) = (server.accept().await, server.accept().await);
    assert_eq!(server.opened(), 4);
    drop(other);
    let mut next = server.accept().await;
    for peer in [&mut one, &mut next] {
        peer.greet().await;
        peer.envelope("e", false).await;
        assert_eq!(peer.hear().await, Some(json!({"envelope_id": "e"})));
    }
}

#[tokio::test]
async fn a_connection_on_which_nothing_is_heard_is_replaced() {
    let mut server = Server::start(Vec::new()).await;
    let (ask_after, dead_after) = (Duration::from_millis(20), Duration::from_millis(200));
    let _client = connect(&server, Patience { ask_after, dead_after, ..QUICK }, echo());
    // Whoever does not read does not answer pings either.
    let silent = [server.accept().await, server.accept().await];
    let mut next = server.accept().await;
    next.greet().await;
    next.envelope("e", false).await;
    assert_eq!(next.hear().await, Some(json!({"envelope_id": "e"})));
    drop(silent);
}

#[tokio::test]
async fn what_is_in_hand_is_acknowledged_before_the_end() {
    let mut server = Server::start(Vec::new()).await;
    let (began, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (begin, wait) = (Arc::clone(&began), Arc::clone(&go_on));
    let slow: Handler = Arc::new(move |_, _| {
        let (begin, wait) = (Arc::clone(&begin), Arc::clone(&wait));
        Box::pin(async move {
            begin.notify_one();
            wait.notified().await;
            Handled::Done(None)
        })
    });
    let client = connect(&server, QUICK, slow);
    let mut peer = server.accept().await;
    peer.greet().await;
    peer.envelope("slow", true).await;
    began.notified().await;
    client.stop.cancel();
    go_on.notify_one();
    assert_eq!(peer.hear().await, Some(json!({"envelope_id": "slow"})));
    assert_eq!(peer.hear().await, None);
    tokio::time::timeout(LONG, client.tracker.wait()).await.expect("it does not end");
}

#[test]
fn plain_connections_are_for_this_machine_only() {
    for (url, allowed) in [
        ("wss://wss-primary.slack.com/link/?ticket=1", Some("https://wss-primary.slack.com/link/?ticket=1")),
        ("ws://127.0.0.1:1/x", Some("http://127.0.0.1:1/x")),
        ("ws://slack.example/x", None),
        ("https://slack.example/x", None),
        ("wss:", None),
        ("", None),
    ] {
        assert_eq!(connection::allowed(url).as_ref().map(url::Url::as_str), allowed, "{url}");
    }
}
