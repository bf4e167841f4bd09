//! The simulated outside in this process, and the bot in one of its own.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use onboard_bot::world::{BotSettings, Human, PbxUser, REQUESTER_GROUP, SYNC_GROUP, Seed, User, World, WorldOptions};
use serde_json::Value;

/// People who ask for lines for others.
pub const REQUESTERS: u64 = 40;

/// How long the bot may take to get ready, and to end.
const PATIENCE: Duration = Duration::from_secs(25);

/// How long the last messages may take.
const LAST_MESSAGES: Duration = Duration::from_secs(90);

/// Where the bot keeps what lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Store {
    /// One file.
    Sqlite,
}

/// What the bot wrote to its log.
#[derive(Debug, Default)]
pub struct Log {
    pub lines: usize,
    pub errors: Vec<String>,
    /// How often, by text.
    pub warnings: BTreeMap<String, usize>,
}

/// World, bot and store.
pub struct House {
    pub world: World,
    pub url: String,
    pub client: reqwest::Client,
    folder: PathBuf,
    child: Mutex<Child>,
    process: u32,
}

/// The short name of somebody who asks.
pub fn requester(n: u64) -> String {
    format!("r{:02}", n % REQUESTERS)
}

/// Name, UPN and extension of the nth person who gets a line.
pub fn subject(n: u64) -> (String, String, String) {
    (format!("Sam S{n:05}"), format!("s{n:05}@contoso.com"), (10_000 + n).to_string())
}

fn crowd(subjects: u64) -> Seed {
    let mut seed = Seed::default();
    let mut join = |group: &str, upn: &str| {
        seed.groups.iter_mut().filter(|g| g.id == group).for_each(|g| g.members.push(upn.to_owned()));
    };
    let (mut users, mut people) = (Vec::new(), Vec::new());
    for n in 0..REQUESTERS {
        let key = requester(n);
        let (name, upn) = (format!("Rita R{n:02}"), format!("{key}@contoso.com"));
        join(REQUESTER_GROUP, &upn);
        users.push(User::new(&upn, &name));
        people.push(Human { key, name, upn, tenant: None });
    }
    for n in 0..subjects {
        let (name, upn, extension) = subject(n);
        join(SYNC_GROUP, &upn);
        users.push(User::new(&upn, &name));
        let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
        let user = PbxUser { first: first.into(), last: last.into(), email: upn, ..PbxUser::default() };
        seed.pbx.users.insert(extension, user);
    }
    seed.users.append(&mut users);
    seed.people.append(&mut people);
    seed
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

impl House {
    /// Starts the world and the bot.
    pub async fn open(store: Store, subjects: u64) -> anyhow::Result<Self> {
        // On the same disk as the build, never in memory.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("soak-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let store_url = match store {
            Store::Sqlite => format!("sqlite:{}", folder.join("bot.db").display()),
        };
        let world = World::start(WorldOptions { seed: crowd(subjects), ..WorldOptions::default() }).await?;
        let listen = format!("127.0.0.1:{}", free_port()?);
        let url = format!("http://{listen}");
        let config = folder.join("onboard-bot.toml");
        std::fs::write(&config, world.bot_config(&BotSettings { listen, store_url, ..BotSettings::default() }))?;
        world.connect_bot(&url);
        let mut command = Command::new(env!("CARGO_BIN_EXE_onboard-bot"));
        command.args(["--log", "json", "serve", "--config"]).arg(&config).current_dir(&folder).env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(folder.join("log"))?);
        let child = command.spawn()?;
        let process = child.id();
        let client = reqwest::Client::builder().no_proxy().build()?;
        let house = Self { world, url, client, folder, child: Mutex::new(child), process };
        house.is_ready().await?;
        Ok(house)
    }

    async fn is_ready(&self) -> anyhow::Result<()> {
        let (began, ready) = (Instant::now(), format!("{}/readyz", self.url));
        while !self.client.get(&ready).send().await.is_ok_and(|r| r.status() == 200) {
            let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            ensure!(began.elapsed() < PATIENCE, "the bot does not get ready: {}", log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// What the bot counts.
    pub async fn metrics(&self) -> anyhow::Result<String> {
        Ok(self.client.get(format!("{}/metrics", self.url)).send().await?.error_for_status()?.text().await?)
    }

    /// Waits until no message is under way; returns the metrics that say so.
    pub async fn everything_is_sent(&self) -> anyhow::Result<String> {
        let began = Instant::now();
        loop {
            let metrics = self.metrics().await?;
            if super::watch::gauge(&metrics, "onboard_bot_outbox_depth") == Some(0.0) {
                return Ok(metrics);
            }
            ensure!(began.elapsed() < LAST_MESSAGES, "messages stay unsent");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Resident memory of the bot in MiB.
    pub fn memory(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        Ok(line.trim().trim_end_matches("kB").trim().parse::<f64>()? / 1024.0)
    }

    /// How many files and sockets the bot has open.
    pub fn open_files(&self) -> anyhow::Result<usize> {
        Ok(std::fs::read_dir(format!("/proc/{}/fd", self.process))?.count())
    }

    /// Bytes of the database on the disk.
    pub async fn size(&self) -> anyhow::Result<u64> {
        let files = ["bot.db", "bot.db-wal"].map(|name| std::fs::metadata(self.folder.join(name)));
        Ok(files.into_iter().flatten().map(|file| file.len()).sum())
    }

    /// SIGTERM; returns how long draining took.
    pub async fn stop(&self) -> anyhow::Result<Duration> {
        let began = Instant::now();
        let sent = Command::new("kill").args(["-TERM", &self.process.to_string()]).status()?;
        ensure!(sent.success(), "the bot cannot be told to stop");
        while began.elapsed() < PATIENCE {
            let ended = self.child.lock().unwrap_or_else(PoisonError::into_inner).try_wait()?;
            if let Some(status) = ended {
                ensure!(status.success(), "the bot ended with {status}");
                return Ok(began.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the bot does not end")
    }

    /// What stands in the bot's log.
    pub fn log(&self) -> anyhow::Result<Log> {
        let mut log = Log::default();
        for line in std::fs::read_to_string(self.folder.join("log"))?.lines() {
            log.lines += 1;
            let Ok(entry) = serde_json::from_str::<Value>(line) else {
                log.errors.push(line.to_owned());
                continue;
            };
            match entry["level"].as_str() {
                Some("ERROR") | None => log.errors.push(line.to_owned()),
                Some("WARN") => {
                    let text = entry["fields"]["message"].as_str().unwrap_or_default();
                    *log.warnings.entry(text.to_owned()).or_default() += 1;
                }
                _ => {}
            }
        }
        Ok(log)
    }

    /// Removes what was written, or says where it is.
    pub fn close(&self, well: bool) -> anyhow::Result<()> {
        if well {
            std::fs::remove_dir_all(&self.folder)?;
        } else {
            println!("log and database: {}", self.folder.display());
        }
        Ok(())
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // It may have ended by itself.
        let _ = child.kill();
        let _ = child.wait();
    }
}
