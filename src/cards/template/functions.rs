//! The operators and functions on offer, each as the reference calculates it.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use serde_json::Value;

use super::eval::{Fault, Missing, Outcome, Scope, is_true};
use super::javascript::{equal, fixed, join, number_text, number_value, stringify, to_text};
use super::parse::Expression;

/// How many arguments a function takes; `None` when there is no such function.
pub(super) fn arity(name: &str) -> Option<RangeInclusive<usize>> {
    const ANY: usize = usize::MAX;
    Some(match name {
        "if" => 3..=3,
        "and" | "or" | "concat" | "coalesce" => 1..=ANY,
        "add" | "sub" | "mul" | "div" => 2..=ANY,
        "equals" | "greater" | "greaterOrEquals" | "less" | "lessOrEquals" | "mod" | "formatNumber" | "contains" => {
            2..=2
        }
        "not" | "toUpper" | "toLower" | "trim" | "length" | "count" | "string" | "exists" | "empty" | "first"
        | "last" => 1..=1,
        "join" => 2..=3,
        _ => return None,
    })
}

type Argument<'a> = Option<Cow<'a, Value>>;

/// Calls a function or an operator by name.
pub(super) fn call<'a>(name: &str, arguments: &'a [Expression], scope: Scope<'a>, missing: Missing) -> Outcome<'a> {
    let condition = |argument: &'a Expression| {
        let value = argument.evaluate(scope, Missing::Undefined);
        value.is_ok_and(|value| is_true(value.as_deref()))
    };
    match name {
        "if" => {
            let [test, yes, no] = arguments else { return Err(Fault::Unfit) };
            if condition(test) { yes.evaluate(scope, missing) } else { no.evaluate(scope, missing) }
        }
        "&&" | "and" => flag(arguments.iter().all(condition)),
        "||" | "or" => flag(arguments.iter().any(condition)),
        "!" | "not" => flag(!arguments.iter().all(condition)),
        "==" | "equals" | "!=" | "<" | "less" | "<=" | "lessOrEquals" | ">" | "greater" | ">=" | "greaterOrEquals"
        | "exists" | "empty" => {
            let values = arguments.iter().map(|a| a.evaluate(scope, Missing::Undefined)).collect::<Result<Vec<_>, _>>();
            // A comparison of what cannot be calculated is false.
            values.map_or_else(|_| flag(false), |values| compare(name, &values))
        }
        _ => {
            let values = arguments.iter().map(|a| a.evaluate(scope, missing)).collect::<Result<Vec<_>, _>>();
            match values {
                Err(Fault::Unfit) if name == "contains" => flag(false),
                values => apply(name, values?),
            }
        }
    }
}

fn flag<'a>(value: bool) -> Outcome<'a> {
    Ok(Some(Cow::Owned(Value::Bool(value))))
}

fn text<'a>(value: impl Into<String>) -> Outcome<'a> {
    Ok(Some(Cow::Owned(Value::String(value.into()))))
}

fn number<'a>(value: f64) -> Outcome<'a> {
    if value.is_finite() { Ok(Some(Cow::Owned(number_value(value)))) } else { Err(Fault::Unfit) }
}

fn compare<'a>(name: &str, values: &[Argument<'a>]) -> Outcome<'a> {
    let left = values.first().and_then(Option::as_deref);
    let right = values.get(1).and_then(Option::as_deref);
    match name {
        "==" | "equals" => return flag(equal(left, right)),
        "!=" => return flag(!equal(left, right)),
        "exists" => return flag(!equal(left, None)),
        "empty" => return flag(is_empty(left)),
        _ => {}
    }
    let order = match (left, right) {
        (None | Some(Value::Null), _) | (_, None | Some(Value::Null)) => return flag(false),
        (Some(Value::Number(a)), Some(Value::Number(b))) => a.as_f64().partial_cmp(&b.as_f64()),
        // JavaScript compares UTF-16 units.
        (Some(Value::String(a)), Some(Value::String(b))) => Some(a.encode_utf16().cmp(b.encode_utf16())),
        _ => None,
    };
    let order = order.ok_or(Fault::Unfit)?;
    flag(match name {
        "<" | "less" => order.is_lt(),
        "<=" | "lessOrEquals" => order.is_le(),
        ">" | "greater" => order.is_gt(),
        _ => order.is_ge(),
    })
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(fields)) => fields.is_empty(),
        Some(Value::Bool(_) | Value::Number(_)) => false,
    }
}

