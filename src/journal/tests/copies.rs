//! Messages whose sender died: claimed once, counted as sent or waiting to be seen.

use super::outbox::{CARD, card, number};
use super::*;
use crate::domain::SeenCopy;
use crate::journal::outbox::DOUBT;
use crate::view::Outgoing;

fn copy(sending: &Sending, message: &str) -> SeenCopy {
    SeenCopy { post: sending.post.as_ref().unwrap().id.clone(), message: message.to_owned() }
}

impl Store {
    /// Somebody claims the first message of the only lane and dies.
    async fn claimed(&self) -> (LaneClaim, Sending) {
        let claim = self.lane(start()).await;
        let sending = self.next(&claim, start()).await.unwrap();
        assert_eq!(self.journal.claim_sending(&claim, &sending, start()).await.unwrap(), MayGo::Yes);
        self.leases_run_out().await;
        (claim, sending)
    }

    /// A card of which nobody knows whether it arrived, and its successor's lane.
    async fn in_doubt(&self) -> (LaneClaim, Sending) {
        self.posted("19:room", card(0)).await;
        self.claimed().await;
        let claim = self.lane(after(1)).await;
        let sending = self.next(&claim, after(1)).await.unwrap();
        (claim, sending)
    }

    async fn taken_back(&self, now: Timestamp) -> Vec<Outgoing> {
        self.leases_run_out().await;
        let Some(claim) = self.journal.claim_lanes(now, 9).await.unwrap().pop() else { return Vec::new() };
        let mut found = Vec::new();
        while let Some(sending) = self.next(&claim, now).await {
            found.push(sending.what.clone());
            self.journal.sent(&claim, &sending, None, now).await.unwrap();
        }
        found
    }
}

#[tokio::test]
async fn a_message_is_claimed_by_one_and_once() {
    let store = Store::new().await;
    store.said("19:room", "one", start()).await;
    let (lost, sending) = store.claimed().await;
    let claim = store.lane(start()).await;
    let again = store.next(&claim, start()).await.unwrap();
    assert_eq!(again.claimed_at, Some(start()));
    for (claim, sending) in [(&lost, &sending), (&claim, &again)] {
        assert_eq!(store.journal.claim_sending(claim, sending, after(1)).await.unwrap(), MayGo::NoLonger);
    }
    store.journal.count_as_sent(&again).await.unwrap();
    assert_eq!(store.waiting().await, 0);
}

#[tokio::test]
async fn whoever_lost_the_conversation_claims_nothing_in_it_and_rewrites_nothing() {
    let store = Store::new().await;
    store.said("19:room", "one", start()).await;
    let late = store.lane(start()).await;
    let sending = store.next(&late, start()).await.unwrap();
    assert!(store.journal.holds_lane(&late).await.unwrap());
    store.leases_run_out().await;
    let present = store.lane(start()).await;
    assert_eq!(store.journal.claim_sending(&late, &sending, start()).await.unwrap(), MayGo::NoLonger);
    assert!(!store.journal.holds_lane(&late).await.unwrap());
    assert_eq!(store.next(&present, start()).await.unwrap().claimed_at, None);
    assert_eq!(store.journal.claim_sending(&present, &sending, start()).await.unwrap(), MayGo::Yes);
}

#[tokio::test]
async fn a_claim_is_given_back_when_the_vendor_refuses() {
    let store = Store::new().await;
    store.said("19:room", "one", start()).await;
    let (_, sending) = store.claimed().await;
    store.journal.not_sent(&sending, after(5)).await.unwrap();
    let claim = store.lane(after(5)).await;
    let again = store.next(&claim, after(5)).await.unwrap();
    assert_eq!((again.claimed_at, again.attempt), (None, 1));
    assert_eq!(store.journal.claim_sending(&claim, &again, after(5)).await.unwrap(), MayGo::Yes);
}

#[tokio::test]
async fn a_card_that_somebody_sees_is_rewritten_and_not_posted_again() {
    let store = Store::new().await;
    let (claim, sending) = store.in_doubt().await;
    store.journal.wait_to_be_seen(&sending, start() + DOUBT).await.unwrap();
    // What changes meanwhile does not pull it forward.
    store.rewritten(card(7), true, after(2)).await;
    assert_eq!(store.next(&claim, after(3)).await, None);
    let seen = store.journal.seen(&copy(&sending, "vendor-1"), &place("19:room"), after(3)).await.unwrap();
    assert_eq!(seen.map(|post| post.id), sending.post.as_ref().map(|post| post.id.clone()));
    let rewrite = store.next(&claim, after(3)).await.unwrap();
    assert_eq!(rewrite.post.as_ref().unwrap().vendor_id.as_deref(), Some("vendor-1"));
    assert_eq!(number(&rewrite), "number 7");
    store.journal.sent(&claim, &rewrite, None, after(3)).await.unwrap();
    assert_eq!(store.waiting().await, 0);
    // Another message than the one we know is not believed to be a copy: nobody ever doubted it.
    store.journal.seen(&copy(&sending, "vendor-9"), &place("19:room"), after(4)).await.unwrap();
    assert_eq!(store.taken_back(after(4)).await, []);
}

#[tokio::test]
async fn of_a_card_that_was_posted_again_the_first_copy_is_taken_back_when_it_is_seen() {
    let store = Store::new().await;
    let (claim, sending) = store.in_doubt().await;
    store.journal.doubt(&sending).await.unwrap();
    let again = store.next(&claim, after(40)).await.unwrap();
    assert_eq!((again.claimed_at, again.attempt), (None, 1));
    assert_eq!(store.journal.claim_sending(&claim, &again, after(40)).await.unwrap(), MayGo::Yes);
    store.journal.sent(&claim, &again, Some("vendor-2"), after(40)).await.unwrap();
    for (room, message, gone) in [
        ("19:room", "vendor-2", &[][..]),
        ("19:other", "vendor-1", &[]),
        ("19:room", "vendor-1", &[Outgoing::TakeBack("vendor-1".to_owned())]),
    ] {
        store.journal.seen(&copy(&sending, message), &place(room), after(41)).await.unwrap();
        assert_eq!(store.taken_back(after(41)).await, gone, "{message} in {room}");
    }
    let mut tx = store.tx().await;
    assert_eq!(tx.posts(RequestId(1), CARD).await.unwrap()[0].vendor_id.as_deref(), Some("vendor-2"));
}

#[tokio::test]
async fn a_post_that_does_not_exist_teaches_nothing() {
    let store = Store::new().await;
    let unknown = SeenCopy { post: "p".to_owned(), message: "m".to_owned() };
    assert_eq!(store.journal.seen(&unknown, &place("19:room"), start()).await.unwrap(), None);
}
