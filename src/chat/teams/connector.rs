//! The Connector's REST interface as far as the bot needs it
//! (<https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference>).
//!
//! Every call goes to the address that came with the conversation, and only after [`ServiceHosts`] has let that address pass:
//! the token that travels along speaks for the bot. Pacing and retries belong to the caller, who keeps what must be sent; only a
//! refused token is renewed and the call repeated, once, here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use dashmap::DashSet;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::{Client, Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::errors::{ChatError, retry_after};
use super::hosts::ServiceHosts;
use super::message::Activity;
use super::token::BotToken;
use crate::chat::wire::{self, ReadError, held_back};
use crate::chat::{Permit, Stage};
use crate::clock::SharedClock;
use crate::config::{Authentication, Secret, Teams};
use crate::domain::{Person, Place, PlaceKind, Surface};

const TIMEOUT: Duration = Duration::from_secs(15);
const LONGEST_ANSWER: usize = 256 * 1024;
const MOST_PAGES: usize = 10;
/// All but the unreserved characters of RFC 3986.
const IN_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// <https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages>
const GOVERNMENT: &str = "https://smba.infra.gcc.teams.microsoft.com/teams";

/// The client.
pub struct Connector {
    http: Client,
    hosts: ServiceHosts,
    /// `28:` and the app id.
    bot: String,
    /// `None`: authentication is switched off, no token is sent.
    token: Option<Arc<dyn BotToken>>,
    clock: SharedClock,
    /// Where conversations of the government community cloud are served.
    government: String,
    /// Conversations that turned out to be served there.
    moved: DashSet<String>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("hosts", &self.hosts).field("bot", &self.bot).finish_non_exhaustive()
    }
}

/// Somebody in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// `29:…`.
    pub chat_id: String,
    /// Entra object id.
    pub object_id: Option<String>,
    /// Display name.
    pub name: String,
    /// User principal name as the service tells it.
    pub upn: Option<String>,
    /// Their tenant.
    pub tenant: Option<String>,
}

/// The spellings differ between endpoints, and an endpoint may send two of them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MemberAnswer {
    id: String,
    name: Option<String>,
    object_id: Option<String>,
    aad_object_id: Option<String>,
    user_principal_name: Option<String>,
    email: Option<String>,
    tenant_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    members: Vec<MemberAnswer>,
    continuation_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    id: String,
    service_url: Option<String>,
}

#[derive(Serialize)]
struct Outgoing<'a> {
    #[serde(flatten)]
    activity: &'a Activity,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    from: Value,
    conversation: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<Value>,
}

struct Call<'a> {
    method: Method,
    address: &'a str,
    path: &'a [&'a str],
    query: &'a [(&'a str, &'a str)],
    body: Option<Vec<u8>>,
    /// The body leaves only with this.
    permit: Option<&'a Permit>,
}

impl<'a> Call<'a> {
    fn new(method: Method, address: &'a str, path: &'a [&'a str]) -> Self {
        Self { method, address, path, query: &[], body: None, permit: None }
    }
}

const TARGETED: &[(&str, &str)] = &[("isTargetedActivity", "true")];

impl Connector {
    /// Fails only when no HTTP client can be made.
    pub fn new(teams: &Teams, token: Arc<dyn BotToken>, clock: SharedClock) -> Result<Self, reqwest::Error> {
        let token = (teams.authentication != Authentication::None).then_some(token);
        let (http, hosts) = (wire::client(TIMEOUT)?, ServiceHosts::new(teams));
        let (government, moved) = (GOVERNMENT.to_owned(), DashSet::new());
        Ok(Self { http, hosts, bot: format!("28:{}", teams.app_id), token, clock, government, moved })
    }

    /// Posts a message; in a channel into the thread that the place names. `None`: the service gave no id to rewrite it by.
    pub async fn send(&self, place: &Place, activity: &Activity, permit: &Permit) -> Result<Option<String>, ChatError> {
        let body = self.outgoing(place, activity, None, None)?;
        let path = ["v3", "conversations", &place.conversation, "activities"];
        let call = Call::new(Method::POST, &place.address, &path);
        posted(&self.call(Call { body: Some(body), permit: Some(permit), ..call }).await?)
    }

