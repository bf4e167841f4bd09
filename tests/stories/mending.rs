//! The buttons of the answer to `why`: what the bot may do itself, with approval, and what it may ask an operator for.

use jiff::SignedDuration;
use onboard_bot::world::{Call, EffectKind, Message, Place, SYNC_GROUP, System};

use crate::offboarding::alice_has_a_line;
use crate::scenes::{CHOICES, words};
use crate::stage::Stage;
use crate::stage::surface::{Surface, on_both_surfaces};
use crate::why::two_companies;

on_both_surfaces!(
    somebody_joins_the_sync_group_with_approval,
    a_group_that_takes_nobody_by_hand_is_told,
    a_membership_that_shows_late_is_waited_for_and_asked_for_once,
    an_operator_is_asked_for_a_group_sync_at_once_while_the_onboarding_waits,
    calling_that_is_off_is_asked_to_be_enabled_and_looked_at,
    what_is_mended_can_be_cancelled,
);

const JOIN: &str = "Put into the sync group";
const SYNC: &str = "Ask for a User Group Sync";
const ENABLE: &str = "Ask to enable calling";

async fn why(stage: &Stage, place: &Place, upn: &str) -> Message {
    stage.say("alan", place, &format!("why {upn}")).await;
    stage.see_new(place, "every condition").await
}

async fn somebody_joins_the_sync_group_with_approval(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    let thread = stage.thread();
    let card = why(&stage, &thread, "nogroup@contoso.com").await;
    let text = card.plain();
    assert!(text.contains(JOIN) && !text.contains(SYNC) && !text.contains(ENABLE), "{text}");
    let told = stage.press("alan", &card, JOIN, &[]).await;
    assert!(told.contains("ONB-1"), "{told}");
    let approval = stage.see_new(&thread, "Approve? Put Nils Group into the sync group").await;
    assert!(approval.plain().contains("Group that the carrier syncs: Teammate Sync"), "{}", approval.plain());
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    stage.see_new(&thread, "Done: Put Nils Group into the sync group").await;
    stage.see(&thread, "1 of 1 steps done").await;
    assert_eq!(stage.world.effects(EffectKind::MemberAdded), ["nogroup@contoso.com"]);
    let card = why(&stage, &thread, "nogroup@contoso.com").await;
    assert!(!card.plain().contains(JOIN), "{}", card.plain());
    stage.say("alan", &thread, "undo ONB-1").await;
    stage.see_new(&thread, "ONB-1 only mended something").await;
    stage.finish().await;
}

async fn a_group_that_takes_nobody_by_hand_is_told(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    let thread = stage.thread();
    let card = why(&stage, &thread, "nogroup@contoso.com").await;
    stage.world.state().group_mut(SYNC_GROUP).unwrap().group_types.push("DynamicMembership".to_owned());
    stage.press("alan", &card, JOIN, &[]).await;
    let approval = stage.see_new(&thread, "Approve? Put Nils Group into the sync group").await;
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    let stopped = stage.see_new(&thread, "Stopped: Put Nils Group into the sync group").await;
    assert!(stopped.plain().contains("Perhaps its members follow from a rule"), "{}", stopped.plain());
    assert!(!stopped.plain().contains("[Undo]"), "{}", stopped.plain());
    stage.see(&thread, "0 of 1 steps done").await;
    // Whoever is no requester cannot press it.
    let told = stage.press_raw("bob", &card, JOIN, &[]).await;
    assert!(told.contains("You may not ask for phone lines here"), "{told}");
    stage.finish().await;
}

