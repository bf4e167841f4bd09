//! `POST /slack/events`, `/slack/commands`, `/slack/interactivity`: each takes every kind, told apart by content.
//!
//! Slack wants its answer within 3 s; slash commands and forms carry it on the same connection, everything else is kept and
//! acknowledged. [`dispatch`] does both, for requests and for the socket.

mod dispatch;
mod forms;

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::body::{read, too_large};
use super::{LARGEST_BODY, Reception};
use crate::chat::slack::payload::is_ssl_check;
use crate::chat::slack::socket::{Handled, Handler};
use crate::chat::slack::{AuthError, Authenticator, Delivered, Malformed, Payload, receive as translate};

pub use dispatch::{AckBody, dispatch};

/// Where Slack may send anything.
pub const PATHS: [&str; 3] = ["/slack/events", "/slack/commands", "/slack/interactivity"];

/// A payload that passed every check.
#[derive(Debug)]
pub struct Authentic(Delivered);

/// Why a payload was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not from Slack, or not for us.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// It cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl Authentic {
    /// A payload that came by the socket, which is authenticated by its address.
    pub fn from_socket(authenticator: &Authenticator, kind: &str, payload: Value) -> Result<Self, Refused> {
        Self::check(authenticator, &Payload::of_socket(kind, payload)?)
    }

    fn check(authenticator: &Authenticator, payload: &Payload) -> Result<Self, Refused> {
        if let Some((app, from)) = payload.origin() {
            authenticator.check_payload(app, from)?;
        }
        Ok(Self(translate(payload)?))
    }
}

/// Why a request was not taken.
#[derive(Debug)]
pub enum Rejected {
    /// Not believed, or not readable.
    Refused(Refused),
    /// More than 1 MiB.
    TooLarge,
    /// Slack is switched off.
    Off,
    /// Nothing is wrong with the certificate.
    SslCheck,
}

impl From<Refused> for Rejected {
    fn from(why: Refused) -> Self {
        Self::Refused(why)
    }
}

impl IntoResponse for Rejected {
    fn into_response(self) -> Response {
        let (status, why) = match self {
            Self::SslCheck => return StatusCode::OK.into_response(),
            Self::Off => return StatusCode::NOT_FOUND.into_response(),
            Self::Refused(Refused::Auth(error)) => {
                tracing::warn!(%error, "a request to Slack's address was refused");
                (StatusCode::from_u16(error.status()).unwrap_or(StatusCode::UNAUTHORIZED), error.to_string())
            }
            Self::Refused(Refused::Malformed(error)) => (StatusCode::BAD_REQUEST, error.to_string()),
            Self::TooLarge => return too_large(),
        };
        // It will be refused again.
        (status, [("x-slack-no-retry", "1")], Json(json!({ "error": why }))).into_response()
    }
}

/// A header that is there once: of two, nobody knows which one was signed for.
fn single<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())?.to_str().ok()
}

impl FromRequest<Reception> for Authentic {
    type Rejection = Rejected;

    async fn from_request(request: Request, reception: &Reception) -> Result<Self, Rejected> {
        let Some(authenticator) = &reception.slack else { return Err(Rejected::Off) };
        let (parts, body) = request.into_parts();
        let body = read(body, LARGEST_BODY).await.ok_or(Rejected::TooLarge)?;
        let header = |name| single(&parts.headers, name);
        let signed = (header("x-slack-request-timestamp"), header("x-slack-signature"));
        if let Err(error) = authenticator.authenticate(signed, &body) {
            return Err(if is_ssl_check(&body) { Rejected::SslCheck } else { Refused::from(error).into() });
        }
        Ok(Self::check(authenticator, &Payload::parse(&body).map_err(Refused::from)?)?)
    }
}

/// Keeps the event and answers.
pub(super) async fn receive(State(reception): State<Arc<Reception>>, request: Request) -> Response {
    let began = Instant::now();
    let response = match Authentic::from_request(request, &reception).await {
        Ok(authentic) => answer(&reception, authentic).await,
        Err(rejected) => rejected.into_response(),
    };
    let status = response.status().as_u16();
    reception.office.metrics.webhook_took("slack", status, began.elapsed().as_secs_f64());
    response
}

async fn answer(reception: &Reception, authentic: Authentic) -> Response {
    match dispatch(reception, authentic).await {
        Ok(AckBody::Empty) => StatusCode::OK.into_response(),
        Ok(AckBody::Json(body)) => Json(body).into_response(),
        Err(error) => {
            tracing::error!(%error, "an event could not be kept");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "error": "try again in a moment" }))).into_response()
        }
    }
}

/// What the socket does with an envelope: the same as with a request.
pub fn socket_handler(reception: &Reception) -> Handler {
    let reception = reception.clone();
    Arc::new(move |kind, payload| {
        let reception = reception.clone();
        Box::pin(async move { handle(&reception, &kind, payload).await })
    })
}

async fn handle(reception: &Reception, kind: &str, payload: Value) -> Handled {
    let began = Instant::now();
    let authentic = reception.slack.as_ref().map(|slack| Authentic::from_socket(slack, kind, payload));
    let (status, handled) = match authentic {
        Some(Ok(authentic)) => match dispatch(reception, authentic).await {
            Ok(AckBody::Empty) => (StatusCode::OK, Handled::Done(None)),
            Ok(AckBody::Json(body)) => (StatusCode::OK, Handled::Done(Some(body))),
            Err(error) => {
                tracing::error!(%error, "an event could not be kept");
                (StatusCode::SERVICE_UNAVAILABLE, Handled::NotKept)
            }
        },
        // It would be refused again.
        Some(Err(why)) => {
            tracing::warn!(%kind, %why, "an envelope is left alone");
            (StatusCode::BAD_REQUEST, Handled::Done(None))
        }
        None => (StatusCode::NOT_FOUND, Handled::NotKept),
    };
    reception.office.metrics.webhook_took("slack", status.as_u16(), began.elapsed().as_secs_f64());
    handled
}
