//! How many webhooks a second the bot acknowledges, beside a bare handler that does the least that is safe.
//!
//! Both servers run in child processes of this program with the same runtime and the same settings. The bot's real path
//! is router, token, activity, one durable inbox row, answer. The bare one is the same token check and one durable row
//! of a shared commit. The same 32 connections are pointed at one and the other in turn, so that the machine's drift
//! falls on both, and ratios are taken round by round. Answer times are read at a fixed rate, counted from the moment a
//! request was due. A third child is the whole bot with its workers on, answering into a simulated Teams in this process.
//! Slack's path is measured the same way: every request is signed for itself, and the bare handler checks that.
//!
//! `cargo bench --bench webhook` measures, with `-- slack` or `-- teams` only that. Without `--bench` (`cargo test --benches`) every part runs for a moment only,
//! and the figures mean nothing. No harness is used because none can alternate between two servers.

mod figures;
mod load;
mod server;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use onboard_bot::world::{BotSettings, Human, Seed, SlackSettings, System, User, World, WorldOptions};

use figures::{Slice, median};
use load::{Mail, Messages, SlackMessages, Target};

/// Conversations that messages come from in turn; each person has one.
const PEOPLE: usize = 500;
const CONNECTIONS: usize = 32;
/// Open loop: this many requests a second.
const RATE: u32 = 200;

/// How long each part lasts.
struct Pace {
    rounds: usize,
    warm_up: Duration,
    slice: Duration,
    open: Duration,
}

impl Pace {
    const FULL: Self = Self {
        rounds: 20,
        warm_up: Duration::from_secs(2),
        slice: Duration::from_millis(750),
        open: Duration::from_secs(10),
    };
    const TRIAL: Self = Self {
        rounds: 1,
        warm_up: Duration::from_millis(50),
        slice: Duration::from_millis(200),
        open: Duration::from_millis(200),
    };
}

