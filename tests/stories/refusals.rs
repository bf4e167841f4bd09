//! Conditions that are not met: all of them at once, each with its fix and who can do it, and nothing is changed.

use onboard_bot::world::{EffectKind, Message, Seed};

use crate::scenes::{CHOICES, approved, nothing_changed, works};
use crate::stage::Stage;

/// What is wrong, in the order of the card. Each must come with a fix and with who can do it.
fn conditions(card: &Message) -> Vec<String> {
    let text = card.plain();
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(what) = line.strip_prefix("✖ ") else { continue };
        assert!(lines[index + 1].ends_with('.'), "no fix: {text}");
        assert!(lines[index + 2].starts_with("Who can do it: "), "nobody to do it: {text}");
        found.push(what.to_owned());
    }
    found
}

const REFUSED: [(&str, &[&str]); 14] = [
    ("nolicence@contoso.com ext 1101", &["The user has no licence for calling."]),
    ("disabled@contoso.com ext 1102", &["The account is disabled in Microsoft 365."]),
    ("guest@contoso.com ext 1103", &["The account is a guest, and guests cannot have a phone line."]),
    (
        "noname@contoso.com ext 1104",
        &["The user has no first name in Microsoft 365.", "The user has no last name in Microsoft 365."],
    ),
    ("virtual@contoso.com ext 1105", &["The user has a licence for virtual users, which people cannot call with."]),
    ("hasnumber@contoso.com ext 1106", &["The user already has the number +13035550199."]),
    (
        "nogroup@contoso.com ext 1107",
        &["The user is not in the group Teammate Sync, so the carrier will not see them."],
    ),
    (
        "suspended@contoso.com ext 1108",
        &["The Phone System plan of the user cannot be used: Microsoft reports Suspended."],
    ),
    ("nobody@contoso.com ext 1000", &["There is no user nobody@contoso.com in Microsoft 365."]),
    ("alice@contoso.com ext 1999", &["There is no extension 1999 on the PBX."]),
    ("alice@contoso.com ext 1920", &["The extension 1920 belongs to the PBX itself, not to a person."]),
    ("alice@contoso.com ext 1900", &["The extension 1900 is already linked to Bob Brown."]),
    ("nina@contoso.com ext 1910", &["The device 1910tm is in use by somebody already."]),
    (
        "brokenall@contoso.com ext 1900 location Mars route Moon",
        &[
            "The account is disabled in Microsoft 365.",
            "The user has no last name in Microsoft 365.",
            "The user has a licence for virtual users, which people cannot call with.",
            "The user already has the number +13035550198.",
            "The user is not in the group Teammate Sync, so the carrier will not see them.",
            "The extension 1900 is already linked to Bob Brown.",
            "There is no PBX location Mars.",
            "There is no voice route Moon.",
        ],
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_condition_is_named_with_its_fix_and_nothing_is_changed() {
    let stage = Stage::open().await;
    for (ask, expected) in REFUSED {
        let thread = stage.world.channel_thread();
        stage.say("alan", &thread, &format!("onboard {ask}")).await;
        let card = stage.see_new(&thread, "cannot get a line yet").await;
        assert_eq!(conditions(&card), expected, "{ask}");
        let counted = match expected.len() {
            1 => "One condition is not met. Nothing has been changed.".to_owned(),
            more => format!("{more} conditions are not met. Nothing has been changed."),
        };
        assert!(card.plain().contains(&counted), "{}", card.plain());
        assert_eq!(stage.world.mailbox(&thread).messages().len(), 1, "{ask}");
    }
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_group_of_the_whole_company_is_no_sync_group() {
    let stage = Stage::open_with(Seed::default().with_all_company_as_sync_group(), |_| {}).await;
    let thread = stage.world.channel_thread();
    stage.say("alan", &thread, "onboard alice@contoso.com ext 1000").await;
    let card = stage.see_new(&thread, "cannot get a line yet").await;
    let expected = "The sync uses All Company, the group of the whole company, which does not work with the carrier.";
    assert_eq!(conditions(&card), [expected]);
    assert!(card.plain().contains("Who can do it: An administrator of Microsoft 365"), "{}", card.plain());
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_deserves_a_second_look_stops_nobody() {
    let stage = Stage::open().await;
    let asks = [
        ("grace@contoso.com ext 1109", "is in its grace period"),
        ("unprovisioned@contoso.com ext 1111", "Disabled before: Cannot be seen from here"),
        ("omar@contoso.com ext 1930", "Phone line for Omar Ortiz"),
    ];
    for (ask, expected) in asks {
        let thread = stage.world.channel_thread();
        stage.say("alan", &thread, &format!("onboard {ask}")).await;
        let card = stage.see_new(&thread, expected).await;
        assert!(card.plain().contains("[Request approval]"), "{}", card.plain());
    }
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extension_that_another_request_holds_is_refused_while_reading() {
    let stage = Stage::open().await;
    let (first, second) = (stage.world.channel_thread(), stage.world.channel_thread());
    stage.world.state().seed.pbx.users.get_mut("1001").unwrap().email.clear();
    stage.say("alan", &first, "onboard amir@contoso.com ext 1001").await;
    let confirm = stage.see_new(&first, "Phone line for Amir Aziz").await;
    stage.press("alan", &confirm, "Request approval", &CHOICES).await;
    stage.see_new(&first, "Sent for approval").await;
    stage.see_new(&first, "Approve a phone line for Amir Aziz?").await;
    {
        let mut state = stage.world.state();
        let user = state.seed.pbx.users.get_mut("1001").unwrap();
        (user.first, user.last) = (String::new(), String::new());
    }
    stage.say("ann", &second, "onboard zoe@contoso.com ext 1001").await;
    let card = stage.see_new(&second, "cannot get a line yet").await;
    assert_eq!(conditions(&card), ["The extension 1001 is held by ONB-1 for amir@contoso.com."]);
    assert!(card.plain().contains("If ONB-1 is still open and no longer wanted, cancel it first."), "{}", card.plain());
    // Once it is free again, the same command goes through.
    stage.say("alan", &first, "cancel ONB-1").await;
    stage.see_new(&first, "Cancelled by Alan Admin").await;
    stage.see_new(&first, "Alan Admin cancelled ONB-1 for amir@contoso.com").await;
    stage.say("ann", &second, "onboard zoe@contoso.com ext 1001").await;
    stage.see_new(&second, "Phone line for Zoe Zimmer").await;
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_want_one_extension_the_second_is_refused_when_sending() {
    let stage = Stage::open().await;
    {
        let mut state = stage.world.state();
        let user = state.seed.pbx.users.get_mut("1001").unwrap();
        (user.first, user.last, user.email) = Default::default();
    }
    let (first, second) = (stage.world.channel_thread(), stage.world.channel_thread());
    stage.say("alan", &first, "onboard amir@contoso.com ext 1001").await;
    let for_amir = stage.see_new(&first, "Phone line for Amir Aziz").await;
    stage.say("ann", &second, "onboard zoe@contoso.com ext 1001").await;
    let for_zoe = stage.see_new(&second, "Phone line for Zoe Zimmer").await;
    let told = stage.press("alan", &for_amir, "Request approval", &CHOICES).await;
    assert!(told.contains("sent for approval"), "{told}");
    let told = stage.press("ann", &for_zoe, "Request approval", &CHOICES).await;
    assert!(told.contains("The extension 1001 was taken meanwhile by ONB-1 for amir@contoso.com"), "{told}");
    stage.see_new(&first, "Sent for approval").await;
    stage.see_new(&first, "Approve a phone line for Amir Aziz?").await;
    assert_eq!(stage.count(&second, "Approve a phone line").await, 0);
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_subject_twice_is_refused_with_the_request_that_is_open() {
    let stage = Stage::open().await;
    let (first, second) = (stage.world.channel_thread(), stage.world.channel_thread());
    stage.say("alan", &first, "onboard alice@contoso.com ext 1000").await;
    stage.see_new(&first, "Phone line for Alice Adams").await;
    stage.say("ann", &second, "onboard ALICE@contoso.com ext 1000").await;
    let card = stage.see_new(&second, "cannot get a line yet").await;
    assert_eq!(conditions(&card), ["ONB-1 about alice@contoso.com is not finished."]);
    assert!(card.plain().contains("type “cancel ONB-1”"), "{}", card.plain());
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_without_the_right_and_companies_without_a_customer_are_refused() {
    let stage = Stage::open().await;
    let cases = [
        ("steve", "onboard alice@contoso.com ext 1000", "You may not use this bot for that company"),
        ("carol", "onboard alice@contoso.com ext 1000", "You may not ask for phone lines here"),
        ("olga", "onboard alice@contoso.com ext 1000", "You may not ask for phone lines here"),
        ("alan", "onboard alice@fabrikam.com ext 1000", "I do not look after fabrikam.com"),
        ("alan", "onboard alice@contoso.com ext 1000 on tomorrow", "I understand “on”, but cannot do it yet"),
        ("alan", "onboard alice@contoso.com ext 1000 profile desk", "I understand “profile”, but cannot do it yet"),
    ];
    for (who, text, expected) in cases {
        let thread = stage.world.channel_thread();
        stage.say(who, &thread, text).await;
        stage.see_new(&thread, expected).await;
        assert_eq!(stage.world.mailbox(&thread).messages().len(), 1, "{text}");
    }
    nothing_changed(&stage);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_line_of_a_finished_request_stays_with_its_owner() {
    let stage = Stage::open().await;
    let (first, second) = (stage.world.channel_thread(), stage.world.channel_thread());
    approved(&stage, &first).await;
    works(&stage, &first).await;
    stage.say("ann", &second, "onboard zoe@contoso.com ext 1000").await;
    let card = stage.see_new(&second, "cannot get a line yet").await;
    let expected = [
        "The extension 1000 is already linked to Alice Adams.",
        "The device 1000tm is in use by somebody already.",
        "The extension 1000 is held by ONB-1 for alice@contoso.com.",
    ];
    assert_eq!(conditions(&card), expected);
    stage.say("ann", &second, "onboard alice@contoso.com ext 1000").await;
    let card = stage.see_new(&second, "ONB-3").await;
    assert_eq!(conditions(&card), ["The user already has the number +11000."]);
    assert_eq!(stage.world.effects(EffectKind::UserConfigured).len(), 1);
    stage.finish().await;
}
