//! Settings: one TOML file, any key overridden by `ONBOARD_BOT__SECTION__KEY`, secrets from `env:NAME` or `file:PATH`.
//!
//! Unknown keys, missing secrets and contradictions stop the start; every message names the key's path.

mod contradictions;
mod customer;
mod guided;
mod load;
mod secret;
#[cfg(test)]
mod tests;
mod token_key;

use jiff::SignedDuration;
use serde::Deserialize;

pub use customer::{
    Approval, CallTower, Carrier, ChannelRef, ConnecttoTeams, Customer, DirectRouting, Graph, Netsapiens, PersonRef,
};
pub use guided::{AskWhere, Guided};
pub use load::{ConfigError, Problem, load, load_text};
pub use secret::Secret;
pub use token_key::TokenKey;

/// Everything that one installation is told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub server: Server,
    /// Where to keep what must last.
    pub store: Store,
    /// Microsoft Teams; `None` switches it off.
    pub teams: Option<Teams>,
    /// Slack; `None` switches it off.
    pub slack: Option<Slack>,
    /// The companies whose users are onboarded.
    #[serde(default)]
    pub customers: Vec<Customer>,
}

impl Config {
    /// The customer that owns an e-mail domain (lower case).
    pub fn customer_of_domain(&self, domain: &str) -> Option<&Customer> {
        self.customers.iter().find(|c| c.domains.iter().any(|d| d.eq_ignore_ascii_case(domain)))
    }

    /// The customer with this short name.
    pub fn customer(&self, id: &crate::domain::CustomerId) -> Option<&Customer> {
        self.customers.iter().find(|c| &c.id == id)
    }
}

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port of the webhooks and of `/livez`, `/readyz`, `/metrics`.
    pub listen: String,
    /// How the world reaches it, such as `https://onboard-bot.contoso.com`: for the Slack app's manifest and its installation.
    pub public_url: Option<String>,
}

impl Server {
    /// The public address of a path that begins with a slash; `None`: nobody said how the world reaches the bot.
    pub fn public(&self, path: &str) -> Option<String> {
        self.public_url.as_ref().map(|url| format!("{}{path}", url.trim_end_matches('/')))
    }
}

/// `[store]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// `sqlite:FILE` (embedded) or `postgres://…`.
    pub url: String,
}

/// How inbound Teams activities are authenticated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authentication {
    /// The Bot Framework's signed tokens.
    #[default]
    BotFramework,
    /// Nothing at all: for local clients, refused unless `server.listen` is loopback.
    None,
}

/// `[teams]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Teams {
    /// The bot's app id: the audience of inbound tokens and the client id of outbound ones.
    pub app_id: String,
    /// The tenant where the app is registered.
    pub tenant_id: String,
    /// The app's secret.
    pub client_secret: Secret,
    /// Tenants whose people may talk to the bot. Empty only with `authentication = "none"`: anybody local.
    #[serde(default)]
    pub allowed_tenants: Vec<String>,
    /// Where the Bot Framework tells its keys.
    #[serde(default = "default_openid_metadata_url")]
    pub openid_metadata_url: String,
    /// Who signs inbound tokens.
    #[serde(default = "default_issuer")]
    pub issuer: String,
    /// Where outbound tokens come from; `None`: the public cloud's address for `tenant_id`.
    pub token_url: Option<String>,
    /// The only hosts that ever see the bot's token: a host name (`https`, default port) or, for loopback, `host:port`.
    #[serde(default = "default_service_hosts")]
    pub service_hosts: Vec<String>,
    /// How inbound activities are authenticated.
    #[serde(default)]
    pub authentication: Authentication,
}

impl Teams {
    /// Where outbound tokens come from.
    pub fn token_url(&self) -> String {
        let public = || format!("https://login.microsoftonline.com/{}/oauth2/v2.0/token", self.tenant_id);
        self.token_url.clone().unwrap_or_else(public)
    }
}

