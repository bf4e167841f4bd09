//! What the PBX has to say about the extension.

use super::{Belongs, Device, Evidence, Pbx, PbxLine, Rings, Standing, untold};
use crate::domain::{Fixer, Sentence};
use crate::view::Finding;

pub(super) fn conditions(evidence: &Evidence, pbx: &Pbx) -> Vec<Finding> {
    let line = match pbx {
        Pbx::Looked(line) => line,
        Pbx::NotLookedAt => {
            let why = Sentence::new("unsure-extension").with("upn", &evidence.subject);
            return vec![Finding::unknown("condition-extension", why, Some(Fixer::Requester))];
        }
    };
    let mut found = owner(evidence, line);
    if !matches!(&line.owner, Ok(None)) {
        found.extend(device(evidence, line));
        found.push(rings(line));
    }
    found
}

/// How far the line came: our own request tells, or else Teams, which shows the line that somebody set up by hand.
fn standing(evidence: &Evidence, line: &PbxLine) -> Standing {
    let by_hand = || match &evidence.voice {
        Ok(Some(voice)) => voice.extension().as_ref() == Some(&line.extension),
        _ => false,
    };
    match &evidence.records.last {
        Some(last) if last.extension.is_some() => last.standing,
        _ if by_hand() => Standing::Done,
        last => last.as_ref().map_or(Standing::Asked, |last| last.standing),
    }
}

fn owner(evidence: &Evidence, line: &PbxLine) -> Vec<Finding> {
    let said = |id: &str| Sentence::new(id).with("extension", &line.extension).with("upn", &evidence.subject);
    let owner = match &line.owner {
        Ok(Some(owner)) => owner,
        Ok(None) => {
            return vec![Finding::broken("condition-extension", said("cond-extension-missing"), Fixer::PbxAdmin)];
        }
        Err(why) => return vec![untold("condition-extension", why), untold("condition-extension-owner", why)],
    };
    let exists = match owner.system {
        true => Finding::broken("condition-extension", said("cond-extension-system"), Fixer::Requester),
        false => Finding::met("condition-extension", said("fine-extension").with("owner", &owner.name)),
    };
    let linked = |id: &str, name: &str| said(id).with("owner", name);
    let belongs = match &line.belongs {
        _ if owner.system => return vec![exists],
        Ok(Belongs::Subject) => Finding::met("condition-extension-owner", Sentence::new("fine-extension-owner")),
        Ok(Belongs::Other(name)) => {
            Finding::broken("condition-extension-owner", linked("cond-extension-linked", name), Fixer::PbxAdmin)
        }
        Ok(Belongs::Unclear(name)) => {
            Finding::advice("condition-extension-owner", linked("look-extension-owner", name), Fixer::PbxAdmin)
        }
        Err(why) => untold("condition-extension-owner", why),
    };
    vec![exists, belongs]
}

fn device(evidence: &Evidence, line: &PbxLine) -> Vec<Finding> {
    let said = |id: &str| Sentence::new(id).with("device", &line.device_name);
    let mut found = match (&line.device, standing(evidence, line)) {
        (Ok(Some(device)), standing) => {
            let emergency = match device.has_emergency {
                true => Finding::met("condition-emergency", Sentence::new("fine-emergency")),
                false => Finding::advice("condition-emergency", said("look-emergency"), Fixer::PbxAdmin),
            };
            let exists = Finding::met("condition-device", Sentence::new("fine-value").with("value", &line.device_name));
            vec![exists, emergency, registered(device, standing, &said)]
        }
        (Ok(None), Standing::Done) => {
            vec![Finding::broken("condition-device", said("cond-device-gone"), Fixer::PbxAdmin)]
        }
        (Ok(None), Standing::Leaving) => vec![Finding::met("condition-device", Sentence::new("fine-none"))],
        (Ok(None), _) => vec![Finding::notice("condition-device", said("look-device-later"))],
        (Err(why), _) => ["condition-device", "condition-emergency", "condition-registered"]
            .into_iter()
            .map(|condition| untold(condition, why))
            .collect(),
    };
    if let Some(old) = &line.old_device {
        let old = Sentence::new("look-old-device").with("device", old);
        found.push(Finding::advice("condition-old-device", old, Fixer::PbxAdmin));
    }
    found
}

/// Before onboarding nobody may use the device; after it, Teams must.
fn registered(device: &Device, standing: Standing, said: &impl Fn(&str) -> Sentence) -> Finding {
    const CONDITION: &str = "condition-registered";
    match (device.registered, standing) {
        (None, _) => Finding::unknown(CONDITION, said("unsure-registered"), Some(Fixer::PbxAdmin)),
        (Some(true), Standing::Asked) => Finding::broken(CONDITION, said("cond-device-registered"), Fixer::PbxAdmin),
        (Some(true), _) => Finding::met(CONDITION, Sentence::new("fine-registered")),
        (Some(false), Standing::Done) => {
            Finding::broken(CONDITION, said("cond-device-unregistered"), Fixer::PortalOperator)
        }
        (Some(false), Standing::Begun) => Finding::notice(CONDITION, said("look-registered-later")),
        (Some(false), Standing::Asked | Standing::Leaving) => {
            Finding::met(CONDITION, Sentence::new("fine-unregistered"))
        }
    }
}

fn rings(line: &PbxLine) -> Finding {
    const CONDITION: &str = "condition-answer-rule";
    let said = |id: &str| Sentence::new(id).with("device", &line.device_name).with("extension", &line.extension);
    let advice = |id: &str| Finding::advice(CONDITION, said(id), Fixer::PbxAdmin);
    match &line.rings {
        Ok(Rings::Connector) => Finding::met(CONDITION, said("fine-answer-rule")),
        Ok(Rings::Elsewhere) => advice("look-answer-rule"),
        Ok(Rings::Nobody) => advice("look-do-not-disturb"),
        Ok(Rings::Forwarded) => advice("look-forwarded"),
        Ok(Rings::NoRule) => Finding::unknown(CONDITION, said("unsure-answer-rule"), Some(Fixer::PbxAdmin)),
        Err(why) => untold(CONDITION, why),
    }
}
