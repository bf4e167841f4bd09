//! One HTTP client per system, with the manners that all of them need.
//!
//! No redirects (a 302 to a login page is an error, and a token must not travel), no cookies, no plain text in a path:
//! every segment is percent-encoded. A body is read up to one mebibyte and is JSON only if it parses, whatever its
//! content type says. Reads are tried three times in all with jitter; `Retry-After` is honoured up to two seconds, more
//! is handed to the caller, because long waits belong to the journal.
//!
//! `Retry-After` may be seconds or a date. What is absurdly long counts as a day (and whoever waits clamps it to five
//! minutes), a date in the past or zero as nothing, and what is neither (negative, fractions, prose) as not said.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, redirect};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::{Host, Url};

use super::{Fault, OutsideError, SetupError, System};
use crate::clock::SharedClock;

const BODY_LIMIT: usize = 1 << 20;
const SHORT_WAIT: SignedDuration = SignedDuration::from_secs(2);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// RFC 3986 unreserved characters stay, everything else is encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the whole answer to one try of a read.
    pub read: Duration,
    /// For the whole answer to a write.
    pub write: Duration,
    /// Before the second try of a read; doubled before the third.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(5), read: seconds(10), write: seconds(30), pause: Duration::from_millis(250) }
    }
}

/// One system's address and the client that speaks to it.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    system: System,
    base: Url,
    client: reqwest::Client,
    clock: SharedClock,
    patience: Patience,
    answers: Arc<AtomicU64>,
}

