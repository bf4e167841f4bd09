//! One file per step: check, run, verify. Each reads before it writes, so that an attempt can be repeated at any time.
//!
//! A step that others do is only looked at ([`Watch`]). An attempt at one of ours ([`Step`]) goes: `check` (already so? then
//! done) → the before-image is recorded by the journal → `run` → `verify` (read back; not yet is a wait, not a failure). A
//! run whose answer never came is treated like one that succeeded: `verify` tells. What a call did is never believed from
//! its answer alone.

mod assign_number;
mod clean;
mod device;
mod enable;
mod extension_free;
mod facts;
mod inquiry;
mod join_group;
mod line_stands;
mod microsoft_side;
mod number;
mod number_free;
mod pbx_user;
mod portal;
mod portal_away;
mod proof;
mod remove_device;
mod restore_device;
mod restore_policy;
mod subject_ready;
mod sync;
mod unassign_number;
mod voice_route;

use std::sync::Arc;

use jiff::Timestamp;

pub use facts::read_facts;
pub use inquiry::{Microsoft, Shut, ask_microsoft, ask_pbx};
pub use number::{ask_assigned, ask_extension, ask_route};

use crate::clock::SharedClock;
use crate::config::Customer;
use crate::domain::{E164, Fixer, Problem, Sentence};
use crate::flow::{Fault, Request, StepOutcome};
use crate::outside::{self, ConnecttoTeams, Graph, Netsapiens, OutsideError, SetupError, System};
use crate::plan::{ConnecttoTeamsTarget, Offer, OwnRecords, Plan, StepKind};
use crate::view::{Item, Shown};

/// The outside systems of one customer. Clones share tokens and connections.
#[derive(Debug, Clone)]
pub struct Systems {
    /// Microsoft Graph.
    pub graph: Arc<Graph>,
    /// The PBX; `None` for carriers without one.
    pub pbx: Option<Arc<Netsapiens>>,
    /// The carrier; `None` for others than ConnecttoTeams.
    pub connector: Option<Arc<ConnecttoTeams>>,
}

impl Systems {
    /// Builds the clients that a customer's configuration names. Nothing is sent yet.
    pub fn new(customer: &Customer, clock: &SharedClock) -> Result<Self, SetupError> {
        let clock = || Arc::clone(clock);
        let pbx = customer.netsapiens.as_ref().map(|c| Netsapiens::new(c, clock())).transpose()?;
        let connector = customer.connecttoteams.as_ref().map(|c| ConnecttoTeams::new(c, clock())).transpose()?;
        Ok(Self {
            graph: Arc::new(Graph::new(&customer.graph, clock())?),
            pbx: pbx.map(Arc::new),
            connector: connector.map(Arc::new),
        })
    }
}

impl Systems {
    /// How many calls a system answered with anything but a transient fault, so far.
    pub fn answers(&self, system: System) -> u64 {
        match system {
            System::Graph => self.graph.answers(),
            System::Netsapiens => self.pbx.as_ref().map_or(0, |pbx| pbx.answers()),
            System::ConnecttoTeams => self.connector.as_ref().map_or(0, |carrier| carrier.answers()),
            System::TeamsConnector => 0,
        }
    }

    /// The systems that the customer has.
    pub fn all(&self) -> impl Iterator<Item = System> {
        let pbx = self.pbx.as_ref().map(|_| System::Netsapiens);
        let carrier = self.connector.as_ref().map(|_| System::ConnecttoTeams);
        [Some(System::Graph), pbx, carrier].into_iter().flatten()
    }
}

const GRAPH: &[System] = &[System::Graph];
const GRAPH_AND_PBX: &[System] = &[System::Graph, System::Netsapiens];

/// The systems that reading the facts asks, in this order.
pub fn asked_for_facts(offer: &Offer) -> &'static [System] {
    if offer.connecttoteams().is_some() { GRAPH_AND_PBX } else { GRAPH }
}

