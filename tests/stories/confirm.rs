//! The confirm card: what is chosen, by whom, and what a client cannot be trusted with.

use onboard_bot::world::{EffectKind, InvokeAnswer, Seed};

use crate::scenes::{CHOICES, approval_card, confirm_card, facts, nothing_changed, works};
use crate::stage::Stage;

fn chosen<'a>(card: &'a serde_json::Value, id: &str) -> &'a serde_json::Value {
    let inputs = card["body"].as_array().unwrap().iter().flat_map(|e| e["items"].as_array().into_iter().flatten());
    inputs.into_iter().find(|input| input["id"] == id).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_preset_except_where_help_is_sent() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let confirm = confirm_card(&stage, &thread).await;
    let card = confirm.card.as_ref().unwrap();
    assert_eq!(chosen(card, "location")["value"], "PBX");
    assert_eq!(chosen(card, "route")["value"], "US East 2");
    assert_eq!(chosen(card, "voicemail")["value"], "pbx");
    let address = chosen(card, "emergency_address");
    assert!(address.get("value").is_none_or(|v| v.as_str().is_none_or(str::is_empty)), "{address}");
    assert_eq!(address["isRequired"], true);
    for text in ["1000tm", "+11000", "Transparent", "The user's caller ID", "call queues can misroute"] {
        assert!(confirm.plain().contains(text), "{text}: {}", confirm.plain());
    }

    // The client itself refuses an empty address …
    let refused = stage.world.person("alan").press(&confirm, "Request approval", &[("route", "US West")]).await;
    assert_eq!(refused, InvokeAnswer::Refused(vec!["Choose where emergency services are to go.".to_owned()]));
    // … and one that does not, or sends what nobody offered, is refused by the bot.
    let forged: [(&[(&str, &str)], &str); 8] = [
        (&[("route", "US West")], "Emergency address: nothing is chosen"),
        (&[("route", "US West"), ("emergency_address", "   ")], "Emergency address: nothing is chosen"),
        (&[("emergency_address", "a-denver-hq")], "Voice route: nothing is chosen"),
        (&[("route", "US West"), ("emergency_address", "a-paris")], "Emergency address: that choice is not offered"),
        (&[("route", "Mars"), ("emergency_address", "a-denver-hq")], "Voice route: that choice is not offered"),
        (
            &[("route", "US West"), ("emergency_address", "a-denver-hq"), ("location", "Elsewhere")],
            "PBX location: that choice is not offered",
        ),
        (
            &[("route", "US West"), ("emergency_address", "a-denver-hq"), ("voicemail", "both")],
            "Voicemail: that choice is not offered",
        ),
        (&[("route", "${route}"), ("emergency_address", "'; DROP TABLE holds; --")], "is not offered"),
    ];
    for (inputs, expected) in forged {
        let told = stage.world.person("alan").press_raw(&confirm, "Request approval", inputs).await.text();
        assert!(told.contains(expected), "{inputs:?}: {told}");
    }
    assert_eq!(stage.count(&thread, "ONB-1").await, 1, "nothing follows");
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_requester_sends_and_only_once() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let confirm = confirm_card(&stage, &thread).await;
    for (who, expected) in [
        ("bob", "Only Alan Admin can choose and send ONB-1"),
        ("ann", "Only Alan Admin can choose and send ONB-1"),
        ("steve", "You have no role in this"),
    ] {
        let told = stage.press(who, &confirm, "Request approval", &CHOICES).await;
        assert!(told.contains(expected), "{who}: {told}");
    }
    let told = stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    assert!(told.contains("ONB-1 was sent for approval"), "{told}");
    let again = stage.world.person("alan").press_raw(&confirm, "Request approval", &CHOICES).await.text();
    assert!(again.contains("ONB-1 is waiting for approval"), "{again}");
    stage.see_new(&thread, "Sent for approval by Alan Admin").await;
    let approval = stage.see_new(&thread, "Approve a phone line for Alice Adams?").await;
    assert_eq!(stage.count(&thread, "Approve a phone line").await, 1);
    // A card that shows an older state stops nothing; whoever means it as it is now types it.
    let told = stage.world.person("alan").press_raw(&confirm, "Cancel", &[]).await.text();
    assert!(told.contains("This card of ONB-1 is out of date"), "{told}");
    stage.say("alan", &thread, "cancel ONB-1").await;
    stage.see_new(&thread, "Alan Admin cancelled ONB-1 for alice@contoso.com. Nothing was changed outside.").await;
    stage.see_new(&thread, "Cancelled by Alan Admin").await;
    let late = stage.world.person("bob").press_raw(&approval, "Approve", &[]).await.text();
    assert!(late.contains("ONB-1 was cancelled by Alan Admin already"), "{late}");
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirm_card_can_be_cancelled() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let confirm = confirm_card(&stage, &thread).await;
    // Cancel asks for nothing: the empty emergency address is not in the way.
    let told = stage.press("alan", &confirm, "Cancel", &[]).await;
    assert!(told.contains("You cancelled ONB-1"), "{told}");
    let card = stage.see_new(&thread, "Cancelled by Alan Admin. Nothing more will be changed.").await;
    assert!(!card.plain().contains("[Request approval]"), "{}", card.plain());
    stage.see_new(&thread, "Alan Admin cancelled ONB-1").await;
    let late = stage.world.person("alan").press_raw(&confirm, "Request approval", &CHOICES).await.text();
    assert!(late.contains("ONB-1 was cancelled by Alan Admin already. Nothing was changed."), "{late}");
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_command_names_is_preselected_and_the_reason_reaches_the_approvers() {
    let seed = Seed { pbx_locations: vec!["4711".to_owned(), "4712".to_owned()], ..Seed::default() };
    let stage = Stage::open_with(seed, |_| {}).await;
    let thread = stage.world.channel_thread();
    let command = "onboard alice@contoso.com location \"pbx 2\" route us-west ext 1000 reason Starts on *Monday* <b>";
    stage.say("alan", &thread, command).await;
    let confirm = stage.see_new(&thread, "Phone line for Alice Adams").await;
    let card = confirm.card.as_ref().unwrap();
    assert_eq!(chosen(card, "location")["value"], "PBX 2");
    assert_eq!(chosen(card, "route")["value"], "US West");
    let inputs = [("emergency_address", "Boulder office (+13035550101)"), ("voicemail", "teams")];
    let told = stage.press("alan", &confirm, "Request approval", &inputs).await;
    assert!(told.contains("sent for approval"), "{told}");
    stage.see_new(&thread, "Sent for approval").await;
    let approval = stage.see_new(&thread, "Approve a phone line for Alice Adams?").await;
    let facts = facts(&approval);
    let fact = |name: &str| facts.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    assert_eq!(fact("Asked by"), Some("Alan Admin"));
    assert!(fact("Reason").unwrap().contains("Monday"), "{facts:?}");
    assert_eq!(fact("PBX location"), Some("PBX 2"));
    assert_eq!(fact("Voice route"), Some("US West"));
    assert_eq!(fact("Emergency address"), Some("Boulder office (+13035550101)"));
    assert_eq!(fact("Voicemail"), Some("Teams voicemail"));
    assert_eq!(fact("Device on the PBX"), Some("1000tm"));
    assert_eq!(fact("Number in Teams"), Some("+11000"));
    assert!(approval.plain().contains("the PBX mailbox is no longer reached"), "{}", approval.plain());
    stage.press("bob", &approval, "Approve", &[]).await;
    stage.see_new(&thread, "Approved by Bob Brown").await;
    works(&stage, &thread).await;
    let link = stage.world.state().links["alice@contoso.com"].clone();
    assert_eq!(link.body["useTeamsVoicemail"], true);
    assert_eq!((link.body["pbxLocation"].as_str(), link.gateway), (Some("4712"), 806));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_two_locations_somebody_has_to_choose() {
    let seed = Seed { pbx_locations: vec!["4711".to_owned(), "4712".to_owned()], ..Seed::default() };
    let stage = Stage::open_with(seed, |_| {}).await;
    let thread = stage.world.channel_thread();
    let confirm = confirm_card(&stage, &thread).await;
    assert!(chosen(confirm.card.as_ref().unwrap(), "location").get("value").is_none());
    let refused = stage.world.person("alan").press(&confirm, "Request approval", &CHOICES).await;
    assert_eq!(refused, InvokeAnswer::Refused(vec!["Choose the PBX location.".to_owned()]));
    let told = stage.world.person("alan").press_raw(&confirm, "Request approval", &CHOICES).await.text();
    assert!(told.contains("PBX location: nothing is chosen"), "{told}");
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_names_no_version_or_another_one_changes_nothing() {
    let stage = Stage::open().await;
    let thread = stage.world.channel_thread();
    let approval = approval_card(&stage, &thread).await;
    let mut forged = approval.clone();
    for (version, title) in [(serde_json::Value::Null, "Approve"), (999.into(), "Approve"), ("1".into(), "Reject")] {
        for action in forged.card.as_mut().unwrap()["actions"].as_array_mut().unwrap() {
            action["data"]["version"] = version.clone();
        }
        let told = stage.world.person("bob").press_raw(&forged, title, &[("reason", "no")]).await.text();
        assert!(told.contains("This card of ONB-1 is out of date"), "{version}: {told}");
    }
    for request in ["ONB-7", "nonsense"] {
        for action in forged.card.as_mut().unwrap()["actions"].as_array_mut().unwrap() {
            action["data"]["request"] = request.into();
        }
        let told = stage.world.person("bob").press_raw(&forged, "Approve", &[]).await.text();
        assert!(told.contains("I know no such request that you may see"), "{request}: {told}");
    }
    assert!(stage.world.effects(EffectKind::UserConfigured).is_empty());
    nothing_changed(&stage);
    stage.finish().await;
}
