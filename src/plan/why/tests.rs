mod carriers;

use super::*;
use crate::view::Verdict;

const CONNECTOR: Carrier = Carrier::ConnecttoTeams;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn upn(name: &str) -> Upn {
    Upn::parse(&format!("{name}@contoso.com")).unwrap()
}

fn extension() -> Extension {
    Extension::parse("1000").unwrap()
}

/// Alice has her line, and everything is as it should be.
fn good() -> Evidence {
    Evidence {
        subject: upn("alice"),
        carrier: CONNECTOR,
        account: Ok(Some(Account {
            name: "Alice Adams".into(),
            enabled: true,
            member: true,
            has_first_name: true,
            has_last_name: true,
            usage_location: Some("US".into()),
            phone_system: PhoneSystem::Usable,
            licensed_since: Some(at("2026-01-15T08:00:00Z")),
            teams: PhoneSystem::Usable,
            virtual_user_plan: false,
            calling_plan: false,
            from_own_directory: false,
        })),
        by_mail: None,
        voice: Ok(Some(Voice {
            account_type: Some("user".into()),
            features: vec!["Teams".into(), "PhoneSystem".into()],
            enabled: true,
            numbers: vec!["+11000".into()],
            policies: vec![("OnlineVoiceRoutingPolicy".into(), "US West".into())],
        })),
        group: Some(SyncGroup {
            id: Some("4444".into()),
            group: Ok(Some(Group { name: "Teammate Sync".into(), all_company: false, unified: true })),
            member: Ok(true),
        }),
        consent: Some(true),
        pbx: Some(Pbx::Looked(Box::new(PbxLine {
            extension: extension(),
            device_name: "1000tm".into(),
            owner: Ok(Some(Owner { name: "Alice Adams".into(), system: false })),
            belongs: Ok(Belongs::Subject),
            device: Ok(Some(Device { registered: Some(true), has_emergency: true })),
            old_device: None,
            rings: Ok(Rings::Connector),
        }))),
        records: Records {
            last: Some(LastRequest {
                id: RequestId(1),
                extension: Some(extension()),
                line: "+11000".into(),
                standing: Standing::Done,
            }),
            under_way: None,
            taken_away: None,
            hold: Some(Hold {
                request: RequestId(1),
                subject: upn("alice"),
                since: at("2026-11-01T10:00:00Z"),
                cooling_until: None,
            }),
            own_sync: Some((RequestId(1), at("2026-11-01T10:05:00Z"))),
            last_sync: Some((RequestId(1), at("2026-11-01T10:05:00Z"))),
        },
    }
}

/// Somebody who never asked for a line and could have one.
fn fresh() -> Evidence {
    let mut evidence = good();
    voice(&mut evidence).numbers.clear();
    voice(&mut evidence).policies.clear();
    voice(&mut evidence).enabled = false;
    evidence.pbx = Some(Pbx::NotLookedAt);
    evidence.records = Records { last_sync: evidence.records.last_sync, ..Records::default() };
    evidence
}

fn account(evidence: &mut Evidence) -> &mut Account {
    evidence.account.as_mut().unwrap().as_mut().unwrap()
}

fn voice(evidence: &mut Evidence) -> &mut Voice {
    evidence.voice.as_mut().unwrap().as_mut().unwrap()
}

fn group(evidence: &mut Evidence) -> &mut Group {
    evidence.group.as_mut().unwrap().group.as_mut().unwrap().as_mut().unwrap()
}

fn line(evidence: &mut Evidence) -> &mut PbxLine {
    match evidence.pbx.as_mut().unwrap() {
        Pbx::Looked(line) => line,
        Pbx::NotLookedAt => panic!("nobody looked"),
    }
}

fn standing(evidence: &mut Evidence, standing: Standing) {
    evidence.records.last.as_mut().unwrap().standing = standing;
}

/// What was taken from somebody by ONB-1 is kept for them.
fn cools_for(evidence: &mut Evidence, name: &str) {
    let hold = evidence.records.hold.as_mut().unwrap();
    (hold.subject, hold.cooling_until) = (upn(name), Some(at("2026-12-24T10:00:00Z")));
}

fn finding(evidence: &Evidence, condition: &str) -> Finding {
    let found = diagnose(evidence).into_iter().find(|finding| finding.condition.id == condition);
    found.unwrap_or_else(|| panic!("{condition} is not told"))
}

