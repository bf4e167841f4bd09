//! The situations of the cards that answer `why` and `number`.

use onboard_bot::domain::{Fixer, Mend, Sentence};
use onboard_bot::view::*;

use super::views::{ALICE, UPN, at, say};

/// All of them by the name of their sample.
pub fn all() -> Vec<(&'static str, View)> {
    vec![
        ("why", View::Why(why())),
        ("why.good", View::Why(Inquiry { findings: why_good(), mends: vec![], ..why() })),
        ("why.silent", View::Why(Inquiry { findings: why_silent(), ..why() })),
        ("why.longest", View::Why(longest_why())),
        ("number", View::Number(number())),
        ("number.several", View::Number(several_numbers())),
    ]
}

fn why_good() -> Vec<Finding> {
    let value = |text: &str| say("fine-value").with("value", text);
    let sync = say("fine-own-sync").with("request", "ONB-42").with("at", shown_time(at(5)));
    vec![
        Finding::met("condition-account", say("fine-account").with("name", ALICE)),
        Finding::met("condition-sign-in", say("fine-sign-in")),
        Finding::met("condition-first-name", say("fine-filled")),
        Finding::met("condition-licence", say("fine-licence")).since(Some(at(-300_000))),
        Finding::met("condition-virtual-user", say("fine-none")),
        Finding::met("condition-usage-location", value("US")),
        Finding::met("condition-number", say("fine-number-ours").with("number", "+11000").with("request", "ONB-42")),
        Finding::met("condition-policies", value("OnlineVoiceRoutingPolicy: US West")),
        Finding::met("condition-group", value("Teammate Sync")),
        Finding::met("condition-membership", say("fine-membership").with("group", "Teammate Sync")),
        Finding::met("condition-last-sync", sync),
        Finding::met("condition-extension", say("fine-extension").with("extension", "1000").with("owner", ALICE)),
        Finding::met("condition-device", value("1000tm")),
        Finding::met("condition-registered", say("fine-registered")),
        Finding::met("condition-held", say("fine-held").with("request", "ONB-42")).since(Some(at(0))),
    ]
}

fn why() -> Inquiry {
    let group = |id: &str| say(id).with("group", "Teammate Sync");
    let device = |id: &str| say(id).with("device", "1000tm").with("extension", "1000");
    let sync = say("unsure-last-sync").with("request", "ONB-40").with("at", shown_time(at(-400)));
    let state = Finding {
        condition: say("condition-request").with("request", "ONB-41"),
        ..Finding::notice("condition-under-way", say("state-confirming")).since(Some(at(-30)))
    };
    let mut findings = vec![
        Finding::broken(
            "condition-licence",
            say("cond-phone-system-unusable").with("status", "Suspended"),
            Fixer::MicrosoftAdmin,
        )
        .since(Some(at(-9000))),
        Finding::broken("condition-membership", group("cond-not-in-sync-group"), Fixer::MicrosoftAdmin),
        Finding::broken("condition-calling", say("cond-calling-off"), Fixer::PortalOperator),
        Finding::advice("condition-answer-rule", device("look-answer-rule"), Fixer::PbxAdmin),
        state,
        Finding::unknown("condition-disabled-before", say("unsure-disabled-before"), Some(Fixer::PortalOperator)),
        Finding::unknown("condition-last-sync", sync, Some(Fixer::PortalOperator)),
    ];
    let met = ["condition-account", "condition-sign-in", "condition-first-name", "condition-group", "condition-device"];
    findings.extend(why_good().into_iter().filter(|good| met.contains(&good.condition.id.as_str())));
    Inquiry {
        subject_name: ALICE.to_owned(),
        subject: UPN.to_owned(),
        findings,
        mends: Mend::ALL.to_vec(),
        read_at: at(50),
    }
}

