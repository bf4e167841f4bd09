//! Microsoft Graph v1.0: who somebody is, which groups they are in, and what Teams knows about their phone line.
//!
//! A licence takes up to a day to reach Teams: until then [`Graph::voice`] says `None`. An empty answer and a missing
//! permission are different things: the latter is `Forbidden` and must never be read as "is not a member".

mod numbers;
mod voice;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::http::{Answer, Endpoint, Patience, encoded, is_loopback};
use super::token::Guarded;
use super::{ClientCredentials, Fault, OutsideError, SetupError, System, TokenSource};
use crate::clock::SharedClock;
use crate::config;

pub use numbers::{Assignee, NumberAssignment, OperationStatus, UNNAMED, VOICE_ROUTING_POLICY};
pub use voice::{Policy, TeamsNumber, VoiceState};

/// Service plans (<https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference>).
const MCOEV: &str = "4828c8ec-dc2e-4779-b502-87ac9ce28ab7";
const MCOEV_GOV: &str = "db23fce2-a974-42ef-9002-d78dd42a0f22";
const MCOEV_VIRTUALUSER: &str = "f47330e9-c134-43b3-9993-e7f004506889";
const TEAMS1: &str = "57ff2da0-773e-42df-b2af-ffb7a2317929";
/// Microsoft's calling plans: MCOPSTN1, MCOPSTN2 and MCOPSTN5.
const CALLING_PLANS: [&str; 3] = [
    "4ed3ff63-69d7-4fb7-b984-5aec7f605ca8",
    "5a10155d-f5c1-411a-a8ec-e99aae125390",
    "54a152dc-90de-4996-93d2-bc47e670fc06",
];

/// Graph leaves most of these out unless they are asked for by name.
const USER_FIELDS: &str = "id,displayName,givenName,surname,userPrincipalName,mail,accountEnabled,userType,\
    usageLocation,assignedPlans,onPremisesSyncEnabled";

/// `checkMemberGroups` takes this many ids (<https://learn.microsoft.com/graph/api/directoryobject-checkmembergroups>).
const GROUPS_PER_CALL: usize = 20;
const PAGES: usize = 5;

/// The status of a change that Graph made.
const NO_CONTENT: u16 = 204;

/// Somebody in the directory (<https://learn.microsoft.com/graph/api/resources/user>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The Entra object id.
    pub id: String,
    /// What people see.
    pub display_name: Option<String>,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub surname: Option<String>,
    /// The user principal name, in the directory's own spelling.
    pub upn: String,
    /// The main e-mail address.
    pub mail: Option<String>,
    /// Whether they may sign in; `None` when Graph does not say.
    pub account_enabled: Option<bool>,
    /// `Member` or `Guest`.
    pub user_type: Option<String>,
    /// The country of their licences.
    pub usage_location: Option<String>,
    /// The parts of their licences.
    pub assigned_plans: Vec<Plan>,
    /// Synced from a directory of the customer's own; `Some(false)`: not any more; `None`: never.
    pub on_premises_sync: Option<bool>,
}

/// One service plan of a licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Which one, a GUID.
    pub service_plan_id: String,
    /// `Enabled`, `Warning`, `Suspended`, `Deleted` or `LockedOut`.
    pub capability_status: String,
    /// When it was assigned.
    pub assigned_at: Option<Timestamp>,
}

/// Whether a user's licences hold Teams Phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhoneSystem {
    /// Enabled.
    Usable,
    /// In its grace period: it works and is about to end.
    Grace,
    /// There, but with this status.
    Unusable(String),
    /// Not there.
    Missing,
}

impl User {
    /// Teams Phone among the plans. A plan may be listed twice, deleted and enabled: any usable entry wins.
    pub fn phone_system(&self) -> PhoneSystem {
        self.usability(&[MCOEV, MCOEV_GOV])
    }

    /// Since when it is as [`User::phone_system`] says, where the directory tells.
    pub fn phone_system_since(&self) -> Option<Timestamp> {
        let plans: Vec<&Plan> = self.plans(&[MCOEV, MCOEV_GOV]).collect();
        let of = |status: &str| plans.iter().filter(|p| p.capability_status == status).find_map(|p| p.assigned_at);
        match self.phone_system() {
            PhoneSystem::Usable => of("Enabled"),
            PhoneSystem::Grace => of("Warning"),
            PhoneSystem::Unusable(status) => of(&status),
            PhoneSystem::Missing => None,
        }
    }

