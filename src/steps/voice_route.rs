//! Direct routing, step 4: the voice routing policy of the chosen route.

use serde_json::json;

use super::{Attempt, Check, Seen, Step, Trouble, facts, item};
use crate::domain::{RoutingPolicy, Sentence};
use crate::outside::{VOICE_ROUTING_POLICY, VoiceState};
use crate::plan::PolicyBefore;

pub(super) struct VoiceRoute;

/// Graph accepted it: nothing is sent again until a human says Retry.
const ACCEPTED: &str = "accepted";

fn policy<'a>(attempt: &Attempt<'a>) -> Result<&'a RoutingPolicy, Trouble> {
    let target = attempt.plan.direct_routing().ok_or(Trouble::NotConfigured)?;
    target.route.as_ref().ok_or(Trouble::NotConfigured)
}

/// The user has this policy.
pub(super) fn follows(voice: &VoiceState, wanted: &RoutingPolicy) -> bool {
    voice.voice_routing().is_some_and(|policy| policy.id.as_deref() == Some(wanted.policy_id.as_str()))
}

/// The before-image of the policy in force.
pub(super) fn image(voice: &VoiceState) -> String {
    json!(voice.voice_routing().map_or(NONE, facts::policy_before)).to_string()
}

const NONE: PolicyBefore = PolicyBefore { policy_id: None, name: None, by_group: false };

fn waits(attempt: &Attempt<'_>) -> Sentence {
    attempt.plan.says(Sentence::new("wait-policy"))
}

impl Step for VoiceRoute {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let wanted = policy(attempt)?;
        let Some(voice) = attempt.systems.graph.voice(&attempt.plan.subject_id).await? else {
            return Ok(Check::Waiting(waits(attempt)));
        };
        if follows(&voice, wanted) {
            return Ok(Check::Already(vec![item("item-route", &wanted.name)]));
        }
        Ok(Check::Needed(image(&voice)))
    }

    async fn run(&self, attempt: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        let wanted = (VOICE_ROUTING_POLICY, policy(attempt)?.policy_id.as_str());
        attempt.systems.graph.assign_policy(&attempt.plan.subject_id, wanted).await?;
        Ok(Some(ACCEPTED.to_owned()))
    }

    async fn verify(&self, attempt: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        let wanted = policy(attempt)?;
        let voice = attempt.systems.graph.voice(&attempt.plan.subject_id).await?;
        Ok(match voice {
            Some(voice) if follows(&voice, wanted) => Seen::Yes(vec![item("item-route", &wanted.name)]),
            _ => Seen::NotYet(waits(attempt)),
        })
    }
}
