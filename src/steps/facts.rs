//! Reading what the plan depends on: the user in Microsoft 365, the extension at the PBX.

use jiff::Timestamp;

use super::Systems;
use crate::domain::{E164, Upn, Work};
use crate::outside::{Device, Fault, Graph, OutsideError, PbxUser, PhoneSystem as Plans, Policy, Registration, User};
use crate::plan::{
    Ask, ConnecttoTeamsOffer, EmergencyBefore, ExtensionFacts, Facts, GroupFact, Offer, OwnRecords, PhoneSystem,
    PolicyBefore, Stands, SubjectFacts, TakenNumber,
};

impl From<Plans> for PhoneSystem {
    fn from(plans: Plans) -> Self {
        match plans {
            Plans::Usable => Self::Usable,
            Plans::Grace => Self::Grace,
            Plans::Unusable(status) => Self::Unusable(status),
            Plans::Missing => Self::Missing,
        }
    }
}

/// A policy as it is kept in plans and before-images.
pub(super) fn policy_before(policy: &Policy) -> PolicyBefore {
    PolicyBefore { policy_id: policy.id.clone(), name: policy.name.clone(), by_group: policy.by_group }
}

/// The emergency data of a device as they are kept in plans and facts.
pub(super) fn emergency_before(device: &Device) -> EmergencyBefore {
    EmergencyBefore { address_id: device.emergency_address_id.clone(), callback: device.callback.clone() }
}

pub(super) fn filled(text: Option<&String>) -> bool {
    text.is_some_and(|t| !t.trim().is_empty())
}

/// Reads everything outside that the plan depends on: the subject, the extension, the numbers.
pub async fn read_facts(
    systems: &Systems,
    (ask, offer, ours): (&Ask, &Offer, &OwnRecords),
    now: Timestamp,
) -> Result<Facts, OutsideError> {
    let group = offer.connecttoteams().map(|offer| offer.sync_group.as_str());
    let subject = subject_facts(&systems.graph, &ask.subject, group).await?;
    let user = subject.as_ref().map(|(_, user)| user);
    let mut facts = Facts::nothing(OwnRecords::default(), now);
    if !ask.work.is_onboard() {
        facts.stands = Some(stands(systems, ours, user.map(|user| user.id.as_str())).await?);
    }
    match offer {
        Offer::ConnecttoTeams(offer) => facts.extension = extension_facts(systems, (ask, offer), user, now).await?,
        // Nothing but our own records tells which of CallTower's numbers are free.
        Offer::CallTower(_) => {}
        Offer::DirectRouting(offer) => {
            let asked = ask.number.as_slice();
            facts.numbers = taken(&systems.graph, asked).await?;
            // Whoever changes something sees all numbers, and the one they have is only preset.
            if asked.is_empty() || ask.work == Work::Change {
                let others: Vec<E164> = offer.pool.iter().filter(|number| !asked.contains(number)).cloned().collect();
                facts.numbers.extend(taken(&systems.graph, &others).await?);
            }
        }
    }
    Ok(Facts { subject: subject.map(|(facts, _)| facts), ..facts })
}

/// What there is of the line now, at Microsoft and at the PBX.
async fn stands(systems: &Systems, ours: &OwnRecords, user: Option<&str>) -> Result<Stands, OutsideError> {
    let own = ours.own_line();
    let voice = match user.or(own.map(|line| line.subject_id.as_str())) {
        Some(id) => systems.graph.voice(id).await?,
        None => None,
    };
    let mut stands = Stands::default();
    if let Some(voice) = voice {
        stands.enterprise_voice = voice.enterprise_voice;
        stands.policy = voice.voice_routing().map(policy_before);
        stands.numbers = voice.numbers.into_iter().map(|number| number.number).collect();
    }
    let set = own.and_then(|line| line.standing(&stands.numbers).connecttoteams());
    if let (Some(pbx), Some(set)) = (&systems.pbx, set) {
        let device = pbx.device(&set.extension, &set.device).await?;
        stands.device = device.as_ref().map(emergency_before);
    }
    Ok(stands)
}

/// Which of these numbers somebody has. For one alone it is found out who that is.
pub(super) async fn taken(graph: &Graph, numbers: &[E164]) -> Result<Vec<TakenNumber>, OutsideError> {
    let found = match numbers {
        [] => return Ok(Vec::new()),
        [one] => graph.number(one).await?.into_iter().collect(),
        _ => graph.all_numbers().await?,
    };
    let mut taken = Vec::new();
    for assignment in found {
        let number = E164::parse(&assignment.number).ok().filter(|number| numbers.contains(number));
        let Some((number, holder)) = number.zip(assignment.holder().map(str::to_owned)) else { continue };
        let name = match numbers {
            [_] => graph.user(&holder).await?.map(|user| user.display_name.unwrap_or(user.upn)),
            _ => None,
        };
        taken.push(TakenNumber { number, holder, name });
    }
    Ok(taken)
}

/// Reads the Microsoft 365 user; `None`: there is no such user. The second value is the user itself, for comparing
/// with the owner of the extension.
pub(super) async fn subject_facts(
    graph: &Graph,
    subject: &Upn,
    sync_group: Option<&str>,
) -> Result<Option<(SubjectFacts, User)>, OutsideError> {
    let Some(user) = graph.user(subject.as_str()).await? else { return Ok(None) };
    let ((in_sync_group, group), voice) =
        tokio::try_join!(membership(graph, &user.id, sync_group), graph.voice(&user.id))?;
    let facts = SubjectFacts {
        id: user.id.clone(),
        name: user.display_name.clone().unwrap_or_else(|| user.upn.clone()),
        enabled: user.account_enabled.unwrap_or(true),
        member: user.user_type.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("member")),
        has_first_name: filled(user.given_name.as_ref()),
        has_last_name: filled(user.surname.as_ref()),
        first_name: user.given_name.clone().unwrap_or_default(),
        last_name: user.surname.clone().unwrap_or_default(),
        has_usage_location: filled(user.usage_location.as_ref()),
        phone_system: user.phone_system().into(),
        virtual_user_plan: user.has_virtual_user_plan(),
        // What Teams makes of the licences, or else the licences themselves.
        calling_plan: user.has_calling_plan()
            || voice.as_ref().is_some_and(|v| v.feature_types.iter().any(|f| f == "CallingPlan")),
        number: voice.and_then(|v| v.numbers.into_iter().next()).map(|n| n.number),
        in_sync_group,
        group,
    };
    Ok(Some((facts, user)))
}