/// Graph shows members late; whoever presses twice meanwhile asks once.
async fn a_membership_that_shows_late_is_waited_for_and_asked_for_once(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    let thread = stage.thread();
    stage.world.turn(|knobs| knobs.group_delay_ms = 90_000);
    let card = why(&stage, &thread, "nogroup@contoso.com").await;
    stage.press("alan", &card, JOIN, &[]).await;
    let approval = stage.see_new(&thread, "Approve? Put Nils Group into the sync group").await;
    stage.press("alan", &card, JOIN, &[]).await;
    let refused = stage.see_new(&thread, "Not possible: Put nogroup@contoso.com into the sync group").await;
    assert!(refused.plain().contains("ONB-1 about nogroup@contoso.com is not finished"), "{}", refused.plain());
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    stage.see_within(&thread, "Done: Put Nils Group into the sync group", SignedDuration::from_mins(5)).await;
    stage.see(&thread, "1 of 1 steps done").await;
    let asked = |call: &Call| call.method == "POST" && call.path.ends_with("/members/$ref");
    assert_eq!(stage.world.calls(System::Graph).iter().filter(|call| asked(call)).count(), 1);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_with_somebody_elses_name_in_it_does_nothing() {
    let stage = two_companies().await;
    let thread = stage.world.channel_thread();
    let card = why(&stage, &thread, "nogroup@contoso.com").await;
    for (who, subject, answer) in [
        // Ann has a role at Contoso only.
        ("ann", "fred@fabrikam.com", "You may not use this bot for that company"),
        ("alan", "somebody@elsewhere.com", "I do not look after elsewhere.com"),
        ("alan", "not a name", "I do not know this button"),
    ] {
        let told = stage.press_raw(who, &card, JOIN, &[("subject", subject)]).await;
        assert!(told.contains(answer), "{subject}: {told}");
    }
    stage.settle().await;
    assert!(stage.world.effects(EffectKind::MemberAdded).is_empty());
    stage.finish().await;
}

async fn an_operator_is_asked_for_a_group_sync_at_once_while_the_onboarding_waits(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    let thread = stage.thread();
    stage.world.turn(|knobs| knobs.sync_fails = true);
    stage.say("alan", &thread, "onboard alice@contoso.com ext 1000").await;
    let titles = ("Phone line for Alice Adams", "Approve a phone line for Alice Adams?");
    crate::offboarding::agreed(&stage, &thread, titles, &CHOICES).await;
    stage.see(&thread, "Microsoft does not show +11000 yet").await;
    let card = why(&stage, &thread, "alice@contoso.com").await;
    let text = card.plain();
    assert!(text.contains(SYNC) && !text.contains(JOIN), "{text}");
    stage.press("alan", &card, SYNC, &[]).await;
    let sync = stage.see_new(&thread, "Do a User Group Sync for Alice Adams").await;
    for text in ["User Group Sync of Teammate Sync", "@Olga Operator"] {
        assert!(words(&sync).contains(text), "{text}: {}", sync.plain());
    }
    stage.world.turn(|knobs| knobs.sync_fails = false);
    stage.world.portal().sync_teams_users();
    stage.press("olga", &sync, "Done", &[]).await;
    let done = stage.see_new(&thread, "Done: User Group Sync for Alice Adams").await;
    assert!(done.plain().contains("Nobody can read it back"), "{}", done.plain());
    assert!(!done.plain().contains("Proof"), "{}", done.plain());
    stage.see(&thread, "1 of 1 steps done").await;
    stage.see_within(&thread, "The phone line of Alice Adams works", SignedDuration::from_mins(3)).await;
    stage.see(&thread, "7 of 7 steps done").await;
    stage.see(&thread, "Do a User Group Sync for Alice Adams").await;
    stage.finish().await;
}

async fn calling_that_is_off_is_asked_to_be_enabled_and_looked_at(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    alice_has_a_line(&stage).await;
    let thread = stage.thread();
    stage.world.state().links.get_mut("alice@contoso.com").unwrap().voice_at = None;
    let card = why(&stage, &thread, "alice@contoso.com").await;
    assert!(card.plain().contains(ENABLE), "{}", card.plain());
    stage.press("alan", &card, ENABLE, &[]).await;
    let approval = stage.see_new(&thread, "Approve? Enable calling for Alice Adams").await;
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    let enable = stage.see_new(&thread, "press the three dots under Action").await;
    assert!(stage.world.portal().enable_calling("alice@contoso.com"));
    stage.press("olga", &enable, "Done", &[]).await;
    stage.see_within(&thread, "Done: Enable calling for Alice Adams", SignedDuration::from_mins(3)).await;
    stage.see(&thread, "1 of 1 steps done").await;
    stage.see(&thread, "Seen in Microsoft 365").await;
    stage.finish().await;
}

/// A mend holds no line, so that there is nothing to be said of one.
async fn what_is_mended_can_be_cancelled(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    let thread = stage.thread();
    alice_has_a_line(&stage).await;
    stage.world.state().links.get_mut("alice@contoso.com").unwrap().voice_at = None;
    let card = why(&stage, &thread, "alice@contoso.com").await;
    stage.press("alan", &card, ENABLE, &[]).await;
    let approval = stage.see_new(&thread, "Approve? Enable calling for Alice Adams").await;
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    stage.see_new(&thread, "press the three dots under Action").await;
    stage.say("alan", &thread, "cancel ONB-2").await;
    let told = "Alan Admin cancelled ONB-2 for alice@contoso.com. Whatever was already done stays as it is.";
    stage.see_new(&thread, told).await;
    stage.see(&thread, "Cancelled by Alan Admin. Whatever was already done stays as it is.").await;
    stage.see(&thread, "press the three dots under Action").await;
    stage.finish().await;
}
