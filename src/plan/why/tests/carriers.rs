//! What counts with which carrier.

use super::*;

#[test]
fn other_carriers_are_judged_by_what_microsoft_says() {
    for (carrier, unknown) in
        [(Carrier::CallTower, vec!["unsure-calltower".to_owned()]), (Carrier::DirectRouting, vec![])]
    {
        let mut evidence = Evidence { carrier, group: None, consent: None, pbx: None, ..good() };
        let findings = diagnose(&evidence);
        assert_eq!((of(&findings, BROKEN), of(&findings, UNKNOWN)), (vec![], unknown));
        voice(&mut evidence).enabled = false;
        assert_eq!(of(&diagnose(&evidence), BROKEN), ["cond-calling-off-microsoft"]);
        voice(&mut evidence).enabled = true;
        voice(&mut evidence).policies.clear();
        assert_eq!(of(&diagnose(&evidence), BROKEN), ["cond-no-voice-route-microsoft"]);
    }
}

fn with_carrier(carrier: Carrier) -> Evidence {
    Evidence { carrier, ..good() }
}

#[test]
fn names_are_missed_by_carriers_whose_portal_lists_people_by_them() {
    for (carrier, verdict, said) in [
        (CONNECTOR, BROKEN, ["cond-first-name-missing", "cond-last-name-missing"]),
        (Carrier::CallTower, BROKEN, ["cond-first-name-missing", "cond-last-name-missing"]),
        (Carrier::DirectRouting, MET, ["fine-not-filled", "fine-not-filled"]),
    ] {
        let mut evidence = with_carrier(carrier);
        let nameless = account(&mut evidence);
        (nameless.has_first_name, nameless.has_last_name) = (false, false);
        assert_eq!(told(&evidence, "condition-first-name"), is_told(verdict, said[0]), "{carrier:?}");
        assert_eq!(told(&evidence, "condition-last-name"), is_told(verdict, said[1]), "{carrier:?}");
    }
}

#[test]
fn a_calling_plan_counts_as_it_does_for_onboarding_whoever_tells_of_it() {
    let by_licence = |e: &mut Evidence| account(e).calling_plan = true;
    let by_teams = |e: &mut Evidence| voice(e).features.push("CallingPlan".into());
    let before_teams = |e: &mut Evidence| {
        account(e).calling_plan = true;
        e.voice = Ok(None);
    };
    let without_teams = |e: &mut Evidence| {
        account(e).calling_plan = true;
        e.voice = Err(untold_by("Microsoft Graph"));
    };
    let ways: [fn(&mut Evidence); 4] = [by_licence, by_teams, before_teams, without_teams];
    for (carrier, verdict, said) in [
        (CONNECTOR, NOTICE, "look-calling-plan"),
        (Carrier::CallTower, BROKEN, "cond-calling-plan"),
        (Carrier::DirectRouting, NOTICE, "look-calling-plan"),
    ] {
        for give in ways {
            let mut evidence = with_carrier(carrier);
            assert_eq!(told(&evidence, "condition-calling-plan"), is_told(MET, "fine-none"));
            give(&mut evidence);
            assert_eq!(told(&evidence, "condition-calling-plan"), is_told(verdict, said), "{carrier:?}");
            assert_eq!(finding(&evidence, "condition-calling-plan").fix.is_some(), verdict != MET);
        }
    }
    let mut evidence = good();
    evidence.voice = Ok(None);
    assert_eq!(told(&evidence, "condition-calling-plan"), is_told(MET, "fine-none"), "the licences tell");
}
