//! The terminal as a Teams and a Slack client: several people take turns at one keyboard and see everything.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::time::Duration;

use tokio::sync::watch;

use super::script::Line;
use super::{Surface, slack};
use crate::world::{InvokeAnswer, Message, Place, World};

/// What `portal` understands.
const PORTAL_WORDS: &str = "sync, enable UPN, disable UPN, delete UPN (ConnecttoTeams); save UPN NUMBER, change UPN NUMBER, \
    delete-in-connect UPN (CallTower Connect); remove-licence, restore-licence, delete-account, restore-account UPN \
    (Microsoft 365)";

/// An expectation is waited for this long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Printing waits until the world has been quiet this long, so that a burst of rewrites shows its last state.
const QUIET: Duration = Duration::from_millis(120);

/// The channel of Slack in which people type.
const CHANNEL: &str = "phones";

pub(super) struct Terminal<'w> {
    world: &'w World,
    surface: Surface,
    who: String,
    place: Place,
    inputs: BTreeMap<String, String>,
    /// What of each message was printed: its id and text.
    printed: HashMap<String, String>,
    /// What was printed since the last thing somebody did.
    since: String,
    changes: watch::Receiver<u64>,
    interactive: bool,
}

impl<'w> Terminal<'w> {
    pub(super) fn new(world: &'w World, surface: Surface, interactive: bool) -> Self {
        let in_slack = surface == Surface::Slack;
        Self {
            world,
            surface,
            who: "alan".to_owned(),
            place: if in_slack { world.slack().channel(CHANNEL) } else { world.channel_thread() },
            inputs: BTreeMap::new(),
            printed: HashMap::new(),
            since: String::new(),
            changes: world.changes(),
            interactive,
        }
    }

    pub(super) fn welcome(&self) {
        if self.interactive {
            let further = match self.surface {
                Surface::Teams => "in personal | group | thread   whisper TEXT",
                Surface::Slack => "in personal | thread | channel   home",
                Surface::Both => "in slack | teams | personal | thread   home",
            };
            self.print(&format!(
                "onboard-bot demo: a channel with alan (may ask), bob (may approve), olga (operator), steve (neither).\n\
                 Type as the current person, for example:  /onboard alice@contoso.com ext 1000\n\
                 Then:  set emergency_address=Denver HQ   press Request approval   as bob   press Approve\n\
                 Also:  {further}   portal WHAT   help   quit\n"
            ));
        }
    }

    pub(super) fn prompt(&self) {
        if self.interactive {
            print!("{}> ", self.who);
            let _ = std::io::stdout().flush();
        }
    }

    /// To standard output; a closed pipe is nobody's fault.
    pub(super) fn print(&self, text: &str) {
        let _ = writeln!(std::io::stdout(), "{text}");
    }

    pub(super) async fn obey(&mut self, line: Line) -> Result<(), String> {
        if !matches!(line, Line::Expect(_) | Line::Nothing | Line::Set(..)) {
            // What came meanwhile belongs to what was done before.
            self.show();
            self.since.clear();
        }
        match line {
            Line::Nothing | Line::Quit => {}
            Line::As(name) => self.become_person(name)?,
            Line::In(place) => self.place = self.place_called(&place)?,
            Line::Home => self.home().await?,
            Line::Set(id, value) => {
                self.inputs.insert(id, value);
            }
            Line::Say(text) => self.say(&text, false).await?,
            Line::Whisper(text) => self.say(&text, true).await?,
            Line::Press(title) => self.press(&title).await?,
            Line::Portal(wish) => self.portal(&wish)?,
            Line::Expect(text) => self.expect(&text).await?,
        }
        if !self.interactive {
            self.settle().await;
        }
        self.show();
        Ok(())
    }

    fn become_person(&mut self, name: String) -> Result<(), String> {
        let known = self.world.state().seed.people.iter().map(|p| p.key.clone()).collect::<Vec<_>>();
        if !known.contains(&name) {
            return Err(format!("nobody is called {name}; there are {}", known.join(", ")));
        }
        if self.place == self.world.personal(&self.who) {
            self.place = self.world.personal(&name);
        } else if self.place == self.world.slack().person(&self.who).direct() {
            self.place = self.world.slack().person(&name).direct();
        }
        self.who = name;
        Ok(())
    }

