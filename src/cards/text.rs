//! Sentence ids to words. The words live in `cards/text/<language>.ftl` (Fluent, <https://projectfluent.org>).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use crate::domain::Sentence;

/// The language that every sentence exists in.
pub const FALLBACK: &str = "en";

/// All sentences, in all languages that were found.
pub struct Texts {
    languages: BTreeMap<String, FluentBundle<FluentResource>>,
    ids: BTreeSet<String>,
    spoken: String,
}

/// A text file that cannot be used, or a sentence that cannot be said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The file is not Fluent. Stops the start.
    #[error("cards/text/{language}.ftl: {detail}")]
    Unreadable {
        /// Which file.
        language: String,
        /// What the parser says.
        detail: String,
    },
    /// There is no file for the language. Stops the start.
    #[error("cards/text/{0}.ftl is missing")]
    NoLanguage(String),
    /// The product says something that nobody wrote down: a fault of the product.
    #[error("no sentence {0}")]
    UnknownId(String),
    /// The sentence wants an argument that was not given: a fault of the product.
    #[error("sentence {id}: {detail}")]
    Arguments {
        /// The sentence.
        id: String,
        /// What Fluent says; names arguments, never their values.
        detail: String,
    },
}

impl Texts {
    /// Parses files (language and source) and speaks the first language of `spoken` from now on.
    pub fn parse(files: &[(String, String)], spoken: &str) -> Result<Self, TextError> {
        let mut languages = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for (language, source) in files {
            let unreadable = |detail: String| TextError::Unreadable { language: language.clone(), detail };
            let resource = FluentResource::try_new(source.clone()).map_err(|(_, e)| unreadable(format!("{e:?}")))?;
            if language == FALLBACK {
                ids.extend(resource.entries().filter_map(|entry| match entry {
                    fluent_syntax::ast::Entry::Message(message) => Some(message.id.name.to_owned()),
                    _ => None,
                }));
            }
            let tag = language.parse().map_err(|_| unreadable("the file name is not a language tag".to_owned()))?;
            let mut bundle = FluentBundle::new_concurrent(vec![tag]);
            // Teams shows the marks that isolate arguments as boxes in some clients.
            bundle.set_use_isolating(false);
            bundle.add_resource(resource).map_err(|e| unreadable(format!("{e:?}")))?;
            languages.insert(language.clone(), bundle);
        }
        for needed in [FALLBACK, spoken] {
            if !languages.contains_key(needed) {
                return Err(TextError::NoLanguage(needed.to_owned()));
            }
        }
        Ok(Self { languages, ids, spoken: spoken.to_owned() })
    }

    /// The language that is spoken, such as `en`.
    pub fn language(&self) -> &str {
        &self.spoken
    }

    /// The ids of all sentences.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(String::as_str)
    }

    /// Says a sentence as plain text. One that cannot be said is logged, and its id stands in for it.
    pub fn say(&self, sentence: &Sentence) -> String {
        self.say_with(sentence, str::to_owned)
    }

    /// The same with every argument prepared for where the text goes.
    pub(super) fn say_with(&self, sentence: &Sentence, prepare: fn(&str) -> String) -> String {
        self.try_say_with(sentence, prepare).unwrap_or_else(|error| {
            tracing::error!(%error, "a sentence cannot be said");
            format!("[{}]", sentence.id)
        })
    }

    /// Says a sentence, or tells why that is impossible.
    pub fn try_say(&self, sentence: &Sentence) -> Result<String, TextError> {
        self.try_say_with(sentence, str::to_owned)
    }

    fn try_say_with(&self, sentence: &Sentence, prepare: fn(&str) -> String) -> Result<String, TextError> {
        let mut arguments = FluentArgs::new();
        for (name, value) in &sentence.args {
            let value = match value.parse::<u32>() {
                // Only counts are numbers: a number would lose the plus of +11000.
                Ok(count) if name == "count" => FluentValue::from(count),
                _ => FluentValue::from(prepare(value)),
            };
            arguments.set(name.as_str(), value);
        }
        for (name, id) in &sentence.terms {
            // A sentence inside a sentence sees the same plain arguments.
            let inside = Sentence { id: id.clone(), args: sentence.args.clone(), ..Sentence::new(id) };
            arguments.set(name.as_str(), FluentValue::from(self.try_say_with(&inside, prepare)?));
        }
        let unknown = || TextError::UnknownId(sentence.id.clone());
        let candidates = [self.spoken.as_str(), FALLBACK].into_iter().filter_map(|name| self.languages.get(name));
        let found = candidates.filter_map(|bundle| Some((bundle, bundle.get_message(&sentence.id)?.value()?)));
        let (bundle, pattern) = found.into_iter().next().ok_or_else(unknown)?;
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&arguments), &mut errors).into_owned();
        match errors.first() {
            None => Ok(text),
            Some(error) => Err(TextError::Arguments { id: sentence.id.clone(), detail: error.to_string() }),
        }
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Texts").field("spoken", &self.spoken).field("sentences", &self.ids.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(english: &str) -> Texts {
        Texts::parse(&[("en".to_owned(), english.to_owned())], "en").unwrap()
    }

    #[test]
    fn a_term_is_said_in_its_place() {
        let texts = texts("state = Stopped at: { $step }\nstep-device = device { $device }\n");
        let sentence = Sentence::new("state").with_term("step", "step-device").with("device", "1000tm");
        assert_eq!(texts.say(&sentence), "Stopped at: device 1000tm");
    }

    #[test]
    fn what_cannot_be_said_is_an_error_and_shows_its_id() {
        let texts = texts("needs = { $name }\n");
        assert_eq!(texts.try_say(&Sentence::new("other")), Err(TextError::UnknownId("other".to_owned())));
        assert!(matches!(texts.try_say(&Sentence::new("needs")), Err(TextError::Arguments { .. })));
        assert_eq!(texts.say(&Sentence::new("other")), "[other]");
    }

    #[test]
    fn arguments_stay_as_they_are() {
        let texts = texts("line = { $line } { $count ->\n    [one] time\n   *[other] times\n }\n");
        let said = texts.say(&Sentence::new("line").with("line", "+11000 { $evil }").with("count", 1));
        assert_eq!(said, "+11000 { $evil } time");
    }

    #[test]
    fn another_language_falls_back_to_english() {
        let files = [("en", "a = Yes\nb = No\n"), ("de", "a = Ja\n")].map(|(l, s)| (l.to_owned(), s.to_owned()));
        let texts = Texts::parse(&files, "de").unwrap();
        assert_eq!(
            (texts.say(&Sentence::new("a")), texts.say(&Sentence::new("b"))),
            ("Ja".to_owned(), "No".to_owned())
        );
        assert_eq!(Texts::parse(&files, "fr").unwrap_err(), TextError::NoLanguage("fr".to_owned()));
    }
}
