//! A world, a bot and a clock that only the story turns.
//!
//! The bot is the real one behind its real HTTP router on a real SQLite file. Time stands still until a story lets it
//! pass; real time is only the cap on waiting for something that should happen at once.

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

/// Nothing happened for this long in real time: whatever was to happen now has happened.
const QUIET: Duration = Duration::from_millis(60);

/// The cap on waiting, in real time.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Stage {
    pub world: World,
    pub clock: ManualClock,
    pub url: String,
    pub config: String,
    folder: tempfile::TempDir,
    stop: CancellationToken,
    bot: Option<JoinHandle<()>>,
}

impl Stage {
    /// Everything as in the seed.
    pub async fn open() -> Self {
        Self::open_with(Seed::default(), |_| {}).await
    }

    /// Another seed, other settings.
    pub async fn open_with(seed: Seed, settle: impl FnOnce(&mut BotSettings)) -> Self {
        let clock = ManualClock::new(Timestamp::now());
        let options = WorldOptions { listen: None, seed, clock: Arc::new(clock.clone()), latency_ms: 0 };
        let world = World::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store_url = format!("sqlite:{}", folder.path().join("bot.db").display());
        let mut settings = BotSettings { store_url, ..BotSettings::default() };
        settle(&mut settings);
        let config = world.bot_config(&settings);
        let mut stage =
            Self { world, clock, url: String::new(), config, folder, stop: CancellationToken::new(), bot: None };
        stage.start_bot().await;
        stage
    }

    /// Where the bot keeps what lasts.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
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

    /// Waits until the world has been quiet for a moment. Nothing is turned.
    pub async fn settle(&self) {
        let mut changes = self.world.changes();
        while tokio::time::timeout(QUIET, changes.changed()).await.is_ok() {}
    }

    /// Lets time pass: in hops to whatever is due next, each settled before the next.
    pub async fn let_pass(&self, total: SignedDuration) {
        let end = onboard_bot::clock::Clock::now(&self.clock) + total;
        loop {
            self.settle().await;
            let now = onboard_bot::clock::Clock::now(&self.clock);
            let left = end.duration_since(now);
            if left <= SignedDuration::ZERO {
                return;
            }
            let hop = self.clock.until_next().unwrap_or(left).max(SignedDuration::from_millis(10)).min(left);
            self.clock.advance(hop);
        }
    }

    /// Waits for a message in a place that shows this text, letting at most `within` pass.
    pub async fn see_within(&self, place: &Place, text: &str, within: SignedDuration) -> Message {
        let end = onboard_bot::clock::Clock::now(&self.clock) + within;
        loop {
            let mailbox = self.world.mailbox(place).with_patience(QUIET);
            if let Ok(message) = mailbox.wait_for_text(text).await {
                return message;
            }
            let left = end.duration_since(onboard_bot::clock::Clock::now(&self.clock));
            if left <= SignedDuration::ZERO {
                let seen = self.world.mailbox(place).with_patience(PATIENCE).wait_for_text(text).await;
                return seen.unwrap_or_else(|silence| panic!("{silence}"));
            }
            let hop = self.clock.until_next().unwrap_or(left).max(SignedDuration::from_millis(10)).min(left);
            self.clock.advance(hop);
        }
    }

    /// Waits for a message that shows this text now, without turning the clock.
    pub async fn see(&self, place: &Place, text: &str) -> Message {
        let seen = self.world.mailbox(place).with_patience(PATIENCE).wait_for_text(text).await;
        seen.unwrap_or_else(|silence| panic!("{silence}"))
    }

    /// Types a command as somebody.
    pub async fn say(&self, who: &str, place: &Place, text: &str) {
        let sent = self.world.person(who).say(place, text).await;
        assert_eq!(sent.status, 200, "{text}");
    }

    /// Presses a button and returns the words that only this person sees.
    pub async fn press(&self, who: &str, message: &Message, title: &str, inputs: &[(&str, &str)]) -> String {
        match self.world.person(who).press(message, title, inputs).await {
            InvokeAnswer::Refused(errors) => panic!("{who} cannot press {title}: {errors:?}"),
            answer => answer.text(),
        }
    }

    /// Ends a story: every message read, no rule broken.
    pub async fn finish(mut self) {
        self.settle().await;
        self.stop_bot().await;
        if let Err(unfinished) = self.world.finish() {
            panic!("{unfinished}");
        }
    }
}
