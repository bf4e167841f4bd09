//! The NetSapiens API v2 with an API key: the user, and the connector's device.
//!
//! There is no refresh: a 401 that carries the PBX's own error body means that the key may not do this, whatever its text
//! says. A 401 without one comes from whatever stands in front of the PBX, perhaps while that changes over to another
//! server: nothing was done, so the call is made once more after a moment before a human is asked.
//!
//! A device record holds the SIP password in clear text: it is never deserialised and bodies are never logged.
//! The API accepts a device without emergency data, so [`Emergency`] is not optional here.
//! Source: <https://docs.ns-api.com>, branches v44.3 to v45.0.

mod calls;

use std::time::Duration;

use backon::{ConstantBuilder, Retryable};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use reqwest::{Method, RequestBuilder};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use tokio::sync::Semaphore;
use url::Url;

use super::http::{Answer, Endpoint, Patience};
use super::{Fault, OutsideError, SetupError, System};
use crate::clock::SharedClock;
use crate::config::{self, Secret};
use crate::domain::{E164, Extension, same_number};

pub use calls::{AnswerRule, PbxNumber};

/// Firewalls in front of a PBX count: this many calls at a time.
const AT_ONCE: usize = 2;

/// The status of a change that the PBX accepted.
const ACCEPTED: u16 = 202;

/// What answers at the PBX.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ApiVersion {
    /// Free text.
    pub apiversion: String,
    /// The server.
    pub hostname: String,
}

/// What our API key may do. Not the key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ApiKey {
    /// The key may only read.
    #[serde(default, deserialize_with = "yes_no")]
    pub readonly: Option<bool>,
    /// Its domain, `*` for all.
    #[serde(default, deserialize_with = "text")]
    pub domain: Option<String>,
    /// Its reseller, `*` for all.
    #[serde(default, deserialize_with = "text")]
    pub reseller: Option<String>,
    /// Such as `Office Manager`.
    #[serde(default, deserialize_with = "text")]
    pub user_scope: Option<String>,
}

/// The owner of an extension.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PbxUser {
    /// First name.
    #[serde(rename = "name-first-name", default, deserialize_with = "text")]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(rename = "name-last-name", default, deserialize_with = "text")]
    pub last_name: Option<String>,
    /// One address or several, separated by `;`.
    #[serde(rename = "email-address", default, deserialize_with = "text")]
    pub email: Option<String>,
    /// `system-…` marks queues and attendants: no person.
    #[serde(rename = "service-code", default, deserialize_with = "text")]
    pub service_code: Option<String>,
    /// The PBX voicemail is on.
    #[serde(rename = "voicemail-enabled", default, deserialize_with = "yes_no")]
    pub voicemail_enabled: Option<bool>,
}

/// Where emergency services go and whom they call back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emergency {
    /// The PBX's `emergency-address-id`.
    pub address_id: String,
    /// The callback number; the PBX wants its digits only.
    pub callback: E164,
}

/// A SIP device of an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Bare, such as `1000tm`.
    pub name: String,
    /// Its own emergency address.
    pub emergency_address_id: Option<String>,
    /// Its own emergency callback number, as the PBX writes it: digits.
    pub callback: Option<String>,
    /// Whether it is registered.
    pub registration: Registration,
    /// When the registration ends. The PBX does not tell its time zone: this is the latest moment it can mean.
    pub expires_at: Option<Timestamp>,
}

/// Whether a device is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registration {
    /// Yes.
    Registered {
        /// What registered it: the connector's SBC, or something else.
        user_agent: Option<String>,
    },
    /// No.
    Unregistered,
    /// The PBX did not say: lists may leave it out.
    Unknown,
}

impl Device {
    /// Registered, and not for a time that is surely over.
    pub fn is_registered(&self, now: Timestamp) -> bool {
        matches!(self.registration, Registration::Registered { .. }) && self.expires_at.is_none_or(|end| end > now)
    }

    /// It holds exactly this emergency data.
    pub fn has_emergency(&self, wanted: &Emergency) -> bool {
        self.emergency_address_id.as_deref() == Some(&wanted.address_id)
            && self.callback.as_deref().is_some_and(|callback| same_number(callback, wanted.callback.as_str()))
    }
}

/// The client of one customer's PBX domain.
#[derive(Debug)]
pub struct Netsapiens {
    endpoint: Endpoint,
    key: Secret,
    domain: String,
    places: Semaphore,
    /// Before a call that was met by a 401 of somebody else is made again.
    pause: Duration,
}

impl Netsapiens {
    /// Builds the client. Nothing is sent yet.
    pub fn new(config: &config::Netsapiens, clock: SharedClock) -> Result<Self, SetupError> {
        Self::with_patience(config, clock, Patience::default())
    }

