//! Changing a line: the same flow, only the steps that it needs, and a warning that it interrupts calls.

use jiff::SignedDuration;
use onboard_bot::world::{EffectKind, PbxUser, Seed};

use crate::offboarding::{agreed, alice_has_a_line};
use crate::scenes::{approved, works};
use crate::stage::Stage;
use crate::stage::surface::{Surface, on_both_surfaces};

on_both_surfaces!(
    another_voice_route_and_voicemail_with_a_warning_and_a_proof,
    where_a_human_syncs_they_are_asked_to_although_the_number_is_there,
    another_extension_makes_its_device_and_removes_the_old_one_that_we_made,
    what_would_change_nothing_and_what_is_not_ours_is_refused,
);

const CHANGE: (&str, &str) =
    ("Change the phone line of Alice Adams", "Approve changing the phone line of Alice Adams?");
const CHANGED: &str = "The line of Alice Adams is changed and works";
const SAVED: &str = "The change for Alice Adams is saved, and the line works";

async fn another_voice_route_and_voicemail_with_a_warning_and_a_proof(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    alice_has_a_line(&stage).await;
    let thread = stage.thread();
    stage.say("alan", &thread, "change alice@contoso.com route \"US East 2\" voicemail teams").await;
    let confirm = stage.see(&thread, CHANGE.0).await;
    for text in ["Voice route: US West", "not reached for about 10 minutes"] {
        assert!(confirm.plain().contains(text), "{text}: {}", confirm.plain());
    }
    let told = stage.press("alan", &confirm, "Request approval", &[("emergency_address", "a-denver-hq")]).await;
    assert!(told.contains("ONB-2 was sent for approval"), "{told}");
    stage.see_new(&thread, "Sent for approval by Alan Admin").await;
    let approval = stage.see_new(&thread, CHANGE.1).await;
    for text in [
        "Voice route: US East 2 (now US West)",
        "Voicemail: Teams voicemail (now PBX voicemail)",
        "Extension: 1000",
        "not reached for about 10 minutes",
    ] {
        assert!(approval.plain().contains(text), "{text}: {}", approval.plain());
    }
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    // The number was there before, so the carrier's own sync gets its time, and what nobody can read back is no proof.
    stage.see_within(&thread, "I give it some minutes", SignedDuration::from_mins(1)).await;
    let done = stage.see_within(&thread, SAVED, SignedDuration::from_mins(4)).await;
    let text = "Saved at the carrier. Neither Microsoft nor the PBX shows these values";
    assert!(done.plain().contains(text), "{}", done.plain());
    stage.see(&thread, "5 of 5 steps done").await;
    assert_eq!(stage.world.effects(EffectKind::UserConfigured).len(), 2);
    assert_eq!(stage.world.effects(EffectKind::DeviceCreated).len(), 1);
    let body = stage.world.state().links["alice@contoso.com"].body.clone();
    assert_eq!(body["useTeamsVoicemail"], true, "{body}");

    // And back again.
    stage.say("alan", &thread, "undo ONB-2").await;
    let titles = ("Take back ONB-2 for Alice Adams", "Voice route: US West (now US East 2)");
    agreed(&stage, &thread, titles, &[]).await;
    stage.see_within(&thread, "ONB-2 is taken back for Alice Adams", SignedDuration::from_mins(3)).await;
    stage.see_new(&thread, "5 of 5 steps done").await;
    let body = stage.world.state().links["alice@contoso.com"].body.clone();
    assert_eq!(body["useTeamsVoicemail"], false, "{body}");
    stage.finish().await;
}

