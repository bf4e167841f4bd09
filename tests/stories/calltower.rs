//! CallTower Connect has no interface: people do the portal's part, and Microsoft proves it.

use jiff::SignedDuration;
use onboard_bot::config::Carrier;
use onboard_bot::world::{Message, Place, Plan, Seed, SlackAnswer, SlackSettings, System};

use crate::scenes::{facts, words};
use crate::stage::Stage;
use crate::stage::surface::{Surface, on_both_surfaces};

on_both_surfaces!(
    people_save_it_and_microsoft_proves_it,
    done_pressed_too_early_is_noted_and_never_ends_as_proven,
    another_number_than_the_approved_one_is_told_and_not_proven,
    what_is_in_the_portal_already_needs_nobody_to_say_so,
    all_conditions_are_told_at_once,
    the_number_is_held_from_submit_on_and_free_after_a_cancel_or_an_expiry,
    cancelled_after_a_report_the_number_stays_with_its_owner_and_the_next_request_finishes,
    an_operator_who_cannot_says_why_and_retry_asks_again,
);

const FRED: &str = "onboard fred@fabrikam.com";
const CHOICES: [(&str, &str); 3] =
    [("location", "Denver"), ("plan", "MS Teams Metered Voice"), ("number", "+13035550142")];
const ADD: &str = "Add Fred Fabrikam in CallTower Connect";
const ASSIGN: &str = "Assign service and number to Fred Fabrikam in CallTower Connect";
const WORKS: &str = "The phone line of Fred Fabrikam works";

async fn fabrikam(surface: Surface) -> Stage {
    Stage::open_on_with(surface, Seed::default().with_second_customer(), |settings| {
        (settings.second_customer, settings.second_carrier) = (true, Carrier::CallTower);
    })
    .await
}

async fn asked(stage: &Stage, place: &Place) -> Message {
    stage.say("alan", place, FRED).await;
    let confirm = stage.see_new(place, "Phone line for Fred Fabrikam").await;
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    stage.see_new(place, "Sent for approval by Alan Admin").await;
    stage.see_new(place, "Approve a phone line for Fred Fabrikam?").await
}

/// Approved; the first guided card.
async fn approved(stage: &Stage, place: &Place) -> Message {
    let approval = asked(stage, place).await;
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(place, "Approved by Bob Brown").await;
    stage.see(place, "Setting up +13035550142 for Fred Fabrikam").await;
    stage.see_new(place, ADD).await
}

/// Olga has reported both parts; `saved`: they are true.
async fn reported(stage: &Stage, place: &Place, saved: bool) {
    let add = approved(stage, place).await;
    let told = stage.press("olga", &add, "Done", &[]).await;
    assert!(told.contains("counts as working only when Microsoft 365 shows the number"), "{told}");
    let assign = stage.see_new(place, ASSIGN).await;
    if saved {
        assert!(stage.world.portal().save_in_connect("fred@fabrikam.com", "+13035550142"));
    }
    stage.press("olga", &assign, "Done", &[("note", "saved at once")]).await;
    stage.see(place, "Saved, reported by Olga Operator").await;
}

