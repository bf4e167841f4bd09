//! Taking away, changing and taking back: out of what our own requests did and what there is now.

use super::*;
use crate::domain::{Line, MicrosoftSide, RequestId};

const INPUTS: [(&str, &str); 3] = [("location", "PBX"), ("route", "US West"), ("emergency_address", "a-denver-hq")];

fn inputs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(id, value)| ((*id).to_owned(), (*value).to_owned())).collect()
}

fn given(pairs: &[(&str, &str)]) -> Plan {
    let subject = good().subject.unwrap().subject();
    Offer::ConnecttoTeams(offer()).plan(&ask(), &subject, &inputs(pairs)).unwrap()
}

fn changed(kind: StepKind, before: Option<&str>) -> Changed {
    Changed { kind, before: before.map(str::to_owned), done: true }
}

fn past(request: u32, work: Work, plan: Plan, device: Option<&str>) -> Past {
    let changed = vec![changed(StepKind::Device, device), changed(StepKind::PbxUser, None)];
    Past { request: RequestId(request), work, plan, done: true, over: true, changed }
}

/// ONB-1 gave the line, over a device that was like this before.
fn onboarded(device: &str) -> Vec<Past> {
    vec![past(1, Work::Onboard, given(&INPUTS), Some(device))]
}

const NOTHING: &str = "null";
const OLD: &str = r#"{"emergency-address-id":"a-old","caller-id-number-emergency":"13035550109"}"#;

fn stands(numbers: &[&str]) -> Option<Stands> {
    let device = EmergencyBefore { address_id: Some("a-denver-hq".into()), callback: Some("13035550100".into()) };
    let numbers: Vec<String> = numbers.iter().map(|number| (*number).to_owned()).collect();
    Some(Stands { enterprise_voice: !numbers.is_empty(), numbers, policy: None, device: Some(device) })
}

struct Scene {
    ask: Ask,
    aftercare: Aftercare,
    facts: Facts,
}

impl Scene {
    fn new(work: Work, past: &[Past], numbers: &[&str]) -> Self {
        let undone = if let Work::Undo(id) = work { Undone::of(past, id) } else { None };
        let ours = OwnRecords { line: line_after(past), undone, ..OwnRecords::default() };
        let facts = Facts { stands: stands(numbers), ours, ..good() };
        Self { ask: Ask { work, ..ask() }, aftercare: Aftercare::default(), facts }
    }

    fn with<T>(&self, ask: impl FnOnce(Ground<'_>) -> T) -> T {
        let offer = Offer::ConnecttoTeams(offer());
        ask(Ground { ask: &self.ask, offer: &offer, aftercare: &self.aftercare, by_hand: &[], facts: &self.facts })
    }

    fn plan(&self, pairs: &[(&str, &str)]) -> Result<Plan, NotChosen> {
        self.with(|ground| {
            let plan = ground.plan(&inputs(pairs))?;
            let stored: Plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
            assert_eq!(stored, plan, "it is read as it was written");
            assert_eq!(ground.renew(&plan), Some(plan.clone()), "the same choices make the same plan");
            Ok(plan)
        })
    }

    fn problems(&self) -> Vec<String> {
        self.with(|ground| ground.problems().into_iter().map(|problem| problem.what.id).collect())
    }
}

fn names(plan: &Plan) -> Vec<&'static str> {
    plan.steps.iter().map(|kind| kind.name()).collect()
}

