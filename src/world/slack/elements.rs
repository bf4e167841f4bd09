//! Block elements and text objects, as Slack checks them.
//!
//! <https://docs.slack.dev/reference/block-kit/block-elements>, <https://docs.slack.dev/reference/block-kit/composition-objects>

use std::collections::BTreeSet;

use serde_json::Value;

use super::blocks::{Faults, array, fault, one_of, only, string};

/// A text object of one of these kinds.
pub(super) fn text_object(value: &Value, (most, kinds): (usize, &[&str]), (faults, pointer): (&mut Faults, &str)) {
    if !value.is_object() {
        return fault(faults, pointer, "missing required text object");
    }
    let kind = value["type"].as_str().unwrap_or_default();
    if !kinds.contains(&kind) {
        return fault(faults, pointer, format_args!("unsupported type: {kind}"));
    }
    only(value, if kind == "mrkdwn" { &["text", "verbatim"] } else { &["text", "emoji"] }, (faults, pointer));
    string(value, ("text", most, true), (faults, pointer));
}

/// Elements by where they may stand.
fn allowed(place: &str) -> &'static [&'static str] {
    match place {
        "input" => &[
            "plain_text_input",
            "email_text_input",
            "url_text_input",
            "number_input",
            "static_select",
            "multi_static_select",
            "users_select",
            "conversations_select",
            "channels_select",
            "radio_buttons",
            "checkboxes",
            "datepicker",
            "timepicker",
        ],
        "actions" => &[
            "button",
            "static_select",
            "users_select",
            "conversations_select",
            "channels_select",
            "radio_buttons",
            "checkboxes",
            "datepicker",
            "timepicker",
            "overflow",
        ],
        "section" => &[
            "button",
            "static_select",
            "multi_static_select",
            "users_select",
            "radio_buttons",
            "checkboxes",
            "datepicker",
            "timepicker",
            "overflow",
            "image",
        ],
        _ => &["image"],
    }
}

pub(super) fn element(value: &Value, place: &str, (faults, pointer): (&mut Faults, &str)) {
    let kind = value["type"].as_str().unwrap_or_default();
    if !allowed(place).contains(&kind) {
        return fault(faults, pointer, format_args!("unsupported element in {place}: {kind}"));
    }
    string(value, ("action_id", 255, false), (faults, pointer));
    if !value["confirm"].is_null() {
        confirm(&value["confirm"], (faults, &format!("{pointer}/confirm")));
    }
    if !value["placeholder"].is_null() {
        text_object(&value["placeholder"], (150, &["plain_text"]), (faults, &format!("{pointer}/placeholder")));
    }
    match kind {
        "button" => button(value, (faults, pointer)),
        "image" => {
            only(value, &["image_url", "alt_text", "slack_file"], (faults, pointer));
            string(value, ("alt_text", 2000, true), (faults, pointer));
        }
        "static_select" | "multi_static_select" => select(value, (faults, pointer)),
        "radio_buttons" | "checkboxes" => {
            let initial = if kind == "checkboxes" { "initial_options" } else { "initial_option" };
            only(value, &["action_id", "options", initial, "confirm", "focus_on_load"], (faults, pointer));
            options(value, 10, (faults, pointer));
            offered(value, (faults, pointer));
        }
        "overflow" => {
            only(value, &["action_id", "options", "confirm"], (faults, pointer));
            options(value, 5, (faults, pointer));
        }
        "plain_text_input" | "email_text_input" | "url_text_input" | "number_input" => typed(value, (faults, pointer)),
        _ => {}
    }
}

fn button(value: &Value, (faults, pointer): (&mut Faults, &str)) {
    let fields =
        ["action_id", "text", "url", "value", "style", "confirm", "accessibility_label", "visible_to_user_ids"];
    only(value, &fields, (faults, pointer));
    text_object(&value["text"], (75, &["plain_text"]), (faults, &format!("{pointer}/text")));
    string(value, ("value", 2000, false), (faults, pointer));
    string(value, ("url", 3000, false), (faults, pointer));
    string(value, ("accessibility_label", 75, false), (faults, pointer));
    one_of(value, "style", &["primary", "danger"], (faults, pointer));
}

fn confirm(value: &Value, (faults, pointer): (&mut Faults, &str)) {
    only(value, &["title", "text", "confirm", "deny", "style"], (faults, pointer));
    for (key, most) in [("title", 100), ("confirm", 30), ("deny", 30)] {
        text_object(&value[key], (most, &["plain_text"]), (faults, &format!("{pointer}/{key}")));
    }
    text_object(&value["text"], (300, &["plain_text", "mrkdwn"]), (faults, &format!("{pointer}/text")));
    one_of(value, "style", &["primary", "danger"], (faults, pointer));
}

