//! `ONB-42`: the name of one piece of work.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of a request, shown as `ONB-42`. Counted up, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequestId(pub u32);

/// A text that is not `ONB-` and a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a request id is written ONB-1, ONB-2, …")]
pub struct RequestIdError;

impl RequestId {
    /// Parses `ONB-42` in any case.
    pub fn parse(text: &str) -> Result<Self, RequestIdError> {
        let digits = text.get(..4).filter(|p| p.eq_ignore_ascii_case("onb-")).and_then(|_| text.get(4..));
        let digits = digits.filter(|d| !d.is_empty() && !d.starts_with('0') && d.bytes().all(|b| b.is_ascii_digit()));
        digits.and_then(|d| d.parse().ok()).map(Self).ok_or(RequestIdError)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ONB-{}", self.0)
    }
}

impl TryFrom<String> for RequestId {
    type Error = RequestIdError;
    fn try_from(text: String) -> Result<Self, RequestIdError> {
        Self::parse(&text)
    }
}

impl From<RequestId> for String {
    fn from(id: RequestId) -> String {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_back_as_they_are_shown() {
        assert_eq!(RequestId::parse("onb-42"), Ok(RequestId(42)));
        assert_eq!(RequestId(42).to_string(), "ONB-42");
        for text in ["", "42", "ONB-", "ONB-0", "ONB-007", "ONB-1x", "ONB-99999999999", "ÖNB-1"] {
            assert_eq!(RequestId::parse(text), Err(RequestIdError), "{text}");
        }
    }
}