/// The systems that an attempt at a step asks, in this order.
pub fn asked_by(kind: StepKind, offer: &Offer) -> &'static [System] {
    match kind {
        StepKind::SubjectReady
        | StepKind::Sync
        | StepKind::Enable
        | StepKind::NumberFree
        | StepKind::AssignNumber
        | StepKind::VoiceRoute
        | StepKind::ConnectUser
        | StepKind::ConnectService
        | StepKind::NumberShown
        | StepKind::LineStands
        | StepKind::BackAtMicrosoft
        | StepKind::DisableCalling
        | StepKind::DeleteUser
        | StepKind::DeleteInConnect
        | StepKind::UnassignNumber
        | StepKind::RestorePolicy
        | StepKind::MicrosoftSide
        | StepKind::JoinGroup => GRAPH,
        // They show nowhere: nobody is asked but people.
        StepKind::ChangeInConnect | StepKind::GroupSync => &[],
        StepKind::ExtensionFree => GRAPH_AND_PBX,
        StepKind::Proof | StepKind::Clean => asked_for_facts(offer),
        StepKind::Device | StepKind::RemoveDevice | StepKind::RestoreDevice => &[System::Netsapiens],
        StepKind::PbxUser => &[System::Graph, System::ConnecttoTeams],
    }
}

/// What one attempt works with.
#[derive(Debug)]
pub struct Attempt<'a> {
    /// The customer's systems.
    pub systems: &'a Systems,
    /// The request.
    pub request: &'a Request,
    /// Its approved plan.
    pub plan: &'a Plan,
    /// What our journal knows about the extension now.
    pub ours: OwnRecords,
    /// How it was before, as recorded: the change may be made. `None`: nothing is recorded yet.
    pub before: Option<&'a str>,
    /// What the run gave to ask after it with; `None`: nothing was accepted yet.
    pub ticket: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
}

impl<'a> Attempt<'a> {
    /// What is set through ConnecttoTeams. A step of it in another carrier's plan has nothing to work with.
    fn connecttoteams(&self) -> Result<&'a ConnecttoTeamsTarget, Trouble> {
        self.plan.connecttoteams().ok_or(Trouble::NotConfigured)
    }

    /// The real number of the plan.
    fn number(&self) -> Result<&'a E164, Trouble> {
        self.plan.number().ok_or(Trouble::NotConfigured)
    }
}

/// What a check found.
enum Check {
    /// It is so already; what was read.
    Already(Vec<Item>),
    /// It is not so and nothing we do can make it so; what it waits for.
    Waiting(Sentence),
    /// It has to be changed; how it is now, JSON.
    Needed(String),
}

/// What a step found that changes nothing itself.
enum Found {
    /// It is so; what was read.
    Yes(Vec<Item>),
    /// It is not so yet; what it waits for.
    NotYet(Sentence),
}

/// What reading back found.
enum Seen {
    Yes(Vec<Item>),
    NotYet(Sentence),
    /// Not yet, and it need not be asked for again, whatever became of the answer.
    Coming(Sentence),
}

/// Why an attempt cannot go on.
enum Trouble {
    /// A system outside.
    Outside(OutsideError),
    /// Conditions that held when the plan was made no longer do.
    Conditions(Vec<Problem>),
    /// A refusal that this step understands better than the client does, and who can mend it.
    Cause(Sentence, Fixer),
    /// The customer's configuration no longer names the system.
    NotConfigured,
}

impl From<OutsideError> for Trouble {
    fn from(error: OutsideError) -> Self {
        Self::Outside(error)
    }
}

