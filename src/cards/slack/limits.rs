//! What Slack takes: everything is cut to its limits before it is sent, and checked once more.
//!
//! Texts that are too long end with an ellipsis behind a whole word. What cannot be cut without changing what it means
//! (ids, the values of buttons, counts) is a [`Violation`]: nothing is sent.
//! <https://docs.slack.dev/reference/block-kit/blocks>

use std::collections::BTreeSet;

use serde_json::Value;

/// Blocks of a message.
const MOST_BLOCKS: usize = 50;
/// Blocks of a modal or of the Home tab.
const MOST_VIEW_BLOCKS: usize = 100;
/// All blocks of a message as JSON, in bytes: more was seen to be refused as `msg_blocks_too_long`.
/// <https://github.com/slackapi/bolt-js/issues/2509>
const MOST_BYTES: usize = 13_000;
/// A view as JSON, in bytes.
const MOST_VIEW_BYTES: usize = 250_000;
/// `block_id`, `action_id`, `callback_id`.
const LONGEST_ID: usize = 255;
/// The data that a modal carries.
const LONGEST_METADATA: usize = 3_000;
/// Title, submit and close of a modal.
const LONGEST_TITLE: usize = 24;
/// A section's text, and any other text that has no limit of its own.
const LONGEST_TEXT: usize = 3_000;
/// Pairs of a section.
const MOST_FIELDS: usize = 10;
/// Elements of a context.
const MOST_CONTEXT: usize = 10;
/// Elements of an actions block.
const MOST_ACTIONS: usize = 25;
/// Options of a select, and of one group.
pub(super) const MOST_OPTIONS: usize = 100;
/// Options as radio buttons.
const MOST_RADIO: usize = 10;
/// Text and description of an option.
pub(super) const LONGEST_OPTION: usize = 75;
/// What an option sends back. The official types say 75, the Python models 150.
pub(super) const LONGEST_OPTION_VALUE: usize = 75;
/// What a button sends back.
const LONGEST_VALUE: usize = 2_000;
/// The address that a button opens.
const LONGEST_ADDRESS: usize = 3_000;
/// Tasks of a plan.
const MOST_TASKS: usize = 50;
/// The `text` of a message: an edit with more is refused.
pub(super) const LONGEST_MESSAGE: usize = 3_900;

/// Something that Slack would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {rule}")]
pub(super) struct Violation {
    /// JSON pointer.
    pub(super) at: String,
    /// What is required there.
    pub(super) rule: String,
}

/// The length of a text as Slack's servers and clients may count it: UTF-16 units, never less than characters.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The text, or its beginning up to a whole word and an ellipsis. In mrkdwn, mentions, dates and entities stay whole, and
/// bold ends before the ellipsis.
pub(super) fn cut(text: &str, longest: usize, mrkdwn: bool) -> String {
    if length(text) <= longest {
        return text.to_owned();
    }
    let room = longest.saturating_sub(2);
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= room
    };
    let mut end: usize = text.chars().take_while(fits).map(char::len_utf8).sum();
    let open = |end: usize, from: char, to: char| {
        let begin = text[..end].rfind(from)?;
        (mrkdwn && !text[begin..end].contains(to)).then_some(begin)
    };
    end = open(end, '<', '>').unwrap_or(end);
    end = open(end, '&', ';').unwrap_or(end);
    // A word that takes up half of the place is not worth waiting for.
    if let Some(gap) = text[..end].rfind(char::is_whitespace).filter(|gap| *gap > end / 2) {
        // The gap may be one inside of a date.
        end = open(gap, '<', '>').unwrap_or(gap);
    }
    let kept = text[..end].trim_end();
    match kept.strip_suffix('*') {
        _ if !mrkdwn || kept.matches('*').count().is_multiple_of(2) => format!("{kept}…"),
        Some(before) => format!("{}…", before.trim_end()),
        None => format!("{kept}*…"),
    }
}

