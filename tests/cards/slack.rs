//! The same situations as messages, forms and pages for Slack.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::LazyLock;

use onboard_bot::cards::{Cards, SlackForm, SlackMessage};
use onboard_bot::domain::{RequestId, Sentence};
use onboard_bot::view::*;
use serde_json::{Value, json};

use super::{cards, file, read, views};

const POST: Option<&str> = Some("post-7");

/// All messages by the name of their sample.
fn messages() -> Vec<(String, View, SlackMessage)> {
    static MADE: LazyLock<Vec<(String, View, SlackMessage)>> = LazyLock::new(make_messages);
    MADE.clone()
}

fn make_messages() -> Vec<(String, View, SlackMessage)> {
    let cards = cards();
    let made = |(name, view): (&'static str, View)| {
        let view = views::on_slack(view);
        let message = cards.slack(&view, POST).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name.to_owned(), view, message)
    };
    views::all().into_iter().chain(views::only_slack()).map(made).collect()
}

fn message(name: &str) -> SlackMessage {
    messages().into_iter().find(|(sample, ..)| sample == name).unwrap().2
}

/// All forms and pages by the name of their sample: data and view.
fn forms() -> Vec<(String, Value, Value)> {
    static MADE: LazyLock<Vec<(String, Value, Value)>> = LazyLock::new(make_forms);
    MADE.clone()
}

fn make_forms() -> Vec<(String, Value, Value)> {
    let cards = cards();
    let confirms: Vec<(&str, Confirm)> = views::all()
        .into_iter()
        .chain(views::only_slack())
        .filter_map(|(name, view)| match view {
            View::Confirm(view) if view.closed.is_none() => Some((name, view)),
            _ => None,
        })
        .collect();
    let homes = views::homes();
    let notes = views::notes();
    let mut all: Vec<(String, SlackForm<'_>)> = vec![
        ("reason-form".to_owned(), SlackForm::Reason(RequestId(42), Some(3))),
        ("reason-form.unseen".to_owned(), SlackForm::Reason(RequestId(42), None)),
        ("onboard-form".to_owned(), SlackForm::Onboard(Some("alice@contoso.com"))),
        ("onboard-form.open".to_owned(), SlackForm::Onboard(None)),
    ];
    let form_name =
        |name: &str, form: &str| name.split_once('.').map_or(form.to_owned(), |(_, v)| format!("{form}.{v}"));
    all.extend(confirms.iter().map(|(name, view)| (form_name(name, "confirm-form"), SlackForm::Confirm(view))));
    all.extend(homes.iter().map(|(name, home)| ((*name).to_owned(), SlackForm::Home(home))));
    all.extend(notes.iter().map(|(name, said)| ((*name).to_owned(), SlackForm::Note(said))));
    let made = |(name, form): (String, SlackForm<'_>)| {
        let view = match form {
            SlackForm::Confirm(view) => cards.slack_confirm_form(view),
            SlackForm::Reason(request, seen) => cards.slack_reason_form(request, seen),
            SlackForm::Onboard(subject) => cards.slack_onboard_form(subject),
            SlackForm::Note(sentences) => cards.slack_note(sentences),
            SlackForm::Home(home) => cards.slack_home(home),
        };
        let view = view.unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, cards.slack_form_sample(form).1, view)
    };
    all.into_iter().map(made).collect()
}

fn form(name: &str) -> Value {
    forms().into_iter().find(|(sample, ..)| sample == name).unwrap().2
}

/// Every object with a type.
fn elements(node: &Value, found: &mut Vec<Value>) {
    match node {
        Value::Array(items) => items.iter().for_each(|item| elements(item, found)),
        Value::Object(fields) => {
            if fields.get("type").is_some_and(Value::is_string) {
                found.push(node.clone());
            }
            fields.values().for_each(|child| elements(child, found));
        }
        _ => {}
    }
}

fn all_elements(node: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    elements(node, &mut found);
    found
}

