//! One process: opens the journal, starts the workers, listens, and drains when told to stop.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cards::{CardError, Cards};
use crate::chat::Surfaces;
use crate::chat::slack::signature::NoSecret;
use crate::chat::slack::socket::{Patience, Socket};
use crate::chat::slack::{self, Api, Desk, FixedToken, Tokens};
use crate::chat::teams::{Authenticator, Connector, bot_token};
use crate::clock::SharedClock;
use crate::config::{Authentication, Config, Slack, SlackMode};
use crate::http::slack::socket_handler;
use crate::http::{Reception, router};
use crate::install::{InstallError, InstalledTokens, Installer, Vault};
use crate::journal::{Journal, JournalError};
use crate::outside::SetupError;
use crate::workers::{Furniture, Office};

/// How long draining may take; the process is gone within 20 s.
const LONGEST_DRAIN: Duration = Duration::from_secs(18);

/// How long the store may take to close.
const LONGEST_CLOSE: Duration = Duration::from_secs(1);

/// Why the process could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The store.
    #[error("store.url: {0}")]
    Journal(#[from] JournalError),
    /// A card template or a sentence.
    #[error("cards: {0}")]
    Cards(#[from] CardError),
    /// A client of an outside system.
    #[error("customers: {0}")]
    Setup(#[from] SetupError),
    /// Nobody could be told from anybody.
    #[error("slack.signing_secrets: {0}")]
    NoSecret(#[from] NoSecret),
    /// An HTTP client for Teams or Slack.
    #[error("no HTTP client can be made: {0}")]
    Client(#[from] reqwest::Error),
    /// Installing the app in Slack.
    #[error(transparent)]
    Install(#[from] InstallError),
    /// The listener.
    #[error("server.listen: {0}")]
    Listen(#[from] std::io::Error),
}

/// Runs the bot until `stop` is cancelled, then drains for at most 20 s.
pub async fn run(
    config: Config,
    listener: TcpListener,
    clock: SharedClock,
    stop: CancellationToken,
) -> Result<(), RunError> {
    let config = Arc::new(config);
    let cards = Arc::new(Cards::load()?);
    let journal = Journal::open(&config.store.url).await?;
    let (mut authenticator, mut connector) = (None, None);
    if let Some(teams) = &config.teams {
        if teams.authentication == Authentication::None {
            tracing::warn!("teams.authentication is \"none\": whoever reaches this port is believed");
        }
        let token = Arc::new(bot_token(teams, Arc::clone(&clock))?);
        connector = Some(Arc::new(Connector::new(teams, token, Arc::clone(&clock))?));
        authenticator = Some(Arc::new(Authenticator::new(teams, Arc::clone(&clock))?));
    }
    let installing = installing(&config, &journal, &clock)?;
    let (mut slack, mut signatures) = (None, None);
    if let Some(settings) = &config.slack {
        signatures = Some(Arc::new(slack::Authenticator::new(settings, Arc::clone(&clock))?));
    }
    if let Some(settings) = &config.slack
        && let Some(tokens) = slack_tokens(settings, installing.as_ref())
    {
        slack = Some(slack::Connector::new(Api::new(settings, tokens)?, Desk::default(), Arc::clone(&clock)));
    }
    let surfaces = Surfaces::new(cards, connector, slack);
    let furniture = Furniture { config: Arc::clone(&config), journal: journal.clone(), clock, surfaces };
    let office = Office::new(furniture)?;
    let tracker = TaskTracker::new();
    office.start(&stop, &tracker);
    if let Some((tokens, _)) = &installing {
        tokens.start(&stop, &tracker);
    }
    let address = listener.local_addr()?;
    tracing::info!(%address, customers = config.customers.len(), "ready");
    let (tokens, install) = installing.unzip();
    let reception = Reception { office, teams: authenticator, slack: signatures, tokens, install, stop: stop.clone() };
    if let Some(socket) = socket(&config, &reception)? {
        socket.start(&stop, &tracker);
    }
    tracker.close();
    let app = router(reception);
    // Whoever asks while the workers end is told that we are draining, and events are kept for the next start.
    let closing = CancellationToken::new();
    let server = axum::serve(listener, app).with_graceful_shutdown(closing.clone().cancelled_owned());
    let server = tokio::spawn(server.into_future());
    stop.cancelled().await;
    tracing::info!("draining");
    let drained = tokio::time::timeout(LONGEST_DRAIN, async {
        tracker.wait().await;
        closing.cancel();
        server.await
    });
    if drained.await.is_err() {
        tracing::warn!("not everything ended in time; what was under way goes on at the next start");
    }
    if tokio::time::timeout(LONGEST_CLOSE, journal.close()).await.is_err() {
        tracing::warn!("the store is left without closing it; what was committed stands");
    }
    Ok(())
}

/// Slack over connections that the bot opens, where the configuration says so.
fn socket(config: &Config, reception: &Reception) -> Result<Option<Socket>, reqwest::Error> {
    let Some(slack) = config.slack.as_ref().filter(|slack| slack.mode == SlackMode::Socket) else { return Ok(None) };
    let Some(token) = slack.app_token.clone() else { return Ok(None) };
    Socket::new(slack, token, socket_handler(reception), Patience::default()).map(Some)
}

/// Workspaces that install the app themselves: their tokens, and the pages for it. `None`: the configuration has one token.
fn installing(
    config: &Config,
    journal: &Journal,
    clock: &SharedClock,
) -> Result<Option<(InstalledTokens, Arc<Installer>)>, InstallError> {
    let Some((slack, app)) = config.slack.as_ref().and_then(|slack| Some((slack, slack.installing()?))) else {
        return Ok(None);
    };
    let vault = Arc::new(Vault::new(config, app, journal.clone(), Arc::clone(clock))?);
    let tokens = InstalledTokens::new(Arc::clone(&vault), slack.bot_token.clone());
    Ok(Installer::new(config, vault, tokens.clone()).map(|installer| (tokens, Arc::new(installer))))
}

/// Installed workspaces first, then the token of the configuration.
fn slack_tokens(settings: &Slack, installing: Option<&(InstalledTokens, Arc<Installer>)>) -> Option<Arc<dyn Tokens>> {
    match installing {
        Some((tokens, _)) => Some(Arc::new(tokens.clone())),
        None => settings.bot_token.clone().map(|token| Arc::new(FixedToken(token)) as Arc<dyn Tokens>),
    }
}
