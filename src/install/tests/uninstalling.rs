//! What Slack says is over, and what is.

use super::*;

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
