//! The whole thing on one machine: world and bot in one process, and a terminal as the Teams or Slack client.
//!
//! Nothing is short-circuited: what is typed becomes a signed activity or event, goes through the bot's webhook, and what the
//! bot posts is read back from the simulated Connector or Web API.

mod playground;
mod script;
mod slack;
mod terminal;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use playground::playground;
use script::Line;
use terminal::Terminal;

use crate::clock::{SharedClock, SystemClock};
use crate::config::{self, Carrier, ConfigError};
use crate::serve::{self, RunError};
use crate::world::{BotSettings, Seed, SlackSettings, World, WorldOptions};

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

/// In which product people type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Surface {
    /// Microsoft Teams.
    Teams,
    /// Slack.
    Slack,
    /// Both, each with a channel that shows every request.
    Both,
}

impl Surface {
    fn settings(self) -> BotSettings {
        // The first channel of either product.
        let channels = ["teams:19:onboarding@thread.tacv2", "slack:C0PHONES001"].map(str::to_owned);
        BotSettings {
            slack: (self != Self::Teams).then(SlackSettings::default),
            channels: if self == Self::Both { channels.into() } else { Vec::new() },
            ..BotSettings::default()
        }
    }
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
    pub(crate) async fn start(
        listen: SocketAddr,
        surface: Surface,
        amend: impl FnOnce(String) -> String,
    ) -> Result<Self, DemoError> {
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
            ..surface.settings()
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
pub async fn chat(surface: Surface) -> Result<(), DemoError> {
    let mut input = BufReader::new(tokio::io::stdin());
    play(&mut input, surface, true).await
}

/// The same from a script; fails at the first expectation that is not met. `-` reads standard input. A script that goes
/// from one product to the other has both.
pub async fn script(path: &str, surface: Surface) -> Result<(), DemoError> {
    let mut text = String::new();
    if path == "-" {
        tokio::io::stdin().read_to_string(&mut text).await?;
    } else {
        let read = tokio::fs::read_to_string(path).await;
        text = read.map_err(|e| std::io::Error::new(e.kind(), format!("{path}: {e}")))?;
    }
    let changes = |line: &str| matches!(Line::parse(line), Line::In(place) if place == "slack" || place == "teams");
    let surface = if text.lines().any(changes) { Surface::Both } else { surface };
    play(&mut text.as_bytes(), surface, false).await
}

async fn play(input: &mut (impl AsyncBufRead + Unpin), surface: Surface, interactive: bool) -> Result<(), DemoError> {
    let stage = Stage::start(SocketAddr::from(([127, 0, 0, 1], 0)), surface, |config| config).await?;
    if surface == Surface::Both {
        // The bot can write in a channel of Teams once it has heard from it.
        stage.world.person("olga").install_bot(&stage.world.channel_thread()).await;
    }
    let mut terminal = Terminal::new(&stage.world, surface, interactive);
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