#[test]
fn a_device_is_removed_if_and_only_if_we_made_it() {
    for (device, work, step) in [
        (NOTHING, Work::Offboard, Some("remove-device")),
        (NOTHING, Work::Undo(RequestId(1)), Some("remove-device")),
        (OLD, Work::Offboard, None),
        (OLD, Work::Undo(RequestId(1)), Some("restore-device")),
        // What cannot be written again is left alone.
        (r#"{"emergency-address-id":null,"caller-id-number-emergency":null}"#, Work::Undo(RequestId(1)), None),
    ] {
        let plan = Scene::new(work, &onboarded(device), &["+11000"]).plan(&[]).unwrap();
        let expected: Vec<_> =
            ["line-stands", "disable-calling", "delete-user"].into_iter().chain(step).chain(["clean"]).collect();
        assert_eq!(names(&plan), expected, "{device} {work:?}");
    }
}

/// Somebody else may have made it just before us, or after it was refused to us.
#[test]
fn a_device_that_we_may_not_have_made_stays() {
    let mut history = onboarded(NOTHING);
    history[0].done = false;
    history[0].changed[0].done = false;
    for work in [Work::Offboard, Work::Undo(RequestId(1))] {
        let plan = Scene::new(work, &history, &["+11000"]).plan(&[]).unwrap();
        assert_eq!(plan.doomed_device(), None, "{work:?}");
        assert_eq!(plan.removal().unwrap().device, Some(("1000tm".to_owned(), DeviceEnd::Unsure)));
    }
    // The next onboarding finds it there.
    history.push(past(2, Work::Onboard, given(&INPUTS), Some(OLD)));
    let plan = Scene::new(Work::Offboard, &history, &["+11000"]).plan(&[]).unwrap();
    assert_eq!(plan.removal().unwrap().device, Some(("1000tm".to_owned(), DeviceEnd::Keep)));
}

#[test]
fn a_line_that_somebody_else_gave_is_taken_away_and_nothing_besides() {
    let scene = Scene::new(Work::Offboard, &[], &["tel:+11000"]);
    let plan = scene.plan(&[]).unwrap();
    assert_eq!(names(&plan), ["line-stands", "disable-calling", "delete-user", "clean"]);
    assert_eq!(plan.removal().unwrap().extension, Some(Extension::parse("1000").unwrap()));
    let warned = scene.with(|ground| ground.warnings());
    assert!(warned.iter().any(|warning| warning.id == "warn-line-not-ours"), "{warned:?}");
    assert_eq!(Scene::new(Work::Offboard, &[], &[]).problems(), ["cond-no-line"]);
}

#[test]
fn what_was_removed_at_microsoft_too_early_comes_back_first_and_goes_last() {
    let mut scene = Scene::new(Work::Offboard, &onboarded(NOTHING), &["+11000"]);
    let with_end =
        |end| ["line-stands", "back-at-microsoft", "disable-calling", "delete-user", "remove-device", "clean", end];
    scene.facts.subject.as_mut().unwrap().phone_system = PhoneSystem::Missing;
    let plan = scene.plan(&[]).unwrap();
    assert_eq!(names(&plan), with_end("microsoft-side"));
    assert_eq!(plan.removal().unwrap().microsoft, MicrosoftSide::Licence);
    let kept = scene.plan(&[("microsoft", "leave")]).unwrap();
    assert_eq!(names(&kept), with_end("clean")[..6], "whoever wants to keep the licence after all keeps it");
    scene.facts.subject = None;
    let plan = scene.plan(&[]).unwrap();
    assert_eq!((names(&plan).len(), plan.removal().unwrap().microsoft), (7, MicrosoftSide::Delete));
    assert_eq!(plan.subject_id, "alice-id", "our own record knows who it was");
}

#[test]
fn microsoft_is_touched_only_where_it_is_configured_and_chosen() {
    let mut scene = Scene::new(Work::Offboard, &onboarded(NOTHING), &["+11000"]);
    assert_eq!(scene.plan(&[("microsoft", "delete")]), Err(NotChosen::Unknown("item-microsoft")));
    scene.aftercare.microsoft = vec![MicrosoftSide::Delete];
    assert_eq!(scene.plan(&[("microsoft", "licence")]), Err(NotChosen::Unknown("item-microsoft")));
    assert_eq!(names(&scene.plan(&[("microsoft", "leave")]).unwrap()).last(), Some(&"clean"));
    assert_eq!(names(&scene.plan(&[("microsoft", "delete")]).unwrap()).last(), Some(&"microsoft-side"));
}

#[test]
fn a_change_has_the_steps_that_it_needs() {
    let scene = Scene::new(Work::Change, &onboarded(NOTHING), &["+11000"]);
    assert_eq!(scene.plan(&INPUTS), Err(NotChosen::Nothing));
    let plan = scene.plan(&[("location", "PBX"), ("route", "US East 2"), INPUTS[2]]).unwrap();
    assert_eq!(names(&plan), ["line-stands", "pbx-user", "sync", "enable", "proof"]);
    assert!(plan.notices().iter().any(|notice| notice.id == "notice-edit-interrupts"));
    let mut scene = scene;
    scene.ask.extension = Some(Extension::parse("1001").unwrap());
    let plan = scene.plan(&INPUTS).unwrap();
    let moved = ["line-stands", "extension-free", "device", "pbx-user", "sync", "enable", "remove-device", "proof"];
    assert_eq!(names(&plan), moved);
    assert_eq!((plan.doomed_device(), plan.doomed_extension().unwrap().as_str()), (Some("1000tm"), "1000"));
    assert_eq!(
        Scene::new(Work::Change, &onboarded(NOTHING), &["+11009"]).problems(),
        ["cond-has-number", "cond-line-changed"][1..]
    );
    assert_eq!(Scene::new(Work::Change, &onboarded(NOTHING), &[]).problems(), ["cond-line-taken"]);
    assert_eq!(Scene::new(Work::Change, &[], &["+11000"]).problems(), ["cond-line-unknown"]);
    let mut scene = Scene::new(Work::Change, &[], &[]);
    assert_eq!(scene.problems(), ["cond-nothing-to-change"]);
    scene.facts.subject = None;
    assert_eq!(scene.problems(), ["cond-user-missing"]);
}

#[test]
fn an_undo_brings_back_what_was_there_before() {
    let mut history = onboarded(NOTHING);
    let east = given(&[("location", "PBX"), ("route", "US East 2"), INPUTS[2]]);
    history.push(past(2, Work::Change, east, None));
    let plan = Scene::new(Work::Undo(RequestId(2)), &history, &["+11000"]).plan(&[]).unwrap();
    assert_eq!(plan.connecttoteams().unwrap().choices.route.name, "US West");
    assert_eq!(names(&plan), ["line-stands", "pbx-user", "sync", "enable", "proof"]);
    // A line that was taken away is given again, as a whole.
    let removal = Scene::new(Work::Offboard, &history, &["+11000"]).plan(&[]).unwrap();
    history.push(Past { changed: vec![changed(StepKind::DeleteUser, None)], ..past(3, Work::Offboard, removal, None) });
    assert_eq!(line_after(&history), None);
    let plan = Scene::new(Work::Undo(RequestId(3)), &history, &[]).plan(&[]).unwrap();
    assert_eq!(plan.steps, ConnecttoTeamsTarget::STEPS);
    assert_eq!(plan.connecttoteams().unwrap().choices.route.name, "US East 2");
}

/// It stopped, or was cancelled midway.
fn unfinished(past: Past) -> Past {
    Past { done: false, ..past }
}

/// What a change to another extension left when it was not finished: the old line, the new one, or neither.
#[test]
fn a_change_that_was_not_finished_can_be_undone_finished_and_taken_away() {
    let mut history = onboarded(NOTHING);
    let moved = |extension: &str| {
        let mut scene = Scene::new(Work::Change, &onboarded(NOTHING), &["+11000"]);
        scene.ask.extension = Some(Extension::parse(extension).unwrap());
        scene.plan(&INPUTS).unwrap()
    };
    history.push(unfinished(past(2, Work::Change, moved("1001"), Some(NOTHING))));
    let line = line_after(&history).unwrap();
    assert_eq!((line.target.line().to_string(), line.unproven), ("+11000".to_owned(), false));
    assert_eq!(line.lines().collect::<Vec<_>>(), ["+11000", "+11001"]);
    let undo = |shows: &[&str]| Scene::new(Work::Undo(RequestId(2)), &history, shows);
    for shows in [&["+11000"][..], &["+11001"], &[]] {
        assert_eq!(undo(shows).problems(), Vec::<String>::new(), "{shows:?}");
        let plan = undo(shows).plan(&[]).unwrap();
        assert_eq!(plan.target.line().to_string(), "+11000");
        assert!(plan.steps.contains(&StepKind::Device) && plan.steps.contains(&StepKind::PbxUser), "{:?}", plan.steps);
        let taken = Scene::new(Work::Offboard, &history, shows).plan(&[]).unwrap();
        let expected = if shows == ["+11001"] { "+11001" } else { "+11000" };
        assert_eq!(taken.line().to_string(), expected, "what Microsoft shows goes");
    }
    assert_eq!(undo(&["+13035550177"]).problems(), ["cond-undo-number"], "that is nobody's but theirs");
    // Typed once more, it is finished; the other way it is taken back.
    for (extension, shows) in [("1001", "+11000"), ("1001", "+11001"), ("1000", "+11001")] {
        let mut scene = Scene::new(Work::Change, &history, &[shows]);
        scene.ask.extension = Some(Extension::parse(extension).unwrap());
        assert_eq!(scene.problems(), Vec::<String>::new(), "{extension} while Microsoft shows {shows}");
        assert_eq!(scene.plan(&INPUTS).unwrap().target.line().to_string(), format!("+1{extension}"));
    }
}

#[test]
fn a_removal_that_was_not_finished_is_undone_by_giving_the_line_again() {
    let mut history = onboarded(NOTHING);
    let removal = Scene::new(Work::Offboard, &history, &["+11000"]).plan(&[]).unwrap();
    history.push(unfinished(past(2, Work::Offboard, removal, None)));
    for shows in [&["+11000"][..], &[]] {
        let scene = Scene::new(Work::Undo(RequestId(2)), &history, shows);
        assert_eq!(scene.problems(), Vec::<String>::new());
        assert_eq!(scene.plan(&[]).unwrap().steps, ConnecttoTeamsTarget::STEPS);
    }
}

#[test]
fn an_onboarding_that_finished_a_cancelled_one_is_undone_by_taking_the_line_away() {
    let history = vec![
        unfinished(past(1, Work::Onboard, given(&INPUTS), Some(NOTHING))),
        past(2, Work::Onboard, given(&INPUTS), None),
    ];
    let scene = Scene::new(Work::Undo(RequestId(2)), &history, &["+11000"]);
    assert_eq!(scene.problems(), Vec::<String>::new());
    assert_eq!(scene.plan(&[]).unwrap().doomed_device(), Some("1000tm"), "the first of them made it");
}

#[test]
fn an_undo_that_was_not_finished_and_what_was_taken_back_stand_in_nobodys_way() {
    let mut history = onboarded(NOTHING);
    let undo = Work::Undo(RequestId(1));
    let taken = Scene::new(undo, &history, &["+11000"]).plan(&[]).unwrap();
    history.push(unfinished(past(2, undo, taken, None)));
    for shows in [&["+11000"][..], &[]] {
        assert_eq!(Scene::new(undo, &history, shows).problems(), Vec::<String>::new());
    }
    // A change that was taken back is as if it had never been.
    let east = given(&[("location", "PBX"), ("route", "US East 2"), INPUTS[2]]);
    let history = vec![
        onboarded(NOTHING).remove(0),
        past(2, Work::Change, east, None),
        past(3, Work::Undo(RequestId(2)), given(&INPUTS), None),
    ];
    assert_eq!(Scene::new(undo, &history, &["+11000"]).problems(), Vec::<String>::new());
}

#[test]
fn an_undo_is_refused_with_its_reason() {
    let undo = Work::Undo(RequestId(1));
    let history = onboarded(NOTHING);
    let refused = |history: &[Past], numbers: &[&str]| Scene::new(undo, history, numbers).problems();
    assert_eq!(refused(&history, &["+11000"]), Vec::<String>::new());
    assert_eq!(refused(&history, &[]), ["cond-undo-taken"], "somebody took it away");
    assert_eq!(refused(&history, &["+13035550177"]), ["cond-undo-number"]);
    let mut scene = Scene::new(undo, &history, &["+11000"]);
    scene.facts.stands.as_mut().unwrap().device = None;
    assert_eq!(scene.problems(), ["cond-undo-device-gone"]);
    let bare = EmergencyBefore { address_id: None, callback: None };
    scene.facts.stands.as_mut().unwrap().device = Some(bare);
    assert_eq!(scene.problems(), ["cond-undo-device-bare"]);
    // One that stopped midway left no number yet.
    let midway = vec![Past { done: false, ..history[0].clone() }];
    assert_eq!(refused(&midway, &[]), Vec::<String>::new());
    let open = vec![Past { over: false, ..history[0].clone() }];
    assert_eq!(refused(&open, &["+11000"]), ["cond-undo-open"]);
    let idle = vec![Past { changed: Vec::new(), ..history[0].clone() }];
    assert_eq!(refused(&idle, &["+11000"]), ["cond-undo-nothing"]);
    let east = given(&[("location", "PBX"), ("route", "US East 2"), INPUTS[2]]);
    let newer = vec![history[0].clone(), past(2, Work::Change, east.clone(), None)];
    assert_eq!(refused(&newer, &["+11000"]), ["cond-undo-newer"]);
    let already = vec![history[0].clone(), past(2, undo, east, None)];
    assert_eq!(refused(&already, &["+11000"]), ["cond-undo-already"]);
}

#[test]
fn what_is_left_to_people_is_part_of_what_is_approved() {
    let scene = Scene::new(Work::Onboard, &[], &[]);
    let offer = Offer::ConnecttoTeams(offer());
    let plan = |by_hand: &[StepKind]| {
        let Scene { ask, aftercare, facts } = &scene;
        Ground { ask, offer: &offer, aftercare, by_hand, facts }.plan(&inputs(&INPUTS)).unwrap()
    };
    let (usual, device) = (plan(&[]), plan(&[StepKind::Device, StepKind::Proof, StepKind::AssignNumber]));
    assert_eq!(usual, given(&INPUTS), "nothing is different where nothing is configured");
    assert_eq!(device.by_hand, [StepKind::Device], "no step that only looks, and none of another carrier");
    assert_ne!(Digest::of(&usual), Digest::of(&device));
    assert_eq!(device.course(StepKind::Device).how, How::Guided);
    assert_eq!(device.course(StepKind::PbxUser), usual.course(StepKind::PbxUser));
    assert!(device.notices().iter().any(|notice| notice.id == "notice-by-hand"));
    assert!(device.worksheet(StepKind::Device).is_some_and(|sheet| sheet.items.len() >= 5));
}

/// The bot did not give the line, and taking it away was cancelled after calling was off: it can be finished.
#[test]
fn a_line_that_is_half_gone_can_be_taken_away_to_its_end() {
    let mut scene = Scene::new(Work::Offboard, &[], &[]);
    assert_eq!(scene.problems(), ["cond-no-line"]);
    scene.facts.ours.disabled_before = Some(RequestId(3));
    scene.facts.ours.disabled_line = Some(Line::Extension(Extension::parse("1000").unwrap()));
    assert_eq!(scene.problems(), Vec::<String>::new());
    assert_eq!(names(&scene.plan(&[]).unwrap()), ["line-stands", "disable-calling", "delete-user", "clean"]);
}

/// What is in the way of the line that comes back is told before anybody approves it.
#[test]
fn an_offboarding_is_taken_back_only_where_a_line_could_be_given() {
    let mut history = onboarded(NOTHING);
    let removal = Scene::new(Work::Offboard, &history, &["+11000"]).plan(&[]).unwrap();
    history.push(past(2, Work::Offboard, removal, None));
    let scene = || Scene::new(Work::Undo(RequestId(2)), &history, &[]);
    assert_eq!(scene().problems(), Vec::<String>::new());
    let mut without = scene();
    without.facts.subject.as_mut().unwrap().phone_system = PhoneSystem::Missing;
    without.facts.extension.linked_to = Some("Amir Aziz".into());
    assert_eq!(without.problems(), ["cond-no-phone-system", "cond-extension-linked"]);
    // Calling was off and nobody had deleted the user yet: that is what is taken back.
    history[1].done = false;
    let mut midway = Scene::new(Work::Undo(RequestId(2)), &history, &[]);
    midway.facts.ours.disabled_before = Some(RequestId(2));
    assert_eq!(midway.problems(), Vec::<String>::new());
    midway.facts.ours.disabled_before = Some(RequestId(9));
    assert_eq!(midway.problems(), ["cond-disabled-before"]);
}

/// The number was there before: Microsoft shows nothing of the change, so it is not Microsoft that is waited for.
#[test]
fn the_sync_of_a_change_that_keeps_the_number_is_another_wait() {
    let scene = Scene::new(Work::Change, &onboarded(NOTHING), &["+11000"]);
    let plan = scene.plan(&[("location", "PBX"), ("route", "US East 2"), INPUTS[2]]).unwrap();
    assert!(plan.keeps_line() && plan.changes_what_nobody_reads());
    let with = |consent| {
        let Target::ConnecttoTeams(target) = plan.target.clone() else { panic!("{plan:?}") };
        Plan { target: Target::ConnecttoTeams(ConnecttoTeamsTarget { consent, ..target }), ..plan.clone() }
    };
    let (itself, asked) = (with(true), with(false));
    assert_eq!((itself.course(StepKind::Sync).how, itself.word(StepKind::Sync)), (How::Automatic, Word::Seen));
    assert_eq!((asked.course(StepKind::Sync).how, asked.word(StepKind::Sync)), (How::Guided, Word::Counts));
    assert_eq!(asked.course(StepKind::Sync).too_late, Some("cause-late-by-hand"), "Microsoft shows the number");
    // Another extension comes to Microsoft with everything else.
    let mut moved = scene;
    moved.ask.extension = Some(Extension::parse("1001").unwrap());
    let plan = moved.plan(&[("location", "PBX"), ("route", "US East 2"), INPUTS[2]]).unwrap();
    assert!(!plan.keeps_line() && !plan.changes_what_nobody_reads() && plan.word(StepKind::Sync) == Word::Seen);
}
