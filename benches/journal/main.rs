//! How many steps a second go through the journal, beside plain inserts of the same number of rows.
//!
//! A step is what the product does for one attempt, all but the call to the outside: a task is claimed, its request is
//! read, and one transaction redeems the claim, decides, saves request and step, records the event, rewrites the card in
//! the outbox and schedules the next task. So many requests at a time, each waiting for its own commit. The requests come
//! to their end as real ones do: two looks, two steps that note what was there before, one wait, a proof.
//!
//! The other side commits as many rows in one transaction a step, each by a plain INSERT into a table of two columns,
//! through the same driver, with the same pragmas or server. The sides run in turn in short slices, so that the machine's
//! drift falls on both, and ratios are taken round by round. Nothing is sent, so that the outbox does not compete.
//!
//! `cargo bench --bench journal` measures in less than two minutes. Without `--bench` (`cargo test --benches`) every part
//! runs for a moment only, and the figures mean nothing.

mod plain;
mod product;

#[path = "../../tests/stage/postgres.rs"]
#[allow(clippy::unwrap_used, clippy::panic, reason = "written for tests; what fails there ends the run")]
mod postgres;

#[path = "../webhook/figures.rs"]
#[allow(dead_code, reason = "the other bench uses all of it")]
mod figures;

use std::path::{Path, PathBuf};
use std::time::Duration;

use onboard_bot::world::{BotSettings, World, WorldOptions};

use figures::median;
use plain::Plain;
use postgres::Cluster;
use product::Product;

/// So many requests are worked on at a time.
const AT_ONCE: [usize; 3] = [1, 8, 32];

/// How long each part lasts.
struct Pace {
    rounds: usize,
    slice: Duration,
    /// Attempts that are ahead when a slice begins; it must not run out of them.
    ahead: u32,
}

impl Pace {
    const FULL: Self = Self { rounds: 7, slice: Duration::from_millis(750), ahead: 4000 };
    const TRIAL: Self = Self { rounds: 1, slice: Duration::from_millis(50), ahead: 400 };
}

/// On the same disk as the build, never in memory.
struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("journal-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    fn url(&self, name: &str) -> String {
        format!("sqlite:{}", self.0.join(name).display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left goes with the build folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let full = args.iter().any(|arg| arg == "--bench") && !args.iter().any(|arg| arg == "--test");
    let pace = if full { Pace::FULL } else { Pace::TRIAL };
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(&pace))
}

async fn measure(pace: &Pace) -> anyhow::Result<()> {
    let world = World::start(WorldOptions::default()).await?;
    let config = |store_url| world.bot_config(&BotSettings { store_url, ..BotSettings::default() });
    let folder = Folder::new()?;
    println!(
        "{:<12} {:>8} {:>10} {:>15} {:>7} {:>12}",
        "store", "at once", "steps/s", "plain steps/s", "ratio", "plain rows/s"
    );
    let product = Product::open(&config(folder.url("bot.db"))).await?;
    let plain = Plain::open(&folder.url("plain.db"), product.lengths()?).await?;
    compare("SQLite", (&product, &plain), pace).await?;
    let cluster = Cluster::start(&["fsync=on", "synchronous_commit=on", "full_page_writes=on", "autovacuum=on"]);
    let database = cluster.database().await;
    let product = Product::open(&config(database.url().to_owned())).await?;
    let plain = Plain::open(database.url(), product.lengths()?).await?;
    compare("PostgreSQL", (&product, &plain), pace).await
}

async fn compare(store: &str, (product, plain): (&Product, &Plain), pace: &Pace) -> anyhow::Result<()> {
    product.prepare(pace.ahead).await?;
    for at_once in AT_ONCE {
        let (mut steps, mut inserts, mut rows, mut ratios) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for round in 0..pace.rounds {
            let mut now = [0.0; 2];
            for turn in 0..2 {
                // The order is turned round every other time.
                let side = (turn + round) % 2;
                now[side] = if side == 0 {
                    product.prepare(pace.ahead).await?;
                    product.slice(at_once, pace.slice).await?.per_second()
                } else {
                    let slice = plain.slice(at_once, pace.slice).await?;
                    rows.push(slice.per_second() * plain::ROWS_A_STEP);
                    slice.per_second()
                };
            }
            steps.push(now[0]);
            inserts.push(now[1]);
            ratios.push(now[0] / now[1]);
        }
        println!(
            "{store:<12} {at_once:>8} {:>10.0} {:>15.0} {:>7.2} {:>12.0}",
            median(steps),
            median(inserts),
            median(ratios),
            median(rows)
        );
    }
    Ok(())
}
