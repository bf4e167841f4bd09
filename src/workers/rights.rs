//! Who somebody is and what they may do, read from the customer's own directory at every act. Fails closed.

use std::collections::HashSet;

use super::Office;
use super::decide::Later;
use crate::config::{Approval, Customer, PersonRef};
use crate::domain::{Person, Place, Role, Roles, Upn};
use crate::flow::Request;
use crate::steps::Systems;

fn lists(approval: &Approval) -> [(Role, &[PersonRef]); 3] {
    [
        (Role::Requester, &approval.requesters),
        (Role::Approver, &approval.approvers),
        (Role::Operator, &approval.operators),
    ]
}

impl Office {
    /// The person with their UPN, and their roles for this customer.
    ///
    /// Somebody from another tenant or workspace, unknown to the directory, or disabled there has no role.
    pub(super) async fn rights(
        &self,
        (customer, systems): (&Customer, &Systems),
        who: &Person,
        place: &Place,
    ) -> Result<(Person, Roles), Later> {
        let nobody = || (who.clone(), Roles::default());
        if who.id.is_empty() || !self.serves(customer, place) {
            return Ok(nobody());
        }
        let Some(user) = systems.graph.user(&who.id).await? else { return Ok(nobody()) };
        if user.account_enabled == Some(false) {
            return Ok(nobody());
        }
        let upn = Upn::parse(&user.upn).ok();
        let name = user.display_name.unwrap_or_else(|| who.name.clone());
        let person = Person { name, upn, ..who.clone() };
        let groups: Vec<String> = entries(&customer.approval).filter_map(entra_group).collect();
        let member_of = match groups.as_slice() {
            [] => Vec::new(),
            groups => systems.graph.member_groups(&user.id, groups).await?,
        };
        let usergroups = self.usergroups_of(customer, (&person, place)).await?;
        let is_among = |people: &[PersonRef]| {
            people.iter().any(|entry| match entry {
                PersonRef::Upn(upn) => person.upn.as_ref() == Some(upn),
                PersonRef::EntraGroup(id) => member_of.iter().any(|m| m.eq_ignore_ascii_case(id)),
                PersonRef::SlackUsergroup(id) => usergroups.contains(id),
            })
        };
        let roles = lists(&customer.approval).into_iter().filter(|(_, people)| is_among(people)).map(|(role, _)| role);
        let roles = roles.collect();
        Ok((person, roles))
    }

    /// Which of the Slack user groups on the lists somebody is in.
    async fn usergroups_of(
        &self,
        customer: &Customer,
        (who, place): (&Person, &Place),
    ) -> Result<HashSet<String>, Later> {
        let asked: HashSet<String> = entries(&customer.approval).filter_map(slack_usergroup).collect();
        let mut member_of = HashSet::new();
        for group in asked {
            if self.is_in_usergroup(customer, (who, place), &group).await? {
                member_of.insert(group);
            }
        }
        Ok(member_of)
    }

    /// Ids of those who agreed to this request and may not decide any more. Whoever agrees while this is read was read
    /// a moment ago.
    pub(super) async fn lapsed(
        &self,
        served: (&Customer, &Systems),
        request: &Request,
        place: &Place,
    ) -> Result<Vec<String>, Later> {
        let mut lapsed = Vec::new();
        for given in &request.approvals {
            if !self.rights(served, &given.by, place).await?.1.has(Role::Approver) {
                lapsed.push(given.by.id.clone());
            }
        }
        Ok(lapsed)
    }
}

fn entries(approval: &Approval) -> impl Iterator<Item = &PersonRef> {
    lists(approval).into_iter().flat_map(|(_, people)| people)
}

fn entra_group(entry: &PersonRef) -> Option<String> {
    match entry {
        PersonRef::EntraGroup(id) => Some(id.clone()),
        PersonRef::Upn(_) | PersonRef::SlackUsergroup(_) => None,
    }
}

fn slack_usergroup(entry: &PersonRef) -> Option<String> {
    match entry {
        PersonRef::SlackUsergroup(id) => Some(id.clone()),
        PersonRef::Upn(_) | PersonRef::EntraGroup(_) => None,
    }
}
