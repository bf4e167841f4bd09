//! Taking lines away and changing them in CallTower Connect, which people do by hand.

use super::*;

on_both_surfaces!(
    in_calltower_connect_it_is_deleted_first_and_microsoft_proves_it,
    in_calltower_connect_another_number_is_entered_by_hand_and_shown_by_microsoft,
    in_calltower_connect_a_removal_is_taken_back_by_giving_the_line_again,
    in_calltower_connect_a_new_location_is_saved_and_never_called_proven,
    an_account_that_was_deleted_too_early_is_restored_first_and_deleted_last,
    an_onboarding_in_calltower_connect_is_taken_back,
    a_change_in_calltower_connect_that_does_not_show_is_late_with_a_text_for_support,
);

/// The same through CallTower Connect.
async fn connect(surface: Surface) -> (Stage, Place) {
    let (stage, thread) = fabrikam(Carrier::CallTower, surface).await;
    stage.say("alan", &thread, "onboard fred@fabrikam.com number +13035550142").await;
    agreed(&stage, &thread, GIVE, &[("location", "Denver"), ("plan", "MS Teams Metered Voice")]).await;
    stage.world.portal().save_in_connect(FRED, "+13035550142");
    stage.see_within(&thread, "The phone line of Fred Fabrikam works", SOON).await;
    stage.see(&thread, "5 of 5 steps done").await;
    stage.see(&thread, "Add Fred Fabrikam in CallTower Connect").await;
    (stage, thread)
}

/// Fred is to get +13035550143 by ONB-2: the card that asks for it.
async fn another_number(stage: &Stage, thread: &Place) -> Message {
    stage.say("alan", thread, "change fred@fabrikam.com number +13035550143").await;
    agreed(stage, thread, CHANGE, &[("location", "Denver")]).await;
    stage.see(thread, "Changing the line +13035550143 of Fred Fabrikam").await;
    stage.see_new(thread, "Change the values of Fred Fabrikam in CallTower Connect").await
}

async fn in_calltower_connect_it_is_deleted_first_and_microsoft_proves_it(surface: Surface) {
    let (stage, thread) = connect(surface).await;
    stage.world.turn(|knobs| knobs.number_delay_ms = 4 * 60_000);
    stage.say("alan", &thread, "offboard fred@fabrikam.com").await;
    agreed(&stage, &thread, TAKE, &[]).await;
    stage.see(&thread, "Taking +13035550142 from Fred Fabrikam").await;
    let delete = stage.see_new(&thread, "Delete Fred Fabrikam in CallTower Connect").await;
    for text in ["trash can", "Do not delete them in Microsoft 365 yet", "@Olga Operator"] {
        assert!(delete.plain().contains(text), "{text}: {}", delete.plain());
    }
    assert!(delete.card.as_ref().unwrap().to_string().contains("https://connect.calltower.com"));
    // Done too early never ends as gone.
    stage.press("olga", &delete, "Done", &[]).await;
    stage.see(&thread, "Microsoft still shows +13035550142").await;
    stage.let_pass(SignedDuration::from_mins(10)).await;
    assert_eq!(stage.count(&thread, GONE).await, 0);
    assert!(stage.world.portal().delete_in_connect(FRED));
    let done = stage.see_within(&thread, GONE, SignedDuration::from_mins(30)).await;
    assert_eq!(facts(&done)[0], ("No longer in Teams".to_owned(), "+13035550142".to_owned()));
    stage.see(&thread, "3 of 3 steps done").await;
    stage.see(&thread, "Deleted, reported by Olga Operator").await;
    stage.finish().await;
}

