//! Reply addresses (`response_url`): five posts within thirty minutes, no token.
//!
//! <https://docs.slack.dev/interactivity/handling-user-interaction#message_responses>

use jiff::Timestamp;
use serde_json::{Value, json};

use super::chat::{Spot, channel_of, content, message};
use crate::world::log::{Effect, EffectKind};
use crate::world::server::{Answer, Ask};
use crate::world::state::State;

const FIELDS: [&str; 9] = [
    "text",
    "blocks",
    "response_type",
    "replace_original",
    "delete_original",
    "thread_ts",
    "unfurl_links",
    "unfurl_media",
    "metadata",
];

fn refusal(status: u16, error: &str) -> Answer {
    Answer::json(status, &json!({"ok": false, "error": error}))
}

pub(super) fn answer(state: &mut State, ask: &Ask, id: &str, now: Timestamp) -> Answer {
    let Some(body) = ask.json().filter(Value::is_object) else {
        return refusal(400, "invalid_payload").broke("a reply address was sent no JSON object");
    };
    let unknown = body.as_object().into_iter().flatten().find(|(key, _)| !FIELDS.contains(&key.as_str()));
    let unknown = unknown.map(|(key, _)| format!("a reply address was sent the undocumented field {key}"));
    let Some(hook) = state.slack.hooks.get_mut(id) else {
        return refusal(404, "no_service").broke("a reply address that Slack never gave");
    };
    if hook.until <= now {
        return refusal(404, "expired_url").broke("a reply address was used after 30 minutes");
    }
    if hook.left == 0 {
        return refusal(404, "used_url").broke("a reply address was used more than five times");
    }
    hook.left -= 1;
    let hook = hook.clone();
    let original = hook.message.as_deref().unwrap_or_default();
    if body["delete_original"] == true {
        let Some(message) = state.chat.message_mut(original) else { return refusal(404, "message_not_found") };
        (message.deleted, message.unread, message.never_read) = (true, false, false);
        return ok().did(Effect::new(EffectKind::MessageDeleted, original));
    }
    let said = match content(state, (body["text"].as_str().unwrap_or_default(), &body["blocks"])) {
        Ok(said) => said,
        Err(refused) => {
            let answer = refusal(400, &refused.error);
            return refused.rule.into_iter().fold(answer, Answer::broke);
        }
    };
    let rule = said.rule.clone().or(unknown);
    let answer = if body["replace_original"] == true {
        let Some(message) = state.chat.message_mut(original) else { return refusal(404, "message_not_found") };
        (message.text, message.card, message.names) = (said.text, said.card, said.names);
        message.edits += 1;
        message.unread = true;
        ok().did(Effect::new(EffectKind::MessageUpdated, original))
    } else {
        let seen_by_all = body["response_type"] == "in_channel";
        let thread = body["thread_ts"].as_str().map(str::to_owned).or(hook.thread);
        let spot = Spot { channel: hook.channel, members: Vec::new() };
        let only_for = (!seen_by_all).then_some(hook.user.as_str());
        let message = message(state, (&spot, thread.as_deref(), only_for), said, now);
        let id = message.id.clone();
        debug_assert_eq!(channel_of(&message), spot.channel);
        state.chat.messages.push(message);
        ok().did(Effect::new(EffectKind::MessagePosted, id))
    };
    rule.into_iter().fold(answer, Answer::broke)
}

fn ok() -> Answer {
    Answer { body: b"ok".to_vec(), ..Answer::empty(200) }
}
