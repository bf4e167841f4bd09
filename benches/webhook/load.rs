//! The senders: HTTP/1.1 with keep-alive over loopback, written by hand because a client library costs more than the
//! servers under test.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use futures_util::future::try_join_all;
use onboard_bot::chat::slack::signature::sign;
use onboard_bot::config::Secret;
use onboard_bot::world::{TEAM as SLACK_TEAM, World};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::figures::Slice;

/// Tokens in rotation; a channel sends the same one with many activities.
const TOKENS: usize = 64;

/// Something to send, each time another.
pub trait Mail: Sync {
    /// Writes the next whole request.
    fn write(&self, into: &mut Vec<u8>);
}

/// Message activities of Teams, each with an id of its own.
pub struct Messages {
    tokens: Vec<String>,
    /// Text before and after the activity's id, by conversation.
    bodies: Vec<(String, String)>,
    next: AtomicU64,
}

impl Messages {
    /// Messages of people who sit in this world, signed as it signs.
    pub fn of(world: &World, people: usize) -> anyhow::Result<Self> {
        let (app, tenant) = {
            let state = world.state();
            (state.seed.app_id.clone(), state.seed.tenant_id.clone())
        };
        let now = jiff::Timestamp::now();
        let claims = |n| {
            let expires = now.as_second() + 3600 + n;
            json!({"iss": "https://api.botframework.com", "aud": app, "nbf": now.as_second() - 60, "exp": expires,
                "serviceurl": world.service_url()})
        };
        let tokens = (0..TOKENS as i64).map(|n| world.sign(&claims(n))).collect::<Result<_, _>>()?;
        let body = |n: usize| {
            let key = format!("p{n}");
            let person = world.person(&key);
            let human = person.human();
            let body = json!({
                "type": "message", "id": "<id>", "timestamp": now.to_string(), "channelId": "msteams",
                "serviceUrl": world.service_url(), "locale": "en-US", "text": "help", "textFormat": "plain",
                "from": {"id": human.mri(), "name": human.name, "aadObjectId": human.object_id()},
                "recipient": {"id": format!("28:{app}"), "name": "Onboarding Bot"},
                "conversation": {"id": world.personal(&key).id, "tenantId": tenant, "conversationType": "personal"},
                "channelData": {"tenant": {"id": tenant}},
                "attachments": [{"contentType": "text/html", "content": "<p>help</p>"}],
                "entities": [{"type": "clientInfo", "locale": "en-US", "country": "US", "platform": "Web",
                    "timezone": "America/Denver"}],
            });
            let body = body.to_string();
            body.split_once("<id>").map(|(a, b)| (a.to_owned(), b.to_owned())).context("no place for the id")
        };
        let bodies = (0..people).map(body).collect::<Result<_, _>>()?;
        // Teams' ids are milliseconds.
        Ok(Self { tokens, bodies, next: AtomicU64::new(u64::try_from(now.as_millisecond())?) })
    }
}

impl Mail for Messages {
    fn write(&self, into: &mut Vec<u8>) {
        use std::io::Write;
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let pick = |count: usize| usize::try_from(id).unwrap_or(0) % count;
        let (before, after) = &self.bodies[pick(self.bodies.len())];
        let token = &self.tokens[pick(self.tokens.len())];
        let id = id.to_string();
        let length = before.len() + id.len() + after.len();
        into.clear();
        // Writing into memory cannot fail.
        let _ = write!(
            into,
            "POST /api/messages HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json; charset=utf-8\r\ncontent-length: {length}\r\n\r\n{before}{id}{after}"
        );
    }
}

/// Direct messages in Slack, each with a `ts` of its own, signed one by one.
pub struct SlackMessages {
    secret: Secret,
    /// Text before, between and after the two places of the message's `ts`, by conversation.
    bodies: Vec<[String; 3]>,
    next: AtomicU64,
}

impl SlackMessages {
    /// Messages of so many people to the app of this world.
    pub fn of(world: &World, people: usize) -> anyhow::Result<Self> {
        let (secret, app) = {
            let seed = &world.state().seed.slack;
            (Secret::new(seed.signing_secret.clone()), seed.app_id.clone())
        };
        let body = |n: usize| {
            let (user, channel) = (format!("U0P{n}"), format!("D0P{n}"));
            let body = json!({
                "token": "deprecated", "team_id": SLACK_TEAM, "api_app_id": app, "type": "event_callback",
                "event": {"type": "message", "user": user, "ts": "<ts>", "client_msg_id": "c0ffee", "text": "help",
                    "team": SLACK_TEAM, "channel": channel, "event_ts": "1", "channel_type": "im",
                    "blocks": [{"type": "rich_text", "block_id": "b", "elements": [{"type": "rich_text_section",
                        "elements": [{"type": "text", "text": "help"}]}]}]},
                "event_id": "Ev<ts>", "event_time": 1,
                "authorizations": [{"enterprise_id": null, "team_id": SLACK_TEAM, "user_id": "U0BOT", "is_bot": true,
                    "is_enterprise_install": false}],
                "is_ext_shared_channel": false,
            });
            let parts: Vec<String> = body.to_string().split("<ts>").map(str::to_owned).collect();
            <[String; 3]>::try_from(parts).ok().context("no two places for the ts")
        };
        let bodies = (0..people).map(body).collect::<Result<_, _>>()?;
        Ok(Self { secret, bodies, next: AtomicU64::new(u64::try_from(jiff::Timestamp::now().as_microsecond())?) })
    }
}

