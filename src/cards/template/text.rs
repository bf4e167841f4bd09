//! Splits a text of a template into what stands there and what is to be calculated.

use super::Refusal;
use super::parse::{Expression, parse};

/// A string leaf of the template.
#[derive(Debug, Clone)]
pub(super) enum Text {
    /// Nothing to calculate.
    Plain(String),
    /// One expression is the whole string: the result keeps its type.
    Whole(Expression),
    /// Joined to a text.
    Parts(Vec<Expression>),
}

impl Text {
    /// Reads a string leaf. Without `${` everything is literal, backslashes too, as in the reference.
    pub(super) fn parse(leaf: &str) -> Result<Self, Refusal> {
        if !leaf.contains("${") {
            return Ok(Self::Plain(leaf.to_owned()));
        }
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = leaf;
        while let Some(first) = rest.chars().next() {
            if let Some(escaped) = rest.strip_prefix('\\').filter(|r| r.starts_with(['$', '`'])) {
                literal.push_str(&escaped[..1]);
                rest = &escaped[1..];
            } else if let Some(inside) = rest.strip_prefix("${") {
                let end = closing(inside).ok_or(Refusal::Unclosed)?;
                if !literal.is_empty() {
                    parts.push(Expression::text(std::mem::take(&mut literal)));
                }
                parts.push(parse(inside[..end].trim())?);
                rest = &inside[end + 1..];
            } else if first == '`' {
                return Err(Refusal::Backtick);
            } else {
                literal.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        if !literal.is_empty() {
            parts.push(Expression::text(literal));
        }
        Ok(Self::of(parts))
    }

    fn of(mut parts: Vec<Expression>) -> Self {
        // A lone constant becomes text: `${5}` is "5". The reference joins the arguments of an outermost concat() itself.
        match parts.pop() {
            Some(Expression::Call(name, arguments)) if parts.is_empty() && name == "concat" => Self::Parts(arguments),
            Some(only) if parts.is_empty() && !matches!(only, Expression::Constant(_)) => Self::Whole(only),
            last => {
                parts.extend(last);
                Self::Parts(parts)
            }
        }
    }
}

/// Where the `}` stands that closes an expression; quoted text may hold braces.
fn closing(inside: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (position, character) in inside.char_indices() {
        match (quote, character) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '}') => return (position > 0).then_some(position),
            (None, '{' | '`' | '\r' | '\n') => return None,
            (None, _) => {}
        }
    }
    None
}
