//! From a payload to what it means.
//!
//! Slack tells one mention twice (`app_mention` and `message`) and may deliver either again: the key of both is channel and
//! `ts`. A press has no id of its own; its trigger, which is good for one press, stands for it.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::payload::{
    Action, Block, ButtonValue, Command, Envelope, Interaction, Malformed, Message, Metadata, Payload, State,
};
use super::place::{self, Workspace};
use super::text::{first_address, mentions, typed};
use crate::config::Secret;
use crate::domain::{EventKey, Inbound, Person, Place, Press, RequestId, SeenCopy, Upn, What};

const MOST_INPUTS: usize = 50;
const LONGEST_INPUT: usize = 4096;

/// Slack's own messages come from this user.
const SLACKBOT: &str = "USLACKBOT";

/// What a payload means, and where the person who sent it may be answered alone.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// What it means.
    pub received: Received,
    /// A `response_url`: a bearer secret, for memory only.
    pub reply: Option<Secret>,
}

/// What a payload means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Nothing to do.
    Ignored,
    /// Slack tests the address: this is to be sent back.
    Challenge(String),
    /// Slack delivers too much at a time and leaves events out.
    RateLimited,
    /// The workspace removed the app or took its token back.
    Departed(Departed),
    /// To be kept and answered later.
    Event(Inbound),
    /// To be kept; the person sees the answer where they typed.
    Command {
        /// What was typed.
        inbound: Inbound,
        /// Opens one modal within 3 s.
        trigger: String,
    },
    /// A submitted form: to be kept; errors are shown under its inputs.
    Submitted {
        /// What was submitted.
        inbound: Inbound,
        /// The form.
        form: Submitted,
    },
    /// Somebody wants a form; the trigger is good for 3 s.
    Open(Open),
}

/// Which workspace is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departed {
    /// `T…`
    pub team: String,
    /// `E…` or empty.
    pub enterprise: String,
    /// The app was removed; `false`: only its token was revoked.
    pub uninstalled: bool,
}

/// A form that somebody submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// The view's id.
    pub view: String,
    /// Its inputs from top to bottom: our id of it, Slack's id of its block.
    pub inputs: Vec<(String, String)>,
    /// What was asked in the onboard form.
    pub asked: Option<OnboardForm>,
    /// The form does not say where it was opened.
    pub somewhere: bool,
}

/// The onboard form as it was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnboardForm {
    /// For whom.
    pub subject: String,
    /// Their extension; empty for carriers without a PBX.
    pub extension: String,
}

impl OnboardForm {
    /// The sentence that says the same.
    pub fn command(&self) -> String {
        match self.extension.as_str() {
            "" => format!("onboard {}", self.subject),
            extension => format!("onboard {} ext {extension}", self.subject),
        }
    }
}

/// Somebody wants a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Opens one modal within 3 s.
    pub trigger: String,
    /// Who.
    pub who: Person,
    /// Where they are; answers go there.
    pub place: Place,
    /// Which form.
    pub form: Form,
}

/// The forms that somebody may want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Why not: an approver pressed Reject without a reason.
    Reason {
        /// Which request.
        request: Option<RequestId>,
        /// The version that their card showed.
        version: Option<u64>,
    },
    /// What is to be set: the requester wants to choose in a modal.
    Confirm {
        /// Which request.
        request: Option<RequestId>,
    },
    /// Whom to onboard.
    Onboard {
        /// What is known already.
        subject: Subject,
        /// The message under which answers go.
        thread: Option<String>,
        /// The channel; `None`: the direct message with the bot.
        channel: Option<String>,
    },
}

/// Who is to be onboarded, as far as a form can be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Not known.
    Unknown,
    /// Written in a message.
    Address(Upn),
    /// Whoever wrote the message: their Slack id.
    Author(String),
}

impl Payload {
    /// Which app it is for and where it comes from; `None` for what belongs nowhere.
    pub fn origin(&self) -> Option<(Option<&str>, Workspace<'_>)> {
        match self {
            Self::Event(envelope) if envelope.kind.as_deref() == Some("url_verification") => None,
            Self::Event(envelope) => Some((envelope.api_app_id.as_deref(), envelope.workspace())),
            Self::Command(command) => Some((command.api_app_id.as_deref(), command.workspace())),
            Self::Interaction(pressed) => Some((pressed.api_app_id.as_deref(), pressed.workspace())),
            Self::SslCheck => None,
        }
    }
}

