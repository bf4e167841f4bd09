//! Reading a body that may be too large.

use axum::Json;
use axum::body::{Body, HttpBody};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use serde_json::json;

use super::LARGEST_BODY;

/// More of a refused body is not worth reading.
const MOST_READ_AWAY: usize = 8 * LARGEST_BODY;

/// A body of at most `most` bytes. Of one that says to be larger nothing is kept. The rest of a larger one is read away: a
/// sender that is still sending when the connection closes never sees its answer.
pub(super) async fn read(body: Body, most: usize) -> Option<Vec<u8>> {
    let most_kept = if body.size_hint().lower() > most as u64 { 0 } else { most };
    let (mut kept, mut seen, mut chunks) = (Vec::new(), 0, body.into_data_stream());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.ok()?;
        seen += chunk.len();
        if seen > MOST_READ_AWAY {
            return None;
        }
        if seen <= most_kept {
            kept.extend_from_slice(&chunk);
        }
    }
    (seen <= most).then_some(kept)
}

/// The answer to a body over [`LARGEST_BODY`]. The connection ends: it keeps the large buffers that it needed once.
pub(super) fn too_large() -> Response {
    let close = [(CONNECTION, HeaderValue::from_static("close"))];
    (StatusCode::PAYLOAD_TOO_LARGE, close, Json(json!({ "error": "a body may hold 1 MiB" }))).into_response()
}
