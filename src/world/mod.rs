//! The simulated outside: real HTTP servers on one listener that refuse what the vendors refuse, and people with a
//! Teams client. The demo, `onboard-bot world` and every story run against it.
//!
//! - [`Seed`]: who and what exists at the start; [`State`]: what exists now, with [`Knobs`] and [`Faults`]
//! - `login`, `botframework`, `connector`, `graph`, `netsapiens`, `connecttoteams`: one system each, below its prefix
//! - [`Slack`]: the same for Slack, with [`SlackPerson`]
//! - [`Person`]: says, presses, edits; [`Mailbox`]: waits for what the bot posts
//! - `control`: the same over HTTP below `/_world`, for tests of another process
//!
//! A call that came in whole is done and logged even if its client goes away meanwhile, as at a vendor; one that broke
//! off has never been there.

mod admin_center;
mod botframework;
mod card;
mod card_rules;
mod chat;
mod client;
mod connector;
mod connecttoteams;
mod control;
mod conversations;
mod faults;
mod graph;
mod lines;
mod log;
mod login;
mod mailbox;
mod netsapiens;
mod people;
mod portal;
mod render;
mod seed;
mod server;
mod settings;
mod slack;
mod state;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::SignedDuration;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use admin_center::AdminCenter;
pub use chat::{Chat, Conversation, Message, Place};
pub use client::InvokeAnswer;
pub use faults::{Fault, Faults, Mishap};
pub use lines::{Direct, Link, Operation, Phone};
pub use log::{Call, Effect, EffectKind, System};
pub use mailbox::{Mailbox, Silence, Unfinished};
pub use people::{Person, Sent};
pub use portal::Portal;
pub use render::{render_mentions, render_text};
pub use seed::{
    APPROVER_GROUP, Address, Credentials, Device, Group, Human, MCOEV, MCOEV_VIRTUALUSER, Number, Pbx, PbxUser, Plan,
    REQUESTER_GROUP, SYNC_GROUP, Seed, TEAMS1, User, object_id,
};
pub use settings::{BotSettings, SlackSettings};
pub use slack::{
    APPROVER_USERGROUP, Account, ENTERPRISE, FOREIGN_TEAM, Slack, SlackAnswer, SlackChannel, SlackKnobs, SlackPerson,
    SlackSeed, SlackState, SlackToken, SlackWorkspace, TEAM, Usergroup,
};
pub use state::{Knobs, State};

use crate::clock::{SharedClock, SystemClock};

/// How a world is started.
#[derive(Debug)]
pub struct WorldOptions {
    /// Where to listen; `None`: a free port of 127.0.0.1.
    pub listen: Option<SocketAddr>,
    /// Who and what exists.
    pub seed: Seed,
    /// The time of tokens, limits and delays.
    pub clock: SharedClock,
    /// Milliseconds before every system answers.
    pub latency_ms: u64,
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self { listen: None, seed: Seed::default(), clock: Arc::new(SystemClock), latency_ms: 0 }
    }
}

/// What the servers, the people and the control share.
#[derive(Debug)]
struct Inner {
    /// `http://127.0.0.1:PORT`
    url: String,
    clock: SharedClock,
    state: Mutex<State>,
    /// Conversations in which a write is under way.
    writing: Mutex<HashSet<String>>,
    changes: watch::Sender<u64>,
    keys: botframework::Keys,
    http: reqwest::Client,
    stop: CancellationToken,
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, call: Call) {
        self.lock().log.push(call);
        self.changed();
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn service_url(&self) -> String {
        format!("{}/connector/", self.url)
    }

    async fn pause(&self, milliseconds: u64) {
        if milliseconds > 0 {
            let by = SignedDuration::from_millis(i64::try_from(milliseconds).unwrap_or(i64::MAX));
            self.clock.sleep_until(self.clock.now().saturating_add(by).unwrap_or(jiff::Timestamp::MAX)).await;
        }
    }
}

/// The running world. Dropping it stops the servers.
#[derive(Debug)]
pub struct World {
    inner: Arc<Inner>,
    server: Option<tokio::task::JoinHandle<()>>,
}

impl World {
    /// Starts all servers. Fails when the address is taken or no signing key can be made.
    pub async fn start(options: WorldOptions) -> io::Result<Self> {
        let listen = options.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = TcpListener::bind(listen).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut state = State::new(options.seed);
        if options.latency_ms > 0 {
            use System::{Botframework, Connector, Connecttoteams, Graph, Login, Netsapiens, Slack};
            let all = [Login, Botframework, Connector, Graph, Netsapiens, Connecttoteams, Slack];
            state.knobs.latency_ms = all.map(|system| (system, options.latency_ms)).into();
        }
        // A redirect or a proxy between people and the bot would hide what the bot really answers.
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let inner = Arc::new(Inner {
            url,
            clock: options.clock,
            state: Mutex::new(state),
            writing: Mutex::new(HashSet::new()),
            changes: watch::Sender::new(0),
            keys: botframework::Keys::new().map_err(io::Error::other)?,
            http: http.build().map_err(io::Error::other)?,
            stop: CancellationToken::new(),
        });
        let router = axum::Router::new().fallback(server::handle).with_state(Arc::clone(&inner));
        let service = router.into_make_service_with_connect_info::<server::Connection>();
        let stop = inner.stop.clone();
        let server = tokio::spawn(async move {
            let serving = axum::serve(server::Cuttable(listener), service);
            // Accepting never fails; what a connection meets stays with the connection.
            let _ = serving.with_graceful_shutdown(stop.cancelled_owned()).await;
        });
        Ok(Self { inner, server: Some(server) })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.inner.url
    }