fn or_empty(text: Option<&String>) -> &str {
    text.map_or("", String::as_str)
}

impl Envelope {
    /// In shared channels and organisations the outer ids may name a workspace that never installed the app.
    fn workspace(&self) -> Workspace<'_> {
        let mut places =
            self.authorizations.iter().map(|a| (a.team_id.as_ref(), a.enterprise_id.as_ref())).collect::<Vec<_>>();
        places.truncate(1);
        places.push((self.context_team_id.as_ref(), self.context_enterprise_id.as_ref()));
        places.push((self.team_id.as_ref(), self.enterprise_id.as_ref()));
        let (_, enterprise) =
            places.iter().find(|(team, of)| team.is_some() || of.is_some()).copied().unwrap_or_default();
        let team = places.iter().find_map(|(team, _)| *team);
        Workspace { team: or_empty(team), enterprise: or_empty(enterprise) }
    }

    /// The bot's own user, as far as the envelope tells.
    fn bot(&self) -> Option<&str> {
        let bot = self.authorizations.iter().find(|a| a.is_bot).or(self.authorizations.first());
        bot.and_then(|a| a.user_id.as_deref())
    }
}

impl Command {
    fn workspace(&self) -> Workspace<'_> {
        Workspace { team: or_empty(self.team_id.as_ref()), enterprise: or_empty(self.enterprise_id.as_ref()) }
    }
}

impl Interaction {
    fn workspace(&self) -> Workspace<'_> {
        let team = self.view.app_installed_team_id.as_ref().or(self.team.id.as_ref()).or(self.user.team_id.as_ref());
        Workspace { team: or_empty(team), enterprise: or_empty(self.enterprise.id.as_ref()) }
    }
}

/// Translates a payload that [`super::Authenticator`] let pass.
pub fn receive(payload: &Payload) -> Result<Delivered, Malformed> {
    let reply = |address: &Option<String>| address.as_deref().map(Secret::new);
    match payload {
        Payload::SslCheck => Ok(Delivered { received: Received::Ignored, reply: None }),
        Payload::Event(envelope) => Ok(Delivered { received: event(envelope)?, reply: None }),
        Payload::Command(typed) => Ok(Delivered { received: command(typed)?, reply: reply(&typed.response_url) }),
        Payload::Interaction(pressed) => {
            Ok(Delivered { received: interaction(pressed)?, reply: reply(&pressed.response_url) })
        }
    }
}

fn event(envelope: &Envelope) -> Result<Received, Malformed> {
    match envelope.kind.as_deref() {
        Some("url_verification") => Ok(Received::Challenge(envelope.challenge.clone().unwrap_or_default())),
        Some("app_rate_limited") => Ok(Received::RateLimited),
        Some("event_callback") => happened(envelope),
        Some(_) => Ok(Received::Ignored),
        None => Err(Malformed::UnknownKind),
    }
}

fn happened(envelope: &Envelope) -> Result<Received, Malformed> {
    let (event, from) = (&envelope.event, envelope.workspace());
    let told = |place: Place, user: &str, what: What| -> Result<Received, Malformed> {
        let id = envelope.event_id.as_deref().ok_or(Malformed::NoSender)?;
        let key = EventKey(format!("slack:{}:{id}", from.team));
        Ok(Received::Event(Inbound { key, place, who: somebody(user), what }))
    };
    let channel = event.channel.as_deref();
    match (event.kind.as_deref().unwrap_or_default(), event.user.as_deref()) {
        ("app_mention" | "message", Some(user)) => Ok(message(envelope, user)),
        ("app_home_opened", Some(user)) => match (event.tab.as_deref(), channel) {
            (Some("messages"), Some(channel)) => told(place::whole(from, channel), user, What::Added),
            (Some("messages"), None) => Ok(Received::Ignored),
            _ => told(place::home(from, user), user, What::Opened),
        },
        ("member_joined_channel", Some(user)) if Some(user) == envelope.bot() => match channel {
            Some(channel) => told(place::whole(from, channel), event.inviter.as_deref().unwrap_or(user), What::Added),
            None => Ok(Received::Ignored),
        },
        ("app_uninstalled", _) => Ok(departed(from, true)),
        ("tokens_revoked", _) if !event.tokens.bot.is_empty() => Ok(departed(from, false)),
        _ => Ok(Received::Ignored),
    }
}

