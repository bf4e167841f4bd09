//! The command line: `serve`, `demo`, `world`, `check`, `package`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand, ValueEnum};
use onboard_bot::cards::Cards;
use onboard_bot::clock::SystemClock;
use onboard_bot::world::{Seed, World, WorldOptions};
use onboard_bot::{check, config, demo, package, serve};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// The system's allocator keeps what short peaks needed, once for every thread; this one gives it back, so that memory stays
/// what is in use (`tests/soak`).
#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Gives an employee a phone line from Microsoft Teams or Slack: checked, approved, carried out, proven.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    /// How logs are written. `RUST_LOG` sets what is logged.
    #[arg(long, value_enum, default_value = "text", global = true)]
    log: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Json,
    Text,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the bot: webhooks, workers, timers.
    Serve(ConfigFile),
    /// World and bot in one process, with a chat in this terminal.
    Demo {
        /// Reads lines from this file (`-`: standard input) instead of the terminal and prints the transcript.
        #[arg(long, value_name = "FILE", conflicts_with = "playground")]
        script: Option<String>,
        /// In which product people type. With `both`, every request is shown in the other one as well.
        #[arg(long, value_enum, default_value = "teams", conflicts_with = "playground")]
        surface: demo::Surface,
        /// Waits on 127.0.0.1:3978 for Microsoft 365 Agents Playground.
        #[arg(long)]
        playground: bool,
        /// Another port for the Playground.
        #[arg(long, requires = "playground")]
        port: Option<u16>,
    },
    /// The simulated outside systems alone.
    World {
        /// Address and port.
        #[arg(long)]
        listen: SocketAddr,
        /// Milliseconds before every system answers.
        #[arg(long, value_name = "MS", default_value_t = 0)]
        latency: u64,
        /// Who and what exists, as JSON.
        #[arg(long, value_name = "FILE")]
        seed: Option<PathBuf>,
    },
    /// Tries every system that the configuration names and prints a line each; changes nothing.
    Check(ConfigFile),
    /// Writes the app package of this installation.
    Package {
        /// For which product.
        #[arg(value_enum)]
        product: Product,
        #[command(flatten)]
        file: ConfigFile,
        /// The folder to write to.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Product {
    Teams,
    Slack,
}

#[derive(Debug, Args)]
struct ConfigFile {
    /// The configuration, TOML.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let quiet = matches!(cli.command, Command::Demo { .. } | Command::Check(_) | Command::Package { .. });
    start_logging(cli.log, quiet);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("onboard-bot: {error}");
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(carry_out(cli.command))
}

/// Logs go to standard error, so that the demo's transcript stays clean.
fn start_logging(format: LogFormat, quiet: bool) {
    let default = if quiet { "error" } else { "info" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Json => logs.json().init(),
        LogFormat::Text => logs.init(),
    }
}

async fn carry_out(command: Command) -> ExitCode {
    let result = match command {
        Command::Check(file) => return check_all(&file).await,
        Command::Serve(file) => serve_bot(&file).await,
        Command::Demo { playground: true, port, .. } => {
            demo::playground(told_to_stop(), port).await.map_err(anyhow::Error::from)
        }
        Command::Demo { script: Some(script), surface, .. } => {
            demo::script(&script, surface).await.map_err(anyhow::Error::from)
        }
        Command::Demo { surface, .. } => demo::chat(surface).await.map_err(anyhow::Error::from),
        Command::World { listen, latency, seed } => run_world(listen, latency, seed).await,
        Command::Package { product: Product::Teams, file, out } => write_package(&file, &out),
        Command::Package { product: Product::Slack, file, out } => write_manifest(&file, &out),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("onboard-bot: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve_bot(file: &ConfigFile) -> anyhow::Result<()> {
    let config = config::load(&file.config)?;
    let listener = TcpListener::bind(&config.server.listen).await;
    let listener = listener.map_err(|e| anyhow::anyhow!("server.listen: {}: {e}", config.server.listen))?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        told_to_stop().await;
        told.cancel();
    });
    Ok(serve::run(config, listener, Arc::new(SystemClock), stop).await?)
}

/// 0: all well, 1: something is wrong, 2: the configuration cannot be read.
async fn check_all(file: &ConfigFile) -> ExitCode {
    let (config, cards) = match (config::load(&file.config), Cards::load()) {
        (Ok(config), Ok(cards)) => (config, cards),
        (Err(error), _) => {
            eprintln!("onboard-bot: {error}");
            return ExitCode::from(2);
        }
        (_, Err(error)) => {
            eprintln!("onboard-bot: cards: {error}");
            return ExitCode::from(2);
        }
    };
    let findings = check::check(&config, Arc::new(SystemClock)).await;
    print!("{}{}", check::text(&findings, &cards), check::notes_text(&check::notes(&config).await, &cards));
    if check::all_ok(&findings) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn write_package(file: &ConfigFile, out: &Path) -> anyhow::Result<()> {
    let config = config::load(&file.config)?;
    println!("{}", package::teams(&config, out)?.display());
    Ok(())
}

fn write_manifest(file: &ConfigFile, out: &Path) -> anyhow::Result<()> {
    let config = config::load(&file.config)?;
    let manifest = package::slack(&config, out)?;
    println!("{}", manifest.file.display());
    println!(
        "Paste it at https://api.slack.com/apps: Create New App, From a manifest (an existing app: App Manifest)."
    );
    if manifest.has_placeholder {
        println!("Before that, set server.public_url and write it again, or replace {} by hand.", package::PLACEHOLDER);
    }
    Ok(())
}

async fn run_world(listen: SocketAddr, latency_ms: u64, seed: Option<PathBuf>) -> anyhow::Result<()> {
    let seed = match seed {
        Some(path) => Seed::from_json(&tokio::fs::read_to_string(&path).await?)?,
        None => Seed::default(),
    };
    let clock = Arc::new(SystemClock);
    let world = World::start(WorldOptions { listen: Some(listen), seed, clock, latency_ms }).await?;
    println!("the world listens on {}", world.url());
    told_to_stop().await;
    world.stop().await;
    Ok(())
}

/// Resolves on SIGTERM or SIGINT.
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