trait Step {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble>;
    /// Makes the change. A ticket: it was accepted, and from now on `verify` alone asks after it.
    async fn run(&self, attempt: &Attempt<'_>) -> Result<Option<String>, Trouble>;
    /// Reads back. `accepted`: the run was answered with success, rather than not at all.
    async fn verify(&self, attempt: &Attempt<'_>, accepted: bool) -> Result<Seen, Trouble>;
}

/// A step that changes nothing: others do, and it looks whether they did.
trait Watch {
    async fn look(&self, attempt: &Attempt<'_>) -> Result<Found, Trouble>;
}

/// Makes one attempt at a step.
pub async fn attempt(kind: StepKind, attempt: &Attempt<'_>) -> StepOutcome {
    let outcome = match kind {
        StepKind::SubjectReady => observe(&subject_ready::SubjectReady, attempt, kind).await,
        StepKind::ExtensionFree => observe(&extension_free::ExtensionFree, attempt, kind).await,
        StepKind::Device => drive(&device::ConnectorDevice, attempt, kind).await,
        StepKind::PbxUser => drive(&pbx_user::PbxUser, attempt, kind).await,
        StepKind::Sync => observe(&sync::Sync, attempt, kind).await,
        StepKind::Enable => observe(&enable::Enable, attempt, kind).await,
        StepKind::Proof => observe(&proof::Proof, attempt, kind).await,
        StepKind::NumberFree => observe(&number_free::NumberFree, attempt, kind).await,
        StepKind::AssignNumber => drive(&assign_number::AssignNumber, attempt, kind).await,
        StepKind::VoiceRoute => drive(&voice_route::VoiceRoute, attempt, kind).await,
        StepKind::ConnectUser | StepKind::ConnectService | StepKind::ChangeInConnect | StepKind::GroupSync => {
            observe(&portal::PortalWork(kind), attempt, kind).await
        }
        StepKind::LineStands => observe(&line_stands::LineStands, attempt, kind).await,
        StepKind::DisableCalling => observe(&portal_away::DisableCalling, attempt, kind).await,
        StepKind::DeleteUser | StepKind::DeleteInConnect => observe(&portal_away::Deleted(kind), attempt, kind).await,
        StepKind::BackAtMicrosoft | StepKind::MicrosoftSide => {
            observe(&microsoft_side::MicrosoftSide(kind), attempt, kind).await
        }
        StepKind::RemoveDevice => drive(&remove_device::RemoveDevice, attempt, kind).await,
        StepKind::RestoreDevice => drive(&restore_device::RestoreDevice, attempt, kind).await,
        StepKind::UnassignNumber => drive(&unassign_number::UnassignNumber, attempt, kind).await,
        StepKind::RestorePolicy => drive(&restore_policy::RestorePolicy, attempt, kind).await,
        StepKind::JoinGroup => drive(&join_group::JoinGroup, attempt, kind).await,
        StepKind::Clean => observe(&clean::Clean, attempt, kind).await,
        // It is the same question: does Microsoft show the line.
        StepKind::NumberShown => observe(&sync::Sync, attempt, kind).await,
    };
    outcome.unwrap_or_else(|trouble| StepOutcome::Faulted(trouble.into()))
}

async fn observe<W: Watch>(step: &W, attempt: &Attempt<'_>, kind: StepKind) -> Result<StepOutcome, Trouble> {
    let found = step.look(attempt).await?;
    if attempt.plan.by_hand.contains(&kind) {
        return Ok(by_hand(found, attempt, kind));
    }
    Ok(match found {
        Found::Yes(evidence) => StepOutcome::Done(evidence),
        Found::NotYet(detail) => StepOutcome::NotYet(detail),
    })
}

async fn drive<S: Step>(step: &S, attempt: &Attempt<'_>, kind: StepKind) -> Result<StepOutcome, Trouble> {
    let check = step.check(attempt).await?;
    if attempt.plan.by_hand.contains(&kind) {
        let found = match check {
            Check::Already(evidence) => Found::Yes(evidence),
            Check::Waiting(detail) => Found::NotYet(detail),
            Check::Needed(_) => Found::NotYet(Sentence::new("wait-by-hand-unseen")),
        };
        return Ok(by_hand(found, attempt, kind));
    }
    match check {
        Check::Already(evidence) => return Ok(StepOutcome::Done(evidence)),
        Check::Waiting(detail) => return Ok(StepOutcome::NotYet(detail)),
        Check::Needed(before) if attempt.before.is_none() => return Ok(StepOutcome::Prepared(before)),
        // It was accepted: all that is left is to look.
        Check::Needed(_) if attempt.ticket.is_some() => return look(step, attempt).await,
        Check::Needed(_) => {}
    }
    match step.run(attempt).await {
        Ok(None) => {}
        Ok(Some(ticket)) => return Ok(StepOutcome::Accepted(ticket)),
        // It may have been done, or somebody was quicker: reading tells.
        Err(Trouble::Outside(error)) if error.may_have_happened() => {
            tracing::warn!(request = %attempt.request.id, %error, "reading back after an unclear answer");
            return match step.verify(attempt, false).await? {
                Seen::Yes(evidence) => Ok(StepOutcome::Done(evidence)),
                Seen::Coming(detail) => Ok(StepOutcome::NotYet(detail)),
                Seen::NotYet(_) => Err(Trouble::Outside(error)),
            };
        }
        Err(trouble) => return Err(trouble),
    }
    look(step, attempt).await
}

/// A step that is left to people: the bot only looks. What cannot be read back counts when somebody says so.
fn by_hand(found: Found, attempt: &Attempt<'_>, kind: StepKind) -> StepOutcome {
    let record = attempt.request.steps.iter().find(|step| step.kind == kind);
    match (found, record.and_then(|record| record.report())) {
        (Found::Yes(evidence), _) => StepOutcome::Done(evidence),
        (_, Some(report)) if !kind.can_be_verified() => StepOutcome::Done(report.items()),
        (Found::NotYet(detail), Some(_)) => StepOutcome::NotYet(detail),
        (Found::NotYet(_), None) => StepOutcome::NotYet(Sentence::new("wait-by-hand")),
    }
}

async fn look<S: Step>(step: &S, attempt: &Attempt<'_>) -> Result<StepOutcome, Trouble> {
    Ok(match step.verify(attempt, true).await? {
        Seen::Yes(evidence) => StepOutcome::Done(evidence),
        Seen::NotYet(detail) | Seen::Coming(detail) => StepOutcome::NotYet(detail),
    })
}

/// A fault out of an error of a system outside.
pub fn fault_of(error: &OutsideError) -> Fault {
    let cause = error.sentence();
    Fault {
        fix: cause.twin("-fix"),
        cause,
        problems: Vec::new(),
        transient: error.is_transient(),
        retry_after: error.retry_after(),
        incident: None,
        who: mender(error),
        operators: Vec::new(),
    }
}

/// Who has to do something about it; nobody about what may pass.
fn mender(error: &OutsideError) -> Option<Fixer> {
    match (&error.fault, error.system) {
        _ if error.is_transient() => None,
        (outside::Fault::Conflict, System::Netsapiens) => Some(Fixer::PbxAdmin),
        (outside::Fault::Conflict, System::ConnecttoTeams) => Some(Fixer::PortalOperator),
        (outside::Fault::Conflict, System::Graph) => Some(Fixer::MicrosoftAdmin),
        _ => Some(Fixer::BotOperator),
    }
}

/// The configuration no longer names a system.
pub fn not_configured() -> Fault {
    Trouble::NotConfigured.into()
}

impl From<Trouble> for Fault {
    fn from(trouble: Trouble) -> Self {
        let (cause, problems, who) = match trouble {
            Trouble::Outside(error) => return fault_of(&error),
            Trouble::Conditions(problems) => (Sentence::new("cause-conditions"), problems, None),
            Trouble::Cause(cause, who) => (cause, Vec::new(), Some(who)),
            Trouble::NotConfigured => (Sentence::new("cause-not-configured"), Vec::new(), Some(Fixer::BotOperator)),
        };
        let (fix, operators) = (cause.twin("-fix"), Vec::new());
        Self { cause, fix, problems, transient: false, retry_after: None, incident: None, who, operators }
    }
}

fn item(label: &str, value: impl ToString) -> Item {
    Item { label: label.to_owned(), value: Shown::Text(value.to_string()) }
}

fn said(label: &str, id: &str) -> Item {
    saying(label, Sentence::new(id))
}

fn saying(label: &str, value: Sentence) -> Item {
    Item { label: label.to_owned(), value: Shown::Said(value) }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::plan::DirectRoutingOffer;

    #[test]
    fn a_carrier_without_a_pbx_waits_for_none_even_if_the_customer_has_one() {
        let ready_deadline = SignedDuration::from_hours(24);
        let offer = Offer::DirectRouting(DirectRoutingOffer { pool: Vec::new(), policies: Vec::new(), ready_deadline });
        assert_eq!(asked_for_facts(&offer), [System::Graph]);
        assert_eq!(asked_by(StepKind::Proof, &offer), [System::Graph]);
    }
}
