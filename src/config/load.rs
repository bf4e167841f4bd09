//! From a file and the environment to a [`Config`], or to the complete list of what is wrong.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;

use serde_json::Value;

use super::{Authentication, Carrier, Config, Customer, SlackMode};

/// One thing that is wrong: where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key's path, such as `teams.app_id` or `customers[0].graph`.
    pub key: String,
    /// A plain sentence. Never a secret's value.
    pub what: String,
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub struct ConfigError(pub Vec<Problem>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration cannot be used:")?;
        for problem in &self.0 {
            write!(f, "\n  {}: {}", problem.key, problem.what)?;
        }
        Ok(())
    }
}

fn one(key: impl Into<String>, what: impl Into<String>) -> ConfigError {
    ConfigError(vec![Problem { key: key.into(), what: what.into() }])
}

/// Reads a file, overlays the process environment, resolves secrets and checks the whole.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|e| one(path.display().to_string(), format!("cannot be read: {e}")))?;
    load_text(&text, std::env::vars().collect())
}

/// The same from a text and a given environment.
pub fn load_text(text: &str, environment: Vec<(String, String)>) -> Result<Config, ConfigError> {
    let table: toml::Table =
        toml::from_str(text).map_err(|e| one("the file", format!("is not TOML: {}", e.message())))?;
    let mut tree = serde_json::to_value(table).map_err(|e| one("the file", e.to_string()))?;
    for (name, value) in &environment {
        if let Some(path) = name.strip_prefix("ONBOARD_BOT__") {
            overlay(&mut tree, name, path, value)?;
        }
    }
    let mut problems = Vec::new();
    resolve_secrets(&mut tree, String::new(), &environment, &mut problems);
    if !problems.is_empty() {
        return Err(ConfigError(problems));
    }
    let config: Config = serde_path_to_error::deserialize(tree).map_err(|e| {
        let path = e.path().to_string();
        one(if path == "." { "the file".to_owned() } else { path }, e.inner().to_string())
    })?;
    let problems = contradictions(&config);
    if problems.is_empty() { Ok(config) } else { Err(ConfigError(problems)) }
}

/// Keys whose value is a list, so that `a,b` in the environment means two entries.
const LISTS: [&str; 4] = ["allowed_tenants", "service_hosts", "signing_secrets", "allowed_teams"];

fn overlay(tree: &mut Value, name: &str, path: &str, value: &str) -> Result<(), ConfigError> {
    let keys: Vec<String> = path.split("__").map(str::to_ascii_lowercase).collect();
    let [section, key] = keys.as_slice() else {
        return Err(one(name, "write it ONBOARD_BOT__SECTION__KEY, with one section and one key"));
    };
    if section == "customers" {
        return Err(one(name, "lists of tables are set in the file only"));
    }
    let root = tree.as_object_mut().ok_or_else(|| one("the file", "is not a table"))?;
    let table = root.entry(section.clone()).or_insert_with(|| Value::Object(serde_json::Map::new()));
    let table = table.as_object_mut().ok_or_else(|| one(section.clone(), "must be a table"))?;
    let value = if LISTS.contains(&key.as_str()) {
        value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect()
    } else {
        Value::from(value)
    };
    table.insert(key.clone(), value);
    Ok(())
}

/// Keys that hold secrets; only these may say `env:` or `file:`.
const SECRETS: [&str; 7] =
    ["client_secret", "signing_secrets", "bot_token", "app_token", "token_key", "api_key", "password"];

fn resolve_secrets(value: &mut Value, path: String, environment: &[(String, String)], problems: &mut Vec<Problem>) {
    match value {
        Value::Object(map) => {
            for (key, child) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                if SECRETS.contains(&key.as_str()) {
                    resolve_one(child, &path, environment, problems);
                } else {
                    resolve_secrets(child, path, environment, problems);
                }
            }
        }
        Value::Array(items) => {
            for (index, child) in items.iter_mut().enumerate() {
                resolve_secrets(child, format!("{path}[{index}]"), environment, problems);
            }
        }
        _ => {}
    }
}

