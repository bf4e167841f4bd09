//! Against a strict Slack on loopback and a real store: installing, renewing by one of several, uninstalling.

#[path = "../../tests/stage/oauth.rs"]
mod oauth;

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

#[tokio::test]
async fn a_browser_is_sent_to_slack_with_everything_that_slack_needs() {
    let house = House::new().await;
    let begun = house.bot.installer.begin().await.unwrap();
    let (address, query) = begun.location.split_once('?').unwrap();
    assert_eq!(address, house.slack.api_url.replace("/api/", "/oauth/v2/authorize"), "beside the Web API");
    let query: BTreeMap<_, _> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    assert_eq!(query.keys().collect::<Vec<_>>(), ["client_id", "redirect_uri", "scope", "state"]);
    assert_eq!((query["client_id"].as_str(), query["redirect_uri"].as_str()), (CLIENT_ID, REDIRECT_URI));
    let scopes =
        "app_mentions:read,chat:write,commands,im:history,im:write,usergroups:read,users:read,users:read.email";
    assert_eq!(query["scope"], scopes);
    let (value, flags) = begun.cookie.split_once("; ").unwrap();
    assert_eq!(flags, "Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax");
    let cookie = value.strip_prefix("__Host-onboard-bot-install=").unwrap();
    assert!(cookie.len() >= 32 && query["state"].len() >= 32 && cookie != query["state"]);
    let again = house.bot.installer.begin().await.unwrap();
    assert!(!again.location.contains(&query["state"]) && !again.cookie.contains(cookie));
}

#[tokio::test]
async fn a_workspace_installs_the_app_and_gets_its_own_token() {
    let house = House::new().await;
    let nobody = SlackError::NotInstalled { team: "T1".to_owned() };
    assert_eq!(house.bot.token(T1).await, Err(nobody));
    assert_eq!(house.bot.install(&house.slack, team("T1")).await, Outcome::Installed);
    assert_eq!(house.bot.install(&house.slack, team("T2")).await, Outcome::Installed);
    let (first, second) =
        (house.bot.token(T1).await.unwrap(), house.bot.token(Workspace { team: "T2", ..T1 }).await.unwrap());
    assert!(first != second && house.slack.works(&first) && house.slack.works(&second));
    // Any replica may finish and any may use it.
    let other = house.another(&key("a"), &[]).await;
    assert_eq!(other.token(T1).await.unwrap(), first);
    let begun = house.bot.begun().await;
    let code = Some(house.slack.code(team("T1")));
    assert_eq!(other.finish(Returned { code, ..begun }).await, Outcome::Installed);
    assert_ne!(other.token(T1).await.unwrap(), first, "the newest counts");
    let kept = house.bot.journal.installation("T1").await.unwrap().unwrap();
    assert_eq!(
        (kept.app.as_str(), kept.bot_user.as_str(), kept.scopes.as_str()),
        ("A01APP", "U0BOT", "chat:write,commands")
    );
}

#[tokio::test]
async fn an_organisation_is_found_for_each_workspace_that_has_no_installation_of_its_own() {
    let house = House::new().await;
    assert_eq!(house.bot.install(&house.slack, organisation("E1")).await, Outcome::InstalledForOrganisation);
    let token = house.bot.token(Workspace { team: "T1", enterprise: "E1" }).await.unwrap();
    assert_eq!(house.bot.token(Workspace { team: "", enterprise: "E1" }).await.unwrap(), token);
    assert!(matches!(house.bot.token(T1).await, Err(SlackError::NotInstalled { .. })), "outside of the organisation");
    let own = Whose { team: Some("T1".to_owned()), enterprise: Some("E1".to_owned()) };
    assert_eq!(house.bot.install(&house.slack, own).await, Outcome::Installed);
    assert_ne!(
        house.bot.token(Workspace { team: "T1", enterprise: "E1" }).await.unwrap(),
        token,
        "its own comes first"
    );
    assert_eq!(house.bot.token(Workspace { team: "T2", enterprise: "E1" }).await.unwrap(), token);
}

