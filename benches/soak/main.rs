//! The whole bot under mixed traffic for a long time: `tests/soak` runs it.
//!
//! The bot is the release program in a process of its own, with its real store. The simulated outside and everybody who
//! writes to the bot live in this process. People ask for lines and see them through to the proof; others ask for help,
//! lists and cards, mistype, press old cards, press twice; the channel delivers again; strangers forge tokens and send
//! too much; and the systems outside fail now and then. So many requests a second reach the bot, whatever they are.
//!
//! It ends with an error when the bot's memory grew after the first minute, a line was not proven, a rule of a vendor
//! was broken, a message stayed unsent, or the log holds an error. Without `--seconds` it only shows that it works.

mod errands;
mod house;
mod onboarding;
mod town;
mod watch;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Parser;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use house::{House, Store};
use town::Town;
use watch::Watch;

/// Every so many requests somebody asks for a line; to see it through takes about six.
const AN_ONBOARDING_EVERY: u64 = 20;

/// Nobody asks for a line so shortly before the end.
const LAST_ASK: Duration = Duration::from_secs(40);

/// Lines that were asked for are seen through after the end, at most so long.
const LONGEST_END: Duration = Duration::from_secs(180);

/// What the world remembers of old messages and calls.
const REMEMBER: jiff::SignedDuration = jiff::SignedDuration::from_mins(3);

/// Mixed traffic for the bot, and a look at its memory.
#[derive(Debug, Clone, Parser)]
struct Options {
    /// How long, in seconds.
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// How many requests a second.
    #[arg(long, default_value_t = 20)]
    per_second: u32,
    /// Where the bot keeps what lasts.
    #[arg(long, value_enum, default_value = "sqlite")]
    store: Store,
    /// Said by cargo.
    #[arg(long, hide = true)]
    bench: bool,
    /// Said by cargo.
    #[arg(long, hide = true)]
    test: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let run = || tokio::runtime::Runtime::new()?.block_on(soak(&options));
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("FAILED: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn soak(options: &Options) -> anyhow::Result<()> {
    ensure!(options.per_second > 0 && options.seconds > 0, "there has to be a time and a rate");
    let lasting = Duration::from_secs(options.seconds);
    let subjects = options.seconds * u64::from(options.per_second) / AN_ONBOARDING_EVERY + 1;
    let house = Arc::new(House::open(options.store, subjects).await?);
    let (town, turns) = Town::around(&house);
    let watch = Watch::over(&house, &town);
    println!("{} requests a second for {} s, {:?}", options.per_second, options.seconds, options.store);
    let began = Instant::now();
    let traffic = Traffic { town: Arc::clone(&town), turns, onboardings: JoinSet::new(), errands: JoinSet::new() };
    traffic.flow(options.per_second, lasting).await;
    let watched = watch.end().await;
    let sent = watched.iter().map(|sample| sample.answered).max().unwrap_or(0);
    println!("\n{sent} requests in {:.0} s, the end included", began.elapsed().as_secs_f64());
    let failures = report(&house, &town, (&watched, lasting)).await;
    house.close(failures.is_empty())?;
    ensure!(failures.is_empty(), "\n- {}", failures.join("\n- "));
    println!("passed");
    Ok(())
}

struct Traffic {
    town: Arc<Town>,
    turns: town::Turns,
    onboardings: JoinSet<()>,
    errands: JoinSet<()>,
}

impl Traffic {
    /// One request a tick: of somebody who waits for a turn, otherwise of somebody with an errand.
    async fn flow(mut self, rate: u32, lasting: Duration) {
        let mut clock = interval(Duration::from_secs(1) / rate);
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let began = Instant::now();
        let last_ask = lasting.saturating_sub(LAST_ASK).max(lasting / 2);
        let mut faults = 0;
        for tick in 0.. {
            clock.tick().await;
            let passed = began.elapsed();
            let over = passed >= lasting;
            while self.onboardings.try_join_next().is_some() {}
            while self.errands.try_join_next().is_some() {}
            if over && (self.onboardings.is_empty() || passed >= lasting + LONGEST_END) {
                break;
            }
            if tick % AN_ONBOARDING_EVERY == 0 && passed < last_ask {
                let town = Arc::clone(&self.town);
                self.onboardings.spawn(async move { town.onboard(tick / AN_ONBOARDING_EVERY).await });
            }
            if !over && passed.as_secs() / town::A_FAULT_EVERY > faults {
                faults = passed.as_secs() / town::A_FAULT_EVERY;
                self.town.break_something(faults);
                if let Ok(old) = jiff::Timestamp::now().checked_sub(REMEMBER) {
                    self.town.house.world.forget_before(old);
                }
            }
            if !self.turns.give() && !over {
                let town = Arc::clone(&self.town);
                self.errands.spawn(async move { town.errand(tick).await });
            }
        }
        if !self.onboardings.is_empty() {
            self.town.failed(format!("{} lines were not proven in time", self.onboardings.len()));
        }
        while self.errands.join_next().await.is_some() {}
    }
}

/// Prints what was measured; returns what is wrong.
async fn report(house: &House, town: &Town, (watched, lasting): (&[watch::Sample], Duration)) -> Vec<String> {
    let mut wrong = town.failures();
    let unsent = house.everything_is_sent().await;
    if let Err(error) = &unsent {
        wrong.push(error.to_string());
    }
    let (begun, proven) = town.counts();
    println!("lines asked for: {begun}, proven: {proven}");
    if begun != proven || begun == 0 {
        wrong.push(format!("{begun} lines were asked for and {proven} proven"));
    }
    match unsent {
        Ok(metrics) if watch::gauge(&metrics, "onboard_bot_requests{state=\"done\"}") != Some(proven as f64) => {
            wrong.push("the bot counts another number of requests that are done".to_owned());
        }
        Ok(metrics) if watch::gauge(&metrics, "onboard_bot_outbox_undeliverable") != Some(0.0) => {
            wrong.push("messages could not be delivered".to_owned());
        }
        _ => {}
    }
    for (name, times) in town.times() {
        let [half, most, worst] = [0.5, 0.99, 1.0].map(|part| times.within(part).as_secs_f64() * 1e3);
        println!("{name:<22} {:>6}: p50 {half:.1} ms, p99 {most:.1} ms, slowest {worst:.0} ms", times.count());
    }
    wrong.extend(watch::growth(watched, lasting));
    let violations = house.world.violations();
    println!("rules broken: {}", violations.len());
    wrong.extend(violations.into_iter().take(10));
    match house.size().await {
        Ok(bytes) => println!("database: {:.1} MiB", bytes as f64 / f64::from(1 << 20)),
        Err(error) => wrong.push(format!("the size of the database: {error:#}")),
    }
    match house.stop().await {
        Ok(took) => println!("drained in {:.1} s", took.as_secs_f64()),
        Err(error) => wrong.push(error.to_string()),
    }
    match house.log() {
        Ok(log) => {
            println!("log: {} lines", log.lines);
            log.warnings.iter().for_each(|(what, count)| println!("  {count:>5} warnings: {what}"));
            wrong.extend(log.errors.into_iter().take(10).map(|line| format!("an error in the log: {line}")));
        }
        Err(error) => wrong.push(error.to_string()),
    }
    wrong
}
