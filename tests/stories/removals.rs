//! Taking lines away and changing them where there is no PBX, and the order in which it has to be done.

use jiff::SignedDuration;
use onboard_bot::config::Carrier;
use onboard_bot::world::{EffectKind, Place, Seed};

use crate::offboarding::{agreed, alice_has_a_line};
use crate::scenes::facts;
use crate::stage::Stage;
use crate::stage::surface::{Surface, on_both_surfaces};

on_both_surfaces!(
    through_graph_number_and_policy_go_and_come_back_by_an_undo,
    through_graph_another_number_and_route_are_set_one_after_the_other,
    through_graph_an_undo_stops_at_what_somebody_else_set,
    in_calltower_connect_it_is_deleted_first_and_microsoft_proves_it,
    in_calltower_connect_another_number_is_entered_by_hand_and_shown_by_microsoft,
    in_calltower_connect_a_removal_is_taken_back_by_giving_the_line_again,
    in_calltower_connect_a_new_location_is_saved_and_never_called_proven,
    an_account_that_was_deleted_too_early_is_restored_first_and_deleted_last,
    without_its_licence_the_portal_does_not_list_a_user_so_it_comes_back_for_the_time_being,
    through_graph_the_licence_comes_back_first_because_microsoft_keeps_the_number_otherwise,
    microsoft_365_is_touched_only_where_it_is_configured_and_chosen_and_never_before_the_proof,
    what_is_proven_gone_cools_down_even_if_the_rest_is_cancelled,
    an_onboarding_in_calltower_connect_is_taken_back,
    through_graph_the_policy_from_before_comes_back,
    through_graph_a_policy_of_a_group_comes_back_as_the_groups,
    through_graph_a_policy_that_is_gone_gives_way_to_the_organisations,
    through_graph_a_route_that_somebody_else_set_stays,
    through_graph_whoever_changes_something_is_offered_what_is_free,
    through_graph_a_number_of_another_type_is_left_alone,
    an_account_that_is_deleted_in_the_middle_is_no_proof,
    whoever_was_renamed_loses_the_line_that_is_held_under_the_old_name,
    a_change_in_calltower_connect_that_does_not_show_is_late_with_a_text_for_support,
);

const FRED: &str = "fred@fabrikam.com";
const GIVE: (&str, &str) = ("Phone line for Fred Fabrikam", "Approve a phone line for Fred Fabrikam?");
const TAKE: (&str, &str) =
    ("Take the phone line from Fred Fabrikam", "Approve taking the phone line from Fred Fabrikam?");
const CHANGE: (&str, &str) =
    ("Change the phone line of Fred Fabrikam", "Approve changing the phone line of Fred Fabrikam?");
const GONE: &str = "The phone line of Fred Fabrikam is gone";
const SOON: SignedDuration = SignedDuration::from_mins(5);

async fn fabrikam(carrier: Carrier, surface: Surface) -> (Stage, Place) {
    let seed = Seed::default().with_second_customer();
    let stage = Stage::open_on_with(surface, seed, |settings| {
        (settings.second_customer, settings.second_carrier) = (true, carrier);
    })
    .await;
    let thread = stage.thread();
    (stage, thread)
}

/// Fred has +13035550142 by ONB-1, through the session border controllers of his company.
async fn direct(surface: Surface) -> (Stage, Place) {
    let (stage, thread) = fabrikam(Carrier::DirectRouting, surface).await;
    stage.say("alan", &thread, "onboard fred@fabrikam.com number +13035550142").await;
    agreed(&stage, &thread, GIVE, &[("route", "Denver SBC")]).await;
    stage.see_within(&thread, "The phone line of Fred Fabrikam works", SOON).await;
    stage.see(&thread, "5 of 5 steps done").await;
    (stage, thread)
}

