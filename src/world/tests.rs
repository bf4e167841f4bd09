//! Contract tests of the world itself: what it answers on the happy path and what it refuses.

use std::sync::Arc;

use jiff::SignedDuration;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

use super::{BotSettings, EffectKind, Fault, Mishap, Place, System, World, WorldOptions};
use crate::clock::{Clock, ManualClock};

mod carrier;
mod connector;
mod faults;
mod graph;
mod leaving;
mod numbers;
mod pbx;
mod people;
mod slack;
mod slack_people;

/// A world whose clock only the test turns, and an HTTP client.
struct Outside {
    world: World,
    clock: ManualClock,
    http: Client,
}

async fn outside() -> Outside {
    let clock = ManualClock::new("2026-10-01T10:00:00Z".parse().unwrap());
    let options = WorldOptions { clock: Arc::new(clock.clone()), ..WorldOptions::default() };
    Outside { world: World::start(options).await.unwrap(), clock, http: Client::builder().no_proxy().build().unwrap() }
}

impl Outside {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.world.url())
    }

    fn seconds(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    async fn login(&self, fields: &[(&str, &str)]) -> Response {
        let tenant = self.world.state().seed.tenant_id.clone();
        self.http.post(self.url(&format!("/login/{tenant}/oauth2/v2.0/token"))).form(fields).send().await.unwrap()
    }

    /// A token of the bot (`connector`) or of the directory reader (`graph`).
    async fn token(&self, of: &str) -> String {
        let seed = self.world.state().seed.clone();
        let (id, secret, scope) = match of {
            "connector" => (seed.app_id, seed.credentials.bot_secret, super::login::CONNECTOR_SCOPE),
            _ => (seed.credentials.graph_client_id, seed.credentials.graph_secret, super::login::GRAPH_SCOPE),
        };
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", id.as_str()),
            ("client_secret", secret.as_str()),
            ("scope", scope),
        ];
        let answer: Value = self.login(&fields).await.json().await.unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    async fn call(&self, method: &str, path: &str, (token, body): (&str, Option<Value>)) -> (u16, Value) {
        let request = self.http.request(method.parse().unwrap(), self.url(path)).bearer_auth(token);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or_default())
    }

    fn last_violation(&self) -> Option<String> {
        self.world.log().last().and_then(|c| c.violation.clone())
    }
}

#[tokio::test]
async fn a_generated_configuration_loads() {
    let outside = outside().await;
    let text = outside.world.bot_config(&BotSettings::default());
    let config = crate::config::load_text(&text, Vec::new()).unwrap();
    let customer = &config.customers[0];
    let pbx = customer.netsapiens.as_ref().unwrap();
    assert_eq!(pbx.emergency_addresses[1].name, "Denver HQ");
    let routes = &customer.connecttoteams.as_ref().unwrap().voice_routes;
    assert_eq!((routes[0].name.as_str(), routes[0].sbc_gateway_id), ("US East 2", 805));
}

#[tokio::test]
async fn entra_issues_tokens_to_known_clients_only() {
    let outside = outside().await;
    let app = outside.world.state().seed.app_id.clone();
    let good = [
        ("grant_type", "client_credentials"),
        ("client_id", app.as_str()),
        ("client_secret", "world-bot-secret"),
        ("scope", "https://api.botframework.com/.default"),
    ];
    for (index, value, status, error) in [
        (0, "password", 400, "unsupported_grant_type"),
        (1, "somebody", 400, "unauthorized_client"),
        (2, "guess", 401, "invalid_client"),
        (3, "everything", 400, "invalid_scope"),
    ] {
        let mut fields = good;
        fields[index].1 = value;
        let answer = outside.login(&fields).await;
        assert_eq!(answer.status(), StatusCode::from_u16(status).unwrap(), "{value}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"], error);
    }
    let body: Value = outside.login(&good).await.json().await.unwrap();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3599)));
    let log = serde_json::to_string(&outside.world.log()).unwrap();
    assert!(!log.contains("world-bot-secret"), "the log holds a secret");
    assert_eq!(outside.world.effects(EffectKind::TokenIssued), ["https://api.botframework.com/.default"]);
}

#[tokio::test]
async fn the_bot_framework_publishes_the_key_it_signs_with() {
    let outside = outside().await;
    let keys = async || {
        let url = outside.url("/botframework/v1/.well-known/openidconfiguration");
        let metadata: Value = outside.http.get(url).send().await.unwrap().json().await.unwrap();
        let keys = metadata["jwks_uri"].as_str().unwrap().to_owned();
        let keys: Value = outside.http.get(keys).send().await.unwrap().json().await.unwrap();
        keys["keys"][0].clone()
    };
    let before = keys().await;
    assert_eq!(before["endorsements"], json!(["msteams"]));
    let token = outside.world.sign(&json!({"aud": "me"})).unwrap();
    let part = |key: &Value, name: &str| key[name].as_str().unwrap().to_owned();
    let verify = |key: &Value, token: &str| {
        let key = jsonwebtoken::DecodingKey::from_rsa_components(&part(key, "n"), &part(key, "e")).unwrap();
        let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        rules.set_audience(&["me"]);
        jsonwebtoken::decode::<Value>(token, &key, &rules).is_ok()
    };
    assert!(verify(&before, &token));
    outside.world.rotate_keys().unwrap();
    let after = keys().await;
    assert_ne!(before["kid"], after["kid"]);
    let token = outside.world.sign(&json!({"aud": "me"})).unwrap();
    assert!(verify(&after, &token) && !verify(&before, &token));
}

#[tokio::test]
async fn whatever_does_not_exist_is_logged_as_unexpected() {
    let outside = outside().await;
    let (status, _) = outside.call("GET", "/somewhere/else", ("", None)).await;
    assert_eq!(status, 404);
    assert_eq!(outside.last_violation().as_deref(), Some("unexpected call"));
    assert!(outside.world.finish().unwrap_err().to_string().contains("unexpected call"));
}
