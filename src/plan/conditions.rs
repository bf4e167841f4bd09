//! Every condition of the how-tos, checked together. Order: the user, what the carrier wants of them, the extension or
//! the number, our own records.

use super::{Ask, ConnecttoTeamsOffer, Facts, GroupFact, Offer, PhoneSystem, SubjectFacts};
use crate::domain::{E164, Extension, Fixer, Line, Problem, Sentence, Upn, same_number};
use crate::view::shown_time;

/// A condition and how to mend it; the fix is said by the twin message `<id>-fix`.
pub(super) fn problem(what: Sentence, who: Fixer) -> Problem {
    let fix = what.twin("-fix");
    Problem { what, fix, who }
}

/// All conditions that are not met. Empty: the request may be confirmed.
pub fn problems(ask: &Ask, offer: &Offer, facts: &Facts) -> Vec<Problem> {
    let mut found = subject_conditions(ask, offer, facts);
    let unknown = |id: &str, name: &str| problem(Sentence::new(id).with("name", name), Fixer::Requester);
    match offer {
        Offer::ConnecttoTeams(offer) => {
            if let Some(request) = facts.ours.disabled_before {
                let what = Sentence::new("cond-disabled-before").with("upn", &ask.subject);
                found.push(problem(what.with("request", request), Fixer::PortalOperator));
            }
            found.extend(extension_conditions(ask, offer, facts));
            found.extend(ask.number.as_ref().and_then(|number| held(number, facts)));
            if let Some(name) = ask.location.as_deref().filter(|name| offer.location(name).is_none()) {
                found.push(unknown("cond-location-unknown", name));
            }
            if let Some(name) = ask.route.as_deref().filter(|name| offer.route(name).is_none()) {
                found.push(unknown("cond-route-unknown", name));
            }
        }
        Offer::CallTower(portal) => {
            found.extend(choice_of_number(ask, offer, facts));
            let lists = [
                ("item-emergency-location", portal.portal_locations.is_empty()),
                ("item-plan", portal.service_plans.is_empty()),
            ];
            let empty = lists.into_iter().filter(|(_, empty)| *empty);
            found.extend(empty.map(|(label, _)| {
                problem(Sentence::new("cond-nothing-offered").with_term("input", label), Fixer::BotOperator)
            }));
            if let Some(name) = ask.location.as_deref().filter(|name| portal.location(name).is_none()) {
                found.push(unknown("cond-emergency-location-unknown", name));
            }
            found.extend(busy(ask, facts));
        }
        Offer::DirectRouting(direct) => {
            found.extend(choice_of_number(ask, offer, facts));
            if let Some(name) = ask.route.as_deref().filter(|name| direct.route(name).is_none()) {
                found.push(unknown("cond-route-unknown", name));
            }
            found.extend(busy(ask, facts));
        }
    }
    found
}

/// A number can be chosen, and the one that was asked for is free.
fn choice_of_number(ask: &Ask, offer: &Offer, facts: &Facts) -> Vec<Problem> {
    let pool = offer.pool();
    let one = |id: &str, who| vec![problem(Sentence::new(id).with("upn", &ask.subject), who)];
    match &ask.number {
        Some(number) if !pool.contains(number) && (!pool.is_empty() || needs_pool(offer)) => {
            vec![problem(Sentence::new("cond-number-not-offered").with("number", number), Fixer::Requester)]
        }
        Some(number) => number_conditions(number, subject_id(facts), facts),
        None if pool.is_empty() && !needs_pool(offer) => one("cond-number-missing", Fixer::Requester),
        None if free_numbers(offer, facts).is_empty() => one("cond-no-number-free", Fixer::BotOperator),
        None => Vec::new(),
    }
}

/// Numbers are bought from the carrier: only those of the list exist.
fn needs_pool(offer: &Offer) -> bool {
    matches!(offer, Offer::CallTower(_))
}

fn subject_id(facts: &Facts) -> &str {
    facts.subject.as_ref().map_or("", |subject| subject.id.as_str())
}

/// The conditions of one number: nobody else has it at Microsoft, and no other request holds it.
pub fn number_conditions(number: &E164, subject_id: &str, facts: &Facts) -> Vec<Problem> {
    let taken = facts.numbers.iter().find(|t| t.number == *number && !t.holder.eq_ignore_ascii_case(subject_id));
    let taken = taken.map(|taken| {
        let what = Sentence::new("cond-number-taken").with("number", number);
        problem(what.with("owner", taken.name.as_ref().unwrap_or(&taken.holder)), Fixer::MicrosoftAdmin)
    });
    taken.into_iter().chain(held(number, facts)).collect()
}

