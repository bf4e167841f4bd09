//! Who may do what, and what a press, an approval and an input are worth.

use super::*;
use crate::plan::Stands;

fn approve() -> Action {
    Action::Approve(None)
}

#[test]
fn a_press_on_another_version_changes_nothing() {
    let said = || Some("because".to_owned());
    let table: [(&str, &str, Action); 9] = [
        ("confirming", "rita", Action::Submit(inputs(&[]))),
        ("confirming", "rita", Action::Cancel),
        ("awaiting", "paul", approve()),
        ("awaiting", "paul", Action::Reject(said())),
        ("guided", "otto", Action::GuidedDone(None)),
        ("guided", "otto", Action::GuidedFail(said())),
        ("device", "rita", Action::Cancel),
        ("failed-step", "rita", Action::Retry),
        ("failed-checking", "rita", Action::Retry),
    ];
    for (state, who, action) in table {
        let story = stage(state);
        let version = story.request.version;
        for seen in [None, Some(0), Some(version - 1), Some(version + 1), Some(u64::MAX)] {
            assert_eq!(story.refusal_of(press(who, seen, action.clone())), "refusal-stale", "{state}, {seen:?}");
        }
        assert!(story.decide(&press(who, Some(version), action)).is_ok(), "{state}");
    }
}

#[test]
fn nobody_approves_what_they_asked_for() {
    let story = awaiting();
    // By the directory's id, whatever they are called today.
    let mut renamed = somebody("rita+");
    renamed.0.upn = Upn::parse("rita.new@contoso.com").ok();
    // By the same UPN under another id.
    let mut second_account = somebody("rita+");
    second_account.0.id = "another-id".into();
    for (by, roles) in [somebody("rita+"), renamed, second_account] {
        for action in [approve(), Action::Reject(Some("no".into()))] {
            let act = Act { by: by.clone(), roles: roles.clone(), seen: Seen::Typed, action, lapsed: Vec::new() };
            assert_eq!(story.refusal_of(Event::Acted(act)), "refusal-own-request", "{by:?}");
        }
    }
}

#[test]
fn a_requester_whose_right_was_taken_away_sends_nothing() {
    let act = Act {
        by: person("rita"),
        roles: Roles::from_iter([Role::Operator]),
        seen: Seen::Typed,
        action: Action::Submit(inputs(&[])),
        lapsed: Vec::new(),
    };
    assert_eq!(confirming().refusal_of(Event::Acted(act)), "refusal-not-requester");
}

#[test]
fn an_approval_lapses_with_the_right_to_give_it() {
    let agrees = |name: &str, lapsed: &[&str]| {
        let (by, roles) = somebody(name);
        let lapsed = lapsed.iter().map(|name| person(name).id).collect();
        Event::Acted(Act { by, roles, seen: Seen::Typed, action: approve(), lapsed })
    };
    let mut story = half_agreed();
    story.happens(agrees("petra", &["paul"]));
    assert_eq!(story.state(), StateName::AwaitingApproval, "one valid approval of two");
    assert_eq!(story.answer.as_deref(), Some("answer-approved-other-lapsed"));
    let card = |story: &Story| match view(&story.request, story.request.card(CardKind::Approval), Audience::Everybody) {
        Some(crate::view::View::Approval(card)) => (card.approved_by, card.warnings),
        other => panic!("{other:?}"),
    };
    let told = Sentence::new("warn-approval-lapsed").with("name", "paul");
    assert_eq!(card(&story), (vec!["petra".to_owned()], vec![told]));
    // With his right back he agrees anew, and that counts.
    story.happens(agrees("paul", &[]));
    assert_eq!(story.state(), StateName::Running);
    let by: Vec<_> = story.request.approvals.iter().map(|a| a.by.name.as_str()).collect();
    assert_eq!((by, story.request.lapsed.len()), (vec!["petra", "paul"], 0));
}