    /// The serviceUrl of every activity.
    pub fn service_url(&self) -> String {
        self.inner.service_url()
    }

    /// Stops the servers and waits until they have.
    pub async fn stop(mut self) {
        self.inner.stop.cancel();
        if let Some(server) = self.server.take() {
            // It ends by itself; a panic in it was reported already.
            let _ = server.await;
        }
    }

    /// A complete configuration for a bot against this world; its secrets stand in clear.
    pub fn bot_config(&self, settings: &BotSettings) -> String {
        settings::toml(&self.inner, settings)
    }

    /// What exists now, to be read or changed. Never keep it over an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.inner.lock()
    }

    /// Turns knobs.
    pub fn turn(&self, knobs: impl FnOnce(&mut Knobs)) {
        knobs(&mut self.inner.lock().knobs);
    }

    /// Adds a fault behind the others. Fails when its path is not a regular expression.
    pub fn fault(&self, fault: Fault) -> Result<(), regex::Error> {
        self.inner.lock().faults.add(fault)
    }

    /// Where people's activities go: the bot's base URL.
    pub fn connect_bot(&self, url: &str) {
        self.inner.lock().bot = Some(url.trim_end_matches('/').to_owned());
    }

    /// Every call so far.
    pub fn log(&self) -> Vec<Call> {
        self.inner.lock().log.clone()
    }

    /// How many calls there were.
    pub fn log_length(&self) -> usize {
        self.inner.lock().log.len()
    }

    /// The calls after the first `count`: what happened since somebody last looked.
    pub fn log_after(&self, count: usize) -> Vec<Call> {
        self.inner.lock().log.iter().skip(count).cloned().collect()
    }

    /// Every token that was handed out, for tests that look where it must not stand.
    pub fn tokens(&self) -> Vec<String> {
        let state = self.inner.lock();
        state.tokens.keys().cloned().chain(state.slack.secrets(&state.seed.slack)).collect()
    }

    /// Forgets calls and messages that are older, for runs that last; broken rules stay. Old messages are gone for the bot
    /// as well: only those that nobody presses and nothing rewrites any more should be that old.
    pub fn forget_before(&self, at: jiff::Timestamp) {
        let mut state = self.inner.lock();
        state.log.retain(|call| call.at >= at || call.violation.is_some());
        state.chat.forget_before(at);
        state.slack.forget_before(at);
    }

    /// What calls to one system looked like.
    pub fn calls(&self, system: System) -> Vec<Call> {
        self.inner.lock().log.iter().filter(|c| c.system == system).cloned().collect()
    }

    /// All changes of one kind, in order: the subjects.
    pub fn effects(&self, kind: EffectKind) -> Vec<String> {
        let state = self.inner.lock();
        let effects = state.log.iter().filter_map(|c| c.effect.as_ref());
        effects.filter(|e| e.kind == kind).map(|e| e.subject.clone()).collect()
    }

    /// Everything that broke a rule: calls of the bot and its answers.
    pub fn violations(&self) -> Vec<String> {
        mailbox::violations(&self.inner.lock())
    }

    /// Counts up with each call and each message, so that tests wait for conditions instead of times.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    /// Somebody of the seed by short name; any other name is a person whom no directory knows.
    pub fn person(&self, key: &str) -> Person {
        people::person(&self.inner, key)
    }

    /// A thread that the first message in it will start.
    pub fn channel_thread(&self) -> Place {
        self.inner.lock().chat.new_thread(self.inner.clock.now())
    }

    /// The group chat.
    pub fn group_chat(&self) -> Place {
        Chat::group_chat()
    }

    /// Somebody's chat with the bot.
    pub fn personal(&self, key: &str) -> Place {
        Chat::personal(self.person(key).human())
    }

    /// What the bot posts in a place.
    pub fn mailbox(&self, place: &Place) -> Mailbox {
        Mailbox::new(&self.inner, Some(place.clone()))
    }

    /// What the bot posts anywhere.
    pub fn all_mail(&self) -> Mailbox {
        Mailbox::new(&self.inner, None)
    }

    /// Slack: people, channels, sockets.
    pub fn slack(&self) -> Slack {
        Slack::new(&self.inner)
    }

    /// The carrier's portal with a Global Admin in front of it.
    pub fn portal(&self) -> Portal {
        Portal::new(&self.inner)
    }

    /// The Microsoft 365 admin center with an administrator in front of it.
    pub fn admin_center(&self) -> AdminCenter {
        AdminCenter::new(&self.inner)
    }

    /// Signs from now on with a new key; the old one is no longer published. Fails when none can be made.
    pub fn rotate_keys(&self) -> io::Result<()> {
        self.inner.keys.rotate().map_err(io::Error::other)
    }

    /// A token with any claims under the published key, to try what the bot refuses. Fails when it cannot be signed.
    pub fn sign(&self, claims: &Value) -> io::Result<String> {
        self.inner.keys.sign(claims).map_err(io::Error::other)
    }

    /// Ends a story: fails when a message was never read, an unexpected call came or a rule was broken.
    pub fn finish(&self) -> Result<(), Unfinished> {
        mailbox::finish(&self.inner.lock())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.inner.stop.cancel();
    }
}