fn departed(from: Workspace<'_>, uninstalled: bool) -> Received {
    let (team, enterprise) = (from.team.to_owned(), from.enterprise.to_owned());
    Received::Departed(Departed { team, enterprise, uninstalled })
}

/// A message to the bot: anything in a direct message, elsewhere what mentions it.
fn message(envelope: &Envelope, user: &str) -> Received {
    let (event, from) = (&envelope.event, envelope.workspace());
    let plain = matches!(event.subtype.as_deref(), None | Some("file_share" | "thread_broadcast"));
    let ours = event.bot_id.is_some() || Some(user) == envelope.bot() || user == SLACKBOT;
    let (Some(channel), Some(ts)) = (event.channel.as_deref(), event.ts.as_deref()) else { return Received::Ignored };
    if !plain || ours || event.edited {
        return Received::Ignored;
    }
    let text = event.text.as_deref().unwrap_or_default();
    let mentioned = event.kind.as_deref() == Some("app_mention");
    let bot = envelope.bot().or_else(|| if mentioned { first_mention(text) } else { None });
    let alone = channel.starts_with('D');
    if !alone && !mentioned && !bot.is_some_and(|bot| mentions(text, bot)) {
        return Received::Ignored;
    }
    let place = place::thread(from, channel, event.thread_ts.as_deref().unwrap_or(ts));
    // The time first: rows that come after one another lie side by side in the store.
    let key = EventKey(format!("slack:{}:{ts}:{channel}", from.team));
    let what = What::Said { text: typed(text, bot), private: false };
    Received::Event(Inbound { key, place, who: somebody(user), what })
}

fn first_mention(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("<@")?;
    rest.split(['>', '|']).next()
}

fn command(sent: &Command) -> Result<Received, Malformed> {
    let user = sent.user_id.as_deref().ok_or(Malformed::NoSender)?;
    let channel = sent.channel_id.as_deref().ok_or(Malformed::NoSender)?;
    let trigger = sent.trigger_id.as_deref().ok_or(Malformed::NoTrigger)?;
    let (from, digest) = (sent.workspace(), digest(trigger));
    let rest = typed(sent.text.as_deref().unwrap_or_default(), None);
    let text = match (sent.command.as_deref().unwrap_or_default(), rest.as_str()) {
        ("/onboard", "") => {
            let form = Form::Onboard { subject: Subject::Unknown, thread: None, channel: Some(channel.to_owned()) };
            let place = place::own_thread(from, channel, &digest);
            return Ok(Received::Open(Open { trigger: trigger.to_owned(), who: somebody(user), place, form }));
        }
        ("/onboard", "help" | "?") => "help onboard".to_owned(),
        ("/onboard", rest) => format!("onboard {rest}"),
        ("/voice", rest) if !rest.is_empty() => rest.to_owned(),
        _ => "help".to_owned(),
    };
    let place = place::own_thread(from, channel, &digest);
    let (key, what) = (EventKey(format!("slack:{digest}")), What::Said { text, private: true });
    let inbound = Inbound { key, place, who: somebody(user), what };
    Ok(Received::Command { inbound, trigger: trigger.to_owned() })
}

fn interaction(pressed: &Interaction) -> Result<Received, Malformed> {
    match pressed.kind.as_deref().ok_or(Malformed::UnknownKind)? {
        "block_actions" => block_actions(pressed),
        "view_submission" => submission(pressed),
        "shortcut" if pressed.callback_id.as_deref() == Some("onboard_shortcut") => {
            let form = Form::Onboard { subject: Subject::Unknown, thread: None, channel: None };
            open(pressed, place::home(pressed.workspace(), user(pressed)?), form)
        }
        "message_action" if pressed.callback_id.as_deref() == Some("onboard_message") => {
            let (message, channel) = (&pressed.message, pressed.channel.id.as_deref().ok_or(Malformed::NoSender)?);
            let root = message.thread_ts.as_deref().or(message.ts.as_deref()).ok_or(Malformed::NoSender)?;
            let place = place::thread(pressed.workspace(), channel, root);
            let (thread, channel) = (Some(root.to_owned()), Some(channel.to_owned()));
            open(pressed, place, Form::Onboard { subject: subject_of(message), thread, channel })
        }
        _ => Ok(Received::Ignored),
    }
}

