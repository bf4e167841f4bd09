//! The cards of the carriers without a PBX.

use super::*;

pub fn direct_routing_confirm() -> Confirm {
    Confirm {
        items: vec![text("item-subject", UPN)],
        locations: vec![],
        location: None,
        numbers: vec![choice("+13035550142"), choice("+13035550143")],
        routes: vec![choice("Denver SBC"), choice("Boston SBC")],
        route: Some("Denver SBC".to_owned()),
        voicemail: String::new(),
        emergency_addresses: vec![],
        notices: vec![say("notice-number-soon")],
        warnings: vec![
            say("warn-number-held")
                .with("number", "+13035550144")
                .with("request", "ONB-7")
                .with("subject", "al@contoso.com"),
        ],
        ..confirm()
    }
}

pub fn calltower_confirm() -> Confirm {
    Confirm {
        locations: vec![choice("Denver"), choice("Salt Lake City")],
        location_is_emergency: true,
        plans: vec![choice("MS Teams Unlimited Only Voice"), choice("MS Teams Metered Voice")],
        routes: vec![],
        route: None,
        notices: vec![say("notice-portal-work"), say("notice-calls-tab")],
        ..direct_routing_confirm()
    }
}

pub fn connect() -> Guided {
    let told = |id: &str| say(id).with("subject", ALICE).with("location", "Denver");
    let by_hand = ByHand {
        title: say("guided-by-hand"),
        instructions: ["guided-by-hand-open", "guided-by-hand-fill", "guided-by-hand-password", "guided-by-hand-save"]
            .map(say)
            .into(),
        items: vec![
            text("item-field-domain", "contoso.com"),
            text("item-field-location", "Denver"),
            text("item-field-first-name", "Alice"),
            text("item-field-last-name", "Example"),
            text("item-field-user-name", "alice"),
            text("item-field-display-name", ALICE),
            said("item-field-user-type", "value-calltower-user"),
            said("item-field-user-role", "value-role-user"),
            said("item-field-cell-phone", "value-leave-blank"),
            said("item-field-welcome-email", "value-switched-off"),
            said("item-field-password", "value-own-password"),
            text("item-field-user-services", "MS Teams Metered Voice"),
            text("item-field-did", "+13035550142"),
        ],
    };
    Guided {
        title: told("guided-title-connect-user"),
        instructions: [
            "guided-connect-sign-in",
            "guided-connect-sync-online",
            "guided-connect-sync-365",
            "guided-connect-location",
        ]
        .map(told)
        .into(),
        items: vec![text("item-subject", UPN), text("item-name", ALICE), text("item-emergency-location", "Denver")],
        link: Some((say("guided-link-connect"), "https://connect.calltower.com".to_owned())),
        by_hand: Some(by_hand),
        ..guided()
    }
}

pub fn reported() -> Guided {
    let closed = say("closed-guided-reported").with("by", "Olga Operator").with("number", "+13035550142");
    Guided { closed: Some(closed), ..connect() }
}