fn apply<'a>(name: &str, values: Vec<Argument<'a>>) -> Outcome<'a> {
    match name {
        "+" | "add" => reduce(values, addable, add),
        "-" | "sub" => reduce(values, is_number, |a, b| number(as_number(&a)? - as_number(&b)?)),
        "*" | "mul" => reduce(values, is_number, |a, b| number(as_number(&a)? * as_number(&b)?)),
        "/" | "div" => reduce(values, is_number, divide),
        "%" | "mod" => reduce(values, is_number, modulo),
        "concat" => reduce(values, |_| true, concat),
        "coalesce" => Ok(values.into_iter().find(|value| !equal(value.as_deref(), None)).flatten()),
        "formatNumber" => {
            let [number, digits] = values.as_slice() else { return Err(Fault::Unfit) };
            format_number(as_number(number)?, as_number(digits)?)
        }
        "contains" => {
            flag(contains(values.first().and_then(Option::as_deref), values.get(1).and_then(Option::as_deref)))
        }
        "join" => joined(&values),
        _ => single(name, values.into_iter().next().flatten()),
    }
}

fn single<'a>(name: &str, value: Argument<'a>) -> Outcome<'a> {
    let in_text = |change: fn(&str) -> String| match value.as_deref() {
        Some(Value::String(value)) => text(change(value)),
        None => text(""),
        Some(_) => Err(Fault::Unfit),
    };
    match name {
        "toUpper" => in_text(str::to_uppercase),
        "toLower" => in_text(str::to_lowercase),
        "trim" => in_text(|text| text.trim().to_owned()),
        "length" => match value.as_deref() {
            Some(Value::String(text)) => number(units(text)),
            None => number(0.0),
            Some(_) => Err(Fault::Unfit),
        },
        "count" => match value.as_deref() {
            Some(Value::String(text)) => number(units(text)),
            Some(Value::Array(items)) => number(items.len() as f64),
            Some(Value::Object(fields)) => number(fields.len() as f64),
            _ => Err(Fault::Unfit),
        },
        "string" => match value.as_deref() {
            Some(Value::Number(value)) => {
                let value = value.as_f64().ok_or(Fault::Unfit)?;
                text(fixed(value, number_text(value).split_once('.').map_or(0, |(_, digits)| digits.len())))
            }
            value => text(stringify(value)),
        },
        "first" | "last" => Ok(match value.as_deref() {
            Some(Value::String(text)) if name == "first" => text.chars().next().map(character),
            Some(Value::String(text)) => text.chars().next_back().map(character),
            Some(Value::Array(items)) if name == "first" => items.first().cloned().map(Cow::Owned),
            Some(Value::Array(items)) => items.last().cloned().map(Cow::Owned),
            _ => None,
        }),
        _ => Err(Fault::Unfit),
    }
}

fn character<'a>(character: char) -> Cow<'a, Value> {
    Cow::Owned(Value::String(character.into()))
}

/// JavaScript counts UTF-16 units.
fn units(text: &str) -> f64 {
    text.encode_utf16().count() as f64
}

fn as_number(value: &Argument<'_>) -> Result<f64, Fault> {
    value.as_deref().and_then(Value::as_f64).ok_or(Fault::Unfit)
}

fn is_number(value: &Argument<'_>) -> bool {
    as_number(value).is_ok()
}

fn addable(value: &Argument<'_>) -> bool {
    matches!(value.as_deref(), None | Some(Value::String(_) | Value::Number(_)))
}

