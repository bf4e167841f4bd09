//! The servers under test, each the only thing in its process.

use std::io::Read;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, bail};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use onboard_bot::cards::Cards;
use onboard_bot::chat::Surfaces;
use onboard_bot::chat::slack::Authenticator as SlackAuthenticator;
use onboard_bot::chat::teams::Authenticator;
use onboard_bot::clock::{SharedClock, SystemClock};
use onboard_bot::config::{self, Config};
use onboard_bot::http::{Reception, router};
use onboard_bot::journal::Journal;
use onboard_bot::workers::{Furniture, Office};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// At most this many rows share a commit, as in the bot.
const LARGEST_BATCH: usize = 64;

/// Serves until standard input ends, as it does when the measuring process is gone.
pub fn run(kind: &str, config: &Path) -> anyhow::Result<()> {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    let config = config::load(config)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(kind, config))
}

async fn serve(kind: &str, config: Config) -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    let clock: SharedClock = Arc::new(SystemClock);
    let app = match kind {
        "working" => {
            println!("{port}");
            onboard_bot::serve::run(config, listener, clock, CancellationToken::new()).await?;
            return Ok(());
        }
        "bot" => reception(config, clock).await?,
        "bare" => bare(&config, clock).await?,
        _ => bail!("there is no server {kind}"),
    };
    println!("{port}");
    axum::serve(listener, app).await?;
    Ok(())
}

/// The bot without its workers.
async fn reception(config: Config, clock: SharedClock) -> anyhow::Result<Router> {
    let teams = config.teams.as_ref().context("no Teams")?;
    let teams = Some(Arc::new(Authenticator::new(teams, clock.clone())?));
    let slack = Some(Arc::new(slack(&config, &clock)?));
    let surfaces = Surfaces::new(Arc::new(Cards::load()?), None, None);
    let journal = Journal::open(&config.store.url).await?;
    let office = Office::new(Furniture { config: Arc::new(config), journal, clock, surfaces })?;
    Ok(router(Reception { office, teams, slack, tokens: None, install: None, stop: CancellationToken::new() }))
}

fn slack(config: &Config, clock: &SharedClock) -> anyhow::Result<SlackAuthenticator> {
    Ok(SlackAuthenticator::new(config.slack.as_ref().context("no Slack")?, clock.clone())?)
}

/// A row to be kept, and who waits for it.
type Waiting = (Bytes, oneshot::Sender<bool>);

#[derive(Clone)]
struct Bare {
    teams: Arc<Authenticator>,
    slack: Arc<SlackAuthenticator>,
    rows: mpsc::Sender<Waiting>,
}

/// The least that is safe: the token is verified and the body is on the disk before the answer.
async fn bare(config: &Config, clock: SharedClock) -> anyhow::Result<Router> {
    let teams = config.teams.as_ref().context("no Teams")?;
    let teams = Arc::new(Authenticator::new(teams, clock.clone())?);
    let slack = Arc::new(slack(config, &clock)?);
    let options = SqliteConnectOptions::from_str(&config.store.url)?.create_if_missing(true);
    let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    let mut database = options.connect().await?;
    database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB NOT NULL)").await?;
    let (rows, mut waiting) = mpsc::channel::<Waiting>(4096);
    tokio::spawn(async move {
        let mut batch = Vec::with_capacity(LARGEST_BATCH);
        while waiting.recv_many(&mut batch, LARGEST_BATCH).await > 0 {
            let kept = commit(&mut database, &batch).await.is_ok();
            for (_, told) in batch.drain(..) {
                // A sender that went away needs no answer.
                let _ = told.send(kept);
            }
        }
    });
    let router = Router::new().route("/api/messages", post(take)).route("/slack/events", post(take_from_slack));
    Ok(router.with_state(Bare { teams, slack, rows }))
}

/// One statement is one transaction.
async fn commit(database: &mut SqliteConnection, batch: &[Waiting]) -> Result<(), sqlx::Error> {
    let sql = format!("INSERT INTO rows (body) VALUES (?){}", ",(?)".repeat(batch.len() - 1));
    let query = sqlx::query(AssertSqlSafe(sql));
    let query = batch.iter().fold(query, |query, (body, _)| query.bind(&body[..]));
    query.execute(database).await.map(drop)
}

async fn take(State(bare): State<Bare>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    match bare.teams.authenticate(header).await {
        Ok(_) => keep(&bare, body).await,
        Err(refused) => StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::UNAUTHORIZED),
    }
}

async fn take_from_slack(State(bare): State<Bare>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match bare.slack.authenticate((header("x-slack-request-timestamp"), header("x-slack-signature")), &body) {
        Ok(()) => keep(&bare, body).await,
        Err(refused) => StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::UNAUTHORIZED),
    }
}

async fn keep(bare: &Bare, body: Bytes) -> StatusCode {
    let (told, kept) = oneshot::channel();
    if bare.rows.send((body, told)).await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    if kept.await == Ok(true) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}