fn blocks(message: &SlackMessage) -> Value {
    Value::Array(message.blocks.clone())
}

fn inputs(node: &Value) -> Vec<String> {
    let inputs = all_elements(node).into_iter().filter(|element| element["type"] == "input");
    inputs.map(|input| input["element"]["action_id"].as_str().unwrap().to_owned()).collect()
}

fn buttons(node: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let buttons = all_elements(node).into_iter().filter(|element| element["type"] == "button");
    buttons.map(|button| (text(&button["text"]["text"]), text(&button["action_id"]))).collect()
}

/// Samples of messages and forms are what the program builds; with CARDS_OUT everything is written for the other checkers.
#[test]
fn samples_are_what_the_program_builds() {
    let cards = cards();
    let update = std::env::var_os("UPDATE_SAMPLES").is_some();
    let mut built: BTreeMap<String, Value> = forms().into_iter().map(|(name, data, _)| (name, data)).collect();
    built.extend(messages().into_iter().map(|(name, view, _)| (name, cards.slack_sample(&view, POST))));
    for (name, data) in &built {
        let path = format!("cards/samples/slack/{name}.json");
        if update {
            std::fs::write(file(&path), format!("{data:#}\n")).unwrap();
        }
        assert_eq!(&read(&path), data, "{path} is stale: run with UPDATE_SAMPLES=1");
    }
    let present = std::fs::read_dir(file("cards/samples/slack")).unwrap();
    let present: BTreeSet<_> = present.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(present, built.keys().map(|name| format!("{name}.json")).collect());
}

/// Writes for `tests/node/slack-cards`, when asked to: `messages/` with blocks, plain and text, and `views/`.
#[test]
fn everything_is_written_for_the_other_checkers() {
    let Some(out) = std::env::var_os("CARDS_OUT").map(PathBuf::from) else { return };
    for folder in ["slack/messages", "slack/views"] {
        std::fs::create_dir_all(out.join(folder)).unwrap();
    }
    for (name, _, SlackMessage { blocks, plain, text }) in messages() {
        let message = json!({ "blocks": blocks, "plain": plain, "text": text });
        std::fs::write(out.join(format!("slack/messages/{name}.json")), format!("{message:#}\n")).unwrap();
    }
    for (name, _, view) in forms() {
        std::fs::write(out.join(format!("slack/views/{name}.json")), format!("{view:#}\n")).unwrap();
    }
}

#[test]
fn buttons_and_inputs_are_those_of_the_contract() {
    let confirm = ["location", "route", "voicemail", "emergency_address"];
    let decide = [("Approve", "approve"), ("Reject", "reject")];
    let done = [("Open CallTower Connect", "open_link"), ("Done", "guided_done"), ("I can't", "guided_fail")];
    for (name, wanted_inputs, wanted_buttons) in [
        ("confirm", confirm.as_slice(), [("Request approval", "submit"), ("Cancel", "cancel")].as_slice()),
        ("confirm.calltower", &["location", "plan", "number"], &[("Request approval", "submit"), ("Cancel", "cancel")]),
        ("confirm.direct-routing", &["route", "number"], &[("Request approval", "submit"), ("Cancel", "cancel")]),
        ("confirm.many", &[], &[("Open the form", "confirm_form"), ("Cancel", "cancel")]),
        ("approval", &[], &decide),
        ("approval.hostile", &[], &decide),
        ("guided", &["note"], &done),
        ("guided.connect", &["note"], &[("Open CallTower Connect", "open_link"), done[1], done[2]]),
        ("guided.reminded", &["note", "operator"], &[done[1], done[2], ("Hand over", "hand_over")]),
        (
            "failure.refused",
            &["operator"],
            &[("Retry", "retry"), ("Ask somebody else", "hand_over"), ("Undo", "undo"), ("Cancel", "cancel")],
        ),
        ("progress", &[], &[("Refresh", "refresh"), ("Cancel", "cancel")]),
        ("failure", &[], &[("Retry", "retry"), ("Undo", "undo"), ("Cancel", "cancel")]),
        ("approval.readonly", &[], &[]),
        ("confirm.closed", &[], &[]),
        ("approval.closed", &[], &[]),
        ("guided.closed", &[], &[]),
        ("progress.closed", &[], &[]),
        ("failure.closed", &[], &[]),
    ] {
        let blocks = blocks(&message(name));
        assert_eq!(inputs(&blocks), wanted_inputs, "{name}");
        let found = buttons(&blocks);
        let found: Vec<_> = found.iter().map(|(title, verb)| (title.as_str(), verb.as_str())).collect();
        assert_eq!(found, wanted_buttons, "{name}");
    }
    assert_eq!(inputs(&form("confirm-form")), confirm);
    assert_eq!(inputs(&form("confirm-form.many")), confirm);
    assert_eq!(inputs(&form("confirm-form.calltower")), ["location", "plan", "number"]);
    assert_eq!(inputs(&form("confirm-form.direct-routing")), ["route", "number"]);
    assert_eq!(inputs(&form("reason-form")), ["reason"]);
    assert_eq!(inputs(&form("onboard-form")), ["subject", "extension"]);
}

