//! People, a customer and requests in every state, all of them reached by deciding.

mod acts;
mod clock;
mod guiding;
mod properties;
mod stored;
mod table;
mod time;

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::*;
use crate::domain::{
    CustomerId, E164, EmergencyAddress, Extension, PbxLocation, Person, Place, PlaceKind, Problem, RequestId, Role,
    Roles, Surface, Upn, VoiceRoute, Work,
};
use crate::plan::{
    Aftercare, Ask, ConnecttoTeamsOffer, ExtensionFacts, Facts, GroupFact, Offer, OwnRecords, PhoneSystem, StepKind,
    SubjectFacts,
};

fn start() -> Timestamp {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}

fn person(name: &str) -> Person {
    let upn = Upn::parse(&format!("{name}@contoso.com")).ok();
    Person { id: format!("{name}-id"), chat_id: format!("29:{name}"), name: name.to_owned(), upn }
}

/// Rita asks, Paul, Petra and Priya approve, Otto operates the portal, Sam has nothing to do with it.
/// `rita+` is Rita on the day on which she is an approver as well.
fn somebody(name: &str) -> (Person, Roles) {
    use Role::{Approver, Operator, Requester};
    let roles: &[Role] = match name {
        "rita" => &[Requester],
        "rita+" => &[Requester, Approver],
        "paul" | "petra" | "priya" => &[Approver],
        "otto" => &[Operator],
        _ => &[],
    };
    (person(name.trim_end_matches('+')), roles.iter().copied().collect())
}

fn asked(name: &str) -> Asked {
    let person = person(name);
    Asked { id: person.id, name: person.name, chat_id: Some(person.chat_id), alone: None }
}

fn people() -> People {
    People {
        approvers: ["paul", "petra", "priya"].map(asked).to_vec(),
        operators: vec![asked("otto")],
        others: Some(vec!["29:rita".into()]),
    }
}

fn offer() -> ConnecttoTeamsOffer {
    let location = |id: &str, name: &str| PbxLocation { id: id.into(), name: name.into() };
    let route = |name: &str, id| VoiceRoute { name: name.into(), sbc_gateway_id: id };
    let address = |id: &str, name: &str, callback: &str| EmergencyAddress {
        id: id.into(),
        name: name.into(),
        callback_number: E164::parse(callback).unwrap(),
    };
    ConnecttoTeamsOffer {
        locations: vec![location("4711", "Denver PBX"), location("4712", "Boston PBX")],
        routes: vec![route("US East 2", 805), route("US West", 806)],
        emergency_addresses: vec![
            address("a-denver", "Denver HQ", "+13035550100"),
            address("a-boston", "Boston", "+16175550100"),
        ],
        pbx_domain: "contoso".into(),
        device_suffix: "tm".into(),
        sync_group: "4444".into(),
        consent: true,
        sync_wait: minutes(2),
        sync_deadline: SignedDuration::from_hours(24),
    }
}

fn policy() -> Policy {
    Policy {
        required: 1,
        expires_after: SignedDuration::from_hours(24),
        offer: Some(Offer::ConnecttoTeams(offer())),
        held_by: None,
        numbers_held: Vec::new(),
        aftercare: Aftercare::default(),
        guided: GuidedPolicy::default(),
        usual: BTreeMap::new(),
    }
}

fn facts() -> Facts {
    Facts {
        subject: Some(SubjectFacts {
            id: "alice-id".into(),
            name: "Alice Adams".into(),
            enabled: true,
            member: true,
            has_first_name: true,
            has_last_name: true,
            first_name: String::new(),
            last_name: String::new(),
            has_usage_location: true,
            phone_system: PhoneSystem::Usable,
            virtual_user_plan: false,
            calling_plan: false,
            number: None,
            in_sync_group: true,
            group: GroupFact::Read { name: "Teammate Sync".into(), all_company: false },
        }),
        extension: ExtensionFacts { exists: true, ..ExtensionFacts::default() },
        stands: None,
        numbers: Vec::new(),
        ours: OwnRecords::default(),
        read_at: start(),
    }
}

fn bad_facts() -> Facts {
    Facts { subject: None, ..facts() }
}

