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

/// 200 when the store answers and the workers run; 503 with the reason otherwise and while draining.
pub(super) async fn readyz(State(reception): State<Arc<Reception>>) -> (StatusCode, &'static str) {
    if reception.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    if !reception.office.running.load(Ordering::SeqCst) {
        return (StatusCode::SERVICE_UNAVAILABLE, "the workers do not run\n");
    }
    if !reception.office.journal.answers().await {
        return (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n");
    }
    (StatusCode::OK, "ready\n")
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
