//! Reading everything that `why` judges. Nothing stops it: what is not told is told as such, system by system.

use std::time::Duration;

use jiff::Timestamp;

use super::facts::{Owner as Whose, filled, owner};
use super::{Systems, mender};
use crate::domain::{Extension, Sentence, Upn};
use crate::outside::{
    self, AnswerRule, Fault, GroupInfo, Netsapiens, OutsideError, PbxUser, Registration, System, User, VoiceState,
};
use crate::plan::why::{Account, Belongs, Device, Group, Owner, Pbx, PbxLine, Rings, SyncGroup, Told, Untold, Voice};

/// A question has so long, with all its repetitions: somebody waits for the answer.
const PATIENCE: Duration = Duration::from_secs(8);

/// A system that is not to be asked now, and why.
pub type Shut<'a> = &'a (dyn Fn(System) -> Option<Untold> + Sync);

/// Why a system did not tell; a permission of its own is named.
pub(super) fn untold(error: &OutsideError, permission: Option<&str>) -> Untold {
    let why = match (&error.fault, permission) {
        (Fault::Forbidden { .. }, Some(permission)) => {
            Sentence::new("unsure-permission").with("permission", permission).with("system", error.system.name())
        }
        _ => error.sentence(),
    };
    Untold { why, who: mender(error) }
}

/// Asks one thing, in time.
pub(super) async fn ask<T>(
    (system, shut): (System, Shut<'_>),
    permission: Option<&str>,
    question: impl Future<Output = Result<T, OutsideError>>,
) -> Told<T> {
    if let Some(untold) = shut(system) {
        return Err(untold);
    }
    let answer = tokio::time::timeout(PATIENCE, question).await;
    let answer = answer.unwrap_or_else(|_| Err(OutsideError::new(system, Fault::Unknown)));
    answer.map_err(|error| {
        tracing::warn!(%error, "a question was not answered");
        untold(&error, permission)
    })
}

/// What Microsoft says about one user.
#[derive(Debug)]
pub struct Microsoft {
    /// The user; `None`: there is no such user.
    pub account: Told<Option<Account>>,
    /// The user name of whoever has this as e-mail address.
    pub by_mail: Option<String>,
    /// The phone side.
    pub voice: Told<Option<Voice>>,
    /// The group that the carrier syncs, where it is asked for.
    pub group: Option<SyncGroup>,
    /// The user itself, for comparing with the owner of the extension.
    pub user: Option<User>,
}

/// Asks Microsoft. `sync_group`: `Some(None)` where the carrier needs one and none is configured.
pub async fn ask_microsoft(
    systems: &Systems,
    subject: &Upn,
    sync_group: Option<Option<&str>>,
    shut: Shut<'_>,
) -> Microsoft {
    let graph = &systems.graph;
    let system = (System::Graph, shut);
    let (user, group) = tokio::join!(
        ask(system, Some("User.Read.All"), graph.user(subject.as_str())),
        asked_group(systems, sync_group.flatten(), shut)
    );
    let (found, untold) = match user {
        Ok(found) => (found, None),
        Err(untold) => (None, Some(untold)),
    };
    let voice = async {
        let Some(user) = &found else { return untold.clone().map_or(Ok(None), Err) };
        let voice = ask(system, Some("TeamsUserConfiguration.Read.All"), graph.voice(&user.id)).await;
        voice.map(|voice| voice.map(Voice::from))
    };
    let member = async {
        let (Some(user), Some(id)) = (&found, sync_group.flatten()) else {
            return untold.clone().map_or(Ok(false), Err);
        };
        let groups = [id.to_owned()];
        let member = ask(system, Some("GroupMember.Read.All"), graph.member_groups(&user.id, &groups)).await;
        member.map(|groups| !groups.is_empty())
    };
    let by_mail = async {
        if found.is_some() || untold.is_some() {
            return None;
        }
        // Two with the same address help nobody.
        let known = ask(system, None, graph.users_by_mail(subject.as_str())).await.unwrap_or_default();
        <[User; 1]>::try_from(known).ok().map(|[user]| user.upn)
    };
    let (voice, member, by_mail) = tokio::join!(voice, member, by_mail);
    let group = sync_group.map(|id| SyncGroup { id: id.map(str::to_owned), group, member });
    let account = match &untold {
        Some(untold) => Err(untold.clone()),
        None => Ok(found.as_ref().map(Account::from)),
    };
    Microsoft { account, by_mail, voice, group, user: found }
}

async fn asked_group(systems: &Systems, id: Option<&str>, shut: Shut<'_>) -> Told<Option<Group>> {
    let Some(id) = id else { return Ok(None) };
    let group = ask((System::Graph, shut), Some("GroupMember.Read.All"), systems.graph.group(id)).await;
    group.map(|group| group.map(Group::from))
}

impl From<GroupInfo> for Group {
    fn from(group: GroupInfo) -> Self {
        let (all_company, unified) = (group.is_all_company(), group.is_unified());
        Self { name: group.display_name.unwrap_or(group.id), all_company, unified }
    }
}

impl From<&User> for Account {
    fn from(user: &User) -> Self {
        Self {
            name: user.display_name.clone().unwrap_or_else(|| user.upn.clone()),
            enabled: user.account_enabled.unwrap_or(true),
            member: user.user_type.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("member")),
            has_first_name: filled(user.given_name.as_ref()),
            has_last_name: filled(user.surname.as_ref()),
            usage_location: user.usage_location.clone().filter(|country| !country.trim().is_empty()),
            phone_system: user.phone_system().into(),
            licensed_since: user.phone_system_since(),
            teams: user.teams().into(),
            virtual_user_plan: user.has_virtual_user_plan(),
            calling_plan: user.has_calling_plan(),
            from_own_directory: user.on_premises_sync.is_some(),
        }
    }
}

