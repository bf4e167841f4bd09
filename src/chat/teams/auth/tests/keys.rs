//! What happens to the keys: first load, rotation, outage, forged ids.

use super::super::super::testing::{Answer, Fake, answer, teams};
use super::*;

#[tokio::test]
async fn twenty_at_once_fetch_the_keys_once() {
    let stage = Stage::new().await;
    let token = format!("Bearer {}", good());
    let all = (0..20).map(|_| {
        let (authenticator, token) = (stage.authenticator.clone(), token.clone());
        tokio::spawn(async move { authenticator.authenticate(Some(&token)).await })
    });
    for one in all.collect::<Vec<_>>() {
        assert!(one.await.unwrap().is_ok());
    }
    assert_eq!(stage.key_fetches(), 1);
}

#[tokio::test]
async fn after_a_rotation_the_new_key_is_found_and_the_old_one_forgotten() {
    let stage = Stage::new().await;
    let old = good();
    assert!(stage.authenticate(&old).await.is_ok());
    stage.issuer.rotate(vec![key(1).jwk("second", Some(&["msteams"]))]);
    assert!(stage.authenticate(&old).await.is_ok(), "nobody has told us yet");
    assert!(stage.authenticate(&key(1).sign(&header("second"), &claims())).await.is_ok());
    assert_eq!(stage.key_fetches(), 2);
    assert_eq!(stage.authenticate(&old).await, Err(AuthError::UnknownKey), "remembered under keys that are gone");
}

#[tokio::test]
async fn twenty_at_once_after_a_rotation_fetch_the_new_keys_once() {
    let stage = Stage::new().await;
    assert!(stage.authenticate(&good()).await.is_ok());
    stage.issuer.rotate(vec![key(1).jwk("second", Some(&["msteams"]))]);
    let token = bearer(&key(1).sign(&header("second"), &claims()));
    let all = (0..20).map(|_| {
        let (authenticator, token) = (stage.authenticator.clone(), token.clone());
        tokio::spawn(async move { authenticator.authenticate(token.as_deref()).await })
    });
    for one in all.collect::<Vec<_>>() {
        assert!(one.await.unwrap().is_ok());
    }
    assert_eq!(stage.key_fetches(), 2);
}

#[tokio::test]
async fn forged_key_ids_do_not_make_us_hammer_the_issuer() {
    let stage = Stage::new().await;
    assert!(stage.authenticate(&good()).await.is_ok());
    for attempt in 0..50 {
        let forged = key(1).sign(&header(&format!("forged-{attempt}")), &claims());
        assert_eq!(stage.authenticate(&forged).await, Err(AuthError::UnknownKey));
    }
    assert_eq!(stage.key_fetches(), 2);
    stage.pass(SignedDuration::from_secs(301));
    stage.issuer.rotate(vec![key(1).jwk("second", Some(&["msteams"]))]);
    assert!(stage.authenticate(&key(1).sign(&header("second"), &claims())).await.is_ok());
    assert_eq!(stage.key_fetches(), 3);
}

#[tokio::test]
async fn old_keys_serve_while_the_issuer_is_down() {
    let stage = Stage::new().await;
    let lasting = claiming("exp", json!(NOW + 1_000_000));
    assert!(stage.authenticate(&lasting).await.is_ok());
    stage.issuer.switch(false);
    stage.pass(SignedDuration::from_hours(25));
    let asked = stage.issuer.fake.count("/metadata");
    for _ in 0..5 {
        assert!(stage.authenticate(&lasting).await.is_ok());
    }
    assert_eq!(stage.issuer.fake.count("/metadata"), asked + 1, "one try in 10 s");
    stage.issuer.switch(true);
    stage.issuer.rotate(vec![key(1).jwk("second", Some(&["msteams"]))]);
    stage.pass(SignedDuration::from_secs(11));
    assert_eq!(stage.authenticate(&lasting).await, Err(AuthError::UnknownKey), "the keys of yesterday are gone");
}

