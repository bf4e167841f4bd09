//! Slack's limits, from the outbox to a real server.

use std::sync::{LazyLock, Mutex};

use serde_json::json;

use super::*;
use crate::cards::Cards;
use crate::chat::Surfaces;
use crate::chat::slack::fake::{Answer, Fake, HERE, Seen, answer, connector, ok, refusal, start};
use crate::chat::slack::place;
use crate::clock::{Clock as _, ManualClock};
use crate::config::load_text;
use crate::domain::{Person, RequestId, Work};
use crate::flow::{Audience, Card, CardKind};
use crate::journal::{Journal, NewPost};
use crate::view::Problems;
use crate::workers::Furniture;

static EXAMPLE: LazyLock<String> = LazyLock::new(|| {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/onboard-bot.example.toml")).unwrap()
});
const CARD: Card = Card { kind: CardKind::Progress, round: 1 };

fn card(number: u32) -> View {
    View::Problems(Problems {
        request: RequestId(1),
        work: Work::Onboard,
        subject: format!("number {number}"),
        problems: Vec::new(),
    })
}

fn ada() -> Person {
    Person { id: "a-1".into(), chat_id: "U1".into(), name: "Ada".into(), upn: None }
}

/// How the fake answers chat.update, and otherwise as Slack does when all is well.
type Update = Arc<Mutex<fn() -> Answer>>;

fn busy() -> Answer {
    Answer { headers: vec![("retry-after", "30".to_owned())], ..answer(429, "") }
}

fn fine() -> Answer {
    ok(json!({}))
}

struct House {
    office: Office,
    clock: Arc<ManualClock>,
    fake: Fake,
    update: Update,
    pace: Pace,
    _folder: tempfile::TempDir,
}