fn held(number: &E164, facts: &Facts) -> Option<Problem> {
    let held = facts.ours.numbers_held.iter().find(|held| held.number == *number)?;
    let what = match held.cooling_until {
        None => Sentence::new("cond-number-held"),
        Some(until) => Sentence::new("cond-number-cooling").with("until", shown_time(until)),
    };
    let what = what.with("number", number).with("request", held.request);
    Some(problem(what.with("subject", &held.subject), Fixer::Requester))
}

/// The numbers of the pool that can be chosen now.
pub fn free_numbers(offer: &Offer, facts: &Facts) -> Vec<E164> {
    let free = |number: &&E164| number_conditions(number, subject_id(facts), facts).is_empty();
    offer.pool().iter().filter(free).cloned().collect()
}

/// The conditions of the Microsoft 365 user alone.
pub fn subject_conditions(ask: &Ask, offer: &Offer, facts: &Facts) -> Vec<Problem> {
    let Some(subject) = &facts.subject else {
        return vec![problem(Sentence::new("cond-user-missing").with("upn", &ask.subject), Fixer::MicrosoftAdmin)];
    };
    // What a request that was cancelled midway began shows up later: the next one finishes it.
    let begun = ask.line().map(|line| line.to_string()).into_iter();
    let begun = begun.chain(facts.ours.own_numbers.iter().map(E164::to_string));
    let begun: Vec<String> = begun.filter(|_| facts.ours.cancelled_midway.is_some()).collect();
    let number = subject.number.clone().filter(|number| !begun.iter().any(|line| same_number(line, number)));
    let subject = SubjectFacts { number, ..subject.clone() };
    let mut found = directory_problems(ask, offer, &subject);
    match offer {
        Offer::ConnecttoTeams(offer) => found.extend(group_problem(ask, offer, &subject)),
        Offer::CallTower(_) => found.extend(calling_plan_problem(ask, &subject)),
        Offer::DirectRouting(_) => {}
    }
    found
}

/// Business Voice counts for CallTower only without Microsoft's own calling plan.
fn calling_plan_problem(ask: &Ask, subject: &SubjectFacts) -> Option<Problem> {
    let what = || Sentence::new("cond-calling-plan").with("upn", &ask.subject).with("name", &subject.name);
    subject.calling_plan.then(|| problem(what(), Fixer::MicrosoftAdmin))
}

/// The UPN belongs to another account than the one that was approved.
pub fn subject_changed(subject: &Upn) -> Problem {
    problem(Sentence::new("cond-subject-changed").with("upn", subject), Fixer::Requester)
}

/// A number that somebody gave the subject since the plan was made.
pub fn line_changed(subject: &Upn, line: &Line, found: &str) -> Problem {
    let what = Sentence::new("cond-line-changed").with("upn", subject).with("line", line).with("found", found);
    problem(what, Fixer::MicrosoftAdmin)
}

/// What carriers want of the user.
fn directory_problems(ask: &Ask, offer: &Offer, subject: &SubjectFacts) -> Vec<Problem> {
    // Portals list people by their names.
    let named = !matches!(offer, Offer::DirectRouting(_));
    let mut found = Vec::new();
    let mut say = |what: Sentence| {
        let what = what.with("upn", &ask.subject).with("name", &subject.name);
        found.push(problem(what, Fixer::MicrosoftAdmin));
    };
    if !subject.enabled {
        say(Sentence::new("cond-user-disabled"));
    }
    if !subject.member {
        say(Sentence::new("cond-user-not-member"));
    }
    if named && !subject.has_first_name {
        say(Sentence::new("cond-first-name-missing"));
    }
    if named && !subject.has_last_name {
        say(Sentence::new("cond-last-name-missing"));
    }
    match &subject.phone_system {
        PhoneSystem::Missing if subject.virtual_user_plan => {}
        PhoneSystem::Missing => say(Sentence::new("cond-no-phone-system")),
        PhoneSystem::Unusable(status) => say(Sentence::new("cond-phone-system-unusable").with("status", status)),
        PhoneSystem::Usable | PhoneSystem::Grace => {}
    }
    if subject.virtual_user_plan {
        say(Sentence::new("cond-virtual-user-plan"));
    }
    if let Some(number) = &subject.number {
        say(Sentence::new("cond-has-number").with("number", number));
    }
    found
}

