//! Messages: order, rewriting, pauses, and what cannot be delivered.

use super::*;
use crate::flow::{Audience, Card, CardKind};
use crate::view::Outgoing;
use crate::view::View;

pub(super) const CARD: Card = Card { kind: CardKind::Progress, round: 1 };

fn words(id: &str) -> Outgoing {
    Outgoing::Say(Sentence::new(id))
}

/// A card that tells itself from the others by a number.
pub(super) fn card(number: u32) -> View {
    let subject = format!("number {number}");
    View::Problems(crate::view::Problems { request: RequestId(1), work: Work::Onboard, subject, problems: Vec::new() })
}

pub(super) fn number(sending: &Sending) -> String {
    match &sending.what {
        Outgoing::Say(sentence) => sentence.id.clone(),
        Outgoing::TakeBack(id) => format!("take back {id}"),
        Outgoing::Home(home) => format!("{} of mine", home.mine.len()),
        Outgoing::Show(view) => match view.as_ref() {
            View::Problems(card) => card.subject.clone(),
            other => panic!("{other:?}"),
        },
    }
}

impl Store {
    pub(super) async fn said(&self, conversation: &str, id: &str, now: Timestamp) {
        let mut tx = self.tx().await;
        tx.send(&place(conversation), None, words(id), now).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(super) async fn posted(&self, conversation: &str, view: View) {
        let place = place(conversation);
        let new = NewPost {
            request: RequestId(1),
            card: CARD,
            audience: Audience::Everybody,
            place: &place,
            to: None,
            seen_by: Vec::new(),
            view,
        };
        let mut tx = self.tx().await;
        tx.post(new, start()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(super) async fn rewritten(&self, view: View, last: bool, now: Timestamp) {
        let mut tx = self.tx().await;
        for post in tx.posts(RequestId(1), CARD).await.unwrap() {
            tx.rewrite(&post, view.clone(), last, now).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    pub(super) async fn lane(&self, now: Timestamp) -> LaneClaim {
        let mut claims = self.journal.claim_lanes(now, 9).await.unwrap();
        assert_eq!(claims.len(), 1);
        claims.remove(0)
    }

    pub(super) async fn next(&self, claim: &LaneClaim, now: Timestamp) -> Option<Sending> {
        self.journal.next_sending(claim, now).await.unwrap()
    }

    pub(super) async fn waiting(&self) -> i64 {
        self.journal.outbox_depth().await.unwrap().0
    }

    /// A posted card that the vendor has taken, and the lane in hand.
    async fn shown(&self) -> LaneClaim {
        self.posted("19:room", card(0)).await;
        let claim = self.lane(start()).await;
        let sending = self.next(&claim, start()).await.unwrap();
        self.journal.sent(&claim, &sending, Some("vendor-1"), start()).await.unwrap();
        claim
    }
}

#[tokio::test]
async fn a_conversation_is_told_everything_in_order_by_one_sender() {
    let store = Store::new().await;
    for id in ["one", "two", "three"] {
        store.said("19:room", id, start()).await;
    }
    store.said("19:other", "elsewhere", start()).await;
    let claims = store.journal.claim_lanes(start(), 9).await.unwrap();
    assert_eq!(claims.len(), 2, "one lane each");
    assert!(store.journal.claim_lanes(start(), 9).await.unwrap().is_empty(), "in hand");
    let room = claims.iter().find(|c| c.lane.contains("room")).unwrap();
    for id in ["one", "two", "three"] {
        let sending = store.next(room, start()).await.unwrap();
        assert_eq!(number(&sending), id);
        store.journal.sent(room, &sending, None, start()).await.unwrap();
    }
    assert_eq!(store.next(room, start()).await, None);
    store.journal.leave_lane(room, start()).await.unwrap();
    assert!(store.journal.claim_lanes(start(), 9).await.unwrap().is_empty(), "nothing left to say");
}

#[tokio::test]
async fn a_lane_rests_as_long_as_it_was_told_and_remembers_what_went() {
    let store = Store::new().await;
    store.said("19:room", "one", start()).await;
    store.said("19:room", "two", start()).await;
    let mut claim = store.lane(start()).await;
    let sending = store.next(&claim, start()).await.unwrap();
    claim.sent.push(start().as_millisecond());
    store.journal.sent(&claim, &sending, None, start()).await.unwrap();
    store.journal.leave_lane(&claim, after(7)).await.unwrap();
    assert_eq!(store.journal.outbox_due().await.unwrap(), Some(after(7)));
    assert!(store.journal.claim_lanes(after(6), 9).await.unwrap().is_empty());
    let store = store.restarted().await;
    let again = store.lane(after(7)).await;
    assert_eq!(again.sent, [start().as_millisecond()]);
    // Whoever had the lane before cannot end this claim.
    store.journal.leave_lane(&claim, after(1)).await.unwrap();
    assert!(store.journal.claim_lanes(after(9), 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn only_the_present_holder_of_a_lane_can_keep_it() {
    let store = Store::new().await;
    store.said("19:room", "say-expired", start()).await;
    let first = store.lane(start()).await;
    store.journal.renew_lane(&first).await.unwrap();
    store.journal.leave_lane(&first, start()).await.unwrap();
    let second = store.lane(start()).await;
    let late = store.journal.renew_lane(&first).await;
    assert!(matches!(late, Err(JournalError::LeaseLost)), "{late:?}");
    store.journal.renew_lane(&second).await.unwrap();
}

#[tokio::test]
async fn no_conversation_waits_for_a_busy_one() {
    let store = Store::new().await;
    let mut order = Vec::new();
    for n in 0..4 {
        for room in ["19:a", "19:b"] {
            store.said(room, "word", after(n)).await;
        }
    }
    for n in 4..12 {
        let claim = store.journal.claim_lanes(after(n), 1).await.unwrap().remove(0);
        let sending = store.next(&claim, after(n)).await.unwrap();
        store.journal.sent(&claim, &sending, None, after(n)).await.unwrap();
        store.journal.leave_lane(&claim, after(n)).await.unwrap();
        order.push(sending.place.conversation);
    }
    for turn in order.chunks(2) {
        assert_ne!(turn[0], turn[1], "{order:?}");
    }
}

#[tokio::test]
async fn a_rewrite_replaces_what_still_waits() {
    let store = Store::new().await;
    store.posted("19:room", card(0)).await;
    for n in 1..=5 {
        store.rewritten(card(n), false, start()).await;
    }
    assert_eq!(store.waiting().await, 1, "never sent, so posted once, with the last state");
    let claim = store.lane(start()).await;
    let sending = store.next(&claim, start()).await.unwrap();
    assert_eq!((number(&sending).as_str(), sending.post.as_ref().unwrap().vendor_id.clone()), ("number 5", None));
    store.journal.sent(&claim, &sending, Some("vendor-1"), start()).await.unwrap();
    for n in 6..=9 {
        store.rewritten(card(n), false, after(5)).await;
    }
    assert_eq!(store.waiting().await, 1);
    let sending = store.next(&claim, after(5)).await.unwrap();
    assert_eq!(number(&sending), "number 9");
    assert_eq!(sending.post.unwrap().vendor_id.as_deref(), Some("vendor-1"), "rewritten in its place");
}

#[tokio::test]
async fn what_changes_while_it_is_being_sent_is_sent_again() {
    let store = Store::new().await;
    store.posted("19:room", card(0)).await;
    let claim = store.lane(start()).await;
    let in_flight = store.next(&claim, start()).await.unwrap();
    store.rewritten(card(1), false, start()).await;
    store.journal.sent(&claim, &in_flight, Some("vendor-1"), start()).await.unwrap();
    let again = store.next(&claim, start()).await.unwrap();
    assert_eq!(number(&again), "number 1");
    assert_eq!(
        again.post.as_ref().unwrap().vendor_id.as_deref(),
        Some("vendor-1"),
        "as a rewrite, not as a second post"
    );
    store.journal.sent(&claim, &again, None, start()).await.unwrap();
    assert_eq!(store.waiting().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_while_it_is_being_recorded_as_sent_is_sent_again() {
    let store = Store::new().await;
    store.posted("19:room", card(0)).await;
    let mut recording = store.tx().await;
    sqlx::query("DELETE FROM outbox").execute(&mut *recording.inner).await.unwrap();
    tokio::join!(store.rewritten(card(1), true, start()), async {
        store.somebody_waits().await;
        recording.commit().await.unwrap();
    });
    let claim = store.lane(start()).await;
    assert_eq!(number(&store.next(&claim, start()).await.unwrap()), "number 1");
}

#[tokio::test]
async fn rewrites_keep_two_seconds_between_them_unless_it_is_the_last() {
    let store = Store::new().await;
    let claim = store.shown().await;
    let soon = start() + SignedDuration::from_millis(100);
    store.rewritten(card(1), false, soon).await;
    assert_eq!(store.next(&claim, after(2) - SignedDuration::from_millis(1)).await, None);
    assert_eq!(number(&store.next(&claim, after(2)).await.unwrap()), "number 1");
    store.rewritten(card(2), true, soon).await;
    let last = store.next(&claim, soon).await.unwrap();
    assert_eq!(number(&last), "number 2", "the end does not wait");
    store.journal.sent(&claim, &last, None, soon).await.unwrap();
    // Long after the last one there is nothing to wait for.
    store.rewritten(card(3), false, after(60)).await;
    assert!(store.next(&claim, after(60)).await.is_some());
}

#[tokio::test]
async fn a_message_that_did_not_arrive_is_tried_again_with_what_it_says_then() {
    let store = Store::new().await;
    store.posted("19:room", card(0)).await;
    let claim = store.lane(start()).await;
    for attempt in 0..3 {
        let now = after(i64::from(attempt) * 10);
        let sending = store.next(&claim, now).await.unwrap();
        assert_eq!(sending.attempt, attempt);
        store.journal.not_sent(&sending, now + SignedDuration::from_secs(10)).await.unwrap();
        assert_eq!(store.next(&claim, now + SignedDuration::from_secs(9)).await, None);
    }
    store.rewritten(card(7), false, after(30)).await;
    assert_eq!(number(&store.next(&claim, after(30)).await.unwrap()), "number 7");
}

#[tokio::test]
async fn a_message_that_the_vendor_forgot_is_posted_afresh() {
    let store = Store::new().await;
    let claim = store.shown().await;
    store.rewritten(card(1), true, after(1)).await;
    let sending = store.next(&claim, after(1)).await.unwrap();
    store.journal.repost(&sending).await.unwrap();
    let afresh = store.next(&claim, after(1)).await.unwrap();
    assert_eq!((number(&afresh).as_str(), afresh.post.as_ref().unwrap().vendor_id.clone()), ("number 1", None));
    store.journal.sent(&claim, &afresh, Some("vendor-2"), after(1)).await.unwrap();
    let posts = store.tx().await.posts(RequestId(1), CARD).await.unwrap();
    assert_eq!(posts.iter().map(|p| p.vendor_id.as_deref()).collect::<Vec<_>>(), [Some("vendor-2")]);
}

impl Store {
    async fn left(&self, sending: &Sending) -> Vec<Unheard> {
        let mut tx = self.tx().await;
        let unheard = tx.leave_place(sending, start()).await.unwrap();
        tx.commit().await.unwrap();
        unheard
    }
}

#[tokio::test]
async fn of_a_conversation_that_is_gone_the_ends_that_waited_there_are_handed_over_once() {
    let store = Store::new().await;
    let end = View::Done(crate::view::Done {
        work: Work::Onboard,
        stamp: crate::view::Stamp { request: RequestId(1), version: 7 },
        requester: crate::view::Mention {
            surface: Surface::Teams,
            id: "29:alan".to_owned(),
            directory_id: "alan".to_owned(),
            name: "Alan".to_owned(),
        },
        subject_name: "Alice".to_owned(),
        subject: "alice@contoso.com".to_owned(),
        evidence: Vec::new(),
        reports: Vec::new(),
        without_pbx: false,
        unread: false,
        saved: false,
        read_at: start(),
        approved_by: Vec::new(),
        told: None,
    });
    store.posted("19:room", card(0)).await;
    store.posted("19:room", end.clone()).await;
    let claim = store.lane(start()).await;
    let refused = store.next(&claim, start()).await.unwrap();
    let unsaid = vec![Outgoing::Show(Box::new(end.clone()))];
    assert_eq!(store.left(&refused).await, [Unheard { request: RequestId(1), unsaid: unsaid.clone() }]);
    assert_eq!(store.waiting().await, 0);
    // What was about to be rewritten meanwhile is not told again; an end is.
    store.sql("UPDATE outbox SET status = 'new'").await;
    store.sql("DELETE FROM outbox WHERE body LIKE '%done%'").await;
    assert_eq!(store.left(&refused).await, []);
    store.posted("19:room", end).await;
    assert_eq!(store.left(&refused).await, [Unheard { request: RequestId(1), unsaid }]);
}

#[tokio::test]
async fn one_refused_message_costs_nothing_else_and_a_gone_conversation_everything_in_it() {
    let store = Store::new().await;
    let request = RequestId(1);
    store.posted("19:room", card(0)).await;
    store.posted("19:other", card(0)).await;
    store.said("19:room", "two", start()).await;
    store.said("19:room", "three", start()).await;
    let mut tx = store.tx().await;
    tx.meet(&rita(), &place("19:room")).await.unwrap();
    tx.commit().await.unwrap();
    let claims = store.journal.claim_lanes(start(), 9).await.unwrap();
    let room = claims.iter().find(|c| c.lane.contains("room")).unwrap();
    let refused = store.next(room, start()).await.unwrap();
    let mut tx = store.tx().await;
    tx.give_up(&refused).await.unwrap();
    tx.commit().await.unwrap();
    let next = store.next(room, start()).await.unwrap();
    assert_eq!(number(&next), "two");
    assert_eq!(store.left(&next).await, [Unheard { request, unsaid: Vec::new() }]);
    assert_eq!(store.next(room, start()).await, None);
    assert_eq!(store.journal.outbox_depth().await.unwrap(), (1, 3), "the other conversation goes on");
    assert!(!store.journal.is_reachable(&place("19:room")).await.unwrap());
    let live = store.tx().await.posts(request, CARD).await.unwrap();
    assert_eq!(live.iter().map(|p| p.place.conversation.as_str()).collect::<Vec<_>>(), ["19:other"]);
    let places = store.tx().await.places_of(request).await.unwrap();
    assert_eq!(places, [(place("19:other"), Audience::Everybody)]);
    assert!(store.journal.is_shown_in(request, &place("19:room")).await.unwrap(), "it was shown there");
    let foreign = Place { tenant: "fabrikam-tenant".into(), ..place("19:room") };
    assert!(!store.journal.is_shown_in(request, &foreign).await.unwrap());
}

#[tokio::test]
async fn a_message_that_cannot_be_read_holds_up_nobody() {
    let store = Store::new().await;
    store.said("19:room", "one", start()).await;
    store.sql("UPDATE outbox SET body = '[]'").await;
    store.said("19:room", "two", start()).await;
    let claim = store.lane(start()).await;
    assert_eq!(number(&store.next(&claim, start()).await.unwrap()), "two");
    assert_eq!(store.journal.outbox_depth().await.unwrap(), (1, 1));
}
