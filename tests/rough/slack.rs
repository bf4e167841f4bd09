//! Requests to Slack's addresses that nobody should believe, at the real router.

use onboard_bot::chat::slack::signature::sign;
use onboard_bot::clock::Clock;
use onboard_bot::config::Secret;
use serde_json::{Value, json};

use crate::logs;
use crate::stage::Stage;

const SECRET: &str = "a signing secret of this test";
const OLD: &str = "the one before it";
const PATHS: [&str; 3] = ["/slack/events", "/slack/commands", "/slack/interactivity"];
const COMMAND: &str = "command=%2Fvoice&text=help&team_id=T1&user_id=U1&channel_id=C1&api_app_id=A1";

struct Door {
    stage: Stage,
    client: reqwest::Client,
}

/// What is sent, but for the body.
#[derive(Clone, Default)]
struct Signed {
    timestamp: Option<String>,
    signature: Option<String>,
    twice: bool,
}

impl Door {
    async fn open() -> Self {
        logs::keep();
        let mut stage = Stage::open().await;
        stage.stop_bot().await;
        stage.config.push_str(&format!(
            "\n[slack]\nsigning_secrets = ['{SECRET}', '{OLD}']\nbot_token = 'xoxb-1'\napp_id = 'A1'\n\
             api_url = 'http://127.0.0.1:9/api/'\nallowed_teams = ['T1']\n"
        ));
        stage.start_bot().await;
        Self { stage, client: reqwest::Client::new() }
    }

    fn now(&self) -> i64 {
        self.stage.clock.now().as_second()
    }

    fn signed(&self, secret: &str, at: i64, body: &[u8]) -> Signed {
        let (timestamp, signature) = (Some(at.to_string()), Some(sign(&Secret::new(secret), at, body)));
        Signed { timestamp, signature, twice: false }
    }

