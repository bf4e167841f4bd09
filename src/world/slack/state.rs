//! What the simulated Slack holds beside messages: installations, triggers, reply addresses, views, sockets.

use std::collections::{BTreeMap, HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::seed::SlackSeed;

/// A trigger can be used so long. <https://docs.slack.dev/surfaces/modals#using_trigger_ids>
const TRIGGER_LIFE: SignedDuration = SignedDuration::from_secs(3);
/// A reply address can be used so long.
const HOOK_LIFE: SignedDuration = SignedDuration::from_mins(30);
/// And so often.
const HOOK_USES: u32 = 5;

/// How the simulated Slack behaves.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SlackKnobs {
    /// Plan, task and card blocks are taken; `false`: `invalid_blocks`.
    pub newer_blocks: bool,
    /// The app listens to messages in channels too: every mention arrives twice, and so does what the bot itself posts.
    pub hears_channels: bool,
    /// Addresses and mentions in slash commands arrive in angle brackets.
    pub escaped_commands: bool,
    /// People may write to the bot directly; `false`: `messages_tab_disabled`.
    pub messages_tab: bool,
    /// Everything goes through sockets; request URLs are out of use.
    pub socket_mode: bool,
    /// Bot tokens of new installations live 12 h.
    pub token_rotation: bool,
}

impl Default for SlackKnobs {
    fn default() -> Self {
        Self {
            newer_blocks: true,
            hears_channels: false,
            escaped_commands: true,
            messages_tab: true,
            socket_mode: false,
            token_rotation: false,
        }
    }
}

/// A token of the app.
#[derive(Clone)]
pub struct SlackToken {
    /// The workspace.
    pub team: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it expires.
    pub until: Option<Timestamp>,
    /// Revoked, or the app was removed.
    pub revoked: Option<&'static str>,
}

impl std::fmt::Debug for SlackToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SlackToken").field("team", &self.team).field("revoked", &self.revoked).finish_non_exhaustive()
    }
}

/// What a code or a refresh token is worth.
#[derive(Clone)]
pub(super) struct Grant {
    pub team: String,
    pub redirect_uri: Option<String>,
    pub until: Option<Timestamp>,
    pub used: bool,
}

#[derive(Clone)]
pub(super) struct Trigger {
    pub user: String,
    /// The modal from which it came.
    pub view: Option<String>,
    pub until: Timestamp,
    pub used: bool,
}

#[derive(Clone)]
pub(super) struct Hook {
    pub channel: String,
    pub thread: Option<String>,
    pub user: String,
    /// The message whose button was pressed.
    pub message: Option<String>,
    pub left: u32,
    pub until: Timestamp,
}

/// A modal or a Home tab as it is.
#[derive(Debug, Clone)]
pub(super) struct OpenView {
    pub id: String,
    pub user: String,
    pub team: String,
    pub hash: String,
    pub content: Value,
}

/// A socket that the bot has open.
#[derive(Debug)]
pub(super) struct Socket {
    pub id: u64,
    pub frames: mpsc::UnboundedSender<Frame>,
    /// It was told that it will be cut: it gets nothing new.
    pub leaving: bool,
}

/// What is sent down a socket.
#[derive(Debug)]
pub(super) enum Frame {
    Text(Value),
    Close,
}

/// An envelope that waits for its acknowledgement.
#[derive(Debug)]
pub(super) struct Envelope {
    pub takes_payload: bool,
    pub socket: u64,
    pub acknowledged: oneshot::Sender<Value>,
}

/// Everything.
pub struct SlackState {
    /// Tokens of the app by their text.
    pub tokens: HashMap<String, SlackToken>,
    /// Homes by user.
    pub(super) homes: BTreeMap<String, OpenView>,
    /// Open modals by user, the top one last.
    pub(super) modals: BTreeMap<String, Vec<OpenView>>,
    pub(super) codes: HashMap<String, Grant>,
    pub(super) refresh: HashMap<String, Grant>,
    pub(super) triggers: HashMap<String, Trigger>,
    pub(super) hooks: HashMap<String, Hook>,
    pub(super) traffic: HashMap<String, VecDeque<Timestamp>>,
    pub(super) sockets: Vec<Socket>,
    /// Sockets that were asked for and not opened yet.
    pub(super) tickets: Vec<String>,
    pub(super) envelopes: HashMap<String, Envelope>,
    pub(super) link_disabled: bool,
    /// Events about what the bot posted, to be delivered.
    pub(super) echoes: Vec<(String, Value)>,
    last_micros: i64,
    counter: u64,
}

