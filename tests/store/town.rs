//! One world, one store, several replicas of the real program, on the machine's clock.
#![allow(dead_code, reason = "each test uses what it needs")]

use std::collections::HashSet;
use std::time::{Duration, Instant};

use onboard_bot::world::{BotSettings, InvokeAnswer, Message, Place, World, WorldOptions};
use sqlx::AnyPool;

use crate::child::{Bot, free_port};
use crate::stage::store::Store;

pub const CHOICES: [(&str, &str); 2] = [("route", "US West"), ("emergency_address", "a-denver-hq")];

/// One process.
#[derive(Debug)]
pub struct Replica {
    pub bot: Bot,
    pub url: String,
    folder: tempfile::TempDir,
}

impl Replica {
    /// `/readyz`: status and words; 0 when nobody listens.
    pub async fn readiness(&self) -> (u16, String) {
        match reqwest::get(format!("{}/readyz", self.url)).await {
            Ok(response) => (response.status().as_u16(), response.text().await.unwrap_or_default()),
            Err(error) => (0, error.to_string()),
        }
    }

    /// Waits for this answer of `/readyz`.
    pub async fn says(&self, status: u16, words: &str) {
        let began = Instant::now();
        loop {
            let told = self.readiness().await;
            if told.0 == status && told.1.contains(words) {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(40), "{told:?}, not {status} {words}\n{}", self.bot.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The world, the store and the replicas.
pub struct Town {
    pub world: World,
    pub store: Store,
    pub replicas: Vec<Replica>,
    pressed: HashSet<String>,
}

impl Town {
    /// Starts so many replicas at the same time.
    pub async fn open(store: Store, replicas: usize) -> Self {
        let world = World::start(WorldOptions::default()).await.unwrap();
        world.turn(|knobs| (knobs.sync_delay_ms, knobs.enable_delay_ms, knobs.register_delay_ms) = (0, 0, 0));
        let mut town = Self { world, store, replicas: Vec::new(), pressed: HashSet::new() };
        town.join(replicas, |_| {}).await;
        town
    }

    /// So many more replicas start at the same time, with other settings.
    pub async fn join(&mut self, count: usize, settle: impl Fn(&mut BotSettings)) {
        let from = self.replicas.len();
        for _ in 0..count {
            let (config, replica) = self.house(&settle);
            let bot = Bot::serve(&config, replica.path(), &[]);
            self.replicas.push(Replica { bot, url: url_of(&config), folder: replica });
        }
        for replica in &mut self.replicas[from..] {
            replica.bot.is_ready(&replica.url).await;
        }
    }

    /// One replica whose files can be limited.
    pub async fn join_limited(&mut self) {
        let (config, folder) = self.house(|_| {});
        let mut bot = Bot::serve_limited(&config, folder.path());
        let url = url_of(&config);
        bot.is_ready(&url).await;
        self.replicas.push(Replica { bot, url, folder });
    }

    /// A folder with a configuration for this store.
    pub fn house(&self, settle: impl Fn(&mut BotSettings)) -> (std::path::PathBuf, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let listen = format!("127.0.0.1:{}", free_port());
        let mut settings = BotSettings { listen, store_url: self.store.url(), ..BotSettings::default() };
        settle(&mut settings);
        let config = folder.path().join("onboard-bot.toml");
        std::fs::write(&config, self.world.bot_config(&settings)).unwrap();
        (config, folder)
    }

    pub fn url(&self, replica: usize) -> &str {
        &self.replicas[replica].url
    }

    /// Types something; it reaches this replica.
    pub async fn say(&self, replica: usize, (who, place): (&str, &Place), text: &str) -> u16 {
        self.world.person(who).through(self.url(replica)).say(place, text).await.status
    }

    /// Presses a button; the press reaches this replica.
    pub async fn press(&self, replica: usize, who: &str, message: &Message, title: &str) -> String {
        let inputs = if title == "Request approval" { &CHOICES[..] } else { &[] };
        self.world.person(who).through(self.url(replica)).press(message, title, inputs).await.text()
    }

    /// Waits for a message that shows this.
    pub async fn see(&self, place: &Place, text: &str) -> Message {
        let found = self.world.mailbox(place).with_patience(Duration::from_secs(40)).wait_for_text(text).await;
        found.unwrap_or_else(|silence| panic!("{silence}\n{}", self.logs()))
    }

    /// Everything up to the approval card, all through one replica.
    pub async fn asked(&self, replica: usize, place: &Place) -> Message {
        assert_eq!(self.say(replica, ("alan", place), "/onboard alice@contoso.com ext 1000").await, 200);
        let confirm = self.see(place, "[Request approval]").await;
        let told = self.press(replica, "alan", &confirm, "Request approval").await;
        assert!(told.contains("was sent for approval"), "{told}");
        self.see(place, "Approve a phone line for").await
    }

    /// People press what has to be pressed, through one replica, until this holds.
    pub async fn until(&mut self, replica: usize, within: Duration, holds: impl Fn(&World) -> bool) {
        let began = Instant::now();
        while !holds(&self.world) {
            assert!(began.elapsed() < within, "after {within:?}:\n{}\n{}", self.shown(), self.logs());
            self.press_what_waits(replica).await;
            let mut changes = self.world.changes();
            let _ = tokio::time::timeout(Duration::from_millis(20), changes.changed()).await;
        }
    }

    async fn press_what_waits(&mut self, replica: usize) {
        for message in self.world.all_mail().messages() {
            let (who, title, inputs) = match message.plain() {
                text if text.contains("[Request approval]") => ("alan", "Request approval", &CHOICES[..]),
                text if text.contains("Approve a phone line for") => ("bob", "Approve", &[][..]),
                text if text.contains("[Retry]") => ("bob", "Retry", &[][..]),
                _ => continue,
            };
            // A card that was rewritten is another card.
            if self.pressed.insert(format!("{}:{}:{title}", message.id, message.edits)) {
                let person = self.world.person(who).through(&self.replicas[replica].url);
                // Nobody was there to answer: people press again.
                if let InvokeAnswer::Failed(_) = person.press(&message, title, inputs).await {
                    self.pressed.remove(&format!("{}:{}:{title}", message.id, message.edits));
                }
            }
        }
    }

    /// What stands in the chat and what was called last.
    pub fn shown(&self) -> String {
        let messages: Vec<_> = self.world.all_mail().messages().iter().map(|m| m.plain()).collect();
        let calls: Vec<_> = self.world.log().iter().rev().take(25).map(ToString::to_string).collect();
        format!("{}\n=== last calls\n{}", messages.join("\n---\n"), calls.join("\n"))
    }

    pub fn logs(&self) -> String {
        let logs = self.replicas.iter().enumerate();
        logs.map(|(n, replica)| format!("=== replica {n}\n{}", replica.bot.log())).collect()
    }

    /// No replica ever shows a password of the store, and nobody broke a rule of the world.
    pub fn finish(&self) {
        assert!(self.world.violations().is_empty(), "{:?}", self.world.violations());
        let secret = url::Url::parse(&self.store.url()).unwrap().password().map(str::to_owned);
        assert!(secret.is_none_or(|secret| !self.logs().contains(&secret)), "the store's password is in a log");
    }
}

fn url_of(config: &std::path::Path) -> String {
    let text = std::fs::read_to_string(config).unwrap();
    let listen = text.lines().find_map(|line| line.strip_prefix("listen = ")).unwrap();
    format!("http://{}", listen.trim_matches('"'))
}

/// How many messages show this.
pub fn copies(world: &World, text: &str) -> usize {
    world.all_mail().messages().iter().filter(|m| m.plain().contains(text)).count()
}

/// One number out of the database.
pub async fn number(pool: &AnyPool, sql: &'static str) -> i64 {
    use sqlx::Row;
    sqlx::query(sql).fetch_one(pool).await.unwrap().try_get(0).unwrap()
}
