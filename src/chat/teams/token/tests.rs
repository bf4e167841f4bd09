use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};

use serde_json::json;

use super::super::testing::{APP_ID, Answer, Fake, answer, teams};
use super::*;
use crate::clock::ManualClock;

struct Stage {
    endpoint: Fake,
    status: Arc<AtomicU16>,
    clock: ManualClock,
    source: Arc<ClientCredentials>,
}

fn source(endpoint: &Fake, clock: &ManualClock) -> Arc<ClientCredentials> {
    let settings = Teams { token_url: Some(endpoint.url("/token")), ..teams(&["x"]) };
    Arc::new(ClientCredentials::new(&settings, Arc::new(clock.clone())).unwrap())
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
        status => {
            answer(status, json!({"error": "invalid_client", "error_description": "x", "error_codes": [7_000_215]}))
        }
    })
    .await;
    let clock = ManualClock::new(Timestamp::from_second(1_800_000_000).unwrap());
    let source = source(&endpoint, &clock);
    Stage { endpoint, status, clock, source }
}

impl Stage {
    async fn token(&self) -> Result<String, TokenError> {
        self.source.token().await.map(|token| token.expose().to_owned())
    }
}

#[tokio::test]
async fn a_token_is_fetched_once_and_renewed_five_minutes_early() {
    let stage = stage().await;
    assert_eq!(stage.token().await.unwrap(), "t-1");
    stage.clock.advance(SignedDuration::from_mins(54));
    assert_eq!(stage.token().await.unwrap(), "t-1");
    stage.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(stage.token().await.unwrap(), "t-2");
    let asked = &stage.endpoint.seen()[0];
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&asked.body).into_owned().collect();
    let expected = [
        ("grant_type", "client_credentials"),
        ("client_id", APP_ID),
        ("client_secret", "the secret"),
        ("scope", "https://api.botframework.com/.default"),
    ];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert!(asked.authorization.is_none());
}

#[tokio::test]
async fn many_at_once_share_one_fetch() {
    let stage = stage().await;
    let all: Vec<_> = (0..20)
        .map(|_| {
            let source = stage.source.clone();
            tokio::spawn(async move { source.token().await })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.unwrap().unwrap().expose(), "t-1");
    }
    assert_eq!(stage.endpoint.count("/token"), 1);
}

#[tokio::test]
async fn the_old_token_serves_to_its_end_when_it_cannot_be_renewed() {
    let stage = stage().await;
    stage.token().await.unwrap();
    stage.status.store(503, Ordering::SeqCst);
    stage.clock.advance(SignedDuration::from_mins(59));
    assert_eq!(stage.token().await.unwrap(), "t-1");
    stage.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(stage.token().await, Err(TokenError::Unavailable));
}

#[tokio::test]
async fn a_refused_token_is_dropped_and_a_newer_one_is_not() {
    let stage = stage().await;
    let first = stage.source.token().await.unwrap();
    stage.source.invalidate(&first).await;
    assert_eq!(stage.token().await.unwrap(), "t-2");
    stage.source.invalidate(&first).await;
    assert_eq!(stage.token().await.unwrap(), "t-2", "somebody else was slow to complain about the first");
}

#[tokio::test]
async fn refusals_outages_and_nonsense_are_told_apart() {
    let stage = stage().await;
    for (status, error) in [
        (401, TokenError::Refused { status: 401, code: "invalid_client 7000215".to_owned() }),
        (400, TokenError::Refused { status: 400, code: "invalid_client 7000215".to_owned() }),
        (429, TokenError::Unavailable),
        (500, TokenError::Unavailable),
        (204, TokenError::Refused { status: 204, code: "no code".to_owned() }),
    ] {
        stage.status.store(status, Ordering::SeqCst);
        assert_eq!(stage.token().await, Err(error), "{status}");
    }
    for body in ["", "{}", r#"{"access_token":""}"#, r#"{"error":"x"}"#, r#"{"access_token":7}"#] {
        let endpoint = Fake::start(move |_| answer(200, body)).await;
        let token = source(&endpoint, &stage.clock).token().await;
        assert_eq!(token.map(drop), Err(TokenError::Shape), "{body}");
    }
    let shown = format!("{:?} {}", stage.source, TokenError::Shape);
    assert!(!shown.contains("the secret") && !shown.contains("t-1"), "{shown}");
}

#[tokio::test]
async fn the_secret_does_not_follow_a_redirect() {
    let thief = Fake::start(|_| answer(200, json!({"access_token": "stolen", "expires_in": 3600}))).await;
    let location = thief.url("/token");
    let redirect = move |_: &_| Answer { headers: vec![("location", location.clone())], ..answer(307, "") };
    let endpoint = Fake::start(redirect).await;
    let stage = stage().await;
    let token = source(&endpoint, &stage.clock).token().await;
    assert_eq!(token.map(drop), Err(TokenError::Refused { status: 307, code: "no code".to_owned() }));
    assert!(thief.seen().is_empty());
}

#[tokio::test]
async fn a_lifetime_may_be_a_text_or_missing() {
    let clock = ManualClock::new(Timestamp::from_second(1_800_000_000).unwrap());
    for (expires, fetches) in [(json!("3599"), 1), (json!(null), 2), (json!("soon"), 2), (json!(-5), 2), (json!(60), 1)]
    {
        let endpoint = Fake::start(move |_| answer(200, json!({"access_token": "t", "expires_in": expires}))).await;
        let source = source(&endpoint, &clock);
        source.token().await.unwrap();
        source.token().await.unwrap();
        assert_eq!(endpoint.count("/token"), fetches);
    }
}
