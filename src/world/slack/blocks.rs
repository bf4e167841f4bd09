//! Block Kit as Slack checks it: kinds, fields, lengths, counts, ids. Written from the documentation alone, so that it
//! agrees with the bot's own check only where both are right.
//!
//! <https://docs.slack.dev/reference/block-kit/blocks>, <https://docs.slack.dev/reference/block-kit/block-elements>

use std::collections::BTreeSet;

use serde_json::Value;

use super::elements::{element, rich_text, text_object};

/// Where blocks are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Message,
    Modal,
    Home,
}

/// What is wrong, in Slack's words, with a JSON pointer.
pub(super) type Faults = Vec<String>;

pub(super) fn fault(faults: &mut Faults, pointer: &str, what: impl std::fmt::Display) {
    faults.push(format!("[ERROR] {what} [json-pointer:{pointer}]"));
}

/// No other fields than these and `type`.
pub(super) fn only(value: &Value, allowed: &[&str], (faults, pointer): (&mut Faults, &str)) {
    for key in value.as_object().into_iter().flat_map(serde_json::Map::keys) {
        if key != "type" && !allowed.contains(&key.as_str()) {
            fault(faults, pointer, format_args!("invalid additional property: {key}"));
        }
    }
}

/// A string of a length; `required`: must be there.
pub(super) fn string(
    value: &Value,
    (key, most, required): (&str, usize, bool),
    (faults, pointer): (&mut Faults, &str),
) {
    match &value[key] {
        Value::Null if required => fault(faults, pointer, format_args!("missing required field: {key}")),
        Value::Null => {}
        Value::String(text) if text.is_empty() => {
            fault(faults, &format!("{pointer}/{key}"), "must be more than 0 characters");
        }
        Value::String(text) if text.chars().count() > most => {
            fault(faults, &format!("{pointer}/{key}"), format_args!("must be less than {} characters", most + 1));
        }
        Value::String(_) => {}
        _ => fault(faults, &format!("{pointer}/{key}"), "must be a string"),
    }
}

/// An array within a number of items.
pub(super) fn array<'a>(
    value: &'a Value,
    (key, least, most): (&str, usize, usize),
    (faults, pointer): (&mut Faults, &str),
) -> &'a [Value] {
    let pointer = format!("{pointer}/{key}");
    let Some(items) = value[key].as_array() else {
        if least > 0 {
            fault(faults, &pointer, format_args!("missing required field: {key}"));
        } else if !value[key].is_null() {
            fault(faults, &pointer, "must be an array");
        }
        return &[];
    };
    if items.len() < least {
        fault(faults, &pointer, format_args!("no fewer than {least} items allowed"));
    } else if items.len() > most {
        fault(faults, &pointer, format_args!("no more than {most} items allowed"));
    }
    items
}

/// Blocks that came with Slack in 2026; an older client, or the knob, refuses them.
const NEWER: [&str; 7] = ["plan", "task_card", "card", "carousel", "container", "data_table", "alert"];

/// Everything that is wrong with these blocks.
pub(super) fn block_faults(blocks: &Value, stage: Stage, newer: bool) -> Faults {
    let mut faults = Vec::new();
    let Some(items) = blocks.as_array() else {
        fault(&mut faults, "/blocks", "must be an array");
        return faults;
    };
    let most = if stage == Stage::Message { 50 } else { 100 };
    if items.len() > most {
        fault(&mut faults, "/blocks", format_args!("no more than {most} items allowed"));
    }
    let mut ids = BTreeSet::new();
    for (index, item) in items.iter().enumerate() {
        let pointer = format!("/blocks/{index}");
        if let Some(id) = item["block_id"].as_str()
            && !ids.insert(id)
        {
            fault(&mut faults, &pointer, format_args!("block_id {id} is used twice"));
        }
        block(item, stage, (&mut faults, &pointer));
        if !newer && NEWER.contains(&item["type"].as_str().unwrap_or_default()) {
            fault(&mut faults, &pointer, format_args!("unsupported type: {}", item["type"]));
        }
    }
    for kind in ["plan", "table", "data_table"] {
        if items.iter().filter(|b| b["type"] == kind).count() > 1 {
            fault(&mut faults, "/blocks", format_args!("only_one_{kind}_allowed"));
        }
    }
    let markdown: usize = items
        .iter()
        .filter(|b| b["type"] == "markdown")
        .filter_map(|b| b["text"].as_str())
        .map(|t| t.chars().count())
        .sum();
    if markdown > 12_000 {
        fault(&mut faults, "/blocks", "markdown text must be less than 12001 characters");
    }
    faults
}

