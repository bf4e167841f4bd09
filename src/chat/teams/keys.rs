//! The keys that sign inbound tokens: OpenID metadata, then its `jwks_uri`, then key id to key and endorsements.
//!
//! A crate is not used because the `endorsements` of each key, part of the documented protocol
//! (<https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication>), are dropped by those at hand.
//!
//! Keys are read again after 24 h, and when a token names an unknown key, at most every 5 minutes for that reason, so that
//! forged key ids cannot make us hammer the issuer. One request at a time does the reading. When it fails, the old keys go on
//! serving and the next try is 10 s away. Known race: while one request re-reads stale keys, others still use the old ones.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::DecodingKey;
use reqwest::Client;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, MutexGuard};
use url::Url;

use crate::chat::wire::{self, ReadError};
use crate::clock::SharedClock;

const LIFETIME: SignedDuration = SignedDuration::from_hours(24);
const UNKNOWN_KEY_FLOOR: SignedDuration = SignedDuration::from_mins(5);
const RETRY_FLOOR: SignedDuration = SignedDuration::from_secs(10);
/// For each of the two documents.
const TIMEOUT: Duration = Duration::from_secs(5);
const LONGEST_DOCUMENT: usize = 1024 * 1024;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The issuer does not know this key id.
    #[error("no key of the issuer has this id")]
    UnknownKey,
    /// The documents cannot be fetched.
    #[error("the issuer's key documents cannot be fetched")]
    Unreachable,
    /// An answer that is not 200.
    #[error("the issuer answered {0} instead of its key documents")]
    Status(u16),
    /// Not the documented JSON, or over 1 MiB, or without any RSA key.
    #[error("the issuer's key documents are not in the documented shape")]
    Shape,
    /// `jwks_uri` names another host than the metadata, or plain HTTP.
    #[error("the metadata refers to keys on another host")]
    ForeignHost,
    /// The last try failed a few seconds ago.
    #[error("the last try to fetch the issuer's keys failed moments ago")]
    FailedRecently,
}

/// One public key and the channels that it may sign for.
#[derive(Debug)]
pub struct Key {
    /// For signatures.
    pub decoding: DecodingKey,
    /// Channel ids; empty endorses nothing.
    pub endorsements: Arc<[String]>,
}

/// All keys of one reading. A new generation means that a key changed.
#[derive(Debug)]
pub struct KeySet {
    /// Counted up whenever the documents differ.
    pub generation: u64,
    documents: Vec<Jwk>,
    keys: HashMap<String, Arc<Key>>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Jwk {
    kty: String,
    kid: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
    #[serde(default)]
    endorsements: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    jwks_uri: String,
}

/// One entry that cannot be read must not take the others away.
#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<serde_json::Value>,
}

#[derive(Debug, Default)]
struct Held {
    set: Option<Arc<KeySet>>,
    loaded_at: Timestamp,
    failed_at: Option<Timestamp>,
    unknown_at: Option<Timestamp>,
}

/// The cache.
#[derive(Debug)]
pub struct Keys {
    http: Client,
    metadata_url: String,
    clock: SharedClock,
    held: RwLock<Held>,
    flight: Mutex<()>,
}

impl Keys {
    /// Knows where the keys are; reads nothing yet.
    pub fn new(metadata_url: &str, clock: SharedClock) -> Result<Self, reqwest::Error> {
        let (held, flight) = (RwLock::new(Held::default()), Mutex::new(()));
        Ok(Self { http: wire::client(TIMEOUT)?, metadata_url: metadata_url.to_owned(), clock, held, flight })
    }

