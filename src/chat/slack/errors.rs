//! What Slack may answer, a variant per reaction. Codes are those of the Web API's `error` field, never message text.

use jiff::SignedDuration;

/// Why a call of the Web API did not do what was asked. Never holds a token or a reply address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlackError {
    /// The call itself is wrong (`invalid_blocks`, `msg_too_long`, `invalid_arguments`, …): it will never be taken.
    #[error("Slack finds the call wrong: {code}")]
    Payload {
        /// Slack's code.
        code: String,
        /// Slack's own explanation, JSON pointers included.
        detail: String,
    },
    /// The bot cannot write there: not a member, archived, unknown, or direct messages are off.
    #[error("nothing can be posted there: {code}")]
    Gone {
        /// Slack's code.
        code: String,
    },
    /// The message to be rewritten is no longer there (`message_not_found`, `cant_update_message`, …).
    #[error("the message is no longer there: {code}")]
    MessageGone {
        /// Slack's code.
        code: String,
    },
    /// No such user, user group or view.
    #[error("Slack knows nobody like that: {code}")]
    Unknown {
        /// Slack's code.
        code: String,
    },
    /// The token is refused: somebody must install the app again or mend the configuration.
    #[error("Slack does not accept the bot's token: {code}")]
    Unauthorized {
        /// Slack's code.
        code: String,
    },
    /// The app lacks a permission.
    #[error("the app lacks the permission {needed}")]
    MissingScope {
        /// The scope that is missing.
        needed: String,
    },
    /// The app is not installed in this workspace.
    #[error("the app is not installed in {team}")]
    NotInstalled {
        /// The workspace.
        team: String,
    },
    /// The trigger of a form is used up or older than 3 s: the person presses again.
    #[error("the trigger is over: {code}")]
    TriggerOver {
        /// Slack's code.
        code: String,
    },
    /// Somebody else rewrote the view meanwhile.
    #[error("the view has changed meanwhile")]
    ViewChanged,
    /// 429.
    #[error("Slack asks to wait")]
    Throttled {
        /// `Retry-After`, where it can be read.
        retry_after: Option<SignedDuration>,
    },
    /// 5xx, or a code that says so: nothing certain is known of a message that was to be posted.
    #[error("Slack does not work: {code}")]
    Unavailable {
        /// Status or code.
        code: String,
        /// `Retry-After`, where it can be read.
        retry_after: Option<SignedDuration>,
    },
    /// No connection: nothing was sent.
    #[error("Slack cannot be reached")]
    Unreachable,
    /// The answer never came or cannot be read: it may have been done.
    #[error("Slack's answer is unknown")]
    Lost,
    /// The permit was refused: it was not sent.
    #[error("it may no longer be sent")]
    Withheld,
    /// Something that no documented code says.
    #[error("Slack answers {code}")]
    Other {
        /// Slack's code or the status.
        code: String,
    },
}
