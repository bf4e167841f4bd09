//! Tokens are asked for once, renewed in time and never shown.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json as value};

use super::stage::{Reply, Stage, json, text};
use super::{fault, impatience, noon, patience, secret, shared};
use crate::clock::{Clock, ManualClock};
use crate::outside::http::{Endpoint, Patience};
use crate::outside::token::PasswordLogin;
use crate::outside::{ClientCredentials, Fault, OutsideError, System, TokenSource};

fn login() -> ClientCredentials {
    ClientCredentials {
        client_id: "bot".to_owned(),
        secret: secret("hush&=+"),
        scope: "https://graph.microsoft.com/.default".to_owned(),
    }
}

fn source_with(stage: &Stage, clock: &ManualClock, patience: Patience) -> TokenSource {
    let url = format!("{}/token", stage.url);
    TokenSource::client(Endpoint::new(System::Graph, &url, shared(clock), patience).unwrap(), login())
}

fn source(stage: &Stage, clock: &ManualClock) -> TokenSource {
    source_with(stage, clock, patience())
}

fn told(token: &str, expires_in: impl Into<Value>) -> Reply {
    json(200, value!({"token_type": "Bearer", "access_token": token, "expires_in": expires_in.into()}))
}

async fn taken(source: &TokenSource) -> Result<String, OutsideError> {
    source.token().await.map(|token| token.expose().to_owned())
}

#[tokio::test]
async fn client_credentials_travel_in_a_form() {
    let (stage, clock) = (Stage::open().await, noon());
    stage.expect("POST /token", told("T1", 3600));
    let url = format!("{}/token", stage.url);
    let source = TokenSource::client_credentials(System::TeamsConnector, &url, login(), shared(&clock)).unwrap();
    assert_eq!(taken(&source).await, Ok("T1".to_owned()));
    let form = stage.calls()[0].form();
    let sent: Vec<(&str, &str)> = form.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let scope = ("scope", "https://graph.microsoft.com/.default");
    let grant = ("grant_type", "client_credentials");
    assert_eq!(sent, [("client_id", "bot"), ("client_secret", "hush&=+"), grant, scope]);
    assert_eq!(stage.calls()[0].header("content-type"), "application/x-www-form-urlencoded");
}

#[tokio::test]
async fn a_password_login_shows_the_client_in_basic_authentication() {
    let (stage, clock) = (Stage::open().await, noon());
    stage.expect("POST /oauth/token", told("T1", 3600));
    let url = format!("{}/oauth/token", stage.url);
    let endpoint = Endpoint::new(System::ConnecttoTeams, &url, shared(&clock), patience()).unwrap();
    let (client_id, username) = ("onboard-bot".to_owned(), "api-admin".to_owned());
    let login = PasswordLogin { client_id, secret: secret("hush"), username, password: secret("p w") };
    taken(&TokenSource::password(endpoint, login)).await.unwrap();
    let call = &stage.calls()[0];
    assert_eq!(call.header("authorization"), "Basic b25ib2FyZC1ib3Q6aHVzaA==");
    assert_eq!(call.body, "grant_type=password&username=api-admin&password=p+w");
}

#[tokio::test]
async fn twenty_callers_share_one_login() {
    let (stage, clock) = (Stage::open().await, noon());
    stage.expect("POST /token", told("T1", 3600));
    let source = Arc::new(source(&stage, &clock));
    let callers = (0..20).map(|_| {
        let source = source.clone();
        tokio::spawn(async move { taken(&source).await })
    });
    for token in join_all(callers).await {
        assert_eq!(token.unwrap(), Ok("T1".to_owned()));
    }
    assert_eq!(stage.calls().len(), 1);
}

#[tokio::test]
async fn twenty_callers_with_the_same_stale_token_renew_it_once() {
    let (stage, clock) = (Stage::open().await, noon());
    stage.expect("POST /token", told("T1", 3600)).expect("POST /token", told("T2", 3600));
    let source = Arc::new(source(&stage, &clock));
    let stale = source.token().await.unwrap();
    let callers = (0..20).map(|_| {
        let (source, stale) = (source.clone(), stale.clone());
        tokio::spawn(async move {
            source.invalidate(&stale).await;
            taken(&source).await
        })
    });
    for token in join_all(callers).await {
        assert_eq!(token.unwrap(), Ok("T2".to_owned()));
    }
}

#[tokio::test]
async fn a_token_is_renewed_five_minutes_before_its_end() {
    let (stage, clock) = (Stage::open().await, noon());
    stage.expect("POST /token", told("T1", "3600"));
    let source = source(&stage, &clock);
    assert_eq!(taken(&source).await.unwrap(), "T1");
    clock.advance(SignedDuration::from_secs(3299));
    assert_eq!(taken(&source).await.unwrap(), "T1");
    stage.expect("POST /token", told("T2", 3600));
    clock.advance(SignedDuration::from_secs(1));
    assert_eq!(taken(&source).await.unwrap(), "T2");
}