async fn people_save_it_and_microsoft_proves_it(surface: Surface) {
    let stage = fabrikam(surface).await;
    let thread = stage.thread();
    stage.world.turn(|knobs| knobs.number_delay_ms = 8 * 60_000);
    stage.say("alan", &thread, FRED).await;
    let confirm = stage.see_new(&thread, "Phone line for Fred Fabrikam").await;
    let told = stage.press_raw("alan", &confirm, "Request approval", &CHOICES[1..]).await;
    assert!(told.contains("Location for emergency calls: nothing is chosen"), "{told}");
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    stage.see_new(&thread, "Sent for approval by Alan Admin").await;
    let approval = stage.see_new(&thread, "Approve a phone line for Fred Fabrikam?").await;
    for value in
        ["Location for emergency calls: Denver", "Service plan: MS Teams Metered Voice", "Phone number: +13035550142"]
    {
        assert!(approval.plain().contains(value), "{value}: {}", approval.plain());
    }
    stage.press("bob", &approval, "Approve", &[]).await;

    let add = stage.see_new(&thread, ADD).await;
    for text in [
        "Sync Online Users",
        "Sync Office 365",
        "@Olga Operator",
        "choose the location Denver",
        "add them by hand",
        "User Name: fred",
        "Domain: fabrikam.com",
        "First Name: Fred",
        "Last Name: Fabrikam",
        "User Type: CallTower User",
        "Do not write it here",
    ] {
        assert!(words(&add).contains(text), "{text}: {}", add.plain());
    }
    assert!(add.card.as_ref().unwrap().to_string().contains("https://connect.calltower.com"));
    stage.press("olga", &add, "Done", &[]).await;
    let closed = stage.see(&thread, "Saved, reported by Olga Operator. It counts as working only when").await;
    assert!(!closed.plain().contains("[Done]"), "{}", closed.plain());
    let assign = stage.see_new(&thread, ASSIGN).await;
    for text in ["Manage Services", "plan MS Teams Metered Voice", "+13035550142", "completed"] {
        assert!(words(&assign).contains(text), "{text}: {}", assign.plain());
    }
    stage.world.portal().save_in_connect("fred@fabrikam.com", "+13035550142");
    stage.press("olga", &assign, "Done", &[]).await;
    stage.see(&thread, "Microsoft does not show +13035550142 yet.").await;
    assert_eq!(stage.count(&thread, WORKS).await, 0);
    // Looked at after 2, 5 and 10 minutes.
    let looks = || stage.world.calls(System::Graph).iter().filter(|c| c.path.contains("userConfigurations")).count();
    let before = looks();
    stage.let_pass(SignedDuration::from_mins(9)).await;
    assert_eq!((looks() - before, stage.count(&thread, WORKS).await), (2, 0));
    let done = stage.see_within(&thread, WORKS, SignedDuration::from_mins(2)).await;
    let proof = facts(&done);
    assert_eq!(proof[0], ("Phone number".to_owned(), "+13035550142".to_owned()));
    assert_eq!(proof[1], ("Calling enabled".to_owned(), "Yes".to_owned()));
    stage.see(&thread, "5 of 5 steps done").await;
    stage.finish().await;
}

/// The same in Slack: asked by a command without an extension, chosen in the form, reported by an operator.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_slack_the_form_offers_the_same_and_olga_reports_it_there() {
    let stage = Stage::open_with(Seed::default().with_second_customer(), |settings| {
        (settings.second_customer, settings.second_carrier) = (true, Carrier::CallTower);
        settings.slack = Some(SlackSettings::default());
    })
    .await;
    let channel = stage.world.slack().channel("phones");
    stage.in_slack("alan").command(&channel, "/onboard", "fred@fabrikam.com").await;
    stage.told("alan", &channel).await;
    let form = stage.modal("alan", "Location (911 and other emergency calls)").await;
    assert!(!form.plain().contains("Voicemail") && !form.plain().contains("Voice route"), "{}", form.plain());
    let confirm = stage.see_new(&channel, "Phone line for Fred Fabrikam").await;
    let missing = stage.in_slack("alan").submit(&form, &CHOICES[1..]).await;
    assert!(matches!(missing, SlackAnswer::Refused(_)), "{missing:?}");
    stage.submit("alan", &form, &CHOICES).await;
    let thread = Place { id: confirm.place.clone(), kind: channel.kind };
    stage.see_new(&thread, "Sent for approval by Alan Admin").await;
    let approval = stage.see_new(&thread, "Approve a phone line for Fred Fabrikam?").await;
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    let add = stage.see_new(&thread, ADD).await;
    for text in ["Sync Online Users", "User Name", "Do not write it here"] {
        assert!(add.plain().contains(text), "{text}: {}", add.plain());
    }
    stage.press("olga", &add, "Done", &[]).await;
    stage.see(&thread, "Saved, reported by Olga Operator").await;
    let assign = stage.see_new(&thread, ASSIGN).await;
    stage.world.portal().save_in_connect("fred@fabrikam.com", "+13035550142");
    stage.press("olga", &assign, "Done", &[]).await;
    stage.see_within(&thread, WORKS, SignedDuration::from_mins(3)).await;
    stage.see(&thread, "5 of 5 steps done").await;
    stage.finish().await;
}

