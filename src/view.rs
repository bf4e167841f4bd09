//! What a card shows, before any surface and any language. Built from a request, rendered by [`crate::cards`].
//!
//! A view holds ids, values and [`Sentence`]s. It knows neither Adaptive Cards nor Block Kit.

mod clock;
mod inquiry;
mod lists;
mod told;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use clock::{Clock, shown_duration};
pub use inquiry::{Finding, Holder, Holders, Holding, Inquiry, NumberCard, Verdict};
pub use lists::{HelpLine, Home, Requests, Row, SystemLine};

use crate::domain::{Fixer, Problem, RequestId, Sentence, Surface, Work};

/// A time as people read it everywhere: `22 Nov 2026, 03:35 UTC`.
pub fn shown_time(at: Timestamp) -> String {
    at.strftime("%-d %b %Y, %H:%M UTC").to_string()
}

/// One value by name, as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The message id of the label: `item-location`, `item-route`, …
    pub label: String,
    /// The value.
    pub value: Shown,
}

/// A value that is shown as it is, or said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// Somebody's text; escaped by the renderer.
    Text(String),
    /// A sentence of the product.
    Said(Sentence),
    /// A time.
    Time(Timestamp),
}

/// One entry of a choice: shown and submitted are the same text where the contract says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What people see.
    pub title: Shown,
    /// What comes back.
    pub value: String,
}

/// Somebody to be notified, on whichever surface the card is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// The chat that `id` belongs to.
    #[serde(default = "teams")]
    pub surface: Surface,
    /// The chat's id of them (Teams `29:…`, Slack `U…`); empty where it is unknown.
    pub id: String,
    /// Their Entra object id, which Teams takes as well; may be empty.
    #[serde(default)]
    pub directory_id: String,
    /// Display name.
    pub name: String,
}

/// Cards that an older version left in the outbox are for Teams.
fn teams() -> Surface {
    Surface::Teams
}

impl Mention {
    /// The id by which this surface addresses them; `None`: only their name can be shown there.
    pub fn id_on(&self, surface: Surface) -> Option<&str> {
        let id = if surface == self.surface { Some(self.id.as_str()) } else { None };
        let directory = (surface == Surface::Teams).then_some(self.directory_id.as_str());
        id.into_iter().chain(directory).find(|id| !id.is_empty())
    }
}

/// Which request a card belongs to, and the version it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The request.
    pub request: RequestId,
    /// Its version when the card was made.
    pub version: u64,
}

/// The requester chooses and sends for approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirm {
    /// Request and version.
    pub stamp: Stamp,
    /// What is to be done.
    #[serde(default, skip_serializing_if = "Work::is_onboard")]
    pub work: Work,
    /// Display name and UPN of the subject.
    pub subject_name: String,
    /// UPN of the subject.
    pub subject: String,
    /// What will be set and is not to be chosen, value by value.
    pub items: Vec<Item>,
    /// Locations; input id `location`. Empty: there is no such input.
    pub locations: Vec<Choice>,
    /// Preset location.
    pub location: Option<String>,
    /// The location is where emergency services go: it is never preset, and says so.
    #[serde(default)]
    pub location_is_emergency: bool,
    /// Numbers to choose from; input id `number`. Empty: there is no such input.
    #[serde(default)]
    pub numbers: Vec<Choice>,
    /// Preset number.
    #[serde(default)]
    pub number: Option<String>,
    /// Service plans; input id `plan`. Empty: there is no such input.
    #[serde(default)]
    pub plans: Vec<Choice>,
    /// Preset service plan.
    #[serde(default)]
    pub plan: Option<String>,
    /// Voice routes; input id `route`. Empty: there is no such input.
    pub routes: Vec<Choice>,
    /// Preset route.
    pub route: Option<String>,
    /// Preset voicemail (`pbx` or `teams`); input id `voicemail`. Empty: there is no such input.
    pub voicemail: String,
    /// Emergency addresses; input id `emergency_address`. Never preset. Empty: there is no such input.
    pub emergency_addresses: Vec<Choice>,
    /// What may be done at Microsoft afterwards; input id `microsoft`. Empty: there is no such input.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub microsoft: Vec<Choice>,
    /// What the people concerned will notice.
    pub notices: Vec<Sentence>,
    /// What deserves a second look.
    pub warnings: Vec<Sentence>,
    /// `Some`: no longer to be pressed, and why. Then the card has no inputs and no buttons.
    pub closed: Option<Sentence>,
}

