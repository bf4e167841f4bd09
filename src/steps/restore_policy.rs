//! Direct routing: the voice routing policy that was in force before us comes back.

use super::{Attempt, Check, Seen, Step, Trouble, facts, saying, voice_route};
use crate::domain::Sentence;
use crate::outside::{Fault, OutsideError, VOICE_ROUTING_POLICY, VoiceState};
use crate::plan::PolicyBefore;
use crate::view::Item;

pub(super) struct RestorePolicy;

/// Graph accepted it: nothing is sent again until a human says Retry.
const ACCEPTED: &str = "accepted";

/// Graph would not give the earlier policy again, and accepted that there is none.
const NONE_INSTEAD: &str = "none-instead";

fn wanted<'a>(attempt: &Attempt<'a>) -> Result<&'a PolicyBefore, Trouble> {
    attempt.plan.removal().and_then(|removal| removal.policy.as_ref()).ok_or(Trouble::NotConfigured)
}

/// The id of the policy that the user is to have; `None`: none of their own.
fn wanted_id<'a>(attempt: &Attempt<'a>) -> Result<Option<&'a str>, Trouble> {
    Ok(wanted(attempt)?.own_id().filter(|_| attempt.ticket != Some(NONE_INSTEAD)))
}

/// The user's own policy is this one, or there is none. That the tenant's default shows without an id is inferred:
/// Microsoft does not say.
fn follows(voice: &VoiceState, wanted: Option<&str>) -> bool {
    let now = voice.voice_routing().map(facts::policy_before);
    now.as_ref().and_then(PolicyBefore::own_id) == wanted
}

/// Nothing was written yet, and the policy is not the one that was in force when the plan was made.
fn is_changed_since(attempt: &Attempt<'_>, voice: &VoiceState) -> bool {
    let now = voice.voice_routing().map(facts::policy_before);
    let read = attempt.request.facts.as_ref().and_then(|facts| facts.stands.as_ref());
    attempt.before.is_none() && read.is_some_and(|read| read.policy != now)
}

fn policy_says(id: &str, policy: Option<&str>) -> Vec<Item> {
    let sentence = Sentence::new(id).with("policy", policy.unwrap_or_default());
    vec![saying("item-policy-back", sentence)]
}

impl Step for RestorePolicy {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        // Whom Teams does not know has no policy either.
        let Some(voice) = attempt.systems.graph.voice(&attempt.plan.subject_id).await? else {
            return Ok(Check::Already(Vec::new()));
        };
        if attempt.ticket != Some(NONE_INSTEAD) && follows(&voice, wanted_id(attempt)?) {
            return Ok(Check::Already(vec![wanted(attempt)?.item()]));
        }
        if is_changed_since(attempt, &voice) {
            let id = match voice.voice_routing().and_then(|policy| policy.name.as_deref()) {
                Some(name) => policy_says("value-policy-changed-since", Some(name)),
                None => policy_says("value-policy-gone-since", None),
            };
            return Ok(Check::Already(id));
        }
        Ok(Check::Needed(voice_route::image(&voice)))
    }

    async fn run(&self, attempt: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        let (graph, user) = (&attempt.systems.graph, &attempt.plan.subject_id);
        if let Some(id) = wanted_id(attempt)? {
            match graph.assign_policy(user, (VOICE_ROUTING_POLICY, id)).await {
                Ok(()) => return Ok(Some(ACCEPTED.to_owned())),
                // It may have been deleted since. Ours, which is to go, goes all the same.
                Err(OutsideError { fault: Fault::NotFound | Fault::Refused { .. }, .. }) => {
                    graph.unassign_policy(user, VOICE_ROUTING_POLICY).await?;
                    return Ok(Some(NONE_INSTEAD.to_owned()));
                }
                Err(error) => return Err(error.into()),
            }
        }
        graph.unassign_policy(user, VOICE_ROUTING_POLICY).await?;
        Ok(Some(ACCEPTED.to_owned()))
    }

    async fn verify(&self, attempt: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        let wanted = wanted(attempt)?;
        let voice = attempt.systems.graph.voice(&attempt.plan.subject_id).await?;
        Ok(match voice {
            Some(voice) if !follows(&voice, wanted_id(attempt)?) => Seen::NotYet(Sentence::new("wait-policy-back")),
            _ if attempt.ticket == Some(NONE_INSTEAD) => {
                Seen::Yes(policy_says("value-policy-refused", wanted.name.as_deref()))
            }
            _ => Seen::Yes(vec![wanted.item()]),
        })
    }
}
