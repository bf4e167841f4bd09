//! What can go wrong on the way out, one variant for each reaction
//! (<https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability>, status codes).

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

/// Why there is no token for the bot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The credentials are refused: somebody must mend the registration.
    #[error("the token endpoint refuses the bot's credentials: {code}")]
    Refused {
        /// The OAuth error; `404` where nobody logs in at that address.
        code: String,
    },
    /// No answer, or one that says: later.
    #[error("the token endpoint is not available")]
    Unavailable,
    /// An answer that is none of a token endpoint.
    #[error("the token endpoint's answer holds no token")]
    Shape,
}

/// Why the Connector did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// 400, or an id that cannot be put into a path: the message itself is wrong.
    #[error("the Connector finds the request malformed: {code}")]
    Payload {
        /// The vendor's code.
        code: String,
    },
    /// 401, also with a fresh token: the bot is not registered, or its secret is another's.
    #[error("the Connector does not accept the bot's token: {code}")]
    Unauthorized {
        /// The vendor's code.
        code: String,
    },
    /// The bot was removed, blocked or disabled there: drop the stored reference and wait until somebody comes.
    #[error("nothing can be posted there any more: {code}")]
    Gone {
        /// The vendor's code.
        code: String,
    },
    /// The message to be rewritten is no longer there: post afresh.
    #[error("the message is no longer there: {code}")]
    ActivityGone {
        /// The vendor's code.
        code: String,
    },
    /// The conversation lives in another cloud: switch it to that host.
    #[error("the conversation is served by another host")]
    WrongHost,
    /// 412: two writes met; again in a moment.
    #[error("two writes to the conversation met")]
    Contended,
    /// 413: shrink it.
    #[error("the message is too big")]
    TooBig,
    /// 429: too much; again later.
    #[error("the Connector asks to slow down")]
    Throttled {
        /// How long, if told.
        retry_after: Option<SignedDuration>,
    },
    /// 500; documented as not to be retried.
    #[error("the Connector failed: {code}")]
    ServiceError {
        /// The vendor's code.
        code: String,
    },
    /// 502, 503, 504: again later.
    #[error("the Connector is not available: status {status}")]
    Unavailable {
        /// HTTP status.
        status: u16,
        /// How long, if told.
        retry_after: Option<SignedDuration>,
    },
    /// 2xx with a web page: whoever answered is not the Connector, so that nothing happened; again later.
    #[error("a web page came instead of the Connector's answer")]
    WebPage,
    /// No connection: certainly nothing happened.
    #[error("the Connector cannot be reached")]
    Unreachable,
    /// The connection broke or timed out after the request went out: it may have happened.
    #[error("the Connector did not answer; the request may have been carried out")]
    Unknown,
    /// The address is not on the list of service hosts: nothing was sent.
    #[error("the service address is not on the list of allowed hosts")]
    ForeignHost,
    /// An answer that is documented nowhere, redirects among them: not to be retried.
    #[error("the Connector answered status {status}, {code}")]
    Unlisted {
        /// HTTP status.
        status: u16,
        /// The vendor's code.
        code: String,
    },
    /// It was not sent: somebody else sends it.
    #[error("it may no longer be sent")]
    Withheld,
    /// No token to send it with.
    #[error(transparent)]
    Token(#[from] TokenError),
}

impl ChatError {
    /// True when the same request may be sent again after a pause and cannot do anything twice.
    pub fn should_retry(&self) -> bool {
        match self {
            Self::Contended | Self::Throttled { .. } | Self::Unavailable { .. } => true,
            Self::WebPage | Self::Unreachable => true,
            Self::Token(error) => *error == TokenError::Unavailable,
            _ => false,
        }
    }

    /// How long the Connector asks to wait.
    pub fn retry_after(&self) -> Option<SignedDuration> {
        match self {
            Self::Throttled { retry_after } | Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Reads an answer that is not 2xx.
    pub(super) fn from_answer(status: StatusCode, body: &[u8], retry_after: Option<SignedDuration>) -> Self {
        let code = code_of(body);
        match (status.as_u16(), code.as_str()) {
            (400, _) => Self::Payload { code },
            (401, _) => Self::Unauthorized { code },
            (403, "InvalidBotApiHost") => Self::WrongHost,
            (
                403,
                "BotNotInConversationRoster"
                | "ConversationBlockedByUser"
                | "BotDisabledByAdmin"
                | "ForbiddenOperationException"
                | "NotEnoughPermissions"
                | "MessageWritesBlocked",
            )
            | (404, "ConversationNotFound") => Self::Gone { code },
            (404, "ActivityNotFoundInConversation" | "TARGETED_MESSAGE_EXPIRED_OR_DELETED") => {
                Self::ActivityGone { code }
            }
            (412, _) => Self::Contended,
            (413, _) => Self::TooBig,
            (429, _) => Self::Throttled { retry_after },
            (500, _) => Self::ServiceError { code },
            (status @ 502..=504, _) => Self::Unavailable { status, retry_after },
            (status, _) => Self::Unlisted { status, code },
        }
    }
}

/// `error.code`; else `subCode`, which one documented shape hides in a `message` that is JSON itself; else `errorCode`.
fn code_of(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let nested = || -> Option<Value> { serde_json::from_str(body.get("message")?.as_str()?).ok() };
    let named = [
        body.pointer("/error/code").cloned(),
        body.get("subCode").cloned(),
        nested().and_then(|message| message.get("subCode").cloned()),
        body.get("errorCode").cloned(),
    ];
    let texts = named.into_iter().flatten().filter_map(|code| match code {
        Value::String(code) => Some(code),
        Value::Number(code) => Some(code.to_string()),
        _ => None,
    });
    // A code is a short name; anything else could be somebody's text and has no place in a log.
    let is_code = |c: char| c.is_ascii_alphanumeric() || " _.-".contains(c);
    let mut codes = texts.filter(|code| (1..=80).contains(&code.len()) && code.chars().all(is_code));
    codes.next().unwrap_or_else(|| "no code".to_owned())
}

/// `Retry-After` in seconds or as a date (RFC 9110, 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(SignedDuration::from_secs(seconds.into()));
    }
    let date = rfc2822::parse(text).ok()?.timestamp();
    Some(date.duration_since(now).max(SignedDuration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_in_every_documented_place_and_never_in_prose() {
        for (body, code) in [
            (r#"{"error":{"code":"ServiceError","message":"x"}}"#, "ServiceError"),
            (r#"{"errorCode":209,"message":"{\"subCode\":\"MessageWritesBlocked\"}"}"#, "MessageWritesBlocked"),
            (r#"{"errorCode":209,"subCode":"MessageWritesBlocked"}"#, "MessageWritesBlocked"),
            (r#"{"errorCode":209,"message":"MessageWritesBlocked"}"#, "209"),
            (r#"{"error":{"code":"<b>alice@contoso.com</b>"}}"#, "no code"),
            (r#"{"error":"Conversation not found"}"#, "no code"),
            ("<html>", "no code"),
            ("", "no code"),
        ] {
            assert_eq!(code_of(body.as_bytes()), code, "{body}");
        }
    }

    #[test]
    fn retry_after_comes_in_seconds_or_as_a_date() {
        let now: Timestamp = "1994-11-06T08:49:00Z".parse().unwrap();
        let read = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers, now).map(|wait| wait.as_secs())
        };
        assert_eq!(read("7"), Some(7));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(37));
        assert_eq!(read("Sun, 06 Nov 1994 08:48:00 GMT"), Some(0));
        assert_eq!(read("soon"), None);
        assert_eq!(read("-1"), None);
    }
}
