//! Carriers with numbers to choose from: CallTower Connect and direct routing.

use super::*;
use crate::domain::{RequestId, RoutingPolicy};

fn number(last: u32) -> E164 {
    E164::parse(&format!("+1303555{last:04}")).unwrap()
}

fn without_extension() -> Ask {
    Ask { extension: None, ..ask() }
}

fn direct() -> DirectRoutingOffer {
    let policy = |name: &str| RoutingPolicy { name: name.into(), policy_id: format!("id of {name}") };
    let policies = vec![policy("Denver SBC"), policy("Boston SBC")];
    DirectRoutingOffer { pool: vec![number(1), number(2)], policies, ready_deadline: SignedDuration::from_hours(24) }
}

fn tower() -> CallTowerOffer {
    CallTowerOffer {
        portal_url: "https://connect.calltower.com".into(),
        portal_locations: vec!["Denver".into(), "Salt Lake City".into()],
        service_plans: vec!["MS Teams Unlimited Only Voice".into(), "MS Teams Metered Voice".into()],
        pool: vec![number(1), number(2)],
        ready_deadline: SignedDuration::from_hours(24),
    }
}

fn chosen(offer: &Offer, ask: &Ask, inputs: &[(&str, &str)]) -> Result<Plan, NotChosen> {
    let inputs = inputs.iter().map(|(id, value)| ((*id).to_owned(), (*value).to_owned())).collect();
    offer.plan(ask, &good().subject.unwrap().subject(), &inputs)
}

fn offers() -> [Offer; 2] {
    [Offer::CallTower(tower()), Offer::DirectRouting(direct())]
}

fn plan(offer: &Offer) -> Plan {
    let inputs = [
        ("location", "Denver"),
        ("plan", "ms teams metered voice"),
        ("number", "+13035550001"),
        ("route", "boston-sbc"),
    ];
    chosen(offer, &without_extension(), &inputs).unwrap()
}

#[test]
fn plans_of_every_carrier_are_read_as_they_were_written_and_renewed_the_same() {
    for offer in offers().into_iter().chain([Offer::ConnecttoTeams(super::offer())]) {
        let stored: Offer = serde_json::from_str(&serde_json::to_string(&offer).unwrap()).unwrap();
        assert_eq!(stored, offer);
        let (ask, plan) = match &offer {
            Offer::ConnecttoTeams(_) => {
                let inputs = [("location", "PBX"), ("route", "US West"), ("emergency_address", "a-denver-hq")];
                (ask(), chosen(&offer, &ask(), &inputs).unwrap())
            }
            _ => (without_extension(), self::plan(&offer)),
        };
        let stored: Plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
        assert_eq!(stored, plan);
        assert_eq!(offer.renew(&ask, &stored), Some(plan));
    }
    let [tower, direct] = offers();
    assert_eq!(tower.renew(&without_extension(), &plan(&direct)), None, "another carrier's plan is no plan here");
}

#[test]
fn every_value_that_is_approved_is_named_and_changes_the_digest() {
    for (offer, changes) in offers().into_iter().zip([
        vec![("location", "Salt Lake City"), ("plan", "MS Teams Unlimited Only Voice"), ("number", "+13035550002")],
        vec![("number", "+13035550002"), ("route", "Denver SBC")],
    ]) {
        let before = plan(&offer);
        for (id, value) in changes {
            let mut inputs = vec![
                ("location", "Denver"),
                ("plan", "MS Teams Metered Voice"),
                ("number", "+13035550001"),
                ("route", "Boston SBC"),
            ];
            inputs.iter_mut().filter(|(known, _)| *known == id).for_each(|input| input.1 = value);
            let after = chosen(&offer, &without_extension(), &inputs).unwrap();
            assert_ne!(Digest::of(&before), Digest::of(&after), "{id}");
            let shown = |plan: &Plan| format!("{:?}", plan.items());
            assert!(shown(&after).contains(value) && !shown(&before).contains(value), "{id}: {}", shown(&after));
        }
    }
}

/// An offer, inputs, and why they make no plan.
type Refused<'a> = (&'a Offer, &'a [(&'a str, &'a str)], NotChosen);

