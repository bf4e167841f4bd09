//! Cards for Slack: Block Kit messages, modals and the Home tab.
//!
//! The templates are `cards/slack/*.json`. [`data`] adds to what Teams' cards say what blocks need, [`mrkdwn`] keeps
//! somebody's text from meaning anything, [`limits`] cuts and checks, [`text`] writes the message that stands for the blocks.

mod data;
pub(super) mod limits;
pub(super) mod mrkdwn;
mod text;

use serde_json::Value;

use super::{CardError, Cards};
use crate::domain::{RequestId, Sentence};
use crate::view::{Confirm, Home, View};

/// The templates: one for each variant of [`View`], the forms, and somebody's own page.
pub(super) const NAMES: [&str; 16] = [
    "confirm",
    "approval",
    "guided",
    "progress",
    "progress-plain",
    "failure",
    "done",
    "problems",
    "requests",
    "help",
    "greeting",
    "confirm-form",
    "reason-form",
    "onboard-form",
    "note-form",
    "home",
];

/// A message that is too large as it is has every text cut to these, one after the other.
const SHORTER: [usize; 5] = [3_000, 1_000, 500, 250, 120];

/// A message: blocks and the complete text that stands for them.
#[derive(Debug, Clone, PartialEq)]
pub struct SlackMessage {
    /// Block Kit blocks; empty for words.
    pub blocks: Vec<Value>,
    /// The same with section and context blocks only, where `blocks` holds newer kinds: for a client that refuses those
    /// (`invalid_blocks`).
    pub plain: Option<Vec<Value>>,
    /// Everything that the blocks say, for notifications, screen readers and clients that show no blocks. mrkdwn.
    pub text: String,
}

impl SlackMessage {
    /// Words alone, in mrkdwn. Too many are cut: an edit with more would be refused.
    pub fn words(text: String) -> Self {
        Self { blocks: Vec::new(), plain: None, text: limits::cut(&text, limits::LONGEST_MESSAGE, true) }
    }
}

impl Cards {
    /// The message for Slack. `post`: our id of the post, which every button names.
    pub fn slack(&self, view: &View, post: Option<&str>) -> Result<SlackMessage, CardError> {
        let (card, mut data, summary) = data::card(&self.texts, view, post);
        let made = match self.message(card, &data, &summary) {
            // So many choices that no message holds them: they are made in the form, which holds more.
            Err(CardError::Refused { .. }) if data["inputs"] == true => {
                data["inputs"] = false.into();
                self.message(card, &data, &summary)
            }
            made => made,
        };
        let (blocks, text) = made?;
        if card != "progress" {
            return Ok(SlackMessage { blocks, plain: None, text });
        }
        let (plain, text) = self.message("progress-plain", &data, &summary)?;
        Ok(SlackMessage { blocks, plain: Some(plain), text })
    }

    /// The data object that [`Self::slack`] fills the template with: what `cards/samples/slack/` holds.
    pub fn slack_sample(&self, view: &View, post: Option<&str>) -> Value {
        data::card(&self.texts, view, post).1
    }

    /// A sentence as mrkdwn: what people typed shows as it was typed and does nothing.
    pub fn say_mrkdwn(&self, sentence: &Sentence) -> String {
        mrkdwn::mrkdwn(&self.texts.say_with(sentence, mrkdwn::protected))
    }

    /// A modal in which the requester chooses and sends for approval.
    pub fn slack_confirm_form(&self, view: &Confirm) -> Result<Value, CardError> {
        self.view("confirm-form", &data::confirm_form(&self.texts, view))
    }

    /// A modal that asks an approver why not; `seen`: the version that their card showed.
    pub fn slack_reason_form(&self, request: RequestId, seen: Option<u64>) -> Result<Value, CardError> {
        self.view("reason-form", &data::reason_form(&self.texts, request, seen))
    }

    /// A modal that asks whom to onboard; `subject`: what is known already, such as the author of a message.
    /// Whoever opens it adds `private_metadata`: where to answer.
    pub fn slack_onboard_form(&self, subject: Option<&str>) -> Result<Value, CardError> {
        self.view("onboard-form", &data::onboard_form(&self.texts, subject))
    }

    /// A modal that only says something: checking, problems, refused.
    pub fn slack_note(&self, sentences: &[Sentence]) -> Result<Value, CardError> {
        self.view("note-form", &data::note_form(&self.texts, sentences))
    }

    /// Somebody's Home tab.
    pub fn slack_home(&self, home: &Home) -> Result<Value, CardError> {
        self.view("home", &data::home(&self.texts, home))
    }

    /// The data of [`Self::slack_confirm_form`] and so on, by the name of the template: what `cards/samples/slack/` holds.
    pub fn slack_form_sample(&self, form: SlackForm<'_>) -> (&'static str, Value) {
        let texts = &self.texts;
        match form {
            SlackForm::Confirm(view) => ("confirm-form", data::confirm_form(texts, view)),
            SlackForm::Reason(request, seen) => ("reason-form", data::reason_form(texts, request, seen)),
            SlackForm::Onboard(subject) => ("onboard-form", data::onboard_form(texts, subject)),
            SlackForm::Note(sentences) => ("note-form", data::note_form(texts, sentences)),
            SlackForm::Home(home) => ("home", data::home(texts, home)),
        }
    }

    fn message(&self, card: &'static str, data: &Value, summary: &str) -> Result<(Vec<Value>, String), CardError> {
        let mut whole = self.expand(card, data)?;
        let Some(Value::Array(whole)) = whole.get_mut("blocks").map(Value::take) else {
            return Err(CardError::File {
                file: format!("cards/slack/{card}.json"),
                detail: "has no blocks".to_owned(),
            });
        };
        let mut found = Vec::new();
        for longest in SHORTER {
            let mut blocks = whole.clone();
            limits::fit(&mut blocks, longest);
            let text = text::of(summary, &blocks);
            found = limits::check_message(&blocks, &text);
            if found.is_empty() {
                return Ok((blocks, text));
            }
        }
        Err(refused(card, found))
    }

    fn view(&self, card: &'static str, data: &Value) -> Result<Value, CardError> {
        let mut view = self.expand(card, data)?;
        if let Some(Value::Array(blocks)) = view.get_mut("blocks") {
            limits::fit(blocks, usize::MAX);
        }
        let found = limits::check_view(&view);
        if found.is_empty() { Ok(view) } else { Err(refused(card, found)) }
    }

    fn expand(&self, card: &'static str, data: &Value) -> Result<Value, CardError> {
        let missing = || CardError::File { file: format!("cards/slack/{card}.json"), detail: "is missing".to_owned() };
        let template = self.slack.get(card).ok_or_else(missing)?;
        template.expand(data).map_err(|error| CardError::Expand { card, error })
    }
}

/// What [`Cards::slack_form_sample`] makes the data of.
#[derive(Debug, Clone, Copy)]
pub enum SlackForm<'a> {
    /// See [`Cards::slack_confirm_form`].
    Confirm(&'a Confirm),
    /// See [`Cards::slack_reason_form`].
    Reason(RequestId, Option<u64>),
    /// See [`Cards::slack_onboard_form`].
    Onboard(Option<&'a str>),
    /// See [`Cards::slack_note`].
    Note(&'a [Sentence]),
    /// See [`Cards::slack_home`].
    Home(&'a Home),
}

fn refused(card: &'static str, found: Vec<limits::Violation>) -> CardError {
    let rules = found.iter().take(3).map(ToString::to_string).collect::<Vec<_>>().join("; ");
    CardError::Refused { card, rules }
}