#[test]
fn two_approvals_come_from_two_people() {
    let mut story = awaiting();
    story.policy.required = 2;
    story.does("paul", approve());
    assert_eq!(
        (story.state(), story.answer.as_deref()),
        (StateName::AwaitingApproval, Some("answer-approved-more-needed"))
    );
    assert_eq!(story.request.required, 2, "the card says what counts today");
    assert_eq!(story.refusal("paul", approve()), "refusal-approved-by-you");
    // Petra still has the card as it was before Paul agreed.
    story.happens(press("petra", Some(story.request.version), approve()));
    assert_eq!(story.state(), StateName::Running);
    let names: Vec<_> = story.request.approvals.iter().map(|a| a.by.name.as_str()).collect();
    assert_eq!(names, ["paul", "petra"]);
}

type Change = fn(&mut ConnecttoTeamsOffer);

#[test]
fn a_changed_configuration_voids_the_approval() {
    let changed: [(&str, Change); 7] = [
        ("gateway", |o| o.routes[1].sbc_gateway_id = 807),
        ("location id", |o| o.locations[0].id = "4713".into()),
        ("location gone", |o| o.locations.clear()),
        ("route gone", |o| o.routes.clear()),
        ("callback", |o| o.emergency_addresses[0].callback_number = E164::parse("+13035550199").unwrap()),
        ("address gone", |o| o.emergency_addresses.clear()),
        ("device", |o| o.device_suffix = "t".into()),
    ];
    for (what, change) in changed {
        let mut story = half_agreed();
        let seen = story.request.version;
        change(offered(&mut story.policy));
        story.happens(press("petra", Some(seen), approve()));
        assert_eq!(
            (story.state(), story.answer.as_deref()),
            (StateName::Confirming, Some("answer-plan-changed")),
            "{what}"
        );
        assert!(story.request.approvals.is_empty() && story.request.plan.is_none(), "{what}");
        assert!(story.effects.contains(&Effect::Release) && story.says("say-plan-changed"), "{what}");
        assert!(story.effects.contains(&Effect::Rewrite(Card { kind: CardKind::Approval, round: 1 })), "{what}");
        assert!(story.effects.contains(&Effect::Post(Card { kind: CardKind::Confirm, round: 2 })), "{what}");
        assert_eq!(Some(&story.request.offer), story.policy.offer.as_ref(), "the new card offers what there is");
        assert_eq!(story.refusal_of(press("petra", Some(seen), approve())), "refusal-confirming", "{what}");
    }
    let mut story = awaiting();
    story.policy.offer = None;
    story.does("paul", approve());
    assert_eq!(story.state(), StateName::Confirming);
    assert_eq!(story.refusal("rita", Action::Submit(inputs(&[]))), "refusal-not-configured");
}

#[test]
fn a_change_that_leaves_the_plan_alone_voids_nothing() {
    let mut story = awaiting();
    let offer = offered(&mut story.policy);
    offer.routes[0].sbc_gateway_id = 900;
    offer.locations.remove(1);
    offer.emergency_addresses.remove(1);
    story.does("paul", approve());
    assert_eq!(story.state(), StateName::Running);
}

#[test]
fn only_what_is_offered_can_be_chosen() {
    let table = [
        ("location", "Mars", "refusal-not-offered"),
        ("location", "4711", "refusal-not-offered"),
        ("location", "", "refusal-not-chosen"),
        ("route", "Mars", "refusal-not-offered"),
        ("route", "806", "refusal-not-offered"),
        ("route", " ", "refusal-not-chosen"),
        ("voicemail", "exchange", "refusal-not-offered"),
        ("emergency_address", "", "refusal-not-chosen"),
        ("emergency_address", "Boulder", "refusal-not-offered"),
        ("emergency_address", "a-mars", "refusal-not-offered"),
    ];
    for (id, value, refusal) in table {
        let submit = Action::Submit(inputs(&[(id, value)]));
        assert_eq!(confirming().refusal("rita", submit), refusal, "{id} = {value:?}");
    }
    let mut missing = inputs(&[]);
    missing.remove("emergency_address");
    assert_eq!(confirming().refusal("rita", Action::Submit(missing)), "refusal-not-chosen");
}

#[test]
fn names_are_read_generously_and_what_is_not_asked_has_its_default() {
    let mut story = confirming();
    offered(&mut story.policy).locations.remove(1);
    let mut few = inputs(&[("route", " us-west ")]);
    few.remove("location");
    few.remove("voicemail");
    story.does("rita", Action::Submit(few));
    let plan = story.request.plan.as_ref().unwrap().connecttoteams().unwrap();
    assert_eq!(plan.choices.route.sbc_gateway_id, 806);
    assert_eq!((plan.choices.location.id.as_str(), plan.choices.voicemail.value()), ("4711", "pbx"));
}

