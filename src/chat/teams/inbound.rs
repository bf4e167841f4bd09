//! From an authenticated activity to our own words: who, where, what. Nothing of Teams' JSON leaves here.
//!
//! Edits, deletions, reactions, typing and everything else that the bot does not act on become [`Received::Ignored`] and are
//! answered with 200. One installation arrives twice, as `installationUpdate` and as `conversationUpdate`; both are told, whoever
//! greets must do so once. Teams delivers again after a slow answer, with the same ids; the event key stays the same.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::activity::{Account, Conversation, Entity, Envelope, Malformed};
use crate::domain::{EventKey, Inbound, Person, Place, PlaceKind, Press, RequestId, SeenCopy, Surface, What};

const MOST_INPUTS: usize = 50;
const LONGEST_INPUT: usize = 4096;

/// What an activity means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// To be kept and answered later; the HTTP answer is empty.
    Event(Inbound),
    /// A pressed button whose answer travels in the HTTP response.
    Invoke {
        /// The press.
        inbound: Inbound,
        /// The message that holds the card, to be rewritten for everybody.
        card: Option<String>,
    },
    /// A client wants its own view of a card. Read-only.
    View(ViewAsked),
    /// Somebody pressed Refresh.
    Refresh {
        /// The press.
        inbound: Inbound,
        /// What they are shown where there is nothing to be looked at.
        asked: Box<ViewAsked>,
    },
    /// An invoke that nobody here answers: 501.
    UnknownInvoke,
    /// Nothing to do: 200.
    Ignored,
}

/// Who wants to see which card again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewAsked {
    /// The request on the card.
    pub request: Option<RequestId>,
    /// The version that the card showed.
    pub version: Option<u64>,
    /// Who looks.
    pub who: Person,
    /// Where.
    pub place: Place,
    /// They pressed Refresh; `false`: their client asks by itself.
    pub refresh: bool,
    /// The copy that they have before them.
    pub copy: Option<SeenCopy>,
}

/// Translates an activity that [`super::Authenticator::check_activity`] let pass.
pub fn receive(activity: &Envelope) -> Result<Received, Malformed> {
    match activity.kind.as_str() {
        "message" => message(activity),
        "invoke" => invoke(activity),
        "conversationUpdate" => {
            let bot = activity.recipient.as_ref().map_or("", |bot| bot.id.as_str());
            let has_bot = |members: &Option<Vec<Account>>| {
                members.as_ref().is_some_and(|list| list.iter().any(|member| !bot.is_empty() && member.id == bot))
            };
            match (has_bot(&activity.members_added), has_bot(&activity.members_removed)) {
                (true, _) => event(activity, What::Added),
                (false, true) => event(activity, What::Removed),
                (false, false) => Ok(Received::Ignored),
            }
        }
        "installationUpdate" => match activity.action.as_deref() {
            Some("add" | "add-upgrade") => event(activity, What::Added),
            Some("remove") => event(activity, What::Removed),
            _ => Ok(Received::Ignored),
        },
        _ => Ok(Received::Ignored),
    }
}

fn message(activity: &Envelope) -> Result<Received, Malformed> {
    let bot = activity.recipient.as_ref();
    if let (Some(from), Some(bot)) = (&activity.from, bot)
        && from.id == bot.id
    {
        return Ok(Received::Ignored);
    }
    let written = activity.text.as_deref().filter(|text| !text.trim().is_empty());
    match (written, &activity.value) {
        (None, Some(Value::Object(data))) => match data.get("verb").and_then(Value::as_str) {
            Some(verb) => {
                let copy = copy(activity, Some(data));
                event(activity, What::Pressed(Press { copy, ..press(verb, Some(data), false)? }))
            }
            None => Ok(Received::Ignored),
        },
        (None, _) if activity.text.is_none() => Ok(Received::Ignored),
        (text, _) => {
            let text = said(text.unwrap_or_default(), activity);
            let private = bot.is_some_and(|bot| bot.is_targeted == Some(true));
            event(activity, What::Said { text, private })
        }
    }
}

fn invoke(activity: &Envelope) -> Result<Received, Malformed> {
    match activity.name.as_deref() {
        Some("adaptiveCard/action") => {}
        // Spelled one way in the SDK and another way in the article.
        Some("suggestedActions/submit" | "suggestedAction/submit") => return Ok(Received::Ignored),
        _ => return Ok(Received::UnknownInvoke),
    }
    let action = activity.value.as_ref().and_then(|value| value.get("action"));
    let verb = action.and_then(|action| action.get("verb")).and_then(Value::as_str).ok_or(Malformed::NoVerb)?;
    let data = action.and_then(|action| action.get("data")).and_then(Value::as_object);
    let press = Press { copy: copy(activity, data), ..press(verb, data, true)? };
    if matches!(verb, "view" | "refresh") {
        let (who, place, refresh) = (who(activity)?, place(activity)?, verb == "refresh");
        let Press { request, version, copy, .. } = press.clone();
        let asked = ViewAsked { request, version, who, place, refresh, copy };
        if !refresh {
            return Ok(Received::View(asked));
        }
        let inbound = inbound(activity, What::Pressed(press))?;
        return Ok(Received::Refresh { inbound, asked: Box::new(asked) });
    }
    let inbound = inbound(activity, What::Pressed(press))?;
    Ok(Received::Invoke { inbound, card: activity.reply_to_id.clone() })
}

