//! Taking lines away and changing them through Microsoft Graph alone.

use super::*;

on_both_surfaces!(
    through_graph_number_and_policy_go_and_come_back_by_an_undo,
    through_graph_another_number_and_route_are_set_one_after_the_other,
    through_graph_an_undo_stops_at_what_somebody_else_set,
    through_graph_the_licence_comes_back_first_because_microsoft_keeps_the_number_otherwise,
    through_graph_the_policy_from_before_comes_back,
    through_graph_a_policy_that_is_gone_gives_way_to_the_organisations,
    through_graph_a_route_that_somebody_else_set_stays,
    through_graph_whoever_changes_something_is_offered_what_is_free,
    through_graph_a_policy_of_a_group_comes_back_as_the_groups,
    through_graph_a_number_of_another_type_is_left_alone,
    whoever_was_renamed_loses_the_line_that_is_held_under_the_old_name,
);

/// Fred has +13035550142 by ONB-1, through the session border controllers of his company.
async fn direct(surface: Surface) -> (Stage, Place) {
    let (stage, thread) = fabrikam(Carrier::DirectRouting, surface).await;
    stage.say("alan", &thread, "onboard fred@fabrikam.com number +13035550142").await;
    agreed(&stage, &thread, GIVE, &[("route", "Denver SBC")]).await;
    stage.see_within(&thread, "The phone line of Fred Fabrikam works", SOON).await;
    stage.see(&thread, "5 of 5 steps done").await;
    (stage, thread)
}

async fn through_graph_number_and_policy_go_and_come_back_by_an_undo(surface: Surface) {
    let (stage, thread) = direct(surface).await;
    stage.say("alan", &thread, "offboard fred@fabrikam.com").await;
    agreed(&stage, &thread, TAKE, &[]).await;
    let done = stage.see_within(&thread, GONE, SOON).await;
    assert_eq!(facts(&done)[0], ("No longer in Teams".to_owned(), "+13035550142".to_owned()));
    stage.see(&thread, "4 of 4 steps done").await;
    assert_eq!(stage.world.effects(EffectKind::NumberUnassigned), ["+13035550142"]);
    assert_eq!(stage.world.effects(EffectKind::PolicyUnassigned), [FRED]);
    // Nobody else gets the number for a while.
    stage.say("alan", &thread, "onboard fay@fabrikam.com number +13035550142").await;
    let card = stage.see_new(&thread, "fay@fabrikam.com cannot get a line yet").await;
    let text = "The number +13035550142 was taken from fred@fabrikam.com by ONB-2 and is kept from others until";
    assert!(card.plain().contains(text), "{}", card.plain());
    stage.say("alan", &thread, "undo ONB-2").await;
    let titles = ("Take back ONB-2 for Fred Fabrikam", "Approve taking back ONB-2 for Fred Fabrikam?");
    agreed(&stage, &thread, titles, &[]).await;
    stage.see_within(&thread, "ONB-2 is taken back for Fred Fabrikam", SOON).await;
    stage.see_new(&thread, "5 of 5 steps done").await;
    assert_eq!(stage.world.effects(EffectKind::NumberAssigned).len(), 2);
    stage.finish().await;
}

async fn through_graph_another_number_and_route_are_set_one_after_the_other(surface: Surface) {
    let (stage, thread) = direct(surface).await;
    stage.say("alan", &thread, "change fred@fabrikam.com number +13035550143 route \"Boston SBC\"").await;
    agreed(&stage, &thread, CHANGE, &[]).await;
    let done = stage.see_within(&thread, "The line of Fred Fabrikam is changed and works", SOON).await;
    assert_eq!(facts(&done)[0], ("Phone number".to_owned(), "+13035550143".to_owned()));
    stage.see(&thread, "6 of 6 steps done").await;
    assert_eq!(stage.world.effects(EffectKind::NumberUnassigned), ["+13035550142"]);
    stage.say("alan", &thread, "number +13035550142").await;
    stage.see_new(&thread, "took it from fred@fabrikam.com; it is kept from others until").await;
    // The change is taken back: the old number comes back to the same person at once.
    stage.say("alan", &thread, "undo ONB-2").await;
    let titles = ("Take back ONB-2 for Fred Fabrikam", "Phone number: +13035550142 (now +13035550143)");
    agreed(&stage, &thread, titles, &[]).await;
    let done = stage.see_within(&thread, "ONB-2 is taken back for Fred Fabrikam", SOON).await;
    assert_eq!(facts(&done)[0], ("Phone number".to_owned(), "+13035550142".to_owned()));
    stage.see_new(&thread, "6 of 6 steps done").await;
    stage.finish().await;
}

async fn through_graph_an_undo_stops_at_what_somebody_else_set(surface: Surface) {
    let (stage, thread) = direct(surface).await;
    {
        let mut state = stage.world.state();
        let other = |(_, name): &(&String, &String)| *name == "Boston SBC";
        let boston = state.seed.voice_policies.iter().find(other).unwrap().0.clone();
        state.direct.get_mut(FRED).unwrap().policy = Some(boston);
    }
    stage.say("alan", &thread, "undo ONB-1").await;
    let card = stage.see_new(&thread, "ONB-1 cannot be taken back for fred@fabrikam.com").await;
    assert!(card.plain().contains("which is not what ONB-1 set: somebody changed it since"), "{}", card.plain());
    stage.finish().await;
}

