//! Extensions, E.164 numbers and the line that Teams shows.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is not an extension or a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Something other than ASCII digits.
    #[error("it may hold digits only")]
    Digits,
    /// An extension has three to six digits.
    #[error("an extension has 3 to 6 digits")]
    ExtensionLength,
    /// E.164: `+`, then 8 to 15 digits that do not start with 0.
    #[error("a phone number is written +, then 8 to 15 digits")]
    E164Shape,
}

/// A PBX extension: three to six digits, such as `1000`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Extension(String);

impl Extension {
    /// Parses three to six ASCII digits.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NumberError::Digits);
        }
        if !(3..=6).contains(&text.len()) {
            return Err(NumberError::ExtensionLength);
        }
        Ok(Self(text.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The PBX device that belongs to the connector: `1000` and `tm` make `1000tm`.
    pub fn device(&self, suffix: &str) -> String {
        format!("{}{suffix}", self.0)
    }
}

/// A public phone number in E.164 form, such as `+13035550142`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct E164(String);

impl E164 {
    /// Parses `+` and 8 to 15 digits, the first of them not 0 (ITU-T E.164).
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let digits = text.strip_prefix('+').ok_or(NumberError::E164Shape)?;
        let shape = (8..=15).contains(&digits.len()) && !digits.starts_with('0');
        if !shape || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NumberError::E164Shape);
        }
        Ok(Self(text.to_owned()))
    }

    /// With the leading `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What Teams shows as the user's number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The connector's pseudo number: `+1` and the extension. It exists in the connector and in Teams only.
    Extension(Extension),
    /// A real number.
    Number(E164),
    /// Nobody knows of one.
    Unknown,
}

impl Line {
    /// The line that a text of Microsoft's shows: `tel:+11000` is the extension 1000, whatever is longer is a number.
    pub fn shown(text: &str) -> Option<Self> {
        let number = text.trim_start_matches("tel:");
        let short = || number.strip_prefix("+1").and_then(|digits| Extension::parse(digits).ok()).map(Self::Extension);
        E164::parse(number).ok().map(Self::Number).or_else(short)
    }
}

/// The same digits, whether they are written with `tel:`, with `+` or with neither: the PBX, Graph and Teams differ in that.
pub fn same_number(a: &str, b: &str) -> bool {
    let bare = |number: &'_ str| number.trim_start_matches("tel:").trim_start_matches('+').to_owned();
    bare(a) == bare(b)
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extension(extension) => write!(f, "+1{extension}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Unknown => f.write_str("–"),
        }
    }
}

macro_rules! text_type {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl TryFrom<String> for $name {
            type Error = NumberError;
            fn try_from(text: String) -> Result<Self, NumberError> {
                Self::parse(&text)
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }
    };
}
text_type!(Extension);
text_type!(E164);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_extension_1000_is_plus_11000() {
        let extension = Extension::parse("1000").unwrap();
        assert_eq!(Line::Extension(extension.clone()).to_string(), "+11000");
        assert_eq!(extension.device("tm"), "1000tm");
    }

    #[test]
    fn what_microsoft_shows_is_an_extension_or_a_number() {
        let extension = |digits: &str| Some(Line::Extension(Extension::parse(digits).unwrap()));
        let number = |text: &str| Some(Line::Number(E164::parse(text).unwrap()));
        for (shown, line) in [
            ("+11000", extension("1000")),
            ("tel:+11000", extension("1000")),
            ("+1123456", extension("123456")),
            ("tel:+13035550142", number("+13035550142")),
            ("+112", None),
            ("11000", None),
            ("", None),
        ] {
            assert_eq!(Line::shown(shown), line, "{shown}");
        }
    }

    #[test]
    fn odd_extensions_and_numbers_are_refused() {
        for text in ["", "1", "12", "1234567", "10000000000000000000"] {
            assert_eq!(Extension::parse(text), Err(NumberError::ExtensionLength), "{text}");
        }
        for text in ["10a0", "١٠٠٠", "-100", "1 00"] {
            assert_eq!(Extension::parse(text), Err(NumberError::Digits), "{text}");
        }
        for text in ["13035550142", "+0303555014", "+1", "+1303555014200000", "+1303-555"] {
            assert_eq!(E164::parse(text), Err(NumberError::E164Shape), "{text}");
        }
        assert!(E164::parse("+13035550142").is_ok());
    }
}
