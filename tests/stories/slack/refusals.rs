//! Who and what is refused in Slack, each with the way out, and nothing changed.

use onboard_bot::world::{FOREIGN_TEAM, Seed, SlackAnswer, SlackSettings};
use serde_json::json;

use crate::scenes::{CHOICES, approval_card, confirm_card, nothing_changed};
use crate::stage::Stage;

/// Accounts that would have a role but for one thing.
const DOUBTFUL: [(&str, &str); 7] = [
    ("gina", "You are a guest in this workspace"),
    ("uma", "Slack has not confirmed your e-mail address"),
    ("robo", "I take requests from people only"),
    ("nomail", "Slack has not confirmed your e-mail address"),
    ("nadia", "nobody in Microsoft 365 has it"),
    ("pat", "more than one account in Microsoft 365 has it"),
    ("sven", "another workspace or company"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_cannot_be_told_who_they_are() {
    let stage = Stage::open_with_slack().await;
    for (who, expected) in DOUBTFUL.into_iter().chain([("steve", "You may not use this bot for that company")]) {
        let thread = stage.world.slack().thread("phones");
        stage.say(who, &thread, "onboard alice@contoso.com ext 1000").await;
        let told = stage.see_new(&thread, expected).await;
        assert!(told.card.is_none(), "{who}");
    }
    stage.settle().await;
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_people_press_in_vain() {
    let stage =
        Stage::open_with_slack_as(Seed::default(), SlackSettings { usergroup: true, ..SlackSettings::default() }).await;
    let thread = stage.world.slack().thread("phones");
    let approval = approval_card(&stage, &thread).await;
    // Gina and Uma are in the user group that may approve, Sven has an approver's name and address.
    for (who, expected) in DOUBTFUL.into_iter().chain([("steve", "You have no role in this")]) {
        let told = stage.press_raw_in_slack(who, &approval, "Approve", &[]).await;
        assert!(told.contains(expected), "{who}: {told}");
    }
    let told = stage.press_raw_in_slack("alan", &approval, "Approve", &[]).await;
    assert!(told.contains("You asked for ONB-1 yourself"), "{told}");
    let told = stage.press_raw_in_slack("ann", &approval, "Approve", &[]).await;
    assert!(told.contains("ONB-1"), "{told}");
    nothing_changed(&stage);
    stage.say("alan", &thread, "cancel ONB-1").await;
    stage.see_new(&thread, "Alan Admin cancelled ONB-1").await;
    stage.see_new(&thread, "Cancelled by Alan Admin").await;
    let late = stage.press_raw_in_slack("bob", &approval, "Approve", &[]).await;
    assert!(late.contains("ONB-1 was cancelled by Alan Admin already"), "{late}");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_human_under_another_address_is_the_same_human() {
    let stage = Stage::open_with_slack().await;
    let thread = stage.world.slack().thread("phones");
    stage.say("dave", &thread, "onboard alice@contoso.com ext 1000").await;
    let confirm = stage.see_new(&thread, "Phone line for Alice Adams").await;
    let told = stage.press("dave", &confirm, "Request approval", &CHOICES).await;
    assert!(told.contains("sent for approval"), "{told}");
    stage.see_new(&thread, "Sent for approval by Dave Double").await;
    let approval = stage.see_new(&thread, "Approve a phone line").await;
    for who in ["dave", "davealias"] {
        let told = stage.press_raw_in_slack(who, &approval, "Approve", &[]).await;
        assert!(told.contains("You asked for ONB-1 yourself"), "{who}: {told}");
    }
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_requester_sends_and_no_choice_is_invented() {
    let stage = Stage::open_with_slack().await;
    let thread = stage.world.slack().thread("phones");
    let confirm = confirm_card(&stage, &thread).await;
    for (who, expected) in [
        ("bob", "Only Alan Admin can choose and send ONB-1"),
        ("ann", "Only Alan Admin can choose and send ONB-1"),
        ("steve", "You have no role in this"),
    ] {
        let told = stage.press(who, &confirm, "Request approval", &CHOICES).await;
        assert!(told.contains(expected), "{who}: {told}");
    }
    // A message lets empty inputs pass, so the bot has to look itself.
    let told = stage.press("alan", &confirm, "Request approval", &[("route", "US West")]).await;
    assert!(told.contains("Emergency address: nothing is chosen"), "{told}");
    for inputs in [
        [("route", "Mars"), ("emergency_address", "a-denver-hq")],
        [("route", "US West"), ("emergency_address", "a-paris")],
    ] {
        let told = stage.press_raw_in_slack("alan", &confirm, "Request approval", &inputs).await;
        assert!(told.contains("that choice is not offered"), "{told}");
    }
    let told = stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    assert!(told.contains("ONB-1 was sent for approval"), "{told}");
    stage.see_new(&thread, "Sent for approval").await;
    stage.see_new(&thread, "Approve a phone line").await;
    let again = stage.press_raw_in_slack("alan", &confirm, "Request approval", &CHOICES).await;
    assert!(again.contains("ONB-1 is waiting for approval"), "{again}");
    let stale = stage.press_raw_in_slack("alan", &confirm, "Cancel", &[]).await;
    assert!(stale.contains("This card of ONB-1 is out of date"), "{stale}");
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_approvers_press_at_once_and_one_of_them_is_told_that_it_is_decided() {
    let stage = Stage::open_with_slack().await;
    let thread = stage.world.slack().thread("phones");
    let approval = approval_card(&stage, &thread).await;
    let [bob, carol] = ["bob", "carol"].map(|who| stage.in_slack(who));
    let presses = tokio::join!(
        bob.press(&approval, "Approve", &[]),
        carol.press(&approval, "Approve", &[]),
        bob.press(&approval, "Approve", &[])
    );
    assert_eq!(presses, (SlackAnswer::Taken, SlackAnswer::Taken, SlackAnswer::Taken));
    stage.see_new(&thread, "Approved by").await;
    let told = [stage.told("bob", &thread).await, stage.told("bob", &thread).await, stage.told("carol", &thread).await];
    assert_eq!(told.iter().filter(|words| words.contains("You approved ONB-1")).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|words| words.contains("already")).count(), 2, "{told:?}");
    crate::scenes::works(&stage, &thread).await;
    assert_eq!(stage.count(&thread, "The phone line of Alice Adams works").await, 1);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_company_is_turned_away_at_the_door() {
    let stage = Stage::open_with_slack().await;
    let mallory = stage.in_slack("mallory");
    assert_eq!(mallory.account().team, FOREIGN_TEAM);
    assert_eq!(mallory.say_alone("onboard alice@contoso.com ext 1000").await.status, 403);
    let channel =
        onboard_bot::world::Place { id: "C0FOREIGN01".to_owned(), kind: onboard_bot::domain::PlaceKind::Channel };
    assert_eq!(mallory.mention(&channel, "approve ONB-1").await.status, 403);
    assert_eq!(mallory.command(&channel, "/onboard", "alice@contoso.com ext 1000").await, SlackAnswer::Failed(403));
    assert_eq!(mallory.shortcut("onboard_shortcut").await, SlackAnswer::Failed(403));
    // Another app under the same secret is not ours either.
    stage.world.state().seed.slack.app_id = "A0SOMEBODY1".to_owned();
    let told =
        stage.in_slack("alan").cause(json!({"type": "app_home_opened", "user": "U0ALAN00000", "tab": "home"})).await;
    assert_eq!(told.status, 403);
    stage.settle().await;
    assert!(stage.world.all_mail().messages().is_empty());
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_deactivated_and_no_robot_is_listened_to() {
    let stage = Stage::open_with_slack().await;
    let thread = stage.world.slack().thread("phones");
    let approval = approval_card(&stage, &thread).await;
    // Deactivated between the press and its reading.
    for account in stage.world.state().seed.slack.accounts.iter_mut().filter(|a| a.key == "bob") {
        account.deleted = true;
    }
    assert_eq!(stage.in_slack("bob").press(&approval, "Approve", &[]).await, SlackAnswer::Taken);
    stage.told("bob", &thread).await;
    // What another app posts, with a mention in it.
    let event = json!({"type": "app_mention", "bot_id": "B0OTHER0001", "user": "U0ROBO00000", "channel": "C0PHONES001",
        "text": "<@U0ONBOARD01> approve ONB-1", "ts": "1700000000.000100", "event_ts": "1700000000.000100"});
    assert_eq!(stage.in_slack("robo").cause(event).await.status, 200);
    stage.settle().await;
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_group_of_approvers_is_read_again_at_every_press() {
    let how = SlackSettings { usergroup: true, ..SlackSettings::default() };
    let stage = Stage::open_with_slack_as(Seed::default(), how).await;
    let thread = stage.world.slack().thread("phones");
    let approval = approval_card(&stage, &thread).await;
    let members = std::mem::take(&mut stage.world.state().seed.slack.usergroups[0].users);
    let told = stage.press("ursula", &approval, "Approve", &[]).await;
    assert!(told.contains("You have no role in this"), "{told}");
    stage.world.state().seed.slack.usergroups[0].users = members;
    let told = stage.press("ursula", &approval, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1"), "{told}");
    stage.see_new(&thread, "Approved by Ursula Usergroup").await;
    crate::scenes::works(&stage, &thread).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_that_comes_too_late() {
    let stage = Stage::open_with_slack().await;
    let thread = stage.world.slack().thread("phones");
    let approval = approval_card(&stage, &thread).await;
    stage.let_pass(jiff::SignedDuration::from_hours(24)).await;
    let closed = stage.see_new(&thread, "expired").await;
    assert!(!closed.plain().contains("[Approve]"), "{}", closed.plain());
    let late = stage.press_raw_in_slack("bob", &approval, "Approve", &[]).await;
    assert!(late.contains("ONB-1") && late.contains("expired"), "{late}");
    nothing_changed(&stage);
    stage.finish().await;
}
