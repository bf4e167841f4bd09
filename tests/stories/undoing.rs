//! Taking back what a request did, from what was noted before it: with a plan, an approval, and only if nobody has
//! changed it since.

use jiff::SignedDuration;
use onboard_bot::world::{Device, EffectKind, Fault, Mishap, System};

use crate::offboarding::{agreed, alice_has_a_line, gone_at_the_carrier, taken_away};
use crate::scenes::approved;
use crate::stage::Stage;
use crate::stage::surface::{Surface, on_both_surfaces};
use crate::why::two_companies;

on_both_surfaces!(
    an_onboarding_is_taken_back_and_the_device_that_it_made_goes,
    a_device_that_was_there_gets_its_emergency_address_back,
    what_somebody_changed_since_is_not_overwritten,
    what_was_done_before_it_stopped_is_taken_back_by_the_button_on_its_card,
    what_there_is_to_take_back_and_what_not_is_said,
    an_offboarding_is_taken_back_and_the_line_works_as_before,
    a_refused_undo_leaves_what_stopped_as_it_is,
    a_device_that_somebody_else_made_meanwhile_stays,
    a_device_that_somebody_changes_in_the_middle_is_not_overwritten,
);

const TITLES: (&str, &str) = ("Take back ONB-1 for Alice Adams", "Approve taking back ONB-1 for Alice Adams?");

/// A device of Alice's with emergency data of somebody else's.
fn old_device(stage: &Stage) {
    let mut state = stage.world.state();
    let device = Device {
        password: "made-by-hand".to_owned(),
        emergency_address_id: Some("a-boulder".to_owned()),
        callback: "13035550101".to_owned(),
        registered: None,
        other: Default::default(),
    };
    state.seed.pbx.users.get_mut("1000").unwrap().devices.insert("1000tm".to_owned(), device);
}

async fn an_onboarding_is_taken_back_and_the_device_that_it_made_goes(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    alice_has_a_line(&stage).await;
    let thread = stage.thread();
    stage.say("alan", &thread, "undo ONB-1").await;
    agreed(&stage, &thread, TITLES, &[]).await;
    stage.see(&thread, "Taking back ONB-1 for Alice Adams").await;
    gone_at_the_carrier(&stage, &thread).await;
    stage.see_within(&thread, "ONB-1 is taken back for Alice Adams", SignedDuration::from_mins(2)).await;
    stage.see(&thread, "5 of 5 steps done").await;
    assert_eq!(stage.world.effects(EffectKind::DeviceDeleted), ["1000tm"]);
    // Once is enough.
    stage.say("alan", &thread, "undo ONB-1").await;
    stage.see_new(&thread, "ONB-1 was taken back by ONB-2 already").await;
    stage.say("alan", &thread, "undo ONB-2").await;
    stage.see_new(&thread, "ONB-2 took something back itself").await;
    stage.finish().await;
}

async fn a_device_that_was_there_gets_its_emergency_address_back(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    old_device(&stage);
    alice_has_a_line(&stage).await;
    assert_eq!(stage.world.state().device("1000tm").unwrap().emergency_address_id.as_deref(), Some("a-denver-hq"));
    let thread = stage.thread();
    stage.say("alan", &thread, "undo ONB-1").await;
    let titles = ("1000tm: gets its earlier emergency address back", TITLES.1);
    agreed(&stage, &thread, titles, &[]).await;
    gone_at_the_carrier(&stage, &thread).await;
    stage.see_within(&thread, "ONB-1 is taken back for Alice Adams", SignedDuration::from_mins(2)).await;
    stage.see(&thread, "5 of 5 steps done").await;
    assert_eq!(stage.world.state().device("1000tm").unwrap().emergency_address_id.as_deref(), Some("a-boulder"));
    assert!(stage.world.effects(EffectKind::DeviceDeleted).is_empty());
    stage.finish().await;
}

