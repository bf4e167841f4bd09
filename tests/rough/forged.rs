//! Tokens that nobody should believe, at the real router; and keys that change while the bot runs.

use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use onboard_bot::clock::Clock;
use onboard_bot::world::System;
use serde_json::{Value, json};

use crate::logs;
use crate::stage::Stage;

const TEXT: &str = "help";

struct Door {
    stage: Stage,
    client: reqwest::Client,
    activity: Value,
}

impl Door {
    async fn open() -> Self {
        logs::keep();
        let stage = Stage::open().await;
        let mut activity = stage.world.person("alan").envelope(&stage.world.personal("alan"), "message");
        activity["text"] = TEXT.into();
        Self { stage, client: reqwest::Client::new(), activity }
    }

    fn claims(&self) -> Value {
        let now = self.stage.clock.now().as_second();
        json!({"iss": "https://api.botframework.com", "aud": self.stage.world.state().seed.app_id.clone(), "nbf": now - 60,
            "exp": now + 3600, "serviceurl": self.stage.world.service_url()})
    }

    fn with(&self, name: &str, value: Option<Value>) -> String {
        let mut claims = self.claims();
        match value {
            Some(value) => drop(claims.as_object_mut().unwrap().insert(name.to_owned(), value)),
            None => drop(claims.as_object_mut().unwrap().remove(name)),
        }
        self.stage.world.sign(&claims).unwrap()
    }

    async fn knock(&self, authorization: Option<&str>) -> (u16, String) {
        let mut request = self.client.post(format!("{}/api/messages", self.stage.url)).json(&self.activity);
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }
}

/// The three parts of a token, the nth replaced.
fn replaced(token: &str, nth: usize, part: &str) -> String {
    let mut parts: Vec<&str> = token.split('.').collect();
    parts[nth] = part;
    parts.join(".")
}

fn base64(value: &Value) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_token_opens_nothing_and_learns_only_which_check_failed() {
    let door = Door::open().await;
    let now = door.stage.clock.now().as_second();
    let good = door.stage.world.sign(&door.claims()).unwrap();
    let shared = Header { kid: Some("world-1".to_owned()), ..Header::new(Algorithm::HS256) };
    let shared = jsonwebtoken::encode(&shared, &door.claims(), &EncodingKey::from_secret(b"guess")).unwrap();
    let key = |kid: Value| base64(&json!({"alg": "RS256", "typ": "JWT", "kid": kid}));
    let bearer = |token: &str| Some(format!("Bearer {token}"));
    let rows: Vec<(&str, Option<String>, u16, &str)> = vec![
        ("nothing", None, 401, "authorization header"),
        ("no scheme", Some(good.clone()), 401, "authorization header"),
        ("another scheme", Some(format!("Basic {good}")), 401, "authorization header"),
        ("two tokens", Some(format!("Bearer {good} {good}")), 401, "authorization header"),
        ("an empty token", Some("Bearer ".to_owned()), 401, "authorization header"),
        ("no token", bearer("hello"), 401, "cannot be read"),
        ("20 KB of token", bearer(&"a".repeat(20_000)), 401, ""),
        ("alg none", bearer(&format!("{}.{}.", base64(&json!({"alg": "none"})), base64(&door.claims()))), 401, ""),
        ("a shared secret", bearer(&shared), 401, "algorithm"),
        ("an unknown key", bearer(&replaced(&good, 0, &key(json!("evil")))), 401, "key is unknown"),
        ("a key that is a path", bearer(&replaced(&good, 0, &key(json!("../../etc/passwd")))), 401, "key is unknown"),
        ("no key", bearer(&replaced(&good, 0, &base64(&json!({"alg": "RS256"})))), 401, "key is unknown"),
        ("another's claims", bearer(&replaced(&good, 1, &base64(&door.with_claim("aud", "evil")))), 401, "signature"),
        ("no signature", bearer(&replaced(&good, 2, "")), 401, "signature"),
        ("another signature", bearer(&replaced(&good, 2, &"A".repeat(342))), 401, "signature"),
        ("another issuer", bearer(&door.with("iss", Some(json!("https://evil.example")))), 401, "issuer"),
        ("no issuer", bearer(&door.with("iss", None)), 401, "claim"),
        (
            "another audience",
            bearer(&door.with("aud", Some(json!("99999999-9999-9999-9999-999999999999")))),
            401,
            "audience",
        ),
        ("several audiences", bearer(&door.with("aud", Some(json!(["evil", door.claims()["aud"]])))), 401, ""),
        ("no audience", bearer(&door.with("aud", None)), 401, "claim"),
        ("expired", bearer(&door.with("exp", Some(json!(now - 301)))), 401, "expired"),
        ("no end", bearer(&door.with("exp", None)), 401, "claim"),
        ("not yet", bearer(&door.with("nbf", Some(json!(now + 301)))), 401, "not valid yet"),
        ("no beginning", bearer(&door.with("nbf", None)), 401, "claim"),
        ("times in words", bearer(&door.with("exp", Some(json!("tomorrow")))), 401, "claim"),
        (
            "another service",
            bearer(&door.with("serviceurl", Some(json!("https://evil.example/")))),
            403,
            "service address",
        ),
        ("no service", bearer(&door.with("serviceurl", None)), 403, "service address"),
    ];
    for (name, authorization, status, check) in rows {
        let (told, body) = door.knock(authorization.as_deref()).await;
        assert_eq!(told, status, "{name}: {body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        let why = body["error"].as_str().unwrap();
        assert!(body.as_object().unwrap().len() == 1 && why.len() < 80 && why.contains(check), "{name}: {why}");
        assert!(!why.contains("evil") && !why.contains(TEXT), "{name}: {why}");
    }
    door.stage.settle().await;
    assert!(door.stage.world.all_mail().messages().is_empty());
    assert_eq!(
        door.knock(bearer(&door.with("exp", Some(json!(now - 299)))).as_deref()).await.0,
        200,
        "300 s of leeway"
    );
    logs::assert_no_secret(&logs::kept());
}

impl Door {
    fn with_claim(&self, name: &str, value: &str) -> Value {
        let mut claims = self.claims();
        claims[name] = value.into();
        claims
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_change_while_the_bot_runs() {
    let door = Door::open().await;
    let place = door.stage.world.personal("alan");
    let old = format!("Bearer {}", door.stage.world.sign(&door.claims()).unwrap());
    door.stage.say("alan", &place, TEXT).await;
    door.stage.world.rotate_keys().unwrap();
    door.stage.say("alan", &place, TEXT).await;
    assert_eq!(door.knock(Some(&old)).await.0, 401, "the old key went with its set");
    let fetched = || door.stage.world.calls(System::Botframework).len();
    let before = fetched();
    // Forged key ids cannot make the bot ask the issuer again and again.
    for n in 0..20 {
        let forged =
            replaced(&door.with("exp", None), 0, &base64(&json!({"alg": "RS256", "kid": format!("evil-{n}")})));
        assert_eq!(door.knock(Some(&format!("Bearer {forged}"))).await.0, 401);
    }
    assert_eq!(fetched(), before);
    door.stage.world.rotate_keys().unwrap();
    door.stage.clock.advance(SignedDuration::from_mins(5));
    door.stage.say("alan", &place, TEXT).await;
}
