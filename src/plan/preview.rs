//! What will be set, value by value, and what the people concerned will notice.

use super::{Ask, Offer, Plan};
use crate::domain::{Sentence, Voicemail};
use crate::view::{Item, Shown};

fn text(label: &str, value: impl ToString) -> Item {
    Item { label: label.to_owned(), value: Shown::Text(value.to_string()) }
}

fn said(label: &str, id: &str) -> Item {
    Item { label: label.to_owned(), value: Shown::Said(Sentence::new(id)) }
}

/// The how-to's own defaults, the same for everybody, and the one condition that nothing outside tells.
fn defaults() -> [Item; 4] {
    [
        said("item-caller-name", "value-transparent"),
        said("item-forwarded-caller-id", "value-users-caller-id"),
        said("item-dial-plan", "value-default-dial-plan"),
        // ConnecttoTeams documents no way to list disabled users, so a human has to know.
        said("item-disabled-before", "value-disabled-unknown"),
    ]
}

/// What is fixed before anybody chooses: the upper part of the confirm card.
pub fn offer_items(ask: &Ask, offer: &Offer) -> Vec<Item> {
    let mut items = vec![
        text("item-subject", &ask.subject),
        text("item-extension", &ask.extension),
        text("item-line", ask.line()),
        text("item-device", ask.extension.device(&offer.device_suffix)),
    ];
    items.extend(defaults());
    items.extend(ask.reason.as_ref().map(|reason| text("item-reason", reason)));
    items
}

/// What people will notice whatever is chosen.
pub fn offer_notices(ask: &Ask) -> Vec<Sentence> {
    vec![
        Sentence::new("notice-number-appears").with("line", ask.line()),
        Sentence::new("notice-desk-phone-rings-too").with("extension", &ask.extension),
    ]
}

/// A plan in words.
pub trait Wording {
    /// Everything that is approved, value by value.
    fn items(&self) -> Vec<Item>;
    /// What the people concerned will notice.
    fn notices(&self) -> Vec<Sentence>;
}

impl Wording for Plan {
    fn items(&self) -> Vec<Item> {
        let emergency = &self.choices.emergency;
        let voicemail = match self.choices.voicemail {
            Voicemail::Pbx => "voicemail-pbx",
            Voicemail::Teams => "voicemail-teams",
        };
        let mut items = vec![
            text("item-subject", format!("{} ({})", self.subject_name, self.subject)),
            text("item-extension", &self.extension),
            text("item-line", &self.line),
            text("item-location", &self.choices.location.name),
            text("item-route", &self.choices.route.name),
            text("item-emergency-address", format!("{} ({})", emergency.name, emergency.callback_number.as_str())),
            text("item-device", &self.device),
            said("item-voicemail", voicemail),
        ];
        items.extend(defaults());
        items
    }

    fn notices(&self) -> Vec<Sentence> {
        let voicemail = match self.choices.voicemail {
            Voicemail::Pbx => "notice-voicemail-pbx",
            Voicemail::Teams => "notice-voicemail-teams",
        };
        vec![
            Sentence::new("notice-number-appears").with("line", &self.line),
            Sentence::new("notice-desk-phone-rings-too").with("extension", &self.extension),
            Sentence::new(voicemail),
            Sentence::new("notice-emergency").with("address", &self.choices.emergency.name),
        ]
    }
}