    /// The same for Teams itself, of the editions for companies; others have other plans.
    pub fn teams(&self) -> PhoneSystem {
        self.usability(&[TEAMS1])
    }

    fn usability(&self, plans: &[&str]) -> PhoneSystem {
        let statuses: Vec<&str> = self.statuses(plans).collect();
        match statuses.first() {
            None => PhoneSystem::Missing,
            Some(_) if statuses.contains(&"Enabled") => PhoneSystem::Usable,
            Some(_) if statuses.contains(&"Warning") => PhoneSystem::Grace,
            Some(first) => PhoneSystem::Unusable((*first).to_owned()),
        }
    }

    /// A usable licence for resource accounts, which makes this no person.
    pub fn has_virtual_user_plan(&self) -> bool {
        self.statuses(&[MCOEV_VIRTUALUSER]).any(|status| matches!(status, "Enabled" | "Warning"))
    }

    /// A usable calling plan of Microsoft, as Business Voice with a US calling plan has one.
    pub fn has_calling_plan(&self) -> bool {
        self.statuses(&CALLING_PLANS).any(|status| matches!(status, "Enabled" | "Warning"))
    }

    fn plans<'a>(&'a self, plans: &'a [&str]) -> impl Iterator<Item = &'a Plan> {
        let wanted = move |plan: &&Plan| plans.iter().any(|id| plan.service_plan_id.eq_ignore_ascii_case(id));
        self.assigned_plans.iter().filter(wanted)
    }

    fn statuses<'a>(&'a self, plans: &'a [&str]) -> impl Iterator<Item = &'a str> {
        self.plans(plans).map(|plan| plan.capability_status.as_str())
    }
}

/// A group (<https://learn.microsoft.com/graph/api/resources/group>).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupInfo {
    /// Its object id.
    pub id: String,
    /// What people see.
    pub display_name: Option<String>,
    /// The name part of its address.
    pub mail_nickname: Option<String>,
    /// `Unified` among them: a group of Microsoft 365, and so of every team.
    #[serde(default)]
    pub group_types: Option<Vec<String>>,
}

impl GroupInfo {
    /// Microsoft's default group of everybody.
    pub fn is_all_company(&self) -> bool {
        let plain = |name: &Option<String>| name.as_ref().map(|name| name.to_lowercase().replace(' ', ""));
        [&self.display_name, &self.mail_nickname].map(plain).contains(&Some("allcompany".to_owned()))
    }

    /// A group of Microsoft 365 or of a team.
    pub fn is_unified(&self) -> bool {
        self.group_types.iter().flatten().any(|kind| kind == "Unified")
    }
}

/// Somebody in a group.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Brief {
    /// The Entra object id.
    pub id: String,
    /// What people see.
    pub display_name: Option<String>,
    /// The user principal name.
    #[serde(rename = "userPrincipalName")]
    pub upn: String,
}

/// The client of one customer's directory.
#[derive(Debug)]
pub struct Graph(Guarded);

impl Graph {
    /// Builds the client. Nothing is sent yet.
    pub fn new(config: &config::Graph, clock: SharedClock) -> Result<Self, SetupError> {
        Self::with_patience(config, clock, Patience::default())
    }

    pub(crate) fn with_patience(
        config: &config::Graph,
        clock: SharedClock,
        patience: Patience,
    ) -> Result<Self, SetupError> {
        let endpoint = Endpoint::new(System::Graph, &config.base_url, clock.clone(), patience)?;
        let login = ClientCredentials {
            client_id: config.client_id.clone(),
            secret: config.client_secret.clone(),
            scope: scope(endpoint.base()),
        };
        let tokens = TokenSource::client(Endpoint::new(System::Graph, &config.token_url, clock, patience)?, login);
        Ok(Self(Guarded { endpoint, tokens }))
    }

    /// How many calls were answered with anything but a transient fault, so far.
    pub fn answers(&self) -> u64 {
        self.0.endpoint.answers()
    }

