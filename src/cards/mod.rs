//! Template and data to card.
//!
//! Three things meet here: a [`View`] (ids, values, sentences), the words of `cards/text/`, and the layout of
//! `cards/teams/<card>.json` or `cards/slack/<card>.json`. `data` says and escapes everything into one plain object, and `template` lays it out.
//! So a template holds no words and no rules, opens in the Adaptive Cards Designer together with its sample from
//! `cards/samples/`, and nobody's name can become a link or a mention.
//!
//! Everything is read and checked once, at the start: a card that cannot be made is a reason not to start.

mod data;
mod escape;
mod slack;
pub mod template;
mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rust_embed::RustEmbed;
use serde_json::Value;

pub use slack::{SlackForm, SlackMessage};
pub use text::{TextError, Texts};

use crate::domain::Sentence;
use crate::view::View;
use data::Markup;
use template::{ExpandError, Template, TemplateError};

/// The templates that come with the program.
#[derive(RustEmbed)]
#[folder = "cards/teams"]
struct TeamsTemplates;

/// The same for Slack.
#[derive(RustEmbed)]
#[folder = "cards/slack"]
struct SlackTemplates;

/// The sentences that come with the program.
#[derive(RustEmbed)]
#[folder = "cards/text"]
struct TextFiles;

/// One template for each variant of [`View`].
const NAMES: [&str; 10] =
    ["confirm", "approval", "guided", "progress", "failure", "done", "problems", "requests", "help", "greeting"];

/// Makes cards and says sentences.
#[derive(Debug)]
pub struct Cards {
    texts: Texts,
    teams: BTreeMap<&'static str, Template>,
    slack: BTreeMap<&'static str, Template>,
}

/// A card for Teams, and the line that stands for it where no card fits.
#[derive(Debug, Clone, PartialEq)]
pub struct TeamsCard {
    /// The Adaptive Card, version 1.5.
    pub content: Value,
    /// Plain text for the activity feed (the `summary` of the activity).
    pub summary: String,
}

/// Why there is no card.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// A file is missing or is not JSON. Stops the start.
    #[error("{file}: {detail}")]
    File {
        /// Which one.
        file: String,
        /// What is wrong.
        detail: String,
    },
    /// A template is faulty. Stops the start.
    #[error("cards/{file}: {error}")]
    Template {
        /// Which one.
        file: String,
        /// Where and why.
        error: TemplateError,
    },
    /// The sentences are faulty. Stops the start.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The template and the data do not fit: a fault of the product or of an override. Nothing is sent.
    #[error("card {card}: {error}")]
    Expand {
        /// Which card.
        card: &'static str,
        /// What is not bound or not calculable.
        error: ExpandError,
    },
    /// Slack would refuse it, however much is cut: a fault of the product or of an override. Nothing is sent.
    #[error("card {card}: {rules}")]
    Refused {
        /// Which card.
        card: &'static str,
        /// What is required, and where.
        rules: String,
    },
}

impl Cards {
    /// Reads the embedded templates and sentences, in English.
    pub fn load() -> Result<Self, CardError> {
        Self::load_with(None, text::FALLBACK)
    }

    /// The same with files of a directory laid over (`teams/*.json`, `slack/*.json`, `text/*.ftl`), in any language that has a file.
    pub fn load_with(directory: Option<&Path>, language: &str) -> Result<Self, CardError> {
        let mut files = BTreeMap::new();
        for name in TextFiles::iter() {
            if let Some(language) = name.strip_suffix(".ftl") {
                files.insert(language.to_owned(), embedded::<TextFiles>(&name)?);
            }
        }
        if let Some(source) = overridden(directory, &format!("text/{language}.ftl"))? {
            files.insert(language.to_owned(), source);
        }
        let texts = Texts::parse(&files.into_iter().collect::<Vec<_>>(), language)?;
        let teams = templates::<TeamsTemplates>("teams", &NAMES, directory)?;
        let slack = templates::<SlackTemplates>("slack", &slack::NAMES, directory)?;
        Ok(Self { texts, teams, slack })
    }

    /// The card for Teams.
    pub fn teams(&self, view: &View) -> Result<TeamsCard, CardError> {
        let (card, data, summary) = data::build(&self.texts, Markup::Markdown, view);
        let Some(template) = self.teams.get(card) else {
            return Err(CardError::File { file: format!("cards/teams/{card}.json"), detail: "is missing".to_owned() });
        };
        let content = template.expand(&data).map_err(|error| CardError::Expand { card, error })?;
        Ok(TeamsCard { content, summary })
    }

    /// The data object that [`Self::teams`] fills the template with: what `cards/samples/` holds.
    pub fn sample(&self, view: &View) -> Value {
        data::build(&self.texts, Markup::Markdown, view).1
    }

    /// Says a sentence as plain text.
    pub fn say(&self, sentence: &Sentence) -> String {
        self.texts.say(sentence)
    }

    /// Says a sentence as Markdown: what people typed shows as it was typed and does nothing.
    pub fn say_marked(&self, sentence: &Sentence) -> String {
        self.texts.say_with(sentence, escape::marked)
    }

    /// All sentences.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }
}

/// The templates of one surface by name, each from the directory or else from the program.
fn templates<Files: RustEmbed>(
    surface: &str,
    names: &[&'static str],
    directory: Option<&Path>,
) -> Result<BTreeMap<&'static str, Template>, CardError> {
    let mut templates = BTreeMap::new();
    for name in names {
        let file = format!("{surface}/{name}.json");
        let source = match overridden(directory, &file)? {
            Some(source) => source,
            None => embedded::<Files>(&format!("{name}.json"))?,
        };
        let json: Value = serde_json::from_str(&source)
            .map_err(|error| CardError::File { file: format!("cards/{file}"), detail: error.to_string() })?;
        templates.insert(*name, Template::parse(&json).map_err(|error| CardError::Template { file, error })?);
    }
    Ok(templates)
}

fn embedded<Files: RustEmbed>(name: &str) -> Result<String, CardError> {
    let broken = |detail: &str| CardError::File { file: name.to_owned(), detail: detail.to_owned() };
    let file = Files::get(name).ok_or_else(|| broken("is missing"))?;
    String::from_utf8(file.data.into_owned()).map_err(|_| broken("is not UTF-8"))
}

fn overridden(directory: Option<&Path>, file: &str) -> Result<Option<String>, CardError> {
    let Some(path) = directory.map(|directory| directory.join(file)).filter(|path| path.exists()) else {
        return Ok(None);
    };
    let broken = |path: PathBuf, detail: String| CardError::File { file: path.display().to_string(), detail };
    std::fs::read_to_string(&path).map(Some).map_err(|error| broken(path, error.to_string()))
}