#[tokio::test]
async fn without_any_key_nobody_gets_in_until_the_issuer_answers() {
    let stage = Stage::new().await;
    stage.issuer.switch(false);
    for _ in 0..3 {
        assert_eq!(stage.authenticate(&good()).await, Err(AuthError::KeysUnavailable));
    }
    assert_eq!(stage.issuer.fake.count("/metadata"), 1);
    stage.issuer.switch(true);
    assert!(stage.authenticator.prepare().await.is_err());
    stage.pass(SignedDuration::from_secs(11));
    assert!(stage.authenticator.prepare().await.is_ok());
    assert!(stage.authenticate(&good()).await.is_ok());
    assert_eq!(stage.key_fetches(), 1);
}

#[tokio::test]
async fn unchanged_keys_keep_what_is_remembered() {
    let stage = Stage::new().await;
    let lasting = claiming("exp", json!(NOW + 1_000_000));
    assert!(stage.authenticate(&lasting).await.is_ok());
    stage.pass(SignedDuration::from_hours(25));
    assert!(stage.authenticate(&lasting).await.is_ok());
    assert_eq!(stage.key_fetches(), 2);
    let set = stage.authenticator.keys.fresh().unwrap();
    assert_eq!(set.generation, 1);
    assert!(stage.authenticator.remembered.get(&digest(&lasting), 1).is_some());
}

#[tokio::test]
async fn keys_on_another_host_are_not_fetched() {
    let jwks = json!({"keys": [key(1).jwk("first", Some(&["msteams"]))]});
    let foreign = Fake::start(move |_| answer(200, &jwks)).await;
    let uri = foreign.url("/keys").replace("127.0.0.1", "localhost");
    let stage = Stage::with(Issuer::leading_to(Vec::new(), Some(uri)).await);
    let forged = key(1).sign(&header("first"), &claims());
    assert_eq!(stage.authenticate(&forged).await, Err(AuthError::KeysUnavailable));
    assert!(foreign.seen().is_empty());
}

#[tokio::test]
async fn useless_key_documents_are_a_refusal_and_not_a_crash() {
    let moved = Fake::start(|_| answer(200, json!({"keys": [key(1).jwk("first", Some(&["msteams"]))]}))).await;
    let elsewhere = moved.url("/keys");
    let documents: Vec<(u16, String)> = vec![
        (200, String::new()),
        (200, "[]".into()),
        (200, json!({"keys": []}).to_string()),
        (200, json!({"keys": [{"kty": "EC", "kid": "first"}, 7, null]}).to_string()),
        (200, json!({"keys": [{"kty": "RSA", "kid": "first", "n": "!", "e": "AQAB"}]}).to_string()),
        (200, format!("{{\"keys\": [\"{}\"]}}", "x".repeat(1024 * 1024))),
        (302, String::new()),
        (404, String::new()),
    ];
    for (status, document) in documents {
        let own = Arc::new(std::sync::OnceLock::<String>::new());
        let (keys, elsewhere) = (own.clone(), elsewhere.clone());
        let issuer = Fake::start(move |seen| match seen.uri.as_str() {
            "/metadata" => answer(200, json!({"jwks_uri": keys.get()})),
            _ => Answer { headers: vec![("location", elsewhere.clone())], ..answer(status, &document) },
        })
        .await;
        own.set(issuer.url("/keys")).unwrap();
        let settings = Teams { openid_metadata_url: issuer.url("/metadata"), ..teams(&["x"]) };
        let clock = Arc::new(ManualClock::new(Timestamp::from_second(NOW).unwrap()));
        let authenticator = Authenticator::new(&settings, clock).unwrap();
        let forged = bearer(&key(1).sign(&header("first"), &claims()));
        let decided = authenticator.authenticate(forged.as_deref()).await;
        assert_eq!(decided, Err(AuthError::KeysUnavailable), "status {status}");
    }
    assert!(moved.seen().is_empty(), "no redirect is followed");
}

#[tokio::test]
async fn one_unreadable_key_does_not_take_the_others_away() {
    let weak = json!({"kty": "RSA", "kid": "weak", "n": "AQAB", "e": "AQAB", "endorsements": ["msteams"]});
    let keys = vec![json!({"kty": "RSA"}), weak, key(0).jwk("first", Some(&["msteams"]))];
    let stage = Stage::with(Issuer::start(keys).await);
    assert!(stage.authenticate(&good()).await.is_ok());
    let weak = key(0).sign(&header("weak"), &claims());
    assert_eq!(stage.authenticate(&weak).await, Err(AuthError::Signature));
}
