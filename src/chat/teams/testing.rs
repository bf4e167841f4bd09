//! What the tests of this module share: an issuer with real keys, and real HTTP servers on loopback that remember what they saw.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Response, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::config::{Authentication, Secret, Teams};

pub(super) const APP_ID: &str = "11111111-1111-1111-1111-111111111111";
pub(super) const TENANT: &str = "22222222-2222-2222-2222-222222222222";
pub(super) const ISSUER: &str = "https://api.botframework.com";
pub(super) const SERVICE_URL: &str = "https://smba.trafficmanager.net/amer/";

/// Settings with these service hosts; the addresses lead nowhere.
pub(super) fn teams(service_hosts: &[&str]) -> Teams {
    Teams {
        app_id: APP_ID.to_owned(),
        tenant_id: TENANT.to_owned(),
        client_secret: Secret::new("the secret"),
        allowed_tenants: vec![TENANT.to_owned()],
        openid_metadata_url: "http://127.0.0.1:9/metadata".to_owned(),
        issuer: ISSUER.to_owned(),
        token_url: Some("http://127.0.0.1:9/token".to_owned()),
        service_hosts: service_hosts.iter().map(|host| (*host).to_owned()).collect(),
        authentication: Authentication::BotFramework,
    }
}

/// What a server was asked.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub method: Method,
    pub uri: String,
    pub authorization: Option<String>,
    pub body: Bytes,
}

impl Seen {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub(super) struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

pub(super) fn answer(status: u16, body: impl ToString) -> Answer {
    Answer { status, headers: Vec::new(), body: body.to_string() }
}

/// A server on loopback.
pub(super) struct Fake {
    pub host: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Fake {
    pub async fn start(behave: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (record, behave) = (seen.clone(), Arc::new(behave));
        let handler = async move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let authorization = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
            let request = Seen { method, uri: uri.to_string(), authorization, body };
            record.lock().unwrap().push(request.clone());
            let answer = behave(&request);
            let mut response = Response::builder().status(answer.status);
            for (name, value) in answer.headers {
                response = response.header(name, value);
            }
            response.body(Body::from(answer.body)).unwrap()
        };
        tokio::spawn(axum::serve(listener, Router::new().fallback(handler)).into_future());
        Self { host, seen }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn count(&self, path: &str) -> usize {
        self.seen().iter().filter(|seen| seen.uri == path).count()
    }
}

pub(super) struct SigningKey(KeyPair);

/// 2048 bits each, made once per test binary.
pub(super) fn key(index: usize) -> &'static SigningKey {
    static KEYS: OnceLock<[SigningKey; 2]> = OnceLock::new();
    &KEYS.get_or_init(|| [(); 2].map(|()| SigningKey(KeyPair::generate(KeySize::Rsa2048).unwrap())))[index]
}

impl SigningKey {
    /// Modulus and exponent out of the DER `SEQUENCE { INTEGER n, INTEGER e }` of a 2048-bit key.
    fn components(&self) -> (String, String) {
        let der = self.0.public_key().as_ref();
        assert_eq!((der.len(), der[8], &der[265..267]), (270, 0, &[2, 3][..]));
        (URL_SAFE_NO_PAD.encode(&der[9..265]), URL_SAFE_NO_PAD.encode(&der[267..]))
    }

    pub fn jwk(&self, id: &str, endorsements: Option<&[&str]>) -> Value {
        let (n, e) = self.components();
        let mut jwk = json!({"kty": "RSA", "use": "sig", "kid": id, "x5t": id, "n": n, "e": e});
        if let Some(endorsements) = endorsements {
            jwk["endorsements"] = json!(endorsements);
        }
        jwk
    }

    pub fn public_der(&self) -> Vec<u8> {
        self.0.public_key().as_ref().to_vec()
    }

    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_with(&RSA_PKCS1_SHA256, header, claims)
    }

    pub fn sign_512(&self, header: &Value, claims: &Value) -> String {
        self.sign_with(&RSA_PKCS1_SHA512, header, claims)
    }

    fn sign_with(&self, encoding: &'static dyn RsaEncoding, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(encoding, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The first two parts of a token.
pub(super) fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// Metadata and keys; rotated, switched off and misled by the tests.
pub(super) struct Issuer {
    pub fake: Fake,
    keys: Arc<Mutex<Vec<Value>>>,
    up: Arc<AtomicBool>,
}

impl Issuer {
    pub async fn start(keys: Vec<Value>) -> Self {
        Self::leading_to(keys, None).await
    }

    /// With another `jwks_uri` than its own.
    pub async fn leading_to(keys: Vec<Value>, jwks_uri: Option<String>) -> Self {
        let (keys, up) = (Arc::new(Mutex::new(keys)), Arc::new(AtomicBool::new(true)));
        let own = Arc::new(OnceLock::new());
        let (served, alive, base) = (keys.clone(), up.clone(), own.clone());
        let fake = Fake::start(move |seen| match seen.uri.as_str() {
            _ if !alive.load(Ordering::SeqCst) => answer(503, ""),
            "/metadata" => {
                let jwks_uri = jwks_uri.as_ref().or(base.get());
                answer(200, json!({"issuer": ISSUER, "jwks_uri": jwks_uri}))
            }
            "/keys" => answer(200, json!({"keys": *served.lock().unwrap()})),
            _ => answer(404, ""),
        })
        .await;
        own.set(fake.url("/keys")).unwrap();
        Self { fake, keys, up }
    }

    pub fn rotate(&self, keys: Vec<Value>) {
        *self.keys.lock().unwrap() = keys;
    }

    pub fn switch(&self, up: bool) {
        self.up.store(up, Ordering::SeqCst);
    }

    pub fn settings(&self) -> Teams {
        Teams { openid_metadata_url: self.fake.url("/metadata"), ..teams(&["smba.trafficmanager.net"]) }
    }
}
