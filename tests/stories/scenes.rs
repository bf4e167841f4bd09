//! Scenes that many stories share.

use jiff::SignedDuration;
use onboard_bot::world::{EffectKind, Message, Place};

use crate::stage::Stage;

/// What people choose when the story is about something else.
pub const CHOICES: [(&str, &str); 2] = [("route", "US West"), ("emergency_address", "a-denver-hq")];

/// Alan asks for a line for Alice; the confirm card.
pub async fn confirm_card(stage: &Stage, place: &Place) -> Message {
    stage.say("alan", place, "/onboard alice@contoso.com ext 1000").await;
    stage.see_new(place, "Phone line for Alice Adams").await
}

/// Alan asks for a line for Alice and sends it for approval; the approval card.
pub async fn approval_card(stage: &Stage, place: &Place) -> Message {
    let confirm = confirm_card(stage, place).await;
    let told = stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    assert!(told.contains("ONB-1 was sent for approval"), "{told}");
    stage.see_new(place, "Sent for approval by Alan Admin").await;
    stage.see_new(place, "Approve a phone line for Alice Adams?").await
}

/// Bob has approved: the approval card is closed and the progress card is there.
pub async fn approved(stage: &Stage, place: &Place) -> Message {
    let approval = approval_card(stage, place).await;
    let told = stage.press("bob", &approval, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1"), "{told}");
    stage.see_new(place, "Approved by Bob Brown").await;
    stage.see_new(place, "Setting up +11000 for Alice Adams").await
}

/// The end: one new message with the evidence, and the progress card with all steps done.
pub async fn works(stage: &Stage, place: &Place) -> Message {
    let done = stage.see_within(place, "The phone line of Alice Adams works", SignedDuration::from_mins(2)).await;
    stage.see(place, "7 of 7 steps done").await;
    done
}

/// Nothing was changed outside.
pub fn nothing_changed(stage: &Stage) {
    let kinds = [EffectKind::DeviceCreated, EffectKind::DeviceChanged, EffectKind::UserConfigured];
    for kind in kinds {
        assert!(stage.world.effects(kind).is_empty(), "{kind:?}: {:?}", stage.world.effects(kind));
    }
}

/// What a card says, without the signs that make words bold in Teams.
pub fn words(message: &Message) -> String {
    message.plain().replace("**", "")
}

/// All values that a card shows by name, in order.
pub fn facts(message: &Message) -> Vec<(String, String)> {
    if message.is_in_slack() {
        // A pair is a line with a space before it.
        let plain = message.plain();
        let pairs = plain.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(": "));
        return pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    }
    let mut found = Vec::new();
    let mut open = vec![message.card.as_ref().unwrap()];
    while let Some(value) = open.pop() {
        for fact in value["facts"].as_array().into_iter().flatten() {
            let text = |key: &str| fact[key].as_str().unwrap_or_default().to_owned();
            found.push((text("title"), text("value")));
        }
        for key in ["items", "body", "columns"] {
            open.extend(value[key].as_array().into_iter().flatten().rev());
        }
    }
    found
}
