//! From a command to a proven line.

use jiff::SignedDuration;
use onboard_bot::world::EffectKind;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_onboarding_in_a_channel_from_a_message_to_a_proven_line() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    stage.say("alan", &thread, "/onboard alice@contoso.com ext 1000").await;
    let confirm = stage.see(&thread, "Phone line for Alice Adams").await;
    let inputs = [("route", "US West"), ("emergency_address", "a-denver-hq")];
    let told = stage.press("alan", &confirm, "Request approval", &inputs).await;
    assert!(told.contains("sent for approval"), "{told}");
    let approval = stage.see(&thread, "Approve a phone line").await;
    let told = stage.press("bob", &approval, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1"), "{told}");
    let done = stage.see_within(&thread, "The phone line of Alice Adams works", SignedDuration::from_mins(2)).await;
    assert!(done.plain().contains("+11000") && done.plain().contains("@Alan Admin"), "{}", done.plain());
    stage.see(&thread, "7 of 7 steps done").await;
    assert_eq!(stage.world.effects(EffectKind::DeviceCreated), ["1000tm"]);
    stage.finish().await;
}
