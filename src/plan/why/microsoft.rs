//! What Microsoft 365 and Teams have to say.

use super::{Account, Evidence, Group, SyncGroup, Told, Untold, Voice, carrier_fixer, untold};
use crate::config::Carrier;
use crate::domain::{Fixer, Sentence, same_number};
use crate::plan::PhoneSystem;
use crate::plan::why::Standing;
use crate::view::Finding;

/// Conditions of an account, as long as the directory does not tell.
const OF_ACCOUNT: [&str; 10] = [
    "condition-account",
    "condition-sign-in",
    "condition-member",
    "condition-first-name",
    "condition-last-name",
    "condition-licence",
    "condition-teams-licence",
    "condition-virtual-user",
    "condition-usage-location",
    "condition-on-premises",
];

/// Conditions of the phone side, as long as Teams does not tell.
const OF_VOICE: [&str; 6] = [
    "condition-set-up",
    "condition-account-type",
    CALLING_PLAN,
    "condition-number",
    "condition-calling",
    "condition-policies",
];

/// It is judged by the licences as well, which the directory tells.
const CALLING_PLAN: &str = "condition-calling-plan";

/// The policy that gives calls a way to the phone network.
const VOICE_ROUTING: &str = "OnlineVoiceRoutingPolicy";

fn all_untold(conditions: &[&str], why: &Untold) -> Vec<Finding> {
    conditions.iter().map(|condition| untold(condition, why)).collect()
}

/// The user in the directory.
pub(super) fn account(evidence: &Evidence) -> Vec<Finding> {
    let account = match &evidence.account {
        Ok(Some(account)) => account,
        Ok(None) => {
            let upn = Sentence::new("cond-user-missing").with("upn", &evidence.subject);
            let missing = match &evidence.by_mail {
                Some(other) => Sentence { id: "cond-user-by-mail".to_owned(), ..upn }.with("other", other),
                None => upn,
            };
            return vec![Finding::broken("condition-account", missing, Fixer::MicrosoftAdmin)];
        }
        Err(why) => return all_untold(&OF_ACCOUNT, why),
    };
    let is = |condition: &str, good: bool, fine: &str, cond: &str| match good {
        true => Finding::met(condition, Sentence::new(fine)),
        false => {
            let found = Sentence::new(cond).with("upn", &evidence.subject).with("name", &account.name);
            Finding::broken(condition, found, Fixer::MicrosoftAdmin)
        }
    };
    // Portals list people by their names; where there is none, nobody asks for them.
    let named = |condition: &str, filled: bool, cond: &str| match evidence.carrier {
        Carrier::DirectRouting if !filled => Finding::met(condition, Sentence::new("fine-not-filled")),
        _ => is(condition, filled, "fine-filled", cond),
    };
    vec![
        Finding::met("condition-account", Sentence::new("fine-account").with("name", &account.name)),
        is("condition-sign-in", account.enabled, "fine-sign-in", "cond-user-disabled"),
        is("condition-member", account.member, "fine-member", "cond-user-not-member"),
        named("condition-first-name", account.has_first_name, "cond-first-name-missing"),
        named("condition-last-name", account.has_last_name, "cond-last-name-missing"),
        licence(evidence, account),
        teams_licence(evidence, account),
        is("condition-virtual-user", !account.virtual_user_plan, "fine-none", "cond-virtual-user-plan"),
        match account.usage_location.as_deref() {
            Some(country) => {
                Finding::met("condition-usage-location", Sentence::new("fine-value").with("value", country))
            }
            None => {
                let found = Sentence::new("look-no-usage-location").with("upn", &evidence.subject);
                Finding::advice("condition-usage-location", found, Fixer::MicrosoftAdmin)
            }
        },
        on_premises(account),
    ]
}

fn licence(evidence: &Evidence, account: &Account) -> Finding {
    const CONDITION: &str = "condition-licence";
    let upn = |id: &str| Sentence::new(id).with("upn", &evidence.subject);
    let finding = match &account.phone_system {
        PhoneSystem::Usable => Finding::met(CONDITION, Sentence::new("fine-licence")),
        PhoneSystem::Grace => Finding::advice(CONDITION, upn("look-licence-grace"), Fixer::MicrosoftAdmin),
        PhoneSystem::Unusable(status) => {
            let found = upn("cond-phone-system-unusable").with("status", status);
            Finding::broken(CONDITION, found, Fixer::MicrosoftAdmin)
        }
        PhoneSystem::Missing => Finding::broken(CONDITION, upn("cond-no-phone-system"), Fixer::MicrosoftAdmin),
    };
    finding.since(account.licensed_since)
}

/// Editions of Teams have plans of their own: what Teams shows counts as well.
fn teams_licence(evidence: &Evidence, account: &Account) -> Finding {
    const CONDITION: &str = "condition-teams-licence";
    let shown = matches!(&evidence.voice, Ok(Some(voice)) if voice.features.iter().any(|f| f == "Teams"));
    let found = match &account.teams {
        PhoneSystem::Usable | PhoneSystem::Grace => return Finding::met(CONDITION, Sentence::new("fine-licence")),
        _ if shown => return Finding::met(CONDITION, Sentence::new("fine-licence")),
        PhoneSystem::Unusable(status) => Sentence::new("cond-teams-unusable").with("status", status),
        PhoneSystem::Missing => Sentence::new("cond-no-teams"),
    };
    Finding::broken(CONDITION, found, Fixer::MicrosoftAdmin)
}

