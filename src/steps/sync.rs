//! Step 5: Microsoft shows the line. It comes by itself, or after a human pressed "Sync Teams Users"; we only look.

use super::{Attempt, Found, Trouble, Watch, item, said};
use crate::domain::{Line, Sentence, StepKind, same_number};
use crate::flow::StepRecord;
use crate::outside::VoiceState;
use crate::plan::ConnecttoTeamsTarget;

pub(super) struct Sync;

/// Microsoft shows the planned line for this user.
pub(super) fn shows(voice: &VoiceState, line: &Line) -> bool {
    let line = line.to_string();
    voice.numbers.iter().any(|shown| same_number(&shown.number, &line))
}

impl Watch for Sync {
    async fn look(&self, attempt: &Attempt<'_>) -> Result<Found, Trouble> {
        let voice = attempt.systems.graph.voice(&attempt.plan.subject_id).await?;
        let line = attempt.plan.line();
        let target = attempt.plan.connecttoteams().filter(|_| attempt.plan.keeps_line());
        Ok(match (voice, target) {
            (Some(voice), Some(target)) if shows(&voice, &line) => passed_on(attempt, target),
            (voice, _) => appears(voice, line),
        })
    }
}

/// The line was there before the change. Whether Microsoft follows shows nowhere, so a human says that they had it synced,
/// or the carrier, which does it by itself, gets its time.
fn passed_on(attempt: &Attempt<'_>, target: &ConnecttoTeamsTarget) -> Found {
    let record = |kind| attempt.request.steps.iter().find(|step| step.kind == kind);
    if !target.consent {
        let report = record(StepKind::Sync).and_then(StepRecord::report);
        return match report {
            Some(report) => Found::Yes(report.items()),
            None => Found::NotYet(Sentence::new("wait-change-reported").with("line", &target.line)),
        };
    }
    let saved = record(StepKind::PbxUser).and_then(|step| step.ended);
    match saved.and_then(|saved| saved.checked_add(target.sync_wait).ok()) {
        Some(until) if attempt.now < until => {
            Found::NotYet(Sentence::new("wait-change-passed-on").with("line", &target.line))
        }
        _ => Found::Yes(vec![said("item-passed-on", "value-passed-on")]),
    }
}

fn appears(voice: Option<VoiceState>, line: Line) -> Found {
    match voice {
        Some(voice) if shows(&voice, &line) => Found::Yes(vec![item("item-number", line)]),
        Some(voice) if !voice.numbers.is_empty() => {
            let found: Vec<_> = voice.numbers.into_iter().map(|n| n.number).collect();
            Found::NotYet(Sentence::new("wait-line-other").with("line", line).with("found", found.join(", ")))
        }
        Some(_) => Found::NotYet(Sentence::new("wait-line").with("line", line)),
        None => Found::NotYet(Sentence::new("wait-provisioning").with("line", line)),
    }
}