async fn what_somebody_changed_since_is_not_overwritten(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    alice_has_a_line(&stage).await;
    let thread = stage.thread();
    {
        let mut state = stage.world.state();
        let user = state.seed.pbx.users.get_mut("1000").unwrap();
        user.devices.get_mut("1000tm").unwrap().emergency_address_id = Some("a-boulder".to_owned());
    }
    stage.say("alan", &thread, "undo ONB-1").await;
    let card = stage.see_new(&thread, "ONB-1 cannot be taken back for alice@contoso.com").await;
    let text = "The device on the PBX has the emergency address a-boulder now, which is not what ONB-1 set";
    assert!(card.plain().contains(text), "{}", card.plain());
    stage.world.portal().disable_user("alice@contoso.com");
    stage.say("alan", &thread, "undo ONB-1").await;
    let card = stage.see_new(&thread, "ONB-1 cannot be taken back for alice@contoso.com").await;
    assert!(card.plain().contains("but ONB-1 left one: somebody took it away since"), "{}", card.plain());
    stage.finish().await;
}

async fn what_was_done_before_it_stopped_is_taken_back_by_the_button_on_its_card(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    let thread = stage.thread();
    stage.world.fault(Fault::next(System::Connecttoteams, 50, Mishap::DropBefore).on("POST", "configureUser")).unwrap();
    approved(&stage, &thread).await;
    let stopped = stage.see_within(&thread, "Stopped: the line of Alice", SignedDuration::from_mins(2)).await;
    assert!(stopped.plain().contains("[Retry] [Undo] [Cancel]"), "{}", stopped.plain());
    let told = stage.press_raw("bob", &stopped, "Undo", &[]).await;
    assert!(told.contains("You may not ask for phone lines here"), "{told}");
    let told = stage.press("alan", &stopped, "Undo", &[]).await;
    assert!(told.contains("ONB-2: I am checking alice@contoso.com"), "{told}");
    let text = "Alan Admin ended ONB-1 for alice@contoso.com and asks me to take back what it did";
    stage.see_new(&thread, text).await;
    stage.see(&thread, "3 of 7 steps done").await;
    agreed(&stage, &thread, TITLES, &[]).await;
    // Calling never came, so nobody is asked to switch it off.
    let delete = stage.see_new(&thread, "Delete Alice Adams in the carrier's portal").await;
    stage.press("olga", &delete, "Done", &[("note", "was not there")]).await;
    stage.see(&thread, "Deleted, reported by Olga Operator").await;
    stage.see_within(&thread, "ONB-1 is taken back for Alice Adams", SignedDuration::from_mins(2)).await;
    stage.see(&thread, "5 of 5 steps done").await;
    assert_eq!(stage.world.effects(EffectKind::DeviceDeleted), ["1000tm"]);
    stage.finish().await;
}

async fn what_there_is_to_take_back_and_what_not_is_said(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    let thread = stage.thread();
    stage.say("alan", &thread, "undo ONB-1").await;
    stage.see_new(&thread, "I know no such request").await;
    stage.say("alan", &thread, "onboard alice@contoso.com ext 1000").await;
    let confirm = stage.see_new(&thread, "Phone line for Alice Adams").await;
    stage.say("alan", &thread, "undo ONB-1").await;
    stage.see_new(&thread, "ONB-1 is not finished, so there is nothing to take back yet").await;
    stage.press("alan", &confirm, "Cancel", &[]).await;
    stage.see_new(&thread, "Alan Admin cancelled ONB-1").await;
    stage.say("alan", &thread, "undo ONB-1").await;
    stage.see_new(&thread, "ONB-1 changed nothing, so there is nothing to take back").await;
    stage.finish().await;
}

async fn an_offboarding_is_taken_back_and_the_line_works_as_before(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    alice_has_a_line(&stage).await;
    let thread = stage.thread();
    taken_away(&stage, &thread).await;
    stage.see(&thread, "5 of 5 steps done").await;

    stage.say("alan", &thread, "undo ONB-1").await;
    stage.see_new(&thread, "ONB-2 changed the line of alice@contoso.com after ONB-1").await;
    stage.say("alan", &thread, "undo ONB-2").await;
    let titles = ("Take back ONB-2 for Alice Adams", "Approve taking back ONB-2 for Alice Adams?");
    let confirm = stage.see(&thread, titles.0).await;
    for text in ["Number in Teams: +11000", "Voice route: US West", "Emergency address: Denver HQ"] {
        assert!(confirm.plain().contains(text), "{text}: {}", confirm.plain());
    }
    stage.press("alan", &confirm, "Request approval", &[]).await;
    stage.see_new(&thread, "Sent for approval by Alan Admin").await;
    let approval = stage.see_new(&thread, titles.1).await;
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    stage.see_within(&thread, "ONB-2 is taken back for Alice Adams", SignedDuration::from_mins(3)).await;
    stage.see(&thread, "7 of 7 steps done").await;
    assert_eq!(stage.world.effects(EffectKind::DeviceCreated), ["1000tm", "1000tm"]);
    stage.finish().await;
}

