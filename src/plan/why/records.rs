//! What our own journal and configuration know, and what only the carrier's portal knows.

use jiff::Timestamp;

use super::{Evidence, Pbx};
use crate::config::Carrier;
use crate::domain::{Fixer, RequestId, Sentence};
use crate::view::{Finding, shown_time};

/// The carrier: consent, disabled users, the last sync.
pub(super) fn carrier(evidence: &Evidence) -> Vec<Finding> {
    match evidence.carrier {
        Carrier::ConnecttoTeams => {
            evidence.consent.map(consent).into_iter().chain([disabled_before(evidence), last_sync(evidence)]).collect()
        }
        Carrier::CallTower => {
            let name = evidence.subject.as_str().split('@').next().unwrap_or_default();
            let why = Sentence::new("unsure-calltower").with("name", name);
            vec![Finding::unknown("condition-calltower", why, Some(Fixer::PortalOperator))]
        }
        Carrier::DirectRouting => Vec::new(),
    }
}

fn consent(given: bool) -> Finding {
    const CONDITION: &str = "condition-consent";
    match given {
        true => Finding::met(CONDITION, Sentence::new("fine-consent")),
        false => Finding::advice(CONDITION, Sentence::new("look-consent"), Fixer::PortalOperator),
    }
}

/// ConnecttoTeams documents no way to list disabled users; what we took away ourselves is known.
fn disabled_before(evidence: &Evidence) -> Finding {
    const CONDITION: &str = "condition-disabled-before";
    match evidence.records.taken_away {
        Some((request, at)) => {
            let found = Sentence::new("cond-disabled-before").with("upn", &evidence.subject).with("request", request);
            Finding::broken(CONDITION, found, Fixer::PortalOperator).since(Some(at))
        }
        None => Finding::unknown(CONDITION, Sentence::new("unsure-disabled-before"), Some(Fixer::PortalOperator)),
    }
}

/// No documented call tells when the carrier last synced. A line that one of our requests saw appear is proof of one.
fn last_sync(evidence: &Evidence) -> Finding {
    const CONDITION: &str = "condition-last-sync";
    let seen = |id: &str, (request, at): (RequestId, Timestamp)| {
        Sentence::new(id).with("request", request).with("at", shown_time(at))
    };
    match (evidence.records.own_sync, evidence.records.last_sync) {
        (Some(sync), _) => Finding::met(CONDITION, seen("fine-own-sync", sync)),
        (None, Some(sync)) => Finding::unknown(CONDITION, seen("unsure-last-sync", sync), Some(Fixer::PortalOperator)),
        (None, None) => Finding::unknown(CONDITION, Sentence::new("unsure-never-synced"), Some(Fixer::PortalOperator)),
    }
}

/// Holds and requests that are not over.
pub(super) fn ours(evidence: &Evidence) -> Vec<Finding> {
    let mut found: Vec<Finding> = held(evidence).into_iter().collect();
    found.push(match &evidence.records.under_way {
        Some(open) => Finding {
            condition: Sentence::new("condition-request").with("request", open.id),
            ..Finding::notice("condition-under-way", open.state.clone()).since(Some(open.since))
        },
        None => Finding::met("condition-under-way", Sentence::new("fine-none")),
    });
    found
}

/// Who holds what the user's last request is about: the extension that was looked at, or the number.
fn held(evidence: &Evidence) -> Option<Finding> {
    const CONDITION: &str = "condition-held";
    let (held, cooling, kind, value) = match (&evidence.pbx, &evidence.records.last) {
        (Some(Pbx::Looked(line)), _) => {
            ("cond-extension-held", "cond-extension-cooling", "extension", line.extension.to_string())
        }
        (_, Some(last)) if last.extension.is_none() && !last.line.is_empty() => {
            ("cond-number-held", "cond-number-cooling", "number", last.line.clone())
        }
        _ => return None,
    };
    let Some(hold) = &evidence.records.hold else {
        return Some(Finding::met(CONDITION, Sentence::new("fine-not-held")));
    };
    let by = |id: &str| Sentence::new(id).with("request", hold.request);
    let foreign = |id: &str| {
        let what = by(id).with(kind, &value).with("subject", &hold.subject);
        match hold.cooling_until {
            Some(until) => what.with("until", shown_time(until)),
            None => what,
        }
    };
    // Whoever asks for their own line again has it held by that request, not by the one that took it away.
    let asked_again = evidence.records.under_way.as_ref().is_some_and(|open| open.id == hold.request);
    Some(match (hold.subject == evidence.subject, hold.cooling_until) {
        // Since when it was held is not since when it cools.
        (false, Some(_)) => Finding::broken(CONDITION, foreign(cooling), Fixer::Requester),
        (false, None) => Finding::broken(CONDITION, foreign(held), Fixer::Requester).since(Some(hold.since)),
        (true, Some(until)) if !asked_again => {
            Finding::met(CONDITION, by("fine-held-cooling").with("until", shown_time(until)))
        }
        (true, _) => Finding::met(CONDITION, by("fine-held")).since(Some(hold.since)),
    })
}
