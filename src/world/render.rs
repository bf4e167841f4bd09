//! A card as plain text, for the terminal and for people who read test output.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// `{{DATE(2026-10-01T10:00:00Z,SHORT)}}`: the client writes it in its own language and zone.
static CLOCK_TEXT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\{\{(?:DATE|TIME)\(([^,)]*)[^)]*\)\}\}").ok());

/// `<at>Bob Brown</at>` as `@Bob Brown`.
pub fn render_mentions(text: &str) -> String {
    text.replace("<at>", "@").replace("</at>", "")
}

/// Titles, texts, facts, inputs with their choices and preset, buttons as `[Approve]`.
pub fn render_text(card: &Value) -> String {
    let mut lines = Vec::new();
    element(card, &mut lines);
    lines.retain(|line| !line.trim().is_empty());
    lines.join("\n")
}

fn inline(text: &str) -> String {
    let text = render_mentions(text);
    match CLOCK_TEXT.as_ref() {
        Some(function) => function.replace_all(&text, "$1").into_owned(),
        None => text,
    }
}

fn elements(value: &Value, lines: &mut Vec<String>) {
    for item in value.as_array().into_iter().flatten() {
        element(item, lines);
    }
}

fn element(value: &Value, lines: &mut Vec<String>) {
    if value["isVisible"] == false {
        return;
    }
    let text = |key: &str| value[key].as_str().unwrap_or_default();
    match text("type") {
        "TextBlock" => lines.push(inline(text("text"))),
        "RichTextBlock" => {
            let runs = value["inlines"].as_array().into_iter().flatten();
            lines.push(inline(&runs.filter_map(|r| r["text"].as_str().or(r.as_str())).collect::<String>()));
        }
        "FactSet" => {
            for fact in value["facts"].as_array().into_iter().flatten() {
                let part = |key: &str| inline(fact[key].as_str().unwrap_or_default());
                lines.push(format!("  {}: {}", part("title").trim_end_matches(':'), part("value")));
            }
        }
        "ColumnSet" | "TableRow" => {
            let key = if value["columns"].is_array() { "columns" } else { "cells" };
            let mut cells = Vec::new();
            for column in value[key].as_array().into_iter().flatten() {
                let mut own = Vec::new();
                element(column, &mut own);
                cells.push(own.join(" "));
            }
            cells.retain(|cell| !cell.is_empty());
            lines.push(cells.join("  "));
        }
        "Table" => elements(&value["rows"], lines),
        "ProgressBar" => lines.push(format!("({} of {})", value["value"], value["max"])),
        "ProgressRing" => lines.push(format!("({} …)", text("label"))),
        "Badge" | "CompoundButton" => lines.push(inline(text("text"))),
        "Image" => lines.push(format!("({})", text("altText"))),
        kind if kind.starts_with("Input.") => lines.push(input(value)),
        _ => {
            elements(&value["body"], lines);
            elements(&value["items"], lines);
        }
    }
    let buttons = value["actions"].as_array().into_iter().flatten();
    let buttons: Vec<String> = buttons.filter_map(|a| a["title"].as_str()).map(|t| format!("[{t}]")).collect();
    lines.push(buttons.join(" "));
}

fn input(value: &Value) -> String {
    let text = |key: &str| value[key].as_str().unwrap_or_default();
    let choices = value["choices"].as_array().into_iter().flatten();
    let title = |wanted: &str| {
        let found = value["choices"].as_array().into_iter().flatten().find(|c| c["value"] == wanted);
        found.and_then(|c| c["title"].as_str()).unwrap_or(wanted).to_owned()
    };
    let names: Vec<&str> = choices.filter_map(|c| c["title"].as_str()).collect();
    let choice = if names.is_empty() { String::new() } else { format!(" ({})", names.join(" | ")) };
    let required = if value["isRequired"] == true { "*" } else { "" };
    format!("  {}{required} [{}] = {}{choice}", text("label"), text("id"), title(text("value")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_card_reads_like_a_form() {
        let card = json!({"type": "AdaptiveCard", "body": [
            {"type": "TextBlock", "text": "Onboard Alice Adams for <at>Bob Brown</at>"},
            {"type": "FactSet", "facts": [{"title": "Line", "value": "+11000"}]},
            {"type": "Input.ChoiceSet", "id": "route", "label": "Voice route", "isRequired": true, "value": "b",
             "choices": [{"title": "US East 2", "value": "a"}, {"title": "US West", "value": "b"}]}],
            "actions": [{"type": "Action.Execute", "title": "Approve"}, {"type": "Action.Execute", "title": "Reject"}]});
        let expected = "Onboard Alice Adams for @Bob Brown\n  Line: +11000\n  \
                        Voice route* [route] = US West (US East 2 | US West)\n[Approve] [Reject]";
        assert_eq!(render_text(&card), expected);
    }
}
