//! Step 7: the proof. Number, voice flag and policies from Microsoft, the registered device from the PBX, read together.

use super::{Attempt, Check, Seen, Step, Trouble, item, said, sync};
use crate::domain::Sentence;
use crate::outside::Registration;

pub(super) struct Proof;

impl Step for Proof {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let (plan, line) = (attempt.connecttoteams()?, attempt.plan.line());
        let pbx = attempt.systems.pbx.as_deref().ok_or(Trouble::NotConfigured)?;
        let (voice, device) = tokio::try_join!(
            attempt.systems.graph.voice(&attempt.plan.subject_id),
            pbx.device(&plan.extension, &plan.device)
        )?;
        let Some(voice) = voice.filter(|v| sync::shows(v, &line)) else {
            return Ok(Check::Waiting(Sentence::new("wait-line").with("line", &plan.line)));
        };
        if !voice.enterprise_voice {
            return Ok(Check::Waiting(Sentence::new("wait-voice")));
        }
        let Some(device) = device.filter(|d| d.is_registered(attempt.now)) else {
            return Ok(Check::Waiting(Sentence::new("wait-registration").with("device", &plan.device)));
        };
        let policies: Vec<String> = voice
            .policies
            .iter()
            .map(|p| format!("{}: {}", p.policy_type, p.name.as_deref().unwrap_or("Global")))
            .collect();
        let policies = match policies.as_slice() {
            [] => said("item-policies", "value-none"),
            names => item("item-policies", names.join(", ")),
        };
        let by = match device.registration {
            Registration::Registered { user_agent: Some(agent) } => format!("{} ({agent})", device.name),
            _ => device.name,
        };
        Ok(Check::Already(vec![
            item("item-number", &plan.line),
            said("item-voice-enabled", "value-yes"),
            policies,
            item("item-registered", by),
        ]))
    }

    async fn run(&self, _: &Attempt<'_>) -> Result<(), Trouble> {
        Ok(())
    }

    async fn verify(&self, attempt: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        Ok(Seen::NotYet(attempt.plan.says(Sentence::new("wait-registration"))))
    }
}
