//! The configuration of a bot that lives in this world.

use super::slack::{APPROVER_USERGROUP, DOUBTFUL_REQUESTERS, TEAM};
use super::{Inner, Seed};
use crate::config::Carrier;

/// What a bot's configuration may want to be different.
#[derive(Debug, Clone)]
pub struct BotSettings {
    /// `server.listen`
    pub listen: String,
    /// `store.url`
    pub store_url: String,
    /// How long to wait for the automatic sync, such as `2m`.
    pub sync_wait: String,
    /// When waiting for the sync ends.
    pub sync_deadline: String,
    /// How long an approval is waited for.
    pub expires_after: String,
    /// How many must approve.
    pub required: u32,
    /// The bot looks after `fabrikam` as well. Goes with [`Seed::with_second_customer`](super::Seed::with_second_customer).
    pub second_customer: bool,
    /// The carrier of that customer.
    pub second_carrier: Carrier,
    /// Its pool of numbers, where the carrier has one.
    pub second_numbers: Vec<String>,
    /// The bot counts on the provider's consent. Set it as the world's knob is set.
    pub service_provider_consent: bool,
    /// Who is asked to do guided steps, by UPN.
    pub operators: Vec<String>,
    /// `customers.guided.steps` of the first customer.
    pub by_hand: Vec<String>,
    /// `customers.guided.ask` of every customer.
    pub ask: String,
    /// `customers.offboard.microsoft` of every customer.
    pub microsoft_side: Vec<String>,
    /// `customers.channels` of every customer.
    pub channels: Vec<String>,
    /// The bot is in Slack as well; `None`: in Teams only.
    pub slack: Option<SlackSettings>,
}

/// How the bot is in Slack.
#[derive(Debug, Clone, Default)]
pub struct SlackSettings {
    /// By sockets, without request URLs. Goes with the world's knob.
    pub socket: bool,
    /// Approvers are also whoever is in the user group.
    pub usergroup: bool,
    /// Workspaces install the app by themselves, by OAuth, and `server.public_url` is this; there is no fixed token.
    pub installed_from: Option<String>,
}

impl Default for BotSettings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:0".to_owned(),
            store_url: "sqlite::memory:".to_owned(),
            sync_wait: "2m".to_owned(),
            sync_deadline: "24h".to_owned(),
            expires_after: "24h".to_owned(),
            required: 1,
            second_customer: false,
            second_carrier: Carrier::ConnecttoTeams,
            second_numbers: ["+13035550142", "+13035550143"].map(str::to_owned).into(),
            service_provider_consent: true,
            operators: vec!["olga@contoso.com".to_owned()],
            by_hand: Vec::new(),
            ask: "everywhere".to_owned(),
            microsoft_side: Vec::new(),
            channels: Vec::new(),
            slack: None,
        }
    }
}

/// Quotes a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

pub(super) fn toml(world: &Inner, settings: &BotSettings) -> String {
    let state = world.lock();
    let seed = &state.seed;
    let (url, host) = (&world.url, world.url.trim_start_matches("http://"));
    let token_url = token_url(url, seed);
    let [listen, store] = [&settings.listen, &settings.store_url].map(|text| quoted(text));
    let connector = |domain| connecttoteams((url, seed), settings, domain);
    let contoso = customer((url, seed), settings, ("contoso", "Contoso"), &connector(&seed.pbx.domain));
    let fabrikam = settings.second_customer.then(|| {
        let carrier = match settings.second_carrier {
            Carrier::ConnecttoTeams => connector("fabrikam"),
            Carrier::DirectRouting => direct_routing(seed, settings),
            Carrier::CallTower => calltower(settings),
        };
        customer((url, seed), settings, ("fabrikam", "Fabrikam"), &carrier)
    });
    let public_url = settings.slack.as_ref().and_then(|slack| slack.installed_from.as_ref());
    format!(
        r#"[server]
listen = {listen}
{public_url}
[store]
url = {store}

[teams]
app_id = "{app}"
tenant_id = "{tenant}"
client_secret = "{bot_secret}"
allowed_tenants = ["{tenant}"]
openid_metadata_url = "{url}/botframework/v1/.well-known/openidconfiguration"
issuer = "{issuer}"
token_url = "{token_url}"
service_hosts = ["{host}"]

{slack}{contoso}{fabrikam}"#,
        app = seed.app_id,
        tenant = seed.tenant_id,
        bot_secret = seed.credentials.bot_secret,
        issuer = super::botframework::ISSUER,
        public_url = public_url.map(|url| format!("public_url = {}\n", quoted(url))).unwrap_or_default(),
        slack = settings.slack.as_ref().map(|how| slack(url, seed, how)).unwrap_or_default(),
        fabrikam = fabrikam.unwrap_or_default(),
    )
}