#[tokio::test]
async fn the_end_is_told_or_read_from_the_token_or_five_minutes_away() {
    let clock = noon();
    let exp = clock.now().as_second() + 1200;
    let jwt = format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(value!({ "exp": exp }).to_string()));
    for (token, expires_in, good_for) in [
        (jwt.as_str(), Value::Null, 900),
        (jwt.as_str(), value!(3600), 3300),
        (jwt.as_str(), value!(0), 900),
        ("opaque", Value::Null, 150),
        ("a.b.c", value!("soon"), 150),
        ("short", value!(60), 30),
    ] {
        let (stage, clock) = (Stage::open().await, noon());
        stage.expect("POST /token", told(token, expires_in.clone()));
        let source = source(&stage, &clock);
        taken(&source).await.unwrap();
        clock.advance(SignedDuration::from_secs(good_for - 1));
        assert_eq!(taken(&source).await.unwrap(), token);
        clock.advance(SignedDuration::from_secs(1));
        stage.expect("POST /token", told("next", 3600));
        assert_eq!(taken(&source).await.unwrap(), "next", "{token} {expires_in}");
    }
}

#[tokio::test]
async fn while_the_login_is_down_a_token_that_is_still_good_is_used() {
    let (stage, clock) = (Stage::open().await, noon());
    stage.expect("POST /token", told("T1", 3600));
    let source = source(&stage, &clock);
    taken(&source).await.unwrap();
    clock.advance(SignedDuration::from_secs(3300));
    for _ in 0..3 {
        stage.expect("POST /token", text(500, "down"));
    }
    assert_eq!(taken(&source).await.unwrap(), "T1");
    assert_eq!(taken(&source).await.unwrap(), "T1", "the login rests for a moment");
    clock.advance(SignedDuration::from_secs(300));
    for _ in 0..3 {
        stage.expect("POST /token", text(500, "down"));
    }
    assert_eq!(fault(taken(&source).await), Fault::Failed { status: 500 }, "the token has ended");
    stage.expect("POST /token", told("T2", 3600));
    assert_eq!(taken(&source).await.unwrap(), "T2");
}

#[tokio::test]
async fn a_refused_login_needs_a_human_and_rests_for_a_minute() {
    for (status, code) in [(400, "invalid_grant"), (401, "invalid_client"), (400, "unauthorized_client")] {
        let (stage, clock) = (Stage::open().await, noon());
        stage.expect("POST /token", json(status, value!({"error": code, "error_description": "hush&=+ is wrong"})));
        let source = source(&stage, &clock);
        let refused = Fault::Credential { code: Some(code.to_owned()) };
        assert_eq!(fault(taken(&source).await), refused);
        clock.advance(SignedDuration::from_secs(59));
        assert_eq!(fault(taken(&source).await), refused);
        assert_eq!(stage.calls().len(), 1);
        stage.expect("POST /token", told("T1", 3600));
        clock.advance(SignedDuration::from_secs(1));
        assert_eq!(taken(&source).await.unwrap(), "T1");
    }
}

#[tokio::test]
async fn a_success_without_a_token_is_a_refused_login() {
    let mfa = value!({"mfa_type": "authenticator", "scope": "mfa_required"}).to_string();
    for body in [mfa.as_str(), "{\"access_token\":\"\"}", "{\"access_token\":null}"] {
        let (stage, clock) = (Stage::open().await, noon());
        stage.expect("POST /token", text(200, body));
        let source = source(&stage, &clock);
        assert_eq!(fault(taken(&source).await), Fault::Credential { code: None });
        assert_eq!(fault(taken(&source).await), Fault::Credential { code: None }, "and is not repeated at once");
    }
}

#[tokio::test]
async fn a_success_that_is_not_json_refuses_nothing_and_is_asked_again() {
    for body in ["<html>Sign in</html>", "", "{\"access_to"] {
        let (stage, clock) = (Stage::open().await, noon());
        stage.expect("POST /token", text(200, body));
        let source = source(&stage, &clock);
        assert_eq!(fault(taken(&source).await), Fault::Garbled);
        stage.expect("POST /token", told("T1", 3600));
        assert_eq!(taken(&source).await.unwrap(), "T1");
    }
}

#[tokio::test]
async fn an_address_where_nobody_logs_in_is_told_apart() {
    let (stage, clock) = (Stage::open().await, noon());
    stage.expect("POST /token", text(404, "<html>Not here</html>"));
    let wrong = Fault::Credential { code: Some("404".to_owned()) };
    assert_eq!(fault(taken(&source(&stage, &clock)).await), wrong);
}

#[tokio::test]
async fn a_login_that_goes_unanswered_never_counts_as_done() {
    let (stage, clock) = (Stage::open().await, noon());
    for _ in 0..3 {
        stage.expect("POST /token", Reply::Silence);
    }
    assert_eq!(fault(taken(&source_with(&stage, &clock, impatience())).await), Fault::Unreachable);
    stage.expect("POST /token", text(429, "").header("retry-after", "60"));
    let error = taken(&source(&stage, &clock)).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(SignedDuration::from_mins(1)));
}

#[tokio::test]
async fn nothing_of_it_shows_itself() {
    let (stage, clock) = (Stage::open().await, noon());
    stage.expect("POST /token", told("T1-very-secret", 3600));
    let source = source(&stage, &clock);
    let token = source.token().await.unwrap();
    let shown = format!("{source:?} {token:?} {:?}", login());
    assert!(!shown.contains("very-secret") && !shown.contains("hush"), "{shown}");
}