fn why_silent() -> Vec<Finding> {
    let down = say("unsure-down").with("system", "NetSapiens").with("since", shown_time(at(0)));
    let denied = say("unsure-permission").with("permission", "TeamsUserConfiguration.Read.All");
    let denied = denied.with("system", "Microsoft Graph");
    let pbx = ["condition-extension", "condition-extension-owner", "condition-device", "condition-answer-rule"];
    let voice = ["condition-set-up", "condition-number", "condition-calling", "condition-policies"];
    let mut findings: Vec<Finding> = pbx.map(|name| Finding::unknown(name, down.clone(), None)).into();
    findings.extend(voice.map(|name| Finding::unknown(name, denied.clone(), Some(Fixer::BotOperator))));
    findings.extend(why_good().into_iter().take(6));
    findings
}

fn longest_why() -> Inquiry {
    let long = |text: &str| text.repeat(120 / text.len());
    let with = |id: &str| {
        let sentence = say(id).with("group", long("Group-")).with("device", long("1000tm")).with("extension", "100000");
        sentence.with("upn", long("alice")).with("status", long("Suspended ")).with("owner", long("Maximiliane "))
    };
    let broken = |n: usize| {
        Finding::broken("condition-membership", with("cond-not-in-sync-group"), Fixer::PortalOperator)
            .since(Some(at(n as i64)))
    };
    let mut findings: Vec<Finding> = (0..20).map(broken).collect();
    findings
        .extend((0..10).map(|_| Finding::advice("condition-answer-rule", with("look-answer-rule"), Fixer::PbxAdmin)));
    findings.extend((0..10).map(|n| {
        Finding::unknown("condition-extension", with("unsure-extension").with("upn", n), Some(Fixer::Requester))
    }));
    findings.extend((0..34).map(|_| Finding::met("condition-extension", with("fine-extension"))));
    Inquiry {
        subject_name: long("Maximiliane "),
        subject: format!("{}@{}.example.com", "a".repeat(64), "b".repeat(36)),
        findings,
        mends: vec![],
        read_at: at(50),
    }
}

fn holder(place: &str, holding: Holding, found: Sentence) -> Holder {
    Holder { place: say(place), holding, found, since: None, fix: None, who: None }
}

fn number() -> NumberCard {
    let line = |id: &str| say(id).with("line", "+11000").with("kind", "directRouting");
    let alice = line("holder-microsoft-user").with("name", ALICE).with("upn", UPN);
    let request = say("holder-request").with("request", "ONB-42").with("subject", UPN);
    let holders = vec![
        holder("place-microsoft", Holding::Held, alice),
        holder("place-pbx", Holding::Held, say("holder-pbx-user").with("extension", "1000").with("name", ALICE)),
        holder("place-pbx-device", Holding::Held, say("holder-device-registered").with("device", "1000tm")),
        Holder { since: Some(at(3)), ..holder("place-requests", Holding::Held, request) },
    ];
    let only = Holders { customer: "Contoso".to_owned(), verdict: say("number-held"), holders };
    NumberCard { number: "1000".to_owned(), customers: vec![only], read_at: at(50) }
}

fn several_numbers() -> NumberCard {
    let denied = say("unsure-permission").with("permission", "TeamsTelephoneNumber.Read.All");
    let denied = denied.with("system", "Microsoft Graph");
    let fix = Some(denied.twin("-fix"));
    let denied = Holder { fix, who: Some(Fixer::BotOperator), ..holder("place-microsoft", Holding::Unknown, denied) };
    let unlisted =
        say("holder-microsoft-unlisted").with("line", "+11000").with("id", "99999999-9999-9999-9999-999999999999");
    let unlisted = Holder {
        fix: Some(say("holder-microsoft-unlisted-fix")),
        who: Some(Fixer::MicrosoftAdmin),
        ..holder("place-microsoft", Holding::Held, unlisted)
    };
    let free = || {
        vec![
            holder("place-pbx", Holding::Free, say("holder-pbx-none").with("extension", "1000")),
            holder("place-requests", Holding::Free, say("holder-request-none")),
        ]
    };
    let of = |customer: &str, verdict: &str, first: Holder| Holders {
        customer: customer.to_owned(),
        verdict: say(verdict),
        holders: std::iter::once(first).chain(free()).collect(),
    };
    let customers = vec![of("Contoso", "number-unsure", denied), of("Fabrikam *Ltd*", "number-held", unlisted)];
    NumberCard { customers, ..number() }
}
