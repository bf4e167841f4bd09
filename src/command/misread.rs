//! Why a text is not a command, and where.

use std::fmt;

use super::LONGEST_TEXT;
use crate::domain::{NumberError, Sentence, UpnError};

/// How much of the spot is shown, in characters.
const LONGEST_SPOT: usize = 40;

/// A text that is not a command.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}, at character {}", .at + 1)]
pub struct Misread {
    /// Where, counted in characters of the text as typed, from 0; its length when something is missing at the end.
    pub at: usize,
    /// The word there, cut to 40 characters, invisible ones written `\u{202e}`. It is message text: never log it.
    pub spot: String,
    /// What is wrong.
    pub why: Why,
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Nothing in it is meant to run.
    #[error("no command")]
    Empty,
    /// Longer than [`LONGEST_TEXT`].
    #[error("longer than {LONGEST_TEXT} characters")]
    TooLong,
    /// The first word is not a command.
    #[error("unknown command")]
    UnknownCommand {
        /// The name that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// A word that has no place in this command.
    #[error("unknown word")]
    UnknownWord {
        /// What was probably meant.
        suggestion: Option<String>,
    },
    /// Nobody is named.
    #[error("no user principal name")]
    MissingSubject,
    /// No request is named.
    #[error("no request id")]
    MissingId,
    /// `reject` without a reason.
    #[error("no reason")]
    MissingReason,
    /// Not a user principal name.
    #[error("not a user principal name: {0}")]
    BadUpn(UpnError),
    /// Neither a number nor an extension.
    #[error("not a number: {0}")]
    BadNumber(NumberError),
    /// Neither the PBX's voicemail nor Teams'.
    #[error("not a voicemail")]
    BadVoicemail,
    /// Not `ONB-1`.
    #[error("not a request id")]
    BadRequestId,
    /// Given more than once: a field, the subject or the id.
    #[error("{0} is given twice")]
    Twice(&'static str),
    /// A field without its value.
    #[error("{0} has no value")]
    MissingValue(&'static str),
    /// `change` without anything to set.
    #[error("nothing to change")]
    NothingToChange,
    /// A field that this command does not take.
    #[error("{0} does not belong to this command")]
    NotForThisCommand(&'static str),
    /// A double quote that is not closed on its line.
    #[error("a quote is not closed")]
    OpenQuote,
    /// A character that cannot be seen, by code point.
    #[error("the invisible character U+{0:04X}")]
    Invisible(u32),
    /// A link whose text is one address and whose target is another.
    #[error("a link shows another address than it holds")]
    LinkDiffers,
}

// Written by hand: the spot is message text and stays out of logs.
impl fmt::Debug for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Misread").field("at", &self.at).field("why", &self.why).finish_non_exhaustive()
    }
}

impl Misread {
    pub(super) fn new(at: usize, word: &[char], why: Why) -> Self {
        let visible = |c: &char| if is_invisible(*c) { c.escape_unicode().to_string() } else { c.to_string() };
        let shown: String = word.iter().take(LONGEST_SPOT).map(visible).collect();
        Self { at, spot: shown.chars().take(LONGEST_SPOT).collect(), why }
    }

    /// What to answer: an id `misread-…` with `spot`, `position` (counted from 1) and what the id needs more.
    pub fn sentence(&self) -> Sentence {
        let plain = |id| Sentence::new(id);
        let said = match &self.why {
            Why::Empty => plain("misread-empty"),
            Why::TooLong => plain("misread-too-long").with("limit", LONGEST_TEXT),
            Why::UnknownCommand { suggestion: None } => plain("misread-unknown-command"),
            Why::UnknownCommand { suggestion: Some(name) } => {
                plain("misread-unknown-command-suggestion").with("suggestion", name)
            }
            Why::UnknownWord { suggestion: None } => plain("misread-unknown-word"),
            Why::UnknownWord { suggestion: Some(word) } => {
                plain("misread-unknown-word-suggestion").with("suggestion", word)
            }
            Why::MissingSubject => plain("misread-missing-subject"),
            Why::MissingId => plain("misread-missing-id"),
            Why::MissingReason => plain("misread-missing-reason"),
            Why::BadUpn(UpnError::Shape) => plain("misread-upn-shape"),
            Why::BadUpn(UpnError::Character(code)) => {
                plain("misread-upn-character").with("character", code_point(*code))
            }
            Why::BadUpn(UpnError::Length) => plain("misread-upn-length"),
            Why::BadUpn(UpnError::Domain) => plain("misread-upn-domain"),
            Why::BadNumber(NumberError::Digits) => plain("misread-number-digits"),
            Why::BadNumber(NumberError::ExtensionLength) => plain("misread-number-extension-length"),
            Why::BadNumber(NumberError::E164Shape) => plain("misread-number-e164"),
            Why::BadVoicemail => plain("misread-voicemail"),
            Why::BadRequestId => plain("misread-request-id"),
            Why::Twice(field) => plain("misread-twice").with("field", field),
            Why::MissingValue(field) => plain("misread-missing-value").with("field", field),
            Why::NothingToChange => plain("misread-nothing-to-change"),
            Why::NotForThisCommand(field) => plain("misread-not-for-this-command").with("field", field),
            Why::OpenQuote => plain("misread-open-quote"),
            Why::Invisible(code) => plain("misread-invisible").with("character", code_point(*code)),
            Why::LinkDiffers => plain("misread-link-differs"),
        };
        said.with("spot", &self.spot).with("position", self.at + 1)
    }
}

fn code_point(code: u32) -> String {
    format!("U+{code:04X}")
}

/// Controls, format characters and the letters and signs that are drawn as nothing
/// (<https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing>, <https://www.unicode.org/reports/tr44/#General_Category_Values> `Cf`).
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control() && !c.is_whitespace()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}
