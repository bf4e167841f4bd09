//! What a stage does in Slack: words come back as messages of their own, not as the answer to a press.
#![allow(dead_code, reason = "each test program uses what it needs")]

use jiff::SignedDuration;
use onboard_bot::world::{Message, Place, Seed, SlackAnswer, SlackPerson, SlackSettings};

use super::Stage;

impl Stage {
    /// A bot in Teams and in Slack.
    pub async fn open_with_slack() -> Self {
        Self::open_with_slack_as(Seed::default(), SlackSettings::default()).await
    }

    /// Another seed, and how the bot is in Slack.
    pub async fn open_with_slack_as(seed: Seed, how: SlackSettings) -> Self {
        Self::open_with(seed, |settings| settings.slack = Some(how)).await
    }

    /// Somebody in front of a Slack client.
    pub fn in_slack(&self, who: &str) -> SlackPerson {
        self.world.slack().person(who)
    }

    /// Presses a button and returns the words that come for this person: private in a channel, a message in a direct one.
    pub async fn press_in_slack(&self, who: &str, message: &Message, title: &str, inputs: &[(&str, &str)]) -> String {
        match self.in_slack(who).press(message, title, inputs).await {
            SlackAnswer::Taken => self.told(who, &place_of(message)).await,
            other => panic!("{who} cannot press {title}: {other:?}"),
        }
    }

    /// The same with a card that may be old, and values that nobody offered.
    pub async fn press_raw_in_slack(
        &self,
        who: &str,
        message: &Message,
        title: &str,
        inputs: &[(&str, &str)],
    ) -> String {
        let answer = self.in_slack(who).press_raw(message, title, inputs).await;
        assert_eq!(answer, SlackAnswer::Taken, "{who} presses {title}");
        self.told(who, &place_of(message)).await
    }

    /// The next words for this person alone in a place.
    pub async fn told(&self, who: &str, place: &Place) -> String {
        let id = self.in_slack(who).account().id.clone();
        let alone = place.id.starts_with('D');
        let channel = Place { id: place.id.split(';').next().unwrap_or_default().to_owned(), kind: place.kind };
        let words = |m: &Message| m.card.is_none() && (alone || m.only_for.as_ref() == Some(&id));
        self.next_in(&channel, &format!("words for {who}"), words).await.plain()
    }

    /// Waits for the modal of somebody to show this text.
    pub async fn modal(&self, who: &str, text: &str) -> Message {
        self.see_new(&self.in_slack(who).modals(), text).await
    }

    /// Fills in and submits a modal, which must be taken.
    pub async fn submit(&self, who: &str, modal: &Message, inputs: &[(&str, &str)]) {
        assert_eq!(self.in_slack(who).submit(modal, inputs).await, SlackAnswer::Closed);
    }

    /// Waits for an unread message of which this holds, letting pass what the pace of Slack may take.
    pub async fn next_in(&self, place: &Place, what: &str, wanted: impl Fn(&Message) -> bool) -> Message {
        self.next_within((place, SignedDuration::from_secs(10)), what, wanted).await
    }
}

fn place_of(message: &Message) -> Place {
    let kind = if message.place.starts_with('D') {
        onboard_bot::domain::PlaceKind::Personal
    } else {
        onboard_bot::domain::PlaceKind::Channel
    };
    Place { id: message.place.clone(), kind }
}
