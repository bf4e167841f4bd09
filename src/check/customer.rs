//! One customer's directory, PBX and carrier. What the bot will call later is called now, as far as it only reads.

use futures_util::future::OptionFuture;

use super::{Attempt, Finding, ok, wrong};
use crate::clock::SharedClock;
use crate::config::{self, Carrier, Customer, PersonRef};
use crate::domain::{E164, Fixer, Sentence};
use crate::outside::{ApiKey, ConnecttoTeams, Fault, Graph, Netsapiens, OutsideError, User};
use crate::steps::Systems;

/// Application permissions (<https://learn.microsoft.com/graph/permissions-reference>).
const READ_USERS: &str = "User.Read.All";
const READ_GROUPS: &str = "GroupMember.Read.All";
const READ_VOICE: &str = "TeamsUserConfiguration.Read.All";
/// Reads numbers as well.
const ASSIGN_NUMBERS: &str = "TeamsTelephoneNumber.ReadWrite.All";

/// Scopes of an API key that may manage a domain
/// (<https://docs.ns-api.com/docs/user-scopes-on-the-netsapiens-platform>).
const SCOPES: [&str; 3] = ["Office Manager", "Reseller", "Super User"];

pub(super) async fn check(customer: &Customer, clock: &SharedClock) -> Vec<Finding> {
    let systems = match Systems::new(customer, clock) {
        Ok(systems) => systems,
        Err(error) => {
            let what = Sentence::new("check-setup").with("why", error);
            return vec![wrong(customer.id.to_string(), what, Fixer::BotOperator)];
        }
    };
    let pbx = customer.netsapiens.as_ref().zip(systems.pbx.as_deref());
    let pbx = OptionFuture::from(pbx.map(|(config, pbx)| check_pbx(customer, config, pbx)));
    let carrier = customer.connecttoteams.as_ref().zip(systems.connector.as_deref());
    let carrier = OptionFuture::from(carrier.map(|(config, carrier)| check_carrier(customer, config, carrier)));
    let (mut findings, pbx, carrier) = tokio::join!(check_graph(customer, &systems.graph), pbx, carrier);
    findings.extend(pbx.into_iter().chain(carrier).flatten());
    if customer.carrier == Carrier::DirectRouting && findings.iter().all(|finding| finding.result.is_ok()) {
        findings.push(check_numbers(customer, &systems.graph).await);
    }
    if customer.carrier == Carrier::CallTower {
        findings.push(ok(format!("{}: CallTower", customer.id), Sentence::new("check-ok-calltower")));
    }
    findings
}

fn attempt(customer: &Customer, what: &str, (section, address): (&str, &str)) -> Attempt {
    let key = |name: &str| format!("customers.{section}.{name}");
    Attempt {
        system: format!("{}: {what}", customer.id),
        address: address.to_owned(),
        key: key("base_url"),
        secret: key("client_secret"),
        who: Fixer::MicrosoftAdmin,
    }
}

fn people(customer: &Customer) -> impl Iterator<Item = &PersonRef> {
    let approval = &customer.approval;
    approval.requesters.iter().chain(&approval.approvers).chain(&approval.operators)
}

/// What Graph is asked with.
struct Directory<'a> {
    customer: &'a Customer,
    graph: &'a Graph,
    attempt: Attempt,
}

/// What reading a user came to.
struct Users {
    finding: Finding,
    somebody: Option<User>,
    /// It is Graph that answers.
    reached: bool,
}

async fn check_graph(customer: &Customer, graph: &Graph) -> Vec<Finding> {
    let settings = &customer.graph;
    let base = attempt(customer, "Graph login", ("graph", &settings.base_url));
    let (key, address) = ("customers.graph.token_url".to_owned(), settings.token_url.clone());
    let login = Attempt { key, address, secret: "customers.graph.client_id, client_secret".to_owned(), ..base.clone() };
    if let Err(error) = graph.log_in().await {
        return vec![login.failed(&error)];
    }
    let mut findings = vec![login.ok(Sentence::new("check-ok-token").with("app", &settings.client_id))];
    let directory = Directory { customer, graph, attempt: base };
    let users = directory.check_users().await;
    findings.push(users.finding);
    if !users.reached {
        return findings;
    }
    findings.extend(directory.check_groups().await);
    if let Some(user) = users.somebody {
        findings.extend([directory.check_membership(&user).await, directory.check_voice(&user).await]);
    }
    findings
}

