//! Direct routing: the voice routing policy that was in force before us comes back.

use super::{Attempt, Check, Seen, Step, Trouble, facts, voice_route};
use crate::domain::Sentence;
use crate::outside::{VOICE_ROUTING_POLICY, VoiceState};
use crate::plan::PolicyBefore;

pub(super) struct RestorePolicy;

/// Graph accepted it: nothing is sent again until a human says Retry.
const ACCEPTED: &str = "accepted";

fn wanted<'a>(attempt: &Attempt<'a>) -> Result<&'a PolicyBefore, Trouble> {
    attempt.plan.removal().and_then(|removal| removal.policy.as_ref()).ok_or(Trouble::NotConfigured)
}

/// The user's own policy is the wanted one, or there is none where there was none. That the tenant's default shows without
/// an id is inferred: Microsoft does not say.
fn follows(voice: &VoiceState, wanted: &PolicyBefore) -> bool {
    let now = voice.voice_routing().map(facts::policy_before);
    now.as_ref().and_then(PolicyBefore::own_id) == wanted.own_id()
}

impl Step for RestorePolicy {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let wanted = wanted(attempt)?;
        // Whom Teams does not know has no policy either.
        let Some(voice) = attempt.systems.graph.voice(&attempt.plan.subject_id).await? else {
            return Ok(Check::Already(Vec::new()));
        };
        if follows(&voice, wanted) {
            return Ok(Check::Already(vec![wanted.item()]));
        }
        Ok(Check::Needed(voice_route::image(&voice)))
    }

    async fn run(&self, attempt: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        let (graph, user) = (&attempt.systems.graph, &attempt.plan.subject_id);
        match wanted(attempt)?.own_id() {
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
            _ => Seen::Yes(vec![wanted.item()]),
        })
    }
}