/// How a condition stands, and what is said about it.
fn told(evidence: &Evidence, condition: &str) -> (Verdict, String) {
    let finding = finding(evidence, condition);
    (finding.verdict, finding.found.id)
}

fn is_told(verdict: Verdict, id: &str) -> (Verdict, String) {
    (verdict, id.to_owned())
}

fn of(findings: &[Finding], verdict: Verdict) -> Vec<String> {
    findings.iter().filter(|f| f.verdict == verdict).map(|f| f.found.id.clone()).collect()
}

fn untold_by(system: &str) -> Untold {
    Untold { why: Sentence::new("outside-unreachable").with("system", system), who: None }
}

/// What is said with which verdict when one thing is wrong.
type Case = (Verdict, &'static str, fn(&mut Evidence));

const MET: Verdict = Verdict::Met;
const BROKEN: Verdict = Verdict::Broken;
const NOTICE: Verdict = Verdict::Notice;
const UNKNOWN: Verdict = Verdict::Unknown;

const CASES: [Case; 46] = [
    (BROKEN, "cond-user-missing", |e| (e.account, e.voice) = (Ok(None), Ok(None))),
    (BROKEN, "cond-user-by-mail", |e| {
        (e.account, e.voice, e.by_mail) = (Ok(None), Ok(None), Some("adams@contoso.com".into()));
    }),
    (BROKEN, "cond-user-disabled", |e| account(e).enabled = false),
    (BROKEN, "cond-user-not-member", |e| account(e).member = false),
    (BROKEN, "cond-first-name-missing", |e| account(e).has_first_name = false),
    (BROKEN, "cond-last-name-missing", |e| account(e).has_last_name = false),
    (BROKEN, "cond-no-phone-system", |e| account(e).phone_system = PhoneSystem::Missing),
    (BROKEN, "cond-phone-system-unusable", |e| account(e).phone_system = PhoneSystem::Unusable("Suspended".into())),
    (NOTICE, "look-licence-grace", |e| account(e).phone_system = PhoneSystem::Grace),
    (BROKEN, "cond-no-teams", |e| {
        account(e).teams = PhoneSystem::Missing;
        voice(e).features.clear();
    }),
    (BROKEN, "cond-teams-unusable", |e| {
        account(e).teams = PhoneSystem::Unusable("LockedOut".into());
        voice(e).features.clear();
    }),
    (BROKEN, "cond-virtual-user-plan", |e| account(e).virtual_user_plan = true),
    (NOTICE, "look-no-usage-location", |e| account(e).usage_location = None),
    (UNKNOWN, "unsure-on-premises", |e| account(e).from_own_directory = true),
    (BROKEN, "cond-not-set-up", |e| e.voice = Ok(None)),
    (BROKEN, "cond-account-type", |e| voice(e).account_type = Some("resourceAccount".into())),
    (UNKNOWN, "unsure-account-type", |e| voice(e).account_type = None),
    (BROKEN, "cond-has-number", |e| e.records.last = None),
    (BROKEN, "cond-number-other", |e| voice(e).numbers = vec!["+13035550199".into()]),
    (BROKEN, "cond-number-gone", |e| voice(e).numbers.clear()),
    (BROKEN, "cond-calling-off", |e| voice(e).enabled = false),
    (BROKEN, "cond-no-voice-route", |e| voice(e).policies = vec![("TeamsCallingPolicy".into(), "Usual".into())]),
    (BROKEN, "cond-sync-group-missing", |e| {
        let group = e.group.as_mut().unwrap();
        (group.group, group.member) = (Ok(None), Ok(false));
    }),
    (UNKNOWN, "unsure-no-group", |e| e.group.as_mut().unwrap().id = None),
    (BROKEN, "cond-sync-group-all-company", |e| group(e).all_company = true),
    (NOTICE, "look-group-kind", |e| group(e).unified = false),
    (BROKEN, "cond-not-in-sync-group", |e| e.group.as_mut().unwrap().member = Ok(false)),
    (NOTICE, "look-consent", |e| e.consent = Some(false)),
    (BROKEN, "cond-disabled-before", |e| e.records.taken_away = Some((RequestId(3), Timestamp::UNIX_EPOCH))),
    (UNKNOWN, "unsure-last-sync", |e| e.records.own_sync = None),
    (UNKNOWN, "unsure-never-synced", |e| (e.records.own_sync, e.records.last_sync) = (None, None)),
    (BROKEN, "cond-number-held", |e| {
        let last = e.records.last.as_mut().unwrap();
        (last.extension, e.pbx) = (None, None);
        e.records.hold.as_mut().unwrap().subject = upn("bob");
    }),
    (BROKEN, "cond-number-cooling", |e| {
        let last = e.records.last.as_mut().unwrap();
        (last.extension, e.pbx) = (None, None);
        cools_for(e, "bob");
    }),
    (UNKNOWN, "unsure-extension", |e| e.pbx = Some(Pbx::NotLookedAt)),
    (BROKEN, "cond-extension-missing", |e| line(e).owner = Ok(None)),
    (BROKEN, "cond-extension-system", |e| line(e).owner = Ok(Some(Owner { name: "Menu".into(), system: true }))),
    (BROKEN, "cond-extension-linked", |e| line(e).belongs = Ok(Belongs::Other("Bob Brown".into()))),
    (NOTICE, "look-extension-owner", |e| line(e).belongs = Ok(Belongs::Unclear("Al Adams".into()))),
    (BROKEN, "cond-device-gone", |e| line(e).device = Ok(None)),
    (BROKEN, "cond-device-unregistered", |e| {
        line(e).device = Ok(Some(Device { registered: Some(false), has_emergency: true }));
    }),
    (NOTICE, "look-emergency", |e| line(e).device = Ok(Some(Device { registered: Some(true), has_emergency: false }))),
    (NOTICE, "look-old-device", |e| line(e).old_device = Some("1000t".into())),
    (NOTICE, "look-answer-rule", |e| line(e).rings = Ok(Rings::Elsewhere)),
    (BROKEN, "cond-extension-held", |e| e.records.hold.as_mut().unwrap().subject = upn("zoe")),
    (BROKEN, "cond-extension-cooling", |e| cools_for(e, "zoe")),
    (NOTICE, "state-confirming", |e| {
        let state = Sentence::new("state-confirming");
        e.records.under_way = Some(UnderWay { id: RequestId(9), state, since: Timestamp::UNIX_EPOCH });
    }),
];

/// What is never known is no cause: nobody documents how to read it.
const ALWAYS_UNKNOWN: &str = "unsure-disabled-before";

fn causes(findings: &[Finding]) -> Vec<(Verdict, String)> {
    let told = findings.iter().filter(|f| f.verdict != Verdict::Met && f.found.id != ALWAYS_UNKNOWN);
    told.map(|f| (f.verdict, f.found.id.clone())).collect()
}

#[test]
fn each_single_cause_is_told_alone_with_its_fix() {
    assert_eq!(causes(&diagnose(&good())), []);
    for (verdict, id, break_it) in CASES {
        let mut evidence = good();
        break_it(&mut evidence);
        let findings = diagnose(&evidence);
        assert_eq!(causes(&findings), [(verdict, id.to_owned())]);
        let found = findings.iter().find(|f| f.found.id == id).unwrap();
        let says_what_to_do = found.fix.is_some() && found.who.is_some();
        assert_eq!(says_what_to_do, !id.starts_with("state-"), "{id}");
    }
}

#[test]
fn all_causes_are_told_at_once() {
    let mut evidence = good();
    for id in [
        "cond-user-disabled",
        "cond-user-not-member",
        "cond-first-name-missing",
        "cond-last-name-missing",
        "cond-no-phone-system",
        "cond-teams-unusable",
        "cond-virtual-user-plan",
        "look-no-usage-location",
        "unsure-on-premises",
        "cond-account-type",
        "cond-number-other",
        "cond-calling-off",
        "cond-sync-group-all-company",
        "look-group-kind",
        "cond-not-in-sync-group",
        "look-consent",
        "cond-disabled-before",
        "unsure-never-synced",
        "cond-extension-linked",
        "cond-device-unregistered",
        "look-old-device",
        "look-answer-rule",
        "cond-extension-held",
        "state-confirming",
    ] {
        let (.., break_it) = CASES.iter().find(|(_, case, _)| *case == id).unwrap();
        break_it(&mut evidence);
    }
    let findings = diagnose(&evidence);
    assert_eq!(of(&findings, BROKEN).len(), 16, "{:?}", of(&findings, BROKEN));
    assert_eq!(of(&findings, NOTICE).len(), 6, "{:?}", of(&findings, NOTICE));
    assert_eq!(of(&findings, UNKNOWN), ["unsure-on-premises", "unsure-never-synced"]);
    let names: std::collections::BTreeSet<_> = findings.iter().map(|f| f.condition.id.as_str()).collect();
    assert_eq!(names.len(), findings.len(), "each condition once");
}

#[test]
fn whoever_has_no_line_yet_lacks_nothing_that_onboarding_brings() {
    let mut evidence = fresh();
    let later = ["look-calling-later", "look-policies-later"];
    let findings = diagnose(&evidence);
    assert_eq!((of(&findings, BROKEN), of(&findings, NOTICE)), (vec![], later.map(str::to_owned).to_vec()));
    evidence.pbx = good().pbx;
    line(&mut evidence).device = Ok(None);
    assert_eq!(of(&diagnose(&evidence), NOTICE), [later[0], later[1], "look-device-later"]);
    // Before a line of ours somebody else must be using it.
    line(&mut evidence).device = Ok(Some(Device { registered: Some(true), has_emergency: true }));
    assert_eq!(of(&diagnose(&evidence), BROKEN), ["cond-device-registered"]);
    line(&mut evidence).device = Ok(Some(Device { registered: Some(false), has_emergency: true }));
    assert_eq!(of(&diagnose(&evidence), BROKEN), Vec::<String>::new());
}

#[test]
fn what_a_request_under_way_still_brings_is_waited_for() {
    let mut evidence = good();
    standing(&mut evidence, Standing::Begun);
    voice(&mut evidence).numbers.clear();
    voice(&mut evidence).policies.clear();
    voice(&mut evidence).enabled = false;
    line(&mut evidence).device = Ok(Some(Device { registered: Some(false), has_emergency: true }));
    let findings = diagnose(&evidence);
    assert_eq!(of(&findings, BROKEN), Vec::<String>::new());
    let awaited = ["look-number-awaited", "look-calling-later", "look-policies-later", "look-registered-later"];
    assert_eq!(of(&findings, NOTICE), awaited);
    // A number that is there already cannot be one that was only asked for.
    standing(&mut evidence, Standing::Asked);
    voice(&mut evidence).numbers.push("+11000".into());
    assert!(of(&diagnose(&evidence), BROKEN).contains(&"cond-has-number".to_owned()));
}

#[test]
fn a_system_that_does_not_answer_hides_its_own_conditions_only() {
    let (graph, pbx) = (untold_by("Microsoft Graph"), untold_by("NetSapiens"));
    let unknown = |evidence: &Evidence, by: &Untold| {
        let findings = diagnose(evidence);
        assert_eq!(of(&findings, BROKEN), Vec::<String>::new());
        let hidden = findings.iter().filter(|f| f.verdict == UNKNOWN && f.found == by.why);
        hidden.map(|f| f.condition.id.clone()).collect::<Vec<_>>()
    };
    let mut evidence = good();
    evidence.voice = Err(graph.clone());
    assert_eq!(
        unknown(&evidence, &graph),
        [
            "condition-set-up",
            "condition-account-type",
            "condition-calling-plan",
            "condition-number",
            "condition-calling",
            "condition-policies"
        ]
    );
    let mut evidence = good();
    (evidence.account, evidence.voice) = (Err(graph.clone()), Err(graph.clone()));
    let group = evidence.group.as_mut().unwrap();
    (group.group, group.member) = (Err(graph.clone()), Err(graph.clone()));
    line(&mut evidence).belongs = Err(graph.clone());
    assert_eq!(unknown(&evidence, &graph).len(), 10 + 6 + 4 + 1);
    let mut evidence = good();
    let silent = line(&mut evidence);
    (silent.owner, silent.belongs) = (Err(pbx.clone()), Err(pbx.clone()));
    (silent.device, silent.rings) = (Err(pbx.clone()), Err(pbx.clone()));
    assert_eq!(
        unknown(&evidence, &pbx),
        [
            "condition-extension",
            "condition-extension-owner",
            "condition-device",
            "condition-emergency",
            "condition-registered",
            "condition-answer-rule"
        ]
    );
}

#[test]
fn since_when_is_told_where_it_is_known() {
    let mut evidence = good();
    evidence.records.taken_away = Some((RequestId(3), at("2026-10-01T10:00:00Z")));
    evidence.voice = Ok(None);
    let since = |id: &str| diagnose(&evidence).into_iter().find(|f| f.found.id == id).unwrap().since;
    assert_eq!(since("fine-licence"), Some(at("2026-01-15T08:00:00Z")));
    assert_eq!(since("cond-not-set-up"), Some(at("2026-01-15T08:00:00Z")), "a new licence can take a day");
    assert_eq!(since("cond-disabled-before"), Some(at("2026-10-01T10:00:00Z")));
    assert_eq!(since("fine-held"), Some(at("2026-11-01T10:00:00Z")));
}

#[test]
fn what_cools_is_told_with_its_end_to_others_and_to_whom_it_was_taken_from() {
    let mut evidence = good();
    cools_for(&mut evidence, "zoe");
    let held = finding(&evidence, "condition-held");
    for (name, value) in [("extension", "1000"), ("request", "ONB-1"), ("subject", "zoe@contoso.com")] {
        assert_eq!(held.found.args.get(name).map(ToString::to_string).as_deref(), Some(value), "{name}");
    }
    assert!(held.found.args.contains_key("until") && held.since.is_none(), "{held:?}");
    cools_for(&mut evidence, "alice");
    let own = finding(&evidence, "condition-held");
    assert_eq!((own.verdict, own.found.id.as_str(), own.since), (MET, "fine-held-cooling", None));
    // Asked for again it is held by that request, which took nothing away.
    let state = Sentence::new("state-confirming");
    evidence.records.under_way = Some(UnderWay { id: RequestId(1), state, since: Timestamp::UNIX_EPOCH });
    assert_eq!(told(&evidence, "condition-held"), is_told(MET, "fine-held"));
}

#[test]
fn a_line_that_somebody_set_up_by_hand_is_judged_as_one_that_stands() {
    let mut evidence = good();
    evidence.records = Records::default();
    assert_eq!(voice(&mut evidence).extension(), Some(extension()));
    assert_eq!(told(&evidence, "condition-registered"), is_told(MET, "fine-registered"));
    line(&mut evidence).device = Ok(Some(Device { registered: Some(false), has_emergency: true }));
    assert_eq!(told(&evidence, "condition-registered"), is_told(BROKEN, "cond-device-unregistered"));
    line(&mut evidence).device = Ok(None);
    assert_eq!(told(&evidence, "condition-device"), is_told(BROKEN, "cond-device-gone"));
    // A real number tells of no extension.
    voice(&mut evidence).numbers = vec!["+13035550142".into()];
    assert_eq!(voice(&mut evidence).extension(), None);
    assert_eq!(told(&evidence, "condition-device"), is_told(NOTICE, "look-device-later"));
}

#[test]
fn a_line_that_is_half_gone_is_not_waited_for() {
    let mut evidence = good();
    standing(&mut evidence, Standing::Leaving);
    assert_eq!(told(&evidence, "condition-number"), is_told(NOTICE, "look-number-leaving"));
    voice(&mut evidence).numbers.clear();
    line(&mut evidence).device = Ok(None);
    assert_eq!(told(&evidence, "condition-number"), is_told(MET, "fine-none"));
    assert_eq!(told(&evidence, "condition-device"), is_told(MET, "fine-none"));
}

#[test]
fn buttons_need_what_is_known_of_the_membership_and_not_the_group_itself() {
    let silent = || Err(untold_by("Microsoft Graph"));
    let sync = |group: Told<Option<Group>>, member: Told<bool>| {
        let mut evidence = fresh();
        evidence.group = Some(SyncGroup { id: Some("4444".into()), group, member });
        evidence
    };
    let group = |all_company: bool| Ok(Some(Group { name: "Sync".into(), all_company, unified: true }));
    for (group, member, expected) in [
        (group(false), Ok(true), vec![Mend::GroupSync]),
        (silent(), Ok(true), vec![Mend::GroupSync]),
        (Ok(None), Ok(true), vec![Mend::GroupSync]),
        (group(false), Ok(false), vec![Mend::JoinGroup]),
        (silent(), Ok(false), vec![Mend::JoinGroup]),
        // Nobody is put into a group that is everybody's, or that is not there.
        (group(true), Ok(false), vec![]),
        (Ok(None), Ok(false), vec![]),
        (group(false), Err(untold_by("Microsoft Graph")), vec![]),
    ] {
        assert_eq!(mends(&sync(group.clone(), member.clone())), expected, "{group:?} {member:?}");
    }
    let mut evidence = sync(silent(), Ok(true));
    voice(&mut evidence).numbers.push("+11000".into());
    assert_eq!(mends(&evidence), [Mend::Enable]);
}