#[tokio::test]
async fn the_token_of_the_configuration_is_for_everybody_else() {
    let house = House::new().await;
    let bot = house.another(&key("a"), &[("ONBOARD_BOT__SLACK__BOT_TOKEN", "xoxb-fixed")]).await;
    assert_eq!(bot.token(T1).await.unwrap(), "xoxb-fixed");
    assert!(matches!(bot.renewed("xoxb-fixed").await, Err(SlackError::Unauthorized { .. })), "there is no newer one");
    bot.install(&house.slack, team("T2")).await;
    assert_eq!(bot.token(T1).await.unwrap(), "xoxb-fixed");
    assert_ne!(bot.token(Workspace { team: "T2", ..T1 }).await.unwrap(), "xoxb-fixed");
}

#[tokio::test]
async fn what_a_browser_comes_back_with_is_believed_only_once_in_time_and_from_the_browser_that_left() {
    let house = House::new().await;
    let good = || Returned { code: Some(house.slack.code(team("T1"))), ..Returned::default() };
    let (first, second) = (house.bot.begun().await, house.bot.begun().await);
    for wrong in [
        good(),
        Returned { state: first.state.clone(), ..good() },
        Returned { cookie: first.cookie.clone(), ..good() },
        Returned { state: Some("guessed".to_owned()), cookie: first.cookie.clone(), ..good() },
        Returned { state: first.state.clone(), cookie: second.cookie.clone(), ..good() },
    ] {
        assert_eq!(house.bot.finish(wrong.clone()).await, Outcome::Stale, "{wrong:?}");
    }
    assert_eq!(house.slack.called("oauth.v2.access"), 0, "no code was spent");
    let code = house.slack.code(team("T1"));
    let right = Returned { code: Some(code.clone()), ..first };
    assert_eq!(house.bot.finish(right.clone()).await, Outcome::Installed);
    assert_eq!(house.bot.finish(right).await, Outcome::Stale, "the state was used");
    house.clock.advance(SignedDuration::from_mins(10));
    let late = Returned { code: Some(house.slack.code(team("T1"))), ..second };
    assert_eq!(house.bot.finish(late).await, Outcome::Stale, "too late");
    // A code that was used, or never given.
    for code in [Some(code), Some("guessed".to_owned()), None] {
        let returned = Returned { code, ..house.bot.begun().await };
        assert_eq!(house.bot.finish(returned).await, Outcome::WrongCode);
    }
}

#[tokio::test]
async fn somebody_who_declines_and_a_slack_that_refuses_are_told_apart() {
    let house = House::new().await;
    let said = async |error: &str| {
        let returned = Returned { error: Some(error.to_owned()), ..house.bot.begun().await };
        house.bot.finish(returned).await
    };
    assert_eq!(said("access_denied").await, Outcome::Declined);
    assert_eq!(said("invalid_team_for_non_distributed_app").await, Outcome::Refused);
    let forged = Returned { error: Some("<script>".to_owned()), ..Returned::default() };
    assert_eq!(house.bot.finish(forged).await, Outcome::Stale);
    assert_eq!(house.slack.called("oauth.v2.access"), 0);
}

#[tokio::test]
async fn a_workspace_that_is_not_allowed_is_refused_and_its_token_revoked() {
    let house = House::new().await;
    for whose in [team("T666"), organisation("E666")] {
        assert_eq!(house.bot.install(&house.slack, whose).await, Outcome::NotAllowed);
    }
    assert_eq!(house.slack.called("auth.revoke"), 2);
    assert!(!house.slack.works("xoxe.xoxb-2"), "nobody holds a token that opens something");
    assert!(house.bot.journal.installations().await.unwrap().is_empty());
    let other_app = house.another(&key("a"), &[("ONBOARD_BOT__SLACK__APP_ID", "A999")]).await;
    assert_eq!(other_app.install(&house.slack, team("T1")).await, Outcome::Misconfigured);
    assert_eq!(house.slack.called("auth.revoke"), 3);
}

#[tokio::test]
async fn faults_of_slack_and_of_the_configuration_are_told() {
    let house = House::new().await;
    for (fault, outcome) in [
        (Err(503), Outcome::SlackDown),
        (Err(429), Outcome::SlackDown),
        (Ok("internal_error"), Outcome::SlackDown),
        (Ok("invalid_client_id"), Outcome::Misconfigured),
        (Ok("bad_redirect_uri"), Outcome::Misconfigured),
        (Ok("invalid_code"), Outcome::WrongCode),
    ] {
        house.slack.desk().faults.push(fault);
        assert_eq!(house.bot.install(&house.slack, team("T1")).await, outcome, "{fault:?}");
    }
    let wrong = house.another(&key("a"), &[("ONBOARD_BOT__SLACK__CLIENT_SECRET", "another")]).await;
    assert_eq!(wrong.install(&house.slack, team("T1")).await, Outcome::Misconfigured);
    assert!(house.bot.journal.installations().await.unwrap().is_empty());
}

