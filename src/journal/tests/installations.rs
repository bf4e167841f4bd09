//! Installations: one at a time renews, nothing newer is overwritten or deleted, attempts end once.

use super::*;
use crate::domain::PlaceKind;

const LASTS: SignedDuration = SignedDuration::from_mins(10);

fn installed(id: &str, token: &str) -> Installation {
    let organisation = id.starts_with('E');
    Installation {
        id: id.into(),
        team: if organisation { String::new() } else { id.into() },
        enterprise: if organisation { id.into() } else { "E1".into() },
        app: "A1".into(),
        bot_user: "U0".into(),
        scopes: "chat:write".into(),
        access_token: token.into(),
        refresh_token: Some(format!("next of {token}")),
        expires_at: Some(after(43_200)),
        installed_at: start(),
    }
}

fn renewed(token: &str) -> Renewed {
    Renewed { access_token: token.into(), refresh_token: None, expires_at: None }
}

#[tokio::test]
async fn an_attempt_ends_once_in_its_browser_and_in_time() {
    let store = Store::new().await;
    let journal = &store.journal;
    for state in ["one", "two"] {
        journal.begin_install((state, "browser"), start(), LASTS).await.unwrap();
    }
    let end = async |state, browser, now| journal.end_install((state, browser), now).await.unwrap();
    assert!(!end("one", "another browser", start()).await, "and that does not use it up");
    assert!(!end("none", "browser", start()).await);
    assert!(end("one", "browser", after(599)).await);
    assert!(!end("one", "browser", after(599)).await, "once");
    assert!(!end("two", "browser", after(600)).await, "too late");
}

#[tokio::test]
async fn attempts_that_nobody_ends_do_not_fill_the_store() {
    let store = Store::new().await;
    store.journal.begin_install(("old", "browser"), start(), LASTS).await.unwrap();
    store.journal.begin_install(("new", "browser"), after(600), LASTS).await.unwrap();
    assert_eq!(store.count("SELECT COUNT(*) FROM install_attempts").await, 1);
    for number in 0..1005 {
        let now = after(700) + SignedDuration::from_millis(number);
        store.journal.begin_install((&format!("s{number}"), "browser"), now, LASTS).await.unwrap();
    }
    assert_eq!(store.count("SELECT COUNT(*) FROM install_attempts").await, 1000);
    assert!(store.journal.end_install(("s1004", "browser"), after(702)).await.unwrap(), "the newest stay");
}

#[tokio::test]
async fn an_installation_is_kept_as_it_was_and_a_newer_one_takes_its_place() {
    let store = Store::new().await;
    let first = installed("T1", "first");
    store.journal.install(&first).await.unwrap();
    assert_eq!(store.journal.installation("T1").await.unwrap(), Some(first));
    assert_eq!(store.journal.installation("T2").await.unwrap(), None);
    let second = Installation { refresh_token: None, expires_at: None, ..installed("T1", "second") };
    store.journal.install(&second).await.unwrap();
    store.journal.install(&installed("E1", "organisation")).await.unwrap();
    assert_eq!(store.journal.installations().await.unwrap(), [installed("E1", "organisation"), second]);
    assert!(!format!("{:?}", installed("T1", "first")).contains("first"));
}

#[tokio::test]
async fn one_at_a_time_renews_and_whoever_holds_an_old_version_does_not() {
    let store = Store::new().await;
    let (old, other) = (installed("T1", "old"), store.replica().await);
    store.journal.install(&old).await.unwrap();
    let renewal = store.journal.begin_renewal(&old).await.unwrap().unwrap();
    assert_eq!(other.begin_renewal(&old).await.unwrap(), None, "somebody is at it");
    store.journal.give_back(&renewal).await.unwrap();
    let renewal = other.begin_renewal(&old).await.unwrap().unwrap();
    assert!(other.end_renewal(&old, &renewed("new")).await.unwrap());
    // A late word of the first holder changes nothing.
    store.journal.give_back(&renewal).await.unwrap();
    assert_eq!(store.journal.begin_renewal(&old).await.unwrap(), None, "it is another version now");
    let now = store.journal.installation("T1").await.unwrap().unwrap();
    assert_eq!((now.access_token.as_str(), now.refresh_token.clone(), now.expires_at), ("new", None, None));
    assert!(store.journal.begin_renewal(&now).await.unwrap().is_some(), "and free");
}

