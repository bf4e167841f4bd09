//! What somebody at the terminal does in Slack.

use std::collections::BTreeMap;

use crate::world::{Message, Place, SlackAnswer, World};

/// Types in a channel, thread or direct message: a word with a slash in front is a command wherever Slack has commands.
pub(super) async fn say(world: &World, who: &str, (place, text): (&Place, &str)) -> Result<String, String> {
    let person = world.slack().person(who);
    let (command, rest) = text.split_once(' ').unwrap_or((text, ""));
    if command.starts_with('/') && !place.id.contains(';') {
        return shown(person.command(place, command, rest).await);
    }
    let sent = person.say(place, text).await;
    if sent.status == 200 { Ok(String::new()) } else { Err(format!("the bot answered {}", sent.status)) }
}

/// The open form, else the newest message or page on which this person sees a button of this title.
pub(super) fn find(world: &World, who: &str, title: &str) -> Option<Message> {
    let person = world.slack().person(who);
    let id = person.account().id.clone();
    let has = |m: &Message| m.is_in_slack() && m.plain().contains(&format!("[{title}]"));
    // A form that is open lies on everything else.
    if let Some(form) = person.modal() {
        return Some(form).filter(has);
    }
    let own = |m: &Message| m.only_for.as_ref().is_none_or(|only| *only == id);
    world.all_mail().messages_that(|m| has(m) && own(m)).pop()
}

/// Presses it; the button of a form submits the form.
pub(super) async fn press(
    world: &World,
    who: &str,
    (message, title): (&Message, &str),
    inputs: &BTreeMap<String, String>,
) -> Result<String, String> {
    let person = world.slack().person(who);
    let card = message.card.clone().unwrap_or_default();
    let inputs: Vec<(&str, String)> =
        inputs.iter().map(|(id, typed)| (id.as_str(), chosen(&card, id, typed))).collect();
    let inputs: Vec<(&str, &str)> = inputs.iter().map(|(id, value)| (*id, value.as_str())).collect();
    if card["submit"]["text"] == title {
        return shown(person.submit(message, &inputs).await);
    }
    if card["close"]["text"] == title {
        return shown(person.close(false).await);
    }
    shown(person.press(message, title, &inputs).await)
}

fn shown(answer: SlackAnswer) -> Result<String, String> {
    match answer {
        SlackAnswer::Taken | SlackAnswer::Shown(_) | SlackAnswer::View(_) => Ok(String::new()),
        SlackAnswer::Closed => Ok("the form is closed".to_owned()),
        SlackAnswer::Errors(errors) => Ok(errors.into_values().collect::<Vec<_>>().join("\n")),
        SlackAnswer::Refused(why) => Err(why.join("; ")),
        SlackAnswer::Failed(status) => Err(format!("the bot answered {status}")),
    }
}

/// The beginning of one choice's title is enough to choose it.
fn chosen(card: &serde_json::Value, id: &str, typed: &str) -> String {
    let blocks = card["blocks"].as_array().into_iter().flatten();
    let element = blocks.map(|block| &block["element"]).find(|element| element["action_id"] == id);
    let options: Vec<_> = element.and_then(|e| e["options"].as_array()).into_iter().flatten().collect();
    let begins = |option: &&&serde_json::Value| {
        let title = option["text"]["text"].as_str().unwrap_or_default().to_lowercase();
        title.starts_with(&typed.to_lowercase())
    };
    if options.iter().any(|o| o["value"] == typed || o["text"]["text"] == typed) {
        return typed.to_owned();
    }
    match options.iter().filter(begins).collect::<Vec<_>>().as_slice() {
        [only] => only["value"].as_str().unwrap_or(typed).to_owned(),
        _ => typed.to_owned(),
    }
}
