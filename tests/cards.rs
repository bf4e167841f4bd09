//! Every card, held against its sample, the schema and the contract.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test: also its functions without #[test] may fail")]

#[path = "cards/inquiries.rs"]
mod inquiries;
#[path = "cards/slack.rs"]
mod slack;
#[path = "cards/views.rs"]
mod views;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use onboard_bot::cards::Cards;
use onboard_bot::cards::template::Template;
use onboard_bot::domain::Sentence;
use onboard_bot::plan::StepKind;
use onboard_bot::view::View;
use serde_json::{Value, json};

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(file(path)).unwrap()).unwrap()
}

fn cards() -> Cards {
    Cards::load().unwrap()
}

/// All cards by the name of their sample.
fn expanded() -> Vec<(&'static str, View, Value)> {
    let cards = cards();
    let expand = |(name, view): (&'static str, View)| {
        let card = cards.teams(&view).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, view, card.content)
    };
    views::all().into_iter().map(expand).collect()
}

/// Every object of a card that has a type, with its JSON pointer.
fn elements(node: &Value, at: &str, found: &mut Vec<(String, Value)>) {
    match node {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| elements(item, &format!("{at}/{n}"), found))
        }
        Value::Object(fields) => {
            if fields.get("type").is_some_and(Value::is_string) {
                found.push((at.to_owned(), node.clone()));
            }
            let children = fields.iter().filter(|(name, _)| *name != "data" && *name != "msteams");
            children.for_each(|(name, child)| elements(child, &format!("{at}/{name}"), found));
        }
        _ => {}
    }
}

fn all_elements(card: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    elements(card, "", &mut found);
    found
}

fn actions(card: &Value) -> Vec<(String, String)> {
    let own = |action: &Value| {
        (action["title"].as_str().unwrap().to_owned(), action["verb"].as_str().unwrap_or_default().to_owned())
    };
    card["actions"].as_array().map(|actions| actions.iter().map(own).collect()).unwrap_or_default()
}

fn inputs(card: &Value) -> BTreeSet<String> {
    let inputs = all_elements(card).into_iter().filter(|(_, e)| e["type"].as_str().unwrap().starts_with("Input."));
    inputs.map(|(at, input)| input["id"].as_str().unwrap_or_else(|| panic!("{at} has no id")).to_owned()).collect()
}

fn card(name: &str) -> Value {
    expanded().into_iter().find(|(sample, ..)| *sample == name).unwrap().2
}

#[test]
fn samples_are_what_the_program_builds() {
    let cards = cards();
    let update = std::env::var_os("UPDATE_SAMPLES").is_some();
    let mut expected = BTreeSet::new();
    for (name, view) in views::all() {
        let path = format!("cards/samples/{name}.json");
        let built = cards.sample(&view);
        if update {
            std::fs::write(file(&path), format!("{built:#}\n")).unwrap();
        }
        assert_eq!(read(&path), built, "{path} is stale: run with UPDATE_SAMPLES=1");
        expected.insert(format!("{name}.json"));
    }
    let present = std::fs::read_dir(file("cards/samples")).unwrap().map(|entry| entry.unwrap());
    let present = present.filter(|entry| entry.path().is_file());
    let present: BTreeSet<_> = present.map(|entry| entry.file_name().into_string().unwrap()).collect();
    assert_eq!(present, expected);
}

/// Writes the expanded cards for `tests/node/cards`, when asked to.
#[test]
fn template_and_sample_make_the_card() {
    let out = std::env::var_os("CARDS_OUT").map(PathBuf::from);
    for (name, _, card) in expanded() {
        let kind = name.split('.').next().unwrap();
        let template = Template::parse(&read(&format!("cards/teams/{kind}.json"))).unwrap();
        assert_eq!(template.expand(&read(&format!("cards/samples/{name}.json"))).unwrap(), card, "{name}");
        if let Some(out) = &out {
            std::fs::create_dir_all(out).unwrap();
            std::fs::write(out.join(format!("{name}.json")), format!("{card:#}\n")).unwrap();
        }
    }
}

