//! The Adaptive Card Templating Language: a card with `${…}` in it, and data, to a card.
//!
//! The same language as Microsoft's `adaptivecards-templating` 2.3.1 on `adaptive-expressions` 4.23.3
//! (<https://learn.microsoft.com/adaptive-cards/templating/language>), so that what the Adaptive Cards Designer shows is
//! what people get. `tests/node/cards/compare.mjs` holds the two against each other.
//!
//! What differs, always in the direction of stopping early:
//!
//! - a binding without data is an error here; the reference leaves `${a.b}` on the reader's screen
//!   ([`Template::expand_like_reference`] does so too, for the comparison);
//! - an unknown function, a `${` that is never closed, a backtick beside `${…}`, `$when` that is no expression and
//!   expressions inside a literal `$data` are refused when the template is read;
//! - an object in the middle of a text is an error, not `[object Object]`;
//! - of two properties that differ in case only, the exact one is taken, not the first of the file;
//! - `&`, `^`, `??`, lambdas, object and array literals, dates and locales are not offered.
//!
//! Values are data: text that came out of a binding is never read as an expression again.

mod eval;
mod expand;
mod functions;
mod javascript;
mod parse;
mod text;

use serde_json::Value;

/// A template, read once and used for many cards.
#[derive(Debug, Clone)]
pub struct Template {
    root: expand::Node,
}

/// The template cannot be used: somebody has to mend the file. Stops the start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at {at}: {why}")]
pub struct TemplateError {
    /// JSON pointer of the text in the template; empty for the template itself.
    pub at: String,
    /// What is wrong with it.
    pub why: Refusal,
}

/// Why an expression is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The language has no function of this name, or it is one that is not offered here.
    #[error("there is no function {0}")]
    UnknownFunction(String),
    /// The function wants another number of arguments.
    #[error("{0} takes another number of arguments")]
    Arguments(String),
    /// A character or word where something else was expected.
    #[error("unexpected {found:?} at character {position} of the expression")]
    Unexpected {
        /// What stands there; empty at the end of the expression.
        found: String,
        /// Counted from 0.
        position: usize,
    },
    /// `${` without a `}`.
    #[error("${{ is never closed")]
    Unclosed,
    /// The reference fails on a backtick in a text with expressions; write `` \` ``.
    #[error("a backtick has to be written with a backslash before it")]
    Backtick,
    /// `$when` is a literal, which the reference reads the wrong way round.
    #[error("$when has to be an expression")]
    When,
    /// `$data` is a literal with expressions in it, which the reference does not evaluate.
    #[error("a literal $data cannot hold expressions")]
    Data,
}

/// This data does not fill this template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    /// The data has no such value.
    #[error("nothing is bound to {0}")]
    Unresolved(String),
    /// The values do not fit the operation, such as a text multiplied by two.
    #[error("{0} cannot be calculated")]
    Failed(String),
    /// An object where a text is needed.
    #[error("{0} is not a text")]
    NotText(String),
}

impl Template {
    /// Reads a template and all of its expressions.
    pub fn parse(json: &Value) -> Result<Self, TemplateError> {
        Ok(Self { root: expand::Node::parse(json, &mut String::new())? })
    }

    /// Fills the template. Every binding has to be met by the data.
    pub fn expand(&self, data: &Value) -> Result<Value, ExpandError> {
        expand::expand(&self.root, data, eval::Missing::Fail)
    }

    /// Fills the template as the reference does: what is not bound stays as `${…}`. For the comparison only.
    pub fn expand_like_reference(&self, data: &Value) -> Result<Value, ExpandError> {
        expand::expand(&self.root, data, eval::Missing::Leave)
    }
}

// What templates make of data is tested in `tests/cards.rs`, case by case against the reference.
#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn data_is_never_read_as_a_template(text in r"(\$\{[a-z$.]{0,6}\}?|\\\\|`|'|\PC){0,12}") {
            let template = Template::parse(&json!(["${text}", "<${text}>", { "$data": "${list}", "t": "${$data}" }])).unwrap();
            let card = template.expand(&json!({ "text": text, "list": [text] })).unwrap();
            prop_assert_eq!(card, json!([text, format!("<{text}>"), { "t": text }]));
        }

        #[test]
        fn no_template_makes_it_panic(text in r"(\$\{|\}|[a-c.0-9]|[-+*/%!<>=?:,'()\[\]\\ ]|if\(|join\(|&&|\|\|){0,16}") {
            if let Ok(template) = Template::parse(&json!(text)) {
                let data = json!({ "a": 1, "b": [null, "x"], "c": { "a": "y" } });
                let _ = (template.expand(&data), template.expand_like_reference(&data));
            }
        }
    }

    #[test]
    fn a_faulty_template_says_where_and_why() {
        for (text, why) in [
            ("${frobnicate(a)}", Refusal::UnknownFunction("frobnicate".to_owned())),
            ("${if(a, b)}", Refusal::Arguments("if".to_owned())),
            ("${a b}", Refusal::Unexpected { found: "b".to_owned(), position: 2 }),
            ("${a +}", Refusal::Unexpected { found: String::new(), position: 3 }),
            ("${a ?? b}", Refusal::Unexpected { found: "?? b".to_owned(), position: 2 }),
            ("${a", Refusal::Unclosed),
            ("`${a}", Refusal::Backtick),
        ] {
            let error = Template::parse(&json!({ "a/b": [1, { "text": text }] })).unwrap_err();
            assert_eq!(error, TemplateError { at: "/a~1b/1/text".to_owned(), why }, "{text}");
        }
        let error = Template::parse(&json!({ "body": [{ "$when": true }] })).unwrap_err();
        assert_eq!(error, TemplateError { at: "/body/0/$when".to_owned(), why: Refusal::When });
        let error = Template::parse(&json!({ "$data": { "a": "${b}" } })).unwrap_err();
        assert_eq!(error, TemplateError { at: "/$data".to_owned(), why: Refusal::Data });
    }

    #[test]
    fn data_that_does_not_fit_is_named() {
        let data = json!({ "name": "Alice", "o": {} });
        for (text, error) in [
            ("Hi ${person.name}", ExpandError::Unresolved("person.name".to_owned())),
            ("${if(true, gone, 1)}", ExpandError::Unresolved("gone".to_owned())),
            ("${name * 2}", ExpandError::Failed("(name * 2)".to_owned())),
            ("x${o}", ExpandError::NotText("o".to_owned())),
        ] {
            assert_eq!(Template::parse(&json!(text)).unwrap().expand(&data), Err(error), "{text}");
        }
    }
}
