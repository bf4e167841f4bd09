//! A world, a bot and a clock that only the story turns.
//!
//! The bot is the real one behind its real HTTP router on a real store (SQLite or PostgreSQL). Time stands still until a story lets it
//! pass; real time is only the cap on waiting for something that should happen at once. Before the clock is turned, the
//! stage looks into the journal: as long as anything is due there, it is still the bot's turn.
#![allow(dead_code, reason = "each test program uses what it needs")]

pub mod postgres;
pub mod slack;
pub mod store;
pub mod surface;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use onboard_bot::clock::ManualClock;
use onboard_bot::config::{self, Config};
use onboard_bot::serve;
use onboard_bot::world::{BotSettings, InvokeAnswer, Message, Place, Seed, World, WorldOptions};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::store::Store;
use self::surface::Surface;

/// Nothing happened for this long in real time, and nothing is due in the journal.
const QUIET: Duration = Duration::from_millis(15);

/// Something is due, but nothing happens: it waits for the clock (a latency of the world), or for nothing at all.
const STUCK: Duration = Duration::from_millis(500);

/// The vendor's pace may hold a message back for so long.
const PACE: SignedDuration = SignedDuration::from_secs(5);

/// At the end of a wait the machine may be busy with other things: so long, in real time.
const PATIENCE: Duration = Duration::from_secs(10);

/// When the next thing is due, over all tables that hold work.
const NEXT: &str = "SELECT MIN(at) FROM (SELECT run_at AS at FROM inbox WHERE status = 'new' \
    UNION ALL SELECT run_at FROM work WHERE status = 'due' UNION ALL SELECT due_at FROM timers \
    UNION ALL SELECT CASE WHEN lanes.run_at > outbox.run_at THEN lanes.run_at ELSE outbox.run_at END \
    FROM outbox JOIN lanes ON lanes.lane = outbox.lane WHERE outbox.status = 'new') AS due";

pub struct Stage {
    pub world: World,
    pub clock: ManualClock,
    pub url: String,
    pub config: String,
    surface: Surface,
    store: Store,
    stop: CancellationToken,
    bot: Option<JoinHandle<()>>,
    journal: Option<sqlx::AnyPool>,
}

impl Stage {
    /// Everything as in the seed.
    pub async fn open() -> Self {
        Self::open_with(Seed::default(), |_| {}).await
    }

    /// Another seed, other settings.
    pub async fn open_with(seed: Seed, settle: impl FnOnce(&mut BotSettings)) -> Self {
        let mut stage = Self::closed_with(seed, settle).await;
        stage.start_bot().await;
        stage
    }

    /// The same before the bot is started.
    pub async fn closed_with(seed: Seed, settle: impl FnOnce(&mut BotSettings)) -> Self {
        let clock = ManualClock::new(Timestamp::now());
        let options = WorldOptions { listen: None, seed, clock: Arc::new(clock.clone()), latency_ms: 0 };
        let world = World::start(options).await.unwrap();
        let store = Store::new().await;
        let mut settings = BotSettings { store_url: store.url(), ..BotSettings::default() };
        settle(&mut settings);
        let config = world.bot_config(&settings);
        let (url, stop) = (String::new(), CancellationToken::new());
        let surface = Surface::Teams;
        Self { world, clock, url, config, surface, store, stop, bot: None, journal: None }
    }

    /// Where the bot keeps what lasts.
    pub fn store_url(&self) -> String {
        self.store.url()
    }

    /// The folder with this story's files.
    pub fn folder(&self) -> &std::path::Path {
        self.store.folder()
    }