/// `odd-cases.json` holds what Microsoft's implementation makes of each case; `compare.mjs` keeps that true.
#[test]
fn odd_templates_expand_as_in_the_reference() {
    let cases = read("tests/node/cards/odd-cases.json");
    let cases = cases.as_array().unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let name = &case["name"];
        let template = Template::parse(&case["template"]);
        let ours = match &template {
            Err(_) => json!({ "throws": true }),
            Ok(template) => template
                .expand_like_reference(&case["data"])
                .map_or_else(|_| json!({ "throws": true }), |value| json!({ "value": value })),
        };
        let same = same(&ours, &case["reference"]);
        if same == case["differs"].is_string() {
            wrong.push(format!("{name}: ours {ours}, reference {}", case["reference"]));
        }
        // What people get: the same, or nothing at all where the reference leaves something unresolved.
        let strict = template.ok().and_then(|template| template.expand(&case["data"]).ok());
        let refused = case["unresolved"] == true || case["strict"] == "error" || ours["throws"] == true;
        if strict.is_none() != refused || strict.is_some_and(|value| !self::same(&value, &ours["value"])) {
            wrong.push(format!("{name}: strictly {refused}"));
        }
    }
    assert!(cases.len() >= 200, "cases are missing");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Equal as JSON: 1 and 1.0 are the same number.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => left == right,
    }
}

/// The card without what only Teams knows.
fn published(node: &Value) -> Value {
    match node {
        Value::Array(items) => items.iter().filter(|item| item["type"] != "ProgressBar").map(published).collect(),
        Value::Object(fields) => {
            let known = fields.iter().filter(|(name, _)| *name != "msteams");
            Value::Object(known.map(|(name, child)| (name.clone(), published(child))).collect())
        }
        other => other.clone(),
    }
}

#[test]
fn cards_follow_the_published_schema() {
    let mut schema = read("cards/schema/adaptive-card-1.5.json");
    // Draft 6 spells it `$id`.
    schema.as_object_mut().unwrap().remove("id");
    let validator = jsonschema::draft6::new(&schema).unwrap();
    for (name, _, card) in expanded() {
        let errors: Vec<_> = validator.iter_errors(&published(&card)).map(|e| e.to_string()).take(3).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        assert_eq!(card["version"], "1.5", "{name}");
    }
    let mut wrong = published(&card("confirm"));
    wrong["body"][0]["weigth"] = "Bolder".into();
    assert!(!validator.is_valid(&wrong), "the schema lets everything pass");
}

#[test]
fn buttons_and_inputs_are_those_of_the_contract() {
    let approval = [("Approve", "approve"), ("Reject", "reject")];
    for (name, wanted_inputs, wanted_actions) in [
        (
            "confirm",
            vec!["emergency_address", "location", "route", "voicemail"],
            vec![("Request approval", "submit"), ("Cancel", "cancel")],
        ),
        (
            "confirm.calltower",
            vec!["location", "number", "plan"],
            vec![("Request approval", "submit"), ("Cancel", "cancel")],
        ),
        ("confirm.direct-routing", vec!["number", "route"], vec![("Request approval", "submit"), ("Cancel", "cancel")]),
        ("approval", vec!["reason"], approval.to_vec()),
        ("approval.hostile", vec!["reason"], approval.to_vec()),
        ("guided", vec!["note"], vec![("Done", "guided_done"), ("I can't", "guided_fail")]),
        ("guided.connect", vec!["note"], vec![("Done", "guided_done"), ("I can't", "guided_fail")]),
        (
            "guided.reminded",
            vec!["note", "operator"],
            vec![("Done", "guided_done"), ("I can't", "guided_fail"), ("Hand over", "hand_over")],
        ),
        (
            "failure.refused",
            vec!["operator"],
            vec![("Retry", "retry"), ("Ask somebody else", "hand_over"), ("Undo", "undo"), ("Cancel", "cancel")],
        ),
        ("guided.reported", vec![], vec![]),
        ("progress", vec![], vec![("Refresh", "refresh"), ("Cancel", "cancel")]),
        ("failure", vec![], vec![("Retry", "retry"), ("Undo", "undo"), ("Cancel", "cancel")]),
        ("approval.readonly", vec![], vec![]),
        ("confirm.closed", vec![], vec![]),
        ("approval.closed", vec![], vec![]),
        ("guided.closed", vec![], vec![]),
        ("progress.closed", vec![], vec![]),
        ("failure.closed", vec![], vec![]),
    ] {
        let card = card(name);
        assert_eq!(inputs(&card).into_iter().collect::<Vec<_>>(), wanted_inputs, "{name}");
        let found = actions(&card);
        let found: Vec<_> = found.iter().map(|(title, verb)| (title.as_str(), verb.as_str())).collect();
        assert_eq!(found, wanted_actions, "{name}");
    }
}

