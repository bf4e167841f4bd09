//! Step 4: the user at ConnecttoTeams.
//!
//! `configureUser` adds and edits alike and there is no call to read it back, so the same body is sent at every try and
//! the proof is Microsoft's: the line that the next step waits for. A line that Microsoft shows already needs no call,
//! unless an earlier request was cancelled midway: what it saved may differ from this plan.

use super::{Attempt, Check, Seen, Step, Trouble, sync};
use crate::domain::{Fixer, Sentence};
use crate::outside::{ConfigureUser, Fault, OutsideError};

pub(super) struct PbxUser;

/// Microsoft shows the line, and it can only have come from this plan.
async fn shows(attempt: &Attempt<'_>) -> Result<bool, Trouble> {
    let begun = attempt.request.facts.as_ref().is_some_and(|facts| facts.ours.cancelled_midway.is_some());
    // A line that is changed is shown already, with the values from before.
    if begun || attempt.plan.replaces.is_some() {
        return Ok(false);
    }
    let voice = attempt.systems.graph.voice(&attempt.plan.subject_id).await?;
    Ok(voice.is_some_and(|v| sync::shows(&v, &attempt.plan.line())))
}

impl Step for PbxUser {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        if shows(attempt).await? {
            return Ok(Check::Already(Vec::new()));
        }
        // Nothing can be read at ConnecttoTeams: what was there before is unknown.
        Ok(Check::Needed("\"unknown\"".to_owned()))
    }

    async fn run(&self, attempt: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        let connector = attempt.systems.connector.as_deref().ok_or(Trouble::NotConfigured)?;
        let plan = attempt.connecttoteams()?;
        let user = ConfigureUser {
            subject: attempt.plan.subject.clone(),
            pbx_location: plan.choices.location.id.clone(),
            sbc_gateway_id: plan.choices.route.sbc_gateway_id,
            sip_user: plan.pbx_user(),
            device: plan.device.clone(),
            line: plan.line.clone(),
            voicemail: plan.choices.voicemail,
        };
        match connector.configure_user(&user).await {
            // The SIP user is bound to another Teams user, perhaps a disabled or deleted one of the portal.
            Err(OutsideError { fault: Fault::Conflict, .. }) => Err(Trouble::Cause(
                Sentence::new("cause-sip-user-bound").with("user", plan.pbx_user()).with("extension", &plan.extension),
                Fixer::PortalOperator,
            )),
            result => Ok(result.map(|()| None)?),
        }
    }

    async fn verify(&self, attempt: &Attempt<'_>, accepted: bool) -> Result<Seen, Trouble> {
        if accepted {
            return Ok(Seen::Yes(Vec::new()));
        }
        // The answer was lost: only the line can tell.
        if shows(attempt).await? {
            return Ok(Seen::Yes(Vec::new()));
        }
        Ok(Seen::NotYet(Sentence::new("wait-line").with("line", attempt.plan.line())))
    }
}