fn block(block: &Value, stage: Stage, (faults, pointer): (&mut Faults, &str)) {
    let kind = block["type"].as_str().unwrap_or_default();
    string(block, ("block_id", 255, false), (faults, pointer));
    match kind {
        "divider" => only(block, &["block_id"], (faults, pointer)),
        "header" => {
            only(block, &["block_id", "text", "level"], (faults, pointer));
            text_object(&block["text"], (150, &["plain_text"]), (faults, &format!("{pointer}/text")));
        }
        "section" => section(block, (faults, pointer)),
        "context" => {
            only(block, &["block_id", "elements"], (faults, pointer));
            for (n, item) in array(block, ("elements", 1, 10), (faults, pointer)).iter().enumerate() {
                let pointer = format!("{pointer}/elements/{n}");
                if item["type"] == "image" {
                    element(item, "context", (faults, &pointer));
                } else {
                    text_object(item, (3000, &["plain_text", "mrkdwn"]), (faults, &pointer));
                }
            }
        }
        "actions" => {
            only(block, &["block_id", "elements"], (faults, pointer));
            let mut ids = BTreeSet::new();
            for (n, item) in array(block, ("elements", 1, 25), (faults, pointer)).iter().enumerate() {
                let pointer = format!("{pointer}/elements/{n}");
                element(item, "actions", (faults, &pointer));
                if let Some(id) = item["action_id"].as_str()
                    && !ids.insert(id)
                {
                    fault(faults, &pointer, format_args!("action_id {id} already exists"));
                }
            }
        }
        "input" => input(block, (faults, pointer)),
        "image" => {
            only(block, &["block_id", "alt_text", "image_url", "slack_file", "title"], (faults, pointer));
            string(block, ("alt_text", 2000, true), (faults, pointer));
            string(block, ("image_url", 3000, false), (faults, pointer));
        }
        "rich_text" => {
            only(block, &["block_id", "elements"], (faults, pointer));
            array(block, ("elements", 1, 1000), (faults, pointer));
        }
        "markdown" => {
            only(block, &["block_id", "text"], (faults, pointer));
            string(block, ("text", 12_000, true), (faults, pointer));
        }
        "table" => table(block, (faults, pointer)),
        "plan" => plan(block, (faults, pointer)),
        "task_card" => {
            only(block, &["block_id", "task_id", "title", "status", "details", "output", "sources"], (faults, pointer));
            task(block, (faults, pointer));
        }
        "alert" if stage == Stage::Modal => {
            only(block, &["block_id", "text", "level"], (faults, pointer));
            text_object(&block["text"], (200, &["plain_text", "mrkdwn"]), (faults, &format!("{pointer}/text")));
            one_of(block, "level", &["default", "info", "warning", "error", "success"], (faults, pointer));
        }
        "" => fault(faults, pointer, "missing required field: type"),
        _ => fault(faults, pointer, format_args!("unsupported type: {kind}")),
    }
}

