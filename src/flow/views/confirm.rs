//! The confirm card: what is fixed, what can be chosen, and what is preset.

use std::collections::BTreeMap;

use super::super::request::{Request, State};
use super::{not_offered, second_looks};
use crate::domain::{E164, EmergencyAddress, MicrosoftSide, Sentence, Voicemail};
use crate::plan::{Offer, Plan, Target};
use crate::view::{Choice, Confirm, Item, Shown};

fn choice(title: &str) -> Choice {
    Choice { title: Shown::Text(title.to_owned()), value: title.to_owned() }
}

fn address(address: &EmergencyAddress) -> Choice {
    let title = format!("{} ({})", address.name, address.callback_number.as_str());
    Choice { title: Shown::Text(title), value: address.id.clone() }
}

pub(super) fn confirm(request: &Request, open: bool) -> Confirm {
    let ask = &request.ask;
    let closed = match &request.state {
        State::Confirming if open => None,
        State::Cancelled { by } if request.plan.is_none() => {
            Some(Sentence::new("closed-cancelled").with("by", &by.name))
        }
        State::Expired if request.plan.is_none() => Some(Sentence::new("closed-expired")),
        _ => Some(Sentence::new("closed-submitted").with("by", &request.requester.name)),
    };
    let plan = request.plan.as_ref();
    let bare = Confirm {
        stamp: request.stamp(),
        work: ask.work,
        subject_name: request.subject_name(),
        subject: ask.subject.to_string(),
        items: plan.map_or_else(|| items(request), Plan::items),
        locations: Vec::new(),
        location: None,
        location_is_emergency: false,
        numbers: Vec::new(),
        number: None,
        plans: Vec::new(),
        plan: None,
        routes: Vec::new(),
        route: None,
        voicemail: String::new(),
        emergency_addresses: Vec::new(),
        microsoft: microsoft(request),
        notices: if closed.is_none() { notices(request) } else { Vec::new() },
        warnings: if closed.is_none() { [second_looks(request), not_offered(request)].concat() } else { Vec::new() },
        closed,
    };
    if !request.ground().is_none_or(|ground| ground.is_chosen()) {
        return bare;
    }
    let now = Now::of(request);
    match &request.offer {
        Offer::ConnecttoTeams(offer) => {
            let preset_location = match ask.location.as_deref().or(now.location.as_deref()) {
                Some(name) => offer.location(name),
                None => offer.locations.first().filter(|_| offer.locations.len() == 1),
            };
            let preset_route = match ask.route.as_deref().or(now.route.as_deref()) {
                Some(name) => offer.route(name),
                None => offer.routes.first(),
            };
            Confirm {
                locations: offer.locations.iter().map(|l| choice(&l.name)).collect(),
                location: preset_location.map(|l| l.name.clone()),
                routes: offer.routes.iter().map(|r| choice(&r.name)).collect(),
                route: preset_route.map(|r| r.name.clone()),
                voicemail: ask.voicemail.or(now.voicemail).unwrap_or_default().value().to_owned(),
                emergency_addresses: offer.emergency_addresses.iter().map(address).collect(),
                ..bare
            }
        }
        Offer::CallTower(offer) => {
            let (numbers, number) = numbers(request);
            Confirm {
                locations: offer.portal_locations.iter().map(|l| choice(l)).collect(),
                location_is_emergency: true,
                plans: offer.service_plans.iter().map(|p| choice(p)).collect(),
                plan: now
                    .plan
                    .or_else(|| offer.service_plans.first().filter(|_| offer.service_plans.len() == 1).cloned()),
                numbers,
                number,
                ..bare
            }
        }
        Offer::DirectRouting(offer) => {
            let preset_route = match ask.route.as_deref().or(now.route.as_deref()) {
                Some(name) => offer.route(name),
                None => offer.policies.first(),
            };
            let (numbers, number) = numbers(request);
            Confirm {
                numbers,
                number,
                routes: offer.policies.iter().map(|r| choice(&r.name)).collect(),
                route: preset_route.map(|r| r.name.clone()),
                ..bare
            }
        }
    }
}

/// The numbers to choose from, and the one that was asked for, is the only one, or is the subject's by an earlier request.
fn numbers(request: &Request) -> (Vec<Choice>, Option<String>) {
    let asked = request.ask.number.clone();
    let Some((facts, ground)) = request.facts.as_ref().zip(request.ground()) else { return (Vec::new(), None) };
    let free = match &asked {
        Some(number) if request.offer.pool().is_empty() => vec![number.clone()],
        _ => ground.free_numbers(),
    };
    let own = facts.ours.own_numbers.iter().find(|number| free.contains(number)).cloned();
    let now = Now::of(request).number.filter(|number| free.contains(number));
    let only = free.first().filter(|_| free.len() == 1).cloned();
    let preset = asked.or(now).or(own).or(only).map(|number| number.to_string());
    (free.iter().map(|number| choice(number.as_str())).collect(), preset)
}

/// What is fixed before anybody chooses.
pub(super) fn items(request: &Request) -> Vec<Item> {
    request.ground().map_or_else(|| request.offer.items(&request.ask), |ground| ground.items())
}

fn notices(request: &Request) -> Vec<Sentence> {
    request.ground().map_or_else(|| request.offer.notices(&request.ask), |ground| ground.notices())
}

/// What may be done at Microsoft once the carrier is clean, what is preset first: what somebody removed too early is
/// removed again, if nothing else is chosen; more only where the configuration allows it.
fn microsoft(request: &Request) -> Vec<Choice> {
    let planned = request.ground().and_then(|ground| ground.plan(&BTreeMap::new()).ok());
    let Some(preset) = planned.and_then(|plan| plan.removal().map(|removal| removal.microsoft)) else {
        return Vec::new();
    };
    let others = std::iter::once(&MicrosoftSide::Leave).chain(&request.aftercare.microsoft);
    let others: Vec<&MicrosoftSide> = others.filter(|side| **side != preset).collect();
    if others.is_empty() {
        return Vec::new();
    }
    let choice = |side: &MicrosoftSide| {
        let title = Shown::Said(Sentence::new(&format!("microsoft-{}", side.value())));
        Choice { title, value: side.value().to_owned() }
    };
    std::iter::once(&preset).chain(others).map(choice).collect()
}

/// What is set now, where a line is changed: every choice begins with it. Where emergency services go is chosen anew.
#[derive(Default)]
struct Now {
    location: Option<String>,
    route: Option<String>,
    voicemail: Option<Voicemail>,
    plan: Option<String>,
    number: Option<E164>,
}

impl Now {
    fn of(request: &Request) -> Self {
        let line = request.facts.as_ref().and_then(|facts| facts.ours.line.as_ref());
        match line.map(|line| &line.target) {
            Some(Target::ConnecttoTeams(target)) => Self {
                location: Some(target.choices.location.name.clone()),
                route: Some(target.choices.route.name.clone()),
                voicemail: Some(target.choices.voicemail),
                ..Self::default()
            },
            Some(Target::CallTower(target)) => {
                let (plan, number) = (Some(target.service_plan.clone()), Some(target.number.clone()));
                Self { plan, number, ..Self::default() }
            }
            Some(Target::DirectRouting(target)) => {
                let route = target.route.as_ref().map(|route| route.name.clone());
                Self { route, number: Some(target.number.clone()), ..Self::default() }
            }
            Some(Target::Removal(_) | Target::Mend(_)) | None => Self::default(),
        }
    }
}