#[test]
fn an_extension_that_somebody_else_got_meanwhile_is_not_sent_for_approval() {
    let mut story = confirming();
    story.policy.held_by = Some((RequestId(9), Upn::parse("bob@contoso.com").unwrap()));
    assert_eq!(story.refusal("rita", Action::Submit(inputs(&[]))), "refusal-extension-held");
}

/// Whoever is renamed, or has what another request asks for by now, can still be offboarded.
#[test]
fn what_somebody_else_holds_is_no_reason_not_to_take_a_line_away() {
    let mut story = confirming();
    story.request.ask.work = Work::Offboard;
    let facts = story.request.facts.as_mut().unwrap();
    facts.stands = Some(Stands { numbers: vec!["+11000".into()], ..Stands::default() });
    story.policy.held_by = Some((RequestId(9), Upn::parse("bob@contoso.com").unwrap()));
    story.does("rita", Action::Submit(BTreeMap::new()));
    assert!(story.effects.contains(&Effect::Hold));
    assert_eq!(story.state(), StateName::AwaitingApproval);
}

#[test]
fn a_rejection_needs_a_reason_and_keeps_it_on_one_line() {
    for empty in [None, Some(String::new()), Some(" \t\n ".into())] {
        assert_eq!(awaiting().refusal("paul", Action::Reject(empty)), "refusal-reason-missing");
    }
    let mut story = awaiting();
    story.does("paul", Action::Reject(Some(format!("  too\n expensive {}", "!".repeat(600)))));
    let State::Rejected { by, reason } = &story.request.state else { panic!("{:?}", story.request.state) };
    assert!(by.is(&person("paul")) && reason.starts_with("too expensive !") && reason.chars().count() == 500);
}

#[test]
fn whoever_agrees_before_the_card_is_out_lets_the_search_for_people_end_first() {
    let mut story = asking();
    story.does("paul", approve());
    assert_eq!(story.state(), StateName::Running);
    assert!(!story.effects.iter().any(|e| matches!(e, Effect::Do(..))), "the task stays what it is: find people");
    story.happens(Event::TaskFaulted(fault(true)));
    assert_eq!(story.pause(), SignedDuration::from_secs(1));
    story.happens(Event::PeopleFound(people()));
    assert_eq!(story.request.operators, people().operators, "they are needed for the guided steps");
    assert_eq!(story.request.step().unwrap().status, StepStatus::Running);
    assert!(!story.posts(CardKind::Approval), "nobody is asked what is decided");
    let begun = story.request.clone();
    assert_eq!(story.happens(Event::PeopleFound(People::default())).request, begun, "once is enough");
}

#[test]
fn the_guided_card_of_a_step_that_is_done_says_nothing_about_the_next() {
    let mut story = guided();
    let seen = Some(story.request.version);
    story.ends(done()).ends(not_yet("wait-voice"));
    assert!(story.posts(CardKind::Guided(StepKind::Enable)));
    for late in [Action::GuidedDone(None), Action::GuidedFail(Some("no button".into()))] {
        assert_eq!(story.refusal_of(press("otto", seen, late)), "refusal-stale");
    }
}

#[test]
fn done_in_the_portal_is_believed_only_when_it_can_be_seen() {
    let mut story = guided();
    for _ in 0..50 {
        story.does("otto", Action::GuidedDone(Some("pressed it".into()))).wait(minutes(1));
        assert!(
            story.effects.contains(&Effect::Do(Task::Step(StepKind::Sync), story.now - minutes(1))),
            "looked at once"
        );
        story.ends(not_yet("wait-line"));
        assert_eq!((story.state(), story.request.step().unwrap().kind), (StateName::Running, StepKind::Sync));
    }
    let report = story.request.step().unwrap().guided.clone().unwrap().report.unwrap();
    assert_eq!((report.by.name.as_str(), report.note.as_deref()), ("otto", Some("pressed it")));
}
