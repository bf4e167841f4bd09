//! Inputs and buttons of a message or a view as a client uses them: presets, what somebody fills in, what is sent.

use serde_json::{Map, Value, json};

use super::elements::all_options;
use super::render::preset;

/// A button and the block it stands in.
#[derive(Debug, Clone)]
pub(super) struct Button {
    pub block_id: String,
    pub element: Value,
}

fn blocks(card: &Value) -> impl Iterator<Item = &Value> {
    card["blocks"].as_array().into_iter().flatten()
}

/// The id of a block; Slack gives one to those that have none.
fn block_id(block: &Value, index: usize) -> String {
    block["block_id"].as_str().map_or_else(|| format!("b{index}"), str::to_owned)
}

/// Everything in it that can be pressed or filled in: the block's id, whether it is an input block, the element.
fn elements(card: &Value) -> Vec<(String, &Value, &Value)> {
    let mut found = Vec::new();
    for (index, block) in blocks(card).enumerate() {
        let id = block_id(block, index);
        let of_actions = block["elements"].as_array().filter(|_| block["type"] == "actions").into_iter().flatten();
        let single = [&block["accessory"], &block["element"]].into_iter().filter(|e| e.is_object());
        found.extend(of_actions.chain(single).map(|element| (id.clone(), block, element)));
    }
    found
}

/// The button of this title that this person is shown.
pub(super) fn button(card: &Value, title: &str, user: &str) -> Option<Button> {
    let all = elements(card).into_iter().filter(|(_, _, e)| e["type"] == "button" && e["text"]["text"] == title);
    let sees = |e: &Value| e["visible_to_user_ids"].as_array().is_none_or(|ids| ids.iter().any(|id| *id == *user));
    let mut seen = all.filter(|(_, _, e)| sees(e));
    seen.next().map(|(block_id, _, element)| Button { block_id, element: element.clone() })
}

/// What an input holds as the payload shows it.
fn state_of(element: &Value, values: &[String]) -> Value {
    let kind = element["type"].as_str().unwrap_or_default();
    let option = |value: &String| all_options(element).find(|o| o["value"] == **value).cloned().unwrap_or_default();
    let first = values.first();
    match kind {
        "static_select" | "radio_buttons" => json!({"type": kind, "selected_option": first.map(option)}),
        "multi_static_select" | "checkboxes" => {
            json!({"type": kind, "selected_options": values.iter().map(option).collect::<Vec<_>>()})
        }
        "users_select" => json!({"type": kind, "selected_user": first}),
        "conversations_select" => json!({"type": kind, "selected_conversation": first}),
        "channels_select" => json!({"type": kind, "selected_channel": first}),
        "datepicker" => json!({"type": kind, "selected_date": first}),
        "timepicker" => json!({"type": kind, "selected_time": first}),
        _ => json!({"type": kind, "value": first}),
    }
}

/// A filled form.
#[derive(Debug, Default)]
pub(super) struct Filled {
    /// `state.values`
    pub values: Map<String, Value>,
    /// What the client shows under inputs that it does not let pass.
    pub errors: Vec<String>,
    /// Menus outside input blocks that were changed: each sends an action of its own.
    pub chosen: Vec<(String, Value)>,
}

/// Overlays presets with what somebody filled in, by `action_id`; a choice by value or title. `strict`: as in a modal,
/// where the client refuses what is missing or too long.
pub(super) fn fill(card: &Value, inputs: &[(&str, &str)], strict: bool) -> Filled {
    let mut filled = Filled::default();
    let mut known = Vec::new();
    for (block_id, block, element) in elements(card) {
        let kind = element["type"].as_str().unwrap_or_default();
        if matches!(kind, "button" | "overflow" | "image" | "") {
            continue;
        }
        let action = element["action_id"].as_str().unwrap_or_default();
        known.push(action);
        let given = inputs.iter().find(|(id, _)| *id == action).map(|(_, value)| *value);
        let values = match given {
            Some("") => Vec::new(),
            Some(given) => match chosen(element, given) {
                Some(value) => vec![value],
                None => {
                    filled.errors.push(format!("{action}: {given} is not among the choices"));
                    continue;
                }
            },
            None => preset(element),
        };
        let label = block["label"]["text"].as_str().unwrap_or(action);
        let is_input = block["type"] == "input";
        if strict && is_input && block["optional"] != true && values.is_empty() {
            filled.errors.push(format!("{label}: Please complete this required field."));
        }
        let long = element["max_length"].as_u64().unwrap_or(3000);
        if values.first().is_some_and(|text| text.chars().count() as u64 > long) {
            filled.errors.push(format!("{label}: too long"));
        }
        let state = state_of(element, &values);
        if !is_input && given.is_some() {
            let mut action = state.clone();
            action["action_id"] = element["action_id"].clone();
            action["block_id"] = block_id.clone().into();
            filled.chosen.push((block_id.clone(), action));
        }
        let block = filled.values.entry(block_id).or_insert_with(|| json!({}));
        block[action] = state;
    }
    let unknown = inputs.iter().filter(|(id, _)| !known.contains(id));
    filled.errors.extend(unknown.map(|(id, _)| format!("{id}: there is no such input")));
    filled
}

fn chosen(element: &Value, given: &str) -> Option<String> {
    if all_options(element).next().is_none() {
        return Some(given.to_owned());
    }
    let by_value = all_options(element).find(|o| o["value"] == given);
    let found = by_value.or_else(|| all_options(element).find(|o| o["text"]["text"] == given));
    found.and_then(|o| o["value"].as_str()).map(str::to_owned)
}

/// Ids of the input blocks, and which `action_id` stands in each.
pub(super) fn input_blocks(card: &Value) -> Vec<(String, String)> {
    let inputs = elements(card).into_iter().filter(|(_, block, _)| block["type"] == "input");
    inputs.map(|(id, _, e)| (id, e["action_id"].as_str().unwrap_or_default().to_owned())).collect()
}

/// The same without anybody looking: values that were never offered, inputs that are not there.
pub(super) fn forge(card: &Value, inputs: &[(&str, &str)]) -> Filled {
    let mut filled = Filled::default();
    let known = elements(card);
    for (action, value) in inputs {
        let found = known.iter().find(|(_, _, e)| e["action_id"] == *action);
        let choice = found.is_some_and(|(_, _, e)| all_options(e).next().is_some());
        let offered = found.and_then(|(_, _, e)| chosen(e, value));
        let state = match (found, offered, choice) {
            (Some((_, _, element)), Some(value), _) => state_of(element, &[value]),
            (_, _, true) => json!({"type": "static_select",
                "selected_option": {"text": {"type": "plain_text", "text": value}, "value": value}}),
            _ => json!({"type": "plain_text_input", "value": value}),
        };
        let block = found.map_or_else(|| format!("{action}:forged"), |(id, _, _)| id.clone());
        let block = filled.values.entry(block).or_insert_with(|| json!({}));
        block[*action] = state;
    }
    filled
}
