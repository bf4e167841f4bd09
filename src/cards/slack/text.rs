//! The text that stands for the blocks of a message: everything that they say, in mrkdwn.

use serde_json::Value;

use super::limits::{LONGEST_MESSAGE, cut};
use super::mrkdwn::literal;

/// The summary first, because a notification shows the beginning.
pub(super) fn of(summary: &str, blocks: &[Value]) -> String {
    let mut lines = vec![literal(summary)];
    blocks.iter().for_each(|block| lines.extend(told(block)));
    lines.retain(|line| !line.is_empty());
    cut(&lines.join("\n"), LONGEST_MESSAGE, true)
}

fn told(block: &Value) -> Vec<String> {
    match block["type"].as_str().unwrap_or_default() {
        "section" => {
            let mut lines = vec![text(&block["text"])];
            lines.extend(list(&block["fields"]).iter().map(|field| text(field).replacen('\n', ": ", 1)));
            lines.extend(button(&block["accessory"]));
            lines
        }
        "context" => vec![list(&block["elements"]).iter().map(text).collect::<Vec<_>>().join(" · ")],
        "actions" => vec![list(&block["elements"]).iter().filter_map(button).collect::<Vec<_>>().join(" ")],
        "input" => {
            let chosen = &block["element"]["initial_option"]["text"];
            let shown = if chosen.is_null() { &block["element"]["placeholder"] } else { chosen };
            vec![format!("*{}*: {}", text(&block["label"]), text(shown)), text(&block["hint"])]
        }
        "plan" => {
            let tasks = list(&block["tasks"]).iter().map(|task| string(&task["title"]));
            std::iter::once(string(&block["title"])).chain(tasks).collect()
        }
        _ => vec![text(&block["text"])],
    }
}

/// `[Approve]`, or a link to where the button leads.
fn button(element: &Value) -> Option<String> {
    let title = text(&element["text"]);
    match element["url"].as_str() {
        Some(url) => Some(format!("<{}|{title}>", literal(url))),
        None => (!title.is_empty()).then(|| format!("[{title}]")),
    }
}

/// A text object as mrkdwn.
fn text(object: &Value) -> String {
    match object["type"].as_str() {
        Some("mrkdwn") => object["text"].as_str().unwrap_or_default().to_owned(),
        _ => string(&object["text"]),
    }
}

fn string(plain: &Value) -> String {
    literal(plain.as_str().unwrap_or_default())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
