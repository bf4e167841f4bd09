use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::super::testing::{APP_ID, Fake, answer, teams};
use super::*;
use crate::clock::ManualClock;

struct Stage {
    endpoint: Fake,
    status: Arc<AtomicU16>,
    clock: ManualClock,
    source: TokenSource,
}

/// Grants `t-1`, `t-2`, … for an hour, while its status is 200.
async fn stage() -> Stage {
    let (status, count) = (Arc::new(AtomicU16::new(200)), AtomicUsize::new(0));
    let now = status.clone();
    let endpoint = Fake::start(move |_| match now.load(Ordering::SeqCst) {
        200 => {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            answer(200, json!({"token_type": "Bearer", "expires_in": 3600, "access_token": format!("t-{number}")}))
        }
        status => answer(status, json!({"error": "invalid_client", "error_description": "x"})),
    })
    .await;
    let clock = ManualClock::new(Timestamp::from_second(1_800_000_000).unwrap());
    let settings = Teams { token_url: Some(endpoint.url("/token")), ..teams(&["x"]) };
    let source = bot_token(&settings, Arc::new(clock.clone())).unwrap();
    Stage { endpoint, status, clock, source }
}

impl Stage {
    async fn token(&self) -> Result<String, TokenError> {
        BotToken::token(&self.source).await.map(|token| token.expose().to_owned())
    }
}

#[tokio::test]
async fn the_bot_asks_for_the_connectors_scope_and_renews_five_minutes_early() {
    let stage = stage().await;
    assert_eq!(stage.token().await.unwrap(), "t-1");
    stage.clock.advance(SignedDuration::from_mins(54));
    assert_eq!(stage.token().await.unwrap(), "t-1");
    stage.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(stage.token().await.unwrap(), "t-2");
    let asked = &stage.endpoint.seen()[0];
    let form: std::collections::BTreeMap<_, _> = url::form_urlencoded::parse(&asked.body).into_owned().collect();
    let expected = [
        ("grant_type", "client_credentials"),
        ("client_id", APP_ID),
        ("client_secret", "the secret"),
        ("scope", "https://api.botframework.com/.default"),
    ];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    assert!(asked.authorization.is_none());
}

#[tokio::test]
async fn a_refused_token_is_dropped_and_a_newer_one_is_not() {
    let stage = stage().await;
    let first = BotToken::token(&stage.source).await.unwrap();
    BotToken::invalidate(&stage.source, &first).await;
    assert_eq!(stage.token().await.unwrap(), "t-2");
    BotToken::invalidate(&stage.source, &first).await;
    assert_eq!(stage.token().await.unwrap(), "t-2", "somebody else was slow to complain about the first");
}

#[tokio::test]
async fn a_refusal_is_told_apart_from_an_outage() {
    for (status, error) in [
        (401, TokenError::Refused { code: "invalid_client".to_owned() }),
        (400, TokenError::Refused { code: "invalid_client".to_owned() }),
        (404, TokenError::Refused { code: "404".to_owned() }),
        (500, TokenError::Unavailable),
    ] {
        let stage = stage().await;
        stage.status.store(status, Ordering::SeqCst);
        assert_eq!(stage.token().await, Err(error), "{status}");
    }
}
