//! Reading a body that may be too large.

use axum::body::Body;
use futures_util::StreamExt;

use super::LARGEST_BODY;

/// More of a refused body is not worth reading.
const MOST_READ_AWAY: usize = 8 * LARGEST_BODY;

/// A body of at most `most` bytes. The rest of a larger one is read away: a sender that is still sending when the
/// connection closes never sees its answer.
pub(super) async fn read(body: Body, most: usize) -> Option<Vec<u8>> {
    let (mut kept, mut seen, mut chunks) = (Vec::new(), 0, body.into_data_stream());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.ok()?;
        seen += chunk.len();
        if seen > MOST_READ_AWAY {
            return None;
        }
        if seen <= most {
            kept.extend_from_slice(&chunk);
        }
    }
    (seen <= most).then_some(kept)
}
