//! The four calls that installing and renewing need: `oauth.v2.access` (both of its uses), `auth.test`, `auth.revoke`.
//!
//! `oauth.v2.access` takes a form with the client's id and secret as HTTP Basic; it is sent once, because a code and a
//! refresh token work once. <https://docs.slack.dev/reference/methods/oauth.v2.access>

use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use serde::Deserialize;
use url::Url;

use super::InstallError;
use crate::chat::slack::SlackError;
use crate::config::Secret;

/// Shorter than the lease under which a token is renewed.
const TIMEOUT: Duration = Duration::from_secs(15);

const LONGEST_ANSWER: usize = 256 * 1024;

/// What Slack says about tokens and credentials that somebody has to mend.
const UNAUTHORIZED: [&str; 12] = [
    "account_inactive",
    "bad_client_secret",
    "invalid_auth",
    "invalid_client_id",
    "invalid_grant_type",
    "invalid_refresh_token",
    "not_authed",
    "org_login_required",
    "team_access_not_granted",
    "token_expired",
    "token_revoked",
    "user_removed_from_team",
];

/// Later it may work.
const TRANSIENT: [&str; 6] =
    ["fatal_error", "internal_error", "ratelimited", "request_timeout", "service_unavailable", "team_added_to_org"];

/// A token, what gets the next one, and for how long.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The bot's token.
    pub access: Secret,
    /// `None`: the token lasts.
    pub refresh: Option<Secret>,
    /// How long the token lasts.
    pub lasts: Option<SignedDuration>,
}

/// What a workspace or an organisation granted.
#[derive(Debug, Clone)]
pub struct Grant {
    /// `T…`; empty when all of an organisation installed the app.
    pub team: String,
    /// `E…`; empty outside an organisation.
    pub enterprise: String,
    /// The app's id.
    pub app: String,
    /// The bot's user id.
    pub bot_user: String,
    /// With commas.
    pub scopes: String,
    /// The tokens.
    pub pair: Pair,
}

