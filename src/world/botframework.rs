//! The Bot Framework's side of inbound authentication: an RSA key that signs people's activities, and its publication.

use std::sync::{Mutex, OnceLock, PoisonError};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::Inner;
use super::server::{Answer, Ask};

/// Who signs (public cloud).
pub(super) const ISSUER: &str = "https://api.botframework.com";

/// A signing key and its public half.
#[derive(Clone)]
struct Key {
    id: String,
    signing: EncodingKey,
    modulus: String,
    exponent: String,
}

/// The world's signing keys; the last one signs.
pub(super) struct Keys(Mutex<Vec<Key>>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

/// The crypto library refused; nothing can be signed.
#[derive(Debug, thiserror::Error)]
#[error("no RSA key can be made")]
pub(super) struct NoKey;

/// How many bytes PKCS #8 puts before the PKCS #1 key of 2048 bits: sequence, version, algorithm, octet string.
const PKCS8_HEAD: usize = 26;

fn generate(id: &str) -> Result<Key, NoKey> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| NoKey)?;
    let der: Pkcs8V1Der<'static> = pair.as_der().map_err(|_| NoKey)?;
    let signing = EncodingKey::from_rsa_der(der.as_ref().get(PKCS8_HEAD..).ok_or(NoKey)?);
    let jwk = Jwk::from_encoding_key(&signing, Algorithm::RS256).map_err(|_| NoKey)?;
    let AlgorithmParameters::RSA(public) = jwk.algorithm else { return Err(NoKey) };
    Ok(Key { id: id.to_owned(), signing, modulus: public.n, exponent: public.e })
}

impl Keys {
    /// The first key is made once per process: making one takes a moment.
    pub(super) fn new() -> Result<Self, NoKey> {
        static FIRST: OnceLock<Key> = OnceLock::new();
        let key = match FIRST.get() {
            Some(key) => key.clone(),
            None => FIRST
                .get_or_init({
                    let key = generate("world-1")?;
                    || key
                })
                .clone(),
        };
        Ok(Self(Mutex::new(vec![key])))
    }

    /// Signs with a new key from now on; the old one is no longer published.
    pub(super) fn rotate(&self) -> Result<(), NoKey> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = generate(&format!("world-{}", uuid::Uuid::new_v4().simple()))?;
        *keys = vec![next];
        Ok(())
    }

    pub(super) fn sign(&self, claims: &Value) -> Result<String, NoKey> {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = keys.last().ok_or(NoKey)?;
        let header = Header { kid: Some(key.id.clone()), ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&header, claims, &key.signing).map_err(|_| NoKey)
    }
}

pub(super) fn answer(world: &Inner, ask: &Ask) -> Answer {
    let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
    let base = format!("{}/botframework/v1/.well-known", world.url);
    match (ask.method.as_str(), segments.as_slice()) {
        ("GET", [".well-known", "openidconfiguration"]) => {
            let body = json!({
                "issuer": ISSUER,
                "authorization_endpoint": "https://invalid.botframework.com",
                "jwks_uri": format!("{base}/keys"),
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            });
            Answer::json(200, &body)
        }
        ("GET", [".well-known", "keys"]) => {
            let keys = world.keys.0.lock().unwrap_or_else(PoisonError::into_inner);
            let shown: Vec<Value> = keys
                .iter()
                .map(|k| {
                    json!({"kty": "RSA", "use": "sig", "kid": k.id, "x5t": k.id, "n": k.modulus, "e": k.exponent,
                        "endorsements": ["msteams"]})
                })
                .collect();
            Answer::json(200, &json!({"keys": shown}))
        }
        _ => Answer::unexpected(),
    }
}