async fn done_pressed_too_early_is_noted_and_never_ends_as_proven(surface: Surface) {
    let stage = fabrikam(surface).await;
    let thread = stage.thread();
    reported(&stage, &thread, false).await;
    stage.see(&thread, "Microsoft does not show +13035550142 yet.").await;
    let late = stage.see_within(&thread, "which takes longer than usual", SignedDuration::from_hours(5)).await;
    for text in ["support@calltower.com", "we saved the user Fred Fabrikam (fred@fabrikam.com)", "location Denver"] {
        assert!(late.plain().contains(text), "{text}: {}", late.plain());
    }
    let card = stage.see_within(&thread, "Stopped: the line of", SignedDuration::from_hours(21)).await;
    for text in
        ["Olga Operator saved it in CallTower Connect on", "the time is up", "send this to support@calltower.com"]
    {
        assert!(card.plain().contains(text), "{text}: {}", card.plain());
    }
    assert_eq!(stage.count(&thread, WORKS).await, 0);
    // Somebody saves it after all; Retry goes on looking.
    stage.world.portal().save_in_connect("fred@fabrikam.com", "+13035550142");
    stage.press("alan", &card, "Retry", &[]).await;
    stage.see_within(&thread, WORKS, SignedDuration::from_mins(3)).await;
    stage.finish().await;
}

async fn another_number_than_the_approved_one_is_told_and_not_proven(surface: Surface) {
    let stage = fabrikam(surface).await;
    let thread = stage.thread();
    reported(&stage, &thread, false).await;
    stage.world.portal().save_in_connect("fred@fabrikam.com", "+13035550199");
    let text = "Microsoft shows +13035550199 instead of +13035550142.";
    stage.see_within(&thread, text, SignedDuration::from_mins(5)).await;
    stage.let_pass(SignedDuration::from_hours(1)).await;
    assert_eq!(stage.count(&thread, WORKS).await, 0);
    stage.finish().await;
}

async fn what_is_in_the_portal_already_needs_nobody_to_say_so(surface: Surface) {
    let stage = fabrikam(surface).await;
    let thread = stage.thread();
    approved(&stage, &thread).await;
    stage.world.portal().save_in_connect("fred@fabrikam.com", "+13035550142");
    stage.see_within(&thread, WORKS, SignedDuration::from_mins(10)).await;
    stage.finish().await;
}

async fn all_conditions_are_told_at_once(surface: Surface) {
    let stage = fabrikam(surface).await;
    let thread = stage.thread();
    {
        let mut state = stage.world.state();
        let fred = state.user_mut("fred@fabrikam.com").unwrap();
        fred.surname = None;
        fred.telephone_number = Some("+13035550190".to_owned());
        // Business Voice with a US calling plan.
        fred.assigned_plans.push(Plan::new("4ed3ff63-69d7-4fb7-b984-5aec7f605ca8", "Enabled"));
    }
    stage.say("alan", &thread, &format!("{FRED} number +13035550199 location Mars")).await;
    let card = stage.see_new(&thread, "fred@fabrikam.com cannot get a line yet").await;
    for text in [
        "5 conditions are not met",
        "The user has no last name",
        "The user has a Microsoft calling plan",
        "The user already has the number +13035550190",
        "The number +13035550199 is not one of the configured numbers",
        "There is no location Mars",
    ] {
        assert!(card.plain().contains(text), "{text}: {}", card.plain());
    }
    stage.say("alan", &thread, "onboard fay@fabrikam.com route West").await;
    stage.see_new(&thread, "“route” has no meaning at Fabrikam").await;
    stage.finish().await;
}

