//! Blocks and mrkdwn as plain text: what a person reads.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::elements::{all_options, rich_text};

/// Names by user id.
pub(in crate::world) type Names = BTreeMap<String, String>;

static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("<([^<>]*)>").ok());
/// A field: `*Label*` before a line break, or `*Label:* value`.
static FACT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?s)^\*([^*\n]+?):?\*:?\s+(.*)$").ok());

/// User ids that a text mentions.
pub(super) fn mentioned(text: &str) -> Vec<String> {
    let Some(tag) = TAG.as_ref() else { return Vec::new() };
    let ids = tag.captures_iter(text).filter_map(|c| c.get(1)?.as_str().strip_prefix('@').map(str::to_owned));
    ids.map(|id| id.split('|').next().unwrap_or_default().to_owned()).collect()
}

/// What a piece between `<` and `>` shows.
fn shown_tag(inside: &str, names: &Names) -> String {
    let (what, label) = inside.split_once('|').map_or((inside, None), |(what, label)| (what, Some(label)));
    if let Some(id) = what.strip_prefix('@') {
        return format!("@{}", names.get(id).map_or(id, String::as_str));
    }
    match (what.strip_prefix('!'), label) {
        (_, Some(label)) => label.to_owned(),
        (Some(special), None) => format!("@{special}"),
        (None, None) => what.trim_start_matches("mailto:").to_owned(),
    }
}