/// The same through CallTower Connect.
async fn connect(surface: Surface) -> (Stage, Place) {
    let (stage, thread) = fabrikam(Carrier::CallTower, surface).await;
    stage.say("alan", &thread, "onboard fred@fabrikam.com number +13035550142").await;
    agreed(&stage, &thread, GIVE, &[("location", "Denver"), ("plan", "MS Teams Metered Voice")]).await;
    stage.world.portal().save_in_connect(FRED, "+13035550142");
    stage.see_within(&thread, "The phone line of Fred Fabrikam works", SOON).await;
    stage.see(&thread, "5 of 5 steps done").await;
    stage.see(&thread, "Add Fred Fabrikam in CallTower Connect").await;
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

async fn in_calltower_connect_it_is_deleted_first_and_microsoft_proves_it(surface: Surface) {
    let (stage, thread) = connect(surface).await;
    stage.world.turn(|knobs| knobs.number_delay_ms = 4 * 60_000);
    stage.say("alan", &thread, "offboard fred@fabrikam.com").await;
    agreed(&stage, &thread, TAKE, &[]).await;
    stage.see(&thread, "Taking +13035550142 from Fred Fabrikam").await;
    let delete = stage.see_new(&thread, "Delete Fred Fabrikam in CallTower Connect").await;
    for text in ["trash can", "Do not delete them in Microsoft 365 yet", "@Olga Operator"] {
        assert!(delete.plain().contains(text), "{text}: {}", delete.plain());
    }
    assert!(delete.card.as_ref().unwrap().to_string().contains("https://connect.calltower.com"));
    // Done too early never ends as gone.
    stage.press("olga", &delete, "Done", &[]).await;
    stage.see(&thread, "Microsoft still shows +13035550142").await;
    stage.let_pass(SignedDuration::from_mins(10)).await;
    assert_eq!(stage.count(&thread, GONE).await, 0);
    assert!(stage.world.portal().delete_in_connect(FRED));
    let done = stage.see_within(&thread, GONE, SignedDuration::from_mins(30)).await;
    assert_eq!(facts(&done)[0], ("No longer in Teams".to_owned(), "+13035550142".to_owned()));
    stage.see(&thread, "3 of 3 steps done").await;
    stage.see(&thread, "Deleted, reported by Olga Operator").await;
    stage.finish().await;
}

async fn in_calltower_connect_another_number_is_entered_by_hand_and_shown_by_microsoft(surface: Surface) {
    let (stage, thread) = connect(surface).await;
    stage.say("alan", &thread, "change fred@fabrikam.com number +13035550143").await;
    agreed(&stage, &thread, CHANGE, &[("location", "Denver")]).await;
    stage.see(&thread, "Changing the line +13035550143 of Fred Fabrikam").await;
    let change = stage.see_new(&thread, "Change the values of Fred Fabrikam in CallTower Connect").await;
    assert!(change.plain().contains("Phone number: +13035550143"), "{}", change.plain());
    assert!(stage.world.portal().change_in_connect(FRED, "+13035550143"));
    stage.press("olga", &change, "Done", &[]).await;
    stage.see_within(&thread, "The line of Fred Fabrikam is changed and works", SOON).await;
    stage.see(&thread, "4 of 4 steps done").await;
    stage.see(&thread, "Saved, reported by Olga Operator").await;

    // And back again, by hand as well.
    stage.say("alan", &thread, "undo ONB-2").await;
    let titles = ("Take back ONB-2 for Fred Fabrikam", "Phone number: +13035550142 (now +13035550143)");
    agreed(&stage, &thread, titles, &[]).await;
    let change = stage.see_new(&thread, "[Done] [I can't]").await;
    assert!(change.plain().contains("Phone number: +13035550142"), "{}", change.plain());
    stage.press("olga", &change, "Done", &[]).await;
    stage.let_pass(SOON).await;
    assert_eq!(stage.count(&thread, "ONB-2 is taken back").await, 0, "it was too early");
    assert!(stage.world.portal().change_in_connect(FRED, "+13035550142"));
    stage.see_within(&thread, "ONB-2 is taken back for Fred Fabrikam", SignedDuration::from_hours(1)).await;
    stage.see_new(&thread, "4 of 4 steps done").await;
    stage.see_new(&thread, "Saved, reported by Olga Operator. It counts as working only").await;
    stage.finish().await;
}

async fn in_calltower_connect_a_removal_is_taken_back_by_giving_the_line_again(surface: Surface) {
    let (stage, thread) = connect(surface).await;
    stage.say("alan", &thread, "offboard fred@fabrikam.com").await;
    agreed(&stage, &thread, TAKE, &[]).await;
    let delete = stage.see_new(&thread, "Delete Fred Fabrikam in CallTower Connect").await;
    assert!(stage.world.portal().delete_in_connect(FRED));
    stage.press("olga", &delete, "Done", &[]).await;
    stage.see_within(&thread, GONE, SOON).await;
    stage.see(&thread, "3 of 3 steps done").await;
    stage.see(&thread, "Deleted, reported by Olga Operator").await;
    stage.say("alan", &thread, "undo ONB-2").await;
    let titles = ("Take back ONB-2 for Fred Fabrikam", "Approve taking back ONB-2 for Fred Fabrikam?");
    agreed(&stage, &thread, titles, &[]).await;
    let add = stage.see_new(&thread, "Add Fred Fabrikam in CallTower Connect").await;
    for text in ["DID: +13035550142", "User Services: MS Teams Metered Voice", "Press the blue Save"] {
        assert!(add.plain().replace("**", "").replace('*', "").contains(text), "{text}: {}", add.plain());
    }
    stage.press("olga", &add, "Done", &[]).await;
    let assign = stage.see_new(&thread, "Assign service and number to Fred Fabrikam").await;
    assert!(stage.world.portal().save_in_connect(FRED, "+13035550142"));
    stage.press("olga", &assign, "Done", &[]).await;
    stage.see_within(&thread, "ONB-2 is taken back for Fred Fabrikam", SOON).await;
    stage.see(&thread, "5 of 5 steps done").await;
    stage.finish().await;
}

async fn in_calltower_connect_a_new_location_is_saved_and_never_called_proven(surface: Surface) {
    let (stage, thread) = connect(surface).await;
    stage.say("alan", &thread, "change fred@fabrikam.com location \"Salt Lake City\"").await;
    agreed(&stage, &thread, CHANGE, &[("location", "Salt Lake City")]).await;
    let change = stage.see_new(&thread, "Change the values of Fred Fabrikam in CallTower Connect").await;
    let told = stage.press("olga", &change, "Done", &[]).await;
    assert!(told.contains("Nobody can read it back, so your word counts"), "{told}");
    let done = stage.see_within(&thread, "The change for Fred Fabrikam is saved, and the line works", SOON).await;
    assert!(done.plain().contains("Saved in CallTower Connect, as somebody reported"), "{}", done.plain());
    assert!(done.plain().contains("Olga Operator on"), "who said so: {}", done.plain());
    stage.see(&thread, "Done, reported by Olga Operator. Nobody can read it back here.").await;
    stage.see(&thread, "3 of 3 steps done").await;
    stage.finish().await;
}

async fn an_account_that_was_deleted_too_early_is_restored_first_and_deleted_last(surface: Surface) {
    let (stage, thread) = connect(surface).await;
    stage.world.admin_center().delete_account(FRED);
    assert!(!stage.world.portal().delete_in_connect(FRED), "that is what goes wrong");
    stage.say("alan", &thread, "offboard fred@fabrikam.com").await;
    let confirm = stage.see(&thread, TAKE.0).await;
    for text in [
        "The account is deleted in Microsoft 365 already",
        "the plan begins with that and ends with deleting it again",
        "First: The account is restored",
        "Microsoft 365 afterwards: Have the account deleted",
    ] {
        assert!(confirm.plain().contains(text), "{text}: {}", confirm.plain());
    }
    stage.press("alan", &confirm, "Request approval", &[]).await;
    stage.see_new(&thread, "Sent for approval by Alan Admin").await;
    let approval = stage.see_new(&thread, TAKE.1).await;
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    let restore = stage.see_new(&thread, "Restore the account of Fred Fabrikam for the time being").await;
    stage.world.admin_center().restore_account(FRED);
    stage.press("olga", &restore, "Done", &[]).await;
    let delete = stage.see_new(&thread, "Delete Fred Fabrikam in CallTower Connect").await;
    assert!(stage.world.portal().delete_in_connect(FRED));
    stage.press("olga", &delete, "Done", &[]).await;
    let last = stage.see_within(&thread, "Delete the account of Fred Fabrikam", SOON).await;
    stage.world.admin_center().delete_account(FRED);
    stage.press("olga", &last, "Done", &[]).await;
    let done = stage.see_within(&thread, GONE, SOON).await;
    assert!(done.plain().contains("The account is deleted"), "{}", done.plain());
    stage.see_new(&thread, "5 of 5 steps done").await;
    stage.see(&thread, "Deleted, reported by Olga Operator").await;
    stage.see(&thread, "Restore the account of Fred Fabrikam for the time being").await;
    stage.see(&thread, "Delete the account of Fred Fabrikam").await;
    stage.finish().await;
}

async fn without_its_licence_the_portal_does_not_list_a_user_so_it_comes_back_for_the_time_being(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    alice_has_a_line(&stage).await;
    let (alice, thread) = ("alice@contoso.com", stage.thread());
    stage.world.admin_center().remove_licence(alice);
    assert!(!stage.world.portal().disable_user(alice), "that is what goes wrong");
    stage.say("alan", &thread, "offboard alice@contoso.com").await;
    let titles = ("The licence for calling is gone already", "Approve taking the phone line from Alice Adams?");
    agreed(&stage, &thread, titles, &[]).await;
    let back = stage.see_new(&thread, "Put the licence of Alice Adams back for the time being").await;
    stage.world.admin_center().restore_licence(alice);
    // Calling may be off although nobody switched it off: the licence has only just come back.
    let later = onboard_bot::clock::Clock::now(&stage.clock) + SignedDuration::from_hours(1);
    stage.world.state().links.get_mut(alice).unwrap().voice_at = Some(later);
    stage.press("olga", &back, "Done", &[]).await;
    crate::offboarding::gone_at_the_carrier(&stage, &thread).await;
    let last = stage.see_within(&thread, "Remove the licence for calling from Alice Adams", SOON).await;
    assert_eq!(stage.world.effects(EffectKind::DeviceDeleted), ["1000tm"], "Microsoft comes last");
    stage.world.admin_center().remove_licence(alice);
    stage.press("olga", &last, "Done", &[]).await;
    stage.see_within(&thread, "The phone line of Alice Adams is gone", SOON).await;
    stage.see(&thread, "7 of 7 steps done").await;
    stage.see(&thread, "Put the licence of Alice Adams back for the time being").await;
    stage.see(&thread, "Remove the licence for calling from Alice Adams").await;
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

async fn microsoft_365_is_touched_only_where_it_is_configured_and_chosen_and_never_before_the_proof(surface: Surface) {
    let stage = Stage::open_on_with(surface, Seed::default(), |settings| {
        settings.microsoft_side = vec!["licence".to_owned(), "delete".to_owned()];
    })
    .await;
    alice_has_a_line(&stage).await;
    let thread = stage.thread();
    stage.say("alan", &thread, "offboard alice@contoso.com").await;
    let titles = ("Take the phone line from Alice Adams", "Approve taking the phone line from Alice Adams?");
    agreed(&stage, &thread, titles, &[("microsoft", "licence")]).await;
    crate::offboarding::gone_at_the_carrier(&stage, &thread).await;
    let last = stage.see_within(&thread, "Remove the licence for calling from Alice Adams", SOON).await;
    // Nothing of the line is left, so a human may go on; what they say is looked at.
    stage.press("olga", &last, "Done", &[]).await;
    stage.see(&thread, "Microsoft does not show yet that it is done").await;
    stage.world.admin_center().remove_licence("alice@contoso.com");
    let done = stage.see_within(&thread, "The phone line of Alice Adams is gone", SOON).await;
    assert!(done.plain().contains("The licence for calling is removed"), "{}", done.plain());
    stage.see(&thread, "6 of 6 steps done").await;
    stage.see(&thread, "Remove the licence for calling from Alice Adams").await;
    stage.finish().await;
}

async fn what_is_proven_gone_cools_down_even_if_the_rest_is_cancelled(surface: Surface) {
    let stage = Stage::open_on_with(surface, Seed::default(), |settings| {
        settings.microsoft_side = vec!["licence".to_owned()];
    })
    .await;
    alice_has_a_line(&stage).await;
    let thread = stage.thread();
    stage.say("alan", &thread, "offboard alice@contoso.com").await;
    let titles = ("Take the phone line from Alice Adams", "Approve taking the phone line from Alice Adams?");
    agreed(&stage, &thread, titles, &[("microsoft", "licence")]).await;
    crate::offboarding::gone_at_the_carrier(&stage, &thread).await;
    stage.see_within(&thread, "Remove the licence for calling from Alice Adams", SOON).await;
    stage.say("alan", &thread, "cancel ONB-2").await;
    stage.see_new(&thread, "Alan Admin cancelled ONB-2").await;
    stage.see(&thread, "5 of 6 steps done").await;
    stage.see(&thread, "Remove the licence for calling from Alice Adams").await;
    stage.say("alan", &thread, "onboard amir@contoso.com ext 1000").await;
    stage.see_new(&thread, "was taken from alice@contoso.com by ONB-2 and is kept from others until").await;
    stage.finish().await;
}

async fn an_onboarding_in_calltower_connect_is_taken_back(surface: Surface) {
    let (stage, thread) = connect(surface).await;
    stage.say("alan", &thread, "undo ONB-1").await;
    let titles = ("Take back ONB-1 for Fred Fabrikam", "Approve taking back ONB-1 for Fred Fabrikam?");
    agreed(&stage, &thread, titles, &[]).await;
    let delete = stage.see_new(&thread, "Delete Fred Fabrikam in CallTower Connect").await;
    assert!(stage.world.portal().delete_in_connect(FRED));
    stage.press("olga", &delete, "Done", &[]).await;
    stage.see_within(&thread, "ONB-1 is taken back for Fred Fabrikam", SOON).await;
    stage.see(&thread, "3 of 3 steps done").await;
    stage.see(&thread, "Deleted, reported by Olga Operator").await;
    // The number cools down, and the same person may have it again at once.
    stage.say("alan", &thread, "onboard fay@fabrikam.com number +13035550142").await;
    stage.see_new(&thread, "was taken from fred@fabrikam.com by ONB-2 and is kept from others until").await;
    stage.say("alan", &thread, "onboard fred@fabrikam.com number +13035550142").await;
    stage.see_new(&thread, "Phone line for Fred Fabrikam").await;
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

/// Nobody sees a line of whom Microsoft does not show: that is no proof that it is gone.
async fn an_account_that_is_deleted_in_the_middle_is_no_proof(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    let thread = stage.thread();
    alice_has_a_line(&stage).await;
    stage.say("alan", &thread, "offboard alice@contoso.com").await;
    let titles = ("Take the phone line from Alice Adams", "Approve taking the phone line from Alice Adams?");
    agreed(&stage, &thread, titles, &[]).await;
    stage.see_new(&thread, "Disable calling for Alice Adams").await;
    let alice = "alice@contoso.com";
    stage.world.admin_center().remove_licence(alice);
    let stopped = stage.see_within(&thread, "Stopped: the line of Alice Adams is not gone yet", SOON).await;
    let text = "The licence for calling was taken from alice@contoso.com before the line was gone";
    assert!(stopped.plain().contains(text), "{}", stopped.plain());
    stage.world.admin_center().restore_licence(alice);
    stage.press("alan", &stopped, "Retry", &[]).await;
    let disable = stage.see_new(&thread, "[Done] [I can't]").await;
    stage.world.portal().disable_user(alice);
    stage.press("olga", &disable, "Done", &[]).await;
    let delete = stage.see_new(&thread, "Delete Alice Adams in the carrier's portal").await;
    stage.world.admin_center().delete_account(alice);
    stage.press("olga", &delete, "Done", &[]).await;
    let text = "The account alice@contoso.com was deleted in Microsoft 365 before the line was gone";
    let stopped = stage.see_new(&thread, "this needs you").await;
    assert!(stopped.plain().contains(text), "{}", stopped.plain());
    assert_eq!(stage.count(&thread, "The phone line of Alice Adams is gone").await, 0);
    stage.see(&thread, "2 of 5 steps done").await;
    stage.see(&thread, "Delete Alice Adams in the carrier's portal").await;
    stage.finish().await;
}

/// Whoever asks CallTower gets a text that is ready to be sent.
async fn a_change_in_calltower_connect_that_does_not_show_is_late_with_a_text_for_support(surface: Surface) {
    let (stage, thread) = connect(surface).await;
    stage.say("alan", &thread, "change fred@fabrikam.com number +13035550143").await;
    agreed(&stage, &thread, CHANGE, &[("location", "Denver")]).await;
    let change = stage.see_new(&thread, "Change the values of Fred Fabrikam in CallTower Connect").await;
    stage.press("olga", &change, "Done", &[]).await;
    stage.see(&thread, "Saved, reported by Olga Operator").await;
    let late = stage.see_within(&thread, "which takes longer than usual", SignedDuration::from_hours(5)).await;
    let text = "we saved the user Fred Fabrikam (fred@fabrikam.com)";
    assert!(late.plain().contains(text), "{}", late.plain());
    let stopped = stage.see_within(&thread, "Stopped: the line of Fred", SignedDuration::from_hours(21)).await;
    assert!(stopped.plain().contains("Olga Operator saved it in CallTower Connect on"), "{}", stopped.plain());
    stage.see(&thread, "2 of 4 steps done").await;
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
