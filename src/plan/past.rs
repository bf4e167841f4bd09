//! What our own requests did to somebody's line so far: what there is to take away, to change, or to bring back.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::preview::{said, text};
use super::{Plan, StepKind, Target};
use crate::domain::{E164, EmergencyAddress, RequestId, Sentence, Work, same_number};
use crate::view::{Item, Shown};

/// One earlier request about the same subject that may have changed something outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Which.
    pub request: RequestId,
    /// What it was to do.
    pub work: Work,
    /// What was approved.
    pub plan: Plan,
    /// It was carried out and proven.
    pub done: bool,
    /// Nothing can happen to it any more.
    pub over: bool,
    /// The steps that may have changed something.
    pub changed: Vec<Changed>,
}

/// A step of an earlier request that may have changed something outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Which.
    pub kind: StepKind,
    /// How it was before (JSON), where that was recorded.
    pub before: Option<String>,
    /// It was read back as done; otherwise nobody knows what came of it.
    pub done: bool,
}

/// A line as our own requests left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnLine {
    /// The last request that set it.
    pub request: RequestId,
    /// Whose, by Entra object id.
    pub subject_id: String,
    /// Whose, by display name at that time.
    pub subject_name: String,
    /// What was set.
    pub target: Target,
    /// What a later change began to set and did not finish: any part of it may be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried: Option<Box<Target>>,
    /// It never came to its proof.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unproven: bool,
    /// Devices at the PBX that were not there before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<String>,
    /// The emergency data of a device that was there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<EmergencyBefore>,
    /// The voice routing policy that was there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyBefore>,
}

/// The emergency data of a device before we set ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmergencyBefore {
    /// The PBX's `emergency-address-id`.
    #[serde(rename = "emergency-address-id")]
    pub address_id: Option<String>,
    /// Who the dispatcher calls back.
    #[serde(rename = "caller-id-number-emergency")]
    pub callback: Option<String>,
}

impl OwnLine {
    /// The lines that Microsoft may show of it: what was set, and what a change began to set.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        std::iter::once(&self.target).chain(self.tried.as_deref()).map(|target| target.line().to_string())
    }

    /// The values that are the likelier to be there, of those with a line that Microsoft shows.
    pub fn standing(&self, shows: &[String]) -> &Target {
        let shown = |target: &Target| shows.iter().any(|shown| same_number(shown, &target.line().to_string()));
        let tried = self.tried.as_deref().filter(|tried| shown(tried) && !shown(&self.target));
        tried.unwrap_or(&self.target)
    }
}

impl EmergencyBefore {
    /// Both values, where there were both.
    pub fn known(&self) -> Option<(String, E164)> {
        // The PBX leaves the plus out.
        let callback = self.callback.as_deref().map(|number| format!("+{}", number.trim_start_matches('+')));
        self.address_id.clone().zip(callback.and_then(|number| E164::parse(&number).ok()))
    }

    /// It is this address.
    pub fn is(&self, address: &EmergencyAddress) -> bool {
        self.known().is_some_and(|(id, callback)| id == address.id && callback == address.callback_number)
    }
}

/// The voice routing policy of a user before we set ours; without an id it was the tenant's default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyBefore {
    /// Its id.
    #[serde(rename = "policyId")]
    pub policy_id: Option<String>,
    /// Its name.
    #[serde(rename = "displayName")]
    pub name: Option<String>,
    /// It came from a group, and comes back when the user has none of their own.
    #[serde(rename = "byGroup", default, skip_serializing_if = "std::ops::Not::not")]
    pub by_group: bool,
}

impl PolicyBefore {
    /// The id of the user's own policy; `None`: the user had none, only a group's or the tenant's.
    pub fn own_id(&self) -> Option<&str> {
        self.policy_id.as_deref().filter(|_| !self.by_group)
    }

    /// What comes back, for a card.
    pub fn item(&self) -> Item {
        match &self.name {
            Some(name) if self.by_group => {
                let value = Shown::Said(Sentence::new("value-policy-group").with("policy", name));
                Item { label: "item-policy-back".to_owned(), value }
            }
            Some(name) => text("item-policy-back", name),
            None => said("item-policy-back", "value-policy-default"),
        }
    }
}

