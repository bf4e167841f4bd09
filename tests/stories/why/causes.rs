//! Each single cause by itself, and all of them at once.

use super::*;

on_both_surfaces!(each_single_cause_is_named_and_nothing_else, all_causes_are_told_at_once,);

/// What nobody documents a way to read, and what comes with a line that is not there yet.
const OF_EVERYBODY: [&str; 6] = [
    "Calling enabled",
    "Voice policies",
    "Device of the connector",
    "Disabled before at the carrier",
    "Last sync of the carrier",
    "Extension on the PBX",
];

/// Everything that is named as not met, as worth knowing or as unknown, besides what is told of everybody.
fn named(card: &Message) -> Vec<String> {
    let mut found = not_met(card);
    let worth_knowing = [NOTICE, UNKNOWN].into_iter().flat_map(|sign| signed(card, sign));
    let names = worth_knowing.flat_map(|names| names.split(", ").map(str::to_owned).collect::<Vec<_>>());
    found.extend(names.filter(|name| !OF_EVERYBODY.contains(&name.as_str())));
    found
}

async fn only(stage: &Stage, upn: &str, expected: &[&str]) -> Message {
    let thread = stage.thread();
    let card = why(stage, &thread, upn).await;
    assert_eq!(named(&card), expected, "{upn}: {}", card.plain());
    assert_eq!(stage.world.mailbox(&thread).messages().len(), 1, "{upn}");
    card
}

async fn each_single_cause_is_named_and_nothing_else(surface: Surface) {
    let stage = Stage::open_on(surface).await;
    let cases: [(&str, &[&str]); 11] = [
        ("alice", &[]),
        ("nolicence", &["Licence for calling"]),
        ("suspended", &["Licence for calling"]),
        ("disabled", &["May sign in"]),
        ("guest", &["Member, not guest", "Kind of account in Teams"]),
        ("noname", &["First name", "Last name"]),
        ("virtual", &["Virtual-user licence", "Kind of account in Teams"]),
        ("hasnumber", &["Phone number", "Voice policies"]),
        ("nogroup", &["In the sync group"]),
        ("unprovisioned", &["Set up by Teams"]),
        ("grace", &["Licence for calling"]),
    ];
    for (upn, expected) in cases {
        only(&stage, upn, expected).await;
    }
    let thread = stage.thread();
    let card = why(&stage, &thread, "suspended").await;
    for text in ["Microsoft reports Suspended", "Since 15 Jan 2026, 08:00 UTC", "An administrator of Microsoft 365"] {
        assert!(card.plain().contains(text), "{text}: {}", card.plain());
    }
    let card = why(&stage, &thread, "nobody").await;
    assert_eq!(not_met(&card), ["Account in Microsoft 365"]);
    assert!(card.plain().contains("There is no user nobody@contoso.com in Microsoft 365."), "{}", card.plain());
    for (usage_location, own_directory, expected) in
        [(None, None, "Usage location"), (Some("US".to_owned()), Some(true), "Number from an own directory")]
    {
        {
            let mut state = stage.world.state();
            let amir = state.user_mut("amir@contoso.com").unwrap();
            (amir.usage_location, amir.on_premises_sync_enabled) = (usage_location, own_directory);
        }
        only(&stage, "amir", &[expected]).await;
    }
    the_answer_rule_leaves_the_device_out(&stage).await;
    nothing_changed(&stage);
    the_carrier_has_the_old_record_and_later_the_extension_cools(&stage).await;
    stage.finish().await;
}

/// A cancelled request is what names the extension.
async fn the_answer_rule_leaves_the_device_out(stage: &Stage) {
    let thread = stage.thread();
    stage.say("alan", &thread, "onboard zoe@contoso.com ext 1002").await;
    stage.see_new(&thread, "Phone line for Zoe Zimmer").await;
    stage.say("alan", &thread, "cancel ONB-1").await;
    stage.see_new(&thread, "cancelled ONB-1").await;
    only(stage, "zoe", &[]).await;
    let rings_the_desk_alone = json!({"time-frame": "*", "enabled": "yes", "is-active": true,
        "simultaneous-ring": {"enabled": "yes", "parameters": ["1002"]}});
    stage.world.state().seed.pbx.users.get_mut("1002").unwrap().answer_rules = vec![rings_the_desk_alone];
    only(stage, "zoe", &["Answer rule"]).await;
}