    fn place_called(&self, name: &str) -> Result<Place, String> {
        let in_slack = self.place.is_in_slack();
        let slack = self.world.slack();
        match name {
            "slack" | "teams" if self.surface != Surface::Both => Err("start the demo with --surface both".to_owned()),
            "slack" => Ok(slack.channel(CHANNEL)),
            "teams" => Ok(self.world.channel_thread()),
            "group" if in_slack => Err("Slack has channels and direct messages".to_owned()),
            "group" => Ok(self.world.group_chat()),
            "personal" if in_slack => Ok(slack.person(&self.who).direct()),
            "personal" => Ok(self.world.personal(&self.who)),
            "channel" if in_slack => Ok(slack.channel(CHANNEL)),
            _ if in_slack => Ok(slack.thread(CHANNEL)),
            _ => Ok(self.world.channel_thread()),
        }
    }

    async fn home(&self) -> Result<(), String> {
        if !self.place.is_in_slack() {
            return Err("only Slack has a page of the bot's own".to_owned());
        }
        let sent = self.world.slack().person(&self.who).open_home().await;
        if sent.status == 200 { Ok(()) } else { Err(format!("the bot answered {}", sent.status)) }
    }

    async fn say(&mut self, text: &str, private: bool) -> Result<(), String> {
        self.print(&format!("{}: {text}", self.who));
        if self.place.is_in_slack() {
            let command = format!("/voice {text}");
            let typed = if private { &command } else { text };
            return slack::say(self.world, &self.who, (&self.place, typed)).await.map(drop);
        }
        let person = self.world.person(&self.who);
        let sent =
            if private { person.say_privately(&self.place, text).await } else { person.say(&self.place, text).await };
        if sent.status == 200 { Ok(()) } else { Err(format!("the bot answered {}", sent.status)) }
    }

    async fn press(&mut self, title: &str) -> Result<(), String> {
        self.print(&format!("{} presses [{title}]", self.who));
        if self.place.is_in_slack() {
            return self.press_in_slack(title).await;
        }
        let person = self.world.person(&self.who);
        let mut tries = 0;
        let message = loop {
            let mut found = None;
            for message in self.world.all_mail().messages_that(|m| !m.is_in_slack()).into_iter().rev() {
                let card = person.look(&message).await;
                if card.is_some_and(|card| has_button(&card, title)) {
                    found = Some(message);
                    break;
                }
            }
            match found {
                Some(message) => break message,
                None if tries < 50 => {
                    tries += 1;
                    let _ = tokio::time::timeout(Duration::from_millis(100), self.changes.changed()).await;
                }
                None => return Err(format!("{} sees no button {title}", self.who)),
            }
        };
        let card = person.look(&message).await.unwrap_or_default();
        let inputs = std::mem::take(&mut self.inputs);
        let inputs: Vec<_> = inputs.into_iter().map(|(id, value)| (chosen(&card, &id, value.clone()), id)).collect();
        let inputs: Vec<_> = inputs.iter().map(|(value, id)| (id.as_str(), value.as_str())).collect();
        let answer = person.press(&message, title, &inputs).await;
        match &answer {
            InvokeAnswer::Refused(errors) => Err(errors.join("; ")),
            answer => {
                let text = format!("  (only {} sees) {}", self.who, answer.text());
                self.since.push_str(&text);
                self.print(&text);
                Ok(())
            }
        }
    }

    async fn press_in_slack(&mut self, title: &str) -> Result<(), String> {
        let mut tries = 0;
        let message = loop {
            match slack::find(self.world, &self.who, title) {
                Some(message) => break message,
                None if tries < 50 => {
                    tries += 1;
                    let _ = tokio::time::timeout(Duration::from_millis(100), self.changes.changed()).await;
                }
                None => return Err(format!("{} sees no button {title}", self.who)),
            }
        };
        let inputs = std::mem::take(&mut self.inputs);
        let told = slack::press(self.world, &self.who, (&message, title), &inputs).await?;
        if !told.is_empty() {
            let text = format!("  (only {} sees) {told}", self.who);
            self.since.push_str(&text);
            self.print(&text);
        }
        Ok(())
    }

