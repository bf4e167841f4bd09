//! The numbers of a tenant: who has which, assigning one, and assigning a policy.
//!
//! Reading needs `TeamsTelephoneNumber.Read.All`, assigning `TeamsTelephoneNumber.ReadWrite.All` and
//! `TeamsPolicyUserAssign.ReadWrite.All`; a customer without direct routing needs none of them for its lines.
//!
//! An assignment is a long-running operation: Graph accepts it and tells where to look. It may have been accepted
//! although its answer never came; then the number says so (`assignmentPending`), and so must be read before the next
//! try. What Graph answers as a place to look is used only if it stays with Graph.
//!
//! <https://learn.microsoft.com/graph/api/teamsadministration-telephonenumbermanagementroot-list-numberassignments>,
//! <https://learn.microsoft.com/graph/api/teamsadministration-numberassignment-assignnumber>,
//! <https://learn.microsoft.com/graph/api/teamsadministration-telephonenumberlongrunningoperation-get>,
//! <https://learn.microsoft.com/graph/api/resources/teamsadministration-teamspolicyuserassignment>

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Graph, List, NO_CONTENT};
use crate::domain::E164;
use crate::outside::{Fault, OutsideError};

/// `$top` of the list of numbers; its page size goes up to 1000.
const PAGE: usize = 1000;
const PAGES: usize = 5;

/// The type of the policy that leads calls to the customer's own session border controllers.
pub const VOICE_ROUTING_POLICY: &str = "OnlineVoiceRoutingPolicy";

const POLICY_ASSIGNMENT: &str = "#microsoft.graph.teamsAdministration.teamsPolicyUserAssignment";

/// One number of the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberAssignment {
    /// With its `+`.
    pub number: String,
    /// `directRouting`, `callingPlan`, `operatorConnect`, …
    pub kind: String,
    /// `activated`, `assignmentPending`, `assignmentFailed`, …; empty where Microsoft does not say.
    pub activation: String,
    /// To whom.
    pub assignee: Assignee,
}

/// To whom a number is assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignee {
    /// Nobody.
    Nobody,
    /// A user or, with `voiceApplicationAssigned`, a resource account, by object id.
    Somebody {
        /// The object id.
        id: String,
        /// An auto attendant or a call queue.
        application: bool,
    },
    /// Something else: the status, such as `conferenceAssigned`.
    Other(String),
}

/// The holder of a number of which Microsoft does not say who has it.
pub const UNNAMED: &str = "-";

/// The type of the numbers that the customer brings itself.
const DIRECT_ROUTING: &str = "directRouting";

impl NumberAssignment {
    /// It is the customer's own: the only type that is assigned and taken away here.
    pub fn is_direct(&self) -> bool {
        self.kind == DIRECT_ROUTING
    }