#[test]
fn a_button_names_request_version_and_post() {
    let wanted = json!({ "request": "ONB-42", "version": 3, "post": "post-7" });
    let mut seen = 0;
    for (name, _, message) in messages() {
        for list in [Some(&message.blocks), message.plain.as_ref()].into_iter().flatten() {
            for button in all_elements(&json!(list)).into_iter().filter(|e| e["type"] == "button" && e["url"].is_null())
            {
                let value: Value = serde_json::from_str(button["value"].as_str().unwrap()).unwrap();
                // An answer to why belongs to no request.
                let about = json!({ "subject": views::UPN });
                assert_eq!(value, if name.starts_with("why") { about } else { wanted.clone() }, "{name}");
                seen += 1;
            }
        }
    }
    assert!(seen >= 20);
    let unposted = cards().slack(&views::on_slack(views::all()[0].1.clone()), None).unwrap();
    let button = all_elements(&blocks(&unposted)).into_iter().find(|e| e["type"] == "button").unwrap();
    assert_eq!(button["value"], r#"{"request":"ONB-42","version":3}"#);
}

#[test]
fn a_form_names_its_request() {
    for (name, callback, metadata, titles) in [
        ("confirm-form", "submit", r#"{"request":"ONB-42","version":3}"#, ["Phone line", "Request approval", "Close"]),
        ("reason-form", "reject", r#"{"request":"ONB-42","version":3}"#, ["Reject ONB-42", "Reject", "Close"]),
        ("reason-form.unseen", "reject", r#"{"request":"ONB-42"}"#, ["Reject ONB-42", "Reject", "Close"]),
    ] {
        let form = form(name);
        assert_eq!((&form["callback_id"], &form["private_metadata"]), (&json!(callback), &json!(metadata)), "{name}");
        let found = ["title", "submit", "close"].map(|part| form[part]["text"].as_str().unwrap().to_owned());
        assert_eq!(found, titles, "{name}");
    }
    assert_eq!(form("onboard-form")["callback_id"], "onboard");
    assert_eq!(form("onboard-form")["blocks"][1]["element"]["initial_value"], "alice@contoso.com");
    assert_eq!(form("onboard-form.open")["blocks"][1]["element"].get("initial_value"), None);
    assert_eq!((&form("note-form")["callback_id"], form("note-form").get("submit")), (&json!("note"), None));
    let long = form("reason-form.unseen")["blocks"][0]["block_id"].clone();
    assert_eq!(long, "reason:0");
}

#[test]
fn the_emergency_address_starts_empty_and_the_rest_is_preset() {
    for node in [blocks(&message("confirm")), form("confirm-form")] {
        let elements = all_elements(&node);
        let input =
            |id: &str| elements.iter().find(|e| e["type"] == "input" && e["element"]["action_id"] == id).unwrap();
        let preset = |id: &str| input(id)["element"]["initial_option"]["value"].clone();
        assert_eq!(preset("emergency_address"), Value::Null);
        assert_eq!([preset("location"), preset("route"), preset("voicemail")], ["PBX", "US East 2", "pbx"]);
        assert_eq!(input("route")["block_id"], "route:3", "clients keep what was chosen under the same id");
        let means = input("voicemail")["element"]["options"].to_string();
        assert!(means.contains("call queues keep working") && means.contains("no longer reached"), "{means}");
        assert!(input("emergency_address")["hint"]["text"].as_str().unwrap().contains("really work"));
    }
    // At CallTower the location is where help goes.
    for node in [blocks(&message("confirm.calltower")), form("confirm-form.calltower")] {
        let elements = all_elements(&node);
        let location =
            elements.iter().find(|e| e["type"] == "input" && e["element"]["action_id"] == "location").unwrap();
        assert_eq!(location["element"]["initial_option"], Value::Null);
        assert!(location["label"]["text"].as_str().unwrap().contains("emergency calls"), "{location}");
        assert!(location["hint"]["text"].as_str().unwrap().contains("really work"), "{location}");
    }
    let open = blocks(&message("confirm.open"));
    let unset = all_elements(&open).into_iter().filter(|e| e["action_id"] == "location" || e["action_id"] == "route");
    assert!(unset.map(|e| e["initial_option"].clone()).all(|option| option.is_null()));
    let offered = form("confirm-form.many");
    let groups = all_elements(&offered).into_iter().find(|e| e["action_id"] == "emergency_address").unwrap();
    let sizes = groups["option_groups"].as_array().unwrap().iter().map(|g| g["options"].as_array().unwrap().len());
    assert_eq!(sizes.collect::<Vec<_>>(), [100, 50]);
}

#[test]
fn an_approval_names_everything_and_whom_it_asks() {
    let message = message("approval");
    let said = blocks(&message).to_string();
    for text in
        ["alice@contoso.com", "PBX", "US East 2", "Denver HQ", "1000tm", "+11000", "PBX voicemail", "Alan Admin"]
    {
        assert!(said.contains(text) && message.text.contains(text), "{text}");
    }
    assert!(said.contains("<@U0USER1>, <@U0USER2>"), "{said}");
    assert!(
        message.text.contains("<!date^1795404900^{date_short_pretty} {time}|23 Nov 2026, 03:35 UTC>"),
        "{}",
        message.text
    );
    // Somebody who is known in Teams only is named.
    let View::Approval(card) = views::all().into_iter().find(|(name, _)| *name == "approval").unwrap().1 else {
        panic!()
    };
    let elsewhere = cards().slack(&View::Approval(card), None).unwrap();
    let said = blocks(&elsewhere).to_string();
    assert!(said.contains("Bob Approver, Carol Chief: please decide.") && !said.contains("<@"), "{said}");
}

#[test]
fn progress_is_a_plan_and_something_older() {
    let message = message("progress");
    let plan = message.blocks.iter().find(|block| block["type"] == "plan").unwrap();
    let states: Vec<_> = plan["tasks"].as_array().unwrap().iter().map(|t| t["status"].as_str().unwrap()).collect();
    assert_eq!(states, ["complete", "complete", "complete", "complete", "in_progress", "in_progress", "pending"]);
    assert_eq!(super::views::all().len() + views::only_slack().len(), messages().len());
    let failed = self::message("progress.failed");
    assert!(failed.blocks.iter().any(|block| block["tasks"][4]["status"] == "error"));
    let plain = message.plain.unwrap();
    let kinds: BTreeSet<_> = plain.iter().map(|block| block["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, BTreeSet::from(["actions", "context", "header", "section"]));
    for task in plan["tasks"].as_array().unwrap() {
        assert!(json!(plain).to_string().contains(task["title"].as_str().unwrap()));
    }
    assert!(messages().iter().all(|(name, _, m)| m.plain.is_some() == name.starts_with("progress")));
}

#[test]
fn somebodys_text_stays_text() {
    let mention = regex::Regex::new(r"<@U0USER\d>|<!date\^\d+\^\{date_short_pretty\} \{time\}\|[^<>|]+>").unwrap();
    for name in ["approval.hostile", "requests.hostile"] {
        let message = message(name);
        let mut texts = vec![message.text.clone()];
        for element in all_elements(&blocks(&message)) {
            if element["type"] == "mrkdwn" {
                assert_eq!(element["verbatim"], true);
                texts.push(element["text"].as_str().unwrap().to_owned());
            }
            assert!(element["type"] != "plain_text" || element["emoji"] == false);
        }
        for text in texts {
            let bare = mention.replace_all(&text, "");
            assert!(!bare.contains(['<', '>', '~', '`', '\u{202e}']), "{text}");
            assert_eq!(bare.matches('*').count() % 2, 0, "{text}");
            assert!(!bare.contains(":tada:") && !text.contains("${"), "{text}");
        }
    }
    let text = message("approval.hostile").text;
    assert!(
        text.contains("∗Bob∗ [x]\u{200b}(http://evil.example)") && text.contains("&lt;at&gt;Eve&lt;/at&gt;"),
        "{text}"
    );
    assert_eq!(text.matches("<@").count(), 3, "{text}");
}

/// The text stands for the blocks: whoever gets only that misses nothing.
#[test]
fn the_text_says_what_the_blocks_say() {
    // What stands for a sentence that cannot be said.
    let unsaid = regex::Regex::new(r"\[[a-z]+(-[a-z]+)+\]").unwrap();
    for (name, _, message) in messages() {
        assert!(message.text.encode_utf16().count() < 4_000, "{name}");
        assert!(!unsaid.is_match(&message.text), "{name}: {}", message.text);
        if name.contains("longest") || name.contains("many") {
            continue;
        }
        for element in all_elements(&json!(message.plain.as_ref().unwrap_or(&message.blocks))) {
            // Choices that are not chosen are read in the list.
            if element["type"] == "mrkdwn" {
                let text = element["text"].as_str().unwrap().replacen('\n', ": ", 1);
                let whole = element["text"].as_str().unwrap();
                assert!(
                    message.text.contains(&text) || message.text.contains(whole),
                    "{name}: {text}\n{}",
                    message.text
                );
            }
        }
    }
    assert!(message("approval").text.starts_with("ONB-42: approval needed for Alice Example\n"));
    assert!(message("approval").text.ends_with("[Approve] [Reject]"));
    assert!(message("guided").text.contains("<https∶//") || message("guided").text.contains("<https://"), "the link");
}

#[test]
fn long_things_are_cut_and_nothing_is_refused() {
    for (name, _, message) in messages() {
        let size = blocks(&message).to_string().len();
        assert!(size <= 13_000 && message.blocks.len() <= 50, "{name}: {size} bytes, {} blocks", message.blocks.len());
    }
    for (name, _, view) in forms() {
        assert!(view["blocks"].as_array().unwrap().len() <= 100, "{name}");
    }
    let approval = message("approval.longest");
    assert!(approval.text.ends_with('…'), "{}", approval.text);
    assert!(blocks(&message("requests.longest")).to_string().contains("… and 30 more."));
    assert!(form("home.longest").to_string().contains("… and 30 more."));
    let named = blocks(&message("confirm.longest")).to_string();
    assert!(named.contains("Slack cannot offer names of more than 75 characters"), "{named}");
}

#[test]
fn the_home_tab_shows_requests_and_systems() {
    let home = form("home");
    let said = home.to_string();
    for text in [
        "Waiting for you",
        "Your requests",
        "ONB-42",
        "Systems",
        "Contoso: NetSapiens",
        "Read on 22 Nov 2026, 04:24 UTC.",
    ] {
        assert!(said.contains(text), "{text}");
    }
    let pressed = [("Refresh", "refresh"), ("New phone line", "onboard")].map(|(t, v)| (t.to_owned(), v.to_owned()));
    assert_eq!(buttons(&home), pressed);
    assert_eq!(buttons(&form("home.refused")), pressed[..1]);
    let refused = form("home.refused").to_string();
    assert!(refused.contains("You may not use this bot") && !refused.contains("Your requests"), "{refused}");
    let empty = form("home.empty").to_string();
    assert!(
        empty.contains("Nothing waits for you.") && empty.contains("You have not asked for a line yet."),
        "{empty}"
    );
}

/// A sentence of a card that the template does not show is a sentence that nobody reads.
#[test]
fn every_text_of_a_card_is_shown() {
    // Slack has its own words for what is missing, and two short lines instead of a long one.
    let unused = |card: &str, text: &str| {
        text.ends_with("_missing")
            || text.starts_with("voicemail_")
            || (card == "approval" && (text.starts_with("reason") && text != "reason_given" || text == "refresh"))
            || (card == "confirm-form" && ["too_many", "open_form", "cancel"].contains(&text))
            || (card == "reason-form" && !["label", "hint", "close", "reject", "reason_placeholder"].contains(&text))
    };
    let mut named: BTreeMap<String, Value> = forms().into_iter().map(|(name, data, _)| (name, data)).collect();
    named.extend(messages().into_iter().map(|(name, view, _)| (name, cards().slack_sample(&view, POST))));
    for (card, data) in named.into_iter().filter(|(name, _)| !name.contains('.')) {
        let template = std::fs::read_to_string(file(&format!("cards/slack/{card}.json"))).unwrap();
        for text in data["text"].as_object().unwrap().keys().filter(|text| !unused(&card, text)) {
            let shown = ["text", "label"].iter().any(|map| template.contains(&format!("${{{map}.{text}}}")));
            assert!(shown, "{card} does not show {text}");
        }
    }
}

#[test]
fn a_sentence_is_said_in_mrkdwn() {
    let cards = cards();
    let said = cards.say_mrkdwn(&Sentence::new("guided-dial-plan").with("subject", "*Eve* <!channel>"));
    assert_eq!(
        said,
        "In Users, open ∗Eve∗ &lt;!channel&gt;, check *Assign Default Dial Plan Policy* and press *Save User*."
    );
    assert_eq!(SlackMessage::words("x".repeat(5_000)).text.chars().count(), 3_899);
}

#[test]
fn an_installation_may_lay_its_own_templates_over() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("slack")).unwrap();
    let lay = |template: &str| {
        std::fs::write(folder.path().join("slack/greeting.json"), template).unwrap();
        Cards::load_with(Some(folder.path()), "en")
    };
    let plain = r#"{"blocks":[{"type":"header","text":{"type":"plain_text","text":"${title}","emoji":false}}]}"#;
    assert_eq!(lay(plain).unwrap().slack(&View::Greeting, None).unwrap().blocks.len(), 1);
    let error = lay(r#"{"blocks":[{"text":"${shout(title)}"}]}"#).unwrap_err().to_string();
    assert_eq!(error, "cards/slack/greeting.json: at /blocks/0/text: there is no function shout");
    let marked = r#"{"blocks":[{"type":"header","text":{"type":"mrkdwn","text":"${title}","verbatim":true}}]}"#;
    let error = lay(marked).unwrap().slack(&View::Greeting, None).unwrap_err().to_string();
    assert_eq!(error, "card greeting: /blocks/0: plain_text");
    let error = lay(r#"{"text":"${title}"}"#).unwrap().slack(&View::Greeting, None).unwrap_err().to_string();
    assert_eq!(error, "cards/slack/greeting.json: has no blocks");
}
