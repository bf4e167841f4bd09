//! Cards that tell which copy they are.
//!
//! Every button names our post. A new card also asks the clients of a few people to fetch their own view of it as soon as
//! they show it: that is how the id of a message is learnt whose answer was lost. A rewrite asks no more; its id is known.

use serde_json::{Map, Value, json};

use crate::chat::surface::Marking;

/// A client asks for its own view for at most so many people.
/// <https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/user-specific-views>
const MOST_LOOKING: usize = 60;

/// Marks a card. With a `title`, clients are asked to look at it, once: the view that they get asks no more, so that nothing
/// replaces a card into which somebody is typing.
pub(crate) fn mark(card: &mut Value, marking: &Marking<'_>, title: Option<&String>) {
    name_post(card, marking.post);
    let Some(title) = title.filter(|_| card.get("refresh").is_none()) else { return };
    let looking: Vec<&String> = marking.seen_by.iter().take(MOST_LOOKING).collect();
    if looking.is_empty() {
        return;
    }
    let data = json!({"request": marking.request, "post": marking.post});
    let action = json!({"type": "Action.Execute", "title": title, "verb": "view", "data": data});
    card["refresh"] = json!({"action": action, "userIds": looking});
}

fn is_button(object: &Map<String, Value>) -> bool {
    matches!(object.get("type").and_then(Value::as_str), Some("Action.Execute" | "Action.Submit"))
}

/// Every button names the post.
pub(crate) fn name_post(value: &mut Value, post: &str) {
    match value {
        Value::Object(object) => {
            if is_button(object)
                && let Some(Value::Object(data)) = object.get_mut("data")
            {
                data.insert("post".to_owned(), post.into());
            }
            object.values_mut().for_each(|value| name_post(value, post));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| name_post(value, post)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RequestId;

    fn button() -> Value {
        json!({"type": "Action.Execute", "verb": "cancel", "data": {"request": "ONB-3"},
            "fallback": {"type": "Action.Submit", "data": {"verb": "cancel"}}})
    }

    fn marked(mut card: Value, title: Option<&str>) -> Value {
        let people = ["29:alan".to_owned()];
        let marking = Marking { post: "p1", request: RequestId(3), seen_by: &people };
        mark(&mut card, &marking, title.map(str::to_owned).as_ref());
        card
    }

    #[test]
    fn every_button_names_the_post_and_a_new_card_is_looked_at() {
        let card = marked(json!({"body": [{"type": "ActionSet", "actions": [button()]}]}), Some("Look"));
        let pressed = &card["body"][0]["actions"][0];
        assert_eq!((&pressed["data"]["post"], &pressed["fallback"]["data"]["post"]), (&json!("p1"), &json!("p1")));
        assert_eq!(card["refresh"]["userIds"], json!(["29:alan"]));
        let data = json!({"request": "ONB-3", "post": "p1"});
        let action = json!({"type": "Action.Execute", "title": "Look", "verb": "view", "data": data});
        assert_eq!(card["refresh"]["action"], action);
    }

    #[test]
    fn nobody_is_asked_to_look_at_a_rewrite_and_a_card_that_asks_by_itself_stays() {
        assert!(marked(json!({"body": []}), None).get("refresh").is_none());
        let own = json!({"refresh": {"userIds": ["29:bob"], "action": button()}});
        let own = marked(own, Some("Look"))["refresh"].clone();
        assert_eq!((&own["userIds"], &own["action"]["data"]["post"]), (&json!(["29:bob"]), &json!("p1")));
    }
}
