//! The world, and the processes that work for it over one store.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use onboard_bot::world::{BotSettings, System, World, WorldOptions};
use sqlx::{AnyConnection, Connection};

use crate::child::Bot;
use crate::front::Front;

/// Milliseconds before a system answers: so long a call is under way, and a kill can meet it there.
const LATENCY: [(System, u64); 6] = [
    (System::Login, 20),
    (System::Botframework, 5),
    (System::Connector, 15),
    (System::Graph, 8),
    (System::Netsapiens, 12),
    (System::Connecttoteams, 20),
];

/// One process.
#[derive(Debug)]
pub struct Replica {
    folder: tempfile::TempDir,
    config: PathBuf,
    url: String,
    bot: Bot,
}

/// Everything that runs.
#[derive(Debug)]
pub struct House {
    pub world: Arc<World>,
    pub replicas: Vec<Replica>,
    store: String,
    client: reqwest::Client,
    _front: Front,
}

impl House {
    pub async fn open(store: &str, replicas: usize) -> Self {
        let world = Arc::new(World::start(WorldOptions::default()).await.unwrap());
        world.turn(|knobs| {
            (knobs.sync_delay_ms, knobs.enable_delay_ms, knobs.register_delay_ms) = (60, 40, 50);
            knobs.latency_ms = LATENCY.into();
        });
        let addresses: Vec<SocketAddr> = (0..replicas).map(|_| lasting_address()).collect();
        let front = Front::open(addresses.clone()).await;
        world.connect_bot(&front.url);
        let replicas = addresses.iter().map(|address| Replica::start(&world, address, store)).collect();
        let client = reqwest::Client::new();
        let mut house = Self { world, replicas, store: store.to_owned(), client, _front: front };
        for replica in &mut house.replicas {
            replica.bot.is_ready(&replica.url).await;
        }
        house
    }

    /// SIGKILL, and the same again.
    pub fn kill_and_start_again(&mut self, index: usize) {
        let replica = &mut self.replicas[index];
        assert!(replica.bot.ended().is_none(), "process {index} ended by itself:\n{}", replica.bot.log());
        replica.bot.kill();
        replica.serve();
    }

    /// Waits until this process takes work.
    pub async fn is_ready(&self, index: usize) {
        let url = format!("{}/readyz", self.replicas[index].url);
        while !self.client.get(&url).send().await.is_ok_and(|answer| answer.status() == 200) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// No message waits to be sent.
    pub async fn has_sent_everything(&self) -> bool {
        let Ok(answer) = self.client.get(format!("{}/metrics", self.replicas[0].url)).send().await else {
            return false;
        };
        answer.text().await.is_ok_and(|text| text.contains("\nonboard_bot_outbox_depth 0\n"))
    }

    /// What waits to be sent, for the report.
    pub async fn unsent(&self) -> Vec<String> {
        sqlx::any::install_default_drivers();
        let mut store = AnyConnection::connect(&self.store).await.unwrap();
        let sql =
            "SELECT lane, attempt, run_at, COALESCE(claimed_at, 0), body FROM outbox WHERE status = 'new' ORDER BY id";
        let rows: Vec<(String, i64, i64, i64, String)> = sqlx::query_as(sql).fetch_all(&mut store).await.unwrap();
        let line = |(lane, attempt, run_at, claimed_at, body): (String, i64, i64, i64, String)| {
            let body: String = body.chars().take(400).collect();
            format!("unsent in {lane}: attempt {attempt}, due {run_at}, claimed {claimed_at}: {body}")
        };
        rows.into_iter().map(line).collect()
    }

    /// What all processes have written.
    pub fn logs(&self) -> Vec<String> {
        self.replicas.iter().map(|replica| replica.bot.log()).collect()
    }
}

impl Replica {
    fn start(world: &World, address: &SocketAddr, store: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings =
            BotSettings { listen: address.to_string(), store_url: store.to_owned(), ..BotSettings::default() };
        let config = folder.path().join("onboard-bot.toml");
        std::fs::write(&config, world.bot_config(&settings)).unwrap();
        let bot = Bot::serve(&config, folder.path(), &[]);
        Self { folder, config, url: format!("http://{address}"), bot }
    }

    fn serve(&mut self) {
        self.bot = Bot::serve(&self.config, self.folder.path(), &[]);
    }
}

/// An address below the ports that the system gives to outgoing connections: it must be free again after each kill.
fn lasting_address() -> SocketAddr {
    let addresses = std::iter::repeat_with(|| SocketAddr::from(([127, 0, 0, 1], rand::random_range(15_000..32_000))));
    addresses.into_iter().find(|address| TcpListener::bind(address).is_ok()).unwrap()
}
