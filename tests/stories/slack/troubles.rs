//! What goes wrong between Slack and the bot: things come twice, late or never, and Slack refuses or asks to wait.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use onboard_bot::world::{
    EffectKind, Fault, Message, Mishap, Place, Seed, SlackAnswer, SlackSeed, SlackSettings, System,
};

use crate::scenes::{CHOICES, approval_card, approved, nothing_changed, works};
use crate::stage::Stage;

const WITHIN: SignedDuration = SignedDuration::from_mins(2);

fn cards(stage: &Stage, place: &Place, text: &str) -> Vec<Message> {
    stage.world.mailbox(place).messages_that(|m| m.card.is_some() && m.plain().contains(text))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mention_that_comes_four_times_is_one_request() {
    let stage = Stage::open_with_slack().await;
    stage.world.turn(|knobs| knobs.slack.hears_channels = true);
    let thread = stage.world.slack().thread("phones");
    let alan = stage.in_slack("alan");
    let sent = alan.mention(&thread, "onboard alice@contoso.com ext 1000").await;
    assert_eq!(sent.status, 200);
    for number in 1..=3 {
        assert_eq!(alan.redeliver(&sent, number, "http_timeout").await.status, 200);
    }
    stage.see_new(&thread, "Phone line for Alice Adams").await;
    stage.let_pass(SignedDuration::from_secs(30)).await;
    assert_eq!(stage.world.mailbox(&thread).messages().len(), 1);
    stage.say("alan", &thread, "list mine").await;
    let list = stage.see_new(&thread, "ONB-1").await;
    assert!(!list.plain().contains("ONB-2"), "{}", list.plain());
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edited_or_quoted_command_runs_nothing() {
    let stage = Stage::open_with_slack().await;
    let alan = stage.in_slack("alan");
    let sent = alan.say_alone("hello there").await;
    stage.see_new(&alan.direct(), "help").await;
    assert_eq!(alan.edit_message(&sent, "onboard alice@contoso.com ext 1000").await.status, 200);
    stage.settle().await;
    assert_eq!(stage.count(&alan.direct(), "Phone line for").await, 0);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_as_phones_and_macs_write_them_are_understood() {
    let stage = Stage::open_with_slack().await;
    let thread = stage.world.slack().thread("phones");
    let text =
        "Hello <@U0ONBOARD01|onboarding>, onboard <@U0ALICE0000> ext:1000 route “US West” reason “R&amp;D &lt;new&gt;”";
    assert_eq!(stage.in_slack("alan").say_raw(&thread, &text.replace("Hello ", "")).await.status, 200);
    let confirm = stage.see_new(&thread, "Phone line for Alice Adams").await;
    assert!(confirm.plain().contains("Voice route* [route] = US West"), "{}", confirm.plain());
    stage.press("alan", &confirm, "Request approval", &[("emergency_address", "a-denver-hq")]).await;
    stage.see_new(&thread, "Sent for approval").await;
    let approval = stage.see_new(&thread, "Approve a phone line").await;
    assert!(approval.plain().contains("R&D <new>"), "{}", approval.plain());
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slack_asks_to_wait_and_nothing_is_lost() {
    let stage = Stage::open_with_slack().await;
    let thread = stage.world.slack().thread("phones");
    let headers = BTreeMap::from([("Retry-After".to_owned(), "30".to_owned())]);
    let body = r#"{"ok":false,"error":"ratelimited"}"#.to_owned();
    let wait = Mishap::Answer { status: 429, headers, body };
    stage.world.fault(Fault::next(System::Slack, 1, wait.clone()).on("POST", "chat.postMessage")).unwrap();
    stage.say("alan", &thread, "onboard alice@contoso.com ext 1000").await;
    stage.let_pass(SignedDuration::from_secs(25)).await;
    assert_eq!(stage.world.mailbox(&thread).messages().len(), 0, "it waits as long as it was asked to");
    let confirm = stage.see_within(&thread, "Phone line for Alice Adams", SignedDuration::from_secs(15)).await;
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    stage.see_new(&thread, "Sent for approval").await;
    let approval = stage.see_new(&thread, "Approve a phone line").await;
    stage.world.fault(Fault::next(System::Slack, 2, wait).on("POST", "chat.update")).unwrap();
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_within(&thread, "7 of 7 steps done", SignedDuration::from_mins(3)).await;
    stage.see_within(&thread, "Approved by Bob Brown", WITHIN).await;
    stage.see_within(&thread, "The phone line of Alice Adams works", WITHIN).await;
    let asked = stage.world.calls(System::Slack);
    assert_eq!(asked.iter().filter(|call| call.status == 429).count(), 3, "only what was asked for");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_was_lost_is_not_a_message_that_was() {
    for mishap in [Mishap::DropAfter, Mishap::DropBefore, Mishap::Truncated] {
        let stage = Stage::open_with_slack().await;
        let thread = stage.world.slack().thread("phones");
        stage.world.fault(Fault::next(System::Slack, 1, mishap.clone()).on("POST", "chat.postMessage")).unwrap();
        stage.say("alan", &thread, "onboard alice@contoso.com ext 1000").await;
        let confirm = stage.see_within(&thread, "Phone line for Alice Adams", SignedDuration::from_mins(1)).await;
        let told = stage.press("alan", &confirm, "Request approval", &CHOICES).await;
        assert!(told.contains("sent for approval"), "{mishap:?}: {told}");
        let rewritten = stage.see_new(&thread, "Sent for approval by Alan Admin").await;
        assert_eq!(rewritten.id, confirm.id, "{mishap:?}: the press told which message it is");
        stage.see_new(&thread, "Approve a phone line for Alice Adams?").await;
        stage.let_pass(WITHIN).await;
        assert_eq!(cards(&stage, &thread, "Phone line for Alice Adams").len(), 1, "{mishap:?}");
        stage.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_newer_blocks_are_refused_plain_ones_tell_the_same() {
    let stage = Stage::open_with_slack().await;
    stage.world.turn(|knobs| knobs.slack.newer_blocks = false);
    let thread = stage.world.slack().thread("phones");
    approved(&stage, &thread).await;
    works(&stage, &thread).await;
    let progress = cards(&stage, &thread, "7 of 7 steps done");
    assert_eq!(progress.len(), 1);
    assert!(!progress[0].card.as_ref().unwrap().to_string().contains("\"plan\""));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_without_the_bot_answers_in_the_direct_message() {
    let stage = Stage::open_with_slack().await;
    let alan = stage.in_slack("alan");
    let channel = stage.world.slack().channel("without-the-bot");
    alan.command(&channel, "/onboard", "alice@contoso.com ext 1000").await;
    stage.told("alan", &channel).await;
    stage.modal("alan", "Emergency address").await;
    let confirm = stage.see_new(&alan.direct(), "Phone line for Alice Adams").await;
    assert!(stage.told("alan", &channel).await.contains("I am not in this conversation"));
    assert_eq!(alan.press(&confirm, "Cancel", &[]).await, SlackAnswer::Taken);
    stage.see_new(&alan.direct(), "You cancelled ONB-1").await;
    stage.see_new(&alan.direct(), "Cancelled by Alan Admin").await;
    stage.see_new(&alan.direct(), "Alan Admin cancelled ONB-1 for alice@contoso.com").await;
    let seen = stage.world.mailbox(&channel).messages();
    assert!(seen.iter().all(|m| m.only_for.is_some()), "nobody else sees anything: {seen:#?}");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_comes_too_late_is_replaced_by_words() {
    let stage = Stage::open_with_slack().await;
    let thread = stage.world.slack().thread("phones");
    let approval = approval_card(&stage, &thread).await;
    stage.world.fault(Fault::next(System::Slack, 1, Mishap::Slow(3500)).on("POST", "views.open")).unwrap();
    assert_eq!(stage.in_slack("bob").press(&approval, "Reject", &[]).await, SlackAnswer::Taken);
    let told = stage.told("bob", &thread).await;
    assert!(told.contains("reject ONB-1"), "{told}");
    stage.say("bob", &thread, "reject ONB-1 not this month").await;
    stage.see_new(&thread, "Bob Brown rejected ONB-1 for alice@contoso.com: not this month").await;
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopped_and_started_between_every_two_events() {
    let mut stage = Stage::open_with_slack().await;
    let thread = stage.world.slack().thread("phones");
    let sent = stage.in_slack("alan").mention(&thread, "onboard alice@contoso.com ext 1000").await;
    let confirm = stage.see_new(&thread, "Phone line for Alice Adams").await;
    restart(&mut stage).await;
    stage.in_slack("alan").redeliver(&sent, 1, "connection_failed").await;
    let told = stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    assert!(told.contains("sent for approval"), "{told}");
    stage.see_new(&thread, "Sent for approval").await;
    let approval = stage.see_new(&thread, "Approve a phone line").await;
    restart(&mut stage).await;
    // A form that was open before the restart still works.
    assert_eq!(stage.in_slack("bob").press(&approval, "Reject", &[]).await, SlackAnswer::Taken);
    let form = stage.modal("bob", "Reject ONB-1").await;
    restart(&mut stage).await;
    stage.in_slack("bob").close(false).await;
    let _ = form;
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    restart(&mut stage).await;
    stage.see_within(&thread, "The phone line of Alice Adams works", SignedDuration::from_mins(3)).await;
    restart(&mut stage).await;
    stage.let_pass(SignedDuration::from_mins(10)).await;
    stage.see(&thread, "7 of 7 steps done").await;
    let titles: Vec<_> =
        cards(&stage, &thread, "").iter().map(|m| m.plain().lines().next().unwrap_or_default().to_owned()).collect();
    assert_eq!(titles.len(), 4, "{titles:?}");
    assert_eq!(stage.world.effects(EffectKind::DeviceCreated).len(), 1);
    stage.finish().await;
}

async fn restart(stage: &mut Stage) {
    stage.stop_bot().await;
    stage.start_bot().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_is_archived_meanwhile_is_told_in_the_direct_message() {
    let stage = Stage::open_with_slack().await;
    let thread = stage.world.slack().thread("phones");
    let approval = approval_card(&stage, &thread).await;
    stage.press("bob", &approval, "Approve", &[]).await;
    for channel in stage.world.state().seed.slack.channels.iter_mut().filter(|c| c.id == "C0PHONES001") {
        channel.archived = true;
    }
    let alone = stage.in_slack("alan").direct();
    stage.see_within(&alone, "I cannot write to the conversation of ONB-1 any more", WITHIN).await;
    stage.see_within(&alone, "The phone line of Alice Adams works", WITHIN).await;
    assert_eq!(stage.world.effects(EffectKind::UserConfigured), ["alice@contoso.com"]);
    // How far it was when the channel was closed.
    stage.see(&thread, "steps done").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_an_organisation_payloads_name_no_workspace_and_people_have_other_ids() {
    let slack = SlackSeed::default().on_enterprise_grid();
    let stage = Stage::open_with_slack_as(Seed { slack, ..Seed::default() }, SlackSettings::default()).await;
    let wanda = stage.in_slack("wanda");
    assert!(wanda.account().id.starts_with('W'));
    let channel = stage.world.slack().channel("phones");
    wanda.command(&channel, "/onboard", "alice@contoso.com ext 1000").await;
    stage.told("wanda", &channel).await;
    let form = stage.modal("wanda", "Emergency address").await;
    let confirm = stage.see_new(&channel, "Phone line for Alice Adams").await;
    let thread = Place { id: confirm.place.clone(), kind: channel.kind };
    stage.submit("wanda", &form, &CHOICES).await;
    stage.see_new(&thread, "Sent for approval by Wanda Wide").await;
    let approval = stage.see_new(&thread, "Approve a phone line").await;
    let told = stage.press("bob", &approval, "Approve", &[]).await;
    assert!(told.contains("You approved ONB-1"), "{told}");
    stage.see_new(&thread, "Approved by Bob Brown").await;
    let done = works(&stage, &thread).await;
    assert!(done.plain().contains("@Wanda Wide"), "{}", done.plain());
    wanda.open_home().await;
    stage.see_new(&wanda.home(), "ONB-1").await;
    stage.finish().await;
}