fn resolve_one(value: &mut Value, path: &str, environment: &[(String, String)], problems: &mut Vec<Problem>) {
    if let Value::Array(items) = value {
        for (index, item) in items.iter_mut().enumerate() {
            resolve_one(item, &format!("{path}[{index}]"), environment, problems);
        }
        return;
    }
    let Value::String(text) = value else { return };
    let found = if let Some(name) = text.strip_prefix("env:") {
        let found = environment.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        found.ok_or_else(|| format!("the environment variable {name} is not set"))
    } else if let Some(file) = text.strip_prefix("file:") {
        std::fs::read_to_string(file).map_err(|e| format!("the file {file} cannot be read: {e}"))
    } else {
        Ok(text.clone())
    };
    let mut problem = |what: String| problems.push(Problem { key: path.to_owned(), what });
    match found {
        Ok(secret) if secret.trim().is_empty() => problem("the secret is empty".to_owned()),
        Ok(secret) => *text = secret.trim().to_owned(),
        Err(what) => problem(what),
    }
}

struct Complaints(Vec<Problem>);

impl Complaints {
    fn add(&mut self, key: impl Into<String>, what: impl Into<String>) {
        self.0.push(Problem { key: key.into(), what: what.into() });
    }

    fn url(&mut self, key: impl Into<String>, text: &str) {
        let key = key.into();
        let Ok(url) = url::Url::parse(text) else { return self.add(key, format!("`{text}` is not a URL")) };
        let host = url.host_str().unwrap_or_default();
        if !url.username().is_empty() || url.password().is_some() {
            self.add(key, "a URL must not hold a user name or a password");
        } else if url.scheme() == "http" && !is_loopback(host) {
            self.add(key, format!("plain http:// is accepted for loopback hosts only, not for {host}"));
        } else if url.scheme() != "https" && url.scheme() != "http" {
            self.add(key, format!("`{text}` must start with https://"));
        }
    }

    /// Nothing stands in a list twice.
    fn once(&mut self, key: impl Into<String>, entries: impl Iterator<Item = String>) {
        let (key, mut seen) = (key.into(), HashSet::new());
        for entry in entries {
            if seen.contains(&entry) {
                self.add(key.clone(), format!("`{entry}` stands there twice"));
            }
            seen.insert(entry);
        }
    }

    fn filled(&mut self, key: impl Into<String>, text: &str) {
        if text.trim().is_empty() {
            self.add(key, "must not be empty");
        }
    }
}

/// `localhost`, `127.0.0.0/8` and `::1`.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn contradictions(config: &Config) -> Vec<Problem> {
    let mut wrong = Complaints(Vec::new());
    let listen: Option<std::net::SocketAddr> = config.server.listen.parse().ok();
    if listen.is_none() {
        wrong.add("server.listen", format!("`{}` is not ADDRESS:PORT", config.server.listen));
    }
    let url = &config.store.url;
    if !(url.starts_with("sqlite:") || url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        wrong.add("store.url", "write sqlite:FILE or postgres://…");
    }
    if let Some(teams) = &config.teams {
        wrong.filled("teams.app_id", &teams.app_id);
        wrong.filled("teams.tenant_id", &teams.tenant_id);
        wrong.filled("teams.issuer", &teams.issuer);
        wrong.url("teams.openid_metadata_url", &teams.openid_metadata_url);
        wrong.url("teams.token_url", &teams.token_url());
        let open = teams.authentication == Authentication::None;
        if open && !listen.is_some_and(|l| l.ip().is_loopback()) {
            wrong.add("teams.authentication", "\"none\" is accepted only while server.listen is a loopback address");
        }
        if !open && teams.allowed_tenants.is_empty() {
            wrong.add("teams.allowed_tenants", "name at least one tenant");
        }
        if teams.service_hosts.is_empty() {
            wrong.add("teams.service_hosts", "name at least one host");
        }
        for (index, host) in teams.service_hosts.iter().enumerate() {
            if host.is_empty() || host.contains(['/', '*', '@']) {
                wrong.add(format!("teams.service_hosts[{index}]"), "write a host name, or host:port for loopback");
            }
        }
    }
    if let Some(slack) = &config.slack {
        wrong.url("slack.api_url", &slack.api_url);
        if !(1..=2).contains(&slack.signing_secrets.len()) {
            wrong.add("slack.signing_secrets", "give one secret, or two during a rotation");
        }
        if slack.mode == SlackMode::Socket && slack.app_token.is_none() {
            wrong.add("slack.app_token", "socket mode needs it");
        }
    }
    if config.customers.is_empty() {
        wrong.add("customers", "name at least one customer");
    }
    let (mut ids, mut domains) = (HashSet::new(), HashSet::new());
    for (index, customer) in config.customers.iter().enumerate() {
        let at = |key: &str| format!("customers[{index}].{key}");
        wrong.filled(at("id"), &customer.id.0);
        if !ids.insert(customer.id.clone()) {
            wrong.add(at("id"), format!("`{}` is used twice", customer.id));
        }
        if customer.domains.is_empty() {
            wrong.add(at("domains"), "name at least one e-mail domain");
        }
        for domain in &customer.domains {
            if !domains.insert(domain.to_ascii_lowercase()) {
                wrong.add(at("domains"), format!("`{domain}` belongs to two customers"));
            }
        }
        check_customer(&mut wrong, &at, customer);
    }
    wrong.0
}

