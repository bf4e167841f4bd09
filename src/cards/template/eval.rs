//! Calculates an expression for a scope of data.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use super::functions;
use super::javascript::equal;
use super::parse::Expression;

/// What a binding without data means. Conditions see `undefined` in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// It is an error.
    Fail,
    /// It becomes the text `${path}`, as in the reference.
    Leave,
    /// It is `undefined`: inside of conditions.
    Undefined,
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing is bound to this path, and that is not allowed. Never swallowed.
    Unresolved(String),
    /// The values do not fit. Conditions take it for false, as the reference does.
    Unfit,
}

/// A value or `undefined`.
pub(super) type Outcome<'a> = Result<Option<Cow<'a, Value>>, Fault>;

/// The data in reach.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) root: &'a Value,
    pub(super) data: &'a Value,
    pub(super) index: Option<usize>,
}

impl Expression {
    /// The result in `scope`.
    pub(super) fn evaluate<'a>(&'a self, scope: Scope<'a>, missing: Missing) -> Outcome<'a> {
        match self {
            Self::Constant(value) => Ok(value.as_ref().map(Cow::Borrowed)),
            Self::Member(..) => self.member(scope, missing),
            Self::Element(list, index) => {
                let list = list.evaluate(scope, missing)?;
                let index = index.evaluate(scope, Missing::Undefined)?;
                let found = element(list, index)?;
                if found.is_none() && missing == Missing::Fail {
                    return Err(Fault::Unresolved(self.to_string()));
                }
                Ok(found)
            }
            Self::Call(name, arguments) => functions::call(name, arguments, scope, missing),
        }
    }

    /// A path of names and indexes: looked up at once, and named as a whole when it leads nowhere.
    fn member<'a>(&'a self, scope: Scope<'a>, missing: Missing) -> Outcome<'a> {
        let (path, start) = self.path(scope, missing)?;
        let found = match start {
            Some(start) => match start.evaluate(scope, missing)? {
                Some(Cow::Borrowed(value)) => walk(value, &path).map(Cow::Borrowed),
                Some(Cow::Owned(value)) => walk(&value, &path).cloned().map(Cow::Owned),
                None => None,
            },
            None => scope.look_up(&path),
        };
        match (found, missing) {
            (Some(value), _) => Ok(Some(value)),
            (None, Missing::Fail) => Err(Fault::Unresolved(path)),
            (None, Missing::Leave) => Ok(Some(Cow::Owned(Value::String(format!("${{{path}}}"))))),
            (None, Missing::Undefined) => Ok(None),
        }
    }

    fn path<'a>(&'a self, scope: Scope<'a>, missing: Missing) -> Result<(String, Option<&'a Self>), Fault> {
        let mut path = String::new();
        let mut left = Some(self);
        while let Some(expression) = left {
            let (step, before) = match expression {
                Self::Member(name, before) => (name.clone(), before.as_deref()),
                Self::Element(list, index) => match index.evaluate(scope, missing)?.as_deref() {
                    Some(Value::Number(number)) => (format!("[{number}]"), Some(list.as_ref())),
                    Some(Value::String(name)) if name.starts_with(|c: char| c.is_ascii_digit()) => {
                        (format!("[{name}]"), Some(list.as_ref()))
                    }
                    Some(Value::String(name)) => (format!("['{name}']"), Some(list.as_ref())),
                    _ => return Err(Fault::Unfit),
                },
                _ => break,
            };
            let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
            path = format!("{step}{dot}{path}");
            left = before;
        }
        Ok((path, left))
    }
}

impl<'a> Scope<'a> {
    /// A name that starts with `$` is one of the language, any other a property of the data in reach.
    fn look_up(self, path: &str) -> Option<Cow<'a, Value>> {
        if !path.starts_with('$') {
            return walk(self.data, path).map(Cow::Borrowed);
        }
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let (name, rest) = path.split_at(end);
        match name.to_ascii_lowercase().as_str() {
            "$root" => walk(self.root, rest).map(Cow::Borrowed),
            "$data" => walk(self.data, rest).map(Cow::Borrowed),
            "$index" if rest.is_empty() => self.index.map(|index| Cow::Owned(Value::from(index))),
            _ => None,
        }
    }
}

fn walk<'a>(from: &'a Value, path: &str) -> Option<&'a Value> {
    let steps = path.split(['.', '[', ']']).filter(|step| !step.is_empty());
    steps.map(|step| step.trim_matches(['\'', '"'])).try_fold(from, property)
}

/// A property by name, or an item by number. The exact name first, then in any case, as the reference allows.
fn property<'a>(of: &'a Value, name: &str) -> Option<&'a Value> {
    match of {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        Value::Object(fields) => fields.get(name).or_else(|| {
            let lower = name.to_lowercase();
            fields.iter().find(|(key, _)| key.to_lowercase() == lower).map(|(_, value)| value)
        }),
        _ => None,
    }
}

fn element<'a>(list: Option<Cow<'a, Value>>, index: Option<Cow<'a, Value>>) -> Outcome<'a> {
    let Some(list) = list.filter(|list| !list.is_null()) else { return Ok(None) };
    let name = match index.as_deref() {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Number(number)) if list.is_array() => number.to_string(),
        _ => return Err(Fault::Unfit),
    };
    let found = match list {
        Cow::Borrowed(list) => property(list, &name).map(Cow::Borrowed),
        Cow::Owned(ref list) => property(list, &name).cloned().map(Cow::Owned),
    };
    if found.is_none() && list.is_array() { Err(Fault::Unfit) } else { Ok(found) }
}

/// Everything counts as true but false, null and what is missing.
pub(super) fn is_true(value: Option<&Value>) -> bool {
    !equal(value, None) && value != Some(&Value::Bool(false))
}

impl fmt::Display for Expression {
    /// As the reference prints expressions that it could not calculate.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(None) => f.write_str("undefined"),
            Self::Constant(Some(Value::String(text))) => {
                write!(f, "'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
            }
            Self::Constant(Some(value)) => f.write_str(&super::javascript::json_text(value)),
            Self::Member(name, None) => f.write_str(name),
            Self::Member(name, Some(before)) => write!(f, "{before}.{name}"),
            Self::Element(list, index) => write!(f, "{list}[{index}]"),
            Self::Call(name, arguments) => {
                let operator = !name.starts_with(|c: char| c.is_ascii_alphabetic()) && arguments.len() > 1;
                let separator = if operator { format!(" {name} ") } else { ", ".to_owned() };
                let arguments = arguments.iter().map(Self::to_string).collect::<Vec<_>>().join(&separator);
                write!(f, "{}({arguments})", if operator { "" } else { name })
            }
        }
    }
}