fn inputs(changed: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut inputs: BTreeMap<String, String> =
        [("location", "Denver PBX"), ("route", "US West"), ("voicemail", "pbx"), ("emergency_address", "a-denver")]
            .map(|(id, value)| (id.to_owned(), value.to_owned()))
            .into();
    for (id, value) in changed {
        inputs.insert((*id).to_owned(), (*value).to_owned());
    }
    inputs
}

fn fault(transient: bool) -> Fault {
    Fault {
        cause: Sentence::new("outside-down"),
        fix: Sentence::new("outside-down-fix"),
        problems: Vec::new(),
        transient,
        retry_after: None,
        incident: Some("1a2b3c4d".into()),
        who: if transient { None } else { Some(crate::domain::Fixer::BotOperator) },
        operators: Vec::new(),
    }
}

fn broken_condition() -> Fault {
    let sentence = |id: &str| Sentence::new(id);
    let who = crate::domain::Fixer::MicrosoftAdmin;
    let problem = Problem { what: sentence("cond-user-disabled"), fix: sentence("cond-user-disabled-fix"), who };
    Fault { problems: vec![problem], who: None, ..fault(false) }
}

/// NetSapiens has been down for a minute; look again in ten seconds.
fn hold(now: Timestamp) -> Hold {
    Hold {
        system: "NetSapiens".into(),
        why: HoldUp::Down,
        since: start() - minutes(1),
        next: now + SignedDuration::from_secs(10),
        operators: Vec::new(),
    }
}

fn not_yet(detail: &str) -> StepOutcome {
    StepOutcome::NotYet(Sentence::new(detail))
}

/// The part of the policy that these stories change.
fn offered(policy: &mut Policy) -> &mut ConnecttoTeamsOffer {
    match &mut policy.offer {
        Some(Offer::ConnecttoTeams(offer)) => offer,
        other => panic!("{other:?}"),
    }
}

/// A request on its way, and what the last decision asked for.
#[derive(Debug, Clone)]
struct Story {
    request: Request,
    policy: Policy,
    now: Timestamp,
    effects: Vec<Effect>,
    answer: Option<String>,
}

impl Story {
    fn new() -> Self {
        let ask = Ask {
            work: Work::Onboard,
            voicemail: None,
            subject: Upn::parse("alice@contoso.com").unwrap(),
            extension: Some(Extension::parse("1000").unwrap()),
            number: None,
            location: None,
            route: None,
            reason: None,
        };
        let place = Place {
            surface: Surface::Teams,
            conversation: "19:room@thread.tacv2;messageid=1".into(),
            kind: PlaceKind::Channel,
            address: "https://smba.example/".into(),
            tenant: "contoso-tenant".into(),
        };
        let requester = person("rita");
        let customer = CustomerId("contoso".into());
        let new = NewRequest { customer, requester, place, private: false, ask, offer: Offer::ConnecttoTeams(offer()) };
        let request = Request::new(RequestId(1), new, start());
        Self { request, policy: policy(), now: start(), effects: Vec::new(), answer: None }
    }

    fn decide(&self, event: &Event) -> Result<Decision, Refusal> {
        decide(&self.request, event, &self.policy, self.now)
    }

    fn happens(&mut self, event: Event) -> &mut Self {
        let decision = self.decide(&event).unwrap();
        self.request = decision.request;
        self.effects = decision.effects;
        self.answer = decision.answer.map(|a| a.id);
        self
    }

    fn does(&mut self, name: &str, action: Action) -> &mut Self {
        self.happens(act(name, action))
    }

    fn ends(&mut self, outcome: StepOutcome) -> &mut Self {
        let kind = self.request.step().unwrap().kind;
        self.happens(Event::StepEnded(kind, outcome))
    }

    /// The task under way is kept waiting.
    fn is_held(&mut self) -> &mut Self {
        let task = match (&self.request.state, self.request.step()) {
            (State::Checking, _) => Task::ReadFacts,
            (State::AwaitingApproval { .. }, _) => Task::FindPeople,
            (_, step) => Task::Step(step.map_or(StepKind::SubjectReady, |s| s.kind)),
        };
        self.happens(Event::Held(task, hold(self.now)))
    }

    fn wait(&mut self, time: SignedDuration) -> &mut Self {
        self.now += time;
        self
    }

    /// The id of the sentence that says why nothing changes.
    fn refusal(&self, name: &str, action: Action) -> String {
        self.refusal_of(act(name, action))
    }