fn check_customer(wrong: &mut Complaints, at: &dyn Fn(&str) -> String, customer: &Customer) {
    wrong.url(at("graph.base_url"), &customer.graph.base_url);
    wrong.url(at("graph.token_url"), &customer.graph.token_url);
    match customer.carrier {
        Carrier::ConnecttoTeams => {
            if customer.netsapiens.is_none() {
                wrong.add(at("netsapiens"), "carrier connecttoteams needs the PBX");
            }
            match &customer.connecttoteams {
                None => wrong.add(at("connecttoteams"), "carrier connecttoteams needs its account"),
                Some(account) => {
                    if account.pbx_locations.is_empty() {
                        wrong.add(at("connecttoteams.pbx_locations"), "name at least one PBX location");
                    }
                    if account.voice_routes.is_empty() {
                        wrong.add(at("connecttoteams.voice_routes"), "name at least one voice route");
                    }
                }
            }
            if customer.graph.sync_group.is_none() {
                wrong.add(at("graph.sync_group"), "carrier connecttoteams syncs one group: give its object id");
            }
        }
        Carrier::CallTower if customer.calltower.is_none() => {
            wrong.add(at("calltower"), "carrier calltower needs its portal");
        }
        Carrier::CallTower | Carrier::DirectRouting => {}
    }
    if let Some(pbx) = &customer.netsapiens {
        wrong.url(at("netsapiens.base_url"), &pbx.base_url);
        wrong.filled(at("netsapiens.domain"), &pbx.domain);
        if !pbx.device_suffix.bytes().all(|b| b.is_ascii_alphanumeric()) {
            wrong.add(at("netsapiens.device_suffix"), "letters and digits only");
        }
        if customer.carrier == Carrier::ConnecttoTeams && pbx.emergency_addresses.is_empty() {
            wrong.add(at("netsapiens.emergency_addresses"), "name at least one: emergency calls depend on it");
        }
    }
    if let Some(account) = &customer.connecttoteams {
        wrong.url(at("connecttoteams.base_url"), &account.base_url);
        if account.sync_deadline < account.sync_wait {
            wrong.add(at("connecttoteams.sync_deadline"), "must not be shorter than sync_wait");
        }
    }
    if let Some(portal) = &customer.calltower {
        wrong.url(at("calltower.portal_url"), &portal.portal_url);
        wrong.once(at("calltower.numbers"), portal.numbers.iter().map(|number| number.to_string()));
        wrong.once(at("calltower.locations"), portal.locations.iter().map(|name| name.to_lowercase()));
    }
    if let Some(routing) = &customer.direct_routing {
        if customer.carrier != Carrier::DirectRouting {
            wrong.add(at("direct_routing"), "belongs to carrier direct-routing only");
        }
        wrong.once(at("direct_routing.numbers"), routing.numbers.iter().map(|number| number.to_string()));
        wrong.once(at("direct_routing.voice_routes"), routing.voice_routes.iter().map(|r| r.name.to_lowercase()));
        for (index, route) in routing.voice_routes.iter().enumerate() {
            wrong.filled(at(&format!("direct_routing.voice_routes[{index}].name")), &route.name);
            wrong.filled(at(&format!("direct_routing.voice_routes[{index}].policy_id")), &route.policy_id);
        }
    }
    let approval = &customer.approval;
    if approval.requesters.is_empty() {
        wrong.add(at("approval.requesters"), "nobody could ask for anything");
    }
    if approval.approvers.is_empty() {
        wrong.add(at("approval.approvers"), "nobody could approve anything");
    }
    if approval.required == 0 {
        wrong.add(at("approval.required"), "at least one approver must agree");
    }
}
