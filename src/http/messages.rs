//! `POST /api/messages`: Bot Framework activities.
//!
//! An invoke wants its answer on the same connection. The event is kept first; then the webhook waits a moment for the
//! worker, because most decisions take milliseconds and the answer is seen by the right person only there. If it takes
//! longer, the person is told that it is kept, and the answer follows as a private message.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::answer::{Heard, Patience, ask, keep};
use super::body::{read, too_large};
use super::{LARGEST_BODY, Reception};
use crate::chat::teams::{AuthError, Envelope, Received, ViewAsked, receive as translate};
use crate::domain::{Inbound, Sentence};
use crate::flow::{Audience, CardKind, StateName, view};
use crate::journal::JournalError;
use crate::view::View;

/// How long a press waits for its own answer. Teams gives up after 10 to 15 s; people sooner.
const PATIENCE: Patience = Patience { worker: Duration::from_secs(2), last_step: Duration::from_secs(3) };

/// An activity that passed every check.
pub(super) struct Authentic(Received);

/// Why an activity was not taken.
pub(super) enum Rejected {
    Auth(AuthError),
    Malformed(String),
    TooLarge,
}

impl IntoResponse for Rejected {
    fn into_response(self) -> Response {
        let (status, why) = match self {
            Self::Auth(error) => {
                let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::UNAUTHORIZED);
                tracing::warn!(%error, "an activity was refused");
                (status, error.to_string())
            }
            Self::Malformed(why) => (StatusCode::BAD_REQUEST, why),
            Self::TooLarge => return too_large(),
        };
        (status, Json(json!({ "error": why }))).into_response()
    }
}

impl FromRequest<Reception> for Authentic {
    type Rejection = Rejected;

    async fn from_request(request: Request, reception: &Reception) -> Result<Self, Rejected> {
        let Some(teams) = &reception.teams else { return Err(Rejected::Malformed("Teams is switched off".into())) };
        let (parts, body) = request.into_parts();
        let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let verified = match teams.authenticate(header(AUTHORIZATION)).await {
            Ok(verified) => verified,
            Err(error) => {
                read(body, 0).await;
                return Err(Rejected::Auth(error));
            }
        };
        let body = read(body, LARGEST_BODY).await.ok_or(Rejected::TooLarge)?;
        let malformed = |error: &dyn std::fmt::Display| Rejected::Malformed(error.to_string());
        let activity = Envelope::parse(&body).map_err(|e| malformed(&e))?;
        teams.check_activity(&verified, &activity).map_err(Rejected::Auth)?;
        Ok(Self(translate(&activity).map_err(|e| malformed(&e))?))
    }
}

/// Keeps the event and answers.
pub(super) async fn receive(State(reception): State<Arc<Reception>>, request: Request) -> Response {
    let began = Instant::now();
    let response = match Authentic::from_request(request, &reception).await {
        Ok(Authentic(received)) => answer(&reception, received).await,
        Err(rejected) => rejected.into_response(),
    };
    let status = response.status().as_u16();
    reception.office.metrics.webhook_took("teams", status, began.elapsed().as_secs_f64());
    response
}

async fn answer(reception: &Reception, received: Received) -> Response {
    let answered = match received {
        Received::Ignored => Ok(StatusCode::OK.into_response()),
        Received::UnknownInvoke => Ok(StatusCode::NOT_IMPLEMENTED.into_response()),
        Received::Event(inbound) => keep(&reception.office, &inbound).await.map(|_| StatusCode::OK.into_response()),
        Received::Invoke { inbound, .. } => invoke(reception, &inbound).await,
        Received::View(asked) => show(reception, &asked).await,
        Received::Refresh { inbound, asked } => refresh(reception, &inbound, &asked).await,
    };
    answered.unwrap_or_else(|error| {
        tracing::error!(%error, "an event could not be kept");
        (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "error": "try again in a moment" }))).into_response()
    })
}

async fn invoke(reception: &Reception, inbound: &Inbound) -> Result<Response, JournalError> {
    Ok(match ask(&reception.office, inbound, PATIENCE).await? {
        Heard::Told(told) => message(reception, &told),
        // Teams shows an error where it gets no words.
        Heard::Elsewhere | Heard::Later => message(reception, &Sentence::new("answer-kept")),
    })
}

/// Somebody pressed Refresh: it is looked at now, or they see how it stands.
async fn refresh(reception: &Reception, inbound: &Inbound, asked: &ViewAsked) -> Result<Response, JournalError> {
    match ask(&reception.office, inbound, PATIENCE).await? {
        Heard::Told(told) => Ok(message(reception, &told)),
        Heard::Elsewhere => show(reception, asked).await,
        Heard::Later => Ok(message(reception, &Sentence::new("answer-kept"))),
    }
}

fn message(reception: &Reception, sentence: &Sentence) -> Response {
    let words = reception.office.surfaces.cards().say(sentence);
    invoke_response("application/vnd.microsoft.activity.message", &Value::from(words))
}

fn invoke_response(kind: &str, value: &Value) -> Response {
    Json(json!({ "statusCode": 200, "type": kind, "value": value })).into_response()
}

/// Somebody's own view of a card. Reads only; shows nothing to people who do not sit where the card was posted.
async fn show(reception: &Reception, asked: &ViewAsked) -> Result<Response, JournalError> {
    let unknown = || message(reception, &Sentence::new("refusal-unknown-request"));
    let Some(id) = asked.request else { return Ok(unknown()) };
    let Some(loaded) = reception.office.journal.request(id).await? else { return Ok(unknown()) };
    let request = loaded.request;
    if !reception.office.journal.is_shown_in(id, &asked.place).await? {
        return Ok(unknown());
    }
    let now = reception.office.clock.now();
    let post = match &asked.copy {
        Some(copy) => reception.office.journal.seen(copy, &asked.place, now).await?.filter(|post| post.request == id),
        None => None,
    };
    let is_approver = request.approvers.iter().any(|a| a.id == asked.who.id);
    let audience = if is_approver { Audience::Approver } else { Audience::Onlooker };
    let kind = match request.state.name() {
        StateName::Running | StateName::Failed | StateName::Done if asked.refresh => CardKind::Progress,
        StateName::Cancelled if asked.refresh && request.steps.iter().any(|s| s.since.is_some()) => CardKind::Progress,
        _ => CardKind::Approval,
    };
    // A client that asks by itself gets the card that it shows; whoever pressed Refresh gets the newest.
    let own = post.as_ref().filter(|post| !asked.refresh && post.card.kind != CardKind::Approval);
    let (shown, audience) = own.map_or((request.card(kind), audience), |post| (post.card, post.audience));
    let Some(view) = view(&request, shown, audience) else { return Ok(unknown()) };
    Ok(card(reception, &view, post.as_ref().map(|post| post.id.as_str())))
}

fn card(reception: &Reception, view: &View, post: Option<&str>) -> Response {
    match reception.office.surfaces.own_view(view, post) {
        Ok(card) => invoke_response("application/vnd.microsoft.card.adaptive", &card),
        Err(error) => {
            tracing::error!(%error, "a card cannot be made");
            message(reception, &Sentence::new("answer-kept"))
        }
    }
}