/// Whoever has no role at the company learns not even that there is such a request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_of_another_company_can_undo_nothing() {
    let stage = two_companies().await;
    let thread = stage.world.channel_thread();
    stage.say("alan", &thread, "onboard fred@fabrikam.com ext 3001").await;
    let confirm = stage.see_new(&thread, "Phone line for Fred Fabrikam").await;
    stage.say("ann", &thread, "undo ONB-1").await;
    stage.see_new(&thread, "I know no such request that you may see").await;
    stage.say("alan", &thread, "undo ONB-1").await;
    stage.see_new(&thread, "ONB-1 is not finished, so there is nothing to take back yet").await;
    stage.press("alan", &confirm, "Cancel", &[]).await;
    stage.see_new(&thread, "Alan Admin cancelled ONB-1").await;
    stage.finish().await;
}

/// Nothing was changed when it stopped: it can still be retried.
async fn a_refused_undo_leaves_what_stopped_as_it_is(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    let thread = stage.thread();
    let denied = Mishap::Answer {
        status: 403,
        headers: Default::default(),
        body: r#"{"error": {"code": "Authorization_RequestDenied", "message": "no"}}"#.to_owned(),
    };
    stage.world.fault(Fault::next(System::Graph, 1, denied).on("GET", "userConfigurations").always()).unwrap();
    stage.say("alan", &thread, "onboard alice@contoso.com ext 1000").await;
    let stopped = stage.see_within(&thread, "Stopped", SignedDuration::from_mins(2)).await;
    stage.say("alan", &thread, "undo ONB-1").await;
    stage.see_new(&thread, "ONB-1 changed nothing, so there is nothing to take back").await;
    stage.world.state().faults.clear();
    stage.press("alan", &stopped, "Retry", &[]).await;
    stage.see_new(&thread, "Phone line for Alice Adams").await;
    stage.finish().await;
}

/// What somebody made in between, with an emergency address of their own, is not ours to remove.
async fn a_device_that_somebody_else_made_meanwhile_stays(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    let thread = stage.thread();
    stage.world.fault(Fault::next(System::Netsapiens, 1, Mishap::Slow(3000)).on("POST", "devices")).unwrap();
    approved(&stage, &thread).await;
    stage.settle().await;
    old_device(&stage);
    let stopped = stage.see_within(&thread, "Stopped: the line of Alice", SignedDuration::from_mins(2)).await;
    assert!(stopped.plain().contains("Somebody else made the device 1000tm"), "{}", stopped.plain());
    stage.press("alan", &stopped, "Undo", &[]).await;
    stage.see_new(&thread, "asks me to take back what it did").await;
    let confirm = stage.see_new(&thread, TITLES.0).await;
    assert!(confirm.plain().contains("1000tm: stays, because I have no record that I made it"), "{}", confirm.plain());
    stage.finish().await;
}

/// Days may pass between the approval and the moment when it is the device's turn.
async fn a_device_that_somebody_changes_in_the_middle_is_not_overwritten(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    old_device(&stage);
    alice_has_a_line(&stage).await;
    let thread = stage.thread();
    stage.say("alan", &thread, "undo ONB-1").await;
    agreed(&stage, &thread, TITLES, &[]).await;
    {
        let mut state = stage.world.state();
        let user = state.seed.pbx.users.get_mut("1000").unwrap();
        user.devices.get_mut("1000tm").unwrap().callback = "13035550109".to_owned();
    }
    let changed = stage.world.effects(EffectKind::DeviceChanged).len();
    gone_at_the_carrier(&stage, &thread).await;
    let done = stage.see_within(&thread, "ONB-1 is taken back for Alice Adams", SignedDuration::from_mins(2)).await;
    let text = "1000tm: stays as it is, because somebody changed it meanwhile";
    assert!(done.plain().contains(text), "{}", done.plain());
    assert!(done.plain().contains("the PBX"), "it was looked at: {}", done.plain());
    assert_eq!(stage.world.effects(EffectKind::DeviceChanged).len(), changed);
    stage.see(&thread, "5 of 5 steps done").await;
    stage.finish().await;
}
