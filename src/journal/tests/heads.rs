//! The message that begins a thread of the bot's own, and what it turns into.

use super::outbox::{CARD, card};
use super::*;
use crate::domain::SeenCopy;
use crate::flow::{Audience, Card, CardKind};
use crate::view::Outgoing;

const CONFIRM: Card = Card { kind: CardKind::Confirm, round: 1 };
const APPROVAL: Card = Card { kind: CardKind::Approval, round: 1 };

fn own() -> Place {
    Place { surface: Surface::Slack, tenant: "T1".into(), address: String::new(), ..place("C1") }.own_thread("ONB-1")
}

impl Store {
    async fn shows(&self, place: &Place, kind: Card) {
        let (request, audience, view) = (RequestId(1), Audience::Everybody, card(0));
        let new = NewPost { request, card: kind, audience, place, to: None, seen_by: Vec::new(), view };
        let mut tx = self.tx().await;
        tx.post(new, start()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The vendor takes whatever is due in the only lane, the first message as `ids[0]` and so on.
    async fn arrived(&self, ids: &[&str]) -> LaneClaim {
        let claim = self.lane(start()).await;
        for id in ids {
            let sending = self.next(&claim, start()).await.unwrap();
            self.journal.sent(&claim, &sending, Some(*id), start()).await.unwrap();
        }
        self.journal.leave_lane(&claim, start()).await.unwrap();
        claim
    }

    async fn head(&self, number: u32, place: &Place) -> Option<(Card, Option<String>)> {
        let mut tx = self.tx().await;
        let head = tx.head(RequestId(number), place).await.unwrap();
        head.map(|post| (post.card, post.vendor_id))
    }

    /// Something is to be said there, so that the lane can be claimed.
    async fn next_claim(&self) -> LaneClaim {
        let mut tx = self.tx().await;
        tx.send(&own(), None, Outgoing::Say(Sentence::new("more")), start()).await.unwrap();
        tx.commit().await.unwrap();
        self.lane(start()).await
    }
}

#[tokio::test]
async fn the_head_is_what_arrived_first_and_until_then_the_oldest() {
    let store = Store::new().await;
    assert_eq!(store.head(1, &own()).await, None);
    for kind in [CONFIRM, APPROVAL] {
        store.shows(&own(), kind).await;
    }
    assert_eq!(store.head(1, &own()).await, Some((CONFIRM, None)));
    assert_eq!(store.head(2, &own()).await, None, "another request's is nobody else's");
    store.arrived(&["17.01", "17.02"]).await;
    assert_eq!(store.head(1, &own()).await, Some((CONFIRM, Some("17.01".into()))));
}

#[tokio::test]
async fn where_words_begin_the_thread_or_it_is_somebody_elses_no_card_does() {
    let store = Store::new().await;
    let mut tx = store.tx().await;
    tx.send(&own(), None, Outgoing::Say(Sentence::new("say-card-refused")), start()).await.unwrap();
    tx.commit().await.unwrap();
    store.shows(&own(), CONFIRM).await;
    store.arrived(&["17.01", "17.02"]).await;
    assert_eq!(store.head(1, &own()).await, None);
    let theirs = Place { conversation: "C1;thread=5.5".into(), ..own() };
    let in_teams = Place { surface: Surface::Teams, ..own() };
    for place in [&theirs, &in_teams] {
        store.shows(place, CONFIRM).await;
        assert_eq!(store.head(1, place).await, None, "{place:?}");
    }
}

#[tokio::test]
async fn a_post_that_turns_into_another_card_is_the_same_message() {
    let store = Store::new().await;
    store.shows(&own(), CONFIRM).await;
    store.arrived(&["17.01"]).await;
    let mut tx = store.tx().await;
    let head = tx.head(RequestId(1), &own()).await.unwrap().unwrap();
    tx.turn_into(&head, CARD).await.unwrap();
    tx.rewrite(&head, card(1), true, start()).await.unwrap();
    assert_eq!(tx.posts(RequestId(1), CONFIRM).await.unwrap(), []);
    let posts = tx.posts(RequestId(1), CARD).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((posts.len(), posts[0].vendor_id.as_deref()), (1, Some("17.01")));
    let claim = store.lane(start()).await;
    let sending = store.next(&claim, start()).await.unwrap();
    assert_eq!(sending.post.unwrap().id, head.id, "it is rewritten");
}

#[tokio::test]
async fn a_request_of_a_version_before_keeps_its_progress_where_it_is() {
    let store = Store::new().await;
    for kind in [CONFIRM, CARD] {
        store.shows(&own(), kind).await;
    }
    store.arrived(&["17.01", "17.02"]).await;
    let mut tx = store.tx().await;
    let posts = tx.posts(RequestId(1), CARD).await.unwrap();
    assert_eq!((posts.len(), posts[0].vendor_id.as_deref()), (1, Some("17.02")));
}

#[tokio::test]
async fn a_card_whose_answer_was_lost_begins_the_thread_once_somebody_has_seen_it() {
    let store = Store::new().await;
    store.shows(&own(), CONFIRM).await;
    let claim = store.lane(start()).await;
    let sending = store.next(&claim, start()).await.unwrap();
    store.journal.claim_sending(&claim, &sending, start()).await.unwrap();
    store.journal.leave_lane(&claim, start()).await.unwrap();
    let copy = SeenCopy { post: sending.post.unwrap().id, message: "17.01".into() };
    let before_them = Place { conversation: "C1;thread=17.01".into(), ..own() };
    store.journal.seen(&copy, &before_them, start()).await.unwrap().unwrap();
    assert_eq!(store.next_claim().await.root.as_deref(), Some("17.01"));
}

#[tokio::test]
async fn a_thread_whose_first_message_is_gone_is_begun_anew_and_only_then() {
    let store = Store::new().await;
    store.shows(&own(), CONFIRM).await;
    store.arrived(&["17.01"]).await;
    let claim = store.next_claim().await;
    let lost = claim.clone();
    let other = LaneClaim { root: Some("9.9".to_owned()), ..claim.clone() };
    store.journal.leave_lane(&claim, start()).await.unwrap();
    store.journal.lose_root(&other).await.unwrap();
    let claim = store.lane(start()).await;
    assert_eq!(claim.root.as_deref(), Some("17.01"));
    store.journal.lose_root(&lost).await.unwrap();
    store.journal.leave_lane(&claim, start()).await.unwrap();
    let claim = store.lane(start()).await;
    assert_eq!(claim.root.as_deref(), Some("17.01"), "whoever lost the conversation changes nothing in it");
    store.journal.lose_root(&claim).await.unwrap();
    store.journal.leave_lane(&claim, start()).await.unwrap();
    assert_eq!(store.lane(start()).await.root, None);
}
