//! The numbers of a tenant
//! (<https://learn.microsoft.com/graph/api/teamsadministration-telephonenumbermanagementroot-list-numberassignments>).
//! Needs `TeamsTelephoneNumber.Read.All`, which nothing else of the bot needs.

use serde::Deserialize;

use super::{Graph, List};
use crate::outside::OutsideError;

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

impl Graph {
    /// The assignments of a number, which is written with its `+`. Usually one; none if the tenant does not know it.
    pub async fn number_assignments(&self, number: &str) -> Result<Vec<NumberAssignment>, OutsideError> {
        let url = self.0.endpoint.at(&["admin", "teams", "telephoneNumberManagement", "numberAssignments"])?;
        let filter = format!("telephoneNumber eq '{}'", number.replace('\'', "''"));
        let list: List<AssignmentJson> = self.get(url, &[("$filter", &filter)]).await?.json()?;
        // Whatever else comes back was not asked for.
        let asked = list.value.into_iter().filter(|json| bare(&json.telephone_number) == bare(number));
        Ok(asked.map(NumberAssignment::from).collect())
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
