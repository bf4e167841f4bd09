use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;

use super::super::fake::{Answer as Reply, Connection, Fake, HERE, Seen, answer, api, ok, refusal, rough};
use super::*;

const POST: (&str, Encoding) = ("chat.postMessage", Encoding::Json);
const LOOK: (&str, Encoding) = ("users.info", Encoding::Form);

async fn post(api: &Api, permit: &Permit) -> Result<Value, SlackError> {
    api.call(HERE, POST, &json!({"channel": "C1", "text": "hello"}), Some(permit)).await
}

fn unavailable(code: &str) -> SlackError {
    SlackError::Unavailable { code: code.to_owned(), retry_after: None }
}

#[tokio::test]
async fn arguments_go_as_the_official_client_sends_them_and_the_token_in_the_header_only() {
    let fake = Fake::start(|_| ok(json!({}))).await;
    let api = api(&fake.url);
    post(&api, &Permit::granted()).await.unwrap();
    let arguments =
        json!({"user": "U1", "limit": 200, "include": true, "exclude": false, "none": null, "text": "a+b &=é"});
    api.call(HERE, LOOK, &arguments, None).await.unwrap();
    api.call(HERE, ("auth.test", Encoding::Json), &Value::Null, None).await.unwrap();
    let seen = fake.seen();
    let told: Vec<_> = seen.iter().map(|s| (s.method.as_str(), s.path.as_str(), s.content_type.as_str())).collect();
    let (json, form) = ("application/json;charset=utf-8", "application/x-www-form-urlencoded");
    assert_eq!(
        told,
        [("POST", "/api/chat.postMessage", json), ("POST", "/api/users.info", form), ("POST", "/api/auth.test", json)]
    );
    assert_eq!(seen[0].json(), json!({"channel": "C1", "text": "hello"}));
    assert_eq!(seen[1].body, "exclude=0&include=1&limit=200&text=a%2Bb+%26%3D%C3%A9&user=U1");
    assert_eq!(seen[2].body, "");
    assert!(seen.iter().all(|seen| seen.authorization.as_deref() == Some("Bearer xoxb-1")));
    assert!(seen.iter().all(|seen| !seen.body.contains("xoxb") && !seen.path.contains("xoxb")));
}

#[tokio::test]
async fn an_address_without_a_slash_at_its_end_is_the_same() {
    let fake = Fake::start(|_| ok(json!({}))).await;
    post(&api(fake.url.trim_end_matches('/')), &Permit::granted()).await.unwrap();
    assert_eq!(fake.paths(), ["chat.postMessage"]);
}

fn reaction(code: &str) -> SlackError {
    let owned = || code.to_owned();
    match code {
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
        | "invalid_array_arg"
        | "invalid_charset"
        | "invalid_form_data"
        | "invalid_post_type"
        | "missing_post_type"
        | "invalid_json"
        | "json_not_object"
        | "unknown_method" => SlackError::Payload { code: owned(), detail: String::new() },
        "users_not_found" | "user_not_found" | "user_not_visible" | "no_such_subteam" | "not_found" => {
            SlackError::Unknown { code: owned() }
        }
        "message_not_found"
        | "cant_update_message"
        | "cant_delete_message"
        | "edit_window_closed"
        | "compliance_exports_prevent_deletion" => SlackError::MessageGone { code: owned() },
        "trigger_expired"
        | "trigger_exchanged"
        | "expired_trigger_id"
        | "exchanged_trigger_id"
        | "invalid_trigger_id" => SlackError::TriggerOver { code: owned() },
        "hash_conflict" => SlackError::ViewChanged,
        "not_authed"
        | "invalid_auth"
        | "account_inactive"
        | "token_revoked"
        | "no_permission"
        | "org_login_required"
        | "team_access_not_granted"
        | "not_allowed_token_type"
        | "enterprise_is_restricted"
        | "ekm_access_denied" => SlackError::Unauthorized { code: owned() },
        "ratelimited" | "rate_limited" | "message_limit_exceeded" => SlackError::Throttled { retry_after: None },
        "service_unavailable" | "request_timeout" | "team_added_to_org" | "upgrade_required" => unavailable(code),
        "internal_error" | "fatal_error" => SlackError::Lost,
        "something_new" => SlackError::Other { code: owned() },
        _ => SlackError::Gone { code: owned() },
    }
}

