//! What Teams knows about a user's line. A licence takes up to a day to get there.

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use super::{Graph, VOICE_ROUTING_POLICY, known};
use crate::outside::{Fault, OutsideError};

/// What Teams knows about a user's line
/// (<https://learn.microsoft.com/graph/api/resources/teamsadministration-teamsuserconfiguration>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoiceState {
    /// Calling is enabled.
    pub enterprise_voice: bool,
    /// The numbers.
    pub numbers: Vec<TeamsNumber>,
    /// `user`, `resourceAccount`, `guest`, `ineligibleUser`, …
    pub account_type: Option<String>,
    /// `Teams`, `PhoneSystem`, `CallingPlan`, …
    pub feature_types: Vec<String>,
    /// The policies in force.
    pub policies: Vec<Policy>,
}

/// One number of a user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TeamsNumber {
    /// With its `+`.
    #[serde(rename = "telephoneNumber")]
    pub number: String,
    /// `primary`, `private` or `alternate`.
    #[serde(rename = "assignmentCategory")]
    pub category: Option<String>,
}

/// One policy in force for a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Such as `OnlineVoiceRoutingPolicy`.
    pub policy_type: String,
    /// Its name; `None` for the tenant's default.
    pub name: Option<String>,
    /// Its id, as it is assigned by.
    pub id: Option<String>,
    /// The user has it through a group (`assignmentType` `group`), not by an assignment of their own.
    pub by_group: bool,
}

impl VoiceState {
    /// The voice routing policy in force, if Teams shows one.
    pub fn voice_routing(&self) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.policy_type == VOICE_ROUTING_POLICY)
    }
}

impl Graph {
    /// What Teams knows about a user's line; `None` while Teams does not know the user (yet).
    pub async fn voice(&self, user_id: &str) -> Result<Option<VoiceState>, OutsideError> {
        let url = self.0.endpoint.at(&["admin", "teams", "userConfigurations", user_id])?;
        // Without this header `ineligibleUser` reads `unknownFutureValue`.
        let request = || self.request(Method::GET, &url).header("Prefer", "include-unknown-enum-members");
        let Some(answer) = known(self.0.read(request).await)? else { return Ok(None) };
        let garbled = |_| self.0.endpoint.error(Fault::Garbled);
        let mut body: Value = answer.json()?;
        // The documentation's samples wrap the object, the service does not.
        let body = body.get_mut("value").filter(|value| value.is_object()).map(Value::take).unwrap_or(body);
        serde_json::from_value::<VoiceJson>(body).map(|voice| Some(voice.into())).map_err(garbled)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VoiceJson {
    is_enterprise_voice_enabled: Option<bool>,
    telephone_numbers: Option<Vec<TeamsNumber>>,
    account_type: Option<String>,
    feature_types: Option<Vec<String>>,
    effective_policy_assignments: Option<Vec<PolicyJson>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicyJson {
    policy_type: String,
    policy_assignment: Option<AssignmentJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssignmentJson {
    display_name: Option<String>,
    policy_id: Option<String>,
    assignment_type: Option<String>,
}

impl From<VoiceJson> for VoiceState {
    fn from(json: VoiceJson) -> Self {
        let policy = |policy: PolicyJson| {
            let assigned = policy.policy_assignment;
            let by_group = assigned.as_ref().is_some_and(|a| a.assignment_type.as_deref() == Some("group"));
            let (name, id) = assigned.map(|a| (a.display_name, a.policy_id)).unwrap_or_default();
            Policy { policy_type: policy.policy_type, name, id, by_group }
        };
        Self {
            enterprise_voice: json.is_enterprise_voice_enabled.unwrap_or(false),
            numbers: json.telephone_numbers.unwrap_or_default(),
            account_type: json.account_type,
            feature_types: json.feature_types.unwrap_or_default(),
            policies: json.effective_policy_assignments.unwrap_or_default().into_iter().map(policy).collect(),
        }
    }
}
