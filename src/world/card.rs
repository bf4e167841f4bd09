//! An Adaptive Card as a client uses it: its inputs, their presets and rules, its actions.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Map, Value};

/// Keys under which a card keeps further elements.
const NESTS: [&str; 6] = ["body", "items", "columns", "rows", "cells", "card"];

fn walk<'a>(value: &'a Value, see: &mut dyn FnMut(&'a Value)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, see)),
        Value::Object(map) => {
            // A hidden element is neither seen nor validated.
            if map.get("isVisible") == Some(&Value::Bool(false)) {
                return;
            }
            see(value);
            for key in NESTS {
                if let Some(nested) = map.get(key) {
                    walk(nested, see);
                }
            }
        }
        _ => {}
    }
}

/// Every visible input.
pub(super) fn each_input<'a>(card: &'a Value, see: &mut dyn FnMut(&'a Value)) {
    walk(card, &mut |element| {
        if element["type"].as_str().is_some_and(|t| t.starts_with("Input.")) {
            see(element);
        }
    });
}

/// Every visible action: of the card and of action sets inside it.
pub(super) fn each_action<'a>(card: &'a Value, see: &mut dyn FnMut(&'a Value)) {
    walk(card, &mut |element| {
        if let Some(actions) = element["actions"].as_array() {
            actions.iter().for_each(&mut *see);
        }
    });
}

/// The action with this title, enabled or not.
pub(super) fn action<'a>(card: &'a Value, title: &str) -> Option<&'a Value> {
    let mut found = None;
    each_action(card, &mut |action| {
        if action["title"] == title {
            found.get_or_insert(action);
        }
    });
    found
}

/// What a person filled in, by input id.
pub(super) type Filled = BTreeMap<String, String>;

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What the card submits: presets overlaid with what was filled in; empty inputs are absent, all values are strings.
/// Errors are the messages that the client shows under the inputs.
pub(super) fn submitted(card: &Value, filled: &Filled) -> Result<Map<String, Value>, Vec<String>> {
    let (mut values, mut errors, mut known) = (Map::new(), Vec::new(), Vec::new());
    each_input(card, &mut |input| {
        let id = input["id"].as_str().unwrap_or_default();
        known.push(id.to_owned());
        let toggle = input["type"] == "Input.Toggle";
        let preset = text(&input["value"]).or_else(|| toggle.then(|| "false".to_owned())).unwrap_or_default();
        let mut value = filled.get(id).cloned().unwrap_or(preset);
        match chosen(input, &value) {
            Some(choice) => value = choice,
            None => errors.push(format!("{id}: {value} is not among the choices")),
        }
        if let Some(error) = fault(input, &value) {
            errors.push(error);
        }
        if !value.is_empty() {
            values.insert(id.to_owned(), value.into());
        }
    });
    errors.extend(filled.keys().filter(|id| !known.contains(id)).map(|id| format!("{id}: the card has no such input")));
    if errors.is_empty() { Ok(values) } else { Err(errors) }
}

/// A choice by its value or, as people see it, by its title.
fn chosen(input: &Value, value: &str) -> Option<String> {
    let choices = input["choices"].as_array().filter(|_| input["type"] == "Input.ChoiceSet");
    let Some(choices) = choices.filter(|_| !value.is_empty()) else { return Some(value.to_owned()) };
    let by = |key: &str| choices.iter().find(|c| c[key] == value).and_then(|c| text(&c["value"]));
    by("value").or_else(|| by("title"))
}

fn fault(input: &Value, value: &str) -> Option<String> {
    let id = input["id"].as_str().unwrap_or_default();
    let message = || input["errorMessage"].as_str().map_or_else(|| format!("{id} is not valid"), str::to_owned);
    if value.is_empty() {
        return (input["isRequired"] == true).then(message);
    }
    let long = input["maxLength"].as_u64().is_some_and(|most| value.chars().count() as u64 > most);
    // The client's regular expressions are JavaScript's; one that this library cannot read is a fault of the card.
    let shaped = input["regex"].as_str().is_none_or(|r| Regex::new(r).is_ok_and(|r| r.is_match(value)));
    (long || !shaped).then(message)
}
