//! What the bot posts, waited for without sleeping, and the strict end of a story.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Inner;
use super::chat::{Message, Place};
use super::state::State;

/// How long a wait lasts at most, in real time: a story that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Nothing that was waited for was posted in time.
#[derive(Debug, thiserror::Error)]
pub struct Silence {
    wanted: String,
    seen: Vec<String>,
    calls: Vec<String>,
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was not posted in time; what is there:", self.wanted)?;
        self.seen.iter().try_for_each(|message| write!(f, "\n---\n{message}"))?;
        write!(f, "\n--- the last calls:")?;
        self.calls.iter().try_for_each(|call| write!(f, "\n{call}"))
    }
}

/// What was left when a story ended.
#[derive(Debug, thiserror::Error)]
pub struct Unfinished(pub Vec<String>);

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the story is not finished:")?;
        self.0.iter().try_for_each(|rest| write!(f, "\n- {rest}"))
    }
}

/// The bot's messages in one place, or everywhere; through one person's eyes, or all of them.
///
/// A message is unread from its post until it is returned by a wait, and again after each rewriting.
#[derive(Debug, Clone)]
pub struct Mailbox {
    world: Arc<Inner>,
    place: Option<Place>,
    reader: Option<String>,
    patience: Duration,
}

impl Mailbox {
    pub(super) fn new(world: &Arc<Inner>, place: Option<Place>) -> Self {
        Self { world: Arc::clone(world), place, reader: None, patience: PATIENCE }
    }

    /// Only what this person (`29:…`, in Slack `U…`) can see.
    pub(super) fn of(mut self, mri: &str) -> Self {
        self.reader = Some(mri.to_owned());
        self
    }

    /// Waits at most so long, in real time.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    fn sees(&self, message: &Message) -> bool {
        // A channel of Slack as a whole has every thread in it.
        let inside = |p: &Place| message.place.strip_prefix(&p.id).is_some_and(|rest| rest.starts_with(";thread="));
        let here = self.place.as_ref().is_none_or(|p| p.id == message.place || inside(p));
        let may = message.only_for.is_none() || self.reader.is_none() || message.only_for == self.reader;
        message.author.is_none() && !message.deleted && here && may
    }

    /// Everything that stands there now, oldest first; nothing is marked as read.
    pub fn messages(&self) -> Vec<Message> {
        self.world.lock().chat.messages.iter().filter(|m| self.sees(m)).cloned().collect()
    }

    /// The same, only those of which this holds; it must not ask the world anything. Nothing else is copied.
    pub fn messages_that(&self, wanted: impl Fn(&Message) -> bool) -> Vec<Message> {
        self.world.lock().chat.messages.iter().filter(|m| self.sees(m) && wanted(m)).cloned().collect()
    }

    /// What was posted or rewritten and not looked at since.
    pub fn unread(&self) -> Vec<Message> {
        self.messages().into_iter().filter(|m| m.unread).collect()
    }

    /// Marks everything as read and returns what was not.
    pub fn read_all(&self) -> Vec<Message> {
        let unread = self.unread();
        unread.iter().for_each(|m| self.read(&m.id));
        unread
    }

    fn read(&self, id: &str) {
        if let Some(message) = self.world.lock().chat.message_mut(id) {
            (message.unread, message.never_read) = (false, false);
        }
    }

    /// Waits for an unread message of which this holds; it is read then. `wanted` must not ask the world anything.
    pub async fn next_message(&self, wanted: impl Fn(&Message) -> bool) -> Result<Message, Silence> {
        self.wait("an unread message", |m| m.unread && wanted(m)).await
    }

    /// Waits for a message, read or not, that shows this text; it is read then. Unread ones come first.
    pub async fn wait_for_text(&self, text: &str) -> Result<Message, Silence> {
        self.wait(&format!("{text:?}"), |m| m.plain().contains(text)).await
    }

    /// Waits for a card with a button of this title; it is read then.
    pub async fn wait_for_button(&self, title: &str) -> Result<Message, Silence> {
        let has = |m: &Message| m.card.as_ref().is_some_and(|c| super::card::action(c, title).is_some());
        self.wait(&format!("a card with the button {title:?}"), has).await
    }

    /// The first that is wanted and stands there now, unread ones before others; it is read then. `wanted` must not ask
    /// the world anything.
    pub fn take(&self, wanted: impl Fn(&Message) -> bool) -> Option<Message> {
        let mut state = self.world.lock();
        let messages = &mut state.chat.messages;
        let fits = |unread: bool| move |m: &Message| m.unread == unread && self.sees(m);
        let first = |unread| messages.iter().position(|m| fits(unread)(m) && wanted(m));
        let index = first(true).or_else(|| first(false))?;
        let message = messages.get_mut(index)?;
        let taken = message.clone();
        (message.unread, message.never_read) = (false, false);
        Some(taken)
    }

    async fn wait(&self, what: &str, wanted: impl Fn(&Message) -> bool) -> Result<Message, Silence> {
        let mut changes = self.world.changes.subscribe();
        let watch = async {
            loop {
                changes.mark_unchanged();
                if let Some(message) = self.take(&wanted) {
                    return message;
                }
                // The sender lives in the world that this mailbox holds.
                let _ = changes.changed().await;
            }
        };
        tokio::time::timeout(self.patience, watch).await.map_err(|_| {
            let calls = self.world.lock().log.iter().rev().take(15).map(ToString::to_string).collect();
            let seen = self.messages().iter().map(Message::plain).collect();
            Silence { wanted: what.to_owned(), seen, calls }
        })
    }
}

pub(super) fn violations(state: &State) -> Vec<String> {
    state.log.iter().filter(|c| c.violation.is_some()).map(ToString::to_string).collect()
}

pub(super) fn finish(state: &State) -> Result<(), Unfinished> {
    let mut rest = violations(state);
    let never = state.chat.messages.iter().filter(|m| m.author.is_none() && m.never_read);
    rest.extend(never.map(|m| format!("unread in {}: {}", m.place, m.plain())));
    if rest.is_empty() { Ok(()) } else { Err(Unfinished(rest)) }
}
