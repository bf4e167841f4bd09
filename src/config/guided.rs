//! `[customers.guided]`: what people do by hand, who is asked, and how often.

use jiff::SignedDuration;
use serde::Deserialize;

use super::duration_or_never;
use crate::domain::StepKind;

/// Where operators are asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AskWhere {
    /// In the request's conversation and in the customer's channels; alone as well whoever is not in any of them.
    #[default]
    Everywhere,
    /// In the request's conversation and in the customer's channels.
    Channel,
    /// Each alone. Where one of them has no chat with the bot, in the request's conversation as well.
    Directly,
}

/// `[customers.guided]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guided {
    /// Steps that the bot leaves to people, although it could do them.
    #[serde(default)]
    pub steps: Vec<StepKind>,
    /// Where operators are asked.
    #[serde(default)]
    pub ask: AskWhere,
    /// They are reminded after so long, again and again; `0s`: never.
    #[serde(default = "default_reminder", deserialize_with = "duration_or_never")]
    pub reminder: SignedDuration,
}

fn default_reminder() -> SignedDuration {
    SignedDuration::from_hours(4)
}

impl Default for Guided {
    fn default() -> Self {
        Self { steps: Vec::new(), ask: AskWhere::default(), reminder: default_reminder() }
    }
}