/// How Slack delivers events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SlackMode {
    /// Signed HTTP requests.
    #[default]
    Http,
    /// A WebSocket opened by the bot.
    Socket,
}

/// `[slack]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slack {
    /// One signing secret, two during a rotation. Socket mode needs none.
    #[serde(default)]
    pub signing_secrets: Vec<Secret>,
    /// The app's id (`A…`); with it, events of any other app are refused.
    pub app_id: Option<String>,
    /// The bot token of the one workspace that installed the app by hand.
    pub bot_token: Option<Secret>,
    /// For installing in several workspaces: the app's client id. Needs `client_secret`, `token_key` and `server.public_url`.
    pub client_id: Option<String>,
    /// The app's client secret.
    pub client_secret: Option<Secret>,
    /// 32 bytes, as 64 hexadecimal digits: what tokens of installed workspaces are encrypted with in the store.
    pub token_key: Option<Secret>,
    /// For socket mode only.
    pub app_token: Option<Secret>,
    /// HTTP or socket.
    #[serde(default)]
    pub mode: SlackMode,
    /// The Web API's base.
    #[serde(default = "default_slack_api_url")]
    pub api_url: String,
    /// Workspaces (`T…`) or organisations (`E…`) whose people may talk to the bot. Empty only with `bot_token` alone.
    #[serde(default)]
    pub allowed_teams: Vec<String>,
}

/// What the app needs to be installed in several workspaces.
#[derive(Debug, Clone)]
pub struct Installing {
    /// The app's client id.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: Secret,
    /// What tokens are encrypted with in the store.
    pub token_key: TokenKey,
}

impl Slack {
    /// `None`: the app is installed by hand in one workspace, whose token is `slack.bot_token`.
    pub fn installing(&self) -> Option<Installing> {
        let (client_id, client_secret) = (self.client_id.clone()?, self.client_secret.clone()?);
        Some(Installing { client_id, client_secret, token_key: TokenKey::parse(self.token_key.as_ref()?)? })
    }

    /// True when people of this workspace (`T…`) of this organisation (`E…`; empty outside one) may talk to the bot.
    pub fn allows(&self, team: &str, enterprise: &str) -> bool {
        let named = |id: &str| !id.is_empty() && self.allowed_teams.iter().any(|allowed| allowed == id);
        self.allowed_teams.is_empty() || named(team) || named(enterprise)
    }
}

fn default_openid_metadata_url() -> String {
    "https://login.botframework.com/v1/.well-known/openidconfiguration".to_owned()
}

fn default_issuer() -> String {
    "https://api.botframework.com".to_owned()
}

fn default_service_hosts() -> Vec<String> {
    vec!["smba.trafficmanager.net".to_owned()]
}

fn default_slack_api_url() -> String {
    "https://slack.com/api/".to_owned()
}

/// The same, or `0s` for never.
pub(crate) fn duration_or_never<'de, D: serde::Deserializer<'de>>(from: D) -> Result<SignedDuration, D::Error> {
    use serde::de::IntoDeserializer;
    match String::deserialize(from)?.as_str() {
        "0s" => Ok(SignedDuration::ZERO),
        text => duration(text.into_deserializer()),
    }
}

/// A length of time in a configuration: `30s`, `10m`, `24h`. Never negative, never zero.
pub(crate) fn duration<'de, D: serde::Deserializer<'de>>(from: D) -> Result<SignedDuration, D::Error> {
    let text = String::deserialize(from)?;
    let wrong = || serde::de::Error::custom(format!("`{text}` is not a length of time; write it like 30s, 10m or 24h"));
    let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (count, unit) = text.split_at(split);
    let seconds: i64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(wrong()),
    };
    let count: i64 = count.parse().map_err(|_| wrong())?;
    let total = count.checked_mul(seconds).filter(|t| (1..=31_536_000).contains(t)).ok_or_else(wrong)?;
    Ok(SignedDuration::from_secs(total))
}