impl Directory<'_> {
    fn attempt(&self, what: &str) -> Attempt {
        self.attempt.named(format!("{}: Graph {what}", self.customer.id))
    }

    /// A missing permission is told by its name.
    fn failed(&self, attempt: &Attempt, permission: &str, error: &OutsideError) -> Finding {
        match error.fault {
            Fault::Forbidden { .. } => {
                let what = Sentence::new("check-permission").with("permission", permission);
                attempt.wrong(what.with("app", &self.customer.graph.client_id), Fixer::MicrosoftAdmin)
            }
            _ => attempt.failed(error),
        }
    }

    /// Reads the first person of the lists, or else somebody of the first group.
    async fn check_users(&self) -> Users {
        let attempt = self.attempt("users");
        let found = |finding, somebody| Users { finding, somebody, reached: true };
        let failed = |error: OutsideError| Users {
            finding: self.failed(&attempt, READ_USERS, &error),
            somebody: None,
            reached: matches!(error.fault, Fault::Forbidden { .. }),
        };
        let upn = self.somebody().await;
        if let Some(upn) = &upn {
            match self.graph.user(upn).await {
                Ok(Some(user)) => {
                    return found(attempt.ok(Sentence::new("check-ok-users").with("upn", &user.upn)), Some(user));
                }
                Ok(None) => {}
                Err(error) => return failed(error),
            }
        }
        // Either there is no such person or nothing at all; a search finds nobody in the one case and fails in the other.
        let domain = self.customer.domains.first().map_or("invalid", String::as_str);
        let mail = upn.clone().unwrap_or_else(|| format!("nobody@{domain}"));
        match (self.graph.users_by_mail(&mail).await, upn) {
            (Ok(_), Some(upn)) => {
                let what = Sentence::new("check-user-missing").with("upn", upn);
                found(attempt.wrong(what, Fixer::BotOperator), None)
            }
            (Ok(_), None) => found(attempt.ok(Sentence::new("check-ok-users-found")), None),
            (Err(error), _) => failed(error),
        }
    }

    async fn somebody(&self) -> Option<String> {
        let listed = people(self.customer).find_map(|person| match person {
            PersonRef::Upn(upn) => Some(upn.to_string()),
            _ => None,
        });
        if listed.is_some() {
            return listed;
        }
        // A group that cannot be read has a line of its own.
        let people = self.graph.group_people(self.groups().first()?).await.unwrap_or_default();
        people.into_iter().next().map(|person| person.upn)
    }

    /// The groups of the lists, each once.
    fn groups(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = Vec::new();
        for person in people(self.customer) {
            if let PersonRef::EntraGroup(id) = person
                && !ids.contains(&id.as_str())
            {
                ids.push(id);
            }
        }
        ids
    }

    async fn check_groups(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(id) = &self.customer.graph.sync_group {
            findings.push(self.check_group("sync group", id).await);
        }
        for id in self.groups() {
            let finding = self.check_group("group", id).await;
            if finding.result.is_err() {
                findings.push(finding);
            }
        }
        findings
    }

    async fn check_group(&self, what: &str, id: &str) -> Finding {
        let attempt = self.attempt(what);
        let group = match self.graph.group(id).await {
            Ok(Some(group)) => group,
            Ok(None) => {
                return attempt.wrong(Sentence::new("check-group-missing").with("group", id), Fixer::BotOperator);
            }
            Err(error) => return self.failed(&attempt, READ_GROUPS, &error),
        };
        let all = group.is_all_company();
        let name = group.display_name.unwrap_or(group.id);
        if all && self.customer.graph.sync_group.as_deref() == Some(id) {
            return attempt.wrong(Sentence::new("check-group-all-company").with("group", name), Fixer::MicrosoftAdmin);
        }
        attempt.ok(Sentence::new("check-ok-group").with("group", name))
    }

    async fn check_membership(&self, user: &User) -> Finding {
        let attempt = self.attempt("membership");
        let groups = self.groups();
        let group = self.customer.graph.sync_group.as_deref().or(groups.first().copied());
        let asked: Vec<String> = group.into_iter().map(str::to_owned).collect();
        match self.graph.member_groups(&user.id, &asked).await {
            Ok(_) => attempt.ok(Sentence::new("check-ok-membership")),
            Err(error) => self.failed(&attempt, READ_GROUPS, &error),
        }
    }

    async fn check_voice(&self, user: &User) -> Finding {
        let attempt = self.attempt("phone settings");
        match self.graph.voice(&user.id).await {
            Ok(Some(_)) => attempt.ok(Sentence::new("check-ok-voice").with("upn", &user.upn)),
            Ok(None) => attempt.ok(Sentence::new("check-ok-voice-unknown").with("upn", &user.upn)),
            Err(error) => self.failed(&attempt, READ_VOICE, &error),
        }
    }
}

/// Reading is tried; assigning would change something.
async fn check_numbers(customer: &Customer, graph: &Graph) -> Finding {
    let base = attempt(customer, "Graph numbers", ("graph", &customer.graph.base_url));
    let directory = Directory { customer, graph, attempt: base.clone() };
    // A number that nobody has: one call, and no list of the whole tenant.
    let Ok(number) = E164::parse("+12025550100") else { return base.ok(Sentence::new("check-ok-numbers")) };
    match graph.number(&number).await {
        Ok(_) => base.ok(Sentence::new("check-ok-numbers")),
        Err(error) => directory.failed(&base, ASSIGN_NUMBERS, &error),
    }
}