/// Alice's line, given by hand, is taken away in two goes; then somebody else asks for its extension.
async fn the_carrier_has_the_old_record_and_later_the_extension_cools(stage: &Stage) {
    let thread = stage.thread();
    let shown = |number: Option<&str>| {
        stage.world.state().user_mut("alice@contoso.com").unwrap().telephone_number = number.map(str::to_owned);
    };
    shown(Some("+11000"));
    let titles = ("Take the phone line from Alice Adams", "Approve taking the phone line from Alice Adams?");
    stage.say("alan", &thread, "offboard alice@contoso.com").await;
    agreed(stage, &thread, titles, &[]).await;
    let disable = stage.see_new(&thread, "Disable calling for Alice Adams").await;
    shown(None);
    stage.press("olga", &disable, "Done", &[]).await;
    stage.see_new(&thread, "Delete Alice Adams in the carrier's portal").await;
    stage.say("alan", &thread, "cancel ONB-2").await;
    stage.see_new(&thread, "Alan Admin cancelled ONB-2").await;
    stage.see_new(&thread, "the number +11000 stays held for alice@contoso.com").await;
    let card = only(stage, "alice", &["Disabled before at the carrier"]).await;
    assert!(card.plain().contains("The line of this user was taken away by ONB-2"), "{}", card.plain());

    stage.say("alan", &thread, "offboard alice@contoso.com").await;
    agreed(stage, &thread, titles, &[]).await;
    let delete = stage.see_new(&thread, "[Done] [I can't]").await;
    stage.press("olga", &delete, "Done", &[]).await;
    stage.see_within(&thread, "The phone line of Alice Adams is gone", SignedDuration::from_mins(2)).await;
    stage.see(&thread, "4 of 4 steps done").await;
    {
        let mut state = stage.world.state();
        let user = state.seed.pbx.users.get_mut("1000").unwrap();
        (user.first, user.last, user.email) = Default::default();
    }
    stage.say("alan", &thread, "onboard good001@contoso.com ext 1000").await;
    stage.see_new(&thread, "cannot get a line yet").await;
    let card = only(stage, "good001", &["Extension or number held"]).await;
    let cools = "The extension 1000 was taken from alice@contoso.com by ONB-3 and is kept from others until ";
    assert!(card.plain().contains(cools), "{}", card.plain());
    // For Alice it is kept. What names it is a request that was turned down.
    stage.world.state().user_mut("alice@contoso.com").unwrap().account_enabled = false;
    stage.say("alan", &thread, "onboard alice@contoso.com ext 1000").await;
    stage.see_new(&thread, "cannot get a line yet").await;
    let card = why(stage, &thread, "alice").await;
    let kept = "Extension or number held: Taken away by ONB-3, kept for this user until ";
    assert!(card.plain().contains(kept), "{}", card.plain());
}

async fn all_causes_are_told_at_once(surface: Surface) {
    let stage = Stage::open_on_with(surface, Seed::default().with_all_company_as_sync_group(), |_| {}).await;
    let thread = stage.thread();
    // The refused request is what names the extension.
    stage.say("alan", &thread, "onboard brokenall@contoso.com ext 1910").await;
    stage.see_new(&thread, "cannot get a line yet").await;
    {
        let mut state = stage.world.state();
        let user = state.user_mut("brokenall@contoso.com").unwrap();
        (user.usage_location, user.on_premises_sync_enabled) = (None, Some(true));
        state.group_mut(SYNC_GROUP).unwrap().group_types.clear();
        let pbx = state.seed.pbx.users.get_mut("1910").unwrap();
        pbx.devices.insert("1910t".to_owned(), Default::default());
        let rule = json!({"time-frame": "*", "enabled": "yes", "is-active": true,
            "simultaneous-ring": {"enabled": "yes", "parameters": ["1910"]}});
        pbx.answer_rules = vec![rule];
    }
    let card = why(&stage, &thread, "brokenall").await;
    assert_eq!(
        not_met(&card),
        [
            "May sign in",
            "Last name",
            "Licence for calling",
            "Virtual-user licence",
            "Kind of account in Teams",
            "Phone number",
            "Voice policies",
            "Group of its own",
            "In the sync group",
            "Owner of the extension",
            "Device registered",
        ],
        "{}",
        card.plain()
    );
    assert_eq!(signed(&card, NOTICE), ["Usage location", "Kind of group", "Older connector", "Answer rule"]);
    assert_eq!(
        signed(&card, UNKNOWN),
        ["Number from an own directory", "Disabled before at the carrier", "Last sync of the carrier"]
    );
    assert!(card.plain().contains("11 conditions are not met."), "{}", card.plain());
    nothing_changed(&stage);
    stage.finish().await;
}
