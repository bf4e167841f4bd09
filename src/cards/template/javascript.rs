//! JSON values as JavaScript treats them: to text, to number, equal or not.

use serde_json::{Number, Value};

/// A calculated number; whole ones are kept as integers so that they print without a fraction.
pub(super) fn number_value(number: f64) -> Value {
    // 2^53: up to here every whole number is exact in JavaScript.
    if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 {
        return Value::from(number as i64);
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

/// `Number.prototype.toString`.
pub(super) fn number_text(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        return if text.contains("e-") { text } else { text.replace('e', "e+") };
    }
    if number == 0.0 { "0".to_owned() } else { number.to_string() }
}

/// `toString` of anything but null; lists are joined by commas, objects have no text.
pub(super) fn to_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number_text(number.as_f64()?)),
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => Some(join(items, ",")),
        Value::Object(_) => Some(OBJECT.to_owned()),
    }
}

/// What JavaScript makes of an object in a text.
pub(super) const OBJECT: &str = "[object Object]";

/// `Array.prototype.join`: null is empty.
pub(super) fn join(items: &[Value], separator: &str) -> String {
    items.iter().map(|item| to_text(item).unwrap_or_default()).collect::<Vec<_>>().join(separator)
}

/// `JSON.stringify`, with numbers as JavaScript writes them.
pub(super) fn json_text(value: &Value) -> String {
    match value {
        Value::Number(number) => number.as_f64().map(number_text).unwrap_or_default(),
        Value::Array(items) => format!("[{}]", items.iter().map(json_text).collect::<Vec<_>>().join(",")),
        Value::Object(fields) => {
            let field =
                |(name, value): (&String, &Value)| format!("{}:{}", Value::from(name.as_str()), json_text(value));
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// The text of a value inside `concat` and `string`: null is empty, objects are JSON without outer quotes.
pub(super) fn stringify(value: Option<&Value>) -> String {
    match value {
        Some(value @ (Value::Array(_) | Value::Object(_))) => json_text(value).trim_matches(['\'', '"']).to_owned(),
        other => other.and_then(to_text).unwrap_or_default(),
    }
}

/// A fixed number of digits with a comma between thousands: `12,345.60`. Below zero with a true minus sign, U+2212.
pub(super) fn fixed(number: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", number.abs());
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let negative = number < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b));
    let sign = if negative { "\u{2212}" } else { "" };
    fraction.map_or_else(|| format!("{sign}{grouped}"), |fraction| format!("{sign}{grouped}.{fraction}"))
}

/// The reference's `==`: no conversions, null equals undefined.
pub(super) fn equal(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left.filter(|v| !v.is_null()), right.filter(|v| !v.is_null())) {
        (None, None) => true,
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(Some(a), Some(b)))
        }
        (Some(Value::Number(a)), Some(Value::Number(b))) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() < f64::EPSILON || a == b,
            _ => false,
        },
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}