/// Every code that the pages of the methods name and the bot can meet.
const CODES: &[&str] = &[
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
    "no_text",
    "too_many_attachments",
    "invalid_attachments",
    "invalid_metadata_format",
    "invalid_metadata_schema",
    "metadata_too_large",
    "only_one_table_allowed",
    "view_too_large",
    "duplicate_external_id",
    "push_limit_reached",
    "not_enabled",
    "invalid_arguments",
    "invalid_arg_name",
    "invalid_array_arg",
    "invalid_charset",
    "invalid_form_data",
    "invalid_post_type",
    "missing_post_type",
    "invalid_json",
    "json_not_object",
    "unknown_method",
    "not_in_channel",
    "channel_not_found",
    "is_archived",
    "is_inactive",
    "user_not_in_channel",
    "messages_tab_disabled",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "restricted_action_non_threadable_channel",
    "restricted_action_thread_locked",
    "cannot_reply_to_message",
    "thread_not_found",
    "method_not_supported_for_channel_type",
    "cannot_dm_bot",
    "user_disabled",
    "message_not_found",
    "cant_update_message",
    "cant_delete_message",
    "edit_window_closed",
    "compliance_exports_prevent_deletion",
    "users_not_found",
    "user_not_found",
    "user_not_visible",
    "no_such_subteam",
    "not_found",
    "not_authed",
    "invalid_auth",
    "account_inactive",
    "token_revoked",
    "no_permission",
    "org_login_required",
    "team_access_not_granted",
    "not_allowed_token_type",
    "enterprise_is_restricted",
    "ekm_access_denied",
    "trigger_expired",
    "trigger_exchanged",
    "expired_trigger_id",
    "exchanged_trigger_id",
    "invalid_trigger_id",
    "hash_conflict",
    "ratelimited",
    "rate_limited",
    "message_limit_exceeded",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
    "upgrade_required",
    "internal_error",
    "fatal_error",
    "something_new",
];

#[tokio::test]
async fn every_code_has_its_reaction_and_only_a_fault_half_way_leaves_a_message_in_doubt() {
    for code in CODES {
        let fake = Fake::start(move |_| refusal(code)).await;
        let (api, permit) = (api(&fake.url), Permit::granted());
        let error = post(&api, &permit).await.unwrap_err();
        assert_eq!(error, reaction(code), "{code}");
        let expected = if error == SlackError::Lost { Stage::Gone } else { Stage::Granted };
        assert_eq!(permit.stage(), expected, "{code}: it was not taken, so it may be offered again");
        assert_eq!(fake.seen().len(), 1, "{code}: nothing is repeated here");
    }
    let fake = Fake::start(|_| refusal("fatal_error")).await;
    let error = api(&fake.url).call(HERE, LOOK, &json!({}), None).await;
    assert_eq!(error, Err(unavailable("fatal_error")), "a look-up can be repeated");
}

#[tokio::test]
async fn a_missing_permission_is_named_and_prose_is_never_read() {
    let cases = [
        (json!({"error": "missing_scope", "needed": "users:read.email", "provided": "chat:write"}), "users:read.email"),
        (json!({"error": "missing_scope", "needed": "<b>xoxb-1</b>"}), "unknown"),
        (json!({"error": "missing_scope"}), "unknown"),
    ];
    for (mut body, needed) in cases {
        body["ok"] = json!(false);
        let fake = Fake::start(move |_| answer(200, &body)).await;
        let error = post(&api(&fake.url), &Permit::granted()).await;
        assert_eq!(error, Err(SlackError::MissingScope { needed: needed.to_owned() }));
    }
    for error in [json!("alice@contoso.com wrote <this>"), json!(""), json!(7), json!(null), json!("x".repeat(81))] {
        let fake = Fake::start(move |_| answer(200, json!({"ok": false, "error": error}))).await;
        let told = post(&api(&fake.url), &Permit::granted()).await;
        assert_eq!(told, Err(SlackError::Other { code: "no code".to_owned() }));
    }
}

