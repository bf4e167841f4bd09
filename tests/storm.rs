//! A storm: a hundred onboardings under way while the program is killed again and again. Every one ends as if nothing
//! had happened: proven, made once, told once.
//!
//! `ONBOARD_BOT_STORM_SEED` repeats who wants what when, and which process is killed when. What the processes have in
//! hand at that moment is up to the machine. `ONBOARD_BOT_STORM_SECONDS` gives a busy machine more time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, missing_debug_implementations)]
// The stage is shared with the stories; not everything of it is needed here.
#![allow(dead_code)]

#[path = "rough/child.rs"]
mod child;
#[path = "storm/errands.rs"]
mod errands;
#[path = "storm/front.rs"]
mod front;
#[path = "storm/house.rs"]
mod house;
#[path = "storm/kills.rs"]
mod kills;
#[path = "rough/logs.rs"]
mod logs;
#[path = "storm/people.rs"]
mod people;
#[path = "stage/postgres.rs"]
mod postgres;
#[path = "storm/report.rs"]
mod report;
#[path = "storm/verdict.rs"]
mod verdict;

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::house::House;
use crate::kills::Kills;
use crate::people::Town;

/// So many kills must meet unfinished work; a few more are planned.
const FEWEST_KILLS: usize = 60;

/// Everything must be proven so long after the first command, in seconds.
const LONGEST: u64 = 100;

/// The machine is too small for two storms.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_a_hundred_onboardings_survive_sixty_kills() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", folder.path().join("bot.db").display());
    storm("sqlite", &store, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_a_hundred_onboardings_survive_sixty_kills_of_one_of_three_replicas() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let database = postgres::Cluster::shared().database().await;
    storm("postgres", database.url(), 3).await;
}

/// Tells it at once, whatever the test harness keeps to itself.
fn tell(text: &str) {
    // Nobody may be listening.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A number of the environment.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}

async fn storm(engine: &str, store: &str, replicas: usize) {
    let seed = number("ONBOARD_BOT_STORM_SEED").unwrap_or_else(|| rand::random_range(1..1_000_000));
    let longest = Duration::from_secs(number("ONBOARD_BOT_STORM_SECONDS").unwrap_or(LONGEST));
    tell(&format!("{engine}: ONBOARD_BOT_STORM_SEED={seed}"));
    let mut house = House::open(store, replicas).await;
    let (plan, errands) = (kills::plan(seed, replicas), errands::draw(seed, &house.world));
    let town = Arc::new(Town::new(&house.world, errands));
    town.install_the_bot().await;
    let (began, stop) = (Instant::now(), CancellationToken::new());
    let crowd = town.go_out(&stop);
    let mut kills = Kills::new(began);
    kills.strike(&mut house, &plan, &town).await;
    let all_done = town.until_done(longest.saturating_sub(began.elapsed())).await;
    let mut complaints = Vec::new();
    if !all_done {
        complaints.push(format!("after {longest:?} {} requests are not proven", town.unfinished()));
    }
    complaints.extend(verdict::in_the_end(&house, &town).await);
    let took = began.elapsed();
    stop.cancel();
    crowd.await;
    if kills.in_flight() < FEWEST_KILLS {
        complaints.push(format!("only {} kills met unfinished work", kills.in_flight()));
    }
    let summary = report::summary(&house, &town, &kills);
    let head = format!("{engine}, ONBOARD_BOT_STORM_SEED={seed}, {:.1} s\n{summary}", took.as_secs_f64());
    tell(&head);
    if !complaints.is_empty() {
        let details = report::details(&house, &town, &complaints);
        let kept = report::keep_logs(&house, engine);
        panic!("{head}\n{kills}\n=== what is wrong\n{}\n{details}\n{kept}", complaints.join("\n"));
    }
}
