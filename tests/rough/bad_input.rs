//! Whatever comes in: a clear answer or a plain refusal, nothing changed outside, nothing lost, never a 500.

use jiff::SignedDuration;
use onboard_bot::world::{Effect, EffectKind, Place, Seed};
use serde_json::{Value, json};

use crate::logs;
use crate::scene::{APPROVE, CHOICES, CONFIRM, End, People, asked};
use crate::stage::Stage;

/// Stands in every text that is typed here, so that it can be looked for where it must not be.
const MARK: &str = "xyzzy-typed-by-somebody";

/// Template syntax of three languages, markup, SQL, an end of a mention, a mark that turns the direction around.
const HOSTILE: &str = "${version} ${$root.a} {{DATE(2026-01-01T00:00:00Z,SHORT)}} { $x } </at><at>Bob</at> **b** [x](http://evil.example) \
    '; DROP TABLE requests;-- \u{202e}abc <b>b</b> 🦀";

struct Outside {
    stage: Stage,
    place: Place,
    client: reqwest::Client,
}

impl Outside {
    fn claims(&self) -> Value {
        let now = onboard_bot::clock::Clock::now(&self.stage.clock).as_second();
        json!({"iss": "https://api.botframework.com", "aud": self.stage.world.state().seed.app_id.clone(), "nbf": now - 60,
            "exp": now + 3600, "serviceurl": self.stage.world.service_url()})
    }

    async fn post(&self, body: impl Into<reqwest::Body>, claims: Option<&Value>) -> (u16, String) {
        let request = self.client.post(format!("{}/api/messages", self.stage.url)).body(body);
        let request = request.header("content-type", "application/json");
        let request = match claims {
            Some(claims) => request.bearer_auth(self.stage.world.sign(claims).unwrap()),
            None => request,
        };
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Nothing was changed but the conversation itself.
    fn untouched(&self, after: &str) {
        let effects = self.stage.world.log().into_iter().filter_map(|call| call.effect);
        let talk = |e: &Effect| {
            use EffectKind::{ConversationCreated, MessagePosted, MessageUpdated, TokenIssued};
            matches!(e.kind, MessagePosted | MessageUpdated | TokenIssued | ConversationCreated)
        };
        let done: Vec<Effect> = effects.filter(|e| !talk(e)).collect();
        assert!(done.is_empty(), "after {after}: {done:?}");
    }

    async fn ready(&self) -> bool {
        self.client.get(format!("{}/readyz", self.stage.url)).send().await.unwrap().status() == 200
    }

    fn message(&self, text: &str) -> Value {
        let mut activity = self.stage.world.person("alan").envelope(&self.place, "message");
        activity["text"] = text.into();
        activity
    }

    fn action(&self, action: Value) -> Value {
        let mut activity = self.stage.world.person("alan").envelope(&self.place, "invoke");
        activity["name"] = "adaptiveCard/action".into();
        activity["value"] = json!({"action": action, "trigger": "manual"});
        activity
    }

    fn press(&self, verb: &str, data: Value) -> Value {
        self.action(json!({"type": "Action.Execute", "verb": verb, "data": data}))
    }
}

/// With its last argument, one member replaced (a JSON pointer of it) or, by `None`, taken away.
fn with(mut activity: Value, at: &str, value: Option<Value>) -> Value {
    let (parent, key) = at.rsplit_once('/').unwrap();
    let map = activity.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => drop(map.insert(key.to_owned(), value)),
        None => drop(map.remove(key)),
    }
    activity
}

async fn outside() -> Outside {
    logs::keep();
    let stage = Stage::open().await;
    let place = stage.world.personal("alan");
    Outside { stage, place, client: reqwest::Client::new() }
}

