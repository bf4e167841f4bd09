//! The end of taking away: everything read back. Microsoft shows neither line nor calling, and the device that we made is
//! gone from the PBX.

use super::microsoft_side::still_there;
use super::{Attempt, Found, Trouble, Watch, item, said};
use crate::domain::{Sentence, same_number};
use crate::plan::{OwnLine, TakenFrom};

pub(super) struct Clean;

impl Watch for Clean {
    async fn look(&self, attempt: &Attempt<'_>) -> Result<Found, Trouble> {
        let removal = attempt.plan.removal().ok_or(Trouble::NotConfigured)?;
        let line = &removal.line;
        let waits = |id: &str| Ok(Found::NotYet(attempt.plan.says(Sentence::new(id))));
        let voice = attempt.systems.graph.voice(&attempt.plan.subject_id).await?;
        // Of a change that was not finished either number may be there.
        let own = attempt.request.facts.as_ref().and_then(|facts| facts.ours.own_line());
        let lines: Vec<String> = own.into_iter().flat_map(OwnLine::lines).chain([line.to_string()]).collect();
        let shown = voice.iter().flat_map(|voice| &voice.numbers).map(|shown| shown.number.as_str());
        if let Some(left) = shown.into_iter().find(|shown| lines.iter().any(|line| same_number(line, shown))) {
            return Ok(Found::NotYet(Sentence::new("wait-line-gone").with("line", left)));
        }
        // Without a carrier in between nobody but the customer says whether calling stays on.
        let switched_off = removal.taken_from == TakenFrom::ConnecttoTeams;
        if switched_off && voice.as_ref().is_some_and(|voice| voice.enterprise_voice) {
            return waits("wait-calling-off");
        }
        still_there(attempt).await?;
        let mut evidence = vec![item("item-line-gone", line)];
        if switched_off {
            evidence.push(said("item-voice-enabled", "value-no"));
        }
        if let (Some(device), Some(extension)) = (removal.doomed_device(), &removal.extension) {
            let pbx = attempt.systems.pbx.as_deref().ok_or(Trouble::NotConfigured)?;
            if pbx.device(extension, device).await?.is_some() {
                return waits("wait-device-gone");
            }
            evidence.push(item("item-device-removed", device));
        }
        Ok(Found::Yes(evidence))
    }
}