    /// How many calls were answered with anything but a transient fault, so far.
    pub fn answers(&self) -> u64 {
        self.endpoint.answers()
    }

    pub(crate) fn with_patience(
        config: &config::Netsapiens,
        clock: SharedClock,
        patience: Patience,
    ) -> Result<Self, SetupError> {
        let endpoint = Endpoint::new(System::Netsapiens, &config.base_url, clock, patience)?;
        let (key, domain) = (config.api_key.clone(), config.domain.clone());
        Ok(Self { endpoint, key, domain, places: Semaphore::new(AT_ONCE), pause: patience.pause * 4 })
    }

    /// Who answers. Needs no key and sends none.
    pub async fn version(&self) -> Result<ApiVersion, OutsideError> {
        let url = self.endpoint.at(&["version"])?;
        self.endpoint.read(|| self.endpoint.request(Method::GET, url.clone())).await?.json()
    }

    /// What our key may do.
    pub async fn api_key(&self) -> Result<ApiKey, OutsideError> {
        self.get(self.endpoint.at(&["apikeys", "~"])?).await?.json()
    }

    /// Makes sure that our key may read the users of the domain; `NotFound` if there is no such domain.
    pub async fn read_domain(&self) -> Result<(), OutsideError> {
        let mut url = self.endpoint.at(&["domains", self.domain.as_str(), "users"])?;
        url.set_query(Some("limit=1"));
        self.get(url).await.map(drop)
    }

    /// The owner of an extension; `None` if the domain has no such extension.
    pub async fn user(&self, extension: &Extension) -> Result<Option<PbxUser>, OutsideError> {
        let found = known(self.get(self.user_url(extension, &[])?).await)?;
        found.map(|answer| answer.json()).transpose()
    }

    /// All devices of an extension. Lists may leave the registration out.
    pub async fn devices(&self, extension: &Extension) -> Result<Vec<Device>, OutsideError> {
        let list: Vec<DeviceJson> = self.get(self.user_url(extension, &["devices"])?).await?.json()?;
        Ok(list.into_iter().map(Device::from).collect())
    }

    /// One device; `None` if the extension or the device is not there.
    ///
    /// Some builds have no route for a single device and answer 404 as well, so that the list decides.
    pub async fn device(&self, extension: &Extension, name: &str) -> Result<Option<Device>, OutsideError> {
        if let Some(answer) = known(self.get(self.user_url(extension, &["devices", name])?).await)? {
            return Ok(Some(answer.json::<DeviceJson>()?.into()));
        }
        let devices = match self.devices(extension).await {
            Err(OutsideError { fault: Fault::NotFound, .. }) => return Ok(None),
            devices => devices?,
        };
        Ok(devices.into_iter().find(|device| device.name.eq_ignore_ascii_case(bare(name))))
    }

    /// Makes a device; the PBX makes its password. `Conflict` if it is there already: read and compare.
    pub async fn create_device(
        &self,
        extension: &Extension,
        name: &str,
        emergency: &Emergency,
    ) -> Result<(), OutsideError> {
        let url = self.user_url(extension, &["devices"])?;
        let body = NewDeviceJson { device: name, emergency: emergency.into() };
        self.write(|| self.endpoint.request(Method::POST, url.clone()).json(&body)).await.map(drop)
    }

    /// Writes the emergency data of a device and nothing else.
    pub async fn set_emergency(
        &self,
        extension: &Extension,
        name: &str,
        emergency: &Emergency,
    ) -> Result<(), OutsideError> {
        let url = self.user_url(extension, &["devices", name])?;
        let body = EmergencyJson::from(emergency);
        self.write(|| self.endpoint.request(Method::PUT, url.clone()).json(&body)).await?.accepts(ACCEPTED)
    }

    /// Removes a device. `NotFound`: it is not there (any more).
    pub async fn delete_device(&self, extension: &Extension, name: &str) -> Result<(), OutsideError> {
        let url = self.user_url(extension, &["devices", name])?;
        self.write(|| self.endpoint.request(Method::DELETE, url.clone())).await?.accepts(ACCEPTED)
    }

    fn user_url(&self, extension: &Extension, rest: &[&str]) -> Result<Url, OutsideError> {
        let user = ["domains", self.domain.as_str(), "users", extension.as_str()];
        self.endpoint.at(&[&user, rest].concat())
    }

    async fn get(&self, url: Url) -> Result<Answer, OutsideError> {
        let _place = self.places.acquire().await;
        let request = || self.endpoint.request(Method::GET, url.clone()).bearer_auth(self.key.expose());
        self.twice(|| self.endpoint.read(request)).await.map_err(scope_fault)
    }

    async fn write(&self, build: impl Fn() -> RequestBuilder) -> Result<Answer, OutsideError> {
        let _place = self.places.acquire().await;
        self.twice(|| self.endpoint.write(build().bearer_auth(self.key.expose()))).await.map_err(scope_fault)
    }