impl House {
    async fn new() -> Self {
        let update: Update = Arc::new(Mutex::new(fine));
        let set = Arc::clone(&update);
        let fake = Fake::start(move |seen: &Seen| match seen.path.as_str() {
            "/api/chat.update" => (set.lock().unwrap())(),
            "/api/chat.postMessage" => ok(json!({"channel": seen.json()["channel"], "ts": "1700000001.000200"})),
            "/api/chat.postEphemeral" if seen.json()["user"] == "U404" => refusal("user_not_in_channel"),
            "/api/conversations.open" => refusal("user_disabled"),
            _ => ok(json!({})),
        })
        .await;
        let (slack, clock) = connector(&fake.url);
        let folder = tempfile::tempdir().unwrap();
        let text = regex::Regex::new(r#""env:[A-Z0-9_]+""#).unwrap().replace_all(&EXAMPLE, r#""hush""#).into_owned();
        let furniture = Furniture {
            config: Arc::new(load_text(&text, Vec::new()).unwrap()),
            journal: Journal::open(&format!("sqlite:{}", folder.path().join("bot.db").display())).await.unwrap(),
            clock: clock.clone(),
            surfaces: Surfaces::new(Arc::new(Cards::load().unwrap()), None, Some(slack)),
        };
        let office = Office::new(furniture).unwrap();
        Self { office, clock, fake, update, pace: Pace::default(), _folder: folder }
    }

    async fn say(&self, place: &Place, to: Option<&Person>) {
        let mut tx = self.office.journal.begin().await.unwrap();
        tx.send(place, to, Outgoing::Say(Sentence::new("say-expired")), self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn post(&self, place: &Place) {
        let (card, view) = (CARD, card(0));
        let new = NewPost {
            request: RequestId(1),
            card,
            audience: Audience::Everybody,
            place,
            to: None,
            seen_by: Vec::new(),
            view,
        };
        let mut tx = self.office.journal.begin().await.unwrap();
        tx.post(new, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn rewrite(&self, number: u32) {
        let mut tx = self.office.journal.begin().await.unwrap();
        for post in tx.posts(RequestId(1), CARD).await.unwrap() {
            tx.rewrite(&post, card(number), true, self.clock.now()).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Sends whatever is due now in every lane, and tells which methods that called.
    async fn send(&self) -> Vec<String> {
        let before = self.fake.seen().len();
        loop {
            let claims = self.office.journal.claim_lanes(self.clock.now(), 9).await.unwrap();
            if claims.is_empty() {
                return self.fake.paths().split_off(before);
            }
            for claim in claims {
                self.office.send_lane(claim, &self.pace, &CancellationToken::new()).await.unwrap();
            }
        }
    }

    fn wait(&self, milliseconds: i64) {
        self.clock.advance(SignedDuration::from_millis(milliseconds));
    }
}

#[tokio::test]
async fn a_progress_card_that_must_wait_lets_an_answer_to_a_person_pass() {
    let house = House::new().await;
    let place = place::thread(HERE, "C1", "17.01");
    house.post(&place).await;
    assert_eq!(house.send().await, ["chat.postMessage"]);
    *house.update.lock().unwrap() = busy;
    house.rewrite(1).await;
    house.say(&place, Some(&ada())).await;
    assert_eq!(house.send().await, ["chat.update", "chat.postEphemeral"], "the 429 is the card's alone");
    house.wait(10_000);
    house.rewrite(2).await;
    house.say(&place, Some(&ada())).await;
    assert_eq!(house.send().await, ["chat.postEphemeral"], "Slack is not asked again before its time");
    house.wait(19_000);
    assert_eq!(house.send().await, [""; 0]);
    *house.update.lock().unwrap() = fine;
    house.wait(1_001);
    assert_eq!(house.send().await, ["chat.update"], "once, with the last state");
    assert!(house.fake.seen().last().unwrap().body.contains("number 2"));
    assert_eq!(house.office.journal.outbox_depth().await.unwrap(), (0, 0));
}

#[tokio::test]
async fn fifty_rewrites_a_minute_are_the_workspaces_and_no_reason_to_keep_somebody_waiting() {
    let house = House::new().await;
    let place = place::thread(HERE, "C1", "17.01");
    house.post(&place).await;
    house.send().await;
    for number in 0..50 {
        house.rewrite(number).await;
        assert_eq!(house.send().await, ["chat.update"], "{number}");
        house.wait(10);
    }
    house.rewrite(51).await;
    house.say(&place, Some(&ada())).await;
    assert_eq!(house.send().await, ["chat.postEphemeral"]);
    house.wait(59_000);
    assert_eq!(house.send().await, [""; 0]);
    house.wait(1_000);
    assert_eq!(house.send().await, ["chat.update"]);
}

#[tokio::test]
async fn two_threads_of_a_channel_get_one_message_a_second_and_two_channels_get_two() {
    let house = House::new().await;
    for (channel, ts) in [("C1", "1.1"), ("C1", "2.2"), ("C2", "3.3")] {
        house.say(&place::thread(HERE, channel, ts), None).await;
    }
    assert_eq!(house.send().await.len(), 2);
    let channels: Vec<_> = house.fake.seen().iter().map(|seen| seen.json()["channel"].clone()).collect();
    assert!(channels.contains(&json!("C1")) && channels.contains(&json!("C2")), "{channels:?}");
    house.wait(1_000);
    assert_eq!(house.send().await.len(), 0);
    house.wait(1);
    assert_eq!(house.send().await.len(), 1);
}

#[tokio::test]
async fn what_follows_the_first_message_of_the_bots_own_thread_goes_under_it() {
    let house = House::new().await;
    let place = place::own_thread(HERE, "C1", "k");
    house.say(&place, None).await;
    house.say(&place, None).await;
    house.send().await;
    house.wait(1_001);
    house.send().await;
    let threads: Vec<_> = house.fake.seen().iter().map(|seen| seen.json()["thread_ts"].clone()).collect();
    assert_eq!(threads, [json!(null), json!("1700000001.000200")]);
}

#[tokio::test]
async fn somebody_who_cannot_be_reached_alone_costs_their_message_and_nobody_elses() {
    let house = House::new().await;
    let place = place::thread(HERE, "C1", "17.01");
    house.say(&place, Some(&Person { chat_id: "U404".into(), ..ada() })).await;
    house.say(&place, None).await;
    assert_eq!(house.send().await, ["chat.postEphemeral", "conversations.open", "chat.postMessage"]);
    assert_eq!(house.office.journal.outbox_depth().await.unwrap(), (0, 1), "that one is set aside");
    assert_eq!(house.clock.now(), start());
}
