//! The program killed in the middle of everything, and started again: the same end.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use onboard_bot::world::{
    BotSettings, EffectKind, Fault, InvokeAnswer, Mishap, Place, SlackAnswer, SlackSettings, System, World,
    WorldOptions, object_id,
};

use crate::child::{Bot, free_port};
use crate::faults::all;
use crate::logs::assert_no_secret;
use crate::scene::{APPROVE, ASK, CHOICES, DONE, saves_of};
use crate::stage::store::Store;

/// A card that nobody saw is posted again after 30 s; so long and a little is what a story may take.
const PATIENCE: Duration = Duration::from_secs(75);

/// One bot, its store and its world on the machine's clock.
pub struct House {
    pub world: World,
    pub url: String,
    pub place: Place,
    pub store: Store,
    pub config: PathBuf,
    pub bot: Bot,
    pressed: HashSet<String>,
}

impl House {
    pub async fn open() -> Self {
        Self::open_with(Store::new().await, &[]).await
    }

    pub async fn open_on(store: Store) -> Self {
        Self::open_with(store, &[]).await
    }

    /// With more in the environment.
    pub async fn open_with(store: Store, environment: &[(&str, &str)]) -> Self {
        Self::open_as(store, environment, None).await
    }

    /// The same, in Slack.
    pub async fn open_in_slack(store: Store, environment: &[(&str, &str)]) -> Self {
        Self::open_as(store, environment, Some(SlackSettings::default())).await
    }

    async fn open_as(store: Store, environment: &[(&str, &str)], slack: Option<SlackSettings>) -> Self {
        let world = World::start(WorldOptions::default()).await.unwrap();
        world.turn(|knobs| (knobs.sync_delay_ms, knobs.enable_delay_ms, knobs.register_delay_ms) = (0, 0, 0));
        let listen = format!("127.0.0.1:{}", free_port());
        let place = if slack.is_some() { world.slack().channel("phones") } else { world.channel_thread() };
        let settings = BotSettings { listen: listen.clone(), store_url: store.url(), slack, ..BotSettings::default() };
        let text = world.bot_config(&settings);
        let config = store.folder().join("onboard-bot.toml");
        std::fs::write(&config, text).unwrap();
        let url = format!("http://{listen}");
        world.connect_bot(&url);
        let mut bot = Bot::serve(&config, store.folder(), environment);
        bot.is_ready(&url).await;
        Self { world, url, place, store, config, bot, pressed: HashSet::new() }
    }

    pub async fn kill_and_start_again(&mut self) {
        self.bot.kill();
        self.world.state().faults.clear();
        self.bot = Bot::serve(&self.config, self.store.folder(), &[]);
        self.bot.is_ready(&self.url).await;
    }

    pub async fn ask(&self) {
        if self.place.is_in_slack() {
            let (command, rest) = ASK.split_once(' ').unwrap();
            let answer = self.world.slack().person("alan").command(&self.place, command, rest).await;
            assert!(matches!(answer, SlackAnswer::Shown(_)), "{answer:?}");
            return;
        }
        assert_eq!(self.world.person("alan").say(&self.place, ASK).await.status, 200);
    }

    /// People press what has to be pressed until this holds.
    pub async fn until(&mut self, holds: impl Fn(&World) -> bool) {
        let began = Instant::now();
        while !holds(&self.world) {
            assert!(began.elapsed() < PATIENCE, "{}\n{}", self.shown(), self.bot.log());
            self.press_next().await;
            let mut changes = self.world.changes();
            let _ = tokio::time::timeout(Duration::from_millis(20), changes.changed()).await;
        }
    }