#[test]
fn only_what_is_offered_can_be_chosen_and_the_emergency_location_is_never_assumed() {
    let [tower, direct] = offers();
    let ask = without_extension();
    let table: [Refused<'_>; 8] = [
        (&tower, &[("plan", "MS Teams Metered Voice")], NotChosen::Missing("item-emergency-location")),
        (&tower, &[("location", "Mars")], NotChosen::Unknown("item-emergency-location")),
        (&tower, &[("location", "denver")], NotChosen::Missing("item-plan")),
        (&tower, &[("location", "denver"), ("plan", "MS Teams Metered Voice")], NotChosen::Missing("item-number")),
        (
            &tower,
            &[("location", "denver"), ("plan", "MS Teams Metered Voice"), ("number", "+13035550009")],
            NotChosen::Unknown("item-number"),
        ),
        (&direct, &[("route", "Denver SBC")], NotChosen::Missing("item-number")),
        (&direct, &[("route", "Denver SBC"), ("number", "none")], NotChosen::Unknown("item-number")),
        (&direct, &[("number", "+13035550001")], NotChosen::Missing("item-route")),
    ];
    for (offer, inputs, why) in table {
        assert_eq!(chosen(offer, &ask, inputs), Err(why), "{inputs:?}");
    }
    // One location alone is no reason to assume that somebody works there.
    let one = Offer::CallTower(CallTowerOffer { portal_locations: vec!["Denver".into()], ..self::tower() });
    let inputs = [("plan", "MS Teams Metered Voice"), ("number", "+13035550001")];
    assert_eq!(chosen(&one, &ask, &inputs), Err(NotChosen::Missing("item-emergency-location")));
}

#[test]
fn without_a_pool_the_number_of_the_command_counts_and_no_other() {
    let offer = Offer::DirectRouting(DirectRoutingOffer { pool: Vec::new(), policies: Vec::new(), ..direct() });
    let ask = Ask { number: Some(number(7)), ..without_extension() };
    let plan = chosen(&offer, &ask, &[]).unwrap();
    assert_eq!((plan.number(), plan.steps.contains(&StepKind::VoiceRoute)), (Some(&number(7)), false));
    assert_eq!(chosen(&offer, &ask, &[("number", "+13035550008")]), Err(NotChosen::Unknown("item-number")));
    assert_eq!(conditions(&without_extension(), &offer, &good()), ["cond-number-missing"]);
}

fn conditions(ask: &Ask, offer: &Offer, facts: &Facts) -> Vec<String> {
    problems(ask, offer, facts).into_iter().map(|p| p.what.id).collect()
}

fn held(last: u32) -> HeldNumber {
    let subject = Upn::parse("bob@contoso.com").unwrap();
    HeldNumber { number: number(last), request: RequestId(7), subject, cooling_until: None }
}

#[test]
fn licences_and_names_count_as_the_carrier_wants_them() {
    let [tower, direct] = offers();
    let mut facts = good();
    let subject = facts.subject.as_mut().unwrap();
    // No group is synced here.
    (subject.in_sync_group, subject.group) = (false, GroupFact::Unread);
    let ask = without_extension();
    for offer in [&tower, &direct] {
        assert_eq!(conditions(&ask, offer, &facts), Vec::<String>::new());
        assert_eq!(warnings(&ask, offer, &facts), Vec::new());
    }
    let subject = facts.subject.as_mut().unwrap();
    (subject.has_first_name, subject.has_last_name, subject.calling_plan) = (false, false, true);
    (subject.phone_system, subject.number) = (PhoneSystem::Missing, Some("+13035550199".into()));
    let expected = [
        "cond-first-name-missing",
        "cond-last-name-missing",
        "cond-no-phone-system",
        "cond-has-number",
        "cond-calling-plan",
    ];
    assert_eq!(conditions(&ask, &tower, &facts), expected);
    assert_eq!(conditions(&ask, &direct, &facts), ["cond-no-phone-system", "cond-has-number"]);
    assert_eq!(warnings(&ask, &direct, &facts)[0].id, "warn-calling-plan");
}

#[test]
fn numbers_that_are_taken_or_held_are_not_offered_and_told_to_whoever_asks_for_them() {
    for offer in offers() {
        let mut facts = good();
        facts.numbers = vec![TakenNumber { number: number(1), holder: "bob-id".into(), name: Some("Bob".into()) }];
        assert_eq!(free_numbers(&offer, &facts), [number(2)]);
        let ask = Ask { number: Some(number(1)), ..without_extension() };
        assert_eq!(conditions(&ask, &offer, &facts), ["cond-number-taken"]);
        // The subject's own number is nobody else's.
        facts.numbers[0].holder = "ALICE-ID".into();
        assert_eq!(free_numbers(&offer, &facts).len(), 2);
        facts.ours.numbers_held = vec![held(1), held(2)];
        assert_eq!(conditions(&ask, &offer, &facts), ["cond-number-held"]);
        assert_eq!(conditions(&without_extension(), &offer, &facts), ["cond-no-number-free"]);
        assert_eq!(held_numbers(&offer, &facts).len(), 2);
        let foreign = Ask { number: Some(number(9)), ..without_extension() };
        assert_eq!(conditions(&foreign, &offer, &facts), ["cond-number-not-offered"]);
    }
}