impl std::fmt::Debug for SlackState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Tokens, triggers and reply addresses are keys of the tables.
        f.debug_struct("SlackState").field("homes", &self.homes).field("modals", &self.modals).finish_non_exhaustive()
    }
}

impl SlackState {
    pub(in crate::world) fn new(seed: &SlackSeed) -> Self {
        let tokens = seed.workspaces.iter().filter_map(|workspace| {
            let token =
                SlackToken { team: workspace.id.clone(), scopes: seed.scopes.clone(), until: None, revoked: None };
            Some((workspace.bot_token.clone()?, token))
        });
        Self {
            tokens: tokens.collect(),
            homes: BTreeMap::new(),
            modals: BTreeMap::new(),
            codes: HashMap::new(),
            refresh: HashMap::new(),
            triggers: HashMap::new(),
            hooks: HashMap::new(),
            traffic: HashMap::new(),
            sockets: Vec::new(),
            tickets: Vec::new(),
            envelopes: HashMap::new(),
            link_disabled: false,
            echoes: Vec::new(),
            last_micros: 0,
            counter: 0,
        }
    }

    /// The id of a message: the second of its posting and six digits, never the same twice.
    pub(super) fn next_ts(&mut self, now: Timestamp) -> String {
        self.last_micros = now.as_microsecond().max(self.last_micros + 1);
        format!("{}.{:06}", self.last_micros / 1_000_000, self.last_micros % 1_000_000)
    }

    /// A number that nobody had before.
    pub(super) fn count(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    pub(in crate::world) fn new_trigger(&mut self, user: &str, view: Option<String>, now: Timestamp) -> String {
        let id = format!("{}.{}.{}", self.count(), now.as_second(), uuid::Uuid::new_v4().simple());
        let until = now.checked_add(TRIGGER_LIFE).unwrap_or(Timestamp::MAX);
        self.triggers.insert(id.clone(), Trigger { user: user.to_owned(), view, until, used: false });
        id
    }

    /// The path of a new reply address, below `/slack-hooks/`.
    pub(in crate::world) fn new_hook(
        &mut self,
        (channel, thread): (&str, Option<String>),
        of: (&str, Option<String>),
        now: Timestamp,
    ) -> String {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let until = now.checked_add(HOOK_LIFE).unwrap_or(Timestamp::MAX);
        let (user, message) = of;
        let hook = Hook { channel: channel.to_owned(), thread, user: user.to_owned(), message, left: HOOK_USES, until };
        self.hooks.insert(id.clone(), hook);
        id
    }

    /// A modal by its id, wherever it lies.
    pub(super) fn modal(&self, id: &str) -> Option<&OpenView> {
        self.modals.values().flatten().find(|view| view.id == id)
    }

    /// Everything that must not stand anywhere but where it is used.
    pub(in crate::world) fn secrets(&self, seed: &SlackSeed) -> Vec<String> {
        let of_seed = [&seed.signing_secret, &seed.client_secret, &seed.app_token].map(String::clone);
        let lasting = self.tokens.keys().chain(self.refresh.keys()).chain(self.codes.keys());
        lasting.chain(self.hooks.keys()).chain(self.triggers.keys()).cloned().chain(of_seed).collect()
    }

    pub(in crate::world) fn forget_before(&mut self, at: Timestamp) {
        self.triggers.retain(|_, trigger| trigger.until > at);
        self.hooks.retain(|_, hook| hook.until > at);
        self.traffic.retain(|_, times| times.back().is_some_and(|last| *last > at));
    }
}