    async fn press_next(&mut self) {
        for message in self.world.mailbox(&self.place).messages() {
            if !message.is_in_slack() {
                // Their clients look at every card that asks for it, as soon as it is there.
                self.world.person("alan").look(&message).await;
            }
            let text = message.plain();
            let (who, title, inputs) = match text {
                text if text.contains("[Request approval]") => ("alan", "Request approval", &CHOICES[..]),
                text if text.contains(APPROVE) => ("bob", "Approve", &[][..]),
                _ => continue,
            };
            if message.is_in_slack() && self.pressed.insert(message.id.clone()) {
                let answer = self.world.slack().person(who).press(&message, title, inputs).await;
                assert_eq!(answer, SlackAnswer::Taken);
            } else if self.pressed.insert(message.id.clone()) {
                // Nobody was there to answer: people press again.
                if let InvokeAnswer::Failed(_) = self.world.person(who).press(&message, title, inputs).await {
                    self.pressed.remove(&message.id);
                }
            }
        }
    }

    pub async fn until_done(&mut self) {
        let place = self.place.clone();
        self.until(|world| copies(world, &place, DONE) > 0 && copies(world, &place, "7 of 7 steps done") > 0).await;
    }

    /// Waits until no message is under way any more; returns the metrics that say so.
    pub async fn everything_is_sent(&self) -> String {
        let began = Instant::now();
        loop {
            let metrics = reqwest::get(format!("{}/metrics", self.url)).await.unwrap().text().await.unwrap();
            if metrics.contains("\nonboard_bot_outbox_depth 0\n") {
                return metrics;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "messages stay: {metrics}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn shown(&self) -> String {
        let messages: Vec<_> = self.world.mailbox(&self.place).messages().iter().map(|m| m.plain()).collect();
        let calls: Vec<_> = self.world.log().iter().rev().take(15).map(ToString::to_string).collect();
        format!("{}\n=== last calls\n{}", messages.join("\n---\n"), calls.join("\n"))
    }
}

fn copies(world: &World, place: &Place, text: &str) -> usize {
    world.mailbox(place).messages().iter().filter(|m| m.plain().contains(text)).count()
}

/// When it is killed.
#[derive(Debug, Clone)]
enum Moment {
    /// While this call hangs, nothing of it done. `after`: so many of them pass before.
    During { system: System, method: &'static str, path: String, after: u32 },
    /// Right after the `nth` change of this kind.
    After(EffectKind, usize),
    /// Right after the work of this call was done and its answer lost.
    Lost { system: System, method: &'static str, path: String },
}

fn moments() -> Vec<Moment> {
    let during = |system, method, path: &str, after| Moment::During { system, method, path: path.to_owned(), after };
    let (alice, bob) = (object_id("alice@contoso.com"), object_id("bob@contoso.com"));
    use System::{Connector, Connecttoteams, Graph, Login, Netsapiens};
    let mut moments = vec![
        during(Login, "POST", "/token$", 0),
        during(Graph, "GET", &format!(r"^/users/{bob}\?"), 0),
        during(Connector, "GET", "/pagedmembers", 0),
        during(Connecttoteams, "POST", "/oauth/token", 0),
        during(Connecttoteams, "POST", "/enterprise/configureUser", 0),
        during(Netsapiens, "POST", "/devices$", 0),
        during(Connector, "PUT", "/activities/", 0),
    ];
    // The same reads belong to several steps: each step is met.
    moments.extend((0..2).map(|n| during(Graph, "GET", r"^/users/alice@contoso.com\?", n)));
    moments.extend((0..7).map(|n| during(Graph, "GET", &format!("/userConfigurations/{alice}"), n)));
    moments.extend((0..4).map(|n| during(Netsapiens, "GET", "/devices/1000tm$", n)));
    moments.extend((0..4).map(|n| during(Connector, "POST", "/activities$", n)));
    moments.push(Moment::After(EffectKind::DeviceCreated, 1));
    moments.push(Moment::After(EffectKind::UserConfigured, 1));
    moments.extend((1..=4).map(|n| Moment::After(EffectKind::MessagePosted, n)));
    for (system, path) in [(Netsapiens, "/devices$"), (Connecttoteams, "/enterprise/configureUser")] {
        moments.push(Moment::Lost { system, method: "POST", path: path.to_owned() });
    }
    moments
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn killed_at_any_moment_it_goes_on_and_ends_the_same() {
    let stories = moments().into_iter().map(|moment| (format!("{moment:?}"), killed(moment)));
    all(stories.collect()).await;
}

async fn killed(moment: Moment) {
    let mut house = House::open().await;
    match &moment {
        Moment::During { system, method, path, after } => {
            if *after > 0 {
                house.world.fault(Fault::next(*system, *after, Mishap::Slow(0)).on(method, path)).unwrap();
            }
            house.world.fault(Fault::next(*system, 1, Mishap::Hang).on(method, path)).unwrap();
        }
        Moment::Lost { system, method, path } => {
            house.world.fault(Fault::next(*system, 1, Mishap::DropAfter).on(method, path)).unwrap();
        }
        Moment::After(..) => {}
    }
    house.ask().await;
    let met = moment.clone();
    house
        .until(move |world| match &met {
            Moment::After(kind, nth) => world.effects(*kind).len() >= *nth,
            _ => world.log().iter().any(|call| call.status == 0 && call.system != System::Bot),
        })
        .await;
    if matches!(moment, Moment::During { system, .. } if system != System::Connector) {
        house.everything_is_sent().await;
    }
    house.kill_and_start_again().await;
    house.until_done().await;
    assert_eq!(house.world.effects(EffectKind::DeviceCreated), ["1000tm"]);
    let saves = saves_of(&house.world);
    assert!(!saves.is_empty() && saves.iter().all(|body| *body == saves[0]), "{saves:?}");
    for text in [DONE, "Setting up +11000"] {
        assert_eq!(copies(&house.world, &house.place, text), 1, "{text:?}");
    }
    assert!(house.world.violations().is_empty(), "{:?}", house.world.violations());
    assert_no_secret(&house.bot.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_to_stop_it_drains_and_ends_with_0() {
    let mut house = House::open().await;
    house.ask().await;
    house.until_done().await;
    let began = Instant::now();
    house.bot.terminate();
    let status = house.bot.ends(Duration::from_secs(5)).await;
    assert!(status.success(), "{status} after {:?}: {}", began.elapsed(), house.bot.log());
    assert!(house.bot.log().contains("draining"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_call_hangs_it_says_that_it_drains_and_ends_within_20_s() {
    let mut house = House::open().await;
    let hang = Fault::next(System::Connecttoteams, 1, Mishap::Hang).on("POST", "/enterprise/configureUser");
    house.world.fault(hang).unwrap();
    house.ask().await;
    house.until(|world| world.log().iter().any(|call| call.path.contains("configureUser"))).await;
    let began = Instant::now();
    house.bot.terminate();
    let client = reqwest::Client::new();
    let mut told = String::new();
    while !told.contains("draining") && began.elapsed() < Duration::from_secs(5) {
        let response = client.get(format!("{}/readyz", house.url)).send().await.unwrap();
        told = format!("{} {}", response.status().as_u16(), response.text().await.unwrap());
        tokio::task::yield_now().await;
    }
    assert_eq!(told, "503 draining\n");
    let status = house.bot.ends(Duration::from_secs(20)).await;
    assert!(status.success() && began.elapsed() < Duration::from_secs(20), "{status}");
    house.world.state().faults.clear();
    house.bot = Bot::serve(&house.config, house.store.folder(), &[]);
    house.bot.is_ready(&house.url).await;
    house.until_done().await;
    assert_eq!(house.world.effects(EffectKind::DeviceCreated), ["1000tm"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_on_the_same_sqlite_file_refuses_and_the_first_goes_on() {
    let mut house = House::open_on(Store::on_sqlite()).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let listen = format!("127.0.0.1:{}", free_port());
    let mut second = Bot::serve(&house.config, elsewhere.path(), &[("ONBOARD_BOT__SERVER__LISTEN", &listen)]);
    let status = second.ends(Duration::from_secs(10)).await;
    assert_eq!(status.code(), Some(1));
    assert!(
        second.log().contains("store.url") && second.log().contains("another onboard-bot uses this file"),
        "{}",
        second.log()
    );
    house.ask().await;
    house.until_done().await;
}
