//! What Slack may answer, a variant per reaction. Codes are those of the Web API's `error` field, never message text
//! (<https://docs.slack.dev/reference/methods/chat.postMessage#errors> and the pages of the other methods).

use jiff::SignedDuration;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

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
    /// 503, or a code that says so: nothing was done; again later. Of a call that may be repeated every fault of Slack's own,
    /// and no answer at all; of a message those are [`SlackError::Lost`].
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
    /// The answer never came, cannot be read, or tells of a fault half-way (500, `internal_error`, `fatal_error`): it may have
    /// been done.
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

/// Slack's own fault, in the middle of something: "it is possible some aspect of the operation succeeded".
pub(super) fn is_half_done(code: &str) -> bool {
    matches!(code, "internal_error" | "fatal_error")
}

impl SlackError {
    /// Reads an answer that says `"ok": false`.
    pub(super) fn from_answer(answer: &Value, retry_after: Option<SignedDuration>) -> Self {
        let code = code_of(answer);
        match code.as_str() {
            "invalid_blocks"
            | "invalid_blocks_format"
            | "msg_blocks_too_long"
            | "msg_too_long"
            | "no_text"
            | "too_many_attachments"
            | "invalid_attachments"
            | "invalid_metadata_format"
            | "invalid_metadata_schema"
            | "metadata_too_large"
            | "only_one_table_allowed"
            | "view_too_large"
            | "duplicate_external_id"
            | "push_limit_reached"
            | "not_enabled"
            | "invalid_arguments"
            | "invalid_arg_name"
            | "invalid_arg_value"
            | "invalid_array_arg"
            | "missing_argument"
            | "invalid_charset"
            | "missing_charset"
            | "superfluous_charset"
            | "invalid_form_data"
            | "invalid_post_type"
            | "missing_post_type"
            | "invalid_json"
            | "json_not_object"
            | "invalid_cursor"
            | "invalid_limit"
            | "users_list_not_supplied"
            | "not_enough_users"
            | "too_many_users"
            | "unknown_method"
            | "method_deprecated"
            | "deprecated_endpoint" => Self::Payload { code, detail: detail_of(answer) },
            "not_in_channel"
            | "channel_not_found"
            | "is_archived"
            | "is_inactive"
            | "user_not_in_channel"
            | "messages_tab_disabled"
            | "restricted_action"
            | "restricted_action_read_only_channel"
            | "restricted_action_thread_only_channel"
            | "restricted_action_non_threadable_channel"
            | "restricted_action_thread_locked"
            | "cannot_reply_to_message"
            | "thread_not_found"
            | "channel_type_not_supported"
            | "method_not_supported_for_channel_type"
            | "invalid_user_combination"
            | "cannot_dm_bot"
            | "user_disabled" => Self::Gone { code },
            "message_not_found"
            | "cant_update_message"
            | "cant_delete_message"
            | "compliance_exports_prevent_deletion"
            | "edit_window_closed" => Self::MessageGone { code },
            "users_not_found" | "user_not_found" | "user_not_visible" | "no_such_subteam" | "subteam_not_found"
            | "view_not_found" | "not_found" => Self::Unknown { code },
            "not_authed"
            | "invalid_auth"
            | "account_inactive"
            | "token_revoked"
            | "token_expired"
            | "no_permission"
            | "access_denied"
            | "not_allowed_token_type"
            | "org_login_required"
            | "ekm_access_denied"
            | "enterprise_is_restricted"
            | "team_access_not_granted"
            | "two_factor_setup_required" => Self::Unauthorized { code },
            "missing_scope" => Self::MissingScope { needed: needed_of(answer) },
            "trigger_expired"
            | "trigger_exchanged"
            | "expired_trigger_id"
            | "exchanged_trigger_id"
            | "invalid_trigger_id" => Self::TriggerOver { code },
            "hash_conflict" => Self::ViewChanged,
            "ratelimited" | "rate_limited" | "message_limit_exceeded" => Self::Throttled { retry_after },
            "service_unavailable" | "request_timeout" | "team_added_to_org" | "upgrade_required" => {
                Self::Unavailable { code, retry_after }
            }
            _ if is_half_done(&code) => Self::Lost,
            _ => Self::Other { code },
        }
    }
}

/// A code is a short name; anything else could be somebody's text and has no place in a log.
pub(super) fn code_of(answer: &Value) -> String {
    let is_code = |c: char| c.is_ascii_alphanumeric() || "_.:-".contains(c);
    let code = answer.get("error").and_then(Value::as_str).unwrap_or_default();
    if (1..=80).contains(&code.len()) && code.chars().all(is_code) { code.to_owned() } else { "no code".to_owned() }
}

/// `channels:read`; Slack may name several, separated by commas.
fn needed_of(answer: &Value) -> String {
    let is_scope = |c: char| c.is_ascii_alphanumeric() || "_.:,-".contains(c);
    let needed = answer.get("needed").and_then(Value::as_str).unwrap_or_default();
    let is_list = (1..=200).contains(&needed.len()) && needed.chars().all(is_scope);
    if is_list { needed.to_owned() } else { "unknown".to_owned() }
}

/// What Slack says of our blocks and arguments, without what could break a line of a log; of bounded length.
fn detail_of(answer: &Value) -> String {
    let told = answer.pointer("/response_metadata/messages").and_then(Value::as_array);
    let texts = told.into_iter().flatten().filter_map(Value::as_str);
    let joined = texts.collect::<Vec<_>>().join("; ");
    joined.chars().map(|c| if c.is_control() { ' ' } else { c }).take(1000).collect()
}

/// `Retry-After`, which Slack writes in seconds.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<SignedDuration> {
    let seconds: u32 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(SignedDuration::from_secs(seconds.into()))
}