impl Mail for SlackMessages {
    fn write(&self, into: &mut Vec<u8>) {
        use std::io::Write;
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let ts = format!("{}.{:06}", id / 1_000_000, id % 1_000_000);
        let body = self.bodies[usize::try_from(id).unwrap_or(0) % self.bodies.len()].join(&ts);
        let at = jiff::Timestamp::now().as_second();
        let signature = sign(&self.secret, at, body.as_bytes());
        into.clear();
        // Writing into memory cannot fail.
        let _ = write!(
            into,
            "POST /slack/events HTTP/1.1\r\nhost: localhost\r\nx-slack-request-timestamp: {at}\r\n\
             x-slack-signature: {signature}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
    }
}

/// A server to send to.
pub struct Target<'a> {
    /// On loopback.
    pub port: u16,
    /// What to send.
    pub messages: &'a dyn Mail,
}

impl Target<'_> {
    /// Every connection sends its next message as soon as the last one is answered.
    pub async fn closed_loop(&self, connections: usize, lasting: Duration) -> anyhow::Result<Slice> {
        let open = try_join_all((0..connections).map(|_| Connection::open(self.port))).await?;
        let began = Instant::now();
        let end = began + lasting;
        let each = open.into_iter().map(async |mut connection| {
            let mut answered = Vec::new();
            while Instant::now() < end {
                let sent = Instant::now();
                connection.exchange(self.messages).await?;
                answered.push(sent.elapsed());
            }
            anyhow::Ok(answered)
        });
        let answered = try_join_all(each).await?;
        Ok(Slice::new(began.elapsed(), answered.into_iter().flatten().collect()))
    }

    /// So many messages a second, whether the server keeps up or not; times count from when a message was due.
    pub async fn open_loop(&self, connections: usize, rate: u32, lasting: Duration) -> anyhow::Result<Slice> {
        let open = try_join_all((0..connections).map(|_| Connection::open(self.port))).await?;
        let gap = Duration::from_secs(1) / rate;
        let began = Instant::now();
        let each = open.into_iter().enumerate().map(async |(index, mut connection)| {
            let mut answered = Vec::new();
            let mut turn = u32::try_from(index)?;
            while gap * turn < lasting {
                let due = began + gap * turn;
                tokio::time::sleep_until(due.into()).await;
                // The timer is a millisecond coarse: what it oversleeps is not the server's.
                let late = due.elapsed();
                let due = if late < Duration::from_millis(2) { Instant::now() } else { due };
                connection.exchange(self.messages).await?;
                answered.push(due.elapsed());
                turn += u32::try_from(connections)?;
            }
            anyhow::Ok(answered)
        });
        let answered = try_join_all(each).await?;
        Ok(Slice::new(began.elapsed(), answered.into_iter().flatten().collect()))
    }
}

struct Connection {
    stream: TcpStream,
    out: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    async fn open(port: u16) -> anyhow::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, out: Vec::new(), answer: Vec::new() })
    }

    /// Sends one message and reads its answer to the end. Anything but 200 ends the run.
    async fn exchange(&mut self, messages: &dyn Mail) -> anyhow::Result<()> {
        messages.write(&mut self.out);
        self.stream.write_all(&self.out).await?;
        self.answer.clear();
        let head = loop {
            if let Some(end) = self.answer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            ensure!(self.stream.read_buf(&mut self.answer).await? > 0, "the server hung up");
        };
        let text = std::str::from_utf8(&self.answer[..head])?;
        if !text.starts_with("HTTP/1.1 200 ") {
            bail!("not acknowledged: {}", text.lines().next().unwrap_or_default());
        }
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
        let whole = head + length.context("an answer without a length")?.parse::<usize>()?;
        while self.answer.len() < whole {
            ensure!(self.stream.read_buf(&mut self.answer).await? > 0, "the server hung up");
        }
        Ok(())
    }
}