    /// What somebody does in the carrier's portal or in Microsoft 365, where the bot has no hand.
    fn portal(&self, wish: &str) -> Result<(), String> {
        self.print(&format!("somebody in the portal: {wish}"));
        let (portal, center) = (self.world.portal(), self.world.admin_center());
        let words: Vec<&str> = wish.split_whitespace().collect();
        let (done, refusal) = match words.as_slice() {
            ["sync"] => {
                portal.sync_teams_users();
                (true, "")
            }
            ["enable", upn] => (portal.enable_calling(upn), "the portal offers no Enable Calling"),
            ["disable", upn] => (portal.disable_user(upn), "the portal does not list the user"),
            ["delete", upn] => (portal.delete_user(upn), "the portal lists the user nowhere under Disabled"),
            ["save", upn, number] => {
                (portal.save_in_connect(upn, number), "CallTower Connect does not offer that number")
            }
            ["change", upn, number] => {
                (portal.change_in_connect(upn, number), "CallTower Connect does not offer that number")
            }
            ["delete-in-connect", upn] => (portal.delete_in_connect(upn), "CallTower Connect cannot delete the user"),
            ["remove-licence", upn] => (center.remove_licence(upn), "there is no such account"),
            ["restore-licence", upn] => (center.restore_licence(upn), "there is no such account"),
            ["delete-account", upn] => (center.delete_account(upn), "there is no such account"),
            ["restore-account", upn] => (center.restore_account(upn), "it is not under Deleted users"),
            _ => return Err(format!("the portals know: {PORTAL_WORDS}")),
        };
        if done { Ok(()) } else { Err(format!("{wish}: {refusal}")) }
    }

    async fn expect(&mut self, text: &str) -> Result<(), String> {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            self.show();
            if self.since.contains(text) {
                return Ok(());
            }
            if tokio::time::timeout_at(end, self.changes.changed()).await.is_err() {
                return Err(format!(
                    "{text:?} did not show up within {} s; there was:\n{}",
                    PATIENCE.as_secs(),
                    self.since
                ));
            }
        }
    }

    /// Waits until nothing has happened for a moment.
    async fn settle(&mut self) {
        while tokio::time::timeout(QUIET, self.changes.changed()).await.is_ok() {}
    }

    /// Prints what is new, for ever; for the time while somebody thinks.
    pub(super) async fn show_forever(&mut self) {
        loop {
            if self.changes.changed().await.is_err() {
                return;
            }
            self.settle().await;
            if self.show() {
                self.prompt();
            }
        }
    }

    /// Prints what was posted or rewritten since the last time.
    fn show(&mut self) -> bool {
        let mut any = false;
        for message in self.world.all_mail().messages() {
            let text = message.plain();
            let before = self.printed.insert(message.id.clone(), text.clone());
            if before.as_deref() == Some(&text) {
                continue;
            }
            any = true;
            let line = format!("{}\n{}\n", heading(&message, before.is_some()), indented(&text));
            self.since.push_str(&line);
            self.print(&line);
        }
        any
    }
}

fn heading(message: &Message, again: bool) -> String {
    let place = match message.place.as_str() {
        id if id.ends_with(";modal") => "Slack form",
        id if id.ends_with(";home") => "Slack, the bot's page",
        id if message.is_in_slack() && id.starts_with('D') => "Slack direct message",
        _ if message.is_in_slack() => "Slack channel",
        id if id.starts_with("a:") => "personal chat",
        id if id.contains("@thread.tacv2") => "channel",
        _ => "group chat",
    };
    let only = if message.only_for.is_some() { ", only for you" } else { "" };
    let again = if again { ", rewritten" } else { "" };
    format!("bot ({place}{only}{again})")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  | {line}")).collect::<Vec<_>>().join("\n")
}

/// The beginning of one choice's title is enough to choose it: `Denver HQ` for `Denver HQ (+13035550100)`.
fn chosen(card: &serde_json::Value, id: &str, typed: String) -> String {
    let inputs = card["body"].as_array().into_iter().flatten().flat_map(|e| {
        let inner = e["items"].as_array().into_iter().flatten();
        std::iter::once(e).chain(inner)
    });
    let choices = inputs.filter(|e| e["id"] == id).flat_map(|e| e["choices"].as_array().into_iter().flatten());
    let choices: Vec<_> = choices.collect();
    if choices.iter().any(|c| c["value"] == *typed || c["title"] == *typed) {
        return typed;
    }
    let begins = |c: &&&serde_json::Value| {
        c["title"].as_str().is_some_and(|title| title.to_lowercase().starts_with(&typed.to_lowercase()))
    };
    match choices.iter().filter(begins).collect::<Vec<_>>().as_slice() {
        [only] => only["value"].as_str().unwrap_or(&typed).to_owned(),
        _ => typed,
    }
}

fn has_button(card: &serde_json::Value, title: &str) -> bool {
    card["actions"].as_array().is_some_and(|actions| actions.iter().any(|a| a["title"] == title))
}
