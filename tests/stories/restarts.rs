//! Stopped in an orderly way and started again between any two events: the same end, and nothing is said twice.

use jiff::SignedDuration;
use onboard_bot::world::{EffectKind, Seed, System};

use crate::scenes::CHOICES;
use crate::stage::Stage;

async fn restart(stage: &mut Stage) {
    stage.stop_bot().await;
    stage.start_bot().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn between_every_two_events() {
    let mut stage = Stage::open_with(Seed::default(), |settings| settings.service_provider_consent = false).await;
    stage.world.turn(|knobs| (knobs.consent, knobs.auto_sync) = (false, false));
    let thread = stage.world.channel_thread();
    let sent = stage.world.person("alan").say(&thread, "onboard alice@contoso.com ext 1000").await;
    let confirm = stage.see_new(&thread, "Phone line for Alice Adams").await;
    restart(&mut stage).await;
    stage.world.person("alan").redeliver(&sent).await;
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    stage.see_new(&thread, "Sent for approval").await;
    let approval = stage.see_new(&thread, "Approve a phone line").await;
    restart(&mut stage).await;
    let told = stage.world.person("alan").press_raw(&approval, "Approve", &[]).await.text();
    assert!(told.contains("You asked for ONB-1 yourself"), "{told}");
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    restart(&mut stage).await;
    let sync = stage.see_within(&thread, "Sync the Teams users for Alice Adams", SignedDuration::from_mins(1)).await;
    restart(&mut stage).await;
    stage.let_pass(SignedDuration::from_mins(3)).await;
    stage.press("olga", &sync, "Done", &[]).await;
    stage.see_new(&thread, "Olga Operator pressed Done").await;
    restart(&mut stage).await;
    stage.world.portal().sync_teams_users();
    stage.see_within(&thread, "Enable calling for Alice Adams", SignedDuration::from_mins(3)).await;
    restart(&mut stage).await;
    stage.world.portal().enable_calling("alice@contoso.com");
    stage.see_within(&thread, "The phone line of Alice Adams works", SignedDuration::from_mins(3)).await;
    restart(&mut stage).await;
    stage.let_pass(SignedDuration::from_hours(1)).await;
    stage.see(&thread, "7 of 7 steps done").await;
    let cards = stage.world.mailbox(&thread).messages();
    let titles: Vec<_> = cards.iter().map(|m| m.plain().lines().next().unwrap_or_default().to_owned()).collect();
    let expected = [
        "Phone line for Alice Adams",
        "Phone line for Alice Adams",
        "Setting up +11000 for Alice Adams",
        "Sync the Teams users for Alice Adams",
        "Enable calling for Alice Adams",
        "The phone line of Alice Adams works",
    ];
    assert_eq!(titles, expected);
    assert_eq!(stage.world.effects(EffectKind::DeviceCreated).len(), 1);
    assert_eq!(stage.world.effects(EffectKind::UserConfigured).len(), 1);
    stage.world.mailbox(&thread).read_all();
    stage.finish().await;
}

/// Stops the bot after so many calls to the outside, wherever that is, and starts it again.
async fn stopped_after(calls: usize) {
    let mut stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    stage.say("alan", &thread, "onboard alice@contoso.com ext 1000").await;
    let confirm = stage.see_new(&thread, "Phone line for Alice Adams").await;
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    let approval = stage.see_new(&thread, "Approve a phone line").await;
    let count = |stage: &Stage| stage.world.log().iter().filter(|call| call.system != System::Bot).count();
    let before = count(&stage);
    let bob = stage.world.person("bob");
    let press = async { bob.press(&approval, "Approve", &[]).await };
    let until = async {
        let mut changes = stage.world.changes();
        while count(&stage) < before + calls {
            let more = tokio::time::timeout(std::time::Duration::from_millis(300), changes.changed());
            if more.await.is_err() {
                break;
            }
        }
    };
    tokio::join!(press, until);
    restart(&mut stage).await;
    stage.see_within(&thread, "The phone line of Alice Adams works", SignedDuration::from_mins(3)).await;
    stage.see(&thread, "7 of 7 steps done").await;
    assert_eq!(stage.world.mailbox(&thread).messages().len(), 4, "after {calls} calls");
    assert_eq!(stage.world.effects(EffectKind::DeviceCreated).len(), 1);
    stage.world.mailbox(&thread).read_all();
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_it_is_while_it_carries_out() {
    for calls in [1, 3, 5, 7, 9, 11, 13, 16] {
        stopped_after(calls).await;
    }
}