impl From<VoiceState> for Voice {
    fn from(voice: VoiceState) -> Self {
        let named = |policy: outside::Policy| Some((policy.policy_type, policy.name?));
        Self {
            account_type: voice.account_type,
            features: voice.feature_types,
            enabled: voice.enterprise_voice,
            numbers: voice.numbers.into_iter().map(|number| number.number).collect(),
            policies: voice.policies.into_iter().filter_map(named).collect(),
        }
    }
}

/// Asks the PBX about an extension, and the directory to whom it belongs.
pub async fn ask_pbx(
    systems: &Systems,
    (extension, device_suffix): (&Extension, &str),
    subject: Option<&User>,
    (shut, now): (Shut<'_>, Timestamp),
) -> Option<Pbx> {
    let pbx = systems.pbx.as_deref()?;
    let system = (System::Netsapiens, shut);
    let device_name = extension.device(device_suffix);
    let (user, devices, rules) = tokio::join!(
        ask(system, None, pbx.user(extension)),
        ask(system, None, devices(pbx, extension, &device_name)),
        ask(system, None, pbx.answer_rules(extension))
    );
    let belongs = match (&user, subject) {
        (Ok(Some(user)), Some(subject)) => {
            let whose = ask((System::Graph, shut), None, owner(&systems.graph, user, subject)).await;
            whose.map(|whose| match whose {
                Whose::Subject => Belongs::Subject,
                Whose::Somebody(name) => Belongs::Other(name),
                Whose::Unclear(name) => Belongs::Unclear(name),
            })
        }
        (Ok(_), _) => Err(Untold { why: Sentence::new("unsure-owner"), who: None }),
        (Err(untold), _) => Err(untold.clone()),
    };
    let old = extension.device("t");
    let called = |all: &[outside::Device], name: &str| all.iter().find(|d| d.name.eq_ignore_ascii_case(name)).cloned();
    let old_device = called(devices.as_deref().unwrap_or_default(), &old).filter(|_| old != device_name);
    let old_device = old_device.map(|device| device.name);
    let device = devices.map(|all| called(&all, &device_name).map(|device| known(&device, now)));
    let rings = rules.map(|rules| rings(&rules, &device_name));
    Some(Pbx::Looked(Box::new(PbxLine {
        extension: extension.clone(),
        owner: user.map(|user| user.map(|user| named(&user))),
        belongs,
        device,
        old_device,
        rings,
        device_name,
    })))
}

/// All devices; lists may leave out whether one is registered, so the connector's is read alone then.
pub(super) async fn devices(
    pbx: &Netsapiens,
    extension: &Extension,
    wanted: &str,
) -> Result<Vec<outside::Device>, OutsideError> {
    let mut devices = match pbx.devices(extension).await {
        Err(OutsideError { fault: Fault::NotFound, .. }) => return Ok(Vec::new()),
        devices => devices?,
    };
    for device in &mut devices {
        if device.registration == Registration::Unknown && device.name.eq_ignore_ascii_case(wanted) {
            *device = pbx.device(extension, wanted).await?.unwrap_or_else(|| device.clone());
        }
    }
    Ok(devices)
}

fn known(device: &outside::Device, now: Timestamp) -> Device {
    Device { registered: registered(device, now), has_emergency: device.emergency_address_id.is_some() }
}

/// `None`: the PBX does not say.
pub(super) fn registered(device: &outside::Device, now: Timestamp) -> Option<bool> {
    (device.registration != Registration::Unknown).then(|| device.is_registered(now))
}

/// Whom people know by an extension.
pub(super) fn named(user: &PbxUser) -> Owner {
    let system = user.service_code.as_deref().is_some_and(|code| code.starts_with("system-"));
    let names = [user.first_name.as_deref(), user.last_name.as_deref()];
    let name = names.into_iter().flatten().map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let mail = || user.email.clone().unwrap_or_else(|| "-".to_owned());
    Owner { name: if name.is_empty() { mail() } else { name }, system }
}

/// The rule in force: the one that the PBX calls active, or the only one of a build that does not say.
fn rings(rules: &[AnswerRule], device: &str) -> Rings {
    let active = rules.iter().find(|rule| rule.is_active == Some(true));
    let only = match rules {
        [only] if only.is_active.is_none() && only.is_enabled => Some(only),
        _ => None,
    };
    match active.or(only) {
        None => Rings::NoRule,
        Some(rule) if rule.do_not_disturb => Rings::Nobody,
        Some(rule) if rule.forwards_always => Rings::Forwarded,
        Some(rule) if rule.rings_device(device) => Rings::Connector,
        Some(_) => Rings::Elsewhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_in_force_decides_what_rings() {
        let rule = |active: Option<bool>, rings: &[&str]| AnswerRule {
            is_active: active,
            is_enabled: true,
            rings: rings.iter().map(|ring| (*ring).to_owned()).collect(),
            do_not_disturb: false,
            forwards_always: false,
        };
        let usual = rule(Some(true), &["<OwnDevices>"]);
        let disturbed = AnswerRule { do_not_disturb: true, ..usual.clone() };
        let forwarded = AnswerRule { forwards_always: true, ..usual.clone() };
        for (rules, expected) in [
            (vec![usual.clone()], Rings::Connector),
            (vec![rule(Some(true), &["1000", "1000TM;delay=5"])], Rings::Connector),
            (vec![rule(Some(true), &["1000"])], Rings::Elsewhere),
            (vec![rule(Some(true), &[])], Rings::Elsewhere),
            (vec![rule(Some(false), &[]), usual.clone()], Rings::Connector),
            (vec![disturbed], Rings::Nobody),
            (vec![forwarded], Rings::Forwarded),
            (vec![rule(None, &["1000tm"])], Rings::Connector),
            (vec![rule(None, &["1000tm"]), rule(None, &["1000tm"])], Rings::NoRule),
            (vec![rule(Some(false), &["1000tm"])], Rings::NoRule),
            (Vec::new(), Rings::NoRule),
        ] {
            assert_eq!(rings(&rules, "1000tm"), expected, "{rules:?}");
        }
    }
}