fn token_url(url: &str, seed: &Seed) -> String {
    format!("{url}/login/{}/oauth2/v2.0/token", seed.tenant_id)
}

/// `[slack]`
fn slack(url: &str, seed: &Seed, how: &SlackSettings) -> String {
    let slack = &seed.slack;
    let here = slack.workspace(TEAM);
    let token = match (&how.installed_from, here.and_then(|w| w.bot_token.as_ref())) {
        (None, Some(token)) => format!("bot_token = \"{token}\"\n"),
        _ => format!(
            "client_id = \"{}\"\nclient_secret = \"{}\"\ntoken_key = \"{}\"\n",
            slack.client_id,
            slack.client_secret,
            "5a".repeat(32)
        ),
    };
    let mode = if how.socket { "socket" } else { "http" };
    format!(
        r#"[slack]
signing_secrets = ["{secret}"]
app_id = "{app}"
app_token = "{app_token}"
mode = "{mode}"
api_url = "{url}/slack-api/"
allowed_teams = ["{TEAM}"]
{token}
"#,
        secret = slack.signing_secret,
        app = slack.app_id,
        app_token = slack.app_token,
    )
}

/// A list of texts.
fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}

/// What a customer of direct routing is configured with besides the usual.
fn direct_routing(seed: &Seed, settings: &BotSettings) -> Own {
    let route = |(id, name): (&String, &String)| {
        format!("[[customers.direct_routing.voice_routes]]\nname = {}\npolicy_id = {}\n\n", quoted(name), quoted(id))
    };
    let routes: String = seed.voice_policies.iter().map(route).collect();
    let (numbers, deadline) = (list(&settings.second_numbers), &settings.sync_deadline);
    let tables =
        format!("[customers.direct_routing]\nnumbers = {numbers}\nready_deadline = \"{deadline}\"\n\n{routes}");
    Own { carrier: "direct-routing", sync_group: false, tables }
}

/// The same for a customer of CallTower.
fn calltower(settings: &BotSettings) -> Own {
    let (numbers, deadline) = (list(&settings.second_numbers), &settings.sync_deadline);
    let tables = format!(
        r#"[customers.calltower]
portal_url = "https://connect.calltower.com"
locations = ["Denver", "Salt Lake City"]
plans = ["MS Teams Unlimited Only Voice", "MS Teams Metered Voice"]
numbers = {numbers}
ready_deadline = "{deadline}"

"#
    );
    Own { carrier: "calltower", sync_group: false, tables }
}

/// What the carriers have of their own.
struct Own {
    carrier: &'static str,
    sync_group: bool,
    tables: String,
}

