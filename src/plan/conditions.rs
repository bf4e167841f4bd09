//! Every condition of the how-to, checked together. Order: the user, the group, the extension, our own records.

use super::{Ask, Facts, GroupFact, Offer, PhoneSystem, SubjectFacts};
use crate::domain::{Fixer, Problem, Sentence, Upn};

/// A condition and how to mend it; the fix is said by the twin message `<id>-fix`.
fn problem(what: Sentence, who: Fixer) -> Problem {
    let fix = what.twin("-fix");
    Problem { what, fix, who }
}

/// All conditions that are not met. Empty: the request may be confirmed.
pub fn problems(ask: &Ask, offer: &Offer, facts: &Facts) -> Vec<Problem> {
    let mut found = subject_conditions(ask, offer, facts);
    if let Some(request) = facts.ours.disabled_before {
        found.push(problem(
            Sentence::new("cond-disabled-before").with("upn", &ask.subject).with("request", request),
            Fixer::PortalOperator,
        ));
    }
    found.extend(extension_conditions(ask, offer, facts));
    if let Some(name) = ask.location.as_deref().filter(|name| offer.location(name).is_none()) {
        found.push(problem(Sentence::new("cond-location-unknown").with("name", name), Fixer::Requester));
    }
    if let Some(name) = ask.route.as_deref().filter(|name| offer.route(name).is_none()) {
        found.push(problem(Sentence::new("cond-route-unknown").with("name", name), Fixer::Requester));
    }
    found
}

/// The conditions of the Microsoft 365 user alone.
pub fn subject_conditions(ask: &Ask, offer: &Offer, facts: &Facts) -> Vec<Problem> {
    let Some(subject) = &facts.subject else {
        return vec![problem(Sentence::new("cond-user-missing").with("upn", &ask.subject), Fixer::MicrosoftAdmin)];
    };
    let mut found = Vec::new();
    // What a request that was cancelled midway began shows up later: the next one finishes it.
    let bare = |number: &str| number.trim_start_matches("tel:").trim_start_matches('+').to_owned();
    let own = |number: &String| facts.ours.cancelled_midway.is_some() && bare(number) == bare(&ask.line().to_string());
    let number = subject.number.clone().filter(|number| !own(number));
    directory_problems(ask, offer, &SubjectFacts { number, ..subject.clone() }, &mut found);
    found
}

/// The UPN belongs to another account than the one that was approved.
pub fn subject_changed(subject: &Upn) -> Problem {
    problem(Sentence::new("cond-subject-changed").with("upn", subject), Fixer::Requester)
}

fn directory_problems(ask: &Ask, offer: &Offer, subject: &SubjectFacts, found: &mut Vec<Problem>) {
    let mut say = |id: &str| {
        let what = Sentence::new(id).with("upn", &ask.subject).with("name", &subject.name);
        found.push(problem(what, Fixer::MicrosoftAdmin));
    };
    if !subject.enabled {
        say("cond-user-disabled");
    }
    if !subject.member {
        say("cond-user-not-member");
    }
    if !subject.has_first_name {
        say("cond-first-name-missing");
    }
    if !subject.has_last_name {
        say("cond-last-name-missing");
    }
    match &subject.phone_system {
        PhoneSystem::Missing if subject.virtual_user_plan => {}
        PhoneSystem::Missing => say("cond-no-phone-system"),
        PhoneSystem::Unusable(status) => {
            let what = Sentence::new("cond-phone-system-unusable").with("status", status).with("upn", &ask.subject);
            found.push(problem(what, Fixer::MicrosoftAdmin));
        }
        PhoneSystem::Usable | PhoneSystem::Grace => {}
    }
    let mut say = |what: Sentence| found.push(problem(what.with("upn", &ask.subject), Fixer::MicrosoftAdmin));
    if subject.virtual_user_plan {
        say(Sentence::new("cond-virtual-user-plan"));
    }
    if let Some(number) = &subject.number {
        say(Sentence::new("cond-has-number").with("number", number));
    }
    match &subject.group {
        GroupFact::Missing => say(Sentence::new("cond-sync-group-missing").with("group", &offer.sync_group)),
        GroupFact::Read { name, all_company: true } => {
            say(Sentence::new("cond-sync-group-all-company").with("group", name));
        }
        GroupFact::Read { name, .. } if !subject.in_sync_group => {
            say(Sentence::new("cond-not-in-sync-group").with("group", name));
        }
        GroupFact::Unread if !subject.in_sync_group => {
            say(Sentence::new("cond-not-in-sync-group").with("group", &offer.sync_group));
        }
        GroupFact::Read { .. } | GroupFact::Unread => {}
    }
}

/// The conditions of the extension alone: at the PBX and in our own records.
pub fn extension_conditions(ask: &Ask, offer: &Offer, facts: &Facts) -> Vec<Problem> {
    let mut found = Vec::new();
    let extension = &facts.extension;
    let sentence = |id: &str| Sentence::new(id).with("extension", &ask.extension);
    if !extension.exists {
        found.push(problem(sentence("cond-extension-missing"), Fixer::PbxAdmin));
    }
    if extension.system {
        found.push(problem(sentence("cond-extension-system"), Fixer::Requester));
    }
    if let Some(owner) = &extension.linked_to {
        found.push(problem(sentence("cond-extension-linked").with("owner", owner), Fixer::PbxAdmin));
    }
    if extension.device_registered && !facts.ours.same_line_before {
        let device = ask.extension.device(&offer.device_suffix);
        found.push(problem(sentence("cond-device-registered").with("device", device), Fixer::PbxAdmin));
    }
    // A request that is still open about the same subject is told below.
    if let Some((request, subject)) = &facts.ours.held_by
        && facts.ours.other_request != Some(*request)
    {
        let what = sentence("cond-extension-held").with("request", request).with("subject", subject);
        found.push(problem(what, Fixer::Requester));
    }
    if let Some(request) = facts.ours.other_request {
        let what = Sentence::new("cond-subject-busy").with("request", request).with("upn", &ask.subject);
        found.push(problem(what, Fixer::Requester));
    }
    found
}

/// What deserves a second look but stops nothing.
pub fn warnings(ask: &Ask, facts: &Facts) -> Vec<Sentence> {
    let mut found = Vec::new();
    if let Some(subject) = &facts.subject {
        if subject.phone_system == PhoneSystem::Grace {
            found.push(Sentence::new("warn-phone-system-grace").with("upn", &ask.subject));
        }
        if !subject.has_usage_location {
            found.push(Sentence::new("warn-no-usage-location").with("upn", &ask.subject));
        }
        if subject.group == GroupFact::Unread {
            found.push(Sentence::new("warn-group-unread"));
        }
    }
    if let Some(owner) = &facts.extension.looks_like {
        found.push(Sentence::new("warn-extension-owner").with("extension", &ask.extension).with("owner", owner));
    }
    if let Some(device) = &facts.extension.old_device {
        found.push(Sentence::new("warn-old-device").with("device", device));
    }
    found
}
