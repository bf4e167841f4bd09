//! HTTP as every chat's client wants it: no redirects (a token must not follow one), bounded time, bounded answers, and a new
//! message whose body leaves with a permit only.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use super::Permit;

/// A client that follows no redirect and gives up after `total`.
pub(super) fn client(total: Duration) -> Result<Client, reqwest::Error> {
    Client::builder().redirect(Policy::none()).connect_timeout(Duration::from_secs(5)).timeout(total).build()
}

/// Why an answer could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error("the answer is longer than allowed")]
    TooLong,
    #[error("the connection broke while the answer was read")]
    Broken,
}

/// Reads at most `cap` bytes; more is an error, whatever the sender announced.
pub(super) async fn read(mut response: Response, cap: usize) -> Result<Vec<u8>, ReadError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| ReadError::Broken)? {
        if body.len() + chunk.len() > cap {
            return Err(ReadError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A body whose first byte leaves with the permit, or never.
pub(super) fn held_back(body: Vec<u8>, permit: &Permit) -> reqwest::Body {
    let permit = permit.clone();
    let bytes = async move {
        if !permit.obtain().await {
            return Err(std::io::Error::other("the message may no longer be sent"));
        }
        permit.hand_over();
        Ok(body)
    };
    reqwest::Body::wrap_stream(futures_util::stream::once(bytes))
}