/// The approvers decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Request and version.
    pub stamp: Stamp,
    /// What is to be done.
    #[serde(default, skip_serializing_if = "Work::is_onboard")]
    pub work: Work,
    /// Who asks, by display name.
    pub requester: String,
    /// Why, in their words.
    pub reason: Option<String>,
    /// Display name of the subject.
    pub subject_name: String,
    /// UPN of the subject.
    pub subject: String,
    /// Everything that is approved, value by value.
    pub items: Vec<Item>,
    /// What the people concerned will notice.
    pub notices: Vec<Sentence>,
    /// What deserves a second look.
    pub warnings: Vec<Sentence>,
    /// Who is asked.
    pub approvers: Vec<Mention>,
    /// How many must agree.
    pub required: u32,
    /// Who already has, by display name.
    pub approved_by: Vec<String>,
    /// When it expires.
    pub expires_at: Timestamp,
    /// `false`: the read-only state for everybody who is not asked.
    pub buttons: bool,
    /// Chat ids whose clients fetch their own view; at most 60, empty: no refresh block.
    pub refresh_for: Vec<String>,
    /// `Some`: decided or over, and how.
    pub closed: Option<Sentence>,
}

/// Another way through a portal to the same end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByHand {
    /// When it is taken, as a heading.
    pub title: Sentence,
    /// Step by step.
    pub instructions: Vec<Sentence>,
    /// The fields, as the portal labels them, and what to enter.
    pub items: Vec<Item>,
}

/// An operator does something in a portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guided {
    /// Request and version.
    pub stamp: Stamp,
    /// Display name of the subject.
    pub subject_name: String,
    /// What is to be done, as a heading.
    pub title: Sentence,
    /// Step by step, with the exact buttons of the portal.
    pub instructions: Vec<Sentence>,
    /// Values to look for or to enter.
    pub items: Vec<Item>,
    /// Deep link into the portal: title and address.
    pub link: Option<(Sentence, String)>,
    /// Another way to the same end, below the values.
    #[serde(default)]
    pub by_hand: Option<ByHand>,
    /// Who is asked.
    pub operators: Vec<Mention>,
    /// To whom it can be handed over; input id `operator`. Empty: there is no such input.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Choice>,
    /// What happened so far: pressed Done, not yet visible.
    pub remark: Option<Sentence>,
    /// `Some`: over, and how. Then no inputs and no buttons.
    pub closed: Option<Sentence>,
}

/// How far one step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepMark {
    /// Not reached.
    Open,
    /// Under way.
    Running,
    /// Waiting for Microsoft, a vendor or a human.
    Waiting,
    /// Read back.
    Done,
    /// Ended with a fault.
    Failed,
}

/// One line of the progress card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLine {
    /// What the step does.
    pub title: Sentence,
    /// How far it is.
    pub mark: StepMark,
    /// What it waits for or found.
    pub detail: Option<Sentence>,
    /// Since when it is under way, or when it ended.
    pub since: Option<Timestamp>,
    /// Until when it is waited for or tried again; then it stops.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// What it waits by, while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
}

/// The steps as they go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Request and version.
    pub stamp: Stamp,
    /// What is to be done.
    #[serde(default, skip_serializing_if = "Work::is_onboard")]
    pub work: Work,
    /// Display name of the subject.
    pub subject_name: String,
    /// The line that will work, such as `+11000`.
    pub line: String,
    /// All steps in order.
    pub steps: Vec<StepLine>,
    /// `Some`: over, and how. Then no buttons.
    pub closed: Option<Sentence>,
}