fn select(value: &Value, (faults, pointer): (&mut Faults, &str)) {
    let fields = [
        "action_id",
        "options",
        "option_groups",
        "initial_option",
        "initial_options",
        "confirm",
        "max_selected_items",
        "focus_on_load",
        "placeholder",
    ];
    only(value, &fields, (faults, pointer));
    if value["options"].is_null() == value["option_groups"].is_null() {
        return fault(faults, pointer, "exactly one of options and option_groups is needed");
    }
    if value["option_groups"].is_null() {
        options(value, 100, (faults, pointer));
    }
    for (n, group) in array(value, ("option_groups", 0, 100), (faults, pointer)).iter().enumerate() {
        let pointer = format!("{pointer}/option_groups/{n}");
        text_object(&group["label"], (75, &["plain_text"]), (faults, &format!("{pointer}/label")));
        options(group, 100, (faults, &pointer));
    }
    offered(value, (faults, pointer));
}

fn options(value: &Value, most: usize, (faults, pointer): (&mut Faults, &str)) {
    let kinds: &[&str] = match value["type"].as_str() {
        Some("radio_buttons" | "checkboxes") => &["plain_text", "mrkdwn"],
        _ => &["plain_text"],
    };
    let mut values = BTreeSet::new();
    for (n, option) in array(value, ("options", 1, most), (faults, pointer)).iter().enumerate() {
        let pointer = format!("{pointer}/options/{n}");
        only(option, &["text", "value", "description", "url"], (faults, &pointer));
        text_object(&option["text"], (75, kinds), (faults, &format!("{pointer}/text")));
        string(option, ("value", 75, true), (faults, &pointer));
        if option["value"].as_str().is_some_and(|v| !values.insert(v)) {
            fault(faults, &pointer, "the value of an option is used twice");
        }
        if !option["description"].is_null() {
            text_object(&option["description"], (75, &["plain_text"]), (faults, &format!("{pointer}/description")));
        }
    }
}

/// Every option, in groups or not.
pub(super) fn all_options(value: &Value) -> impl Iterator<Item = &Value> {
    let own = value["options"].as_array().into_iter().flatten();
    let groups = value["option_groups"].as_array().into_iter().flatten();
    own.chain(groups.flat_map(|g| g["options"].as_array().into_iter().flatten()))
}

/// What is preset must be among the options, field by field.
fn offered(value: &Value, (faults, pointer): (&mut Faults, &str)) {
    let one = Some(&value["initial_option"]).filter(|v| !v.is_null());
    for preset in one.into_iter().chain(value["initial_options"].as_array().into_iter().flatten()) {
        if !all_options(value).any(|option| option == preset) {
            fault(faults, &format!("{pointer}/initial_option"), "initial_option must match one of the options exactly");
        }
    }
}

fn typed(value: &Value, (faults, pointer): (&mut Faults, &str)) {
    let common = ["action_id", "initial_value", "placeholder", "focus_on_load", "dispatch_action_config"];
    let further: &[&str] = match value["type"].as_str() {
        Some("plain_text_input") => &["multiline", "min_length", "max_length"],
        Some("number_input") => &["is_decimal_allowed", "min_value", "max_value"],
        _ => &[],
    };
    let fields: Vec<&str> = common.iter().chain(further).copied().collect();
    only(value, &fields, (faults, pointer));
    string(value, ("initial_value", 3000, false), (faults, pointer));
    let lengths = [("min_length", 0..=3000), ("max_length", 1..=3000)];
    for (key, range) in lengths {
        if value[key].as_u64().is_some_and(|n| !range.contains(&n)) {
            fault(faults, &format!("{pointer}/{key}"), "is out of range");
        }
    }
    if value["type"] == "number_input" && !value["is_decimal_allowed"].is_boolean() {
        fault(faults, pointer, "missing required field: is_decimal_allowed");
    }
}

/// All text of a rich_text block, in order.
pub(super) fn rich_text(value: &Value) -> String {
    let mut text = String::new();
    collect(value, &mut text);
    text
}

fn collect(value: &Value, text: &mut String) {
    match value["type"].as_str() {
        Some("text") => text.push_str(value["text"].as_str().unwrap_or_default()),
        Some("link") => text.push_str(value["text"].as_str().or(value["url"].as_str()).unwrap_or_default()),
        Some("user") => text.push_str(&format!("<@{}>", value["user_id"].as_str().unwrap_or_default())),
        _ => value["elements"].as_array().into_iter().flatten().for_each(|item| collect(item, text)),
    }
}