#[test]
fn a_button_carries_request_version_and_verb_and_works_in_old_clients() {
    let mut seen = 0;
    for (name, _, card) in expanded() {
        for (at, action) in all_elements(&card).into_iter().filter(|(_, e)| e["type"] == "Action.Execute") {
            let verb = action["verb"].as_str().unwrap();
            if at == "/refresh/action" {
                assert_eq!((verb, &action["data"]), ("view", &json!({ "request": "ONB-42", "version": 3 })), "{name}");
                continue;
            }
            // An answer to why belongs to no request; what its buttons ask for becomes one.
            let data = match verb.strip_prefix("mend_") {
                Some(_) => json!({ "subject": views::UPN, "verb": verb }),
                None => json!({ "request": "ONB-42", "version": 3, "verb": verb }),
            };
            assert_eq!(action["data"], data, "{name} {at}");
            let fallback = &action["fallback"];
            assert_eq!((&fallback["type"], &fallback["data"]), (&json!("Action.Submit"), &data), "{name} {at}");
            assert_eq!(fallback["title"], action["title"], "{name} {at}");
            let plain = if ["cancel", "refresh", "undo"].contains(&verb) { json!("none") } else { Value::Null };
            assert_eq!((&action["associatedInputs"], &fallback["associatedInputs"]), (&plain, &plain), "{name} {at}");
            seen += 1;
        }
        assert!(card["actions"].as_array().is_none_or(|actions| actions.len() <= 6), "{name}");
    }
    assert!(seen >= 20);
}