#[tokio::test]
async fn no_token_and_no_state_stands_in_the_store_or_shows_itself() {
    let house = House::new().await;
    let begun = house.bot.begun().await;
    house.bot.install(&house.slack, team("T1")).await;
    house.bot.token(T1).await.unwrap();
    let kept = house.bot.journal.installation("T1").await.unwrap().unwrap();
    for sealed in [&kept.access_token, kept.refresh_token.as_ref().unwrap()] {
        assert!(sealed.starts_with("v1.") && !sealed.contains("xox"), "{sealed}");
    }
    let shown = format!("{:?} {:?} {kept:?}", house.bot.tokens, house.bot.installer);
    for secret in ["xox", CLIENT_SECRET, &key("a"), "v1."] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let ended = house
        .bot
        .journal
        .end_install((begun.state.as_deref().unwrap(), begun.cookie.as_deref().unwrap()), house.clock.now());
    assert!(!ended.await.unwrap(), "what a browser holds is not what the store holds");
}

#[tokio::test]
async fn a_token_is_renewed_two_hours_before_it_ends() {
    let house = House::new().await;
    house.bot.install(&house.slack, team("T1")).await;
    let first = house.bot.token(T1).await.unwrap();
    house.hours_pass(10);
    house.bot.tokens.look_after().await;
    assert_eq!(house.slack.refreshes(), 0, "exactly two hours are left");
    house.clock.advance(SignedDuration::from_secs(1));
    house.bot.tokens.look_after().await;
    house.bot.tokens.look_after().await;
    assert_eq!(house.slack.refreshes(), 1);
    let second = house.bot.token(T1).await.unwrap();
    assert!(second != first && house.slack.works(&second));
    // And the next pair gets the one after it.
    house.hours_pass(11);
    house.bot.tokens.look_after().await;
    assert_ne!(house.bot.token(T1).await.unwrap(), second);
    assert_eq!(house.slack.refreshes(), 2);
}