/// Bodies that are no activities, and activities with members of the wrong type.
fn shapes(outside: &Outside) -> Vec<(String, Vec<u8>, u16)> {
    let plain = outside.message(&format!("status {MARK}"));
    let deep = format!("{{\"type\":\"message\",\"value\":{}{}}}", "[".repeat(50_000), "]".repeat(50_000));
    let mut invalid = plain.to_string().replace(MARK, "\u{1}\u{1}").into_bytes();
    invalid.iter_mut().filter(|b| **b == 1).for_each(|b| *b = 0xff);
    let mut rows: Vec<(String, Vec<u8>, u16)> = vec![
        ("malformed JSON".into(), b"{".to_vec(), 400),
        ("an empty body".into(), Vec::new(), 400),
        ("an array".into(), b"[]".to_vec(), 400),
        ("a text".into(), format!("\"{MARK}\"").into_bytes(), 400),
        ("null".into(), b"null".to_vec(), 400),
        ("an empty object".into(), b"{}".to_vec(), 400),
        ("a form".into(), b"payload=%7B%7D".to_vec(), 400),
        ("two bodies in one".into(), format!("{plain}{plain}").into_bytes(), 400),
        ("a raw NUL".into(), plain.to_string().replace(MARK, "\0").into_bytes(), 400),
        ("invalid UTF-8".into(), invalid, 400),
        ("50,000 levels".into(), deep.into_bytes(), 400),
        ("2 MB".into(), outside.message(&"a".repeat(2 << 20)).to_string().into_bytes(), 413),
    ];
    for (at, value, status) in [
        ("/type", Some(json!(5)), 400),
        ("/type", None, 400),
        ("/id", Some(json!(5)), 400),
        ("/id", Some(json!("")), 400),
        ("/id", None, 400),
        ("/from", Some(json!(MARK)), 400),
        ("/from", None, 403),
        ("/from/id", Some(json!(7)), 400),
        ("/from/id", Some(json!("")), 400),
        ("/from/aadObjectId", None, 403),
        ("/from/aadObjectId", Some(json!({"a": 1})), 400),
        ("/from/name", Some(json!([])), 400),
        ("/recipient", Some(json!(3)), 400),
        ("/conversation", Some(json!([])), 400),
        ("/conversation", None, 400),
        ("/conversation/id", Some(json!("")), 400),
        ("/conversation/tenantId", Some(json!("99999999-9999-9999-9999-999999999999")), 403),
        ("/channelData", Some(json!("x")), 400),
        ("/channelData/tenant/id", Some(json!("99999999-9999-9999-9999-999999999999")), 403),
        ("/channelId", Some(json!(true)), 400),
        ("/channelId", Some(json!("directline")), 403),
        ("/channelId", None, 403),
        ("/serviceUrl", Some(json!({})), 400),
        ("/serviceUrl", Some(json!("https://evil.example/")), 403),
        ("/text", Some(json!({"a": MARK})), 400),
        ("/text", Some(json!(12)), 400),
        ("/entities", Some(json!({"type": "mention"})), 400),
        ("/membersAdded", Some(json!("x")), 400),
        ("/action", Some(json!(1)), 400),
        ("/name", Some(json!(1)), 400),
        ("/replyToId", Some(json!({})), 400),
    ] {
        let shown = value.as_ref().map_or("absent".to_owned(), Value::to_string);
        rows.push((format!("{at} is {shown}"), with(plain.clone(), at, value).to_string().into_bytes(), status));
    }
    let nowhere = with(with(plain, "/conversation/tenantId", None), "/channelData", None);
    rows.push(("no tenant".into(), nowhere.to_string().into_bytes(), 403));
    let press = outside.press("approve", json!({"request": "ONB-1", "version": 1}));
    for (name, activity, status) in [
        ("an unknown invoke", with(press.clone(), "/name", Some(json!("composeExtension/query"))), 501),
        ("an invoke without a name", with(press.clone(), "/name", None), 501),
        ("an invoke without a value", with(press.clone(), "/value", None), 400),
        ("an action that is a text", with(press.clone(), "/value/action", Some(json!("approve"))), 400),
        ("a verb that is a number", with(press.clone(), "/value/action/verb", Some(json!(7))), 400),
        ("no verb", with(press, "/value/action/verb", None), 400),
        ("100 inputs", outside.press("submit", (0..100).map(|n| (format!("i{n}"), json!("x"))).collect()), 400),
        ("an input of 5 KB", outside.press("reject", json!({"request": "ONB-1", "reason": "x".repeat(5000)})), 400),
    ] {
        rows.push((name.to_owned(), activity.to_string().into_bytes(), status));
    }
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_activity_is_refused_with_the_exact_status_and_does_nothing() {
    let outside = outside().await;
    let claims = outside.claims();
    let rows = shapes(&outside);
    assert!(rows.len() >= 45, "{} rows", rows.len());
    for (name, body, status) in rows {
        let (told, text) = outside.post(body, Some(&claims)).await;
        assert_eq!(told, status, "{name}: {text}");
        assert!(!text.contains(MARK) && text.len() < 200, "{name}: {text}");
        outside.untouched(&name);
    }
    let big = outside.message(&"a".repeat(2 << 20)).to_string();
    assert_eq!(outside.post(big, None).await.0, 401, "strangers learn nothing of sizes");
    let mut unaddressed = claims.clone();
    unaddressed.as_object_mut().unwrap().remove("serviceurl");
    assert_eq!(outside.post(outside.message("help").to_string(), Some(&unaddressed)).await.0, 403);
    outside.stage.settle().await;
    assert!(outside.stage.world.all_mail().messages().is_empty(), "nothing of all that is answered in a chat");
    assert!(outside.ready().await);
    proven(outside).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_methods_and_paths_lead_nowhere() {
    let outside = outside().await;
    use reqwest::Method;
    for (method, path, status) in [
        (Method::GET, "/api/messages", 405),
        (Method::PUT, "/api/messages", 405),
        (Method::DELETE, "/api/messages", 405),
        (Method::HEAD, "/api/messages", 405),
        (Method::OPTIONS, "/api/messages", 405),
        (Method::POST, "/api/messages/", 404),
        (Method::POST, "/api/messages/ONB-1", 404),
        (Method::GET, "/", 404),
        (Method::GET, "/api", 404),
        (Method::GET, "/.env", 404),
        (Method::GET, "/%2e%2e/%2e%2e/etc/passwd", 404),
        (Method::POST, "/slack/events", 404),
        (Method::POST, "/livez", 405),
        (Method::HEAD, "/livez", 200),
        (Method::HEAD, "/readyz", 200),
    ] {
        let response =
            outside.client.request(method.clone(), format!("{}{path}", outside.stage.url)).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{method} {path}");
    }
    outside.untouched("other paths");
}

/// What is typed, and what is answered to it.
fn typed() -> Vec<(String, &'static str)> {
    let mut rows: Vec<(String, &str)> = vec![
        ("\0".into(), "invisible character"),
        (format!("frobnicate {MARK}"), "I do not know"),
        (format!("/onboard {MARK}"), "no user name"),
        ("/onboard".into(), "For whom?"),
        ("/onboard alice@contoso.com".into(), "Which extension?"),
        ("/onboard alice@contoso.com ext".into(), "A value is missing"),
        ("/onboard alice@contoso.com ext 0".into(), "An extension has 3 to 6 digits"),
        ("/onboard alice@contoso.com ext 12345678901234567890".into(), "An extension has 3 to 6 digits"),
        ("/onboard alice@contoso.com ext ١٠٠٠".into(), "only the digits 0 to 9 count"),
        ("/onboard alice@contoso.com ext -1000".into(), "is no"),
        ("/onboard al\u{200b}ice@contoso.com ext 1000".into(), "U+200B"),
        ("/onboard \u{202e}alice@contoso.com ext 1000".into(), "U+202E"),
        ("/onboard аlice@contoso.com ext 1000".into(), "which no user name has"),
        ("/onboard alice@contoso.com\u{202c} ext 1000".into(), "U+202C"),
        ("/onboard ${alice}@contoso.com ext 1000".into(), "which no user name has"),
        ("/onboard {{alice}}@contoso.com ext 1000".into(), "which no user name has"),
        ("/onboard alice@contoso.com'--;DROP ext 1000".into(), "alice@contoso.com'--;DROP"),
        ("/onboard alice/memberOf@contoso.com ext 1000".into(), "which no user name has"),
        ("/onboard alice@evil.example ext 1000".into(), "I do not look after evil.example"),
        ("/onboard ${version} ext 1000".into(), "$ {version}"),
        (format!("/onboard {}@contoso.com ext 1000", "a".repeat(65)), "too long"),
        (format!("/onboard alice@contoso.com ext 1000 reason {}", "x".repeat(2001)), "That is too long"),
        ("🦀".repeat(2001), "That is too long"),
        ("status ONB-999".into(), "I know no such request"),
        ("approve ONB-4294967296".into(), "is no request"),
        ("approve ONB-0".into(), ""),
        ("cancel ONB-999".into(), "I know no such request"),
        ("reject ONB-1".into(), "Please say why"),
        ("status '; DROP TABLE requests;--".into(), ""),
    ];
    rows.push((format!("help {HOSTILE}"), ""));
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_is_answered_in_words_and_does_nothing() {
    let outside = outside().await;
    for (text, answer) in typed() {
        let before = outside.stage.world.mailbox(&outside.place).messages().len();
        let (status, body) = outside.post(outside.message(&text).to_string(), Some(&outside.claims())).await;
        assert_eq!(status, 200, "{text}: {body}");
        let told = told_after(&outside, before).await;
        assert!(told.contains(answer), "{text:?} was answered with {told:?}");
        assert!(!told.contains("${") && !told.contains("<at>"), "{text:?} was answered with {told:?}");
        outside.untouched(&text);
        // The chat's own pace: a conversation takes eight messages in two seconds.
        outside.stage.clock.advance(SignedDuration::from_secs(2));
    }
    assert!(outside.ready().await);
    proven(outside).await;
}

async fn told_after(outside: &Outside, before: usize) -> String {
    let mut changes = outside.stage.world.changes();
    let wait = async {
        loop {
            if let Some(message) = outside.stage.world.mailbox(&outside.place).messages().get(before) {
                return message.activity.to_string().replace("\\\\", "").replace("\\\"", "\"");
            }
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), wait).await.unwrap_or_else(|_| panic!("no answer came"))
}

/// Buttons that no card of ours has, or not like this. `V` stands for the right version.
fn presses(version: u64) -> Vec<(&'static str, &'static str, Value, &'static str)> {
    let choice = |route: &str, address: &str| json!({"request": "ONB-1", "version": version, "route": route, "emergency_address": address});
    vec![
        (
            "a request that is not there",
            "approve",
            json!({"request": "ONB-999", "version": 1}),
            "I know no such request",
        ),
        ("a request that is none", "approve", json!({"request": HOSTILE, "version": 1}), "I know no such request"),
        ("a request that is a number", "approve", json!({"request": 1, "version": 1}), "I know no such request"),
        ("no data", "approve", json!({}), "I know no such request"),
        ("data that is an array", "submit", json!([1, 2]), "I know no such request"),
        ("an unknown verb", "explode", json!({"request": "ONB-1", "version": version}), "I do not know this button"),
        (
            "a verb of SQL",
            "'; DROP TABLE requests;--",
            json!({"request": "ONB-1", "version": version}),
            "I do not know this button",
        ),
        ("an old version", "submit", json!({"request": "ONB-1", "version": version - 1}), "out of date"),
        ("a version that is a word", "submit", json!({"request": "ONB-1", "version": "new"}), "out of date"),
        ("a negative version", "submit", json!({"request": "ONB-1", "version": -1}), "out of date"),
        ("a huge version", "submit", json!({"request": "ONB-1", "version": 1e30}), "out of date"),
        ("a version that is a list", "submit", json!({"request": "ONB-1", "version": [version]}), "out of date"),
        ("no version", "submit", json!({"request": "ONB-1"}), "out of date"),
        ("no choices", "submit", json!({"request": "ONB-1", "version": version}), ""),
        ("a route that is not offered", "submit", choice("Mars", "a-denver-hq"), ""),
        ("a route that is a template", "submit", choice("${version}", "a-denver-hq"), ""),
        ("an address that is not offered", "submit", choice("US West", "a-nowhere"), ""),
        ("a part of an address", "submit", choice("US West", "Denver"), ""),
        (
            "a voicemail that is none",
            "submit",
            with(choice("US West", "a-denver-hq"), "/voicemail", Some(json!("fax"))),
            "",
        ),
        (
            "a location that is not offered",
            "submit",
            with(choice("US West", "a-denver-hq"), "/location", Some(json!(HOSTILE))),
            "",
        ),
        (
            "an input that is an object",
            "submit",
            with(choice("US West", "a-denver-hq"), "/route", Some(json!({"a": 1}))),
            "",
        ),
        ("approval before it is asked for", "approve", json!({"request": "ONB-1", "version": version}), ""),
        ("a retry of what runs", "retry", json!({"request": "ONB-1", "version": version}), "not sent for approval yet"),
        ("a guided step of nobody", "guided_done", json!({"request": "ONB-1", "version": version}), ""),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_pressed_is_answered_to_the_presser_and_does_nothing() {
    let outside = outside().await;
    outside.stage.say("alan", &outside.place, "/onboard alice@contoso.com ext 1000").await;
    let confirm = outside.stage.see(&outside.place, CONFIRM).await;
    let card = confirm.card.clone().unwrap();
    let version = card["actions"][0]["data"]["version"].as_u64().unwrap();
    for (name, verb, data, answer) in presses(version) {
        let (status, body) = outside.post(outside.press(verb, data).to_string(), Some(&outside.claims())).await;
        assert_eq!(status, 200, "{name}: {body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["type"], "application/vnd.microsoft.activity.message", "{name}: {body}");
        let told = body["value"].as_str().unwrap();
        assert!(told.len() > 20 && told.contains(answer) && !told.contains("${"), "{name}: {told}");
        assert!(!told.contains("sent for approval."), "{name}: {told}");
        outside.untouched(name);
    }
    outside.stage.settle().await;
    let now = outside.stage.world.mailbox(&outside.place).messages();
    assert_eq!((now.len(), now[0].edits), (1, 0), "no card was changed");
    // A stranger with the right version.
    let mallory = outside.stage.world.person("mallory");
    let mut activity = outside.press(
        "submit",
        json!({"request": "ONB-1", "version": version, "route": "US West", "emergency_address": "a-denver-hq"}),
    );
    activity["from"] = mallory.envelope(&outside.place, "invoke")["from"].clone();
    let (status, body) = outside.post(activity.to_string(), Some(&outside.claims())).await;
    assert!(status == 200 && body.contains("no role"), "{status} {body}");
    outside.untouched("a stranger");
    outside.stage.say("alan", &outside.place, "cancel ONB-1").await;
    outside.stage.see(&outside.place, "cancelled ONB-1").await;
    assert!(outside.ready().await);
    proven(outside).await;
}

/// A correct command still does what it should.
async fn proven(outside: Outside) {
    let thread = outside.stage.world.channel_thread();
    let mut people = People::default();
    outside.stage.say("alan", &thread, "/onboard alice@contoso.com ext 1000").await;
    let end = people.see_through(&outside.stage, &thread, SignedDuration::from_mins(10)).await;
    assert!(matches!(end, End::Done), "{end:?}");
    assert!(outside.stage.world.violations().is_empty(), "{:?}", outside.stage.world.violations());
    let logs = logs::kept();
    logs::assert_no_secret(&logs);
    assert!(!logs.contains(MARK) && !logs.contains("DROP TABLE"), "the log holds what people typed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_names_and_reasons_are_shown_and_do_nothing() {
    logs::keep();
    let mut seed = Seed::default();
    for user in &mut seed.users {
        if user.user_principal_name.starts_with("alan@") || user.user_principal_name.starts_with("bob@") {
            user.display_name = format!("{HOSTILE} {}", user.display_name);
        }
    }
    for human in &mut seed.people {
        human.name = format!("{} {HOSTILE}", human.name);
    }
    let stage = Stage::open_with(seed, |_| {}).await;
    let thread = stage.world.channel_thread();
    let reason = HOSTILE.replace('\u{202e}', "").replace("'; ", "");
    stage.say("alan", &thread, &format!("/onboard alice@contoso.com ext 1000 reason {MARK} {reason}")).await;
    let confirm = stage.see(&thread, CONFIRM).await;
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    let approval = stage.see(&thread, APPROVE).await;
    assert!(approval.plain().contains("$ {version}"), "{}", approval.plain());
    let told = stage.press("bob", &approval, "Reject", &[("reason", HOSTILE)]).await;
    assert!(told.contains("You rejected ONB-1"), "{told}");
    stage.see(&thread, "rejected ONB-1").await;
    stage.settle().await;
    let second = stage.world.personal("alan");
    let approval = asked(&stage, &second).await;
    assert!(!approval.plain().is_empty());
    for message in stage.world.all_mail().messages() {
        let sent = message.activity.to_string();
        assert!(!sent.contains("${"), "{sent}");
        let body = message.card.map(|card| card["body"].to_string()).unwrap_or(message.text);
        assert!(!body.contains("<b>b</b>") && !body.contains("<at>Bob</at>*"), "{body}");
    }
    assert!(stage.world.violations().is_empty(), "{:?}", stage.world.violations());
    assert!(stage.world.effects(EffectKind::DeviceCreated).is_empty());
    let logs = logs::kept();
    logs::assert_no_secret(&logs);
    assert!(!logs.contains(MARK), "the log holds what people typed");
}