    async fn knock(&self, path: &str, signed: &Signed, body: &[u8]) -> (u16, String) {
        let mut request = self.client.post(format!("{}{path}", self.stage.url)).body(body.to_vec());
        for (name, value) in
            [("x-slack-request-timestamp", &signed.timestamp), ("X-Slack-Signature", &signed.signature)]
        {
            for _ in 0..=usize::from(signed.twice) {
                if let Some(value) = value {
                    request = request.header(name, value.as_bytes());
                }
            }
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn send(&self, path: &str, body: &[u8]) -> (u16, String) {
        self.knock(path, &self.signed(SECRET, self.now(), body), body).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_request_opens_nothing_and_learns_only_which_check_failed() {
    let door = Door::open().await;
    let (now, body) = (door.now(), COMMAND.as_bytes());
    let good = door.signed(SECRET, now, body);
    let tag = good.signature.clone().unwrap();
    let with = |signature: String| Signed { signature: Some(signature), ..good.clone() };
    let at = |timestamp: &str| Signed { timestamp: Some(timestamp.to_owned()), ..good.clone() };
    let rows = [
        ("nothing", Signed::default(), "not signed"),
        ("no signature", Signed { signature: None, ..good.clone() }, "not signed"),
        ("no timestamp", Signed { timestamp: None, ..good.clone() }, "not signed"),
        ("both twice", Signed { twice: true, ..good.clone() }, "not signed"),
        ("no number", at("now"), "no number"),
        ("a number with a fraction", at(&format!("{now}.0")), "no number"),
        ("a huge number", at(&"9".repeat(30)), "no number"),
        ("another second", at(&(now - 1).to_string()), "wrong"),
        ("an old request", door.signed(SECRET, now - 301, body), "5 minutes"),
        ("a request of the future", door.signed(SECRET, now + 301, body), "5 minutes"),
        ("another secret", door.signed("guess", now, body), "wrong"),
        ("another body", door.signed(SECRET, now, b"command=%2Fvoice"), "wrong"),
        ("no body signed", door.signed(SECRET, now, b""), "wrong"),
        ("empty", with(String::new()), "wrong"),
        ("no version", with(tag.replace("v0=", "")), "wrong"),
        ("another version", with(tag.replace("v0=", "v1=")), "wrong"),
        ("upper case", with(tag.to_uppercase().replace("V0=", "v0=")), "wrong"),
        ("cut short", with(tag[..60].to_owned()), "wrong"),
        ("zeros", with(format!("v0={}", "0".repeat(64))), "wrong"),
        ("not ASCII", with("v0=\u{e9}".to_owned()), ""),
        ("20 KB", with(format!("v0={}", "a".repeat(20_000))), ""),
    ];
    for (name, signed, check) in &rows {
        for path in PATHS {
            let (status, told) = door.knock(path, signed, body).await;
            assert!(status == 401 || (name == &"20 KB" && status == 431), "{name} at {path}: {status} {told}");
            assert!(told.contains(check) && told.len() < 100 && !told.contains(&tag), "{name}: {told}");
        }
    }
    let (status, _) = door.knock(PATHS[1], &door.signed(OLD, now - 299, body), body).await;
    assert_eq!(status, 400, "signed with the old secret; but a command without its trigger is none");
    logs::assert_no_secret(&logs::kept());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_signed_gets_a_plain_answer() {
    let door = Door::open().await;
    let event = |more: Value| {
        let mut event = json!({"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": "Ev1",
            "event": {"type": "message", "user": "U1", "channel": "D1", "ts": "1.1", "text": "help"}});
        more.as_object().unwrap().iter().for_each(|(name, value)| event[name] = value.clone());
        event.to_string()
    };
    let form = |payload: Value| {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("payload", &payload.to_string()).finish()
    };
    let verification = json!({"type": "url_verification", "challenge": "abc", "token": "x"}).to_string();
    let link = json!([{"type": "button", "action_id": "open", "url": "https://contoso.com"}]);
    let press = |more: Value| {
        let mut press = json!({"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U1"}, "api_app_id": "A1",
            "actions": link, "trigger_id": "1.2"});
        more.as_object().unwrap().iter().for_each(|(name, value)| press[name] = value.clone());
        form(press)
    };
    let rows: Vec<(&str, String, u16, &str)> = vec![
        ("url_verification", verification, 200, r#"{"challenge":"abc"}"#),
        ("an event", event(json!({})), 200, ""),
        ("the same again", event(json!({})), 200, ""),
        ("an event that nobody listens to", event(json!({"event": {"type": "emoji_changed"}})), 200, ""),
        ("an outer type of the future", event(json!({"type": "something_new"})), 200, ""),
        ("a rate limit", event(json!({"type": "app_rate_limited"})), 200, ""),
        ("another app", event(json!({"api_app_id": "A2"})), 403, "the app is not this one"),
        ("another workspace", event(json!({"team_id": "T2"})), 403, "the workspace is not allowed"),
        ("no workspace", event(json!({"team_id": null})), 403, "the workspace is not allowed"),
        ("a link", press(json!({})), 200, ""),
        ("a press of another workspace", press(json!({"team": {"id": "T2"}})), 403, "the workspace"),
        ("a closed form", form(json!({"type": "view_closed", "team": {"id": "T1"}})), 200, ""),
        ("a kind of the future", form(json!({"type": "something_new", "team": {"id": "T1"}})), 200, ""),
        ("ssl_check", "ssl_check=1&token=x".into(), 200, ""),
        ("broken JSON", r#"{"type":"event_callback","#.into(), 400, "cannot be read"),
        ("a broken payload", "payload=%7B".into(), 400, "cannot be read"),
        ("nothing", String::new(), 400, "none of the kinds"),
        ("words", "hello".into(), 400, "none of the kinds"),
        ("a list", "[]".into(), 400, "none of the kinds"),
        ("depth", "{\"a\":".repeat(100_000), 400, "cannot be read"),
        ("1 MiB and a byte", "x".repeat(1024 * 1024 + 1), 413, "1 MiB"),
    ];
    for (name, body, status, answer) in &rows {
        for path in PATHS {
            let (told, words) = door.send(path, body.as_bytes()).await;
            assert_eq!(told, *status, "{name} at {path}: {words}");
            assert!(words.contains(answer) && (!answer.is_empty() || words.is_empty()), "{name}: {words}");
        }
    }
    // Nothing but the certificate is asked about, so nobody needs a signature.
    assert_eq!(door.knock(PATHS[0], &Signed::default(), b"ssl_check=1").await, (200, String::new()));
    assert_eq!(door.knock(PATHS[0], &Signed::default(), b"ssl_check=true").await.0, 401);
    let get = door.client.get(format!("{}{}", door.stage.url, PATHS[0])).send().await.unwrap();
    assert_eq!(get.status(), 405);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_comes_twice_at_once_is_answered_both_times() {
    let door = Door::open().await;
    let body = format!("{COMMAND}&trigger_id=1.2.3");
    let [one, other] = [PATHS[0], PATHS[1]].map(|path| door.send(path, body.as_bytes()));
    for (status, told) in <[_; 2]>::from(tokio::join!(one, other)) {
        assert_eq!(status, 200, "{told}");
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told["response_type"], "ephemeral");
        assert!(told["text"].as_str().is_some_and(|text| text.starts_with("I got it")), "{told}");
    }
}