#[tokio::test]
async fn a_token_that_ended_while_nobody_looked_is_renewed_when_it_is_needed() {
    let house = House::new().await;
    house.bot.install(&house.slack, team("T1")).await;
    let first = house.bot.token(T1).await.unwrap();
    house.hours_pass(13);
    let second = house.bot.token(T1).await.unwrap();
    assert!(second != first && house.slack.refreshes() == 1);
    // Slack may end one earlier than it said.
    house.slack.tokens_end();
    let third = house.bot.renewed(&second).await.unwrap();
    assert!(third != second && house.slack.works(&third));
    assert_eq!(house.bot.renewed(&second).await.unwrap(), third, "that is newer already");
    assert_eq!(house.slack.refreshes(), 2);
    house.slack.desk().no_rotation = true;
    house.bot.install(&house.slack, team("T1")).await;
    let lasting = house.bot.token(T1).await.unwrap();
    house.hours_pass(1000);
    assert_eq!(house.bot.token(T1).await.unwrap(), lasting);
    assert!(matches!(house.bot.renewed(&lasting).await, Err(SlackError::Unauthorized { .. })));
    assert_eq!(house.slack.refreshes(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_in_two_processes_that_renew_at_once_one_asks_slack() {
    let house = House::new().await;
    house.bot.install(&house.slack, team("T1")).await;
    let other = house.another(&key("a"), &[]).await;
    let old = house.bot.token(T1).await.unwrap();
    assert_eq!(other.token(T1).await.unwrap(), old);
    house.slack.tokens_end();
    let calls = (0..20).map(|number| if number % 2 == 0 { house.bot.renewed(&old) } else { other.renewed(&old) });
    let told = futures_util::future::join_all(calls).await;
    assert_eq!(house.slack.refreshes(), 1, "a refresh token works once");
    let new = told[0].clone().unwrap();
    assert!(house.slack.works(&new) && told.iter().all(|one| one.as_ref() == Ok(&new)), "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pair_is_kept_before_it_is_used_and_even_if_nobody_waits_for_it() {
    let house = House::new().await;
    house.bot.install(&house.slack, team("T1")).await;
    let old = house.bot.token(T1).await.unwrap();
    let before = house.bot.journal.installation("T1").await.unwrap().unwrap();
    let slack_thinks = house.slack.gate.clone().lock_owned().await;
    let tokens = house.bot.tokens.clone();
    let refused = Secret::new(old.clone());
    let waiting = tokio::spawn(async move { tokens.renewed(T1, &refused).await });
    while house.slack.refreshes() == 0 {
        house.slack.asked.notified().await;
    }
    // Whoever wanted to send a message has given up; the other process still sees the lease.
    waiting.abort();
    let other = house.another(&key("a"), &[]).await;
    assert_eq!(other.journal.begin_renewal(&before).await.unwrap(), None);
    assert_eq!(house.bot.journal.installation("T1").await.unwrap().unwrap(), before);
    drop(slack_thinks);
    let began = Instant::now();
    while house.bot.journal.installation("T1").await.unwrap().unwrap() == before {
        assert!(began.elapsed() < Duration::from_secs(10), "the pair is lost");
        tokio::task::yield_now().await;
    }
    let new = other.renewed(&old).await.unwrap();
    assert!(house.slack.works(&new) && house.slack.refreshes() == 1);
}

/// A process that dies after Slack has answered and before the store has written.
#[tokio::test]
async fn a_pair_that_is_lost_leaves_the_old_token_and_a_word_for_a_person() {
    let house = House::new().await;
    house.bot.install(&house.slack, team("T1")).await;
    let old = house.bot.token(T1).await.unwrap();
    house.hours_pass(11);
    house.slack.desk().lose_answer = true;
    house.bot.tokens.look_after().await;
    assert_eq!(house.bot.token(T1).await.unwrap(), old, "it works for another hour");
    // After a rest it is tried again; this Slack forgives nothing.
    house.bot.tokens.look_after().await;
    assert_eq!(house.slack.refreshes(), 1);
    house.clock.advance(SignedDuration::from_secs(31));
    house.bot.tokens.look_after().await;
    assert_eq!(house.slack.refreshes(), 2);
    assert_eq!(house.bot.token(T1).await.unwrap(), old);
    house.clock.advance(SignedDuration::from_mins(9));
    house.bot.tokens.look_after().await;
    assert_eq!(house.slack.refreshes(), 2, "a refusal is not asked for again and again");
    house.hours_pass(1);
    let refused = SlackError::Unauthorized { code: "invalid_refresh_token".to_owned() };
    assert_eq!(house.bot.token(T1).await, Err(refused));
    // Somebody installs it again.
    house.bot.install(&house.slack, team("T1")).await;
    assert!(house.slack.works(&house.bot.token(T1).await.unwrap()));
}

#[tokio::test]
async fn a_lease_that_a_dead_process_left_ends_and_another_one_renews() {
    let house = House::new().await;
    house.bot.install(&house.slack, team("T1")).await;
    let before = house.bot.journal.installation("T1").await.unwrap().unwrap();
    house.bot.journal.begin_renewal(&before).await.unwrap().unwrap();
    house.store.leases_run_out().await;
    house.hours_pass(11);
    house.another(&key("a"), &[]).await.tokens.look_after().await;
    assert_ne!(house.bot.journal.installation("T1").await.unwrap().unwrap(), before);
}

#[tokio::test]
async fn while_slack_is_away_a_token_that_works_is_used() {
    let house = House::new().await;
    house.bot.install(&house.slack, team("T1")).await;
    let old = house.bot.token(T1).await.unwrap();
    house.clock.advance(SignedDuration::from_secs(43_200 - 20));
    house.slack.desk().faults.push(Err(503));
    assert_eq!(house.bot.token(T1).await.unwrap(), old);
    assert_eq!(house.bot.token(T1).await.unwrap(), old);
    assert_eq!(house.slack.refreshes(), 1, "it rests");
    house.clock.advance(SignedDuration::from_secs(30));
    assert_ne!(house.bot.token(T1).await.unwrap(), old);
}

#[tokio::test]
async fn with_another_key_nothing_can_be_read_and_nothing_is_lost() {
    let house = House::new().await;
    house.bot.install(&house.slack, team("T1")).await;
    let token = house.bot.token(T1).await.unwrap();
    let changed = house.another(&key("b"), &[]).await;
    let wrong = SlackError::Unauthorized { code: "wrong_token_key".to_owned() };
    assert_eq!(changed.token(T1).await, Err(wrong.clone()));
    assert_eq!(changed.renewed(&token).await, Err(wrong));
    changed.tokens.uninstalled(T1).await.unwrap();
    house.hours_pass(11);
    changed.tokens.look_after().await;
    assert_eq!(house.slack.refreshes(), 0, "the refresh token was not spent");
    // The former key is put back; or somebody installs again.
    house.bot.tokens.look_after().await;
    assert!(house.slack.works(&house.bot.token(T1).await.unwrap()));
    changed.install(&house.slack, team("T1")).await;
    assert!(house.slack.works(&changed.token(T1).await.unwrap()));
}

#[tokio::test]
async fn after_an_uninstallation_tokens_are_deleted_whichever_event_comes_and_however_often() {
    let house = House::new().await;
    house.bot.install(&house.slack, team("T1")).await;
    house.bot.token(T1).await.unwrap();
    house.slack.uninstall(&team("T1"));
    for _ in 0..3 {
        house.bot.tokens.uninstalled(T1).await.unwrap();
        house.bot.tokens.look_after().await;
    }
    assert!(house.bot.journal.installations().await.unwrap().is_empty());
    assert!(matches!(house.bot.token(T1).await, Err(SlackError::NotInstalled { .. })), "nothing is remembered");
    assert_eq!(house.slack.called("auth.test"), 1);
}

#[tokio::test]
async fn a_late_event_or_one_about_a_persons_token_deletes_nothing() {
    let house = House::new().await;
    house.bot.install(&house.slack, team("T1")).await;
    house.slack.uninstall(&team("T1"));
    house.bot.install(&house.slack, team("T1")).await;
    house.bot.tokens.uninstalled(T1).await.unwrap();
    house.bot.tokens.look_after().await;
    let token = house.bot.token(T1).await.unwrap();
    assert!(house.slack.works(&token));
    house.bot.tokens.look_after().await;
    assert_eq!(house.slack.called("auth.test"), 1, "looked into once");
    // A token that has only ended is renewed before anybody judges.
    house.slack.tokens_end();
    house.bot.tokens.uninstalled(T1).await.unwrap();
    house.bot.tokens.look_after().await;
    assert!(house.slack.works(&house.bot.token(T1).await.unwrap()));
    assert!(house.bot.journal.doubted_installations().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_slack_cannot_be_asked_about_now_is_asked_later() {
    let house = House::new().await;
    house.bot.install(&house.slack, team("T1")).await;
    house.slack.uninstall(&team("T1"));
    house.slack.desk().faults.push(Err(500));
    house.bot.tokens.uninstalled(T1).await.unwrap();
    house.bot.tokens.look_after().await;
    assert_eq!(house.bot.journal.installations().await.unwrap().len(), 1);
    house.clock.advance(SignedDuration::from_secs(31));
    // Also by a process that was not told.
    house.another(&key("a"), &[]).await.tokens.look_after().await;
    assert!(house.bot.journal.installations().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_event_wakes_the_loop_and_the_loop_ends_when_told() {
    let house = House::new().await;
    house.bot.install(&house.slack, team("T1")).await;
    let (stop, tracker) = (tokio_util::sync::CancellationToken::new(), tokio_util::task::TaskTracker::new());
    house.bot.tokens.start(&stop, &tracker);
    tracker.close();
    house.slack.uninstall(&team("T1"));
    house.bot.tokens.uninstalled(T1).await.unwrap();
    let began = Instant::now();
    while !house.bot.journal.installations().await.unwrap().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(10));
        tokio::task::yield_now().await;
    }
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), tracker.wait()).await.unwrap();
}

#[test]
fn every_page_says_what_happened_and_what_to_do() {
    let cards = Cards::load().unwrap();
    let mut titles = std::collections::BTreeSet::new();
    for outcome in Outcome::ALL {
        let (status, html) = page(&cards, outcome);
        assert!((200..504).contains(&status));
        assert!(!html.contains("[install"), "{html}");
        let title = html.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap();
        titles.insert(format!("{status} {title} {}", html.contains("href=\"/slack/install\"")));
        assert!(!html.contains("<script") && html.matches("<style>").count() == 1);
    }
    assert_eq!(titles.len(), Outcome::ALL.len(), "{titles:#?}");
}