/// mrkdwn as it is read: mentions by name, links by label, entities decoded last.
pub(in crate::world) fn plain(text: &str, names: &Names) -> String {
    let shown = match TAG.as_ref() {
        Some(tag) => tag.replace_all(text, |c: &regex::Captures<'_>| shown_tag(&c[1], names)).into_owned(),
        None => text.to_owned(),
    };
    decoded(&shown)
}

fn decoded(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Bold and emphasis are seen as such, not as signs.
fn unmarked(text: &str) -> String {
    let line = |line: &str| {
        let inner = line.strip_prefix('_').and_then(|rest| rest.strip_suffix('_')).unwrap_or(line);
        inner.replace(['*', '`'], "")
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// A text object.
fn text_of(value: &Value, names: &Names) -> String {
    let text = value["text"].as_str().unwrap_or_default();
    if value["type"] == "mrkdwn" { unmarked(&plain(text, names)) } else { text.to_owned() }
}

/// A message's blocks or a view, line by line; a pair of label and value as `  Label: value`, buttons as `[Approve]`.
pub(in crate::world) fn render(card: &Value, names: &Names) -> String {
    let mut lines = vec![text_of(&card["title"], names)];
    for block in card["blocks"].as_array().into_iter().flatten() {
        shown_block(block, names, &mut lines);
    }
    let buttons = ["submit", "close"].map(|key| &card[key]).into_iter().filter_map(|text| text["text"].as_str());
    lines.push(buttons.map(|title| format!("[{title}]")).collect::<Vec<_>>().join(" "));
    lines.retain(|line| !line.trim().is_empty());
    lines.join("\n")
}

fn fact_or_text(value: &Value, names: &Names) -> String {
    let raw = value["text"].as_str().filter(|_| value["type"] == "mrkdwn");
    let pair = raw.and_then(|raw| FACT.as_ref()?.captures(raw));
    match pair {
        Some(pair) if !pair[2].contains('\n') => {
            format!("  {}: {}", plain(&pair[1], names), unmarked(&plain(&pair[2], names)))
        }
        _ => text_of(value, names),
    }
}

fn shown_block(block: &Value, names: &Names, lines: &mut Vec<String>) {
    let list = |key: &str| block[key].as_array().into_iter().flatten();
    match block["type"].as_str().unwrap_or_default() {
        "header" | "alert" => lines.push(text_of(&block["text"], names)),
        "section" => {
            lines.push(text_of(&block["text"], names));
            lines.extend(list("fields").map(|field| fact_or_text(field, names)));
            lines.push(element(&block["accessory"], None));
        }
        "context" => lines.push(list("elements").map(|e| text_of(e, names)).collect::<Vec<_>>().join("  ")),
        "actions" => lines.push(list("elements").map(|e| element(e, None)).collect::<Vec<_>>().join(" ")),
        "input" => lines.push(element(&block["element"], Some(block))),
        "markdown" => lines.push(unmarked(block["text"].as_str().unwrap_or_default())),
        "rich_text" => lines.push(plain(&rich_text(block), names)),
        "plan" => {
            lines.push(block["title"].as_str().unwrap_or_default().to_owned());
            for task in list("tasks") {
                let mark = match task["status"].as_str() {
                    Some("complete") => "✓",
                    Some("in_progress") => "…",
                    Some("error") => "✗",
                    _ => "○",
                };
                let text = |key: &str| plain(&rich_text(&task[key]), names);
                let parts = [task["title"].as_str().unwrap_or_default().to_owned(), text("details"), text("output")];
                let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                lines.push(format!("{mark} {}", parts.join("  ")));
            }
        }
        "image" => lines.push(format!("({})", block["alt_text"].as_str().unwrap_or_default())),
        _ => {}
    }
}

/// What an input has preset, by value.
pub(super) fn preset(element: &Value) -> Vec<String> {
    let one = element["initial_option"]["value"].as_str().or(element["initial_value"].as_str());
    let many = element["initial_options"].as_array().into_iter().flatten().filter_map(|o| o["value"].as_str());
    one.into_iter().chain(many).map(str::to_owned).collect()
}

fn element(element: &Value, block: Option<&Value>) -> String {
    let titles: Vec<&str> = all_options(element).filter_map(|o| o["text"]["text"].as_str()).collect();
    match element["type"].as_str().unwrap_or_default() {
        "" => String::new(),
        "button" => format!("[{}]", element["text"]["text"].as_str().unwrap_or_default()),
        "image" => format!("({})", element["alt_text"].as_str().unwrap_or_default()),
        "overflow" => titles.iter().map(|title| format!("[{title}]")).collect::<Vec<_>>().join(" "),
        _ => {
            let label = block.and_then(|b| b["label"]["text"].as_str()).unwrap_or_default();
            let required = if block.is_some_and(|b| b["optional"] != true) { "*" } else { "" };
            let title = |value: &String| {
                let option = all_options(element).find(|o| o["value"] == **value);
                option.and_then(|o| o["text"]["text"].as_str()).unwrap_or(value).to_owned()
            };
            let chosen = preset(element).iter().map(title).collect::<Vec<_>>().join(", ");
            let choice = if titles.is_empty() { String::new() } else { format!(" ({})", titles.join(" | ")) };
            format!("  {label}{required} [{}] = {chosen}{choice}", element["action_id"].as_str().unwrap_or_default())
        }
    }
}

/// What a text must not hold: markup that nobody meant, calls for everybody, people whom the workspace does not know.
pub(super) fn text_fault(text: &str, knows: impl Fn(&str) -> bool) -> Option<String> {
    let tag = TAG.as_ref()?;
    for found in tag.captures_iter(text) {
        let inside = &found[1];
        let good = match inside.chars().next() {
            Some('@') => knows(inside[1..].split('|').next().unwrap_or_default()),
            Some('#') => true,
            Some('!') => inside.starts_with("!date^") || inside.starts_with("!subteam^"),
            _ => ["https://", "http://", "mailto:", "tel:"].iter().any(|scheme| inside.starts_with(scheme)),
        };
        if !good {
            return Some(format!("the text holds <{inside}>"));
        }
    }
    let rest = tag.replace_all(text, "");
    if rest.contains(['<', '>']) {
        return Some("the text holds < or > that is not escaped".to_owned());
    }
    let loose = rest
        .match_indices('&')
        .any(|(at, _)| !["&amp;", "&lt;", "&gt;"].iter().any(|entity| rest[at..].starts_with(entity)));
    loose.then(|| "the text holds & that is not escaped".to_owned())
}

/// A text of which Slack advises no more (<https://docs.slack.dev/reference/methods/chat.postMessage>), and which says with
/// an ellipsis that it goes on in the blocks.
fn is_cut(text: &str) -> bool {
    text.chars().count() > ADVISED - ADVISED / 10 && text.ends_with('…')
}

const ADVISED: usize = 4_000;

/// Every word that the blocks show stands in the text as well: whoever sees no blocks misses nothing, up to the length that
/// a text may have.
pub(super) fn missing_words(shown: &[String], text: &str, names: &Names) -> Option<String> {
    if is_cut(text) {
        return None;
    }
    let words = |text: &str| -> Vec<String> {
        let text = plain(text, names).to_lowercase();
        text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() > 1).map(str::to_owned).collect()
    };
    let have: std::collections::BTreeSet<String> = words(text).into_iter().collect();
    let missing: Vec<String> = shown.iter().flat_map(|t| words(t)).filter(|w| !have.contains(w)).collect();
    (!missing.is_empty()).then(|| format!("the text beside blocks lacks: {}", missing.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn blocks_read_like_a_form() {
        let names = Names::from([("U1".to_owned(), "Bob Brown".to_owned())]);
        let card = json!({"blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Phone line for Alice"}},
            {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Line*\n+11000"}]},
            {"type": "section", "text": {"type": "mrkdwn", "text": "for <@U1> &amp; <mailto:a@b.c|a@b.c>"}},
            {"type": "input", "block_id": "route:1", "label": {"type": "plain_text", "text": "Voice route"},
             "element": {"type": "static_select", "action_id": "route",
                "initial_option": {"text": {"type": "plain_text", "text": "US West"}, "value": "b"},
                "options": [{"text": {"type": "plain_text", "text": "US East 2"}, "value": "a"},
                            {"text": {"type": "plain_text", "text": "US West"}, "value": "b"}]}},
            {"type": "plan", "title": "2 steps", "tasks": [{"task_id": "1", "title": "Device", "status": "complete"}]},
            {"type": "actions", "elements": [{"type": "button", "action_id": "approve",
                "text": {"type": "plain_text", "text": "Approve"}}]}]});
        let expected = "Phone line for Alice\n  Line: +11000\nfor @Bob Brown & a@b.c\n  \
                        Voice route* [route] = US West (US East 2 | US West)\n2 steps\n✓ Device\n[Approve]";
        assert_eq!(render(&card, &names), expected);
    }

    #[test]
    fn markup_that_nobody_meant_is_found() {
        let fault = |text: &str| text_fault(text, |id| id == "U1");
        for good in ["Hello <@U1>, see <https://x.example|this> &amp; &lt;that&gt;", "<!date^1^{date}|then>"] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in ["<!channel> look", "<@U2>", "a < b", "R&D", "<b>bold</b>", "<javascript:x|y>"] {
            assert!(fault(bad).is_some(), "{bad}");
        }
        let names = Names::default();
        assert_eq!(missing_words(&["*Line*\n+11000".to_owned()], "Line: +11000", &names), None);
        assert!(
            missing_words(&["Line".to_owned(), "Alice".to_owned()], "the line", &names).unwrap().ends_with("alice")
        );
    }
}