/// What a request did that is to be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// It is still going on.
    pub open: bool,
    /// It was carried out and proven, and nobody began to take it back.
    pub done: bool,
    /// It took a line away, or began to.
    #[serde(default)]
    pub took: bool,
    /// It changed something.
    pub touched: bool,
    /// An earlier undo took it back already.
    pub by: Option<RequestId>,
    /// A later request changed the same line.
    pub newer: Option<RequestId>,
    /// The line before it.
    pub before: Option<OwnLine>,
    /// The line that it left.
    pub after: Option<OwnLine>,
}

/// The line that these requests, in their order, left.
pub fn line_after(past: &[Past]) -> Option<OwnLine> {
    past.iter().filter(|past| !past.changed.is_empty()).fold(None, after)
}

fn after(line: Option<OwnLine>, past: &Past) -> Option<OwnLine> {
    if past.plan.removal().is_some() {
        // Midway it is still known what there was.
        return line.filter(|_| !past.done);
    }
    let step = |kind| past.changed.iter().find(|changed| changed.kind == kind);
    let before = |kind| step(kind).and_then(|changed| changed.before.as_deref());
    let device = past.plan.connecttoteams().map(|target| target.device.clone());
    let stood = line.as_ref().filter(|line| !line.unproven).map(|line| line.target.clone());
    let (made, emergency, policy) = line.map(|line| (line.made, line.emergency, line.policy)).unwrap_or_default();
    let (mut made, mut emergency) = (made, emergency);
    match before(StepKind::Device).and_then(|image| serde_json::from_str::<Value>(image).ok()) {
        // One that somebody else made just before us, or that was refused to us, is not ours.
        Some(Value::Null) if !step(StepKind::Device).is_some_and(|changed| changed.done) => {}
        Some(Value::Null) => made.extend(device.filter(|device| !made.contains(device))),
        Some(image) => emergency = emergency.or_else(|| serde_json::from_value(image).ok()),
        None => {}
    }
    let policy = policy.or_else(|| before(StepKind::VoiceRoute).and_then(|image| serde_json::from_str(image).ok()));
    // A change that was not finished leaves the old line, the new one, or something in between.
    let (target, tried) = match stood {
        Some(old) if !past.done => (old, Some(Box::new(past.plan.target.clone()))),
        _ => (past.plan.target.clone(), None),
    };
    Some(OwnLine {
        request: past.request,
        subject_id: past.plan.subject_id.clone(),
        subject_name: past.plan.subject_name.clone(),
        unproven: !past.done && tried.is_none(),
        target,
        tried,
        made,
        emergency,
        policy,
    })
}

impl Undone {
    /// What this request did, among all of the same subject in their order; `None`: it is not among them.
    pub fn of(past: &[Past], request: RequestId) -> Option<Self> {
        let at = past.iter().position(|past| past.request == request)?;
        let own = past.get(at)?;
        let later = || past.iter().skip(at + 1).filter(|past| !past.changed.is_empty());
        let undoes = |past: &Past, of: RequestId| past.work == Work::Undo(of);
        let by = later().find(|past| past.done && undoes(past, request)).map(|past| past.request);
        // What was taken back since is as if it had never been, and so is what took it back.
        let void = |id: RequestId| later().any(|past| past.done && undoes(past, id));
        let counts = |past: &&Past| match past.work {
            Work::Undo(of) => of != request && !void(of),
            _ => !void(past.request),
        };
        let begun = later().any(|past| !past.done && undoes(past, request));
        // A line that was never proven is nothing to go back to.
        let before = line_after(past.get(..at).unwrap_or_default()).filter(|line| !line.unproven);
        Some(Self {
            open: !own.over,
            done: own.done && !begun,
            took: own.plan.removal().is_some(),
            touched: !own.changed.is_empty(),
            by,
            newer: later().rfind(counts).map(|past| past.request),
            before,
            after: line_after(past.get(..=at).unwrap_or_default()),
        })
    }
}
