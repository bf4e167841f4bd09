mod carriers;
mod lines;
mod usual;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::domain::{EmergencyAddress, PbxLocation, VoiceRoute, Work};

fn ask() -> Ask {
    Ask {
        work: Work::Onboard,
        voicemail: None,
        subject: Upn::parse("alice@contoso.com").unwrap(),
        extension: Some(Extension::parse("1000").unwrap()),
        number: None,
        location: None,
        route: None,
        reason: None,
    }
}

fn offer() -> ConnecttoTeamsOffer {
    ConnecttoTeamsOffer {
        locations: vec![PbxLocation { id: "4711".into(), name: "PBX".into() }],
        routes: vec![
            VoiceRoute { name: "US East 2".into(), sbc_gateway_id: 805 },
            VoiceRoute { name: "US West".into(), sbc_gateway_id: 806 },
        ],
        emergency_addresses: vec![EmergencyAddress {
            id: "a-denver-hq".into(),
            name: "Denver HQ".into(),
            callback_number: E164::parse("+13035550100").unwrap(),
        }],
        pbx_domain: "contoso".into(),
        device_suffix: "tm".into(),
        sync_group: "4444".into(),
        consent: true,
        sync_wait: SignedDuration::from_mins(2),
        sync_deadline: SignedDuration::from_hours(24),
    }
}

fn good() -> Facts {
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
        read_at: Timestamp::UNIX_EPOCH,
    }
}

fn ids(facts: &Facts) -> Vec<String> {
    problems(&ask(), &Offer::ConnecttoTeams(offer()), facts).into_iter().map(|p| p.what.id).collect()
}

type Break = fn(&mut Facts);

#[test]
fn each_broken_condition_is_told_alone() {
    fn subject(facts: &mut Facts) -> &mut SubjectFacts {
        facts.subject.as_mut().unwrap()
    }
    let table: [(&str, Break); 18] = [
        ("cond-user-missing", |f| f.subject = None),
        ("cond-user-disabled", |f| subject(f).enabled = false),
        ("cond-user-not-member", |f| subject(f).member = false),
        ("cond-first-name-missing", |f| subject(f).has_first_name = false),
        ("cond-last-name-missing", |f| subject(f).has_last_name = false),
        ("cond-no-phone-system", |f| subject(f).phone_system = PhoneSystem::Missing),
        ("cond-phone-system-unusable", |f| subject(f).phone_system = PhoneSystem::Unusable("Suspended".into())),
        ("cond-virtual-user-plan", |f| subject(f).virtual_user_plan = true),
        ("cond-has-number", |f| subject(f).number = Some("+13035550199".into())),
        ("cond-not-in-sync-group", |f| subject(f).in_sync_group = false),
        ("cond-sync-group-missing", |f| subject(f).group = GroupFact::Missing),
        ("cond-sync-group-all-company", |f| {
            subject(f).group = GroupFact::Read { name: "All Company".into(), all_company: true };
        }),
        ("cond-extension-missing", |f| f.extension.exists = false),
        ("cond-extension-system", |f| f.extension.system = true),
        ("cond-extension-linked", |f| f.extension.linked_to = Some("Bob Baker".into())),
        ("cond-device-registered", |f| f.extension.device_registered = true),
        ("cond-extension-held", |f| {
            f.ours.held_by = Some((crate::domain::RequestId(7), Upn::parse("bob@contoso.com").unwrap()));
        }),
        ("cond-disabled-before", |f| f.ours.disabled_before = Some(crate::domain::RequestId(3))),
    ];
    assert_eq!(ids(&good()), Vec::<String>::new());
    for (id, make_wrong) in table {
        let mut facts = good();
        make_wrong(&mut facts);
        assert_eq!(ids(&facts), vec![id.to_owned()]);
    }
}

#[test]
fn all_broken_conditions_are_told_at_once() {
    let mut facts = good();
    let subject = facts.subject.as_mut().unwrap();
    subject.enabled = false;
    subject.has_last_name = false;
    subject.phone_system = PhoneSystem::Missing;
    subject.in_sync_group = false;
    facts.extension.exists = false;
    assert_eq!(ids(&facts).len(), 5);
}

#[test]
fn a_virtual_user_plan_beside_a_phone_system_is_still_refused() {
    let mut facts = good();
    facts.subject.as_mut().unwrap().virtual_user_plan = true;
    assert_eq!(ids(&facts), ["cond-virtual-user-plan"]);
    facts.subject.as_mut().unwrap().phone_system = PhoneSystem::Missing;
    assert_eq!(ids(&facts), ["cond-virtual-user-plan"], "one cause, one sentence");
}

#[test]
fn a_registered_device_of_the_same_line_is_no_problem() {
    let mut facts = good();
    facts.extension.device_registered = true;
    facts.ours.same_line_before = true;
    assert_eq!(ids(&facts), Vec::<String>::new());
}

#[test]
fn names_of_locations_and_routes_are_matched_as_people_write_them() {
    let offer = offer();
    assert_eq!(offer.route("us-west").unwrap().sbc_gateway_id, 806);
    assert_eq!(offer.route("US EAST 2").unwrap().sbc_gateway_id, 805);
    assert!(offer.route("US East").is_none());
    let mut wrong = ask();
    wrong.route = Some("Mars".into());
    wrong.location = Some("Venus".into());
    assert_eq!(problems(&wrong, &Offer::ConnecttoTeams(offer), &good()).len(), 2);
}

#[test]
fn the_digest_changes_with_every_value_and_with_nothing_else() {
    let offer = offer();
    let offer = Offer::ConnecttoTeams(offer);
    let subject = good().subject.unwrap().subject();
    let chosen = |changed: (&str, &str)| {
        let usual = [("route", "US East 2"), ("voicemail", "pbx"), ("emergency_address", "a-denver-hq")];
        let inputs = usual.into_iter().chain([changed]).map(|(id, value)| (id.to_owned(), value.to_owned()));
        offer.plan(&ask(), &subject, &inputs.collect()).unwrap()
    };
    let plan = chosen(("location", "PBX"));
    assert_eq!(Digest::of(&plan), Digest::of(&plan.clone()));
    assert_eq!(offer.renew(&ask(), &plan).as_ref(), Some(&plan));
    for changed in [chosen(("route", "US West")), chosen(("voicemail", "teams"))] {
        assert_ne!(Digest::of(&plan), Digest::of(&changed));
    }
    let labels: Vec<_> = plan.items().into_iter().map(|i| i.label).collect();
    for needed in
        ["item-location", "item-route", "item-emergency-address", "item-device", "item-line", "item-voicemail"]
    {
        assert!(labels.contains(&needed.to_owned()), "{needed}");
    }
}