fn subject_of(message: &Message) -> Subject {
    if let Some(address) = message.text.as_deref().and_then(first_address) {
        return Subject::Address(address);
    }
    let human = message.user.as_deref().filter(|user| message.bot_id.is_none() && *user != SLACKBOT);
    human.map_or(Subject::Unknown, |user| Subject::Author(user.to_owned()))
}

fn open(pressed: &Interaction, place: Place, form: Form) -> Result<Received, Malformed> {
    let trigger = pressed.trigger_id.clone().ok_or(Malformed::NoTrigger)?;
    Ok(Received::Open(Open { trigger, who: somebody(user(pressed)?), place, form }))
}

fn block_actions(pressed: &Interaction) -> Result<Received, Malformed> {
    let is_button =
        |action: &&Action| action.kind.as_deref() == Some("button") && action.url.is_none() && action.value.is_some();
    // A choice that was changed is read when a button is pressed.
    let Some(action) = pressed.actions.iter().find(is_button) else { return Ok(Received::Ignored) };
    let verb = action.action_id.as_deref().unwrap_or_default();
    let value: ButtonValue = serde_json::from_str(action.value.as_deref().unwrap_or_default()).unwrap_or_default();
    let request = value.request.as_deref().and_then(|id| RequestId::parse(id).ok());
    let mut inputs = inputs(&pressed.state)?;
    inputs.extend(self::inputs(&pressed.view.state)?);
    let place = place_of(pressed)?;
    match verb {
        "reject" if !inputs.contains_key("reason") => {
            return open(pressed, place, Form::Reason { request, version: value.version });
        }
        "confirm_form" => return open(pressed, place, Form::Confirm { request }),
        "onboard" => {
            let form = Form::Onboard { subject: Subject::Unknown, thread: None, channel: None };
            return open(pressed, place, form);
        }
        // Somebody's page is shown afresh.
        "refresh" if place::spot(&place.conversation).thread == place::Thread::Home => {
            return Ok(Received::Event(inbound(pressed, place, What::Opened)?));
        }
        _ => {}
    }
    if let Some(subject) = value.subject.filter(|subject| subject.len() <= LONGEST_INPUT) {
        inputs.insert("subject".to_owned(), subject);
    }
    let message = pressed.container.message_ts.clone().or(pressed.message.ts.clone());
    let copy = value.post.zip(message.filter(|_| !pressed.container.is_ephemeral));
    let copy = copy.map(|(post, message)| SeenCopy { post, message });
    let press = Press { verb: verb.to_owned(), request, version: value.version, inputs, waiting: false, copy };
    Ok(Received::Event(inbound(pressed, place, What::Pressed(press))?))
}

fn place_of(pressed: &Interaction) -> Result<Place, Malformed> {
    let (container, message, from) = (&pressed.container, &pressed.message, pressed.workspace());
    let Some(channel) = container.channel_id.as_deref().or(pressed.channel.id.as_deref()) else {
        let opened_in = metadata(pressed).conversation;
        let named = opened_in.map(|conversation| place::named(from, &conversation));
        return named.map_or_else(|| user(pressed).map(|user| place::home(from, user)), Ok);
    };
    let thread = container.thread_ts.as_deref().or(message.thread_ts.as_deref());
    let itself = message.ts.as_deref().or(container.message_ts.as_deref()).filter(|_| !container.is_ephemeral);
    Ok(match thread.or(itself) {
        Some(root) => place::thread(from, channel, root),
        None => place::whole(from, channel),
    })
}

fn metadata(pressed: &Interaction) -> Metadata {
    let written = pressed.view.private_metadata.as_deref().unwrap_or_default();
    serde_json::from_str(written).unwrap_or_default()
}

