//! What the bot wants to say, before any language: an id of `cards/text/` and its arguments.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A sentence to be said. The words live in `cards/text/`; what is stored and decided on is the id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// The Fluent message id.
    pub id: String,
    /// Its arguments: plain text, whoever wrote it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
    /// Arguments that are said themselves: message ids, which see the same plain arguments.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub terms: BTreeMap<String, String>,
}

impl Sentence {
    /// A sentence without arguments.
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned(), args: BTreeMap::new(), terms: BTreeMap::new() }
    }

    /// The same with one more argument.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }

    /// The same with one more argument that is a sentence itself.
    #[must_use]
    pub fn with_term(mut self, name: &str, id: &str) -> Self {
        self.terms.insert(name.to_owned(), id.to_owned());
        self
    }

    /// The twin of this sentence, with the same arguments: `outside-busy` and `-fix` make `outside-busy-fix`.
    #[must_use]
    pub fn twin(&self, suffix: &str) -> Self {
        Self { id: format!("{}{suffix}", self.id), ..self.clone() }
    }
}

/// A condition that is not met: what is wrong, how to mend it, who can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What is wrong.
    pub what: Sentence,
    /// What to do about it.
    pub fix: Sentence,
    /// Who can do it.
    pub who: Fixer,
}

/// Who can mend a [`Problem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fixer {
    /// An administrator of Microsoft 365.
    MicrosoftAdmin,
    /// An administrator of the PBX.
    PbxAdmin,
    /// Whoever typed the command.
    Requester,
    /// Somebody with access to the carrier's portal.
    PortalOperator,
    /// Whoever runs the bot.
    BotOperator,
    /// Somebody who may change and install the app in Slack.
    SlackAdmin,
}

impl Fixer {
    /// The message id that names them.
    pub fn sentence(self) -> Sentence {
        Sentence::new(match self {
            Self::MicrosoftAdmin => "who-microsoft-admin",
            Self::PbxAdmin => "who-pbx-admin",
            Self::Requester => "who-requester",
            Self::PortalOperator => "who-portal-operator",
            Self::BotOperator => "who-bot-operator",
            Self::SlackAdmin => "who-slack-admin",
        })
    }
}