/// The group that ConnecttoTeams syncs.
pub(super) fn group_problem(ask: &Ask, offer: &ConnecttoTeamsOffer, subject: &SubjectFacts) -> Option<Problem> {
    let (id, group) = match &subject.group {
        GroupFact::Missing => ("cond-sync-group-missing", &offer.sync_group),
        GroupFact::Read { name, all_company: true } => ("cond-sync-group-all-company", name),
        GroupFact::Read { name, .. } if !subject.in_sync_group => ("cond-not-in-sync-group", name),
        GroupFact::Unread if !subject.in_sync_group => ("cond-not-in-sync-group", &offer.sync_group),
        GroupFact::Read { .. } | GroupFact::Unread => return None,
    };
    let what = Sentence::new(id).with("group", group).with("upn", &ask.subject);
    Some(problem(what, Fixer::MicrosoftAdmin))
}

/// The conditions of the extension alone: at the PBX and in our own records.
pub fn extension_conditions(ask: &Ask, offer: &ConnecttoTeamsOffer, facts: &Facts) -> Vec<Problem> {
    let Some(asked) = &ask.extension else { return Vec::new() };
    let mut found = own_extension_conditions(asked, offer, facts);
    found.extend(busy(ask, facts));
    found
}

/// The same subject has another request under way.
pub(super) fn busy(ask: &Ask, facts: &Facts) -> Option<Problem> {
    let what = Sentence::new("cond-subject-busy").with("request", facts.ours.other_request?).with("upn", &ask.subject);
    Some(problem(what, Fixer::Requester))
}

fn own_extension_conditions(asked: &Extension, offer: &ConnecttoTeamsOffer, facts: &Facts) -> Vec<Problem> {
    let mut found = Vec::new();
    let extension = &facts.extension;
    let sentence = |id: &str| Sentence::new(id).with("extension", asked);
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
        let device = offer.device(asked);
        found.push(problem(sentence("cond-device-registered").with("device", device), Fixer::PbxAdmin));
    }
    // A request that is still open about the same subject is told below.
    if let Some((request, subject)) = &facts.ours.held_by
        && facts.ours.other_request != Some(*request)
    {
        let what = match facts.ours.held_until {
            None => sentence("cond-extension-held"),
            Some(until) => sentence("cond-extension-cooling").with("until", shown_time(until)),
        };
        let what = what.with("request", request).with("subject", subject);
        found.push(problem(what, Fixer::Requester));
    }
    found
}

/// What deserves a second look but stops nothing.
pub fn warnings(ask: &Ask, offer: &Offer, facts: &Facts) -> Vec<Sentence> {
    let mut found = Vec::new();
    let syncs_group = offer.connecttoteams().is_some();
    if let Some(subject) = &facts.subject {
        if subject.phone_system == PhoneSystem::Grace {
            found.push(Sentence::new("warn-phone-system-grace").with("upn", &ask.subject));
        }
        if !subject.has_usage_location {
            found.push(Sentence::new("warn-no-usage-location").with("upn", &ask.subject));
        }
        // CallTower's is a condition. ConnecttoTeams may not list whoever has one.
        if subject.calling_plan && !matches!(offer, Offer::CallTower(_)) {
            found.push(Sentence::new("warn-calling-plan").with("upn", &ask.subject));
        }
        if subject.group == GroupFact::Unread && syncs_group {
            found.push(Sentence::new("warn-group-unread"));
        }
    }
    if let Some(owner) = &facts.extension.looks_like {
        let extension = ask.extension.as_ref().map(ToString::to_string).unwrap_or_default();
        found.push(Sentence::new("warn-extension-owner").with("extension", extension).with("owner", owner));
    }
    if let Some(device) = &facts.extension.old_device {
        found.push(Sentence::new("warn-old-device").with("device", device));
    }
    found
}

/// Held numbers are seen by everybody who could have chosen them.
pub fn held_numbers(offer: &Offer, facts: &Facts) -> Vec<Sentence> {
    let held = facts.ours.numbers_held.iter().filter(|held| offer.pool().contains(&held.number));
    let told = held.map(|held| {
        let what = match held.cooling_until {
            None => Sentence::new("warn-number-held"),
            Some(until) => Sentence::new("warn-number-cooling").with("until", shown_time(until)),
        };
        let what = what.with("number", &held.number).with("request", held.request);
        what.with("subject", &held.subject)
    });
    told.collect()
}
