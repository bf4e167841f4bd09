//! The pages of installing the app in Slack, as a browser and as somebody hostile sees them.

#[path = "../stage/oauth.rs"]
mod oauth;

use std::sync::Arc;

use onboard_bot::clock::SystemClock;
use onboard_bot::{config, serve};
use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use tokio_util::sync::CancellationToken;

use self::oauth::{CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, Slack, team};
use crate::stage::store::Store;

const EXAMPLE: &str = include_str!("../../onboard-bot.example.toml");

struct House {
    slack: Slack,
    url: String,
    client: Client,
    store: Store,
    stop: CancellationToken,
    bot: tokio::task::JoinHandle<()>,
}

impl House {
    async fn open(installing: bool) -> Self {
        let (slack, store) = (Slack::start().await, Store::new().await);
        let names = EXAMPLE.split("\"env:").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        let mut environment: Vec<_> = names.map(|name| (name, "hush".to_owned())).collect();
        let mut set = |key: &str, value: &str| environment.push((format!("ONBOARD_BOT__{key}"), value.to_owned()));
        set("STORE__URL", &store.url());
        if installing {
            set("SLACK__API_URL", &slack.api_url);
            set("SLACK__CLIENT_ID", CLIENT_ID);
            set("SLACK__CLIENT_SECRET", CLIENT_SECRET);
            set("SLACK__TOKEN_KEY", &"a1".repeat(32));
            set("SLACK__ALLOWED_TEAMS", "T0123456789,T1");
            set("SERVER__PUBLIC_URL", REDIRECT_URI.trim_end_matches("/slack/oauth_redirect"));
        }
        let config = config::load_text(EXAMPLE, environment).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let (clock, told) = (Arc::new(SystemClock), stop.clone());
        let bot = tokio::spawn(async move { serve::run(config, listener, clock, told).await.unwrap() });
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { slack, url, client, store, stop, bot }
    }

    async fn get(&self, path: &str, cookie: Option<&str>) -> (StatusCode, HeaderMap, String) {
        let mut request = self.client.get(format!("{}{path}", self.url));
        if let Some(cookie) = cookie {
            request = request.header(COOKIE, cookie);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        (status, headers, response.text().await.unwrap())
    }

    /// The state and the cookie of a new attempt.
    async fn begin(&self) -> (String, String) {
        let (status, headers, body) = self.get("/slack/install", None).await;
        assert_eq!((status, body.as_str()), (StatusCode::FOUND, ""));
        assert_eq!(headers["cache-control"], "no-store");
        let location = url::Url::parse(headers[LOCATION].to_str().unwrap()).unwrap();
        let state = location.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        (state, headers[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned())
    }

    async fn close(self) {
        self.stop.cancel();
        self.bot.await.unwrap();
    }
}

/// What every page must look like.
fn assert_is_a_page(headers: &HeaderMap, body: &str) {
    assert_eq!(headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["referrer-policy"], "no-referrer");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    assert!(body.starts_with("<!doctype html>") && body.contains("<h1>"), "{body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_installs_the_app_from_a_browser() {
    let house = House::open(true).await;
    let (state, cookie) = house.begin().await;
    let code = house.slack.code(team("T1"));
    let back = format!("/slack/oauth_redirect?code={code}&state={state}");
    let (status, headers, body) = house.get(&back, Some(&format!("theme=dark; {cookie}; lang=en"))).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_is_a_page(&headers, &body);
    assert!(body.contains("The bot is installed") && body.contains("/onboard"), "{body}");
    assert!(headers[SET_COOKIE].to_str().unwrap().contains("Max-Age=0"), "the cookie is of no more use");
    for nothing in [&code, &state, "xox", "Contoso"] {
        assert!(!body.contains(nothing), "{body}");
    }
    let (status, headers, body) = house.get(&back, Some(&cookie)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "the same address again");
    assert_is_a_page(&headers, &body);
    assert!(body.contains("does not work any more") && body.contains("href=\"/slack/install\""), "{body}");
    let look = house.store.look().await;
    let kept: (String, String) = sqlx::query_as("SELECT id, token FROM installations").fetch_one(&look).await.unwrap();
    assert!(kept.0 == "T1" && !kept.1.contains("xox"), "{kept:?}");
    look.close().await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_somebody_sends_is_shown_again() {
    let house = House::open(true).await;
    let hostile = "%3Cscript%3Ealert(1)%3C%2Fscript%3E%22%27";
    let (state, cookie) = house.begin().await;
    let long = "x".repeat(6000);
    for (path, cookie, expected) in [
        ("/slack/oauth_redirect".to_owned(), None, 400),
        (format!("/slack/oauth_redirect?code={hostile}&state={hostile}"), None, 400),
        (format!("/slack/oauth_redirect?error={hostile}&error_description={hostile}"), None, 400),
        (format!("/slack/oauth_redirect?error=access_denied&state={hostile}"), None, 403),
        (format!("/slack/oauth_redirect?state={state}&code={hostile}"), Some("__Host-onboard-bot-install=guess"), 400),
        (format!("/slack/oauth_redirect?code={long}&state={long}"), Some("__Host-onboard-bot-install="), 400),
        ("/slack/oauth_redirect?code=%FF%FE&state=%00&state=%zz&&=&code".to_owned(), Some("=;;;=%00"), 400),
        (format!("/slack/oauth_redirect?code={hostile}&state={state}"), Some(cookie.as_str()), 400),
    ] {
        let (status, headers, body) = house.get(&path, cookie).await;
        assert_eq!(status.as_u16(), expected, "{path}: {body}");
        assert_is_a_page(&headers, &body);
        let shown = format!("{headers:?}{body}");
        assert!(!shown.contains("script") && !shown.contains("alert") && !shown.contains(&state), "{shown}");
    }
    assert_eq!(house.slack.called("oauth.v2.access"), 1, "only a browser that left here makes us ask Slack");
    for path in ["/slack/install", "/slack/oauth_redirect"] {
        let posted = house.client.post(format!("{}{path}", house.url)).send().await.unwrap();
        assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_that_may_not_use_the_bot_is_told_whom_to_ask() {
    let house = House::open(true).await;
    let (state, cookie) = house.begin().await;
    let code = house.slack.code(team("T666"));
    let (status, headers, body) =
        house.get(&format!("/slack/oauth_redirect?code={code}&state={state}"), Some(&cookie)).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_is_a_page(&headers, &body);
    assert!(body.contains("slack.allowed_teams") && !body.contains("T666"), "{body}");
    assert_eq!(house.slack.called("auth.revoke"), 1);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_one_token_there_is_nothing_to_install() {
    let house = House::open(false).await;
    for path in ["/slack/install", "/slack/oauth_redirect?code=a&state=b"] {
        let (status, ..) = house.get(path, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    house.close().await;
}
