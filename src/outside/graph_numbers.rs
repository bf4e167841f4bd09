//! Microsoft Graph v1.0: who has which telephone number, assigning one, and assigning a policy.
//!
//! An assignment is a long-running operation: Graph accepts it and tells where to look. It may have been accepted
//! although its answer never came; then the number says so (`assignmentPending`), and so must be read before the next
//! try. What Graph answers as a place to look is used only if it stays with Graph.
//!
//! <https://learn.microsoft.com/graph/api/teamsadministration-numberassignment-assignnumber>,
//! <https://learn.microsoft.com/graph/api/teamsadministration-telephonenumberlongrunningoperation-get>,
//! <https://learn.microsoft.com/graph/api/resources/teamsadministration-teamspolicyuserassignment>

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::graph::{Graph, List};
use super::{Fault, OutsideError};
use crate::domain::E164;

/// `$top` of the list of numbers; its page size goes up to 1000.
const PAGE: usize = 1000;
const PAGES: usize = 5;

/// The type of the policy that leads calls to the customer's own session border controllers.
pub const VOICE_ROUTING_POLICY: &str = "OnlineVoiceRoutingPolicy";

/// A telephone number as Teams holds it
/// (<https://learn.microsoft.com/graph/api/resources/teamsadministration-numberassignment>).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NumberAssignment {
    /// With its `+`.
    pub telephone_number: String,
    /// The object id of whoever has it.
    pub assignment_target_id: Option<String>,
    /// `unassigned`, `userAssigned`, `voiceApplicationAssigned`, …
    pub assignment_status: Option<String>,
    /// `activated`, `assignmentPending`, `assignmentFailed`, …
    pub activation_state: Option<String>,
}

impl NumberAssignment {
    /// Who has it or is about to; `None`: nobody.
    pub fn holder(&self) -> Option<&str> {
        let free = self.assignment_status.as_deref() == Some("unassigned");
        let failed = self.activation_state.as_deref() == Some("assignmentFailed");
        if free || failed { None } else { Some(self.assignment_target_id.as_deref().unwrap_or("-")) }
    }
}

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationStatus {
    /// Not started, running, or something that Graph did not tell at the time of writing.
    UnderWay,
    /// Done.
    Succeeded,
    /// Failed or skipped: it will not be done.
    Failed,
}

impl Graph {
    /// What Teams knows about a number; `None`: nothing, so that nobody has it.
    pub async fn number(&self, number: &E164) -> Result<Option<NumberAssignment>, OutsideError> {
        let filter = format!("telephoneNumber eq '{}'", number.as_str());
        let page = self.numbers(&[("$filter", &filter)]).await?;
        let bare = |number: &str| number.trim_start_matches('+').to_owned();
        Ok(page.value.into_iter().find(|found| bare(&found.telephone_number) == bare(number.as_str())))
    }

    /// The numbers of the tenant, at most the first five pages (5,000).
    pub async fn all_numbers(&self) -> Result<Vec<NumberAssignment>, OutsideError> {
        let mut all = Vec::new();
        for page in 0..PAGES {
            let (top, skip) = (PAGE.to_string(), (page * PAGE).to_string());
            let found = self.numbers(&[("$top", &top), ("$skip", &skip)]).await?.value;
            let last = found.len() < PAGE;
            all.extend(found);
            if last {
                return Ok(all);
            }
        }
        tracing::warn!(read = all.len(), "the tenant has more numbers than are read");
        Ok(all)
    }

    async fn numbers(&self, query: &[(&str, &str)]) -> Result<List<NumberAssignment>, OutsideError> {
        let url = self.endpoint().at(&["admin", "teams", "telephoneNumberManagement", "numberAssignments"])?;
        self.get(url, query).await?.json()
    }

    /// Asks for a direct-routing number for a user; where to look how far that is. Sent once: read before you repeat it.
    pub async fn assign_number(&self, number: &E164, user_id: &str) -> Result<String, OutsideError> {
        let path = ["admin", "teams", "telephoneNumberManagement", "numberAssignments", "assignNumber"];
        let url = self.endpoint().at(&path)?;
        let body = json!({
            "telephoneNumber": number.as_str().trim_start_matches('+'),
            "assignmentTargetId": user_id,
            "numberType": "directRouting",
            "assignmentCategory": "primary",
        });
        let answer = self.write(|| self.request(Method::POST, &url).json(&body)).await?;
        let place = answer.location().ok_or_else(|| self.endpoint().error(Fault::Garbled))?;
        Ok(self.ours(place)?.to_string())
    }

    /// How far an operation is; `None`: Graph does not know it (any more).
    pub async fn operation(&self, place: &str) -> Result<Option<OperationStatus>, OutsideError> {
        #[derive(Deserialize)]
        struct Operation {
            status: Option<String>,
        }
        let answer = match self.get(self.ours(place)?, &[]).await {
            Err(OutsideError { fault: Fault::NotFound, .. }) => return Ok(None),
            answer => answer?,
        };
        let operation: Operation = answer.json()?;
        Ok(Some(match operation.status.as_deref() {
            Some("succeeded") => OperationStatus::Succeeded,
            Some("failed" | "skipped") => OperationStatus::Failed,
            _ => OperationStatus::UnderWay,
        }))
    }

    /// Gives a user a policy of their own, in place of another of the same type.
    pub async fn assign_policy(&self, user_id: &str, policy: (&str, &str)) -> Result<(), OutsideError> {
        let (policy_type, policy_id) = policy;
        let url = self.endpoint().at(&["admin", "teams", "policy", "userAssignments", "assign"])?;
        let body = json!({ "value": [{
            "@odata.type": "#microsoft.graph.teamsAdministration.teamsPolicyUserAssignment",
            "userId": user_id,
            "policyType": policy_type,
            "policyId": policy_id,
        }]});
        self.write(|| self.request(Method::POST, &url).json(&body)).await.map(drop)
    }
}
