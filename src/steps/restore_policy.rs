//! Direct routing: the voice routing policy that was in force before us comes back.

use serde_json::json;

use super::{Attempt, Check, Seen, Step, Trouble, item, said};
use crate::domain::Sentence;
use crate::outside::{Policy, VOICE_ROUTING_POLICY, VoiceState};
use crate::plan::PolicyBefore;
use crate::view::Item;

pub(super) struct RestorePolicy;

/// Graph accepted it: nothing is sent again until a human says Retry.
const ACCEPTED: &str = "accepted";

fn wanted<'a>(attempt: &Attempt<'a>) -> Result<&'a PolicyBefore, Trouble> {
    attempt.plan.removal().and_then(|removal| removal.policy.as_ref()).ok_or(Trouble::NotConfigured)
}

fn in_force(voice: &VoiceState) -> Option<&Policy> {
    voice.policies.iter().find(|policy| policy.policy_type == VOICE_ROUTING_POLICY)
}

/// The policy in force is the wanted one; one without an id is the tenant's default.
fn follows(voice: &VoiceState, wanted: &PolicyBefore) -> bool {
    in_force(voice).and_then(|policy| policy.id.as_ref()) == wanted.policy_id.as_ref()
}

fn evidence(wanted: &PolicyBefore) -> Vec<Item> {
    vec![match &wanted.name {
        Some(name) => item("item-policy-back", name),
        None => said("item-policy-back", "value-policy-default"),
    }]
}

impl Step for RestorePolicy {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let wanted = wanted(attempt)?;
        // Whom Teams does not know has no policy either.
        let Some(voice) = attempt.systems.graph.voice(&attempt.plan.subject_id).await? else {
            return Ok(Check::Already(Vec::new()));
        };
        if follows(&voice, wanted) {
            return Ok(Check::Already(evidence(wanted)));
        }
        let now = in_force(&voice);
        let (id, name) = (now.and_then(|p| p.id.as_ref()), now.and_then(|p| p.name.as_ref()));
        Ok(Check::Needed(json!({ "policyId": id, "displayName": name }).to_string()))
    }

    async fn run(&self, attempt: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        let (graph, user) = (&attempt.systems.graph, &attempt.plan.subject_id);
        match &wanted(attempt)?.policy_id {
            Some(id) => graph.assign_policy(user, (VOICE_ROUTING_POLICY, id)).await?,
            None => graph.unassign_policy(user, VOICE_ROUTING_POLICY).await?,
        }
        Ok(Some(ACCEPTED.to_owned()))
    }

    async fn verify(&self, attempt: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        let wanted = wanted(attempt)?;
        let voice = attempt.systems.graph.voice(&attempt.plan.subject_id).await?;
        Ok(match voice {
            Some(voice) if !follows(&voice, wanted) => Seen::NotYet(Sentence::new("wait-policy-back")),
            _ => Seen::Yes(evidence(wanted)),
        })
    }
}
