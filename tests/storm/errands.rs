//! A hundred people need a line: who asks for it, who decides, where, and how long they take.

use onboard_bot::domain::PlaceKind;
use onboard_bot::world::{Message, Place, World};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::kills::KILLS;

/// So many onboardings at a time.
pub const ERRANDS: usize = 100;

/// Who may ask.
const REQUESTERS: [&str; 3] = ["alan", "ann", "dave"];
/// Who may decide.
pub const APPROVERS: [&str; 3] = ["bob", "carol", "dave"];

/// One subject's line.
#[derive(Debug, Clone)]
pub struct Errand {
    /// `Good 001`: stands on every card.
    pub name: String,
    pub upn: String,
    pub extension: String,
    pub requester: &'static str,
    pub approver: &'static str,
    /// Where it is asked.
    pub place: Place,
    /// They look at the confirm card for so many kills.
    pub submitted_after: usize,
    /// They look at the approval card for so many kills.
    pub approved_after: usize,
}

/// The same for the same seed.
pub fn draw(seed: u64, world: &World) -> Vec<Errand> {
    let mut dice = StdRng::seed_from_u64(seed.wrapping_add(1));
    (0..ERRANDS).map(|index| errand(index, &mut dice, world)).collect()
}

fn errand(index: usize, dice: &mut StdRng, world: &World) -> Errand {
    let number = index + 1;
    let requester = REQUESTERS[dice.random_range(0..REQUESTERS.len())];
    let others: Vec<_> = APPROVERS.into_iter().filter(|name| *name != requester).collect();
    let approver = others[dice.random_range(0..others.len())];
    // Chats take 60 messages in 30 s: most onboardings have a thread of their own.
    let place = match index % 25 {
        0 | 1 => world.group_chat(),
        2..5 => world.personal(requester),
        _ => world.channel_thread(),
    };
    let submitted_after = dice.random_range(0..KILLS / 3);
    // The last ones see to it that there is work until the end.
    let approved_after =
        if index % 10 == 9 { KILLS - 1 - index / 10 % 3 } else { dice.random_range(submitted_after..KILLS) };
    Errand {
        name: format!("Good {number:03}"),
        upn: format!("good{number:03}@contoso.com"),
        extension: (2000 + number).to_string(),
        requester,
        approver,
        place,
        submitted_after,
        approved_after,
    }
}

impl Errand {
    pub fn is_alone(&self) -> bool {
        self.place.kind == PlaceKind::Personal
    }

    /// Where its cards are, and who looks at them there: where it was asked, and with each approver if that was a
    /// personal chat.
    pub fn watchers(&self, world: &World) -> Vec<(&'static str, Place)> {
        let approvers = APPROVERS.into_iter().filter(|name| self.is_alone() && *name != self.requester);
        let home = (self.requester, self.place.clone());
        std::iter::once(home).chain(approvers.map(|name| (name, world.personal(name)))).collect()
    }
}

/// What kind of message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Confirm,
    Approval,
    Progress,
    Done,
    /// A card that nobody expects.
    Other,
    Words,
}

/// By what stands on it.
pub fn kind(message: &Message, text: &str) -> Kind {
    match text {
        _ if message.card.is_none() => Kind::Words,
        text if text.contains("Setting up +") => Kind::Progress,
        text if text.contains("The phone line of ") => Kind::Done,
        text if text.contains("Approvals: ") => Kind::Approval,
        text if text.contains("Phone line for ") => Kind::Confirm,
        _ => Kind::Other,
    }
}