#[tokio::test]
async fn every_status_has_its_reaction() {
    let wait = Some(SignedDuration::from_secs(7));
    let cases = [
        (429, SlackError::Throttled { retry_after: wait }, Stage::Granted),
        (503, SlackError::Unavailable { code: "503".to_owned(), retry_after: wait }, Stage::Granted),
        (500, SlackError::Lost, Stage::Gone),
        (502, SlackError::Lost, Stage::Gone),
        (504, SlackError::Lost, Stage::Gone),
        (400, SlackError::Unavailable { code: "400".to_owned(), retry_after: wait }, Stage::Granted),
        (403, SlackError::Unavailable { code: "403".to_owned(), retry_after: wait }, Stage::Granted),
        (404, SlackError::Unavailable { code: "404".to_owned(), retry_after: wait }, Stage::Granted),
    ];
    for (status, expected, stage) in cases {
        let behave = move |_: &Seen| Reply { headers: vec![("retry-after", "7".to_owned())], ..answer(status, "busy") };
        let (fake, permit) = (Fake::start(behave).await, Permit::granted());
        assert_eq!(post(&api(&fake.url), &permit).await, Err(expected), "{status}");
        assert_eq!(permit.stage(), stage, "{status}");
        assert_eq!(fake.seen().len(), 1);
    }
    let fake = Fake::start(|_| answer(500, "")).await;
    let looked = api(&fake.url).call(HERE, LOOK, &json!({}), None).await;
    assert_eq!(looked, Err(unavailable("500")), "a look-up can be repeated");
    let fake = Fake::start(|_| answer(403, r#"{"ok":false,"error":"invalid_auth"}"#)).await;
    let refused = post(&api(&fake.url), &Permit::granted()).await;
    assert_eq!(refused, Err(SlackError::Unauthorized { code: "invalid_auth".to_owned() }), "Slack's own word counts");
}

#[tokio::test]
async fn retry_after_is_read_in_seconds_and_nothing_else() {
    for (text, expected) in
        [("30", Some(30)), ("0", Some(0)), (" 5 ", Some(5)), ("-1", None), ("1.5", None), ("soon", None)]
    {
        let behave = move |_: &Seen| Reply { headers: vec![("retry-after", text.to_owned())], ..answer(429, "") };
        let fake = Fake::start(behave).await;
        let retry_after = expected.map(SignedDuration::from_secs);
        let error = post(&api(&fake.url), &Permit::granted()).await;
        assert_eq!(error, Err(SlackError::Throttled { retry_after }), "{text}");
    }
}

#[tokio::test]
async fn answers_that_are_none_leave_a_message_in_doubt_unless_somebody_else_gave_them() {
    for body in ["", "{", r#"{"ok":true,"ts":"17"#, "[]", "{}", r#"{"ok":"true"}"#, r#"{"ok":1}"#, "ok"] {
        let (fake, permit) = (Fake::start(move |_| answer(200, body)).await, Permit::granted());
        assert_eq!(post(&api(&fake.url), &permit).await, Err(SlackError::Lost), "{body}");
        assert_eq!(permit.stage(), Stage::Gone, "{body}");
        let looked = api(&fake.url).call(HERE, LOOK, &json!({}), None).await;
        assert_eq!(
            looked,
            Err(SlackError::Other { code: "unreadable".to_owned() }),
            "a look-up leaves nothing in doubt"
        );
    }
    let (fake, permit) = (Fake::start(|_| answer(200, " <!DOCTYPE html>")).await, Permit::granted());
    assert_eq!(post(&api(&fake.url), &permit).await, Err(unavailable("a web page")));
    assert_eq!(permit.stage(), Stage::Granted);
    let long = format!(r#"{{"ok":true,"x":"{}"}}"#, "x".repeat(2 << 20));
    let fake = Fake::start(move |_| answer(200, &long)).await;
    assert_eq!(post(&api(&fake.url), &Permit::granted()).await, Err(SlackError::Lost), "too long");
}

#[tokio::test]
async fn a_wrong_content_type_does_not_matter_and_a_packed_answer_is_unpacked() {
    let typed =
        |_: &Seen| Reply { headers: vec![("content-type", "text/plain".to_owned())], ..ok(json!({"ts": "1.1"})) };
    let fake = Fake::start(typed).await;
    assert_eq!(post(&api(&fake.url), &Permit::granted()).await.unwrap()["ts"], "1.1");
    // `{"ok":true,"zipped":1}`
    let packed = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 202, 207, 86, 178, 42, 41, 42, 77, 213, 81, 170, 202, 44, 40, 72, 77,
        81, 178, 50, 172, 5, 0, 25, 98, 244, 196, 22, 0, 0, 0,
    ];
    let headers = || vec![("content-encoding", "gzip".to_owned()), ("content-type", "application/json".to_owned())];
    let fake = Fake::start(move |_| Reply { status: 200, headers: headers(), body: packed.to_vec() }).await;
    assert_eq!(post(&api(&fake.url), &Permit::granted()).await.unwrap()["zipped"], 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let thief = Fake::start(|_| ok(json!({"ts": "stolen"}))).await;
    for status in [301, 302, 303, 307, 308] {
        let location = thief.url.clone();
        let behave = move |_: &Seen| Reply { headers: vec![("location", location.clone())], ..answer(status, "") };
        let (fake, permit) = (Fake::start(behave).await, Permit::granted());
        assert_eq!(post(&api(&fake.url), &permit).await, Err(unavailable(&status.to_string())));
        assert_eq!(permit.stage(), Stage::Granted);
    }
    assert!(thief.seen().is_empty());
}

#[tokio::test]
async fn a_connection_may_break_at_any_moment() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"ok\":true";
    for connection in [
        Connection::ClosedAfterTheRequest,
        Connection::Says(cut),
        Connection::Says("HTTP/1.1 200 OK\r\n"),
        Connection::Says("SSH-2.0-OpenSSH_9.2\r\n"),
        Connection::Hangs,
    ] {
        let url = rough(connection).await;
        let (mut api, permit) = (api(&url), Permit::granted());
        api.timeout = Duration::from_millis(300);
        assert_eq!(post(&api, &permit).await, Err(SlackError::Lost), "{connection:?}");
        assert_eq!(permit.stage(), Stage::Gone, "{connection:?}: it may have been posted");
        let looked = api.call(HERE, LOOK, &json!({}), None).await;
        assert_eq!(looked, Err(unavailable(NO_ANSWER)), "{connection:?}: a look-up can be repeated");
    }
    let permit = Permit::granted();
    let error = post(&api(&rough(Connection::ClosedAtOnce).await), &permit).await.unwrap_err();
    match permit.stage() {
        Stage::Gone => assert_eq!(error, SlackError::Lost),
        _ => assert_eq!(error, SlackError::Unreachable, "nothing had left yet"),
    }
    let permit = Permit::granted();
    assert_eq!(post(&api("http://127.0.0.1:1/api/"), &permit).await, Err(SlackError::Unreachable));
    assert_eq!(permit.stage(), Stage::Unasked);
}

#[tokio::test]
async fn what_may_no_longer_be_sent_is_not_sent() {
    let fake = Fake::start(|_| ok(json!({"ts": "1.1"}))).await;
    let refused = Permit::new(|| Box::pin(std::future::ready(false)));
    assert_eq!(post(&api(&fake.url), &refused).await, Err(SlackError::Withheld));
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn an_expired_token_is_renewed_once_and_the_call_repeated_under_the_same_permit() {
    let fake = Fake::start(|seen| match seen.authorization.as_deref() {
        Some("Bearer xoxb-1") => refusal("token_expired"),
        _ => ok(json!({"ts": "1.1"})),
    })
    .await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let permit = Permit::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::ready(true))
    });
    assert_eq!(post(&api(&fake.url), &permit).await.unwrap()["ts"], "1.1");
    assert_eq!((fake.seen().len(), asked.load(Ordering::SeqCst)), (2, 1));
    assert_eq!(fake.seen()[0].body, fake.seen()[1].body);
    let fake = Fake::start(|_| refusal("token_expired")).await;
    let expired = Err(SlackError::Unauthorized { code: "token_expired".to_owned() });
    assert_eq!(post(&api(&fake.url), &Permit::granted()).await, expired);
    assert_eq!(fake.seen().len(), 2, "once");
    let fake = Fake::start(|_| refusal("token_revoked")).await;
    post(&api(&fake.url), &Permit::granted()).await.unwrap_err();
    assert_eq!(fake.seen().len(), 1, "nothing can be renewed");
}