    /// Makes sure that there is a token.
    pub async fn log_in(&self) -> Result<(), OutsideError> {
        self.0.tokens.token().await.map(drop)
    }

    /// Somebody by UPN or object id; `None` if there is nobody.
    pub async fn user(&self, upn_or_id: &str) -> Result<Option<User>, OutsideError> {
        let url = if upn_or_id.starts_with('$') {
            // Graph would take it for a query option: the key goes into quotes then.
            let key = encoded(&upn_or_id.replace('\'', "''")).unwrap_or_default();
            self.0.endpoint.under(&format!("users('{key}')"))
        } else {
            self.0.endpoint.at(&["users", upn_or_id])
        };
        let found = match url {
            Ok(url) => known(self.get(url, &[("$select", USER_FIELDS)]).await)?,
            Err(error) => known(Err(error))?,
        };
        Ok(found.map(|answer| answer.json::<UserJson>()).transpose()?.map(User::from))
    }

    /// Everybody to whom this e-mail address belongs, at most one page.
    pub async fn users_by_mail(&self, mail: &str) -> Result<Vec<User>, OutsideError> {
        let quoted = mail.replace('\'', "''");
        let filter = format!("mail eq '{quoted}' or proxyAddresses/any(p:p eq 'smtp:{quoted}')");
        let url = self.0.endpoint.at(&["users"])?;
        let query = [("$filter", filter.as_str()), ("$count", "true"), ("$select", USER_FIELDS)];
        let request = || self.request(Method::GET, &url).query(&query).header("ConsistencyLevel", "eventual");
        let found: List<UserJson> = self.0.read(request).await?.json()?;
        Ok(found.value.into_iter().map(User::from).collect())
    }

    /// Which of these groups somebody is in, directly or through other groups. Nobody is in none.
    pub async fn member_groups(&self, id: &str, groups: &[String]) -> Result<Vec<String>, OutsideError> {
        let mut member = Vec::new();
        for asked in groups.chunks(GROUPS_PER_CALL) {
            let url = self.0.endpoint.at(&["users", id, "checkMemberGroups"])?;
            let body = json!({ "groupIds": asked });
            let answer = known(self.0.read(|| self.request(Method::POST, &url).json(&body)).await)?;
            let Some(answer) = answer else { return Ok(Vec::new()) };
            let told: List<String> = answer.json()?;
            // Only what was asked for counts, in the caller's spelling.
            let is_told = |group: &&String| told.value.iter().any(|id| id.eq_ignore_ascii_case(group));
            member.extend(asked.iter().filter(is_told).cloned());
        }
        Ok(member)
    }

    /// Puts somebody into a group. `Refused` with 400 where they are in it already, and where the group takes nobody by hand.
    /// <https://learn.microsoft.com/graph/api/group-post-members>
    pub async fn add_member(&self, group: &str, user_id: &str) -> Result<(), OutsideError> {
        let group = encoded(group).ok_or_else(|| self.0.endpoint.error(Fault::NotFound))?;
        let url = self.0.endpoint.under(&format!("groups/{group}/members/$ref"))?;
        let member = self.0.endpoint.at(&["directoryObjects", user_id])?;
        let body = serde_json::json!({ "@odata.id": member.as_str() });
        self.0.write(|| self.request(Method::POST, &url).json(&body)).await?.accepts(NO_CONTENT)
    }

    /// A group by object id; `None` if there is none.
    pub async fn group(&self, id: &str) -> Result<Option<GroupInfo>, OutsideError> {
        let url = self.0.endpoint.at(&["groups", id])?;
        let found = known(self.get(url, &[("$select", "id,displayName,mailNickname,groupTypes")]).await)?;
        found.map(|answer| answer.json()).transpose()
    }

    /// The people of a group and of the groups in it, at most the first five pages (about 5,000).
    pub async fn group_people(&self, id: &str) -> Result<Vec<Brief>, OutsideError> {
        let url = self.0.endpoint.at(&["groups", id, "transitiveMembers", "microsoft.graph.user"])?;
        let query = [("$select", "id,displayName,userPrincipalName"), ("$top", "999")];
        let mut page: List<Brief> = self.get(url, &query).await?.json()?;
        let mut people = page.value;
        for _ in 1..PAGES {
            let Some(next) = page.next else { return Ok(people) };
            page = self.get(self.ours(&next)?, &[]).await?.json()?;
            people.append(&mut page.value);
        }
        if page.next.is_some() {
            tracing::warn!(read = people.len(), "a group has more people than are read");
        }
        Ok(people)
    }

