//! The last step: the proof. Number, voice flag and policies from Microsoft; where there is a PBX, the registered device
//! from there, read together.

use super::{Attempt, Found, Trouble, Watch, item, said, sync, voice_route};
use crate::domain::Sentence;
use crate::outside::{Policy, Registration, VoiceState};
use crate::view::Item;

pub(super) struct Proof;

fn policies(voice: &VoiceState) -> Item {
    let shown = |p: &Policy| format!("{}: {}", p.policy_type, p.name.as_deref().unwrap_or("Global"));
    match voice.policies.iter().map(shown).collect::<Vec<_>>().as_slice() {
        [] => said("item-policies", "value-none"),
        names => item("item-policies", names.join(", ")),
    }
}

/// Number, voice flag and, where the plan has one, the policy.
fn at_microsoft(attempt: &Attempt<'_>, voice: Option<VoiceState>) -> Found {
    let line = attempt.plan.line();
    let Some(voice) = voice.filter(|v| sync::shows(v, &line)) else {
        return Found::NotYet(Sentence::new("wait-line").with("line", line));
    };
    if !voice.enterprise_voice {
        return Found::NotYet(Sentence::new("wait-voice"));
    }
    let route = attempt.plan.direct_routing().and_then(|target| target.route.as_ref());
    if route.is_some_and(|route| !voice_route::follows(&voice, route)) {
        return Found::NotYet(attempt.plan.says(Sentence::new("wait-policy")));
    }
    Found::Yes(vec![item("item-number", line), said("item-voice-enabled", "value-yes"), policies(&voice)])
}

impl Watch for Proof {
    async fn look(&self, attempt: &Attempt<'_>) -> Result<Found, Trouble> {
        let voice = attempt.systems.graph.voice(&attempt.plan.subject_id);
        let Some(plan) = attempt.plan.connecttoteams() else { return Ok(at_microsoft(attempt, voice.await?)) };
        let pbx = attempt.systems.pbx.as_deref().ok_or(Trouble::NotConfigured)?;
        let (voice, device) = tokio::try_join!(voice, pbx.device(&plan.extension, &plan.device))?;
        let mut evidence = match at_microsoft(attempt, voice) {
            Found::Yes(evidence) => evidence,
            not_yet => return Ok(not_yet),
        };
        let Some(device) = device.filter(|d| d.is_registered(attempt.now)) else {
            return Ok(Found::NotYet(Sentence::new("wait-registration").with("device", &plan.device)));
        };
        let by = match device.registration {
            Registration::Registered { user_agent: Some(agent) } => format!("{} ({agent})", device.name),
            _ => device.name,
        };
        evidence.push(item("item-registered", by));
        Ok(Found::Yes(evidence))
    }
}