    /// Starts the bot (again) on the same store.
    pub async fn start_bot(&mut self) {
        let config: Config = config::load_text(&self.config, Vec::new()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.url = format!("http://{}", listener.local_addr().unwrap());
        self.world.connect_bot(&self.url);
        self.stop = CancellationToken::new();
        let (clock, stop) = (Arc::new(self.clock.clone()), self.stop.clone());
        self.bot = Some(tokio::spawn(async move { serve::run(config, listener, clock, stop).await.unwrap() }));
        let ready = format!("{}/readyz", self.url);
        let client = reqwest::Client::new();
        for _ in 0..400 {
            if client.get(&ready).send().await.is_ok_and(|r| r.status() == 200) {
                self.journal = Some(self.store.look().await);
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the bot does not get ready");
    }

    /// Stops the bot in an orderly way.
    pub async fn stop_bot(&mut self) {
        self.stop.cancel();
        if let Some(bot) = self.bot.take() {
            bot.await.unwrap();
        }
    }

    fn now(&self) -> Timestamp {
        onboard_bot::clock::Clock::now(&self.clock)
    }

    /// How long until something is due in the journal; `None`: nothing waits there.
    async fn until_due(&self) -> Option<SignedDuration> {
        let journal = self.journal.as_ref().filter(|_| self.bot.is_some())?;
        let next = sqlx::query_scalar::<_, Option<i64>>(NEXT).fetch_one(journal).await.unwrap()?;
        Some(SignedDuration::from_millis(next - self.now().as_millisecond()))
    }

    async fn is_idle(&self) -> bool {
        self.until_due().await.is_none_or(|left| left > SignedDuration::ZERO)
    }

    /// Waits until everything that is due now has been done. Nothing is turned.
    pub async fn settle(&self) {
        self.settled().await;
    }

    /// True when nothing is due any more; false when something is and does not move.
    async fn settled(&self) -> bool {
        let mut changes = self.world.changes();
        let mut stuck = Duration::ZERO;
        loop {
            if tokio::time::timeout(QUIET, changes.changed()).await.is_ok() {
                stuck = Duration::ZERO;
            } else if self.is_idle().await {
                return true;
            } else if stuck >= STUCK {
                return false;
            } else {
                stuck += QUIET;
            }
        }
    }

    /// Turns the clock to whatever is due next, at most by `left`; by little if something is due and does not move.
    async fn hop(&self, settled: bool, left: SignedDuration) {
        let left = if settled { left } else { left.min(SignedDuration::from_secs(1)) };
        // Whoever is about to sleep until the next row is due may not sleep yet.
        let due = self.until_due().await.filter(|due| *due > SignedDuration::ZERO);
        let next = self.clock.until_next().into_iter().chain(due).min().unwrap_or(left);
        self.clock.advance(next.max(SignedDuration::from_millis(10)).min(left));
    }

    /// Lets time pass: in hops to whatever is due next, each settled before the next.
    pub async fn let_pass(&self, total: SignedDuration) {
        let end = self.now() + total;
        loop {
            let settled = self.settled().await;
            let left = end.duration_since(self.now());
            if left <= SignedDuration::ZERO {
                return;
            }
            self.hop(settled, left).await;
        }
    }

    /// Waits for a message in a place that shows this text, letting at most `within` pass.
    pub async fn see_within(&self, place: &Place, text: &str, within: SignedDuration) -> Message {
        let end = self.now() + within;
        loop {
            let mailbox = self.world.mailbox(place).with_patience(QUIET);
            if let Ok(message) = mailbox.wait_for_text(text).await {
                return message;
            }
            let settled = self.settled().await;
            match mailbox.wait_for_text(text).await {
                Ok(message) => return message,
                Err(_) if self.now() >= end => {
                    let last = mailbox.with_patience(PATIENCE).wait_for_text(text).await;
                    return last.unwrap_or_else(|silence| panic!("{silence}"));
                }
                Err(_) => self.hop(settled, end.duration_since(self.now())).await,
            }
        }
    }

    /// Waits for a message that shows this text now: only the vendor's pace may hold it back.
    pub async fn see(&self, place: &Place, text: &str) -> Message {
        self.see_within(place, text, PACE).await
    }

    /// Waits for a message that shows this text and that nobody has read as it is now.
    pub async fn see_new(&self, place: &Place, text: &str) -> Message {
        self.next_within((place, PACE), &format!("{text:?}"), |m| m.plain().contains(text)).await
    }

    /// Waits for an unread message of which this holds, letting at most `within` pass.
    async fn next_within(
        &self,
        (place, within): (&Place, SignedDuration),
        what: &str,
        wanted: impl Fn(&Message) -> bool,
    ) -> Message {
        let end = self.now() + within;
        loop {
            let settled = self.settled().await;
            match self.world.mailbox(place).with_patience(QUIET).next_message(&wanted).await {
                Ok(message) => return message,
                Err(_) if self.now() >= end => {
                    let last = self.world.mailbox(place).with_patience(PATIENCE).next_message(&wanted).await;
                    return last.unwrap_or_else(|silence| panic!("{what}: {silence}"));
                }
                Err(_) => self.hop(settled, end.duration_since(self.now())).await,
            }
        }
    }

    /// How many messages of the bot in a place show this text now.
    pub async fn count(&self, place: &Place, text: &str) -> usize {
        self.settle().await;
        self.world.mailbox(place).messages().iter().filter(|m| m.plain().contains(text)).count()
    }

    /// Types a command as somebody.
    pub async fn say(&self, who: &str, place: &Place, text: &str) {
        let sent = if place.is_in_slack() {
            self.in_slack(who).say(place, text).await
        } else {
            self.world.person(who).say(place, text).await
        };
        assert_eq!(sent.status, 200, "{text}");
    }

    /// Presses a button and returns the words that only this person sees.
    pub async fn press(&self, who: &str, message: &Message, title: &str, inputs: &[(&str, &str)]) -> String {
        if message.is_in_slack() {
            return self.press_in_slack(who, message, title, inputs).await;
        }
        match self.world.person(who).press(message, title, inputs).await {
            InvokeAnswer::Refused(errors) => panic!("{who} cannot press {title}: {errors:?}"),
            answer => answer.text(),
        }
    }

    /// Ends a story: every message read and said in words, no rule broken.
    pub async fn finish(mut self) {
        self.settle().await;
        self.stop_bot().await;
        let unsaid: Vec<String> =
            self.world.all_mail().messages().iter().map(Message::plain).filter(|text| lacks_words(text)).collect();
        assert!(unsaid.is_empty(), "a sentence lacks a value: {unsaid:#?}");
        if let Err(unfinished) = self.world.finish() {
            panic!("{unfinished}");
        }
    }
}

/// A sentence that lacks a value, or does not exist, is shown as its id: `[say-expired]`.
fn lacks_words(text: &str) -> bool {
    let is_id =
        |id: &str| id.contains('-') && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    text.split('[').skip(1).filter_map(|rest| rest.split_once(']')).any(|(inside, _)| is_id(inside))
}
