//! Taking away, changing and taking back in Slack; and a customer who has session border controllers of their own.

use jiff::SignedDuration;
use onboard_bot::config::Carrier;
use onboard_bot::world::{EffectKind, Seed, SlackSettings};

use crate::offboarding::{agreed, alice_has_a_line_by, gone_at_the_carrier};
use crate::scenes::facts;
use crate::stage::Stage;

const SOON: SignedDuration = SignedDuration::from_mins(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_is_taken_away_and_comes_back_by_an_undo() {
    let stage = Stage::open_with_slack().await;
    let thread = stage.world.slack().thread("phones");
    alice_has_a_line_by(&stage, &thread).await;
    stage.say("alan", &thread, "offboard alice@contoso.com").await;
    let titles = ("Take the phone line from Alice Adams", "Approve taking the phone line from Alice Adams?");
    agreed(&stage, &thread, titles, &[]).await;
    stage.see(&thread, "Taking +11000 from Alice Adams").await;
    gone_at_the_carrier(&stage, &thread).await;
    let done = stage.see_within(&thread, "The phone line of Alice Adams is gone", SOON).await;
    assert_eq!(facts(&done)[0], ("No longer in Teams".to_owned(), "+11000".to_owned()));
    stage.see(&thread, "5 of 5 steps done").await;
    assert_eq!(stage.world.effects(EffectKind::DeviceDeleted), ["1000tm"]);

    stage.say("alan", &thread, "undo ONB-2").await;
    let titles = ("Take back ONB-2 for Alice Adams", "Approve taking back ONB-2 for Alice Adams?");
    agreed(&stage, &thread, titles, &[]).await;
    stage.see_within(&thread, "ONB-2 is taken back for Alice Adams", SOON).await;
    stage.see_new(&thread, "7 of 7 steps done").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_is_changed_with_the_old_and_the_new_value_on_the_card() {
    let stage = Stage::open_with_slack().await;
    let thread = stage.world.slack().thread("phones");
    alice_has_a_line_by(&stage, &thread).await;
    stage.say("alan", &thread, "change alice@contoso.com route \"US East 2\"").await;
    let confirm = stage.see(&thread, "Change the phone line of Alice Adams").await;
    assert!(confirm.plain().contains("not reached for about 10 minutes"), "{}", confirm.plain());
    stage.press("alan", &confirm, "Request approval", &[("emergency_address", "a-denver-hq")]).await;
    stage.see_new(&thread, "Sent for approval by Alan Admin").await;
    let approval = stage.see_new(&thread, "Approve changing the phone line of Alice Adams?").await;
    assert!(approval.plain().contains("US East 2 (now US West)"), "{}", approval.plain());
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    stage.see_within(&thread, "The line of Alice Adams is changed and works", SOON).await;
    stage.see(&thread, "5 of 5 steps done").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_graph_alone_a_number_is_given_and_taken_away() {
    let stage = Stage::open_with(Seed::default().with_second_customer(), |settings| {
        (settings.second_customer, settings.second_carrier) = (true, Carrier::DirectRouting);
        settings.microsoft_side = vec!["licence".to_owned()];
        settings.slack = Some(SlackSettings::default());
    })
    .await;
    let thread = stage.world.slack().thread("phones");
    stage.say("alan", &thread, "onboard fred@fabrikam.com").await;
    let titles = ("Phone line for Fred Fabrikam", "Approve a phone line for Fred Fabrikam?");
    agreed(&stage, &thread, titles, &[("number", "+13035550142"), ("route", "Denver SBC")]).await;
    let done = stage.see_within(&thread, "The phone line of Fred Fabrikam works", SOON).await;
    assert_eq!(facts(&done)[0], ("Phone number".to_owned(), "+13035550142".to_owned()));
    stage.see(&thread, "5 of 5 steps done").await;

    stage.say("alan", &thread, "offboard fred@fabrikam.com").await;
    let titles = ("Take the phone line from Fred Fabrikam", "Approve taking the phone line from Fred Fabrikam?");
    agreed(&stage, &thread, titles, &[("microsoft", "licence")]).await;
    let last = stage.see_within(&thread, "Remove the licence for calling from Fred Fabrikam", SOON).await;
    assert_eq!(stage.world.effects(EffectKind::NumberUnassigned), ["+13035550142"]);
    stage.world.admin_center().remove_licence("fred@fabrikam.com");
    stage.press("olga", &last, "Done", &[]).await;
    stage.see_within(&thread, "The phone line of Fred Fabrikam is gone", SOON).await;
    stage.see_new(&thread, "5 of 5 steps done").await;
    stage.see(&thread, "Remove the licence for calling from Fred Fabrikam").await;
    stage.finish().await;
}