/// Where a block has texts that may be cut: pointer, limit, whether it is mrkdwn.
fn texts(block: &Value) -> Vec<(String, usize, bool)> {
    let mut found = Vec::new();
    match block["type"].as_str().unwrap_or_default() {
        "header" => found.push(("/text/text".to_owned(), 150, false)),
        "section" => {
            found.push(("/text/text".to_owned(), LONGEST_TEXT, is_mrkdwn(&block["text"])));
            let fields = list(&block["fields"]).iter().enumerate();
            found.extend(fields.map(|(n, field)| (format!("/fields/{n}/text"), 2_000, is_mrkdwn(field))));
            element_texts("/accessory", &mut found);
        }
        "context" => {
            let texts = list(&block["elements"]).iter().enumerate();
            found.extend(texts.map(|(n, text)| (format!("/elements/{n}/text"), LONGEST_TEXT, is_mrkdwn(text))));
        }
        "actions" => {
            (0..list(&block["elements"]).len()).for_each(|n| element_texts(&format!("/elements/{n}"), &mut found));
        }
        "input" => {
            found.push(("/label/text".to_owned(), 2_000, false));
            found.push(("/hint/text".to_owned(), 2_000, false));
            element_texts("/element", &mut found);
        }
        // Not documented; a heading of a list is a line.
        "plan" => {
            found.push(("/title".to_owned(), 150, false));
            for (n, task) in list(&block["tasks"]).iter().enumerate() {
                found.push((format!("/tasks/{n}/title"), 150, false));
                for (m, element) in list(&task["details"]["elements"]).iter().enumerate() {
                    let words = list(&element["elements"]).iter().enumerate();
                    let at = |(k, _)| (format!("/tasks/{n}/details/elements/{m}/elements/{k}/text"), 500, false);
                    found.extend(words.map(at));
                }
            }
        }
        _ => {}
    }
    found.retain(|(at, ..)| block.pointer(at).is_some_and(Value::is_string));
    found
}

fn element_texts(at: &str, found: &mut Vec<(String, usize, bool)>) {
    found.push((format!("{at}/text/text"), 75, false));
    found.push((format!("{at}/placeholder/text"), 150, false));
    found.push((format!("{at}/initial_value"), LONGEST_TEXT, false));
}