/// The client of these calls.
pub struct Exchange {
    http: reqwest::Client,
    api: Url,
    client_id: String,
    client_secret: Secret,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("api", &self.api.as_str()).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Told {
    ok: bool,
    error: Option<String>,
    access_token: Option<String>,
    refresh_token: Option<String>,
    expires_in: Option<i64>,
    token_type: Option<String>,
    scope: Option<String>,
    bot_user_id: Option<String>,
    app_id: Option<String>,
    team: Option<Named>,
    enterprise: Option<Named>,
    #[serde(default)]
    is_enterprise_install: bool,
}

#[derive(Deserialize)]
struct Named {
    id: Option<String>,
}

impl Exchange {
    /// For `slack.api_url` with the app's credentials.
    pub fn new(api_url: &str, client_id: String, client_secret: Secret) -> Result<Self, InstallError> {
        let api = Url::parse(&format!("{}/", api_url.trim_end_matches('/'))).map_err(|_| InstallError::Url)?;
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("onboard-bot/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .timeout(TIMEOUT);
        if api.scheme() == "http" {
            // Loopback, or the configuration would have been refused.
            http = http.no_proxy();
        }
        Ok(Self { http: http.build()?, api, client_id, client_secret })
    }

    /// Where a browser goes to install the app, without its query: beside the Web API.
    pub(super) fn authorize_url(&self) -> Url {
        let mut url = self.api.clone();
        url.set_path("/oauth/v2/authorize");
        url
    }

    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// What the code of a browser that came back stands for.
    pub(super) async fn redeem(&self, code: &str, redirect_uri: &str) -> Result<Grant, SlackError> {
        let told = self.access(&[("code", code), ("redirect_uri", redirect_uri)]).await?;
        grant(told).ok_or(SlackError::Other { code: "no bot token of a workspace".to_owned() })
    }

    /// The next pair. The refresh token is used up, whatever comes back.
    pub(super) async fn refresh(&self, token: &Secret) -> Result<Pair, SlackError> {
        let told = self.access(&[("grant_type", "refresh_token"), ("refresh_token", token.expose())]).await?;
        pair(&told).ok_or(SlackError::Lost)
    }

    /// Whether a token works.
    pub(super) async fn test(&self, token: &Secret) -> Result<(), SlackError> {
        let json = "application/json; charset=utf-8";
        let call = self.post("auth.test")?.bearer_auth(token.expose()).header(CONTENT_TYPE, json).body("{}");
        self.send(call).await.map(drop)
    }

    /// Makes a token worthless.
    pub(super) async fn revoke(&self, token: &Secret) -> Result<(), SlackError> {
        let empty: [(&str, &str); 0] = [];
        self.send(self.post("auth.revoke")?.bearer_auth(token.expose()).form(&empty)).await.map(drop)
    }

    async fn access(&self, form: &[(&str, &str)]) -> Result<Told, SlackError> {
        let call = self.post("oauth.v2.access")?.basic_auth(&self.client_id, Some(self.client_secret.expose()));
        self.send(call.form(form)).await
    }

    fn post(&self, method: &str) -> Result<RequestBuilder, SlackError> {
        let url = self.api.join(method).map_err(|_| SlackError::Unreachable)?;
        Ok(self.http.post(url))
    }

    async fn send(&self, call: RequestBuilder) -> Result<Told, SlackError> {
        let mut response = call.send().await.map_err(|error| {
            let sent = !(error.is_connect() || error.is_builder());
            if sent { SlackError::Lost } else { SlackError::Unreachable }
        })?;
        let status = response.status().as_u16();
        let header = |name: &str| response.headers().get(name)?.to_str().ok()?.trim().parse::<u32>().ok();
        let retry_after = header("retry-after").map(|seconds| SignedDuration::from_secs(i64::from(seconds)));
        match status {
            200 => {}
            429 => return Err(SlackError::Throttled { retry_after }),
            500.. => return Err(SlackError::Unavailable { code: status.to_string(), retry_after }),
            _ => return Err(SlackError::Other { code: status.to_string() }),
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| SlackError::Lost)? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(SlackError::Lost);
            }
            body.extend_from_slice(&chunk);
        }
        // The parser's complaint is dropped: it may quote a token.
        let told: Told = serde_json::from_slice(&body).map_err(|_| SlackError::Lost)?;
        if told.ok { Ok(told) } else { Err(refusal(told.error.as_deref())) }
    }
}

fn refusal(code: Option<&str>) -> SlackError {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let code = code.filter(|code| code.len() <= 64 && code.bytes().all(plain)).unwrap_or("no code").to_owned();
    if UNAUTHORIZED.contains(&code.as_str()) {
        SlackError::Unauthorized { code }
    } else if TRANSIENT.contains(&code.as_str()) {
        SlackError::Unavailable { code, retry_after: None }
    } else {
        SlackError::Other { code }
    }
}

fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

fn pair(told: &Told) -> Option<Pair> {
    let (access, refresh) = (filled(told.access_token.as_ref())?, filled(told.refresh_token.as_ref()));
    let lasts = told.expires_in.filter(|seconds| (1..=31_536_000).contains(seconds)).map(SignedDuration::from_secs);
    Some(Pair { access: Secret::new(access), refresh: refresh.map(Secret::new), lasts })
}

/// Ids go into the store and the log; they are believed only as what they look like.
fn id(named: Option<&Named>) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    filled(named?.id.as_ref()).filter(|id| id.len() <= 64 && id.bytes().all(plain))
}

fn grant(told: Told) -> Option<Grant> {
    let pair = pair(&told).filter(|_| told.token_type.as_deref() == Some("bot"))?;
    let enterprise = id(told.enterprise.as_ref());
    let team = if told.is_enterprise_install { None } else { Some(id(told.team.as_ref())?) };
    // One of the two there must be.
    team.as_ref().or(enterprise.as_ref())?;
    Some(Grant {
        team: team.unwrap_or_default(),
        enterprise: enterprise.unwrap_or_default(),
        app: filled(told.app_id.as_ref())?,
        bot_user: told.bot_user_id.unwrap_or_default(),
        scopes: told.scope.unwrap_or_default(),
        pair,
    })
}