/// A number from an own directory can stand in the way of the carrier's, and no documented call of Graph shows it.
fn on_premises(account: &Account) -> Finding {
    const CONDITION: &str = "condition-on-premises";
    match account.from_own_directory {
        false => Finding::met(CONDITION, Sentence::new("fine-cloud-account")),
        true => Finding::unknown(CONDITION, Sentence::new("unsure-on-premises"), Some(Fixer::MicrosoftAdmin)),
    }
}

/// The phone side, which only Teams knows.
pub(super) fn voice(evidence: &Evidence) -> Vec<Finding> {
    let since = match &evidence.account {
        Ok(Some(account)) => account.licensed_since,
        // Nobody has no phone side.
        Ok(None) => return Vec::new(),
        Err(_) => None,
    };
    let voice = match &evidence.voice {
        Ok(Some(voice)) => voice,
        Ok(None) => {
            let found = Sentence::new("cond-not-set-up").with("upn", &evidence.subject);
            let set_up = Finding::broken("condition-set-up", found, Fixer::MicrosoftAdmin).since(since);
            return vec![set_up, calling_plan(evidence)];
        }
        Err(why) => {
            let told = |condition| match condition {
                CALLING_PLAN => calling_plan(evidence),
                _ => untold(condition, why),
            };
            return OF_VOICE.into_iter().map(told).collect();
        }
    };
    vec![
        Finding::met("condition-set-up", Sentence::new("fine-set-up")),
        account_type(voice),
        calling_plan(evidence),
        number(evidence, voice),
        calling(evidence, voice),
        policies(evidence, voice),
    ]
}

fn account_type(voice: &Voice) -> Finding {
    const CONDITION: &str = "condition-account-type";
    match voice.account_type.as_deref() {
        Some("user") => Finding::met(CONDITION, Sentence::new("fine-account-type")),
        Some(other) => {
            Finding::broken(CONDITION, Sentence::new("cond-account-type").with("type", other), Fixer::MicrosoftAdmin)
        }
        None => Finding::unknown(CONDITION, Sentence::new("unsure-account-type"), Some(Fixer::MicrosoftAdmin)),
    }
}

/// Microsoft's own calling plan, among the licences or in what Teams makes of them. Onboarding refuses it with CallTower,
/// and advises against it with the others.
fn calling_plan(evidence: &Evidence) -> Finding {
    let licensed = matches!(&evidence.account, Ok(Some(account)) if account.calling_plan);
    let there = match &evidence.voice {
        Ok(Some(voice)) => licensed || voice.features.iter().any(|feature| feature == "CallingPlan"),
        Ok(None) => licensed,
        Err(_) if licensed => true,
        Err(why) => return untold(CALLING_PLAN, why),
    };
    let said = Sentence::new;
    match (there, evidence.carrier) {
        (false, _) => Finding::met(CALLING_PLAN, said("fine-none")),
        (true, Carrier::CallTower) => Finding::broken(CALLING_PLAN, said("cond-calling-plan"), Fixer::MicrosoftAdmin),
        (true, Carrier::ConnecttoTeams | Carrier::DirectRouting) => {
            Finding::advice(CALLING_PLAN, said("look-calling-plan"), Fixer::MicrosoftAdmin)
        }
    }
}

/// None may be there before the carrier's; after onboarding it must be ours.
fn number(evidence: &Evidence, voice: &Voice) -> Finding {
    const CONDITION: &str = "condition-number";
    let ours = evidence.records.last.as_ref().filter(|last| last.standing != Standing::Asked);
    let shown = voice.numbers.first();
    let said = |id: &str| {
        let said = Sentence::new(id).with("number", shown.map_or("", String::as_str)).with("upn", &evidence.subject);
        match ours {
            Some(last) => said.with("line", &last.line).with("request", last.id),
            None => said,
        }
    };
    match (shown, ours) {
        (None, None) => Finding::met(CONDITION, Sentence::new("fine-none")),
        (None, Some(last)) if last.standing == Standing::Done => {
            Finding::broken(CONDITION, said("cond-number-gone"), carrier_fixer(evidence.carrier))
        }
        (None, Some(last)) if last.standing == Standing::Leaving => Finding::met(CONDITION, Sentence::new("fine-none")),
        (None, Some(_)) => Finding::notice(CONDITION, said("look-number-awaited")),
        (Some(_), Some(last)) if last.standing == Standing::Leaving => {
            Finding::notice(CONDITION, said("look-number-leaving"))
        }
        (Some(number), Some(last)) if same_number(number, &last.line) => {
            Finding::met(CONDITION, said("fine-number-ours"))
        }
        (Some(_), Some(_)) => Finding::broken(CONDITION, said("cond-number-other"), Fixer::MicrosoftAdmin),
        (Some(_), None) => Finding::broken(CONDITION, said("cond-has-number"), Fixer::MicrosoftAdmin),
    }
}

