use serde_json::json;

use super::*;

fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish().into_bytes()
}

fn parse(body: &[u8]) -> Result<&'static str, Malformed> {
    Payload::parse(body).map(|payload| match payload {
        Payload::Event(_) => "event",
        Payload::Command(_) => "command",
        Payload::Interaction(_) => "interaction",
        Payload::SslCheck => "ssl check",
    })
}

#[test]
fn a_body_is_told_by_its_content() {
    let rows = [
        (br#" {"type":"event_callback"}"#.to_vec(), Ok("event")),
        (form(&[("command", "/onboard"), ("text", "")]), Ok("command")),
        (form(&[("payload", "{}")]), Ok("interaction")),
        (form(&[("ssl_check", "1"), ("token", "x")]), Ok("ssl check")),
        (form(&[("ssl_check", "0")]), Err(Malformed::UnknownKind)),
        (form(&[("payload", "{")]), Err(Malformed::Unreadable)),
        (b"{\"type\":".to_vec(), Err(Malformed::Unreadable)),
        (b"{\"type\":1}}".to_vec(), Err(Malformed::Unreadable)),
        (b"{\"\xff\":1}".to_vec(), Err(Malformed::Unreadable)),
        (b"[]".to_vec(), Err(Malformed::UnknownKind)),
        (b"".to_vec(), Err(Malformed::UnknownKind)),
        (b"hello".to_vec(), Err(Malformed::UnknownKind)),
    ];
    for (body, expected) in rows {
        assert_eq!(parse(&body), expected, "{}", String::from_utf8_lossy(&body));
    }
    assert!(
        is_ssl_check(b"ssl_check=1&token=x")
            && !is_ssl_check(b"ssl_check=true")
            && !is_ssl_check(&form(&[("payload", "{}")]))
    );
}

/// The samples of the official Java SDK are blanked: every field is there and empty, null or zero.
#[test]
fn whatever_type_a_field_has_is_read() {
    let blanks = [
        json!(null),
        json!(""),
        json!(0),
        json!(1.5),
        json!(false),
        json!([]),
        json!({}),
        json!([{"id": 1}]),
        json!("x"),
    ];
    let names = [
        "type",
        "challenge",
        "api_app_id",
        "team_id",
        "enterprise_id",
        "context_team_id",
        "event_id",
        "authorizations",
        "event",
        "command",
        "text",
        "user_id",
        "channel_id",
        "trigger_id",
        "response_url",
        "team",
        "enterprise",
        "user",
        "channel",
        "container",
        "message",
        "view",
        "state",
        "actions",
        "callback_id",
        "tokens",
        "edited",
        "subtype",
        "bot_id",
        "ts",
        "thread_ts",
        "tab",
        "inviter",
        "values",
        "blocks",
        "element",
        "action_id",
        "value",
        "url",
        "is_ephemeral",
        "is_bot",
        "private_metadata",
        "bot",
        "id",
    ];
    for blank in &blanks {
        let flat: serde_json::Map<_, _> = names.iter().map(|name| ((*name).to_owned(), blank.clone())).collect();
        let flat = Value::Object(flat);
        let mut deep = flat.clone();
        for name in ["event", "view", "state", "container", "user", "team", "tokens", "message", "element"] {
            deep[name] = flat.clone();
        }
        for name in ["authorizations", "actions", "blocks"] {
            deep[name] = json!([flat, null, 1, "x", []]);
        }
        for kind in ["events_api", "slash_commands", "interactive"] {
            for payload in [&flat, &deep] {
                assert!(Payload::of_socket(kind, payload.clone()).is_ok(), "{kind} {payload}");
                let body = payload.to_string();
                assert!(Payload::parse(body.as_bytes()).is_ok(), "{body}");
                assert!(Payload::parse(&form(&[("payload", &body)])).is_ok(), "{body}");
            }
        }
    }
}

/// One name, several types.
#[test]
fn an_event_about_something_else_is_read_too() {
    for event in [
        json!({"type": "user_change", "user": {"id": "U1", "profile": {}}}),
        json!({"type": "channel_created", "channel": {"id": "C1", "name": "x"}}),
        json!({"type": "message", "subtype": "message_changed", "message": {"text": "x"}, "previous_message": {}}),
        json!({"type": "reaction_added", "item": {"type": "message", "ts": "1"}, "user": "U1"}),
        json!({"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": ["U2", 3, null]}}),
        json!({"type": "from_the_future", "text": ["a"], "ts": 1700000000.0001}),
    ] {
        let body = json!({"type": "event_callback", "event": event}).to_string();
        let Ok(Payload::Event(read)) = Payload::parse(body.as_bytes()) else { panic!("{body}") };
        assert!(read.event.ts.is_none(), "a number would lose digits");
        assert!(read.event.kind.is_some());
    }
}

#[test]
fn what_people_write_is_not_in_logs() {
    let body = json!({"type": "event_callback", "event": {"type": "message", "text": "secret words"}}).to_string();
    let shown = format!("{:?}", Payload::parse(body.as_bytes()).unwrap());
    assert!(!shown.contains("secret"), "{shown}");
}