/// Why it stopped, and what can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Request and version.
    pub stamp: Stamp,
    /// What is to be done.
    #[serde(default, skip_serializing_if = "Work::is_onboard")]
    pub work: Work,
    /// Display name of the subject.
    pub subject_name: String,
    /// Which step it was.
    pub step: Sentence,
    /// The true cause.
    pub cause: Sentence,
    /// What to do next.
    pub fix: Sentence,
    /// Who can; `None`: it may mend itself, or each condition names its own.
    #[serde(default)]
    pub who: Option<Fixer>,
    /// More conditions that failed together.
    pub problems: Vec<Problem>,
    /// What was done and stands.
    pub done: Vec<Sentence>,
    /// What was not done.
    pub not_done: Vec<Sentence>,
    /// Under which id the log tells more.
    pub incident: Option<String>,
    /// Who else can be asked; input id `operator`. Empty: there is no such input.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Choice>,
    /// What it changed can be taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undo: bool,
    /// Who is notified.
    pub mentions: Vec<Mention>,
    /// `Some`: retried or cancelled. Then no buttons.
    pub closed: Option<Sentence>,
}

/// The line works, with the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Request and version.
    pub stamp: Stamp,
    /// What is to be done.
    #[serde(default, skip_serializing_if = "Work::is_onboard")]
    pub work: Work,
    /// Who asked and is notified.
    pub requester: Mention,
    /// Display name of the subject.
    pub subject_name: String,
    /// UPN of the subject.
    pub subject: String,
    /// Number, voice flag, policies, device registered.
    pub evidence: Vec<Item>,
    /// What people said they did, and their notes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<Item>,
    /// When all that was read.
    pub read_at: Timestamp,
    /// The PBX was not read as well.
    #[serde(default)]
    pub without_pbx: bool,
    /// Nothing was read back: it counts because somebody said so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unread: bool,
    /// Something was changed that shows nowhere: it is saved, and the line works.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub saved: bool,
    /// Who approved, by display name.
    pub approved_by: Vec<String>,
    /// Who is notified: whoever asked and whoever approved. `None`: a card of an older version, for the requester alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Vec<Mention>>,
}

/// Conditions that are not met. Nothing has been changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problems {
    /// The request that was asked for.
    pub request: RequestId,
    /// What was to be done.
    #[serde(default, skip_serializing_if = "Work::is_onboard")]
    pub work: Work,
    /// UPN of the subject.
    pub subject: String,
    /// All of them.
    pub problems: Vec<Problem>,
}

/// Every card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "card", content = "view")]
pub enum View {
    /// See [`Confirm`].
    Confirm(Confirm),
    /// See [`Approval`].
    Approval(Approval),
    /// See [`Guided`].
    Guided(Guided),
    /// See [`Progress`].
    Progress(Progress),
    /// See [`Failure`].
    Failure(Failure),
    /// See [`Done`].
    Done(Done),
    /// See [`Problems`].
    Problems(Problems),
    /// See [`Requests`].
    Requests(Requests),
    /// See [`Inquiry`].
    Why(Inquiry),
    /// See [`NumberCard`].
    Number(NumberCard),
    /// The commands.
    Help(Vec<HelpLine>),
    /// The one short greeting.
    Greeting,
}

impl View {
    /// It tells how a request ended or stopped: worth being told wherever somebody can be reached.
    pub fn is_an_end(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Failure(_))
    }
}

impl View {
    /// For a conversation other than the one whose people it names: no client is asked to fetch its own, and the buttons
    /// are for everybody, since rights are checked at the press.
    #[must_use]
    pub fn without_own_views(self) -> Self {
        match self {
            Self::Approval(card) => {
                Self::Approval(Approval { buttons: card.closed.is_none(), refresh_for: Vec::new(), ..card })
            }
            other => other,
        }
    }
}

impl View {
    /// The request whose open form waits for this card.
    pub fn fills_form_of(&self) -> Option<RequestId> {
        match self {
            Self::Confirm(card) if card.closed.is_none() => Some(card.stamp.request),
            Self::Problems(card) => Some(card.request),
            _ => None,
        }
    }
}

/// What a message holds: words or a card, never both (Teams splits such a message and gives no usable id).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outgoing {
    /// Words.
    Say(Sentence),
    /// A card.
    Show(Box<View>),
    /// The person's own page, for places that are one.
    Home(Box<Home>),
    /// Nothing: the message with this vendor's id is taken back, because it is there twice.
    TakeBack(String),
}