#[tokio::test]
async fn the_lease_of_a_dead_process_ends_and_a_late_pair_still_counts_while_it_is_the_newest() {
    let store = Store::new().await;
    let old = installed("T1", "old");
    store.journal.install(&old).await.unwrap();
    store.journal.begin_renewal(&old).await.unwrap().unwrap();
    store.leases_run_out().await;
    assert!(store.replica().await.begin_renewal(&old).await.unwrap().is_some());
    assert!(store.journal.end_renewal(&old, &renewed("of the frozen")).await.unwrap(), "Slack told it this pair");
    assert!(!store.journal.end_renewal(&old, &renewed("of the other")).await.unwrap());
    assert_eq!(store.journal.installation("T1").await.unwrap().unwrap().access_token, "of the frozen");
    // And never over an installation that was made meanwhile.
    let old = store.journal.installation("T1").await.unwrap().unwrap();
    store.journal.install(&installed("T1", "made again")).await.unwrap();
    assert!(!store.journal.end_renewal(&old, &renewed("late")).await.unwrap());
}

#[tokio::test]
async fn what_ends_soon_and_can_be_renewed_is_found() {
    let store = Store::new().await;
    let ends = |id: &str, at| Installation { expires_at: at, ..installed(id, id) };
    store.journal.install(&ends("T1", Some(after(100)))).await.unwrap();
    store.journal.install(&ends("T2", Some(after(200)))).await.unwrap();
    store.journal.install(&ends("T3", None)).await.unwrap();
    let lasting = Installation { refresh_token: None, ..ends("T4", Some(after(50))) };
    store.journal.install(&lasting).await.unwrap();
    let found = store.journal.ending_before(after(200)).await.unwrap();
    assert_eq!(found.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["T1"]);
}

fn room(team: &str, enterprise: &str, conversation: &str) -> Place {
    Place {
        surface: Surface::Slack,
        conversation: conversation.into(),
        kind: PlaceKind::Channel,
        address: enterprise.into(),
        tenant: team.into(),
    }
}

#[tokio::test]
async fn uninstalling_deletes_the_version_that_was_meant_and_closes_its_places() {
    let store = Store::new().await;
    let places = [room("T1", "E1", "C1"), room("T2", "E1", "C2"), room("T3", "", "C3"), place("19:room")];
    let met = async || {
        let mut tx = store.tx().await;
        for place in &places {
            tx.meet(&rita(), place).await.unwrap();
        }
        tx.commit().await.unwrap();
    };
    let reached = async || {
        let mut reached = Vec::new();
        for place in &places {
            reached.push(store.journal.is_reachable(place).await.unwrap());
        }
        reached
    };
    met().await;
    let (old, new) = (installed("T1", "old"), installed("T1", "new"));
    store.journal.install(&old).await.unwrap();
    store.journal.doubt_installation("T1", after(1)).await.unwrap();
    store.journal.doubt_installation("T9", after(1)).await.unwrap();
    assert_eq!(store.journal.doubted_installations().await.unwrap(), std::slice::from_ref(&old));
    store.journal.install(&new).await.unwrap();
    assert!(store.journal.doubted_installations().await.unwrap().is_empty(), "nobody doubts the new one");
    assert!(!store.journal.uninstall(&old, after(2)).await.unwrap());
    assert_eq!(reached().await, [true; 4]);
    assert!(store.journal.uninstall(&new, after(2)).await.unwrap());
    assert!(!store.journal.uninstall(&new, after(3)).await.unwrap(), "once");
    assert_eq!(reached().await, [false, true, true, true]);
    met().await;
    assert_eq!(reached().await, [true; 4], "met again");
    // An organisation, with one workspace that has an installation of its own.
    store.journal.install(&installed("T2", "own")).await.unwrap();
    store.journal.install(&installed("E1", "organisation")).await.unwrap();
    assert!(store.journal.uninstall(&installed("E1", "organisation"), after(4)).await.unwrap());
    assert_eq!(reached().await, [false, true, true, true]);
}

#[tokio::test]
async fn a_doubt_that_was_looked_into_is_over() {
    let store = Store::new().await;
    let installation = installed("T1", "token");
    store.journal.install(&installation).await.unwrap();
    store.journal.doubt_installation("T1", after(1)).await.unwrap();
    store.journal.trust_installation(&installed("T1", "another")).await.unwrap();
    assert_eq!(store.journal.doubted_installations().await.unwrap().len(), 1);
    store.journal.trust_installation(&installation).await.unwrap();
    assert!(store.journal.doubted_installations().await.unwrap().is_empty());
}