async fn through_graph_the_licence_comes_back_first_because_microsoft_keeps_the_number_otherwise(surface: Surface) {
    let (stage, thread) = direct(surface).await;
    stage.world.admin_center().remove_licence(FRED);
    stage.say("alan", &thread, "offboard fred@fabrikam.com").await;
    let titles = ("Microsoft is known to keep the number of whoever has none", TAKE.1);
    agreed(&stage, &thread, titles, &[("microsoft", "leave")]).await;
    let back = stage.see_new(&thread, "Put the licence of Fred Fabrikam back for the time being").await;
    assert!(back.plain().contains("until Microsoft counts the licence"), "{}", back.plain());
    stage.press("olga", &back, "Done", &[]).await;
    stage.see_new(&thread, "pressed Done, but Microsoft 365 does not show it yet").await;
    assert!(stage.world.effects(EffectKind::NumberUnassigned).is_empty(), "it would be kept");
    stage.world.admin_center().restore_licence(FRED);
    stage.see_within(&thread, GONE, SOON).await;
    assert_eq!(stage.world.effects(EffectKind::NumberUnassigned), ["+13035550142"]);
    stage.see(&thread, "5 of 5 steps done").await;
    stage.see(&thread, "Put the licence of Fred Fabrikam back for the time being").await;
    stage.finish().await;
}

/// The id of a voice routing policy of the tenant.
fn policy(stage: &Stage, wanted: &str) -> String {
    let state = stage.world.state();
    let found = state.seed.voice_policies.iter().find(|(_, name)| *name == wanted);
    found.unwrap().0.clone()
}

fn policy_of_fred(stage: &Stage) -> (Option<String>, bool) {
    let now = onboard_bot::clock::Clock::now(&stage.clock);
    let phone = stage.world.state().phone(FRED, now);
    (phone.policy, phone.by_group)
}

async fn taken_back(stage: &Stage, thread: &Place, shown: &str) {
    stage.say("alan", thread, "onboard fred@fabrikam.com number +13035550142").await;
    agreed(stage, thread, GIVE, &[("route", "Denver SBC")]).await;
    stage.see_within(thread, "The phone line of Fred Fabrikam works", SOON).await;
    stage.see(thread, "5 of 5 steps done").await;
    assert_eq!(policy_of_fred(stage), (Some("Denver SBC".to_owned()), false));
    stage.say("alan", thread, "undo ONB-1").await;
    let titles = ("Take back ONB-1 for Fred Fabrikam", shown);
    agreed(stage, thread, titles, &[]).await;
    stage.see_within(thread, "ONB-1 is taken back for Fred Fabrikam", SOON).await;
    stage.see(thread, "4 of 4 steps done").await;
}

async fn through_graph_the_policy_from_before_comes_back(surface: Surface) {
    let (stage, thread) = fabrikam(Carrier::DirectRouting, surface).await;
    has_policy(&stage, "Boston SBC");
    taken_back(&stage, &thread, "Voice route afterwards: Boston SBC").await;
    assert_eq!(policy_of_fred(&stage), (Some("Boston SBC".to_owned()), false));
    assert_eq!(stage.world.effects(EffectKind::PolicyAssigned), [FRED, FRED]);
    assert!(stage.world.effects(EffectKind::PolicyUnassigned).is_empty());
    stage.finish().await;
}

/// Fred has this policy of his own, whoever gave it.
fn has_policy(stage: &Stage, name: &str) {
    let id = policy(stage, name);
    let now = onboard_bot::clock::Clock::now(&stage.clock);
    let mut state = stage.world.state();
    let own = state.direct.entry(FRED.to_owned()).or_default();
    (own.policy, own.policy_at, own.policy_until) = (Some(id), Some(now), None);
}

async fn through_graph_a_policy_that_is_gone_gives_way_to_the_organisations(surface: Surface) {
    let (stage, thread) = fabrikam(Carrier::DirectRouting, surface).await;
    has_policy(&stage, "Boston SBC");
    stage.say("alan", &thread, "onboard fred@fabrikam.com number +13035550142").await;
    agreed(&stage, &thread, GIVE, &[("route", "Denver SBC")]).await;
    stage.see_within(&thread, "The phone line of Fred Fabrikam works", SOON).await;
    stage.see(&thread, "5 of 5 steps done").await;
    let boston = policy(&stage, "Boston SBC");
    stage.world.state().seed.voice_policies.remove(&boston);
    stage.say("alan", &thread, "offboard fred@fabrikam.com").await;
    agreed(&stage, &thread, TAKE, &[]).await;
    let done = stage.see_within(&thread, GONE, SOON).await;
    let text = "The default of the organisation, because Microsoft would not give Boston SBC again";
    assert!(done.plain().contains(text), "{}", done.plain());
    assert_eq!(policy_of_fred(&stage), (None, false));
    stage.see(&thread, "4 of 4 steps done").await;
    stage.finish().await;
}

