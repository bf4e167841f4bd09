//! Taking lines away and changing them where there is no PBX, and the order in which it has to be done.

use jiff::SignedDuration;
use onboard_bot::config::Carrier;
use onboard_bot::world::{EffectKind, Message, Place, Seed};

use crate::offboarding::{agreed, alice_has_a_line};
use crate::scenes::facts;
use crate::stage::Stage;
use crate::stage::surface::{Surface, on_both_surfaces};

#[path = "removals/connect.rs"]
mod connect;
#[path = "removals/graph.rs"]
mod graph;

on_both_surfaces!(
    without_its_licence_the_portal_does_not_list_a_user_so_it_comes_back_for_the_time_being,
    microsoft_365_is_touched_only_where_it_is_configured_and_chosen_and_never_before_the_proof,
    what_is_proven_gone_cools_down_even_if_the_rest_is_cancelled,
    an_account_that_is_deleted_in_the_middle_is_no_proof,
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
