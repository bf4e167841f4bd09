//! What Teams accepts as a card, and what the contract asks of the bot's cards on top.

use std::collections::BTreeSet;

use serde_json::Value;

use super::card::{each_action, each_input};

/// The newest schema that Teams supports for bots.
const NEWEST: (u32, u32) = (1, 5);

/// The first thing that is wrong with a card.
pub(super) fn card_fault(card: &Value) -> Option<String> {
    if !card.is_object() {
        return Some("it is not an object".to_owned());
    }
    if card["type"] != "AdaptiveCard" {
        return Some("its type is not AdaptiveCard".to_owned());
    }
    let version = card["version"].as_str().and_then(|v| v.split_once('.'));
    let version = version.and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    match version {
        None => return Some("it has no version".to_owned()),
        Some(version) if version > NEWEST => return Some("its version is above 1.5".to_owned()),
        Some(_) => {}
    }
    if card.to_string().contains("${") {
        return Some("a template expression was left over".to_owned());
    }
    let mut ids = BTreeSet::new();
    let mut fault = None;
    each_input(card, &mut |input| {
        let id = input["id"].as_str().unwrap_or_default();
        if id.is_empty() || !ids.insert(id.to_owned()) {
            fault.get_or_insert(format!("an input has no id of its own: {id:?}"));
        }
        if input["label"].as_str().is_none_or(|l| l.trim().is_empty()) {
            fault.get_or_insert(format!("the input {id} has no label"));
        }
    });
    each_action(card, &mut |action| {
        if action["type"] == "Action.Execute" && action["verb"].as_str().is_none_or(str::is_empty) {
            fault.get_or_insert("an Action.Execute has no verb".to_owned());
        }
    });
    let watched = card["refresh"]["userIds"].as_array().map_or(0, Vec::len);
    if watched > 60 {
        fault.get_or_insert("refresh names more than 60 people".to_owned());
    }
    fault
}

/// The first mention that nobody would be notified by: `<at>` in a text or card without an entity of the same text, or
/// an entity that names neither a Teams id nor an Entra object id.
pub(super) fn mention_fault(activity: &Value, card: Option<&Value>) -> Option<String> {
    let text = activity["text"].as_str().map(str::to_owned).unwrap_or_default();
    let shown = card.map(Value::to_string).unwrap_or_default();
    // A card's entities hold the text themselves, so what is left without them is what people read.
    let own = card.map(|c| c["msteams"]["entities"].to_string()).unwrap_or_default();
    unbacked(&text, &activity["entities"])
        .or_else(|| card.and_then(|c| unbacked(&shown.replace(&own, ""), &c["msteams"]["entities"])))
}

fn unbacked(text: &str, entities: &Value) -> Option<String> {
    let backed = |mention: &str| {
        entities.as_array().into_iter().flatten().any(|e| {
            let id = e["mentioned"]["id"].as_str().unwrap_or_default();
            let known = id.starts_with("29:") || uuid::Uuid::try_parse(id).is_ok();
            e["type"] == "mention" && e["text"] == mention && known
        })
    };
    let mentions = text.split("<at>").skip(1).filter_map(|rest| rest.split_once("</at>"));
    let mut mentions = mentions.map(|(name, _)| format!("<at>{}</at>", name.replace("\\\"", "\"")));
    mentions.find(|mention| !backed(mention)).map(|mention| format!("{mention} has no entity"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_mention_needs_its_entity() {
        let entity = |id: &str| json!([{"type": "mention", "text": "<at>Bob</at>", "mentioned": {"id": id}}]);
        let text = |entities: Value| json!({"text": "<at>Bob</at> please", "entities": entities});
        assert_eq!(mention_fault(&text(entity("29:1b")), None), None);
        assert!(mention_fault(&text(entity("bob@contoso.com")), None).is_some());
        assert!(mention_fault(&text(Value::Null), None).is_some());
        let card = |entities: Value| json!({"body": [{"text": "<at>Bob</at>"}], "msteams": {"entities": entities}});
        let id = "44444444-4444-4444-4444-444444444444";
        assert_eq!(mention_fault(&json!({}), Some(&card(entity(id)))), None);
        assert!(mention_fault(&json!({}), Some(&card(json!([])))).is_some());
    }

    #[test]
    fn cards_that_teams_would_not_show_are_refused() {
        let good = json!({"type": "AdaptiveCard", "version": "1.5", "body": [
            {"type": "Container", "items": [{"type": "Input.Text", "id": "reason", "label": "Reason"}]}]});
        assert_eq!(card_fault(&good), None);
        let mut newer = good.clone();
        newer["version"] = "1.6".into();
        let mut template = good.clone();
        template["body"][0]["items"][0]["value"] = "${reason}".into();
        let mut bare = good.clone();
        bare["body"][0]["items"][0]["label"] = " ".into();
        for (card, why) in [
            (json!("{}"), "it is not an object"),
            (newer, "its version is above 1.5"),
            (template, "a template expression was left over"),
            (bare, "the input reason has no label"),
        ] {
            assert_eq!(card_fault(&card).as_deref(), Some(why));
        }
    }
}