/// Whether somebody is in the group that the carrier syncs, and what that group is. Carriers without one ask nothing.
async fn membership(graph: &Graph, user: &str, group: Option<&str>) -> Result<(bool, GroupFact), OutsideError> {
    let Some(id) = group else { return Ok((false, GroupFact::Unread)) };
    let groups = [id.to_owned()];
    let (member_of, group) = tokio::try_join!(graph.member_groups(user, &groups), sync_group_fact(graph, id))?;
    let inside = member_of.iter().any(|group| group.eq_ignore_ascii_case(id));
    // Whoever has a member exists: the directory only did not show the group.
    Ok((inside, if group == GroupFact::Missing && inside { GroupFact::Unread } else { group }))
}

async fn sync_group_fact(graph: &Graph, id: &str) -> Result<GroupFact, OutsideError> {
    let group = match graph.group(id).await {
        Ok(Some(group)) => group,
        Ok(None) => return Ok(GroupFact::Missing),
        Err(OutsideError { fault: Fault::Forbidden { .. }, .. }) => return Ok(GroupFact::Unread),
        Err(error) => return Err(error),
    };
    let all_company = group.is_all_company();
    Ok(GroupFact::Read { name: group.display_name.unwrap_or(group.id), all_company })
}

/// Reads the extension at the PBX and finds out whether it belongs to somebody else.
pub(super) async fn extension_facts(
    systems: &Systems,
    (ask, offer): (&Ask, &ConnecttoTeamsOffer),
    subject: Option<&User>,
    now: Timestamp,
) -> Result<ExtensionFacts, OutsideError> {
    let Some((pbx, extension)) = systems.pbx.as_ref().zip(ask.extension.as_ref()) else {
        return Ok(ExtensionFacts::default());
    };
    let Some(user) = pbx.user(extension).await? else { return Ok(ExtensionFacts::default()) };
    let mut facts = ExtensionFacts { exists: true, ..ExtensionFacts::default() };
    facts.system = user.service_code.as_deref().is_some_and(|code| code.starts_with("system-"));
    let device = offer.device(extension);
    let devices = match pbx.devices(extension).await {
        Err(OutsideError { fault: Fault::NotFound, .. }) => Vec::new(),
        devices => devices?,
    };
    if let Some(mut found) = devices.iter().find(|d| d.name.eq_ignore_ascii_case(&device)).cloned() {
        if found.registration == Registration::Unknown {
            found = pbx.device(extension, &device).await?.unwrap_or(found);
        }
        facts.device_registered = found.is_registered(now);
    }
    // What older connectors called their device.
    let old = extension.device("t");
    facts.old_device =
        devices.into_iter().map(|d| d.name).find(|name| name.eq_ignore_ascii_case(&old) && old != device);
    if let Some(subject) = subject.filter(|_| !facts.system) {
        match owner(&systems.graph, &user, subject).await? {
            Owner::Subject => {}
            Owner::Somebody(name) => facts.linked_to = Some(name),
            Owner::Unclear(name) => facts.looks_like = Some(name),
        }
    }
    Ok(facts)
}

pub(super) enum Owner {
    /// The subject, as far as anybody can tell.
    Subject,
    /// Another user of Microsoft 365.
    Somebody(String),
    /// Neither name nor e-mail are the subject's, and nobody is known by them.
    Unclear(String),
}

/// Compares the PBX user with the subject, by e-mail and by name.
pub(super) async fn owner(graph: &Graph, user: &PbxUser, subject: &User) -> Result<Owner, OutsideError> {
    let mails: Vec<&str> =
        user.email.as_deref().unwrap_or_default().split(';').map(str::trim).filter(|m| !m.is_empty()).collect();
    let own = |mail: &&str| {
        let mine = [Some(subject.upn.as_str()), subject.mail.as_deref()];
        mine.into_iter().flatten().any(|known| known.eq_ignore_ascii_case(mail))
    };
    if mails.iter().any(own) {
        return Ok(Owner::Subject);
    }
    let name = |first: &Option<String>, last: &Option<String>| {
        let both = [first.as_deref().unwrap_or_default().trim(), last.as_deref().unwrap_or_default().trim()];
        both.join(" ").trim().to_owned()
    };
    let pbx_name = name(&user.first_name, &user.last_name);
    let same_name = pbx_name.to_lowercase() == name(&subject.given_name, &subject.surname).to_lowercase();
    if same_name || (pbx_name.is_empty() && mails.is_empty()) {
        return Ok(Owner::Subject);
    }
    if let Some(mail) = mails.iter().find_map(|mail| Upn::parse(mail).ok())
        && let Some(other) = graph.user(mail.as_str()).await?
    {
        let same = other.id == subject.id;
        return Ok(if same { Owner::Subject } else { Owner::Somebody(other.display_name.unwrap_or(other.upn)) });
    }
    let shown = if pbx_name.is_empty() { mails.join(", ") } else { pbx_name };
    Ok(Owner::Unclear(shown))
}