async fn the_number_is_held_from_submit_on_and_free_after_a_cancel_or_an_expiry(surface: Surface) {
    let stage = fabrikam(surface).await;
    let (first, second) = (stage.thread(), stage.thread());
    asked(&stage, &first).await;
    let fay = "onboard fay@fabrikam.com number +13035550142";
    stage.say("ann", &second, fay).await;
    stage.see_new(&second, "The number +13035550142 is held by ONB-1 for fred@fabrikam.com.").await;
    // Asked in the portal, but nobody reported anything: a cancel gives it back.
    stage.say("bob", &first, "approve ONB-1").await;
    stage.see(&first, ADD).await;
    stage.say("alan", &first, "cancel ONB-1").await;
    stage.see_new(&first, "Nobody reported that anything was entered in CallTower Connect").await;
    stage.world.mailbox(&first).read_all();
    stage.say("ann", &second, fay).await;
    let confirm = stage.see_new(&second, "Phone line for Fay Fabrikam").await;
    stage.press("ann", &confirm, "Request approval", &CHOICES).await;
    stage.see_new(&second, "Sent for approval").await;
    stage.see_new(&second, "Approve a phone line for Fay Fabrikam?").await;
    stage.let_pass(SignedDuration::from_hours(25)).await;
    stage.see_new(&second, "expired, because nobody acted in time").await;
    stage.world.mailbox(&second).read_all();
    let third = stage.thread();
    stage.say("alan", &third, &format!("{FRED} number +13035550142")).await;
    stage.see_new(&third, "Phone line for Fred Fabrikam").await;
    stage.finish().await;
}

async fn cancelled_after_a_report_the_number_stays_with_its_owner_and_the_next_request_finishes(surface: Surface) {
    let stage = fabrikam(surface).await;
    let (first, second) = (stage.thread(), stage.thread());
    reported(&stage, &first, true).await;
    stage.say("alan", &first, "cancel ONB-1").await;
    stage.see_new(&first, "the number +13035550142 stays held for fred@fabrikam.com").await;
    stage.let_pass(SignedDuration::from_mins(5)).await;
    stage.world.mailbox(&first).read_all();
    stage.say("ann", &second, "onboard fay@fabrikam.com number +13035550142").await;
    stage.see_new(&second, "The number +13035550142 is held by ONB-1 for fred@fabrikam.com.").await;
    let third = stage.thread();
    stage.say("alan", &third, FRED).await;
    let confirm = stage.see_new(&third, "Phone line for Fred Fabrikam").await;
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    stage.see_new(&third, "Sent for approval").await;
    let approval = stage.see_new(&third, "Approve a phone line for Fred Fabrikam?").await;
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_within(&third, WORKS, SignedDuration::from_mins(2)).await;
    assert_eq!(stage.count(&third, ADD).await, 0, "nobody is asked for what is there");
    stage.see(&third, "5 of 5 steps done").await;
    stage.finish().await;
}

async fn an_operator_who_cannot_says_why_and_retry_asks_again(surface: Surface) {
    let stage = fabrikam(surface).await;
    let thread = stage.thread();
    let add = approved(&stage, &thread).await;
    let told = stage.press_raw("bob", &add, "Done", &[]).await;
    assert!(told.contains("Only an operator can say that"), "{told}");
    stage.press("olga", &add, "I can't", &[("note", "the location is missing")]).await;
    let card = stage.see_new(&thread, "Stopped: the line of Fred Fabrikam").await;
    let text = "Olga Operator could not do it: the location is missing";
    assert!(card.plain().contains(text), "{}", card.plain());
    stage.press("alan", &card, "Retry", &[]).await;
    stage.see(&thread, "[Done] [I can't]").await;
    stage.finish().await;
}
