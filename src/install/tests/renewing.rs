//! Tokens that end, and who gets the next ones.

use super::*;

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
async fn a_token_that_was_moved_to_another_row_or_column_opens_nothing() {
    let house = House::new().await;
    for whose in [team("T1"), team("T2")] {
        house.bot.install(&house.slack, whose).await;
    }
    let moved = "UPDATE installations SET token = (SELECT token FROM installations WHERE id = 'T2') WHERE id = 'T1'";
    house.store.sql(moved).await;
    let refused = SlackError::Unauthorized { code: "wrong_token_key".to_owned() };
    assert_eq!(house.bot.token(T1).await, Err(refused.clone()));
    house.store.sql("UPDATE installations SET token = next_token").await;
    assert_eq!(house.bot.token(Workspace { team: "T2", ..T1 }).await, Err(refused));
}
