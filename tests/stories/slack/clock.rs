//! The clock of a step, Refresh and mute in Slack.

use jiff::SignedDuration;
use onboard_bot::world::{BotSettings, EffectKind, Seed, SlackAnswer, SlackSettings};

use crate::clock::{between_two_looks, remembers, waiting};
use crate::stage::Stage;

const WORKS: &str = "The phone line of Alice Adams works";

fn in_slack(settings: &mut BotSettings) {
    settings.slack = Some(SlackSettings::default());
    settings.sync_wait = "12h".to_owned();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_learned_range_shows_and_refresh_looks_now() {
    let mut stage = Stage::closed_with(Seed::default(), in_slack).await;
    remembers(&stage, &[4; 20]).await;
    stage.start_bot().await;
    let thread = stage.world.slack().thread("phones");
    let card = waiting(&stage, &thread).await;
    let learned = "usually 4 min, rarely more than 4 min (from 20 cases here)";
    for text in ["last checked", "next checks every few seconds", learned, "late from"] {
        assert!(card.plain().contains(text), "{text}: {}", card.plain());
    }
    stage.see_within(&thread, "which takes longer than usual", SignedDuration::from_mins(6)).await;
    between_two_looks(&stage).await;
    let card = stage.see(&thread, "next check ").await;
    let told = stage.press("carol", &card, "Refresh", &[]).await;
    assert!(told.contains("I look at ONB-1 now"), "{told}");
    stage.settle().await;
    let told = stage.press("alan", &card, "Refresh", &[]).await;
    assert!(told.contains("I looked at ONB-1") && told.contains("The next look is about"), "{told}");
    stage.say("alan", &thread, "status ONB-1").await;
    let status = stage.see_new(&thread, "Request ONB-1").await;
    assert!(status.plain().contains("step started") && status.plain().contains(learned), "{}", status.plain());
    stage.world.portal().sync_teams_users();
    stage.let_pass(SignedDuration::from_secs(31)).await;
    let told = stage.press("alan", &card, "Refresh", &[]).await;
    assert!(told.contains("I look at ONB-1 now"), "{told}");
    let done = stage.see_within(&thread, WORKS, SignedDuration::from_secs(20)).await;
    assert!(done.plain().contains("@Alan Admin, @Bob Brown: it is ready."), "{}", done.plain());
    stage.see(&thread, "Microsoft shows +11000 now. I go on with the rest.").await;
    stage.see(&thread, "7 of 7 steps done").await;
    // After the end it shows how it ended.
    let pressed = stage.in_slack("alan").press_raw(&card, "Refresh", &[]).await;
    assert_eq!(pressed, SlackAnswer::Taken);
    let status = stage.see_new(&thread, "Request ONB-1").await;
    assert!(status.plain().contains("Done") && !status.plain().contains("last checked"), "{}", status.plain());
    assert_eq!(stage.world.effects(EffectKind::UserConfigured), ["alice@contoso.com"]);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mute_holds_in_both_products() {
    let stage = Stage::open_with(Seed::default(), in_slack).await;
    let (thread, alone) = (stage.world.channel_thread(), stage.in_slack("bob").direct());
    stage.in_slack("bob").say_alone("mute").await;
    stage.see_new(&alone, "You are not told any more when a request is done").await;
    crate::scenes::approved(&stage, &thread).await;
    let done = stage.see_within(&thread, WORKS, SignedDuration::from_mins(2)).await;
    assert!(done.plain().contains("@Alan Admin: it is ready."), "{}", done.plain());
    stage.see(&thread, "7 of 7 steps done").await;
    stage.finish().await;
}