    /// Once more after a 401 that is not the API's own.
    async fn twice<F>(&self, call: impl FnMut() -> F) -> Result<Answer, OutsideError>
    where
        F: Future<Output = Result<Answer, OutsideError>>,
    {
        let pause = ConstantBuilder::default().with_delay(self.pause).with_max_times(1);
        call.retry(pause).when(|error| error.fault == Fault::Unauthorized { code: None }).await
    }
}

fn known(answer: Result<Answer, OutsideError>) -> Result<Option<Answer>, OutsideError> {
    match answer {
        Err(OutsideError { fault: Fault::NotFound, .. }) => Ok(None),
        answer => answer.map(Some),
    }
}

/// A missing scope comes as 401 with the PBX's error body. A 401 without one did not come from the API.
fn scope_fault(error: OutsideError) -> OutsideError {
    match error.fault {
        Fault::Unauthorized { code: Some(code) } => {
            OutsideError { fault: Fault::Forbidden { code: Some(code) }, ..error }
        }
        _ => error,
    }
}

/// `sip:1000tm@domain` and `1000tm` are the same device.
fn bare(name: &str) -> &str {
    let name = match name.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("sip:") => &name[4..],
        _ => name,
    };
    name.split('@').next().unwrap_or(name)
}

#[derive(Serialize)]
struct NewDeviceJson<'a> {
    device: &'a str,
    #[serde(flatten)]
    emergency: EmergencyJson<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct EmergencyJson<'a> {
    emergency_address_id: &'a str,
    caller_id_number_emergency: &'a str,
}

impl<'a> From<&'a Emergency> for EmergencyJson<'a> {
    fn from(emergency: &'a Emergency) -> Self {
        Self {
            emergency_address_id: &emergency.address_id,
            caller_id_number_emergency: emergency.callback.as_str().trim_start_matches('+'),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct DeviceJson {
    device: String,
    #[serde(default, deserialize_with = "text")]
    emergency_address_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    caller_id_number_emergency: Option<String>,
    #[serde(default, deserialize_with = "text")]
    device_sip_registration_state: Option<String>,
    #[serde(default, deserialize_with = "text")]
    device_sip_registration_user_agent: Option<String>,
    #[serde(default, deserialize_with = "text")]
    device_sip_registration_expires_datetime: Option<String>,
}

impl From<DeviceJson> for Device {
    fn from(json: DeviceJson) -> Self {
        let registration = match json.device_sip_registration_state.as_deref() {
            Some("registered") => Registration::Registered { user_agent: json.device_sip_registration_user_agent },
            Some("unregistered") => Registration::Unregistered,
            _ => Registration::Unknown,
        };
        Self {
            name: bare(&json.device).to_owned(),
            emergency_address_id: json.emergency_address_id,
            callback: json.caller_id_number_emergency,
            registration,
            expires_at: json.device_sip_registration_expires_datetime.as_deref().and_then(latest),
        }
    }
}

/// The latest moment that a date of the PBX can mean: without an offset that of the last time zone to reach it, UTC-12.
///
/// No documentation says in which zone the PBX writes, and cores are set to different ones. What counts is the PBX's own
/// `registered`; this date only overrules it when it is over everywhere on earth. Read as UTC, a PBX in America would
/// show every live registration as ended hours ago, and no proof would ever come.
fn latest(text: &str) -> Option<Timestamp> {
    let last = || TimeZone::fixed(Offset::constant(-12));
    text.parse().ok().or_else(|| Some(text.parse::<DateTime>().ok()?.to_zoned(last()).ok()?.timestamp()))
}

/// Text, or a number where text was promised. Nothing, `""` and the PBX's `[*]` are all "not set".
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = match Value::deserialize(from)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Null => return Ok(None),
        other => return Err(wrong(&other)),
    };
    Ok(Some(text).filter(|text| !text.is_empty() && text != "[*]"))
}

/// `yes`/`no`, a boolean, or 1/0.
fn yes_no<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::Bool(yes) => Ok(Some(yes)),
        Value::String(text) if text.eq_ignore_ascii_case("yes") || text == "1" => Ok(Some(true)),
        Value::String(text) if text.eq_ignore_ascii_case("no") || text == "0" => Ok(Some(false)),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::Number(number) if number.as_u64() == Some(1) => Ok(Some(true)),
        Value::Number(number) if number.as_u64() == Some(0) => Ok(Some(false)),
        other => Err(wrong(&other)),
    }
}

fn wrong<E: serde::de::Error>(value: &Value) -> E {
    let kind = match value {
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
        _ => "another value",
    };
    E::custom(format!("{kind} where the PBX promised a text"))
}
