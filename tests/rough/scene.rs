//! The one onboarding that everything here disturbs, and people who see it through.

use std::collections::HashSet;

use jiff::SignedDuration;
use onboard_bot::clock::Clock;
use onboard_bot::world::{EffectKind, Message, Place, System, World};
use serde_json::Value;

use crate::stage::Stage;

pub const ASK: &str = "/onboard alice@contoso.com ext 1000";
pub const CHOICES: [(&str, &str); 2] = [("route", "US West"), ("emergency_address", "a-denver-hq")];
pub const CONFIRM: &str = "Phone line for Alice Adams";
pub const APPROVE: &str = "Approve a phone line for Alice Adams?";
pub const DONE: &str = "The phone line of Alice Adams works";
pub const STOPPED: &str = "Stopped: the line of";
const UNREAD: &str = "did not tell me your rights";

/// The cap on one journey, in real time.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// How a journey ended.
#[derive(Debug)]
pub enum End {
    Done,
    Stopped(Box<Message>),
    /// Somebody was told that their rights cannot be read.
    RightsUnread,
    Nothing,
}

/// People who press whatever has to be pressed next, each card once.
#[derive(Debug, Default)]
pub struct People {
    pressed: HashSet<String>,
}

impl People {
    /// Everything that stands there now has been dealt with.
    pub fn have_pressed(&mut self, stage: &Stage, place: &Place) {
        self.pressed.extend(stage.world.mailbox(place).messages().into_iter().map(|m| m.id));
    }

    /// Lets time pass and presses until the line is proven or somebody is told why not.
    pub async fn see_through(&mut self, stage: &Stage, place: &Place, within: SignedDuration) -> End {
        let (end, began) = (stage.clock.now() + within, std::time::Instant::now());
        loop {
            stage.settle().await;
            if let Some(end) = self.look(stage, place).await {
                return end;
            }
            if stage.clock.now() >= end || began.elapsed() > PATIENCE {
                return End::Nothing;
            }
            hop(stage);
        }
    }

    async fn look(&mut self, stage: &Stage, place: &Place) -> Option<End> {
        for message in stage.world.mailbox(place).messages() {
            let text = message.plain();
            if text.contains(DONE) {
                return Some(End::Done);
            }
            let new = !self.pressed.contains(&message.id);
            if new && text.contains(UNREAD) {
                self.pressed.insert(message.id);
                return Some(End::RightsUnread);
            }
            if new && text.contains(STOPPED) && text.contains("[Retry]") {
                self.pressed.insert(message.id.clone());
                return Some(End::Stopped(Box::new(message)));
            }
            let (who, title, inputs) = match text {
                text if text.contains("[Request approval]") => ("alan", "Request approval", &CHOICES[..]),
                text if text.contains(APPROVE) => ("bob", "Approve", &[][..]),
                _ => continue,
            };
            if new {
                self.pressed.insert(message.id.clone());
                stage.press(who, &message, title, inputs).await;
            }
        }
        None
    }
}

/// To whatever is due soon. Where nothing is, the bot may be pausing in real time: then time creeps.
fn hop(stage: &Stage) {
    let due = stage.clock.until_next().filter(|due| *due <= SignedDuration::from_mins(30));
    let hop = due.unwrap_or(SignedDuration::from_millis(100)).max(SignedDuration::from_millis(10));
    stage.clock.advance(hop);
}

/// How many messages of the bot in a place show this text.
pub fn copies(stage: &Stage, place: &Place, text: &str) -> usize {
    stage.world.mailbox(place).messages().iter().filter(|m| m.plain().contains(text)).count()
}

/// The creating effects happened once, and every save at the carrier was the same.
pub fn made_once(stage: &Stage) {
    assert_eq!(stage.world.effects(EffectKind::DeviceCreated), ["1000tm"], "devices created");
    assert!(stage.world.effects(EffectKind::DeviceDeleted).is_empty());
    let saves = saves_of(&stage.world);
    assert!(!saves.is_empty(), "nothing was saved at the carrier");
    assert!(saves.iter().all(|body| *body == saves[0]), "different saves: {saves:?}");
    assert!(stage.world.violations().is_empty(), "{:?}", stage.world.violations());
}

/// What was sent to `configureUser`.
pub fn saves_of(world: &World) -> Vec<Value> {
    let calls = world.calls(System::Connecttoteams);
    calls.into_iter().filter(|c| c.path.starts_with("/enterprise/configureUser")).map(|c| c.body).collect()
}

/// Asks and chooses; returns the approval card.
pub async fn asked(stage: &Stage, place: &Place) -> Message {
    stage.say("alan", place, ASK).await;
    let confirm = stage.see(place, CONFIRM).await;
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    stage.see(place, APPROVE).await
}

/// The same, approved by Bob.
pub async fn approved(stage: &Stage, place: &Place) {
    let approval = asked(stage, place).await;
    stage.press("bob", &approval, "Approve", &[]).await;
}

/// Waits for a text however long it takes by the story's clock; where nothing is due, time creeps.
pub async fn appears(stage: &Stage, place: &Place, text: &str) -> Message {
    let began = std::time::Instant::now();
    loop {
        stage.settle().await;
        if let Some(found) = stage.world.mailbox(place).messages().into_iter().find(|m| m.plain().contains(text)) {
            return found;
        }
        let seen =
            || stage.world.mailbox(place).messages().iter().map(Message::plain).collect::<Vec<_>>().join("\n---\n");
        assert!(began.elapsed() < PATIENCE, "{text:?} did not appear; there is:\n{}", seen());
        hop(stage);
    }
}
