//! Chat text to a [`Command`]: pure, no I/O, positions in every error.
//!
//! ```text
//! command  = ["/"] verb { word }                  ; first line that is left; any case; help.rs has the verbs
//! onboard  = subject { field }                    ; in any order
//! change   = subject field { field }
//! approve  = id [reason]       reject = id reason
//! subject  = upn | "<mailto:" upn ["|" upn] ">" | "[" upn "](mailto:" upn ")" | "mailto:" upn
//! field    = name [":" | "="] value | "x" digits  ; a value without quotes ends at the next field or subject
//! value    = quoted | word { word }               ; a number keeps to number-like words
//! reason   = quoted | everything to the end of the text, further lines too
//! quoted   = "…" “…” „…“ '…' ‘…’ «…»              ; \" and \\ inside
//! ```
//!
//! What runs nothing: lines that start with `>`, fenced and inline code, `<quoted …/>` placeholders of Teams, and a
//! command that stands in quotes as a whole. Trailing `. , ; : ! ?` belongs to the prose and is dropped, except inside
//! quotes and reasons. Blanks of any kind separate words and come out as one space.
//!
//! What cannot be seen is refused where it stands (zero-width, right-to-left marks, controls), never dropped: the
//! approver must read what the parser read. For the same reason a link whose text names another address is refused.

mod grammar;
mod help;
mod misread;
mod print;
mod token;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
mod tests;

pub use help::{Field, VERBS, Verb, VerbEntry, help, help_of};
pub use misread::{Misread, Why};

use crate::domain::{E164, Extension, RequestId, Upn, Voicemail};

/// The longest text that is read, in characters. A command needs a tenth of it; Slack and Teams allow far more.
pub const LONGEST_TEXT: usize = 2_000;

/// What somebody asked for. [`Display`](std::fmt::Display) prints a text that parses back to the same command.
///
/// Free texts come out of [`parse`] without leading, trailing or double blanks and without invisible characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Give somebody a line.
    Onboard(Onboard),
    /// Take it away.
    Offboard {
        /// Whose.
        subject: Upn,
    },
    /// Change what somebody has.
    Change(Change),
    /// Take back what a request did.
    Undo {
        /// Which request.
        id: RequestId,
    },
    /// Why does their line not work.
    Why {
        /// Whose.
        subject: Upn,
    },
    /// Who has this number.
    Number(NumberQuery),
    /// How far is it; without a target: the person's own newest.
    Status(Option<Target>),
    /// Which requests are there.
    List(ListFilter),
    /// Agree.
    Approve {
        /// To which request.
        id: RequestId,
        /// In their words.
        reason: Option<String>,
    },
    /// Refuse.
    Reject {
        /// Which request.
        id: RequestId,
        /// In their words.
        reason: String,
    },
    /// Go on after a failure.
    Retry {
        /// With which request.
        id: RequestId,
    },
    /// Stop.
    Cancel {
        /// Which request.
        id: RequestId,
    },
    /// Read requests from the file that came with the message.
    Bulk,
    /// Not to be told any more when a request is done.
    Mute,
    /// To be told again.
    Unmute,
    /// How commands are written: all, or one.
    Help(Option<Verb>),
}

/// `onboard <upn> [ext <n>] …`. Location, route, profile and time are as typed; whether they exist, and whether the
/// customer's carrier needs an extension, is decided later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Onboard {
    /// Who gets the line.
    pub subject: Upn,
    /// Their extension.
    pub extension: Option<Extension>,
    /// A real number for them.
    pub number: Option<E164>,
    /// PBX location.
    pub location: Option<String>,
    /// Voice route.
    pub route: Option<String>,
    /// Named set of settings.
    pub profile: Option<String>,
    /// When, as typed.
    pub on: Option<String>,
    /// Why, in their words.
    pub reason: Option<String>,
}

/// `change <upn> …`. Extension, number, location, route, voicemail or profile is given; time and reason alone change nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whose line.
    pub subject: Upn,
    /// The new extension.
    pub extension: Option<Extension>,
    /// The new number.
    pub number: Option<E164>,
    /// The new PBX location.
    pub location: Option<String>,
    /// The new voice route.
    pub route: Option<String>,
    /// Whose voicemail from now on.
    pub voicemail: Option<Voicemail>,
    /// The new set of settings.
    pub profile: Option<String>,
    /// When, as typed.
    pub on: Option<String>,
    /// Why, in their words.
    pub reason: Option<String>,
}

/// What `number` looks up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberQuery {
    /// A public number.
    E164(E164),
    /// An extension of the PBX.
    Extension(Extension),
}

/// What `status` is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// One request.
    Request(RequestId),
    /// Somebody's newest.
    Subject(Upn),
}

/// Which requests `list` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListFilter {
    /// Asked for by the person who types.
    Mine,
    /// Waiting for somebody or something.
    Waiting,
    /// Waiting for longer than they should.
    Late,
    /// Stopped.
    Failed,
    /// All of them; what `list` alone means.
    All,
}

impl ListFilter {
    /// Every filter with the word that is typed for it.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("mine", Self::Mine),
        ("waiting", Self::Waiting),
        ("late", Self::Late),
        ("failed", Self::Failed),
        ("all", Self::All),
    ];
}

impl Command {
    /// Which entry of the table it belongs to.
    pub fn verb(&self) -> Verb {
        match self {
            Self::Onboard(_) => Verb::Onboard,
            Self::Offboard { .. } => Verb::Offboard,
            Self::Change(_) => Verb::Change,
            Self::Undo { .. } => Verb::Undo,
            Self::Why { .. } => Verb::Why,
            Self::Number(_) => Verb::Number,
            Self::Status(_) => Verb::Status,
            Self::List(_) => Verb::List,
            Self::Approve { .. } => Verb::Approve,
            Self::Reject { .. } => Verb::Reject,
            Self::Retry { .. } => Verb::Retry,
            Self::Cancel { .. } => Verb::Cancel,
            Self::Bulk => Verb::Bulk,
            Self::Mute => Verb::Mute,
            Self::Unmute => Verb::Unmute,
            Self::Help(_) => Verb::Help,
        }
    }
}

/// Reads one message, mentions of the bot already removed. Commands that this release does not carry out are read too;
/// ask [`Verb::is_available`].
///
/// # Errors
/// [`Misread`] with the place in `text` and the reason. [`Why::Empty`] also stands for text that runs nothing.
pub fn parse(text: &str) -> Result<Command, Misread> {
    grammar::command(&token::Tokens::read(text)?)
}
