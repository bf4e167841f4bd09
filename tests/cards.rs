//! Every card, held against its sample, the schema and the contract.

#[path = "cards/views.rs"]
mod views;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use onboard_bot::cards::Cards;
use onboard_bot::cards::template::Template;
use onboard_bot::domain::Sentence;
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
    let present = std::fs::read_dir(file("cards/samples")).unwrap();
    let present: BTreeSet<_> = present.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
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