#[tokio::test]
async fn without_an_installation_nothing_is_sent() {
    let fake = Fake::start(|_| ok(json!({}))).await;
    let there = Workspace { team: "T404", enterprise: "" };
    let error = api(&fake.url).call(there, LOOK, &json!({}), None).await;
    assert_eq!(error, Err(SlackError::NotInstalled { team: "T404".to_owned() }));
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn what_a_token_may_do_is_told_with_the_answer() {
    let scoped =
        |_: &Seen| Reply { headers: vec![("x-oauth-scopes", "chat:write, users:read,".to_owned())], ..ok(json!({})) };
    let fake = Fake::start(scoped).await;
    let tried =
        api(&fake.url).call_with(&Secret::new("xapp-7"), ("auth.test", Encoding::Json), &Value::Null).await.unwrap();
    assert_eq!(tried.scopes, ["chat:write", "users:read"]);
    assert_eq!(fake.seen()[0].authorization.as_deref(), Some("Bearer xapp-7"));
}

/// Everything that is logged in this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn open(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let all = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
        tracing::subscriber::set_default(all.with_writer(move || log.clone()).finish())
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn why_blocks_are_refused_is_logged_with_the_id_that_slacks_support_asks_for() {
    let log = Log::default();
    let told = "failed to match all allowed schemas [json-pointer:/blocks/0/text]\nforged line";
    let body =
        json!({"ok": false, "error": "invalid_blocks", "response_metadata": {"messages": ["must be one", told]}});
    let behave = move |_: &Seen| Reply { headers: vec![("x-slack-req-id", "abc123".to_owned())], ..answer(200, &body) };
    let fake = Fake::start(behave).await;
    let guard = log.open();
    let Err(SlackError::Payload { code, detail }) = post(&api(&fake.url), &Permit::granted()).await else { panic!() };
    drop(guard);
    assert_eq!(code, "invalid_blocks");
    assert_eq!(detail, format!("must be one; {}", told.replace('\n', " ")));
    let line = log.text().lines().find(|line| line.contains("WARN")).unwrap().to_owned();
    assert!(line.contains("json-pointer:/blocks/0/text") && line.contains("abc123"), "{line}");
    let warned = json!({"warning": "message_truncated", "response_metadata": {"warnings": ["missing_charset", "a b"]}});
    let fake = Fake::start(move |_| ok(warned.clone())).await;
    let guard = log.open();
    post(&api(&fake.url), &Permit::granted()).await.unwrap();
    drop(guard);
    for warning in ["message_truncated", "missing_charset", "no code"] {
        assert!(log.text().lines().any(|line| line.contains("DEBUG") && line.contains(warning)), "{warning}");
    }
}

#[tokio::test]
async fn no_secret_stands_in_a_log_an_error_or_a_debug_text() {
    let log = Log::default();
    let guard = log.open();
    let mut told = String::new();
    let echo =
        |seen: &Seen| answer(200, json!({"ok": false, "error": "invalid_arguments", "needed": seen.authorization}));
    let fakes = [
        Fake::start(|_| ok(json!({"view": {"id": "V1"}}))).await.url,
        Fake::start(echo).await.url,
        Fake::start(|_| answer(500, "")).await.url,
        Fake::start(|_| refusal("token_expired")).await.url,
        rough(Connection::ClosedAfterTheRequest).await,
        "http://127.0.0.1:1/api/".to_owned(),
        "nowhere".to_owned(),
    ];
    for url in fakes {
        let api = api(&url);
        let arguments = json!({"trigger_id": "1337.hush", "view": {"private_metadata": "hush"}});
        let answer = api.call(HERE, ("views.open", Encoding::Json), &arguments, None).await;
        let address = Secret::new(url.replace("/api/", "/hooks/hush"));
        let replied = super::super::reply::reply(&api, &address, &json!({"text": "hush"}), None).await;
        told += &format!("{api:?} {answer:?} {replied:?}");
        told += &answer.map_err(|error| error.to_string()).err().unwrap_or_default();
        told += &replied.map_err(|error| error.to_string()).err().unwrap_or_default();
    }
    drop(guard);
    let all = told + &log.text();
    assert!(all.contains("views.open"), "something is logged: {all}");
    for secret in ["xoxb-1", "xoxb-2", "hush"] {
        let line = all.lines().find(|line| line.contains(secret));
        assert_eq!(line, None);
    }
}
