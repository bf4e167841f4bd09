//! Router, authenticating extractors, health, metrics.
//!
//! A webhook is authenticated in its extractor, so that a handler without authentication cannot be written; its event is
//! kept for good and answered. Nothing else happens inside the request.

mod answer;
mod body;
mod health;
mod install;
mod messages;
pub mod slack;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::chat::slack::Authenticator as SlackAuthenticator;
use crate::chat::teams::Authenticator;
use crate::config::SlackMode;
use crate::install::{InstalledTokens, Installer};
use crate::workers::Office;

/// Bodies over this size are refused with 413.
pub const LARGEST_BODY: usize = 1024 * 1024;

/// Nobody needs longer to send a request and get its answer.
const LONGEST_REQUEST: Duration = Duration::from_secs(15);

/// What handlers need. Clones share everything.
#[derive(Debug, Clone)]
pub struct Reception {
    /// The workers' shared state.
    pub office: Office,
    /// Checks who speaks for Teams; `None`: Teams is switched off.
    pub teams: Option<Arc<Authenticator>>,
    /// Checks who speaks for Slack; `None`: Slack is switched off.
    pub slack: Option<Arc<SlackAuthenticator>>,
    /// The tokens of Slack workspaces that installed the app themselves; `None`: there is one token for all.
    pub tokens: Option<InstalledTokens>,
    /// Installs the app in Slack workspaces; `None`: there is one token, and nothing to install.
    pub install: Option<Arc<Installer>>,
    /// Cancelled while the process ends.
    pub stop: CancellationToken,
}

/// All paths of the contract.
pub fn router(reception: Reception) -> Router {
    let mut router = Router::new()
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics));
    if reception.teams.is_some() {
        router = router.route("/api/messages", post(messages::receive));
    }
    // Over the socket nothing comes in by itself.
    let by_http = reception.office.config.slack.as_ref().is_some_and(|slack| slack.mode == SlackMode::Http);
    if reception.slack.is_some() && by_http {
        for path in slack::PATHS {
            router = router.route(path, post(slack::receive));
        }
    }
    if reception.install.is_some() {
        router = installing(router);
    }
    router
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, LONGEST_REQUEST))
        .layer(CatchPanicLayer::new())
        .with_state(Arc::new(reception))
}

/// Browsers come here, not Slack.
fn installing(router: Router<Arc<Reception>>) -> Router<Arc<Reception>> {
    router.route("/slack/install", get(install::begin)).route("/slack/oauth_redirect", get(install::finish))
}
