//! Against a strict Slack on loopback and a real store: installing, renewing by one of several, uninstalling.

mod installing;
#[path = "../../tests/stage/oauth.rs"]
mod oauth;
mod renewing;
mod uninstalling;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;

use self::oauth::{CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, Slack, Whose, organisation, team};
use super::*;
use crate::cards::Cards;
use crate::chat::slack::place::Workspace;
use crate::chat::slack::{SlackError, Tokens};
use crate::clock::{Clock, ManualClock};
use crate::config::load_text;
use crate::journal::tests::Store;

const EXAMPLE: &str = include_str!("../../onboard-bot.example.toml");
const T1: Workspace<'_> = Workspace { team: "T1", enterprise: "" };

/// One process of the bot.
struct Bot {
    tokens: InstalledTokens,
    installer: Arc<Installer>,
    journal: Journal,
}

struct House {
    slack: Slack,
    store: Store,
    clock: ManualClock,
    bot: Bot,
}

fn key(digit: &str) -> String {
    digit.repeat(64)
}

fn config(slack: &Slack, key: &str, more: &[(&str, &str)]) -> Config {
    let names = EXAMPLE.split("\"env:").skip(1).filter_map(|rest| rest.split('"').next());
    let mut environment: Vec<_> = names.map(|name| (name.to_owned(), "hush".to_owned())).collect();
    let settings = [
        ("ONBOARD_BOT__SLACK__API_URL", slack.api_url.as_str()),
        ("ONBOARD_BOT__SLACK__CLIENT_ID", CLIENT_ID),
        ("ONBOARD_BOT__SLACK__CLIENT_SECRET", CLIENT_SECRET),
        ("ONBOARD_BOT__SLACK__TOKEN_KEY", key),
        ("ONBOARD_BOT__SLACK__ALLOWED_TEAMS", "T0123456789,T1,T2,E1"),
        ("ONBOARD_BOT__SERVER__PUBLIC_URL", REDIRECT_URI.trim_end_matches("/slack/oauth_redirect")),
    ];
    for (name, value) in settings.iter().chain(more) {
        environment.push(((*name).to_owned(), (*value).to_owned()));
    }
    load_text(&EXAMPLE.replace("bot_token = \"env:SLACK_BOT_TOKEN\"", ""), environment).unwrap()
}

impl House {
    async fn new() -> Self {
        let (slack, store) = (Slack::start().await, Store::new().await);
        let clock = ManualClock::new("2026-11-22T08:00:00Z".parse().unwrap());
        let bot = Bot::new(&config(&slack, &key("a"), &[]), store.journal.clone(), &clock);
        Self { slack, store, clock, bot }
    }

    /// Another process with this key.
    async fn another(&self, key: &str, more: &[(&str, &str)]) -> Bot {
        Bot::new(&config(&self.slack, key, more), self.store.replica().await, &self.clock)
    }

    fn hours_pass(&self, hours: i64) {
        self.clock.advance(SignedDuration::from_hours(hours));
    }
}

impl Bot {
    fn new(config: &Config, journal: Journal, clock: &ManualClock) -> Self {
        let slack = config.slack.as_ref().unwrap();
        let clock = Arc::new(clock.clone());
        let vault = Vault::new(config, slack.installing().unwrap(), journal.clone(), clock).unwrap();
        let vault = Arc::new(vault);
        let tokens = InstalledTokens::new(Arc::clone(&vault), slack.bot_token.clone());
        let installer = Arc::new(Installer::new(config, vault, tokens.clone()).unwrap());
        Self { tokens, installer, journal }
    }

    /// A browser goes to Slack; what it would come back with.
    async fn begun(&self) -> Returned {
        let begun = self.installer.begin().await.unwrap();
        let (_, query) = begun.location.split_once('?').unwrap();
        let query: BTreeMap<_, _> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let cookie = begun.cookie.strip_prefix(&format!("{COOKIE}=")).unwrap().split(';').next().unwrap();
        Returned { state: Some(query["state"].clone()), cookie: Some(cookie.to_owned()), ..Returned::default() }
    }

    async fn finish(&self, returned: Returned) -> Outcome {
        self.installer.finish(returned).await
    }

    async fn install(&self, slack: &Slack, whose: Whose) -> Outcome {
        let returned = Returned { code: Some(slack.code(whose)), ..self.begun().await };
        self.finish(returned).await
    }

    async fn token(&self, workspace: Workspace<'_>) -> Result<String, SlackError> {
        self.tokens.token(workspace).await.map(|token| token.expose().to_owned())
    }

    async fn renewed(&self, refused: &str) -> Result<String, SlackError> {
        self.tokens.renewed(T1, &Secret::new(refused)).await.map(|token| token.expose().to_owned())
    }
}