fn is_mrkdwn(text: &Value) -> bool {
    text["type"] == "mrkdwn"
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Pairs hold what is approved: they stay whole where other texts are cut to make room.
const KEPT_OF_PAIRS: usize = 500;

/// Cuts every text to its limit, and to `longest` where that is shorter.
pub(super) fn fit(blocks: &mut [Value], longest: usize) {
    for block in blocks {
        for (at, limit, mrkdwn) in texts(block) {
            if let Some(text) = block.pointer_mut(&at)
                && let Some(whole) = text.as_str()
            {
                let longest = if at.starts_with("/fields/") { longest.max(KEPT_OF_PAIRS) } else { longest };
                *text = cut(whole, limit.min(longest), mrkdwn).into();
            }
        }
    }
}

/// What Slack would refuse of a message; empty: nothing.
pub(super) fn check_message(blocks: &[Value], text: &str) -> Vec<Violation> {
    let mut checker = Checker::default();
    checker.require("", !blocks.is_empty() && blocks.len() <= MOST_BLOCKS, "a message has 1 to 50 blocks");
    checker.require("/text", (1..=LONGEST_MESSAGE).contains(&length(text)), "the text has 1 to 3900 characters");
    checker.blocks(blocks);
    let bytes: usize = blocks.iter().map(|block| block.to_string().len() + 1).sum();
    checker.require("", bytes <= MOST_BYTES, "all blocks of a message together have at most 13000 bytes");
    for kind in ["plan", "table", "data_table"] {
        let count = blocks.iter().filter(|block| block["type"] == kind).count();
        checker.require("", count <= 1, &format!("a message has at most one {kind}"));
    }
    checker.found
}

/// What Slack would refuse of a modal or a Home tab; empty: nothing.
pub(super) fn check_view(view: &Value) -> Vec<Violation> {
    let mut checker = Checker::default();
    let blocks = list(&view["blocks"]);
    checker.require("/blocks", (1..=MOST_VIEW_BLOCKS).contains(&blocks.len()), "a view has 1 to 100 blocks");
    checker.blocks(blocks);
    checker.at_most(view, "/private_metadata", LONGEST_METADATA);
    checker.at_most(view, "/callback_id", LONGEST_ID);
    checker.require("", view.to_string().len() <= MOST_VIEW_BYTES, "a view has at most 250000 bytes");
    match view["type"].as_str() {
        Some("modal") => {
            checker.text(&view["title"], "/title", (LONGEST_TITLE, false));
            for name in ["submit", "close"].into_iter().filter(|name| !view[*name].is_null()) {
                checker.text(&view[name], &format!("/{name}"), (LONGEST_TITLE, false));
            }
            let asks = blocks.iter().any(|block| block["type"] == "input");
            checker.require("/submit", !asks || view["submit"].is_object(), "a modal with inputs has submit");
        }
        Some("home") => {
            let bare = ["title", "submit", "close"].iter().all(|name| view[*name].is_null());
            checker.require("", bare, "a Home tab has no title, submit or close");
        }
        _ => checker.require("/type", false, "a view is a modal or a Home tab"),
    }
    checker.found
}

#[derive(Default)]
struct Checker {
    found: Vec<Violation>,
    block_ids: BTreeSet<String>,
}

impl Checker {
    fn require(&mut self, at: &str, holds: bool, rule: &str) {
        if !holds {
            self.found.push(Violation { at: at.to_owned(), rule: rule.to_owned() });
        }
    }

    /// An optional string.
    fn at_most(&mut self, node: &Value, at: &str, longest: usize) {
        let holds = node.pointer(at).is_none_or(|v| v.as_str().is_some_and(|s| (1..=longest).contains(&length(s))));
        self.require(at, holds, &format!("1 to {longest} characters"));
    }

    /// A text object of at most so many characters, plain unless mrkdwn is allowed.
    fn text(&mut self, text: &Value, at: &str, (longest, mrkdwn): (usize, bool)) {
        let kind = text["type"] == "plain_text" || mrkdwn && text["type"] == "mrkdwn";
        self.require(at, kind, if mrkdwn { "a text object" } else { "plain_text" });
        let holds = text["text"].as_str().is_some_and(|s| !s.trim().is_empty() && length(s) <= longest);
        self.require(at, holds, &format!("1 to {longest} characters"));
        // Without it Slack makes links of channel names and mentions that somebody typed.
        let literal = text["type"] != "mrkdwn" || text["verbatim"] == true;
        self.require(at, literal, "mrkdwn is verbatim");
        self.require(at, text["type"] != "plain_text" || text["emoji"] == false, "plain_text is without emoji");
    }

    fn blocks(&mut self, blocks: &[Value]) {
        for (n, block) in blocks.iter().enumerate() {
            let at = format!("/blocks/{n}");
            self.at_most(block, "/block_id", LONGEST_ID);
            if let Some(id) = block["block_id"].as_str() {
                let new = self.block_ids.insert(id.to_owned());
                self.require(&at, new, "block_ids are unique");
            }
            self.block(block, &at);
        }
    }

    fn block(&mut self, block: &Value, at: &str) {
        for (pointer, limit, _) in texts(block) {
            let text = block.pointer(&pointer).and_then(Value::as_str).unwrap_or_default();
            let holds = !text.trim().is_empty() && length(text) <= limit;
            self.require(&format!("{at}{pointer}"), holds, &format!("1 to {limit} characters"));
        }
        let count = |name: &str| list(&block[name]).len();
        match block["type"].as_str().unwrap_or_default() {
            "header" => self.text(&block["text"], at, (150, false)),
            "divider" => {}
            "section" => {
                let fields = list(&block["fields"]);
                self.require(at, block["text"].is_object() || !fields.is_empty(), "a section has a text or fields");
                self.require(at, fields.len() <= MOST_FIELDS, "a section has at most 10 fields");
                if block["text"].is_object() {
                    self.text(&block["text"], at, (LONGEST_TEXT, true));
                }
                fields.iter().for_each(|field| self.text(field, at, (2_000, true)));
                if block["accessory"].is_object() {
                    self.elements(std::slice::from_ref(&block["accessory"]), at);
                }
            }
            "context" => {
                self.require(at, (1..=MOST_CONTEXT).contains(&count("elements")), "a context has 1 to 10 elements");
                list(&block["elements"]).iter().for_each(|text| self.text(text, at, (LONGEST_TEXT, true)));
            }
            "actions" => {
                self.require(at, (1..=MOST_ACTIONS).contains(&count("elements")), "actions have 1 to 25 elements");
                self.elements(list(&block["elements"]), at);
            }
            "input" => {
                self.text(&block["label"], at, (2_000, false));
                if !block["hint"].is_null() {
                    self.text(&block["hint"], at, (2_000, false));
                }
                self.require(at, block["block_id"].is_string(), "an input block has a block_id");
                self.elements(std::slice::from_ref(&block["element"]), at);
            }
            "plan" => self.plan(block, at),
            other => self.require(at, false, &format!("the kind {other:?} is not used")),
        }
    }

    fn plan(&mut self, plan: &Value, at: &str) {
        let tasks = list(&plan["tasks"]);
        self.require(at, plan["title"].is_string(), "a plan has a title");
        self.require(at, (1..=MOST_TASKS).contains(&tasks.len()), "a plan has 1 to 50 tasks");
        let ids: BTreeSet<_> = tasks.iter().filter_map(|task| task["task_id"].as_str()).collect();
        self.require(at, ids.len() == tasks.len(), "the task_ids of a plan are unique");
        for task in tasks {
            let status = task["status"].as_str().unwrap_or_default();
            let known = ["pending", "in_progress", "complete", "error"].contains(&status);
            self.require(at, known, "a task is pending, in_progress, complete or error");
            let rich = task["details"].is_null() || task["details"]["type"] == "rich_text";
            self.require(at, rich, "the details of a task are rich_text");
            self.require(at, task["title"].is_string(), "a task has a title");
        }
    }

    fn elements(&mut self, elements: &[Value], at: &str) {
        let mut ids = BTreeSet::new();
        for element in elements {
            self.at_most(element, "/action_id", LONGEST_ID);
            let id = element["action_id"].as_str().unwrap_or_default();
            self.require(at, !id.is_empty() && ids.insert(id), "action_ids of a block are there and unique");
            if !element["placeholder"].is_null() {
                self.text(&element["placeholder"], at, (150, false));
            }
            match element["type"].as_str().unwrap_or_default() {
                "button" => {
                    self.text(&element["text"], at, (75, false));
                    self.at_most(element, "/value", LONGEST_VALUE);
                    self.at_most(element, "/url", LONGEST_ADDRESS);
                    let style =
                        element["style"].is_null() || element["style"] == "primary" || element["style"] == "danger";
                    self.require(at, style, "a button is primary, danger or neither");
                }
                "static_select" => self.options(element, at, MOST_OPTIONS),
                "radio_buttons" => self.options(element, at, MOST_RADIO),
                "plain_text_input" => {
                    let most = element["max_length"].as_u64().unwrap_or(LONGEST_TEXT as u64);
                    self.require(at, (1..=LONGEST_TEXT as u64).contains(&most), "max_length is 1 to 3000");
                }
                other => self.require(at, false, &format!("the element {other:?} is not used")),
            }
        }
    }

    fn options(&mut self, element: &Value, at: &str, most: usize) {
        let groups = list(&element["option_groups"]);
        let lists: Vec<&[Value]> = match groups {
            [] => vec![list(&element["options"])],
            groups => groups.iter().map(|group| list(&group["options"])).collect(),
        };
        self.require(at, groups.is_empty() || element["options"].is_null(), "options or option_groups, not both");
        self.require(at, groups.len() <= MOST_OPTIONS, "a select has at most 100 groups");
        groups.iter().for_each(|group| self.text(&group["label"], at, (LONGEST_OPTION, false)));
        for options in &lists {
            self.require(at, (1..=most).contains(&options.len()), &format!("1 to {most} options"));
            for option in *options {
                self.text(&option["text"], at, (LONGEST_OPTION, false));
                if !option["description"].is_null() {
                    self.text(&option["description"], at, (LONGEST_OPTION, false));
                }
                let value = option["value"].as_str().unwrap_or_default();
                let fits = (1..=LONGEST_OPTION_VALUE).contains(&length(value));
                self.require(at, fits, "the value of an option has 1 to 75 characters");
            }
        }
        let preset = &element["initial_option"];
        let offered = preset.is_null() || lists.iter().any(|options| options.contains(preset));
        self.require(at, offered, "initial_option is one of the options");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn long_texts_end_behind_a_whole_word() {
        for (text, longest, mrkdwn, shown) in [
            ("short", 5, true, "short"),
            ("one two three four", 12, false, "one two…"),
            ("Donaudampfschifffahrt", 10, false, "Donaudam…"),
            ("ask <@U0USER1> now", 14, true, "ask…"),
            ("by <!date^1^{date} {time}|22 Nov>", 24, true, "by…"),
            ("R&amp;D and more", 6, true, "R…"),
            ("*bold words go on*", 14, true, "*bold words*…"),
            ("so *bold words*", 6, true, "so…"),
            ("a < b and c", 9, false, "a < b…"),
            ("😀😀😀😀", 6, false, "😀😀…"),
        ] {
            assert_eq!(cut(text, longest, mrkdwn), shown, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_cut_fits_and_is_still_mrkdwn(
            text in r"((\*[a-z]{1,4}\*|<@U1>|<!date\^1\^\{date\} \{time\}\|1 May>|&amp;|[a-z😀] ?|\n){0,40})",
            longest in 2_usize..40,
        ) {
            let shown = cut(&text, longest, true);
            prop_assert!(length(&shown) <= longest, "{shown}");
            prop_assert_eq!(shown.matches('*').count() % 2, 0, "{}", &shown);
            prop_assert_eq!(shown.matches('<').count(), shown.matches('>').count(), "{}", &shown);
            prop_assert_eq!(shown.matches('&').count(), shown.matches("&amp;").count(), "{}", &shown);
        }
    }

    fn button(verb: &str) -> Value {
        let text = json!({ "type": "plain_text", "text": "Press", "emoji": false });
        json!({ "type": "button", "action_id": verb, "text": text, "value": "{}" })
    }

    fn section(text: &str) -> Value {
        json!({ "type": "section", "text": { "type": "mrkdwn", "text": text, "verbatim": true } })
    }

    fn broken(blocks: &[Value]) -> String {
        let found = check_message(blocks, "text").into_iter().map(|violation| violation.to_string());
        found.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_slack_would_refuse_is_found() {
        assert_eq!(broken(&[section("fine")]), "");
        let plan = |tasks: Value| json!({ "type": "plan", "title": "Steps", "tasks": tasks });
        let task = json!({ "task_id": "1", "title": "Step", "status": "complete" });
        let input = |element: Value| {
            let label = json!({ "type": "plain_text", "text": "Label", "emoji": false });
            json!({ "type": "input", "block_id": "a", "label": label, "element": element })
        };
        let option = |text: &str, value: &str| json!({ "text": { "type": "plain_text", "text": text, "emoji": false }, "value": value });
        let select = |options: Vec<Value>| json!({ "type": "static_select", "action_id": "a", "options": options });
        for (blocks, wanted) in [
            (vec![], "a message has 1 to 50 blocks"),
            (vec![section("x"); 51], "a message has 1 to 50 blocks"),
            (vec![section("")], "1 to 3000 characters"),
            (vec![section(&"x".repeat(3_001))], "1 to 3000 characters"),
            (vec![section(&"x".repeat(2_900)); 5], "at most 13000 bytes"),
            (vec![json!({ "type": "section" })], "a section has a text or fields"),
            (vec![json!({ "type": "section", "text": { "type": "mrkdwn", "text": "x" } })], "mrkdwn is verbatim"),
            (
                vec![json!({ "type": "header", "text": { "type": "mrkdwn", "text": "x", "verbatim": true } })],
                "plain_text",
            ),
            (vec![json!({ "type": "actions", "elements": [] })], "actions have 1 to 25 elements"),
            (vec![json!({ "type": "actions", "elements": [button("a"), button("a")] })], "unique"),
            (
                vec![json!({ "type": "context", "elements": vec![section("x")["text"].clone(); 11] })],
                "1 to 10 elements",
            ),
            (vec![json!({ "type": "video" })], "the kind \"video\" is not used"),
            (vec![plan(json!([task])), plan(json!([task]))], "at most one plan"),
            (vec![plan(json!([task, task]))], "unique"),
            (vec![plan(json!([{ "task_id": "1", "title": "Step", "status": "done" }]))], "a task is pending"),
            (vec![input(select(vec![]))], "1 to 100 options"),
            (vec![input(select(vec![option("x", "x"); 101]))], "1 to 100 options"),
            (vec![input(select(vec![option("x", &"x".repeat(76))]))], "1 to 75 characters"),
            (vec![input(select(vec![option(&"x".repeat(76), "x")]))], "1 to 75 characters"),
            (vec![input(select(vec![option("x", "x")])); 2], "block_ids are unique"),
            (vec![input(json!({ "type": "plain_text_input", "action_id": "a", "max_length": 3_001 }))], "max_length"),
        ] {
            let found = broken(&blocks);
            assert!(found.contains(wanted), "{wanted}: {found}");
        }
        let mut preset = select(vec![option("x", "x")]);
        preset["initial_option"] = option("y", "y");
        assert!(broken(&[input(preset)]).contains("initial_option is one of the options"));
    }

    #[test]
    fn what_slack_would_refuse_of_a_view_is_found() {
        let title = |text: &str| json!({ "type": "plain_text", "text": text, "emoji": false });
        let modal = |name: &str, value: Value| {
            let mut view = json!({ "type": "modal", "title": title("Line"), "blocks": [section("x")] });
            view[name] = value;
            check_view(&view).into_iter().map(|violation| violation.to_string()).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(modal("close", title("Close")), "");
        let element = json!({ "type": "plain_text_input", "action_id": "a" });
        let input = json!({ "type": "input", "block_id": "a", "label": title("Label"), "element": element });
        for (name, value, wanted) in [
            ("title", title(&"x".repeat(25)), "/title: 1 to 24 characters"),
            ("submit", title(&"x".repeat(25)), "/submit: 1 to 24 characters"),
            ("private_metadata", json!("x".repeat(3_001)), "/private_metadata: 1 to 3000 characters"),
            ("callback_id", json!("x".repeat(256)), "/callback_id: 1 to 255 characters"),
            ("blocks", json!([input]), "a modal with inputs has submit"),
            ("blocks", json!(vec![section("x"); 101]), "a view has 1 to 100 blocks"),
            ("type", json!("home"), "a Home tab has no title"),
            ("type", json!("dialog"), "a view is a modal or a Home tab"),
        ] {
            let found = modal(name, value);
            assert!(found.contains(wanted), "{wanted}: {found}");
        }
    }
}