async fn in_calltower_connect_another_number_is_entered_by_hand_and_shown_by_microsoft(surface: Surface) {
    let (stage, thread) = connect(surface).await;
    let change = another_number(&stage, &thread).await;
    assert!(change.plain().contains("Phone number: +13035550143"), "{}", change.plain());
    assert!(stage.world.portal().change_in_connect(FRED, "+13035550143"));
    stage.press("olga", &change, "Done", &[]).await;
    stage.see_within(&thread, "The line of Fred Fabrikam is changed and works", SOON).await;
    stage.see(&thread, "4 of 4 steps done").await;
    stage.see(&thread, "Saved, reported by Olga Operator").await;

    // And back again, by hand as well.
    stage.say("alan", &thread, "undo ONB-2").await;
    let titles = ("Take back ONB-2 for Fred Fabrikam", "Phone number: +13035550142 (now +13035550143)");
    agreed(&stage, &thread, titles, &[]).await;
    let change = stage.see_new(&thread, "[Done] [I can't]").await;
    assert!(change.plain().contains("Phone number: +13035550142"), "{}", change.plain());
    stage.press("olga", &change, "Done", &[]).await;
    stage.let_pass(SOON).await;
    assert_eq!(stage.count(&thread, "ONB-2 is taken back").await, 0, "it was too early");
    assert!(stage.world.portal().change_in_connect(FRED, "+13035550142"));
    stage.see_within(&thread, "ONB-2 is taken back for Fred Fabrikam", SignedDuration::from_hours(1)).await;
    stage.see_new(&thread, "4 of 4 steps done").await;
    stage.see_new(&thread, "Saved, reported by Olga Operator. It counts as working only").await;
    stage.finish().await;
}

async fn in_calltower_connect_a_removal_is_taken_back_by_giving_the_line_again(surface: Surface) {
    let (stage, thread) = connect(surface).await;
    stage.say("alan", &thread, "offboard fred@fabrikam.com").await;
    agreed(&stage, &thread, TAKE, &[]).await;
    let delete = stage.see_new(&thread, "Delete Fred Fabrikam in CallTower Connect").await;
    assert!(stage.world.portal().delete_in_connect(FRED));
    stage.press("olga", &delete, "Done", &[]).await;
    stage.see_within(&thread, GONE, SOON).await;
    stage.see(&thread, "3 of 3 steps done").await;
    stage.see(&thread, "Deleted, reported by Olga Operator").await;
    stage.say("alan", &thread, "undo ONB-2").await;
    let titles = ("Take back ONB-2 for Fred Fabrikam", "Approve taking back ONB-2 for Fred Fabrikam?");
    agreed(&stage, &thread, titles, &[]).await;
    let add = stage.see_new(&thread, "Add Fred Fabrikam in CallTower Connect").await;
    for text in ["DID: +13035550142", "User Services: MS Teams Metered Voice", "Press the blue Save"] {
        assert!(add.plain().replace("**", "").replace('*', "").contains(text), "{text}: {}", add.plain());
    }
    stage.press("olga", &add, "Done", &[]).await;
    let assign = stage.see_new(&thread, "Assign service and number to Fred Fabrikam").await;
    assert!(stage.world.portal().save_in_connect(FRED, "+13035550142"));
    stage.press("olga", &assign, "Done", &[]).await;
    stage.see_within(&thread, "ONB-2 is taken back for Fred Fabrikam", SOON).await;
    stage.see(&thread, "5 of 5 steps done").await;
    stage.finish().await;
}

async fn in_calltower_connect_a_new_location_is_saved_and_never_called_proven(surface: Surface) {
    let (stage, thread) = connect(surface).await;
    stage.say("alan", &thread, "change fred@fabrikam.com location \"Salt Lake City\"").await;
    agreed(&stage, &thread, CHANGE, &[("location", "Salt Lake City")]).await;
    let change = stage.see_new(&thread, "Change the values of Fred Fabrikam in CallTower Connect").await;
    let told = stage.press("olga", &change, "Done", &[]).await;
    assert!(told.contains("Nobody can read it back, so your word counts"), "{told}");
    let done = stage.see_within(&thread, "The change for Fred Fabrikam is saved, and the line works", SOON).await;
    assert!(done.plain().contains("Saved in CallTower Connect, as somebody reported"), "{}", done.plain());
    assert!(done.plain().contains("Olga Operator on"), "who said so: {}", done.plain());
    stage.see(&thread, "Done, reported by Olga Operator. Nobody can read it back here.").await;
    stage.see(&thread, "3 of 3 steps done").await;
    stage.finish().await;
}