impl Endpoint {
    pub fn new(system: System, base_url: &str, clock: SharedClock, patience: Patience) -> Result<Self, SetupError> {
        let base = Url::parse(base_url.trim_end_matches('/')).map_err(|_| SetupError::Url(system))?;
        if !base.has_host() {
            return Err(SetupError::Url(system));
        }
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("onboard-bot/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(patience.connect)
            .timeout(patience.write);
        if is_loopback(&base) {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|_| SetupError::Client(system))?;
        Ok(Self { system, base, client, clock, patience, answers: Arc::default() })
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// How many calls were answered with anything but a transient fault, so far.
    pub fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    pub fn base(&self) -> &Url {
        &self.base
    }

    /// The base URL and these segments, each encoded.
    pub fn at(&self, segments: &[&str]) -> Result<Url, OutsideError> {
        let encoded: Option<Vec<String>> = segments.iter().map(|text| encoded(text)).collect();
        self.under(&encoded.ok_or_else(|| self.error(Fault::NotFound))?.join("/"))
    }

    /// The base URL and a path that is encoded already.
    pub fn under(&self, path: &str) -> Result<Url, OutsideError> {
        let base = self.base.as_str().trim_end_matches('/');
        Url::parse(&format!("{base}/{path}")).map_err(|_| self.error(Fault::NotFound))
    }

    pub fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.client.request(method, url)
    }

    pub fn error(&self, fault: Fault) -> OutsideError {
        OutsideError::new(self.system, fault)
    }

    /// Sends something that changes nothing, up to three times.
    pub async fn read(&self, build: impl Fn() -> RequestBuilder) -> Result<Answer, OutsideError> {
        let again = |error: &OutsideError| {
            let soon = error.retry_after().is_none_or(|wait| wait <= SHORT_WAIT);
            error.is_transient() && error.fault != Fault::Garbled && soon
        };
        let pause = ExponentialBuilder::default()
            .with_min_delay(self.patience.pause)
            .with_max_delay(SHORT_WAIT.unsigned_abs())
            .with_max_times(2)
            .with_jitter();
        (|| self.send(build().timeout(self.patience.read)))
            .retry(pause)
            .when(again)
            .adjust(|error, next| {
                let asked = error.retry_after().map_or(Duration::ZERO, SignedDuration::unsigned_abs);
                next.map(|pause| pause.max(asked))
            })
            .await
    }

    /// Sends something that changes the world, once. What a success says is not promised, except that it is no web page:
    /// that comes from whatever stands in between.
    pub async fn write(&self, request: RequestBuilder) -> Result<Answer, OutsideError> {
        let answer = self.send(request).await?;
        let page = answer.body.trim_ascii_start().starts_with(b"<");
        if page { Err(self.error(Fault::Garbled)) } else { Ok(answer) }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, OutsideError> {
        let answer = self.send_once(request).await;
        if answer.as_ref().err().is_none_or(|error| !error.is_transient()) {
            self.answers.fetch_add(1, Ordering::Relaxed);
        }
        answer
    }

    async fn send_once(&self, request: RequestBuilder) -> Result<Answer, OutsideError> {
        let response = request.send().await.map_err(|error| {
            let sent = !(error.is_connect() || error.is_builder());
            tracing::debug!(system = self.system.name(), error = %error.without_url(), sent, "no answer");
            self.error(if sent { Fault::Unknown } else { Fault::Unreachable })
        })?;
        let status = response.status().as_u16();
        let request_id = response.headers().get("request-id").and_then(|id| id.to_str().ok());
        tracing::debug!(system = self.system.name(), status, request_id, "answered");
        let retry_after = retry_after(response.headers(), self.clock.now());
        let location = response.headers().get(LOCATION).and_then(|place| place.to_str().ok()).map(str::to_owned);
        let body = body(response).await;
        if (200..300).contains(&status) {
            let body = body.map_err(|fault| self.error(fault))?;
            return Ok(Answer { system: self.system, status, location, body });
        }
        // The status says enough when the body is lost.
        let code = code(&body.unwrap_or_default());
        Err(self.error(match status {
            401 => Fault::Unauthorized { code },
            403 => Fault::Forbidden { code },
            404 => Fault::NotFound,
            409 | 412 => Fault::Conflict,
            420 | 429 | 503 => Fault::Busy { retry_after },
            408 | 500.. => Fault::Failed { status },
            _ => Fault::Refused { status, code },
        }))
    }
}

/// A success.
pub(crate) struct Answer {
    system: System,
    status: u16,
    location: Option<String>,
    body: Vec<u8>,
}

impl Answer {
    /// It says by this status that the change was accepted. `Garbled`: another success, perhaps of something in between,
    /// so that only reading tells.
    pub fn accepts(&self, status: u16) -> Result<(), OutsideError> {
        if self.status == status { Ok(()) } else { Err(OutsideError::new(self.system, Fault::Garbled)) }
    }

    /// Where to look for what becomes of it; to be checked before it is used.
    pub fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// Its body as what was promised.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, OutsideError> {
        // The parser's complaint is dropped: it may quote the body.
        serde_json::from_slice(&self.body).map_err(|_| OutsideError::new(self.system, Fault::Garbled))
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Fault::Unknown)? {
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(Fault::Garbled);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// `error.code` (Graph), `error` (OAuth) or `code` (NetSapiens), if it looks like a code and not like prose.
fn code(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let found = body.pointer("/error/code").or_else(|| body.get("error")).or_else(|| body.get("code"))?;
    let code = found.as_str().map_or_else(|| found.as_u64().map(|n| n.to_string()), |text| Some(text.to_owned()))?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    (!code.is_empty() && code.len() <= 64 && code.bytes().all(plain)).then_some(code)
}

/// Seconds or an HTTP date (RFC 9110, section 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let wait = match text.parse::<i64>() {
        Ok(seconds) if digits => SignedDuration::from_secs(seconds),
        // More digits than a number has.
        Err(_) if digits => LONGEST_WAIT,
        _ => rfc2822::parse(text).ok()?.timestamp().duration_since(now),
    };
    Some(wait.clamp(SignedDuration::ZERO, LONGEST_WAIT))
}

/// One path segment, encoded. `.` and `..` have no encoded form that URL parsers respect: nothing can be called that.
pub(crate) fn encoded(segment: &str) -> Option<String> {
    let named = !matches!(segment, "" | "." | "..");
    named.then(|| utf8_percent_encode(segment, SEGMENT).to_string())
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
