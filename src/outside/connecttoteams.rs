//! ConnecttoTeams (earlier TeamMate Connector): saves the PBX user that Teams is connected to.
//!
//! Only documented calls and keys. `configureUser` adds and edits alike, so that sending the same body again after a lost
//! answer converges; the answer's body is not documented, any 2xx is acceptance. What the call does not say is whether the
//! line works: Graph does. One write at a time per enterprise and process; two processes are kept apart by the journal.
//! Source: <https://kb.connecttoteams.com/apidocs/enterpriseconfigureuser-1>.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::http::{Endpoint, Patience};
use super::token::{Guarded, PasswordLogin};
use super::{OutsideError, SetupError, System, TokenSource};
use crate::clock::SharedClock;
use crate::config;
use crate::domain::{Line, Upn, Voicemail};

/// One PBX user as ConnecttoTeams shall know it. The same values make the same body at every try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigureUser {
    /// The Teams user.
    pub subject: Upn,
    /// Id of the PBX location, not its name.
    pub pbx_location: String,
    /// The voice route's gateway.
    pub sbc_gateway_id: u64,
    /// "SIP User", such as `1000@domain`.
    pub sip_user: String,
    /// "SIP Authentication ID": the device without its domain, such as `1000tm`.
    pub device: String,
    /// What Teams shows.
    pub line: Line,
    /// Whose voicemail takes the calls.
    pub voicemail: Voicemail,
}

/// Who our login is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticatedUser {
    /// As logged in.
    pub username: String,
    /// Such as `RESELLER`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Its reseller.
    pub reseller_id: i64,
}

/// A voice route that the reseller has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Gateway {
    /// What `configureUser` wants.
    #[serde(rename = "sbcGatewayId")]
    pub sbc_gateway_id: u64,
    /// Such as `US-East`; spelt differently from place to place.
    #[serde(rename = "sbcGatewayRegion")]
    pub region: String,
}

/// The client of one customer's enterprise.
#[derive(Debug)]
pub struct ConnecttoTeams {
    guarded: Guarded,
    username: String,
    writing: Mutex<()>,
}

impl ConnecttoTeams {
    /// Builds the client. Nothing is sent yet.
    pub fn new(config: &config::ConnecttoTeams, clock: SharedClock) -> Result<Self, SetupError> {
        let patience = Patience::default();
        // Nothing is published about its speed: a read gets as long as a write.
        Self::with_patience(config, clock, Patience { read: patience.write, ..patience })
    }

    /// How many calls were answered with anything but a transient fault, so far.
    pub fn answers(&self) -> u64 {
        self.guarded.endpoint.answers()
    }

    pub(crate) fn with_patience(
        config: &config::ConnecttoTeams,
        clock: SharedClock,
        patience: Patience,
    ) -> Result<Self, SetupError> {
        let system = System::ConnecttoTeams;
        let endpoint = Endpoint::new(system, &config.base_url, clock.clone(), patience)?;
        let token_url = endpoint.under("oauth/token").map_err(|_| SetupError::Url(system))?;
        let login = PasswordLogin {
            client_id: config.client_id.clone(),
            secret: config.client_secret.clone(),
            username: config.username.clone(),
            password: config.password.clone(),
        };
        let tokens = TokenSource::password(Endpoint::new(system, token_url.as_str(), clock, patience)?, login);
        Ok(Self { guarded: Guarded { endpoint, tokens }, username: config.username.clone(), writing: Mutex::new(()) })
    }

    /// Adds the user or makes them what is asked for.
    pub async fn configure_user(&self, user: &ConfigureUser) -> Result<(), OutsideError> {
        let url = self.guarded.endpoint.at(&["enterprise", "configureUser"])?;
        let body = ConfigureUserJson::from(user);
        let _alone = self.writing.lock().await;
        self.guarded.write(|| self.guarded.endpoint.request(Method::POST, url.clone()).json(&body)).await?;
        Ok(())
    }

    /// Makes sure that there is a token.
    pub async fn log_in(&self) -> Result<(), OutsideError> {
        self.guarded.tokens.token().await.map(drop)
    }

    /// Who our login is. Changes nothing, in spite of its verb.
    pub async fn authenticated_user(&self) -> Result<AuthenticatedUser, OutsideError> {
        let url = self.guarded.endpoint.at(&["reseller", "getAuthenticatedUser"])?;
        let request = || {
            // Announced as JSON and yet the bare name without quotes: so the vendor has it.
            let put = self.guarded.endpoint.request(Method::PUT, url.clone());
            put.header(CONTENT_TYPE, "application/json").body(self.username.clone())
        };
        self.guarded.read(request).await?.json()
    }

    /// The reseller's voice routes. An enterprise may have fewer.
    pub async fn voice_routes(&self, reseller_id: i64) -> Result<Vec<Gateway>, OutsideError> {
        let reseller = reseller_id.to_string();
        let url = self.guarded.endpoint.at(&["reseller", "getAvailableSBCGatewayRegionsByResellerId", &reseller])?;
        self.guarded.read(|| self.guarded.endpoint.request(Method::GET, url.clone())).await?.json()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfigureUserJson<'a> {
    #[serde(rename = "loginID")]
    login_id: &'a str,
    teams_user_id: &'a str,
    pbx_location: &'a str,
    sbc_gateway_id: u64,
    pbx_user_id: &'a str,
    pbx_auth_user_id: &'a str,
    phone_number: String,
    use_teams_voicemail: bool,
    pbx_call_policy_info: CallPolicyJson,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallPolicyJson {
    #[serde(rename = "callPolicyCNAM")]
    cnam: &'static str,
    call_policy_name: &'static str,
    forwarded_calls_caller_id: &'static str,
}

impl<'a> From<&'a ConfigureUser> for ConfigureUserJson<'a> {
    fn from(user: &'a ConfigureUser) -> Self {
        Self {
            login_id: user.subject.as_str(),
            teams_user_id: user.subject.as_str(),
            pbx_location: &user.pbx_location,
            sbc_gateway_id: user.sbc_gateway_id,
            pbx_user_id: &user.sip_user,
            pbx_auth_user_id: &user.device,
            phone_number: user.line.to_string(),
            use_teams_voicemail: user.voicemail == Voicemail::Teams,
            pbx_call_policy_info: CallPolicyJson {
                cnam: "TRANSPARENT",
                call_policy_name: "Global",
                forwarded_calls_caller_id: "USER_CALLER_ID",
            },
        }
    }
}