async fn check_pbx(customer: &Customer, config: &config::Netsapiens, pbx: &Netsapiens) -> Vec<Finding> {
    let base = attempt(customer, "PBX", ("netsapiens", &config.base_url));
    let base = Attempt { secret: "customers.netsapiens.api_key".to_owned(), who: Fixer::PbxAdmin, ..base };
    let mut findings = match pbx.version().await {
        Ok(version) => vec![base.ok(Sentence::new("check-ok-pbx").with("version", version.apiversion))],
        Err(error) => return vec![base.failed(&error)],
    };
    let attempt = base.named(format!("{}: PBX key", customer.id));
    findings.push(match pbx.api_key().await {
        Ok(key) => check_key(&attempt, config, &key),
        // Older builds have no such question; the domain tells.
        Err(OutsideError { fault: Fault::NotFound, .. }) => attempt.ok(Sentence::new("check-ok-key-untold")),
        // Any key may ask about itself, so that even "may not" means that this is none.
        Err(OutsideError { fault: Fault::Forbidden { code } | Fault::Unauthorized { code }, .. }) => {
            let what = attempt.says("check-credential").with("code", code.unwrap_or("-".to_owned()));
            findings.push(attempt.wrong(what, Fixer::PbxAdmin));
            return findings;
        }
        Err(error) => attempt.failed(&error),
    });
    let attempt = base.named(format!("{}: PBX domain", customer.id));
    let about = |id: &str| Sentence::new(id).with("domain", &config.domain);
    findings.push(match pbx.read_domain().await {
        Ok(()) => attempt.ok(about("check-ok-domain")),
        Err(OutsideError { fault: Fault::NotFound, .. }) => {
            attempt.wrong(about("check-domain-missing"), Fixer::BotOperator)
        }
        Err(OutsideError { fault: Fault::Forbidden { .. }, .. }) => {
            attempt.wrong(about("check-domain-closed"), Fixer::PbxAdmin)
        }
        Err(error) => attempt.failed(&error),
    });
    findings
}

/// What is not told stops nothing: the first device will.
fn check_key(attempt: &Attempt, config: &config::Netsapiens, key: &ApiKey) -> Finding {
    let wrong = |what: Sentence| attempt.wrong(what.with("domain", &config.domain), Fixer::PbxAdmin);
    if key.readonly == Some(true) {
        return wrong(Sentence::new("check-key-readonly"));
    }
    let other = |domain: &&String| domain.as_str() != "*" && !domain.eq_ignore_ascii_case(&config.domain);
    if let Some(other) = key.domain.as_ref().filter(other) {
        return wrong(Sentence::new("check-key-domain").with("other", other));
    }
    if let Some(scope) = key.user_scope.as_ref().filter(|scope| !SCOPES.contains(&scope.as_str())) {
        return wrong(Sentence::new("check-key-scope").with("scope", scope));
    }
    attempt.ok(Sentence::new("check-ok-key").with("scope", key.user_scope.as_deref().unwrap_or("-")))
}

async fn check_carrier(customer: &Customer, config: &config::ConnecttoTeams, carrier: &ConnecttoTeams) -> Vec<Finding> {
    let base = attempt(customer, "ConnecttoTeams login", ("connecttoteams", &config.base_url));
    let secret = "customers.connecttoteams.client_id, client_secret, username, password".to_owned();
    let login = Attempt { secret, who: Fixer::PortalOperator, ..base };
    match carrier.log_in().await {
        Ok(()) => {}
        // The address of the login is made of the base URL: 404 speaks about that.
        Err(OutsideError { fault: Fault::Credential { code }, .. }) if code.as_deref() != Some("404") => {
            let what = Sentence::new("check-carrier-login").with("code", code.as_deref().unwrap_or("-"));
            return vec![login.wrong(what.with("username", &config.username), Fixer::PortalOperator)];
        }
        Err(error) => return vec![login.failed(&error)],
    }
    let who = match carrier.authenticated_user().await {
        Ok(who) => who,
        Err(error) => return vec![login.failed(&error)],
    };
    let mut findings = vec![login.ok(Sentence::new("check-ok-carrier").with("username", &who.username))];
    if config.voice_routes.is_empty() {
        return findings;
    }
    let attempt = login.named(format!("{}: ConnecttoTeams voice routes", customer.id));
    findings.push(match carrier.voice_routes(who.reseller_id).await {
        Ok(gateways) => {
            let known = |id: u64| gateways.iter().any(|gateway| gateway.sbc_gateway_id == id);
            let missing = config.voice_routes.iter().filter(|route| !known(route.sbc_gateway_id));
            let missing: Vec<String> = missing.map(|r| format!("{} ({})", r.name, r.sbc_gateway_id)).collect();
            if missing.is_empty() {
                let routes: Vec<&str> = config.voice_routes.iter().map(|route| route.name.as_str()).collect();
                attempt.ok(Sentence::new("check-ok-routes").with("routes", routes.join(", ")))
            } else {
                let what = Sentence::new("check-routes-missing").with("routes", missing.join(", "));
                attempt.wrong(what, Fixer::BotOperator)
            }
        }
        Err(error) => attempt.failed(&error),
    });
    findings
}