async fn where_a_human_syncs_they_are_asked_to_although_the_number_is_there(surface: Surface) {
    let stage =
        Stage::open_on_with(surface, Seed::default(), |settings| settings.service_provider_consent = false).await;
    stage.world.turn(|knobs| (knobs.consent, knobs.auto_sync) = (false, false));
    let thread = stage.thread();
    approved(&stage, &thread).await;
    let sync = stage.see_new(&thread, "Sync the Teams users for Alice Adams").await;
    stage.world.portal().sync_teams_users();
    stage.press("olga", &sync, "Done", &[]).await;
    let enable = stage.see_within(&thread, "Enable calling for Alice Adams", SignedDuration::from_mins(5)).await;
    assert!(stage.world.portal().enable_calling("alice@contoso.com"));
    stage.press("olga", &enable, "Done", &[]).await;
    works(&stage, &thread).await;
    let route = || stage.world.state().phone("alice@contoso.com", onboard_bot::clock::Clock::now(&stage.clock)).policy;
    stage.say("alan", &thread, "change alice@contoso.com route \"US East 2\"").await;
    agreed(&stage, &thread, CHANGE, &[("emergency_address", "a-denver-hq")]).await;
    let sync = stage.see_new(&thread, "[Done] [I can't]").await;
    assert!(sync.plain().contains("Sync the Teams users for Alice Adams"), "{}", sync.plain());
    assert_eq!(stage.count(&thread, SAVED).await, 0, "it is not taken for done because the number is there");
    assert_eq!(route().as_deref(), Some("US West"));
    stage.world.portal().sync_teams_users();
    let told = stage.press("olga", &sync, "Done", &[]).await;
    assert!(told.contains("Nobody can read it back, so your word counts"), "{told}");
    assert_eq!(route().as_deref(), Some("US East 2"));
    let done = stage.see_within(&thread, SAVED, SignedDuration::from_mins(3)).await;
    assert!(done.plain().contains("Olga Operator on"), "who said so: {}", done.plain());
    stage.see(&thread, "Done, reported by Olga Operator. Nobody can read it back here.").await;
    stage.see(&thread, "5 of 5 steps done").await;
    stage.finish().await;
}

async fn another_extension_makes_its_device_and_removes_the_old_one_that_we_made(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    alice_has_a_line(&stage).await;
    {
        let mut state = stage.world.state();
        let users = &mut state.seed.pbx.users;
        let second = PbxUser { devices: Default::default(), ..users["1000"].clone() };
        users.insert("1003".to_owned(), second);
    }
    let thread = stage.thread();
    stage.say("alan", &thread, "change alice@contoso.com ext 1003").await;
    agreed(&stage, &thread, CHANGE, &[("emergency_address", "a-denver-hq")]).await;
    stage.see_within(&thread, CHANGED, SignedDuration::from_mins(3)).await;
    stage.see(&thread, "8 of 8 steps done").await;
    assert_eq!(stage.world.effects(EffectKind::DeviceCreated), ["1000tm", "1003tm"]);
    assert_eq!(stage.world.effects(EffectKind::DeviceDeleted), ["1000tm"]);
    // The old extension cools down for others.
    stage.say("alan", &thread, "number 1000").await;
    stage.see_new(&thread, "took it from alice@contoso.com; it is kept from others until").await;
    stage.finish().await;
}

async fn what_would_change_nothing_and_what_is_not_ours_is_refused(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    alice_has_a_line(&stage).await;
    let thread = stage.thread();
    stage.say("alan", &thread, "change alice@contoso.com route \"US West\"").await;
    let confirm = stage.see_new(&thread, CHANGE.0).await;
    let same = &[("location", "PBX"), ("route", "US West"), ("voicemail", "pbx"), ("emergency_address", "a-denver-hq")];
    let told = stage.press_raw("alan", &confirm, "Request approval", same).await;
    assert!(told.contains("nothing of that would change"), "{told}");
    stage.press("alan", &confirm, "Cancel", &[]).await;
    stage.see_new(&thread, "Alan Admin cancelled ONB-2").await;
    for (who, why) in [
        ("hasnumber", "I did not give hasnumber@contoso.com their line"),
        ("carol", "carol@contoso.com has no line that could be changed"),
        ("nobody", "There is no user nobody@contoso.com in Microsoft 365"),
    ] {
        stage.say("alan", &thread, &format!("change {who}@contoso.com route \"US West\"")).await;
        let card = stage.see_new(&thread, &format!("The line of {who}@contoso.com cannot be changed")).await;
        assert!(card.plain().contains(why), "{}", card.plain());
    }
    stage.world.portal().disable_user("alice@contoso.com");
    stage.say("alan", &thread, "change alice@contoso.com voicemail teams").await;
    let card = stage.see_new(&thread, "The line of alice@contoso.com cannot be changed").await;
    assert!(card.plain().contains("+11000 was expected"), "{}", card.plain());
    stage.finish().await;
}
