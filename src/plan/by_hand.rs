//! Work sheets for steps that the bot could do and a customer leaves to people: every field with its value.
//! Source of the fields of ConnecttoTeams: <https://voipdocs.io/en_US/teammate-connector/add-new-users-to-teammate>

use super::preview::{said, text};
use super::{Plan, PolicyBefore, StepKind, Target, Worksheet};
use crate::domain::{Sentence, Voicemail};
use crate::view::Item;

/// What people do for this step, and with which values.
pub(super) fn worksheet(plan: &Plan, kind: StepKind) -> Worksheet {
    let instructions: &[&str] = match kind {
        StepKind::Device => &["by-hand-device-open", "by-hand-device-add", "by-hand-device-blank"],
        StepKind::PbxUser => {
            &["guided-sign-in", "by-hand-pbx-user-open", "by-hand-pbx-user-device", "by-hand-pbx-user-save"]
        }
        StepKind::Sync => &["guided-sign-in", "guided-sync-users"],
        StepKind::Enable => &["guided-sign-in", "guided-enable-calling", "guided-dial-plan"],
        StepKind::RemoveDevice => &["by-hand-device-open-old", "by-hand-device-remove"],
        StepKind::RestoreDevice => &["by-hand-device-open", "by-hand-device-restore"],
        StepKind::JoinGroup => &["by-hand-group-open", "by-hand-group-add"],
        StepKind::AssignNumber => &["by-hand-number-open", "by-hand-number-assign"],
        StepKind::UnassignNumber => &["by-hand-number-open", "by-hand-number-remove"],
        StepKind::VoiceRoute => &["by-hand-policy-open", "by-hand-policy-choose"],
        StepKind::RestorePolicy => &["by-hand-policy-open", "by-hand-policy-restore"],
        _ => &[],
    };
    Worksheet {
        title: Sentence::new(&format!("by-hand-title-{}", kind.name())),
        instructions: instructions.iter().map(|id| Sentence::new(id)).collect(),
        items: values(plan, kind),
        link: None,
        by_hand: None,
    }
}

fn values(plan: &Plan, kind: StepKind) -> Vec<Item> {
    let mut items = vec![text("item-subject", &plan.subject), text("item-name", &plan.subject_name)];
    match (&plan.target, kind) {
        (Target::ConnecttoTeams(target), StepKind::Device) => {
            let emergency = &target.choices.emergency;
            items.extend([
                text("item-extension", &target.extension),
                text("item-device", &target.device),
                text("item-emergency-address", &emergency.name),
                text("item-callback", &emergency.callback_number),
            ]);
        }
        (Target::ConnecttoTeams(target), StepKind::PbxUser) => {
            let choices = &target.choices;
            items.extend([
                text("item-location", &choices.location.name),
                text("item-route", &choices.route.name),
                text("item-field-sip-user", &target.extension),
                text("item-line", &target.line),
                said(
                    "item-field-teams-voicemail",
                    match choices.voicemail {
                        Voicemail::Pbx => "value-unchecked",
                        Voicemail::Teams => "value-checked",
                    },
                ),
                said("item-caller-name", "value-transparent"),
                said("item-forwarded-caller-id", "value-users-caller-id"),
                said("item-dial-plan", "value-checked"),
                text("item-device", &target.device),
            ]);
        }
        (Target::ConnecttoTeams(target), _) => {
            items.extend([text("item-line", &target.line), text("item-extension", &target.extension)]);
        }
        (Target::DirectRouting(target), StepKind::VoiceRoute) => {
            items.extend(target.route.as_ref().map(|route| text("item-route", &route.name)));
        }
        (Target::DirectRouting(target), StepKind::AssignNumber) => items.push(text("item-number", &target.number)),
        (Target::Removal(removal), StepKind::RestorePolicy) => {
            items.extend(removal.policy.as_ref().map(PolicyBefore::item));
        }
        (Target::Mend(mend), _) => items.push(text("item-sync-group", &mend.group_name)),
        _ => {}
    }
    if let (StepKind::UnassignNumber, Some(number)) = (kind, plan.doomed_number()) {
        items.push(text("item-line-to-go", number));
    }
    if let (StepKind::RemoveDevice, Some(device)) = (kind, plan.doomed_device()) {
        items.extend(plan.doomed_extension().map(|extension| text("item-extension", extension)));
        items.push(text("item-device", device));
    }
    if let (Target::Removal(removal), StepKind::RestoreDevice) = (&plan.target, kind)
        && let Some((device, super::DeviceEnd::Restore(before))) = &removal.device
    {
        items.push(text("item-device", device));
        items.extend(before.address_id.as_ref().map(|id| text("item-emergency-address-id", id)));
        items.extend(before.callback.as_ref().map(|callback| text("item-callback", callback)));
    }
    items
}