async fn an_account_that_was_deleted_too_early_is_restored_first_and_deleted_last(surface: Surface) {
    let (stage, thread) = connect(surface).await;
    stage.world.admin_center().delete_account(FRED);
    assert!(!stage.world.portal().delete_in_connect(FRED), "that is what goes wrong");
    stage.say("alan", &thread, "offboard fred@fabrikam.com").await;
    let confirm = stage.see(&thread, TAKE.0).await;
    for text in [
        "The account is deleted in Microsoft 365 already",
        "the plan begins with that and ends with deleting it again",
        "First: The account is restored",
        "Microsoft 365 afterwards: Have the account deleted",
    ] {
        assert!(confirm.plain().contains(text), "{text}: {}", confirm.plain());
    }
    stage.press("alan", &confirm, "Request approval", &[]).await;
    stage.see_new(&thread, "Sent for approval by Alan Admin").await;
    let approval = stage.see_new(&thread, TAKE.1).await;
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    let restore = stage.see_new(&thread, "Restore the account of Fred Fabrikam for the time being").await;
    stage.world.admin_center().restore_account(FRED);
    stage.press("olga", &restore, "Done", &[]).await;
    let delete = stage.see_new(&thread, "Delete Fred Fabrikam in CallTower Connect").await;
    assert!(stage.world.portal().delete_in_connect(FRED));
    stage.press("olga", &delete, "Done", &[]).await;
    let last = stage.see_within(&thread, "Delete the account of Fred Fabrikam", SOON).await;
    stage.world.admin_center().delete_account(FRED);
    stage.press("olga", &last, "Done", &[]).await;
    let done = stage.see_within(&thread, GONE, SOON).await;
    assert!(done.plain().contains("The account is deleted"), "{}", done.plain());
    stage.see_new(&thread, "5 of 5 steps done").await;
    stage.see(&thread, "Deleted, reported by Olga Operator").await;
    stage.see(&thread, "Restore the account of Fred Fabrikam for the time being").await;
    stage.see(&thread, "Delete the account of Fred Fabrikam").await;
    stage.finish().await;
}

async fn an_onboarding_in_calltower_connect_is_taken_back(surface: Surface) {
    let (stage, thread) = connect(surface).await;
    stage.say("alan", &thread, "undo ONB-1").await;
    let titles = ("Take back ONB-1 for Fred Fabrikam", "Approve taking back ONB-1 for Fred Fabrikam?");
    agreed(&stage, &thread, titles, &[]).await;
    let delete = stage.see_new(&thread, "Delete Fred Fabrikam in CallTower Connect").await;
    assert!(stage.world.portal().delete_in_connect(FRED));
    stage.press("olga", &delete, "Done", &[]).await;
    stage.see_within(&thread, "ONB-1 is taken back for Fred Fabrikam", SOON).await;
    stage.see(&thread, "3 of 3 steps done").await;
    stage.see(&thread, "Deleted, reported by Olga Operator").await;
    // The number cools down, and the same person may have it again at once.
    stage.say("alan", &thread, "onboard fay@fabrikam.com number +13035550142").await;
    stage.see_new(&thread, "was taken from fred@fabrikam.com by ONB-2 and is kept from others until").await;
    stage.say("alan", &thread, "onboard fred@fabrikam.com number +13035550142").await;
    stage.see_new(&thread, "Phone line for Fred Fabrikam").await;
    stage.finish().await;
}

/// Whoever asks CallTower gets a text that is ready to be sent.
async fn a_change_in_calltower_connect_that_does_not_show_is_late_with_a_text_for_support(surface: Surface) {
    let (stage, thread) = connect(surface).await;
    let change = another_number(&stage, &thread).await;
    stage.press("olga", &change, "Done", &[]).await;
    stage.see(&thread, "Saved, reported by Olga Operator").await;
    let late = stage.see_within(&thread, "which takes longer than usual", SignedDuration::from_hours(5)).await;
    let text = "we saved the user Fred Fabrikam (fred@fabrikam.com)";
    assert!(late.plain().contains(text), "{}", late.plain());
    let stopped = stage.see_within(&thread, "Stopped: the line of Fred", SignedDuration::from_hours(21)).await;
    assert!(stopped.plain().contains("Olga Operator saved it in CallTower Connect on"), "{}", stopped.plain());
    stage.see(&thread, "2 of 4 steps done").await;
    stage.finish().await;
}