async fn through_graph_a_route_that_somebody_else_set_stays(surface: Surface) {
    let (stage, thread) = direct(surface).await;
    has_policy(&stage, "Boston SBC");
    stage.say("alan", &thread, "offboard fred@fabrikam.com").await;
    let text = "The voice route of fred@fabrikam.com is Boston SBC, which I did not set. It stays as it is.";
    agreed(&stage, &thread, (text, TAKE.1), &[]).await;
    stage.see_within(&thread, GONE, SOON).await;
    assert_eq!(policy_of_fred(&stage), (Some("Boston SBC".to_owned()), false));
    assert!(stage.world.effects(EffectKind::PolicyUnassigned).is_empty());
    stage.see(&thread, "3 of 3 steps done").await;
    stage.finish().await;
}

async fn through_graph_whoever_changes_something_is_offered_what_is_free(surface: Surface) {
    let (stage, thread) = direct(surface).await;
    stage.say("alan", &thread, "onboard fay@fabrikam.com number +13035550143").await;
    let fay = ("Phone line for Fay Fabrikam", "Approve a phone line for Fay Fabrikam?");
    agreed(&stage, &thread, fay, &[("route", "Denver SBC")]).await;
    stage.see_within(&thread, "The phone line of Fay Fabrikam works", SOON).await;
    stage.see(&thread, "5 of 5 steps done").await;
    stage.say("alan", &thread, "change fred@fabrikam.com route \"Boston SBC\"").await;
    let confirm = stage.see_new(&thread, CHANGE.0).await;
    let card = confirm.card.as_ref().unwrap().to_string();
    let offers = |number: &str| card.contains(&format!("\"value\":\"{number}\""));
    assert!(offers("+13035550142") && !offers("+13035550143"), "{card}");
    stage.press("alan", &confirm, "Cancel", &[]).await;
    stage.see_new(&thread, "Alan Admin cancelled ONB-3").await;
    stage.finish().await;
}

/// A copy of its own would keep the user from following the group for ever.
async fn through_graph_a_policy_of_a_group_comes_back_as_the_groups(surface: Surface) {
    let (stage, thread) = fabrikam(Carrier::DirectRouting, surface).await;
    let boston = policy(&stage, "Boston SBC");
    stage.world.state().user_mut(FRED).unwrap().group_policy = Some(boston);
    taken_back(&stage, &thread, "Voice route afterwards: Boston SBC").await;
    assert_eq!(policy_of_fred(&stage), (Some("Boston SBC".to_owned()), true));
    assert_eq!(stage.world.effects(EffectKind::PolicyUnassigned), [FRED]);
    stage.finish().await;
}

/// Microsoft takes only numbers of the customer's own away; the rest is somebody else's business.
async fn through_graph_a_number_of_another_type_is_left_alone(surface: Surface) {
    let (stage, thread) = fabrikam(Carrier::DirectRouting, surface).await;
    {
        let mut state = stage.world.state();
        state.user_mut(FRED).unwrap().telephone_number = Some("+13035550188".to_owned());
        state.seed.numbers.push(onboard_bot::world::Number {
            telephone_number: "+13035550188".to_owned(),
            number_type: "callingPlan".to_owned(),
            assignment_status: "userAssigned".to_owned(),
            assignment_target_id: Some(onboard_bot::world::object_id(FRED)),
            ..Default::default()
        });
    }
    stage.say("alan", &thread, "offboard fred@fabrikam.com").await;
    agreed(&stage, &thread, TAKE, &[]).await;
    let stopped = stage.see_within(&thread, "Stopped: the line of Fred Fabrikam is not gone", SOON).await;
    let text = "+13035550188 is not a direct routing number but callingPlan";
    assert!(stopped.plain().contains(text), "{}", stopped.plain());
    assert!(stage.world.effects(EffectKind::NumberUnassigned).is_empty());
    stage.see(&thread, "1 of 3 steps done").await;
    stage.finish().await;
}

async fn whoever_was_renamed_loses_the_line_that_is_held_under_the_old_name(surface: Surface) {
    let (stage, thread) = direct(surface).await;
    assert!(stage.world.admin_center().rename_account(FRED, "fred.fab@fabrikam.com"));
    stage.say("alan", &thread, "offboard fred.fab@fabrikam.com").await;
    agreed(&stage, &thread, TAKE, &[]).await;
    stage.see_within(&thread, GONE, SOON).await;
    assert_eq!(stage.world.effects(EffectKind::NumberUnassigned), ["+13035550142"]);
    stage.see(&thread, "3 of 3 steps done").await;
    // The number cools down for all others, and is told under the name of today.
    stage.say("alan", &thread, "onboard fay@fabrikam.com number +13035550142").await;
    stage.see(&thread, "was taken from fred.fab@fabrikam.com by ONB-2").await;
    stage.finish().await;
}