fn submission(pressed: &Interaction) -> Result<Received, Malformed> {
    let (metadata, mut inputs) = (metadata(pressed), inputs(&pressed.view.state)?);
    let verb = pressed.view.callback_id.as_deref().unwrap_or_default();
    let (place, what, asked, somewhere) = match verb {
        "submit" | "reject" => {
            let request = metadata.request.as_deref().and_then(|id| RequestId::parse(id).ok());
            let version = metadata.version;
            let press = Press { verb: verb.to_owned(), request, version, inputs, waiting: true, copy: None };
            let somewhere = metadata.conversation.is_none();
            (place_of(pressed)?, What::Pressed(press), None, somewhere)
        }
        "onboard" => {
            let mut take = |id: &str| {
                let written = inputs.remove(id).unwrap_or_default();
                written.split_whitespace().collect::<Vec<_>>().join(" ")
            };
            let asked = OnboardForm { subject: take("subject"), extension: take("extension") };
            let text = asked.command();
            let place = place_asked(pressed, &metadata)?;
            (place, What::Said { text, private: true }, Some(asked), metadata.channel.is_none())
        }
        _ => return Ok(Received::Ignored),
    };
    let inbound = inbound(pressed, place, what)?;
    let view = pressed.view.id.clone().unwrap_or_default();
    Ok(Received::Submitted {
        inbound,
        form: Submitted { view, inputs: blocks(&pressed.view.blocks), asked, somewhere },
    })
}

/// Where the onboard form is to be answered.
fn place_asked(pressed: &Interaction, metadata: &Metadata) -> Result<Place, Malformed> {
    let told = metadata.team.as_deref().map(|team| (team, metadata.enterprise.as_deref().unwrap_or_default()));
    let from = told.map_or(pressed.workspace(), |(team, enterprise)| Workspace { team, enterprise });
    Ok(match (metadata.channel.as_deref(), metadata.thread_ts.as_deref()) {
        (Some(channel), Some(root)) => place::thread(from, channel, root),
        (Some(channel), None) => place::own_thread(from, channel, &digest(trigger(pressed)?)),
        (None, _) => place::home(from, user(pressed)?),
    })
}

fn blocks(blocks: &[Block]) -> Vec<(String, String)> {
    let inputs = blocks.iter().filter(|block| block.kind.as_deref() == Some("input"));
    inputs.filter_map(|block| block.element.action_id.clone().zip(block.block_id.clone())).collect()
}

fn inbound(pressed: &Interaction, place: Place, what: What) -> Result<Inbound, Malformed> {
    let key = EventKey(format!("slack:{}", digest(trigger(pressed)?)));
    Ok(Inbound { key, place, who: somebody(user(pressed)?), what })
}

fn trigger(pressed: &Interaction) -> Result<&str, Malformed> {
    pressed.trigger_id.as_deref().ok_or(Malformed::NoTrigger)
}

fn user(pressed: &Interaction) -> Result<&str, Malformed> {
    pressed.user.id.as_deref().ok_or(Malformed::NoSender)
}

/// A trigger is a secret for 3 s; its digest is none.
fn digest(trigger: &str) -> String {
    hex::encode(&Sha256::digest(trigger.as_bytes())[..16])
}

/// Who they are in the directory is found out later.
fn somebody(user: &str) -> Person {
    Person { id: String::new(), chat_id: user.to_owned(), name: String::new(), upn: None }
}

/// Values by our id of the input, whatever block holds it. An empty input is absent.
fn inputs(state: &State) -> Result<BTreeMap<String, String>, Malformed> {
    let mut inputs = BTreeMap::new();
    let elements = state.values.values().filter_map(Value::as_object).flatten();
    for (id, element) in elements {
        let Some(text) = chosen(element).filter(|text| !text.trim().is_empty()) else { continue };
        if text.len() > LONGEST_INPUT || id.len() > LONGEST_INPUT || inputs.len() == MOST_INPUTS {
            return Err(Malformed::TooMuch);
        }
        inputs.insert(id.clone(), text.to_owned());
    }
    Ok(inputs)
}

fn chosen(element: &Value) -> Option<&str> {
    let option = element.get("selected_option").and_then(|option| option.get("value"));
    let direct =
        ["value", "selected_user", "selected_conversation", "selected_channel", "selected_date", "selected_time"];
    let direct = direct.iter().filter_map(|name| element.get(name));
    option.into_iter().chain(direct).find_map(Value::as_str)
}

#[cfg(test)]
mod tests;