/// A field that, where it stands, is one of these.
pub(super) fn one_of(value: &Value, key: &str, allowed: &[&str], (faults, pointer): (&mut Faults, &str)) {
    let good = value[key].is_null() || value[key].as_str().is_some_and(|v| allowed.contains(&v));
    if !good {
        fault(faults, &format!("{pointer}/{key}"), format_args!("must be one of {}", allowed.join(", ")));
    }
}

fn section(block: &Value, (faults, pointer): (&mut Faults, &str)) {
    only(block, &["block_id", "text", "fields", "accessory", "expand"], (faults, pointer));
    let kinds: &[&str] = &["plain_text", "mrkdwn"];
    if block["text"].is_null() && block["fields"].is_null() {
        fault(faults, pointer, "missing required field: text");
    }
    if !block["text"].is_null() {
        text_object(&block["text"], (3000, kinds), (faults, &format!("{pointer}/text")));
    }
    if !block["fields"].is_null() {
        for (n, field) in array(block, ("fields", 1, 10), (faults, pointer)).iter().enumerate() {
            text_object(field, (2000, kinds), (faults, &format!("{pointer}/fields/{n}")));
        }
    }
    if !block["accessory"].is_null() {
        element(&block["accessory"], "section", (faults, &format!("{pointer}/accessory")));
    }
}

fn input(block: &Value, (faults, pointer): (&mut Faults, &str)) {
    only(block, &["block_id", "label", "element", "hint", "optional", "dispatch_action"], (faults, pointer));
    text_object(&block["label"], (2000, &["plain_text"]), (faults, &format!("{pointer}/label")));
    if !block["hint"].is_null() {
        text_object(&block["hint"], (2000, &["plain_text"]), (faults, &format!("{pointer}/hint")));
    }
    for key in ["optional", "dispatch_action"] {
        if !(block[key].is_null() || block[key].is_boolean()) {
            fault(faults, &format!("{pointer}/{key}"), "must be a boolean");
        }
    }
    element(&block["element"], "input", (faults, &format!("{pointer}/element")));
}

fn table(block: &Value, (faults, pointer): (&mut Faults, &str)) {
    only(block, &["block_id", "rows", "column_settings"], (faults, pointer));
    for (n, row) in array(block, ("rows", 1, 100), (faults, pointer)).iter().enumerate() {
        let pointer = format!("{pointer}/rows/{n}");
        let cells = row.as_array().map_or(&[][..], Vec::as_slice);
        if !(1..=20).contains(&cells.len()) {
            fault(faults, &pointer, "between 1 and 20 cells allowed");
        }
        for (m, cell) in cells.iter().enumerate() {
            match cell["type"].as_str() {
                Some("raw_text") => string(cell, ("text", 3000, true), (faults, &format!("{pointer}/{m}"))),
                Some("rich_text" | "raw_number") => {}
                _ => fault(faults, &format!("{pointer}/{m}"), "unsupported type"),
            }
        }
    }
}

fn plan(block: &Value, (faults, pointer): (&mut Faults, &str)) {
    only(block, &["block_id", "title", "tasks"], (faults, pointer));
    string(block, ("title", 2000, true), (faults, pointer));
    let mut ids = BTreeSet::new();
    for (n, item) in array(block, ("tasks", 0, 50), (faults, pointer)).iter().enumerate() {
        let pointer = format!("{pointer}/tasks/{n}");
        if !item["type"].is_null() {
            fault(faults, &pointer, "invalid additional property: type");
        }
        only(item, &["task_id", "title", "status", "details", "output", "sources"], (faults, &pointer));
        task(item, (faults, &pointer));
        if item["task_id"].as_str().is_some_and(|id| !ids.insert(id)) {
            fault(faults, &pointer, "task_id is used twice");
        }
    }
}

fn task(item: &Value, (faults, pointer): (&mut Faults, &str)) {
    string(item, ("task_id", 255, true), (faults, pointer));
    string(item, ("title", 2000, true), (faults, pointer));
    one_of(item, "status", &["pending", "in_progress", "complete", "error"], (faults, pointer));
    for key in ["details", "output"] {
        if !(item[key].is_null() || item[key]["type"] == "rich_text") {
            fault(faults, &format!("{pointer}/{key}"), "must be a rich_text block");
        }
    }
}