/// A server in a process of its own. Dropping it ends the process.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(kind: &str, config: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", kind]).arg(config).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut line = String::new();
        let out = child.stdout.take().context("the child has no standard output")?;
        BufReader::new(out).read_line(&mut line)?;
        let port = line.trim().parse();
        let server = Self { child, port: *port.as_ref().unwrap_or(&0) };
        port.with_context(|| format!("the server {kind} did not start"))?;
        Ok(server)
    }

    /// A line of `/proc/PID/status` in MiB, where there is one.
    fn memory(&self, name: &str) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? / 1024.0)
    }

    /// What it has used of the processors so far, where that is told. Linux counts in hundredths of a second.
    fn processor(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // The name, in brackets, may hold anything; user and system time are the 12th and 13th field behind it.
        let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(2);
        let ticks: u64 = fields.map(|field| field.parse::<u64>().ok()).sum::<Option<_>>()?;
        Some(Duration::from_millis(ticks * 10))
    }

    fn resident(&self) -> String {
        let show = |name| self.memory(name).map_or("not known".to_owned(), |mib| format!("{mib:.1} MiB"));
        format!("{} resident, {} at most", show("VmRSS"), show("VmHWM"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the servers keep their files: on the same disk as the build, never in memory.
struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("webhook-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    fn config(&self, world: &World, name: &str) -> anyhow::Result<PathBuf> {
        let store_url = format!("sqlite:{}", self.0.join(format!("{name}.db")).display());
        let text = world.bot_config(&BotSettings {
            store_url,
            slack: Some(SlackSettings::default()),
            ..BotSettings::default()
        });
        let path = self.0.join(format!("{name}.toml"));
        std::fs::write(&path, text)?;
        Ok(path)
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
    if let [serve, kind, config] = args.as_slice()
        && serve == "serve"
    {
        return server::run(kind, Path::new(config));
    }
    let full = args.iter().any(|arg| arg == "--bench") && !args.iter().any(|arg| arg == "--test");
    let pace = if full { Pace::FULL } else { Pace::TRIAL };
    let named = |surface: &str| args.iter().any(|arg| arg == surface);
    let wanted = |surface: &str| named(surface) || !(named("teams") || named("slack"));
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure(&pace, wanted))
}

fn crowd() -> Seed {
    let mut seed = Seed::default();
    for n in 0..PEOPLE {
        let (key, name, upn) = (format!("p{n}"), format!("Person {n}"), format!("p{n}@contoso.com"));
        seed.users.push(User::new(&upn, &name));
        seed.people.push(Human { key, name, upn, tenant: None });
    }
    seed
}

async fn measure(pace: &Pace, wanted: impl Fn(&str) -> bool) -> anyhow::Result<()> {
    let world = World::start(WorldOptions { seed: crowd(), ..WorldOptions::default() }).await?;
    world.turn(|knobs| knobs.rate_limits = false);
    let folder = Folder::new()?;
    let [bot, bare] = ["bot", "bare"].map(|kind| Server::start(kind, &folder.config(&world, kind)?));
    let sides = [("bot", bot?), ("bare", bare?)];
    for (name, server) in &sides {
        println!("{name:<18} at rest: {}", server.resident());
    }
    let messages = Messages::of(&world, PEOPLE)?;
    if wanted("teams") {
        compare("Teams", &sides, &messages, pace).await?;
    }
    if wanted("slack") {
        compare("Slack", &sides, &SlackMessages::of(&world, PEOPLE)?, pace).await?;
    }
    drop(sides);
    if wanted("teams") { at_work(&world, &folder, &messages, pace).await } else { Ok(()) }
}

/// The two servers in turn, then each at a fixed rate.
async fn compare(surface: &str, servers: &[(&str, Server); 2], messages: &dyn Mail, pace: &Pace) -> anyhow::Result<()> {
    println!("\n{surface}");
    let sides = servers.each_ref().map(|(name, server)| (name, server, Target { port: server.port, messages }));
    for (_, _, target) in &sides {
        target.closed_loop(CONNECTIONS, pace.warm_up).await?;
    }
    let before = sides.each_ref().map(|(_, server, _)| server.processor());
    let (mut rates, mut ratios, mut answered) = ([Vec::new(), Vec::new()], Vec::new(), [0; 2]);
    for round in 0..pace.rounds {
        let mut now = [0.0; 2];
        for step in 0..2 {
            // The order is turned round every other time.
            let side = (step + round) % 2;
            let slice = sides[side].2.closed_loop(CONNECTIONS, pace.slice).await?;
            now[side] = slice.per_second();
            rates[side].push(slice.per_second());
            answered[side] += slice.answered();
        }
        ratios.push(now[0] / now[1]);
        println!("round {round}: bot {:.0}/s, bare {:.0}/s, ratio {:.2}", now[0], now[1], now[0] / now[1]);
    }
    let [ours, theirs] = rates.map(median);
    println!("\nacknowledged at {CONNECTIONS} connections: bot {ours:.0}/s, bare {theirs:.0}/s (medians)");
    println!("ratio, median of rounds: {:.2} (lowest {:.2})", median(ratios.clone()), figures::lowest(&ratios));
    for ((name, server, _), (before, answered)) in sides.iter().zip(before.into_iter().zip(answered)) {
        let used = server.processor().zip(before).map(|(now, before)| (now - before) / answered);
        let used = used.map_or("not known".to_owned(), |used| format!("{used:.1?}"));
        println!("{name:<18} processor time per request: {used}");
    }
    for (name, _, target) in &sides {
        show(name, &target.open_loop(CONNECTIONS, RATE, pace.open).await?);
    }
    for (name, server, _) in &sides {
        println!("{name} after that: {}", server.resident());
    }
    Ok(())
}

/// The whole bot, answering.
async fn at_work(world: &World, folder: &Folder, messages: &Messages, pace: &Pace) -> anyhow::Result<()> {
    let working = Server::start("working", &folder.config(world, "working")?)?;
    let target = Target { port: working.port, messages };
    show("bot with workers", &target.open_loop(CONNECTIONS, RATE, pace.open).await?);
    println!("bot with workers, {RATE}/s: {}", working.resident());
    let slice = target.closed_loop(CONNECTIONS, pace.slice).await?;
    println!("bot with workers at {CONNECTIONS} connections: {:.0}/s, {}", slice.per_second(), working.resident());
    let mut changes = world.changes();
    let sent = async {
        while world.calls(System::Connector).is_empty() {
            changes.changed().await?;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(Duration::from_secs(30), sent).await.context("the workers sent nothing")?
}

fn show(name: &str, slice: &Slice) {
    let [half, most, worst] = [0.5, 0.99, 1.0].map(|part| slice.within(part).as_secs_f64() * 1e3);
    println!("{name:<18} at {RATE}/s: p50 {half:.2} ms, p99 {most:.2} ms, slowest {worst:.2} ms");
}