    fn refusal_of(&self, event: Event) -> String {
        self.decide(&event).map_or_else(|Refusal(sentence)| sentence.id, |d| panic!("it was allowed: {d:?}"))
    }

    fn state(&self) -> StateName {
        self.request.state.name()
    }

    /// When the next task is due, after now.
    fn pause(&self) -> SignedDuration {
        let next = |e: &Effect| if let Effect::Do(_, at) = e { Some(at.duration_since(self.now)) } else { None };
        self.effects.iter().find_map(next).unwrap()
    }

    fn posts(&self, kind: CardKind) -> bool {
        self.effects.iter().any(|e| matches!(e, Effect::Post(card) if card.kind == kind))
    }

    fn says(&self, id: &str) -> bool {
        self.effects.iter().any(|e| matches!(e, Effect::Say(sentence) if sentence.id == id))
    }
}

fn act(name: &str, action: Action) -> Event {
    let (by, roles) = somebody(name);
    Event::Acted(Act { by, roles, seen: Seen::Typed, action, lapsed: Vec::new() })
}

fn press(name: &str, version: Option<u64>, action: Action) -> Event {
    let (by, roles) = somebody(name);
    Event::Acted(Act { by, roles, seen: Seen::Card(version), action, lapsed: Vec::new() })
}

fn done() -> StepOutcome {
    StepOutcome::Done(Vec::new())
}

fn confirming() -> Story {
    let mut story = Story::new();
    story.happens(Event::FactsRead(Box::new(facts())));
    story
}

fn asking() -> Story {
    let mut story = confirming();
    story.does("rita", Action::Submit(inputs(&[])));
    story
}

fn awaiting() -> Story {
    let mut story = asking();
    story.happens(Event::PeopleFound(people()));
    story
}

/// Two have to agree, and Paul has.
fn half_agreed() -> Story {
    let mut story = awaiting();
    story.policy.required = 2;
    story.does("paul", Action::Approve(None));
    story
}

fn running() -> Story {
    let mut story = awaiting();
    story.does("paul", Action::Approve(None));
    story
}

/// Under way at this step.
fn running_at(kind: StepKind) -> Story {
    let mut story = running();
    while story.request.step().unwrap().kind != kind {
        story.ends(done());
    }
    story
}

/// Without consent a human is asked at the first look.
fn guided() -> Story {
    let mut story = confirming();
    story.policy.offer = Some(Offer::ConnecttoTeams(ConnecttoTeamsOffer { consent: false, ..offer() }));
    story.does("rita", Action::Submit(inputs(&[])));
    story.happens(Event::PeopleFound(people())).does("paul", Action::Approve(None));
    while story.request.step().unwrap().kind != StepKind::Sync {
        story.ends(done());
    }
    story.ends(not_yet("wait-line"));
    story
}

/// A request in the state of this name, as the table calls it.
fn stage(name: &str) -> Story {
    let mut story = match name {
        "checking" | "refused" | "failed-checking" | "held-checking" => Story::new(),
        "confirming" | "cancelled" | "expired" => confirming(),
        "asking" | "starting" | "held-asking" => asking(),
        "awaiting" | "rejected" => awaiting(),
        "half" => half_agreed(),
        "recheck" | "failed-voided" => running(),
        "device" | "failed-step" | "cancelled-midway" | "held-device" => running_at(StepKind::Device),
        "guided" => guided(),
        "proof" | "done" => running_at(StepKind::Proof),
        other => panic!("no such stage: {other}"),
    };
    match name {
        "refused" => story.happens(Event::FactsRead(Box::new(bad_facts()))),
        "failed-checking" => story.happens(Event::TaskFaulted(fault(false))),
        "cancelled" | "cancelled-midway" => story.does("rita", Action::Cancel),
        "expired" => story.happens(Event::Expired),
        "starting" => story.does("paul", Action::Approve(None)),
        "rejected" => story.does("paul", Action::Reject(Some("not in the budget".into()))),
        "failed-voided" => story.ends(StepOutcome::Faulted(broken_condition())),
        "failed-step" => story.ends(StepOutcome::Faulted(fault(false))),
        "done" => story.ends(done()),
        "held-checking" | "held-asking" | "held-device" => story.is_held(),
        _ => &mut story,
    };
    story
}