/// A view: its own fields, then its blocks.
pub(super) fn view_faults(view: &Value, stage: Stage) -> Faults {
    let mut faults = Vec::new();
    let faults_at: (&mut Faults, &str) = (&mut faults, "/view");
    let common = ["blocks", "private_metadata", "callback_id", "external_id"];
    let modal = ["title", "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled"];
    let allowed: Vec<&str> = common.iter().chain(modal.iter().filter(|_| stage == Stage::Modal)).copied().collect();
    only(view, &allowed, (&mut *faults_at.0, "/view"));
    let expected = if stage == Stage::Modal { "modal" } else { "home" };
    if view["type"] != expected {
        fault(&mut faults, "/view/type", format_args!("must be {expected}"));
    }
    string(view, ("private_metadata", 3000, false), (&mut faults, "/view"));
    string(view, ("callback_id", 255, false), (&mut faults, "/view"));
    string(view, ("external_id", 255, false), (&mut faults, "/view"));
    if stage == Stage::Modal {
        text_object(&view["title"], (24, &["plain_text"]), (&mut faults, "/view/title"));
        for key in ["submit", "close"] {
            if !view[key].is_null() {
                text_object(&view[key], (24, &["plain_text"]), (&mut faults, &format!("/view/{key}")));
            }
        }
        let inputs = view["blocks"].as_array().is_some_and(|blocks| blocks.iter().any(|b| b["type"] == "input"));
        if inputs && view["submit"].is_null() {
            fault(&mut faults, "/view", "missing required field: submit");
        }
    }
    faults.extend(block_faults(&view["blocks"], stage, true));
    if view.to_string().len() > 250_000 {
        fault(&mut faults, "/view", "view_too_large");
    }
    faults
}