#[test]
fn what_a_request_began_that_was_cancelled_midway_is_finished_by_the_next() {
    for offer in offers() {
        let mut facts = good();
        facts.subject.as_mut().unwrap().number = Some("tel:+13035550001".into());
        facts.ours.own_numbers = vec![number(1)];
        let ids = |facts: &Facts| conditions(&without_extension(), &offer, facts);
        assert_eq!(ids(&facts), ["cond-has-number"]);
        facts.ours.cancelled_midway = Some(RequestId(3));
        assert_eq!(ids(&facts), Vec::<String>::new());
    }
}

#[test]
fn every_step_of_a_plan_says_how_it_is_done_and_ends() {
    let [tower, direct] = offers();
    let portal = plan(&tower);
    for kind in [StepKind::ConnectUser, StepKind::ConnectService] {
        let sheet = portal.worksheet(kind).unwrap();
        assert_eq!((portal.course(kind).how, sheet.link.map(|l| l.1)), (How::Guided, Some(tower_url())));
    }
    let by_hand = portal.worksheet(StepKind::ConnectUser).unwrap().by_hand.unwrap();
    let fields: Vec<_> = by_hand.items.iter().map(|item| item.label.as_str()).collect();
    assert_eq!((fields.len(), fields[4], fields[10]), (13, "item-field-user-name", "item-field-password"));
    assert_eq!(by_hand.instructions.last().unwrap().id, "guided-by-hand-save");
    let connector = chosen(
        &Offer::ConnecttoTeams(offer()),
        &ask(),
        &[("location", "PBX"), ("route", "US West"), ("emergency_address", "a-denver-hq")],
    );
    for plan in [portal, plan(&direct), connector.unwrap()] {
        for kind in &plan.steps {
            let course = plan.course(*kind);
            assert!(course.stops_after > SignedDuration::ZERO && course.stops_after <= SignedDuration::from_hours(72));
            assert!(course.late.is_none_or(|late| late.after < course.stops_after), "{kind:?}");
        }
    }
}

fn tower_url() -> String {
    "https://connect.calltower.com".to_owned()
}

#[test]
fn what_came_by_another_way_is_looked_at_after_2_5_10_20_and_40_minutes_and_then_hourly() {
    let mut waited = SignedDuration::ZERO;
    let mut looks = Vec::new();
    while waited < SignedDuration::from_hours(4) {
        waited += Looks::HourlyInTheEnd.pause(waited);
        looks.push(waited.as_mins());
    }
    assert_eq!(looks, [2, 5, 10, 20, 40, 60, 120, 180, 240]);
}

/// A number leaves the configured pool, and whoever has it keeps it.
#[test]
fn whoever_has_a_number_that_is_offered_no_more_keeps_it_when_something_else_is_changed() {
    for offer in offers() {
        let given = plan(&offer);
        let had = given.number().unwrap().clone();
        let poorer = match offer.clone() {
            Offer::CallTower(tower) => Offer::CallTower(CallTowerOffer { pool: vec![number(2)], ..tower }),
            Offer::DirectRouting(direct) => {
                Offer::DirectRouting(DirectRoutingOffer { pool: vec![number(2)], ..direct })
            }
            Offer::ConnecttoTeams(_) => unreachable!(),
        };
        let changed = vec![Changed { kind: StepKind::ConnectService, before: None, done: true }];
        let history =
            [Past { request: RequestId(1), work: Work::Onboard, plan: given, done: true, over: true, changed }];
        let ours = OwnRecords { line: line_after(&history), ..OwnRecords::default() };
        let stands = Some(Stands { numbers: vec![had.to_string()], ..Stands::default() });
        let ask = Ask { work: Work::Change, number: Some(had.clone()), ..without_extension() };
        let (facts, aftercare) = (Facts { ours, stands, ..good() }, Aftercare::default());
        let ground = Ground { ask: &ask, offer: &poorer, aftercare: &aftercare, by_hand: &[], facts: &facts };
        assert_eq!(ground.problems(), Vec::new());
        assert_eq!(ground.free_numbers(), [number(2), had.clone()]);
        let inputs = [("location", "Salt Lake City"), ("plan", "MS Teams Metered Voice"), ("route", "Denver SBC")];
        let inputs = inputs.map(|(id, value)| (id.to_owned(), value.to_owned())).into();
        assert_eq!(ground.plan(&inputs).unwrap().number(), Some(&had));
        // Nobody else gets it.
        let ask = Ask { work: Work::Onboard, ..ask };
        let ground = Ground { ask: &ask, offer: &poorer, aftercare: &aftercare, by_hand: &[], facts: &good() };
        let problems: Vec<_> = ground.problems().into_iter().map(|problem| problem.what.id).collect();
        assert_eq!(problems, ["cond-number-not-offered"]);
    }
}