/// PBX and carrier of a customer with ConnecttoTeams.
fn connecttoteams((url, seed): (&str, &Seed), settings: &BotSettings, domain: &str) -> Own {
    let secrets = &seed.credentials;
    let addresses: String = (seed.pbx.addresses.iter())
        .map(|(id, address)| {
            let [id, name, callback] = [id, &address.name, &address.callback_number].map(|text| quoted(text));
            format!(
                "[[customers.netsapiens.emergency_addresses]]\nid = {id}\nname = {name}\ncallback_number = {callback}\n\n"
            )
        })
        .collect();
    let locations: String = (seed.pbx_locations.iter().enumerate())
        .map(|(n, id)| {
            let name = if n == 0 { "PBX".to_owned() } else { format!("PBX {}", n + 1) };
            format!("[[customers.connecttoteams.pbx_locations]]\nid = {}\nname = \"{name}\"\n\n", quoted(id))
        })
        .collect();
    let routes: String = (seed.routes.iter())
        .map(|(id, name)| {
            let name = quoted(name);
            format!("[[customers.connecttoteams.voice_routes]]\nname = {name}\nsbc_gateway_id = {id}\n\n")
        })
        .collect();
    let tables = format!(
        r#"[customers.netsapiens]
base_url = "{url}/ns-api/v2"
api_key = "{api_key}"
domain = "{domain}"
device_suffix = "tm"

{addresses}[customers.connecttoteams]
base_url = "{url}/connecttoteams"
client_id = "{carrier_client}"
client_secret = "{carrier_secret}"
username = "{carrier_user}"
password = "{carrier_password}"
enterprise_id = 12345
service_provider_consent = {consent}
sync_wait = "{sync_wait}"
sync_deadline = "{sync_deadline}"

{locations}{routes}"#,
        api_key = secrets.api_key,
        carrier_client = secrets.carrier_client_id,
        carrier_secret = secrets.carrier_secret,
        carrier_user = secrets.carrier_username,
        carrier_password = secrets.carrier_password,
        consent = settings.service_provider_consent,
        sync_wait = settings.sync_wait,
        sync_deadline = settings.sync_deadline,
    );
    Own { carrier: "connecttoteams", sync_group: true, tables }
}

/// One `[[customers]]` table: its id, its name, what its carrier needs.
fn customer((url, seed): (&str, &Seed), settings: &BotSettings, (id, name): (&str, &str), own: &Own) -> String {
    let (secrets, token_url) = (&seed.credentials, token_url(url, seed));
    let slack = settings.slack.as_ref();
    let doubtful = slack.map(|_| DOUBTFUL_REQUESTERS.map(|upn| format!(", {}", quoted(upn))).concat());
    let usergroup = slack.filter(|how| how.usergroup).map(|_| format!(", \"slack-usergroup:{APPROVER_USERGROUP}\""));
    let sync_group = if own.sync_group { format!("sync_group = \"{}\"\n", super::SYNC_GROUP) } else { String::new() };
    format!(
        r#"[[customers]]
id = "{id}"
name = "{name}"
domains = ["{id}.com"]
teams_tenant_id = "{tenant}"
{slack_team}carrier = "{carrier}"
channels = {channels}

[customers.graph]
base_url = "{url}/graph/v1.0"
token_url = "{token_url}"
client_id = "{graph_client}"
client_secret = "{graph_secret}"
{sync_group}
{tables}[customers.offboard]
microsoft = {microsoft}

[customers.guided]
steps = {by_hand}
ask = "{ask}"

[customers.approval]
requesters = ["alan@contoso.com", "entra-group:{requesters}"{doubtful}]
approvers = ["bob@contoso.com", "entra-group:{approvers}"{usergroup}]
operators = {operators}
required = {required}
expires_after = "{expires_after}"
"#,
        tenant = seed.tenant_id,
        carrier = own.carrier,
        channels = list(&settings.channels),
        microsoft = list(&settings.microsoft_side),
        operators = list(&settings.operators),
        by_hand = list(if id == "contoso" { &settings.by_hand } else { &[] }),
        ask = settings.ask,
        graph_client = secrets.graph_client_id,
        graph_secret = secrets.graph_secret,
        tables = own.tables,
        slack_team = slack.map(|_| format!("slack_team_id = \"{TEAM}\"\n")).unwrap_or_default(),
        usergroup = usergroup.unwrap_or_default(),
        doubtful = doubtful.unwrap_or_default(),
        requesters = super::REQUESTER_GROUP,
        approvers = super::APPROVER_GROUP,
        required = settings.required,
        expires_after = settings.expires_after,
    )
}
