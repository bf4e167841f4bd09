//! The app itself: how it comes into a workspace, keeps its token alive, holds its sockets, and goes.

use jiff::SignedDuration;
use onboard_bot::world::{Place, Seed, SlackAnswer, SlackSettings, System, TEAM};
use reqwest::redirect::Policy;

use crate::scenes::{CHOICES, approved, confirm_card, works};
use crate::stage::Stage;

const PUBLIC: &str = "https://bot.example.com";

/// An administrator installs the app with a browser; what the page says at the end.
async fn install(stage: &Stage) -> String {
    let browser = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    let begun = browser.get(format!("{}/slack/install", stage.url)).send().await.unwrap();
    assert!(begun.status().is_redirection(), "{}", begun.status());
    let header = |answer: &reqwest::Response, name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    let (to_slack, cookie) = (header(&begun, "location"), header(&begun, "set-cookie"));
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let agreed = browser.get(to_slack).send().await.unwrap();
    let back = header(&agreed, "location").replace(PUBLIC, &stage.url);
    let done = browser.get(back).header("cookie", cookie).send().await.unwrap();
    assert_eq!(done.status(), 200);
    done.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_a_browser_and_the_token_is_renewed_before_it_ends() {
    let how = SlackSettings { installed_from: Some(PUBLIC.to_owned()), ..SlackSettings::default() };
    let mut seed = Seed::default();
    seed.slack.workspaces[0].bot_token = None;
    let stage = Stage::open_with_slack_as(seed, how).await;
    stage.world.turn(|knobs| knobs.slack.token_rotation = true);
    let page = install(&stage).await;
    assert!(page.contains("The bot is installed"), "{page}");
    let thread = stage.world.slack().thread("phones");
    let confirm = confirm_card(&stage, &thread).await;
    // A token lives 12 h; requests live longer.
    for _ in 0..3 {
        stage.let_pass(SignedDuration::from_hours(7)).await;
        stage.say("alan", &thread, "status ONB-1").await;
        stage.see_new(&thread, "ONB-1").await;
    }
    let told = stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    assert!(told.contains("sent for approval"), "{told}");
    stage.see_new(&thread, "Sent for approval").await;
    stage.see_new(&thread, "Approve a phone line").await;
    let renewed = stage.world.calls(System::Slack).iter().filter(|call| call.path == "/oauth.v2.access").count();
    assert!(renewed >= 2, "{renewed}");
    assert_eq!(stage.world.slack().uninstall(TEAM).await, [200, 200]);
    stage.settle().await;
    // Installed again, the same conversation goes on.
    assert!(install(&stage).await.contains("The bot is installed"));
    stage.say("alan", &thread, "status ONB-1").await;
    stage.see_new(&thread, "ONB-1").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slack_may_ask_whether_the_address_is_the_bots() {
    let stage = Stage::open_with_slack().await;
    let (status, answer) = stage.world.slack().verify_url().await;
    let challenge = answer["challenge"].as_str().or(answer.as_str());
    assert_eq!((status, challenge), (200, Some("3eZbrw1aBm2rZgRN")));
    stage.finish().await;
}

async fn with_sockets() -> Stage {
    let how = SlackSettings { socket: true, ..SlackSettings::default() };
    let mut stage = Stage::closed_with(Seed::default(), |settings| settings.slack = Some(how)).await;
    stage.world.turn(|knobs| knobs.slack.socket_mode = true);
    stage.start_bot().await;
    connected(&stage).await;
    stage
}

/// Waits until the bot has a socket open, letting time pass between its tries.
async fn connected(stage: &Stage) {
    let mut changes = stage.world.changes();
    while stage.world.slack().sockets() == 0 {
        let more = tokio::time::timeout(std::time::Duration::from_millis(100), changes.changed());
        if more.await.is_err() {
            stage.clock.advance(SignedDuration::from_millis(500));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_public_address_everything_comes_by_sockets() {
    let stage = with_sockets().await;
    let slack = stage.world.slack();
    let channel = slack.channel("phones");
    stage.in_slack("alan").command(&channel, "/onboard", "alice@contoso.com ext 1000").await;
    stage.told("alan", &channel).await;
    let form = stage.modal("alan", "Emergency address").await;
    let confirm = stage.see_new(&channel, "Phone line for Alice Adams").await;
    let thread = Place { id: confirm.place, kind: channel.kind };
    // Whoever is warned opens the next socket before the old one is cut.
    slack.disconnect("warning");
    connected(&stage).await;
    slack.cut_sockets(false);
    stage.submit("alan", &form, &CHOICES).await;
    stage.see_new(&thread, "Sent for approval").await;
    let approval = stage.see_new(&thread, "Approve a phone line").await;
    assert_eq!(stage.in_slack("bob").press(&approval, "Reject", &[]).await, SlackAnswer::Taken);
    let form = stage.modal("bob", "Reject ONB-1").await;
    let SlackAnswer::Errors(errors) = stage.in_slack("bob").submit(&form, &[("reason", " ")]).await else {
        panic!("taken")
    };
    assert!(errors.contains_key("reason"), "an answer goes with the acknowledgement: {errors:?}");
    stage.in_slack("bob").close(false).await;
    // Cut without a word, the bot connects again.
    slack.cut_sockets(true);
    slack.disconnect("refresh_requested");
    connected(&stage).await;
    let told = stage.press("bob", &approval, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1"), "{told}");
    stage.see_new(&thread, "Approved by Bob Brown").await;
    works(&stage, &thread).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_cut_socket_took_with_it_comes_again_and_is_one_request() {
    let stage = with_sockets().await;
    let thread = stage.world.slack().thread("phones");
    let alan = stage.in_slack("alan");
    let sent = alan.mention(&thread, "onboard alice@contoso.com ext 1000").await;
    assert_eq!(sent.status, 200);
    stage.world.slack().cut_sockets(true);
    connected(&stage).await;
    for number in 1..=3 {
        assert_eq!(alan.redeliver(&sent, number, "timeout").await.status, 200);
    }
    stage.see_new(&thread, "Phone line for Alice Adams").await;
    stage.let_pass(SignedDuration::from_secs(30)).await;
    assert_eq!(stage.world.mailbox(&thread).messages().len(), 1);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_sockets_are_switched_off_teams_goes_on() {
    let stage = with_sockets().await;
    stage.world.slack().disconnect("link_disabled");
    stage.let_pass(SignedDuration::from_mins(2)).await;
    assert_eq!(stage.world.slack().sockets(), 0);
    let asked = stage.world.calls(System::Slack).iter().filter(|call| call.path == "/apps.connections.open").count();
    assert!(asked < 20, "it does not knock all the time: {asked}");
    let thread = stage.world.channel_thread();
    approved(&stage, &thread).await;
    works(&stage, &thread).await;
    stage.finish().await;
}
