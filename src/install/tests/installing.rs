//! Off to Slack and back, and what a browser is told.

use super::*;

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
async fn whoever_opens_the_page_again_and_again_keeps_the_store_busy_only_so_much() {
    let house = House::new().await;
    for _ in 0..60 {
        house.bot.installer.begin().await.unwrap();
    }
    assert_eq!(house.bot.installer.begin().await, Err(Outcome::Crowded));
    house.clock.advance(SignedDuration::from_secs(60));
    assert!(house.bot.installer.begin().await.is_ok());
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
    assert_eq!(kept.lacks(&["chat:write", "commands", "users:read"]), ["users:read"]);
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
