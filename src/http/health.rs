//! For whoever watches the process.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::Reception;

/// 200 while the process runs.
pub(super) async fn livez() -> &'static str {
    "alive\n"
}

/// 200 when the store takes what must last and the workers run; 503 with the reason otherwise and while draining.
pub(super) async fn readyz(State(reception): State<Arc<Reception>>) -> (StatusCode, String) {
    match why_not_ready(&reception).await {
        None => (StatusCode::OK, "ready\n".to_owned()),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}

async fn why_not_ready(reception: &Reception) -> Option<String> {
    if reception.stop.is_cancelled() {
        return Some("draining".to_owned());
    }
    if !reception.office.running.load(Ordering::SeqCst) {
        return Some("the workers do not run".to_owned());
    }
    reception.office.journal.takes_writes().await.err()
}

/// Prometheus text.
pub(super) async fn metrics(State(reception): State<Arc<Reception>>) -> Response {
    match reception.office.metrics_text().await {
        Ok(text) => {
            ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "metrics cannot be read");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response()
        }
    }
}
