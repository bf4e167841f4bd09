//! The whole thing on one machine: world and bot in one process, and a terminal as the Teams client.
//!
//! Nothing is short-circuited: what is typed becomes a signed activity, goes through the bot's webhook, and what the bot
//! posts is read back from the simulated Connector.

mod playground;
mod script;
mod terminal;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use playground::playground;
use script::Line;
use terminal::Terminal;

use crate::clock::{SharedClock, SystemClock};
use crate::config::{self, Carrier, ConfigError};
use crate::serve::{self, RunError};
use crate::world::{BotSettings, Seed, World, WorldOptions};

/// Why the demo ended early.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file, a port, the terminal.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Our own configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The bot itself.
    #[error(transparent)]
    Run(#[from] RunError),
    /// An expectation of the script was not met.
    #[error("line {line}: {what}")]
    NotMet {
        /// Line number in the script, counted from 1.
        line: usize,
        /// What was expected, and what was there instead.
        what: String,
    },
}

/// World and bot, running.
pub(crate) struct Stage {
    pub(crate) world: Arc<World>,
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    pub(crate) bot: JoinHandle<Result<(), RunError>>,
    // Removed with everything in it when the demo ends.
    _folder: tempfile::TempDir,
}

/// How long the simulated carrier waits before it asks a human, in the demo.
const SYNC_WAIT: &str = "20s";

impl Stage {
    pub(crate) async fn start(listen: SocketAddr, amend: impl FnOnce(String) -> String) -> Result<Self, DemoError> {
        let folder = tempfile::tempdir()?;
        let seed = Seed::default().with_second_customer();
        let world = World::start(WorldOptions { seed, ..WorldOptions::default() }).await?;
        // Nobody watches a demo for the minutes between two looks at what came by another way.
        world.turn(|knobs| knobs.number_delay_ms = 0);
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let settings = BotSettings {
            listen: address.to_string(),
            store_url: format!("sqlite:{}", folder.path().join("demo.db").display()),
            sync_wait: SYNC_WAIT.to_owned(),
            second_customer: true,
            second_carrier: Carrier::CallTower,
            ..BotSettings::default()
        };
        let config = config::load_text(&amend(world.bot_config(&settings)), Vec::new())?;
        world.connect_bot(&format!("http://{address}"));
        let (stop, clock): (_, SharedClock) = (CancellationToken::new(), Arc::new(SystemClock));
        let bot = tokio::spawn(serve::run(config, listener, clock, stop.clone()));
        Ok(Self { world: Arc::new(world), address, stop, bot, _folder: folder })
    }

    /// Stops the bot and waits until it has drained.
    pub(crate) async fn end(self) -> Result<(), DemoError> {
        self.stop.cancel();
        match self.bot.await {
            Ok(result) => Ok(result?),
            Err(panic) => Err(DemoError::Io(std::io::Error::other(panic))),
        }
    }
}

/// A chat in the terminal: reads lines until the end of input or `quit`.
pub async fn chat() -> Result<(), DemoError> {
    let mut input = BufReader::new(tokio::io::stdin());
    play(&mut input, true).await
}

/// The same from a script; fails at the first expectation that is not met. `-` reads standard input.
pub async fn script(path: &str) -> Result<(), DemoError> {
    if path == "-" {
        return play(&mut BufReader::new(tokio::io::stdin()), false).await;
    }
    let file = tokio::fs::File::open(path).await.map_err(|e| std::io::Error::new(e.kind(), format!("{path}: {e}")))?;
    play(&mut BufReader::new(file), false).await
}

async fn play(input: &mut (impl AsyncBufRead + Unpin), interactive: bool) -> Result<(), DemoError> {
    let stage = Stage::start(SocketAddr::from(([127, 0, 0, 1], 0)), |config| config).await?;
    let mut terminal = Terminal::new(&stage.world, interactive);
    terminal.welcome();
    let mut number = 0;
    let mut text = String::new();
    let result = loop {
        terminal.prompt();
        text.clear();
        let read = tokio::select! {
            read = input.read_line(&mut text) => read?,
            () = terminal.show_forever(), if interactive => 0,
        };
        number += 1;
        if read == 0 {
            break Ok(());
        }
        let line = Line::parse(text.trim_end_matches(['\r', '\n']));
        if line == Line::Quit {
            break Ok(());
        }
        if let Err(what) = terminal.obey(line).await {
            if interactive {
                terminal.print(&what);
            } else {
                break Err(DemoError::NotMet { line: number, what });
            }
        }
    };
    stage.end().await?;
    result
}