    /// Posts a message that only `recipient` sees, for 24 h.
    pub async fn send_targeted(
        &self,
        (place, recipient): (&Place, &Person),
        activity: &Activity,
        permit: &Permit,
    ) -> Result<Option<String>, ChatError> {
        let recipient = json!({"id": recipient.chat_id, "name": recipient.name, "isTargeted": true});
        let body = self.outgoing(place, activity, None, Some(recipient))?;
        let path = ["v3", "conversations", &place.conversation, "activities"];
        let call = Call::new(Method::POST, &place.address, &path);
        posted(&self.call(Call { query: TARGETED, body: Some(body), permit: Some(permit), ..call }).await?)
    }

    /// Rewrites a message.
    pub async fn update(
        &self,
        (place, id): (&Place, &str),
        activity: &Activity,
        permit: &Permit,
    ) -> Result<(), ChatError> {
        let body = self.outgoing(place, activity, Some(id), None)?;
        let path = ["v3", "conversations", &place.conversation, "activities", id];
        let call = Call::new(Method::PUT, &place.address, &path);
        self.call(Call { body: Some(body), permit: Some(permit), ..call }).await.map(drop)
    }

    /// Takes a message back.
    pub async fn delete(&self, place: &Place, id: &str) -> Result<(), ChatError> {
        let path = ["v3", "conversations", &place.conversation, "activities", id];
        self.call(Call::new(Method::DELETE, &place.address, &path)).await.map(drop)
    }

    /// Opens the personal chat with a member (`29:…`), at the address and in the tenant of `near`, a place that both share.
    pub async fn create_personal(&self, near: &Place, member_id: &str) -> Result<Place, ChatError> {
        let tenant = &near.tenant;
        let body = json!({
            "members": [{"id": member_id}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        });
        let body = Some(body.to_string().into_bytes());
        let path = ["v3", "conversations"];
        let call = Call { body, ..Call::new(Method::POST, &near.address, &path) };
        let created: Created = parse(&self.call(call).await?)?;
        // The answer may name another address; one that is not allowed is not taken over.
        let address = created.service_url.filter(|address| self.hosts.allows(address));
        Ok(Place {
            surface: Surface::Teams,
            conversation: created.id,
            kind: PlaceKind::Personal,
            address: address.unwrap_or_else(|| near.address.clone()),
            tenant: tenant.clone(),
        })
    }

    /// Who is in a conversation: at most 2000, in pages of 200.
    pub async fn members(&self, place: &Place) -> Result<Vec<Member>, ChatError> {
        let path = ["v3", "conversations", &place.conversation, "pagedmembers"];
        let (mut members, mut next) = (Vec::new(), None::<String>);
        for _ in 0..MOST_PAGES {
            let mut query = vec![("pageSize", "200")];
            query.extend(next.as_deref().map(|token| ("continuationToken", token)));
            let call = Call { query: &query, ..Call::new(Method::GET, &place.address, &path) };
            let page: Page = parse(&self.call(call).await?)?;
            members.extend(page.members.into_iter().map(Member::from));
            next = page.continuation_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(members);
            }
        }
        tracing::warn!(read = members.len(), "the conversation has more members than are read");
        Ok(members)
    }