fn reduce<'a>(
    values: Vec<Argument<'a>>,
    fits: fn(&Argument<'a>) -> bool,
    step: fn(Argument<'a>, Argument<'a>) -> Outcome<'a>,
) -> Outcome<'a> {
    if !values.iter().all(fits) {
        return Err(Fault::Unfit);
    }
    let mut values = values.into_iter();
    let first = values.next().flatten();
    values.try_fold(first, step)
}

fn add<'a>(left: Argument<'a>, right: Argument<'a>) -> Outcome<'a> {
    match (as_number(&left), as_number(&right)) {
        (Ok(a), Ok(b)) => number(a + b),
        (Ok(_), Err(_)) if right.is_none() => Err(Fault::Unfit),
        (Err(_), Ok(_)) if left.is_none() => Err(Fault::Unfit),
        _ => text(stringify(left.as_deref()) + &stringify(right.as_deref())),
    }
}

fn divide<'a>(left: Argument<'a>, right: Argument<'a>) -> Outcome<'a> {
    let (a, b) = (as_number(&left)?, as_number(&right)?);
    let whole = a.fract() == 0.0 && b.fract() == 0.0;
    number(if whole { (a / b).floor() } else { a / b })
}

fn modulo<'a>(left: Argument<'a>, right: Argument<'a>) -> Outcome<'a> {
    let (a, b) = (as_number(&left)?, as_number(&right)?);
    if a.fract() == 0.0 && b.fract() == 0.0 { number(a % b) } else { Err(Fault::Unfit) }
}

fn concat<'a>(left: Argument<'a>, right: Argument<'a>) -> Outcome<'a> {
    match (left.as_deref(), right.as_deref()) {
        (None | Some(Value::Null), None | Some(Value::Null)) => Ok(None),
        (None | Some(Value::Null), Some(Value::Array(_))) => Ok(right),
        (Some(Value::Array(_)), None | Some(Value::Null)) => Ok(left),
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            Ok(Some(Cow::Owned(Value::Array(a.iter().chain(b).cloned().collect()))))
        }
        (a, b) => text(stringify(a) + &stringify(b)),
    }
}

fn format_number<'a>(value: f64, digits: f64) -> Outcome<'a> {
    if digits.fract() != 0.0 || !(0.0..=20.0).contains(&digits) {
        return Err(Fault::Unfit);
    }
    let scale = 10f64.powf(digits);
    // Math.round: halves go up, also below zero.
    let rounded = (value * scale + 0.5).floor() / scale;
    text(fixed(rounded, digits as usize))
}

fn contains(inside: Option<&Value>, wanted: Option<&Value>) -> bool {
    match (inside, wanted) {
        (Some(Value::String(text)), Some(Value::String(wanted))) => text.contains(wanted.as_str()),
        (Some(Value::Array(items)), wanted) => items.iter().any(|item| equal(Some(item), wanted)),
        (Some(Value::Object(fields)), Some(Value::String(name))) => {
            fields.keys().any(|key| key.to_lowercase() == name.to_lowercase())
        }
        _ => false,
    }
}

fn joined<'a>(values: &[Argument<'a>]) -> Outcome<'a> {
    let separators = values.iter().skip(1).map(|value| value.as_deref().and_then(Value::as_str));
    let separators = separators.collect::<Option<Vec<_>>>().ok_or(Fault::Unfit)?;
    let Some(Some(Value::Array(items))) = values.first().map(Option::as_deref) else { return Err(Fault::Unfit) };
    match (separators.as_slice(), items.split_last()) {
        ([_, last], Some((end, before))) if items.len() < 3 => {
            let all: Vec<Value> = before.iter().chain([end]).cloned().collect();
            text(join(&all, last))
        }
        ([separator, last], Some((end, before))) => {
            text(join(before, separator) + last + &to_text(end).unwrap_or_else(|| "null".to_owned()))
        }
        ([separator, ..], _) => text(join(items, separator)),
        ([], _) => Err(Fault::Unfit),
    }
}