#[test]
fn every_input_says_what_it_is_for() {
    for (name, _, card) in expanded() {
        let mut ids = BTreeSet::new();
        for (at, element) in all_elements(&card) {
            if let Some(id) = element["id"].as_str() {
                assert!(ids.insert(id.to_owned()), "{name}: {id} twice");
            }
            if element["type"].as_str().unwrap().starts_with("Input.") {
                assert!(element["label"].as_str().is_some_and(|label| !label.is_empty()), "{name}{at}");
                assert_eq!(element["isRequired"] == true, element["errorMessage"].is_string(), "{name}{at}");
            }
        }
        assert!(card["fallbackText"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
    }
}

#[test]
fn the_emergency_address_starts_empty_and_voicemail_names_its_consequences() {
    let card = card("confirm");
    let elements = all_elements(&card);
    let input = |id: &str| &elements.iter().find(|(_, e)| e["id"] == id).unwrap().1;
    let address = input("emergency_address");
    assert_eq!((&address["value"], &address["isRequired"]), (&Value::Null, &json!(true)));
    assert_eq!((&input("location")["value"], &input("route")["value"]), (&json!("PBX"), &json!("US East 2")));
    assert_eq!(input("voicemail")["value"], "pbx");
    // At CallTower the location is where help goes.
    let card = self::card("confirm.calltower");
    let elements = all_elements(&card);
    let location = &elements.iter().find(|(_, e)| e["id"] == "location").unwrap().1;
    assert_eq!((&location["value"], &location["isRequired"]), (&Value::Null, &json!(true)));
    assert!(location["label"].as_str().unwrap().contains("emergency calls"));
    let titles: Vec<_> =
        input("voicemail")["choices"].as_array().unwrap().iter().map(|c| c["title"].to_string()).collect();
    assert!(titles[0].contains("call queues keep working") && titles[1].contains("no longer reached"), "{titles:?}");
    let open = self::card("confirm.open");
    let unset = all_elements(&open).into_iter().filter(|(_, e)| e["id"] == "location" || e["id"] == "route");
    assert!(unset.map(|(_, e)| e["value"].clone()).all(|value| value.is_null()));
}

#[test]
fn mentions_reach_whom_they_name() {
    for (name, mentioned) in [
        ("approval", 2),
        ("approval.longest", 20),
        ("approval.hostile", 3),
        ("guided", 1),
        ("failure", 2),
        ("done", 3),
        ("done.quiet", 0),
    ] {
        let card = card(name);
        let entities = card["msteams"]["entities"].as_array().unwrap();
        assert_eq!(entities.len(), mentioned, "{name}");
        let texts: BTreeSet<_> = entities.iter().map(|entity| entity["text"].as_str().unwrap()).collect();
        assert_eq!(texts.len(), mentioned, "{name}: Teams finds an entity by its text");
        let body = card["body"].to_string();
        for text in texts {
            assert!(body.contains(text), "{name}: {text} is not on the card");
            assert_eq!(text.matches("at>").count(), 2, "{name}: {text}");
        }
        // Nothing else may look like a mention.
        assert_eq!(body.matches("<at>").count(), mentioned, "{name}");
    }
    assert_eq!(card("approval.closed")["msteams"]["entities"], json!([]));
}

#[test]
fn approvers_fetch_their_own_view() {
    let refresh = card("approval.readonly")["refresh"].clone();
    assert_eq!(refresh["userIds"], json!(["29:user-1", "29:user-2"]));
    assert_eq!(refresh["action"]["type"], "Action.Execute");
    assert_eq!(card("approval.longest")["refresh"]["userIds"].as_array().unwrap().len(), 60);
    assert_eq!(card("approval.closed").get("refresh"), None);
}

#[test]
fn somebodys_text_stays_text() {
    let card = card("approval.hostile");
    let escaped = regex::Regex::new(r"\\.").unwrap();
    let mut texts = Vec::new();
    for (_, element) in all_elements(&card) {
        texts.extend(element["text"].as_str().map(str::to_owned));
        let facts = element["facts"].as_array().cloned().unwrap_or_default();
        texts.extend(facts.iter().map(|fact| fact["value"].as_str().unwrap().to_owned()));
    }
    for text in texts.iter().filter(|text| !text.contains("</at>:")) {
        let bare = escaped.replace_all(text, "");
        assert!(!bare.contains(['*', '_', '[', ']', '<', '>', '`', '~', '\\', '\n', '\u{202e}']), "{text}");
    }
    let text = texts.concat();
    assert!(text.contains(r"\*Bob\* \[x\]\(http://evil.example)") && text.contains(r"\<at\>Eve\</at\>"));
    // Nothing that looks like a template leaves the house.
    assert!(text.contains("$ {version}") && text.contains("$ {$root.version}"));
}

#[test]
fn cards_fit_into_a_message() {
    for (name, _, card) in expanded() {
        let size = card.to_string().len();
        assert!(size < 80_000, "{name}: {size} bytes");
        let leftover = card.to_string().contains("${");
        assert!(!leftover, "{name}: something is not filled in");
    }
}

#[test]
fn the_summary_names_the_request_and_the_person() {
    let cards = cards();
    for (name, view) in views::all() {
        let summary = cards.teams(&view).unwrap().summary;
        let kind = name.split('.').next().unwrap();
        if kind == "why" || kind == "number" {
            assert!(
                name.contains("longest") || summary.contains("Alice") || summary.contains("1000"),
                "{name}: {summary}"
            );
        } else if ["requests", "help", "greeting"].contains(&kind) {
            assert!(!summary.is_empty());
        } else {
            let person = summary.contains("Alice")
                || summary.contains("alice@")
                || name.contains("longest")
                || name.contains("hostile");
            assert!(summary.contains("ONB-42") && person, "{name}: {summary}");
        }
        assert!(!summary.contains("\\") && !summary.contains('['), "{name}: {summary}");
    }
}

/// The program may only say what is written down. Looks at every sentence that the source names outside of its tests.
#[test]
fn every_sentence_of_the_source_exists() {
    let cards = cards();
    let ids: BTreeSet<_> = cards.texts().ids().collect();
    let naming = regex::Regex::new(r#"Sentence::new\(\s*"([a-z][a-z0-9-]*)""#).unwrap();
    let labels =
        regex::Regex::new(r#""((?:item|cond|condition|fine|look|unsure|number|place|holder|warn|notice|step|state|closed|help|misread|value|refusal|answer|say|cause|wait|list-title|guided)-[a-z0-9-]+)""#)
            .unwrap();
    let mut folders = vec![file("src")];
    let mut named = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // The simulated outside speaks vendors' words, and tests make up their own.
            if path.is_dir() && !path.ends_with("world") && !path.ends_with("tests") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                let source = source.split("#[cfg(test)]").next().unwrap();
                let found = naming.captures_iter(source).chain(labels.captures_iter(source));
                named.extend(found.map(|found| found[1].to_owned()));
            }
        }
    }
    assert!(named.len() > 20, "the search finds nothing");
    let is_step = |id: &str| StepKind::ALL.iter().any(|step| step.name() == id);
    let missing: Vec<_> = named.iter().filter(|id| !ids.contains(id.as_str()) && !is_step(id)).collect();
    assert!(missing.is_empty(), "cards/text/en.ftl has no {missing:?}");
    for id in ids.iter().filter(|id| id.starts_with("cond-") && !id.ends_with("-fix")) {
        assert!(ids.contains(format!("{id}-fix").as_str()), "{id} does not say what to do");
    }
}

/// A sentence of a card that the template does not show is a sentence that nobody reads.
#[test]
fn every_text_of_a_card_is_shown() {
    let cards = cards();
    for (name, view) in views::all().into_iter().filter(|(name, _)| !name.contains('.')) {
        let template = std::fs::read_to_string(file(&format!("cards/teams/{name}.json"))).unwrap();
        for text in cards.sample(&view)["text"]
            .as_object()
            .unwrap()
            .keys()
            .filter(|text| *text != "refresh" || name != "approval")
        {
            assert!(template.contains(&format!("${{text.{text}}}")), "{name} does not show {text}");
        }
    }
}

#[test]
fn an_installation_may_lay_its_own_files_over() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("teams")).unwrap();
    std::fs::create_dir_all(folder.path().join("text")).unwrap();
    std::fs::write(folder.path().join("text/de.ftl"), "greeting-title = Guten Tag\n").unwrap();
    std::fs::write(folder.path().join("teams/greeting.json"), r#"{"type":"AdaptiveCard","say":"${title} ${help}"}"#)
        .unwrap();
    let cards = Cards::load_with(Some(folder.path()), "de").unwrap();
    let said = &cards.teams(&View::Greeting).unwrap().content["say"];
    assert_eq!(said, "Guten Tag Type help for everything that I understand.");
    assert_eq!(cards.say(&Sentence::new("greeting-title")), "Guten Tag");

    std::fs::write(folder.path().join("teams/greeting.json"), r#"{"body":[{"text":"${shout(title)}"}]}"#).unwrap();
    let error = Cards::load_with(Some(folder.path()), "en").unwrap_err().to_string();
    assert_eq!(error, "cards/teams/greeting.json: at /body/0/text: there is no function shout");

    std::fs::write(folder.path().join("teams/greeting.json"), r#"{"text":"${titel}"}"#).unwrap();
    let cards = Cards::load_with(Some(folder.path()), "en").unwrap();
    assert_eq!(cards.teams(&View::Greeting).unwrap_err().to_string(), "card greeting: nothing is bound to titel");
}
