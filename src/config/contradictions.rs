//! What a configuration that can be read must still not say.

use std::collections::HashSet;

use super::{Authentication, Carrier, Config, Customer, PersonRef, Problem, Server, Slack, SlackMode, Teams, TokenKey};
use crate::domain::{StepKind, Surface};

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

    /// A URL that names a host and nothing below it.
    fn origin(&mut self, key: &str, text: &str) {
        let before = self.0.len();
        self.url(key, text);
        let bare = |url: url::Url| url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if self.0.len() == before && !url::Url::parse(text).is_ok_and(bare) {
            self.add(key, "name the host only, such as https://onboard-bot.contoso.com, without a path");
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
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Everything that is wrong, in the order of the file.
pub(super) fn contradictions(config: &Config) -> Vec<Problem> {
    let mut wrong = Complaints(Vec::new());
    check_server(&mut wrong, config);
    let url = &config.store.url;
    if !(url.starts_with("sqlite:") || url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        wrong.add("store.url", "write sqlite:FILE or postgres://…");
    }
    if let Some(teams) = &config.teams {
        check_teams(&mut wrong, teams, &config.server);
    }
    if let Some(slack) = &config.slack {
        check_slack(&mut wrong, slack, &config.server);
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
        check_surfaces(&mut wrong, &at, customer, config);
    }
    wrong.0
}

fn check_server(wrong: &mut Complaints, config: &Config) {
    if listen(&config.server).is_none() {
        wrong.add("server.listen", format!("`{}` is not ADDRESS:PORT", config.server.listen));
    }
    if let Some(url) = &config.server.public_url {
        wrong.origin("server.public_url", url);
    }
}

fn listen(server: &Server) -> Option<std::net::SocketAddr> {
    server.listen.parse().ok()
}

fn check_teams(wrong: &mut Complaints, teams: &Teams, server: &Server) {
    wrong.filled("teams.app_id", &teams.app_id);
    wrong.filled("teams.tenant_id", &teams.tenant_id);
    wrong.filled("teams.issuer", &teams.issuer);
    wrong.url("teams.openid_metadata_url", &teams.openid_metadata_url);
    wrong.url("teams.token_url", &teams.token_url());
    let open = teams.authentication == Authentication::None;
    if open && !listen(server).is_some_and(|l| l.ip().is_loopback()) {
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

fn check_slack(wrong: &mut Complaints, slack: &Slack, server: &Server) {
    wrong.url("slack.api_url", &slack.api_url);
    let secrets = slack.signing_secrets.len();
    match slack.mode {
        SlackMode::Http if !(1..=2).contains(&secrets) => {
            wrong.add("slack.signing_secrets", "give one secret, or two during a rotation");
        }
        SlackMode::Socket if secrets > 2 => {
            wrong.add("slack.signing_secrets", "give at most two secrets; socket mode needs none");
        }
        SlackMode::Http | SlackMode::Socket => {}
    }
    if slack.mode == SlackMode::Socket && slack.app_token.is_none() {
        wrong.add("slack.app_token", "socket mode needs it");
    }
    for (index, team) in slack.allowed_teams.iter().enumerate() {
        if !is_slack_id(team, &['T', 'E']) {
            wrong.add(format!("slack.allowed_teams[{index}]"), format!("`{team}` is not the id of a workspace (T…)"));
        }
    }
    if let Some(id) = slack.app_id.as_ref().filter(|id| !is_slack_id(id, &['A'])) {
        wrong.add("slack.app_id", format!("`{id}` is not the id of an app (A…)"));
    }
    let parts = [
        ("slack.client_id", slack.client_id.is_some()),
        ("slack.client_secret", slack.client_secret.is_some()),
        ("slack.token_key", slack.token_key.is_some()),
    ];
    let named: Vec<_> = parts.iter().filter(|(_, given)| *given).map(|(key, _)| *key).collect();
    if named.is_empty() {
        if slack.bot_token.is_none() {
            wrong.add(
                "slack.bot_token",
                "is missing; or give client_id, client_secret and token_key, so that workspaces can install the app",
            );
        }
        return;
    }
    for (key, given) in parts {
        if !given {
            wrong.add(key, format!("is missing: needed by {}", named.join(" and ")));
        }
    }
    if slack.client_id.as_ref().is_some_and(|id| id.trim().is_empty()) {
        wrong.add("slack.client_id", "must not be empty");
    }
    if slack.token_key.as_ref().is_some_and(|key| TokenKey::parse(key).is_none()) {
        wrong.add("slack.token_key", "write 32 bytes as 64 hexadecimal digits, such as `openssl rand -hex 32` makes");
    }
    if server.public_url.is_none() {
        wrong.add("server.public_url", "installing the app in Slack needs it: Slack sends people back there");
    }
    if slack.allowed_teams.is_empty() {
        wrong.add("slack.allowed_teams", "name the workspaces (T…) or organisations (E…) that may install the app");
    }
}

/// Slack's ids say by their first letter what they are of; the rest is opaque.
fn is_slack_id(text: &str, first: &[char]) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.strip_prefix(first).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(plain))
}

/// A customer may only speak of products that are switched on.
fn check_surfaces(wrong: &mut Complaints, at: &dyn Fn(&str) -> String, customer: &Customer, config: &Config) {
    let approval = &customer.approval;
    for (list, people) in
        [("requesters", &approval.requesters), ("approvers", &approval.approvers), ("operators", &approval.operators)]
    {
        for person in people {
            if let (PersonRef::SlackUsergroup(group), None) = (person, &config.slack) {
                let key = at(&format!("approval.{list}"));
                wrong.add(key, format!("slack-usergroup:{group} needs the table slack"));
            }
        }
    }
    let teams = config.slack.as_ref().map(|slack| slack.allowed_teams.as_slice()).unwrap_or_default();
    // Which workspaces belong to an organisation only Slack knows.
    let only_workspaces = teams.iter().all(|team| team.starts_with('T'));
    if let Some(team) = &customer.slack_team_id
        && !teams.is_empty()
        && only_workspaces
        && !teams.contains(team)
    {
        wrong.add(at("slack_team_id"), format!("`{team}` is not one of slack.allowed_teams"));
    }
    for (index, channel) in customer.channels.iter().enumerate() {
        let key = at(&format!("channels[{index}]"));
        if customer.channels[..index].contains(channel) {
            wrong.add(key.clone(), "is named twice");
        }
        match channel.surface {
            Surface::Teams if config.teams.is_none() => wrong.add(key, "needs the table teams"),
            Surface::Teams if customer.teams_tenant_id.is_none() => wrong.add(key, "needs teams_tenant_id"),
            Surface::Slack if config.slack.is_none() => wrong.add(key, "needs the table slack"),
            Surface::Slack if customer.slack_team_id.is_none() => wrong.add(key, "needs slack_team_id"),
            Surface::Teams | Surface::Slack => {}
        }
    }
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
    check_guided(wrong, at, customer);
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

/// Only steps that the plans of this carrier have, and that somebody can do; what people do anyway may be named as well.
fn check_guided(wrong: &mut Complaints, at: &dyn Fn(&str) -> String, customer: &Customer) {
    let of_carrier = |step: StepKind| match customer.carrier {
        Carrier::CallTower => {
            let connect = matches!(step, StepKind::ConnectUser | StepKind::ConnectService);
            connect || matches!(step, StepKind::ChangeInConnect | StepKind::DeleteInConnect)
        }
        Carrier::ConnecttoTeams => {
            let device = matches!(step, StepKind::Device | StepKind::RemoveDevice | StepKind::RestoreDevice);
            let portal = matches!(step, StepKind::DisableCalling | StepKind::DeleteUser | StepKind::GroupSync);
            let user = matches!(step, StepKind::PbxUser | StepKind::Sync | StepKind::Enable | StepKind::JoinGroup);
            device || portal || user
        }
        Carrier::DirectRouting => {
            let number = matches!(step, StepKind::AssignNumber | StepKind::UnassignNumber);
            number || matches!(step, StepKind::VoiceRoute | StepKind::RestorePolicy)
        }
    };
    for (index, step) in customer.guided.steps.iter().enumerate() {
        let (key, name) = (at(&format!("guided.steps[{index}]")), step.name());
        let why = match *step {
            StepKind::BackAtMicrosoft | StepKind::MicrosoftSide => continue,
            step if !step.may_be_guided() && !step.is_done_by_people() => {
                format!("{name} only looks: nobody can be asked to do it")
            }
            step if !of_carrier(step) => format!("this carrier has no step {name}"),
            _ => continue,
        };
        wrong.add(key, why);
    }
    if !customer.guided.steps.is_empty() && customer.approval.operators.is_empty() {
        wrong.add(at("approval.operators"), "guided.steps need somebody who can be asked");
    }
}