fn calling(evidence: &Evidence, voice: &Voice) -> Finding {
    const CONDITION: &str = "condition-calling";
    match (voice.enabled, voice.numbers.is_empty()) {
        (true, _) => Finding::met(CONDITION, Sentence::new("fine-calling")),
        // Calling comes with the line; without one there is nothing to be enabled.
        (false, true) => Finding::notice(CONDITION, Sentence::new("look-calling-later")),
        (false, false) => {
            let id = match evidence.carrier {
                Carrier::ConnecttoTeams => "cond-calling-off",
                Carrier::CallTower | Carrier::DirectRouting => "cond-calling-off-microsoft",
            };
            let who = match evidence.carrier {
                Carrier::ConnecttoTeams => Fixer::PortalOperator,
                Carrier::CallTower | Carrier::DirectRouting => Fixer::MicrosoftAdmin,
            };
            Finding::broken(CONDITION, Sentence::new(id), who)
        }
    }
}

fn policies(evidence: &Evidence, voice: &Voice) -> Finding {
    const CONDITION: &str = "condition-policies";
    let named: Vec<String> = voice.policies.iter().map(|(kind, name)| format!("{kind}: {name}")).collect();
    let routed = voice.policies.iter().any(|(kind, _)| kind == VOICE_ROUTING);
    match (routed, voice.enabled) {
        (true, _) => Finding::met(CONDITION, Sentence::new("fine-value").with("value", named.join(", "))),
        (false, false) => Finding::notice(CONDITION, Sentence::new("look-policies-later")),
        (false, true) => {
            let id = match evidence.carrier {
                Carrier::ConnecttoTeams => "cond-no-voice-route",
                Carrier::CallTower | Carrier::DirectRouting => "cond-no-voice-route-microsoft",
            };
            Finding::broken(CONDITION, Sentence::new(id), carrier_fixer(evidence.carrier))
        }
    }
}

/// The group that the carrier syncs, and whether the user is in it.
pub(super) fn group(evidence: &Evidence) -> Vec<Finding> {
    let Some(sync) = &evidence.group else { return Vec::new() };
    let Some(id) = &sync.id else {
        return vec![Finding::unknown("condition-group", Sentence::new("unsure-no-group"), Some(Fixer::BotOperator))];
    };
    let mut found = itself(id, sync);
    // Nobody is in no group, and nobody can be in one that is not there.
    if evidence.account != Ok(None) && (&sync.group, &sync.member) != (&Ok(None), &Ok(false)) {
        found.push(membership(id, sync));
    }
    found
}

fn itself(id: &str, sync: &SyncGroup) -> Vec<Finding> {
    const CONDITIONS: [&str; 3] = ["condition-group", "condition-group-own", "condition-group-kind"];
    let group = match &sync.group {
        Ok(Some(group)) => group,
        // Whoever has a member exists: the directory only did not show it.
        Ok(None) if sync.member == Ok(true) => {
            let why = Untold { why: Sentence::new("unsure-group-hidden"), who: Some(Fixer::BotOperator) };
            return all_untold(&CONDITIONS, &why);
        }
        Ok(None) => {
            let found = Sentence::new("cond-sync-group-missing").with("group", id);
            return vec![Finding::broken(CONDITIONS[0], found, Fixer::MicrosoftAdmin)];
        }
        Err(why) => return all_untold(&CONDITIONS, why),
    };
    let named = |id: &str| Sentence::new(id).with("group", &group.name);
    vec![
        Finding::met(CONDITIONS[0], Sentence::new("fine-value").with("value", &group.name)),
        match group.all_company {
            false => Finding::met(CONDITIONS[1], Sentence::new("fine-group-own")),
            true => Finding::broken(CONDITIONS[1], named("cond-sync-group-all-company"), Fixer::MicrosoftAdmin),
        },
        match group.unified {
            true => Finding::met(CONDITIONS[2], Sentence::new("fine-group-kind")),
            false => Finding::advice(CONDITIONS[2], named("look-group-kind"), Fixer::MicrosoftAdmin),
        },
    ]
}

fn membership(id: &str, sync: &SyncGroup) -> Finding {
    const CONDITION: &str = "condition-membership";
    let name = shown_name(id, &sync.group);
    match &sync.member {
        Ok(true) => Finding::met(CONDITION, Sentence::new("fine-membership").with("group", name)),
        Ok(false) => {
            let found = Sentence::new("cond-not-in-sync-group").with("group", name);
            Finding::broken(CONDITION, found, Fixer::MicrosoftAdmin)
        }
        Err(why) => untold(CONDITION, why),
    }
}

fn shown_name<'a>(id: &'a str, group: &'a Told<Option<Group>>) -> &'a str {
    match group {
        Ok(Some(group)) => &group.name,
        _ => id,
    }
}