    /// One member by `29:…` or by Entra object id; `None` when they are not in the conversation.
    pub async fn member(&self, place: &Place, id: &str) -> Result<Option<Member>, ChatError> {
        let path = ["v3", "conversations", &place.conversation, "members", id];
        let call = Call::new(Method::GET, &place.address, &path);
        match self.call(call).await {
            Ok(answer) => parse::<MemberAnswer>(&answer).map(|member| Some(member.into())),
            Err(ChatError::Unlisted { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn outgoing(
        &self,
        place: &Place,
        activity: &Activity,
        id: Option<&str>,
        recipient: Option<Value>,
    ) -> Result<Vec<u8>, ChatError> {
        let (from, conversation) = (json!({"id": self.bot}), json!({"id": place.conversation}));
        let outgoing = Outgoing { activity, id, from, conversation, recipient };
        serde_json::to_vec(&outgoing).map_err(|_| ChatError::Payload { code: "not JSON".to_owned() })
    }

    /// One call; where the conversation turns out to live in the government community cloud, once more there. That host
    /// has to be on the list of service hosts like any other.
    async fn call(&self, mut call: Call<'_>) -> Result<Vec<u8>, ChatError> {
        let conversation = call.path.get(2).copied().unwrap_or_default();
        if self.moved.contains(conversation) {
            call.address = &self.government;
        }
        match self.authorized(&call).await {
            Err(ChatError::WrongHost) if call.address != self.government && self.hosts.allows(&self.government) => {
                self.moved.insert(conversation.to_owned());
                call.address = &self.government;
                self.authorized(&call).await
            }
            answer => answer,
        }
    }

    /// One call; after a 401 once more with a new token.
    async fn authorized(&self, call: &Call<'_>) -> Result<Vec<u8>, ChatError> {
        let url = self.url(call)?;
        let Some(source) = &self.token else { return self.once(call, &url, None).await };
        let token = source.token().await?;
        match self.once(call, &url, Some(&token)).await {
            Err(ChatError::Unauthorized { .. }) => {
                source.invalidate(&token).await;
                let token = source.token().await?;
                self.once(call, &url, Some(&token)).await
            }
            answer => answer,
        }
    }

    fn url(&self, call: &Call<'_>) -> Result<String, ChatError> {
        if !self.hosts.allows(call.address) {
            return Err(ChatError::ForeignHost);
        }
        let mut url = call.address.trim_end_matches('/').to_owned();
        for segment in call.path {
            // URL parsers take these for steps in the path, percent-encoded or not.
            if matches!(*segment, "" | "." | "..") {
                return Err(ChatError::Payload { code: "not an id".to_owned() });
            }
            url.push('/');
            url.extend(utf8_percent_encode(segment, IN_SEGMENT));
        }
        Ok(url)
    }

    async fn once(&self, call: &Call<'_>, url: &str, token: Option<&Secret>) -> Result<Vec<u8>, ChatError> {
        let mut request = self.http.request(call.method.clone(), url).query(call.query);
        if let Some(token) = token {
            request = request.bearer_auth(token.expose());
        }
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json");
            request = match call.permit {
                Some(permit) => request.header(CONTENT_LENGTH, body.len()).body(held_back(body.clone(), permit)),
                None => request.body(body.clone()),
            };
        }
        let response = request.send().await.map_err(|error| match (call.permit.map(Permit::stage), error) {
            (_, error) if error.is_builder() => ChatError::Payload { code: "not a request".to_owned() },
            (Some(Stage::Refused), _) => ChatError::Withheld,
            (Some(Stage::Unasked | Stage::Granted), _) => ChatError::Unreachable,
            (_, error) if error.is_connect() => ChatError::Unreachable,
            _ => ChatError::Unknown,
        })?;
        let (status, wait) = (response.status(), retry_after(response.headers(), self.clock.now()));
        let body = wire::read(response, LONGEST_ANSWER).await;
        if !status.is_success() {
            if let Some(permit) = call.permit {
                permit.take_back();
            }
            return Err(ChatError::from_answer(status, &body.unwrap_or_default(), wait));
        }
        let body = body.map_err(|error| match error {
            ReadError::Broken => ChatError::Unknown,
            ReadError::TooLong => unreadable(status),
        })?;
        if body.trim_ascii_start().starts_with(b"<") { Err(ChatError::WebPage) } else { Ok(body) }
    }
}

fn unreadable(status: StatusCode) -> ChatError {
    ChatError::Unlisted { status: status.as_u16(), code: "unreadable".to_owned() }
}

fn parse<'a, T: Deserialize<'a>>(answer: &'a [u8]) -> Result<T, ChatError> {
    serde_json::from_slice(answer).map_err(|_| unreadable(StatusCode::OK))
}

/// The id of a new message. It is posted whatever the answer says; only where it says nothing at all, that is unknown.
fn posted(answer: &[u8]) -> Result<Option<String>, ChatError> {
    if answer.trim_ascii().is_empty() { Err(ChatError::Unknown) } else { Ok(id_of(answer)) }
}

fn id_of(answer: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    answer.get("id")?.as_str().filter(|id| !id.is_empty()).map(str::to_owned)
}

impl From<MemberAnswer> for Member {
    fn from(answer: MemberAnswer) -> Self {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        Self {
            chat_id: answer.id,
            object_id: filled(answer.aad_object_id).or(filled(answer.object_id)),
            name: answer.name.unwrap_or_default(),
            upn: filled(answer.user_principal_name).or(filled(answer.email)),
            tenant: filled(answer.tenant_id),
        }
    }
}

#[cfg(test)]
mod tests;