    /// Who has it or is about to, [`UNNAMED`] where Microsoft does not say who; `None`: nobody.
    pub fn holder(&self) -> Option<&str> {
        match &self.assignee {
            Assignee::Nobody => None,
            _ if self.activation == "assignmentFailed" => None,
            Assignee::Somebody { id, .. } => Some(id),
            Assignee::Other(_) => Some(UNNAMED),
        }
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
    /// The assignments of a number, which is written with its `+`. Usually one; none if the tenant does not know it.
    pub async fn number_assignments(&self, number: &str) -> Result<Vec<NumberAssignment>, OutsideError> {
        let filter = format!("telephoneNumber eq '{}'", number.replace('\'', "''"));
        let found = self.numbers(&[("$filter", &filter)]).await?;
        // Whatever else comes back was not asked for.
        Ok(found.into_iter().filter(|found| bare(&found.number) == bare(number)).collect())
    }

    /// What Teams knows about a number; `None`: nothing, so that nobody has it.
    pub async fn number(&self, number: &E164) -> Result<Option<NumberAssignment>, OutsideError> {
        Ok(self.number_assignments(number.as_str()).await?.into_iter().next())
    }

    /// The numbers of the tenant, at most the first five pages (5,000).
    pub async fn all_numbers(&self) -> Result<Vec<NumberAssignment>, OutsideError> {
        let mut all = Vec::new();
        for page in 0..PAGES {
            let (top, skip) = (PAGE.to_string(), (page * PAGE).to_string());
            let found = self.numbers(&[("$top", &top), ("$skip", &skip)]).await?;
            let last = found.len() < PAGE;
            all.extend(found);
            if last {
                return Ok(all);
            }
        }
        tracing::warn!(read = all.len(), "the tenant has more numbers than are read");
        Ok(all)
    }

    async fn numbers(&self, query: &[(&str, &str)]) -> Result<Vec<NumberAssignment>, OutsideError> {
        let url = self.0.endpoint.at(&["admin", "teams", "telephoneNumberManagement", "numberAssignments"])?;
        let list: List<AssignmentJson> = self.get(url, query).await?.json()?;
        Ok(list.value.into_iter().map(NumberAssignment::from).collect())
    }

    /// Asks for a direct-routing number for a user; where to look how far that is. Sent once: read before you repeat it.
    pub async fn assign_number(&self, number: &E164, user_id: &str) -> Result<String, OutsideError> {
        let body = json!({
            "telephoneNumber": bare(number.as_str()),
            "assignmentTargetId": user_id,
            "numberType": DIRECT_ROUTING,
            "assignmentCategory": "primary",
        });
        self.begin("assignNumber", &body).await
    }

    /// Asks for a direct-routing number to be taken from whoever has it; where to look how far that is. Sent once: read
    /// before you repeat it.
    pub async fn unassign_number(&self, number: &E164) -> Result<String, OutsideError> {
        let body = json!({ "telephoneNumber": bare(number.as_str()), "numberType": DIRECT_ROUTING });
        self.begin("unassignNumber", &body).await
    }

    /// Begins an operation on a number; where to look how far it is.
    async fn begin(&self, action: &str, body: &Value) -> Result<String, OutsideError> {
        let path = ["admin", "teams", "telephoneNumberManagement", "numberAssignments", action];
        let url = self.0.endpoint.at(&path)?;
        let answer = self.0.write(|| self.request(Method::POST, &url).json(body)).await?;
        let place = answer.location().ok_or_else(|| self.0.endpoint.error(Fault::Garbled))?;
        Ok(self.ours(place)?.to_string())
    }

    /// Takes a user's own policy of a type away, so that the tenant's default is in force.
    pub async fn unassign_policy(&self, user_id: &str, policy_type: &str) -> Result<(), OutsideError> {
        let url = self.0.endpoint.at(&["admin", "teams", "policy", "userAssignments", "unassign"])?;
        let body = json!({ "value": [{
            "@odata.type": POLICY_ASSIGNMENT,
            "userId": user_id,
            "policyType": policy_type,
        }]});
        self.0.write(|| self.request(Method::POST, &url).json(&body)).await?.accepts(NO_CONTENT)
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
        let url = self.0.endpoint.at(&["admin", "teams", "policy", "userAssignments", "assign"])?;
        let body = json!({ "value": [{
            "@odata.type": POLICY_ASSIGNMENT,
            "userId": user_id,
            "policyType": policy_type,
            "policyId": policy_id,
        }]});
        self.0.write(|| self.request(Method::POST, &url).json(&body)).await?.accepts(NO_CONTENT)
    }
}

fn bare(number: &str) -> &str {
    number.trim_start_matches('+')
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssignmentJson {
    telephone_number: String,
    number_type: Option<String>,
    activation_state: Option<String>,
    assignment_status: Option<String>,
    assignment_target_id: Option<String>,
}

impl From<AssignmentJson> for NumberAssignment {
    fn from(json: AssignmentJson) -> Self {
        let status = json.assignment_status.unwrap_or_default();
        let id = json.assignment_target_id.filter(|id| !id.is_empty());
        let assignee = match (status.as_str(), id) {
            ("unassigned", _) => Assignee::Nobody,
            ("voiceApplicationAssigned", Some(id)) => Assignee::Somebody { id, application: true },
            ("userAssigned", Some(id)) => Assignee::Somebody { id, application: false },
            _ => Assignee::Other(status),
        };
        Self {
            number: json.telephone_number,
            kind: json.number_type.unwrap_or_default(),
            activation: json.activation_state.unwrap_or_default(),
            assignee,
        }
    }
}