    /// The keys held, unless it is time to read them again.
    pub fn fresh(&self) -> Option<Arc<KeySet>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.set.as_ref().filter(|_| self.clock.now().duration_since(held.loaded_at) < LIFETIME).cloned()
    }

    /// The key with this id and the set it belongs to.
    pub async fn find(&self, id: &str) -> Result<(Arc<Key>, Arc<KeySet>), KeysError> {
        let mut read_now = self.load().await?;
        if self.fresh().is_none()
            && let Ok(flight) = self.flight.try_lock()
            && self.fresh().is_none()
        {
            match self.refresh(&flight).await {
                Ok(()) => read_now = true,
                Err(KeysError::FailedRecently) => {}
                Err(error) => tracing::warn!(%error, "old keys go on serving"),
            }
        }
        if let Some(found) = self.held_key(id) {
            return Ok(found);
        }
        if read_now {
            return Err(KeysError::UnknownKey);
        }
        let flight = self.flight.lock().await;
        // Somebody else may have fetched it while this request waited.
        if let Some(found) = self.held_key(id) {
            return Ok(found);
        }
        self.refresh_for_unknown(&flight).await;
        self.held_key(id).ok_or(KeysError::UnknownKey)
    }

    /// Makes sure that there are keys; true when this call has read them.
    pub async fn load(&self) -> Result<bool, KeysError> {
        if self.any().is_some() {
            return Ok(false);
        }
        let flight = self.flight.lock().await;
        if self.any().is_some() {
            return Ok(false);
        }
        self.refresh(&flight).await.map(|()| true)
    }

    fn any(&self) -> Option<Arc<KeySet>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).set.clone()
    }

    fn held_key(&self, id: &str) -> Option<(Arc<Key>, Arc<KeySet>)> {
        let set = self.any()?;
        let key = set.keys.get(id)?.clone();
        Some((key, set))
    }

    async fn refresh_for_unknown(&self, flight: &MutexGuard<'_, ()>) {
        let now = self.clock.now();
        let last = self.held.read().unwrap_or_else(PoisonError::into_inner).unknown_at;
        if last.is_some_and(|last| now.duration_since(last) < UNKNOWN_KEY_FLOOR) {
            return;
        }
        match self.refresh(flight).await {
            Ok(()) => self.held.write().unwrap_or_else(PoisonError::into_inner).unknown_at = Some(now),
            Err(KeysError::FailedRecently) => {}
            Err(error) => tracing::warn!(%error, "a token names an unknown key, and the keys cannot be read again"),
        }
    }

    /// The guard proves that nobody else is at it.
    async fn refresh(&self, _flight: &MutexGuard<'_, ()>) -> Result<(), KeysError> {
        let now = self.clock.now();
        let failed_at = self.held.read().unwrap_or_else(PoisonError::into_inner).failed_at;
        if failed_at.is_some_and(|failed| now.duration_since(failed) < RETRY_FLOOR) {
            return Err(KeysError::FailedRecently);
        }
        let fetched = self.fetch().await;
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let documents = fetched.inspect_err(|_| held.failed_at = Some(now))?;
        let generation = match &held.set {
            Some(old) if old.documents == documents => old.generation,
            Some(old) => old.generation + 1,
            None => 1,
        };
        held.set = Some(Arc::new(KeySet::new(generation, documents)));
        held.loaded_at = now;
        held.failed_at = None;
        Ok(())
    }

    async fn fetch(&self) -> Result<Vec<Jwk>, KeysError> {
        let home = Url::parse(&self.metadata_url).map_err(|_| KeysError::Unreachable)?;
        let metadata: Metadata = self.get(home.clone()).await?;
        let keys = Url::parse(&metadata.jwks_uri).map_err(|_| KeysError::Shape)?;
        if keys.host() != home.host() || keys.scheme() != home.scheme() {
            return Err(KeysError::ForeignHost);
        }
        let set: JwkSet = self.get(keys).await?;
        let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        let keys: Vec<Jwk> = keys.filter(|key| key.decoding().is_some()).collect();
        if keys.is_empty() { Err(KeysError::Shape) } else { Ok(keys) }
    }

    async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, KeysError> {
        let response = self.http.get(url).send().await.map_err(|_| KeysError::Unreachable)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(KeysError::Status(response.status().as_u16()));
        }
        let body = wire::read(response, LONGEST_DOCUMENT).await.map_err(|error| match error {
            ReadError::TooLong => KeysError::Shape,
            ReadError::Broken => KeysError::Unreachable,
        })?;
        serde_json::from_slice(&body).map_err(|_| KeysError::Shape)
    }
}

impl Jwk {
    fn decoding(&self) -> Option<DecodingKey> {
        let filled = self.kty == "RSA" && !self.n.is_empty() && !self.e.is_empty();
        filled.then(|| DecodingKey::from_rsa_components(&self.n, &self.e).ok()).flatten()
    }
}

impl KeySet {
    fn new(generation: u64, documents: Vec<Jwk>) -> Self {
        let keys = documents.iter().filter_map(|jwk| {
            let endorsements = jwk.endorsements.clone().into();
            Some((jwk.kid.clone(), Arc::new(Key { decoding: jwk.decoding()?, endorsements })))
        });
        Self { generation, keys: keys.collect(), documents }
    }
}
