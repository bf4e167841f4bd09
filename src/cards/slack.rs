//! Cards for Slack: Block Kit messages, modals and the Home tab.

use serde_json::{Value, json};

use super::{CardError, Cards};
use crate::domain::{RequestId, Sentence};
use crate::view::{Confirm, Home, View};

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
    /// Words alone, in mrkdwn.
    pub fn words(text: String) -> Self {
        Self { blocks: Vec::new(), plain: None, text }
    }
}

impl Cards {
    /// The message for Slack. `post`: our id of the post, which every button names.
    pub fn slack(&self, view: &View, post: Option<&str>) -> Result<SlackMessage, CardError> {
        let _ = post;
        Ok(SlackMessage { blocks: Vec::new(), plain: None, text: format!("{view:?}").chars().take(100).collect() })
    }

    /// A sentence as mrkdwn: what people typed shows as it was typed and does nothing.
    pub fn say_mrkdwn(&self, sentence: &Sentence) -> String {
        self.say(sentence)
    }

    /// A modal in which the requester chooses and sends for approval.
    pub fn slack_confirm_form(&self, view: &Confirm) -> Result<Value, CardError> {
        let _ = view;
        Ok(json!({}))
    }

    /// A modal that asks an approver why not; `seen`: the version that their card showed.
    pub fn slack_reason_form(&self, request: RequestId, seen: Option<u64>) -> Result<Value, CardError> {
        let _ = (request, seen);
        Ok(json!({}))
    }

    /// A modal that asks whom to onboard; `subject`: what is known already, such as the author of a message.
    pub fn slack_onboard_form(&self, subject: Option<&str>) -> Result<Value, CardError> {
        let _ = subject;
        Ok(json!({}))
    }

    /// A modal that only says something: checking, problems, refused.
    pub fn slack_note(&self, sentences: &[Sentence]) -> Result<Value, CardError> {
        let _ = sentences;
        Ok(json!({}))
    }

    /// Somebody's Home tab.
    pub fn slack_home(&self, home: &Home) -> Result<Value, CardError> {
        let _ = home;
        Ok(json!({}))
    }
}