/// Text objects of blocks in which markup counts, and those in which it does not, as they are read: without what is only
/// offered to be chosen or pressed.
pub(super) fn shown_texts(blocks: &[Value]) -> Vec<String> {
    let mut texts = Vec::new();
    for block in blocks {
        let mut add = |text: &Value| texts.extend(text["text"].as_str().map(str::to_owned));
        match block["type"].as_str().unwrap_or_default() {
            "header" => add(&block["text"]),
            "section" => {
                add(&block["text"]);
                block["fields"].as_array().into_iter().flatten().for_each(add);
            }
            "context" => block["elements"].as_array().into_iter().flatten().for_each(add),
            "plan" => {
                texts.extend(block["title"].as_str().map(str::to_owned));
                for task in block["tasks"].as_array().into_iter().flatten() {
                    texts.extend(task["title"].as_str().map(str::to_owned));
                    texts.extend(["details", "output"].map(|key| rich_text(&task[key])));
                }
            }
            "rich_text" => texts.push(rich_text(block)),
            _ => {}
        }
    }
    texts.retain(|text| !text.is_empty());
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(text: &str) -> Value {
        json!({"type": "plain_text", "text": text})
    }

    fn button(id: &str) -> Value {
        json!({"type": "button", "action_id": id, "text": text("Go")})
    }

    #[test]
    fn every_documented_limit_is_kept() {
        let select = |options: Value| json!({"type": "actions", "elements": [{"type": "static_select", "action_id": "a", "options": options}]});
        let option = |value: &str| json!({"text": text(value), "value": value});
        let task = |id: &str| json!({"task_id": id, "title": "x", "status": "pending"});
        let bad = [
            (json!({"type": "haeder"}), "unsupported type"),
            (json!({"text": text("x")}), "missing required field: type"),
            (json!({"type": "header", "text": text(&"x".repeat(151))}), "less than 151"),
            (json!({"type": "header", "txt": text("x")}), "invalid additional property: txt"),
            (json!({"type": "section"}), "missing required field: text"),
            (json!({"type": "section", "text": text(&"x".repeat(3001))}), "less than 3001"),
            (json!({"type": "section", "fields": vec![text("x"); 11]}), "no more than 10 items"),
            (json!({"type": "section", "fields": [text(&"x".repeat(2001))]}), "less than 2001"),
            (
                json!({"type": "section", "text": text("x"), "accessory": {"type": "plain_text_input"}}),
                "unsupported element",
            ),
            (json!({"type": "context", "elements": vec![text("x"); 11]}), "no more than 10 items"),
            (json!({"type": "actions", "elements": []}), "no fewer than 1"),
            (json!({"type": "actions", "elements": [button("a"), button("a")]}), "already exists"),
            (
                json!({"type": "actions", "elements": [{"type": "button", "text": text(&"x".repeat(76))}]}),
                "less than 76",
            ),
            (
                json!({"type": "actions", "elements": [{"type": "button", "text": text("x"), "style": "success"}]}),
                "must be one of",
            ),
            (
                json!({"type": "actions", "elements": [{"type": "button", "text": text("x"), "value": "x".repeat(2001)}]}),
                "less than 2001",
            ),
            (select(json!([])), "no fewer than 1"),
            (select(json!([option("a"), option("a")])), "used twice"),
            (select(json!([option(&"x".repeat(76))])), "less than 76"),
            (json!({"type": "input", "element": {"type": "plain_text_input"}}), "missing required text object"),
            (json!({"type": "input", "label": text("x"), "element": button("a")}), "unsupported element in input"),
            (
                json!({"type": "input", "label": text("x"), "element": {"type": "static_select", "action_id": "a",
                "options": [option("a")], "initial_option": option("b")}}),
                "must match one of the options",
            ),
            (json!({"type": "plan", "title": "x", "tasks": [task("1"), task("1")]}), "used twice"),
            (
                json!({"type": "plan", "title": "x", "tasks": [{"task_id": "1", "title": "x", "status": "done"}]}),
                "must be one of",
            ),
            (
                json!({"type": "plan", "title": "x", "tasks": [{"type": "task_card", "task_id": "1", "title": "x"}]}),
                "property: type",
            ),
            (json!({"type": "alert", "text": text("x")}), "unsupported type: alert"),
            (json!({"type": "divider", "block_id": "x".repeat(256)}), "less than 256"),
        ];
        for (block, expected) in bad {
            let faults = block_faults(&json!([block]), Stage::Message, true);
            assert!(faults.iter().any(|f| f.contains(expected)), "{block}: {faults:?}");
        }
        let twice = json!([{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}]);
        assert!(block_faults(&twice, Stage::Message, true)[0].contains("used twice"));
        let plans = json!([{"type": "plan", "title": "x"}, {"type": "plan", "title": "y"}]);
        assert!(block_faults(&plans, Stage::Message, true)[0].contains("only_one_plan_allowed"));
        assert!(block_faults(&json!([{"type": "alert", "text": text("x")}]), Stage::Modal, true).is_empty());
    }

    #[test]
    fn a_view_has_short_titles_and_something_to_submit() {
        let view = |key: &str, value: Value| {
            let mut view = json!({"type": "modal", "title": text("x"), "blocks": []});
            view[key] = value;
            view_faults(&view, Stage::Modal)
        };
        assert!(view("callback_id", json!("x")).is_empty());
        for (key, value) in [
            ("title", text(&"x".repeat(25))),
            ("submit", text(&"x".repeat(25))),
            ("private_metadata", json!("x".repeat(3001))),
            ("type", json!("home")),
            ("colour", json!("red")),
            ("blocks", json!(vec![json!({"type": "divider"}); 101])),
        ] {
            assert!(!view(key, value).is_empty(), "{key}");
        }
    }
}