/// Our post is named by the button, the vendor's message by the activity.
fn copy(activity: &Envelope, data: Option<&Map<String, Value>>) -> Option<SeenCopy> {
    let named = |text: &&str| !text.is_empty() && text.len() <= LONGEST_INPUT;
    let post = data?.get("post").and_then(Value::as_str).filter(named)?;
    let message = activity.reply_to_id.as_deref().filter(named)?;
    Some(SeenCopy { post: post.to_owned(), message: message.to_owned() })
}

fn press(verb: &str, data: Option<&Map<String, Value>>, waiting: bool) -> Result<Press, Malformed> {
    let get = |name: &str| data.and_then(|data| data.get(name));
    let version = get("version").and_then(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok()));
    let request = get("request").and_then(Value::as_str).and_then(|text| RequestId::parse(text).ok());
    let mut inputs = BTreeMap::new();
    for (name, value) in data.into_iter().flatten() {
        if matches!(name.as_str(), "verb" | "request" | "version" | "post" | "msteams") {
            continue;
        }
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(choice) => choice.to_string(),
            // Inputs are scalars; whatever else is in there is not from our cards.
            Value::Null | Value::Array(_) | Value::Object(_) => continue,
        };
        if text.len() > LONGEST_INPUT || name.len() > LONGEST_INPUT || inputs.len() == MOST_INPUTS {
            return Err(Malformed::TooMuch);
        }
        if !text.trim().is_empty() {
            inputs.insert(name.clone(), text);
        }
    }
    Ok(Press { verb: verb.to_owned(), request, version, inputs, waiting, copy: None })
}

fn event(activity: &Envelope, what: What) -> Result<Received, Malformed> {
    inbound(activity, what).map(Received::Event)
}

fn inbound(activity: &Envelope, what: What) -> Result<Inbound, Malformed> {
    let id = activity.id.as_deref().filter(|id| !id.is_empty()).ok_or(Malformed::NoId)?;
    let place = place(activity)?;
    let key = EventKey(format!("teams:{id}:{}", place.conversation));
    Ok(Inbound { key, place, who: who(activity)?, what })
}

fn who(activity: &Envelope) -> Result<Person, Malformed> {
    let from = activity.from.as_ref().filter(|from| !from.id.is_empty()).ok_or(Malformed::NoSender)?;
    let (id, name) = (from.aad_object_id.clone().unwrap_or_default(), from.name.clone().unwrap_or_default());
    Ok(Person { id, chat_id: from.id.clone(), name, upn: None })
}

fn place(activity: &Envelope) -> Result<Place, Malformed> {
    let here = activity.conversation.as_ref().filter(|place| !place.id.is_empty()).ok_or(Malformed::NoConversation)?;
    Ok(Place {
        surface: Surface::Teams,
        conversation: here.id.clone(),
        kind: kind(here),
        address: activity.service_url.clone().unwrap_or_default(),
        tenant: activity.tenant().ok().flatten().unwrap_or_default().to_owned(),
    })
}

fn kind(here: &Conversation) -> PlaceKind {
    match here.conversation_type.as_deref() {
        Some("personal") => PlaceKind::Personal,
        Some("groupChat") => PlaceKind::Group,
        Some("channel") => PlaceKind::Channel,
        _ if here.id.contains("@thread.tacv2") || here.id.contains("@thread.skype") => PlaceKind::Channel,
        _ if here.id.contains("@thread.v2") || here.is_group == Some(true) => PlaceKind::Group,
        _ => PlaceKind::Personal,
    }
}

/// The text without mentions of the bot and with single blanks. Other people's mentions and line breaks stay.
fn said(text: &str, activity: &Envelope) -> String {
    let bot = activity.recipient.as_ref();
    let mut text = Cow::Borrowed(text);
    for entity in activity.entities.iter().flatten() {
        let Entity::Mention(mention) = entity else { continue };
        if mention.kind != "mention" || bot.is_none_or(|bot| bot.id != mention.mentioned.id) {
            continue;
        }
        let named = mention.mentioned.name.as_deref().or(bot.and_then(|bot| bot.name.as_deref()));
        let tagged = named.map(|name| format!("<at>{name}</at>"));
        let written = mention.text.as_deref().filter(|written| !written.is_empty() && text.contains(*written));
        if let Some(written) = written.or(tagged.as_deref()) {
            text = Cow::Owned(text.replace(written, " "));
        }
    }
    // Teams puts a no-break space behind a mention, at times spelled out.
    let text = text.replace("&nbsp;", " ");
    let mut clean = String::with_capacity(text.len());
    for line in text.trim().lines() {
        if !clean.is_empty() {
            clean.push('\n');
        }
        for (index, word) in line.split_whitespace().enumerate() {
            // Writing into a String cannot fail.
            let _ = write!(clean, "{}{word}", if index == 0 { "" } else { " " });
        }
    }
    clean
}

#[cfg(test)]
mod tests;