    /// A link that Graph gave, if it stays with Graph.
    fn ours(&self, link: &str) -> Result<Url, OutsideError> {
        let url = Url::parse(link).ok().filter(|url| url.origin() == self.0.endpoint.base().origin());
        url.ok_or_else(|| self.0.endpoint.error(Fault::Garbled))
    }

    async fn get(&self, url: Url, query: &[(&str, &str)]) -> Result<Answer, OutsideError> {
        let url = with_query(url, query);
        self.0.read(|| self.request(Method::GET, &url)).await
    }

    fn request(&self, method: Method, url: &Url) -> RequestBuilder {
        self.0.endpoint.request(method, url.clone()).header("client-request-id", Uuid::new_v4().to_string())
    }
}

/// What may stand in a query as it is. OData writes `$select=id,displayName`; form encoding would hide the `$`.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b',').remove(b'(').remove(b')');

fn with_query(mut url: Url, query: &[(&str, &str)]) -> Url {
    if !query.is_empty() {
        let pairs = query.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, PLAIN)));
        url.set_query(Some(&pairs.collect::<Vec<_>>().join("&")));
    }
    url
}

/// The origin of the base URL with `/.default`; a loopback server stands in for the public cloud.
fn scope(base: &Url) -> String {
    let origin =
        if is_loopback(base) { "https://graph.microsoft.com".to_owned() } else { base.origin().ascii_serialization() };
    format!("{origin}/.default")
}

fn known(answer: Result<Answer, OutsideError>) -> Result<Option<Answer>, OutsideError> {
    match answer {
        Err(OutsideError { fault: Fault::NotFound, .. }) => Ok(None),
        answer => answer.map(Some),
    }
}

#[derive(Deserialize)]
struct List<T> {
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserJson {
    id: String,
    display_name: Option<String>,
    given_name: Option<String>,
    surname: Option<String>,
    user_principal_name: String,
    mail: Option<String>,
    account_enabled: Option<bool>,
    user_type: Option<String>,
    usage_location: Option<String>,
    assigned_plans: Option<Vec<PlanJson>>,
    on_premises_sync_enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlanJson {
    service_plan_id: Option<String>,
    capability_status: Option<String>,
    assigned_date_time: Option<String>,
}

impl From<UserJson> for User {
    fn from(json: UserJson) -> Self {
        let plan = |plan: PlanJson| {
            let capability_status = plan.capability_status.unwrap_or_default();
            let assigned_at = plan.assigned_date_time.and_then(|at| at.parse().ok());
            Some(Plan { service_plan_id: plan.service_plan_id?, capability_status, assigned_at })
        };
        Self {
            id: json.id,
            display_name: json.display_name,
            given_name: json.given_name,
            surname: json.surname,
            upn: json.user_principal_name,
            mail: json.mail,
            account_enabled: json.account_enabled,
            user_type: json.user_type,
            usage_location: json.usage_location,
            assigned_plans: json.assigned_plans.unwrap_or_default().into_iter().filter_map(plan).collect(),
            on_premises_sync: json.on_premises_sync_enabled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_follows_the_cloud_and_loopback_stands_for_the_public_one() {
        for (base, scope_of_it) in [
            ("https://graph.microsoft.com/v1.0", "https://graph.microsoft.com/.default"),
            ("https://graph.microsoft.us/v1.0", "https://graph.microsoft.us/.default"),
            ("https://microsoftgraph.chinacloudapi.cn/v1.0", "https://microsoftgraph.chinacloudapi.cn/.default"),
            ("http://127.0.0.1:4010/graph/v1.0", "https://graph.microsoft.com/.default"),
            ("http://localhost:4010/v1.0", "https://graph.microsoft.com/.default"),
        ] {
            assert_eq!(scope(&Url::parse(base).unwrap()), scope_of_it, "{base}");
        }
    }
}
