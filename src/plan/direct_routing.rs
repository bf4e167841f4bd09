//! Carrier direct-routing: the tenant's own session border controllers, everything through Microsoft Graph.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::preview::text;
use super::step::{Course, How, LATE, Looks, PROOF_TOO_LATE};
use super::{Ask, NotChosen, StepKind, given, same_name};
use crate::config::Customer;
use crate::domain::{E164, Fixer, RoutingPolicy, Sentence};
use crate::view::Item;

/// What a customer's configuration offers, as it was when the facts were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectRoutingOffer {
    /// The pool of numbers; empty: whoever asks names one.
    pub pool: Vec<E164>,
    /// Voice routes with their policies; empty: the policy stays as it is.
    pub policies: Vec<RoutingPolicy>,
    /// When waiting for Microsoft ends.
    pub ready_deadline: SignedDuration,
}

/// What a plan sets. The order of the fields is part of every digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectRoutingTarget {
    /// The number that Teams will show.
    pub number: E164,
    /// The chosen voice route; `None`: the policy stays as it is.
    pub route: Option<RoutingPolicy>,
    /// When waiting for Microsoft ends.
    pub routing_deadline: SignedDuration,
}

impl DirectRoutingOffer {
    pub(super) fn of(customer: &Customer) -> Self {
        let settings = customer.direct_routing.clone().unwrap_or_default();
        Self { pool: settings.numbers, policies: settings.voice_routes, ready_deadline: settings.ready_deadline }
    }

    /// The route of this name, ignoring case, blanks and hyphens.
    pub fn route(&self, name: &str) -> Option<&RoutingPolicy> {
        self.policies.iter().find(|r| same_name(&r.name, name))
    }

    /// The number may be given to somebody.
    pub fn has(&self, number: &E164) -> bool {
        self.pool.is_empty() || self.pool.contains(number)
    }

    pub(super) fn choose(
        &self,
        ask: &Ask,
        inputs: &BTreeMap<String, String>,
    ) -> Result<DirectRoutingTarget, NotChosen> {
        let number = match given(inputs, "number") {
            Some(number) => E164::parse(number).map_err(|_| NotChosen::Unknown("item-number"))?,
            None => ask.number.clone().ok_or(NotChosen::Missing("item-number"))?,
        };
        // Without a pool nobody but the command names a number.
        if !self.has(&number) || (self.pool.is_empty() && ask.number.as_ref() != Some(&number)) {
            return Err(NotChosen::Unknown("item-number"));
        }
        let route = match given(inputs, "route") {
            Some(name) => Some(self.route(name).ok_or(NotChosen::Unknown("item-route"))?.clone()),
            None if self.policies.is_empty() => None,
            None => return Err(NotChosen::Missing("item-route")),
        };
        Ok(DirectRoutingTarget { number, route, routing_deadline: self.ready_deadline })
    }

    pub(super) fn items(&self, ask: &Ask) -> Vec<Item> {
        vec![text("item-subject", &ask.subject)]
    }

    pub(super) fn notices(&self) -> Vec<Sentence> {
        vec![Sentence::new("notice-number-soon")]
    }
}

impl DirectRoutingTarget {
    pub(super) fn steps(&self) -> Vec<StepKind> {
        let route = self.route.as_ref().map(|_| StepKind::VoiceRoute);
        let first = [StepKind::SubjectReady, StepKind::NumberFree, StepKind::AssignNumber];
        first.into_iter().chain(route).chain([StepKind::Proof]).collect()
    }

    pub(super) fn inputs(&self) -> BTreeMap<String, String> {
        let route = self.route.as_ref().map(|route| ("route".to_owned(), route.name.clone()));
        std::iter::once(("number".to_owned(), self.number.to_string())).chain(route).collect()
    }

    /// Everything is done by the bot; Microsoft may take its time.
    pub(super) fn course(&self, kind: StepKind) -> Course {
        match kind {
            StepKind::SubjectReady | StepKind::NumberFree => Course::automatic(Fixer::MicrosoftAdmin),
            _ => Course {
                how: How::Automatic,
                looks: Looks::OftenAtFirst,
                usual: None,
                late: Some(LATE),
                stops_after: self.routing_deadline,
                counts_from: None,
                again_from: None,
                too_late: (kind == StepKind::Proof).then_some(PROOF_TOO_LATE),
                mender: Fixer::MicrosoftAdmin,
            },
        }
    }

    pub(super) fn says(&self, sentence: Sentence) -> Sentence {
        let route = self.route.as_ref().map_or("", |route| route.name.as_str());
        sentence.with("line", &self.number).with("number", &self.number).with("route", route)
    }

    pub(super) fn items(&self) -> Vec<Item> {
        let route = self.route.as_ref().map(|route| text("item-route", &route.name));
        std::iter::once(text("item-number", &self.number)).chain(route).collect()
    }

    pub(super) fn notices(&self) -> Vec<Sentence> {
        vec![Sentence::new("notice-number-appears-soon").with("line", &self.number)]
    }
}
