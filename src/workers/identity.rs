//! Who sent an event from Slack.
//!
//! Slack knows people by ids of its own. A person is whoever has, in the customer's directory, the e-mail address that Slack
//! has seen them confirm: so the same human is the same person in Teams and in Slack, and cannot approve there what they
//! asked for here. Read again at every event. Guests, bots, people of other companies and addresses that belong to
//! nobody or to several are refused, each with the way out.

use std::borrow::Cow;

use regex::{Captures, Regex};

use super::Office;
use super::decide::Later;
use crate::chat::slack::place::{Workspace, workspace};
use crate::chat::slack::{Profile, SlackError};
use crate::config::Customer;
use crate::domain::{Inbound, Person, Place, Sentence, Surface, Upn, What};
use crate::outside::{OutsideError, User};
use crate::steps::Systems;

/// `<@U123>` and `<@W123|name>`: somebody, in place of an address.
const MENTION: &str = r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>";

/// More mentions in one text are nobody's command.
const MOST_MENTIONS: usize = 5;

/// Of a larger user group only so many are mentioned.
const MOST_IN_GROUP: usize = 60;

/// Whom an address belongs to.
pub(super) enum Owner {
    One(Box<User>),
    Nobody,
    Several,
}

/// The customers of a place, with their systems.
type Served<'a> = (&'a Customer, &'a Systems);

impl Office {
    /// True for a place in which this customer's people talk to the bot.
    pub(super) fn serves(&self, customer: &Customer, place: &Place) -> bool {
        match place.surface {
            Surface::Teams => {
                let home = customer.teams_tenant_id.as_deref();
                self.is_anonymous() || home.is_none_or(|tenant| tenant.eq_ignore_ascii_case(&place.tenant))
            }
            // A workspace has people of many companies in it; only one that is named is trusted.
            Surface::Slack => customer.slack_team_id.as_deref() == Some(place.tenant.as_str()),
        }
    }

    fn served_in(&self, place: &Place) -> impl Iterator<Item = Served<'_>> {
        let here = self.config.customers.iter().filter(|customer| self.serves(customer, place));
        here.filter_map(|customer| self.customer(&customer.id))
    }

    /// The event with its sender as the directory knows them, and with addresses in place of people who are mentioned.
    /// `Err` inside: they cannot be told who they are, and why.
    pub(super) async fn recognised<'i>(
        &self,
        inbound: &'i Inbound,
    ) -> Result<Result<Cow<'i, Inbound>, Sentence>, Later> {
        if inbound.place.surface == Surface::Teams {
            return Ok(Ok(Cow::Borrowed(inbound)));
        }
        let who = match self.slack_person(&inbound.place, &inbound.who.chat_id).await? {
            Ok(who) => who,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let what = match &inbound.what {
            What::Said { text, private } => {
                What::Said { text: self.with_addresses(text, &inbound.place).await?, private: *private }
            }
            other => other.clone(),
        };
        Ok(Ok(Cow::Owned(Inbound { who, what, ..inbound.clone() })))
    }

    async fn slack_person(&self, place: &Place, chat_id: &str) -> Result<Result<Person, Sentence>, Later> {
        let refuse = |id: &str| Ok(Err(Sentence::new(id)));
        let profile = match self.surfaces.slack()?.profile(workspace(place), chat_id).await {
            Ok(profile) => profile,
            Err(SlackError::Unknown { .. }) => return refuse("refusal-slack-foreign"),
            Err(error) => return Err(error.into()),
        };
        let email = match verified(&profile, workspace(place)) {
            Ok(email) => email,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let said = |id: &str| Ok(Err(Sentence::new(id).with("email", email)));
        match self.owner_in(place, email).await? {
            Owner::One(user) => Ok(Ok(Person {
                name: user.display_name.clone().unwrap_or(profile.name),
                upn: Upn::parse(&user.upn).ok(),
                id: user.id,
                chat_id: chat_id.to_owned(),
            })),
            Owner::Nobody => said("refusal-slack-unknown"),
            Owner::Several => said("refusal-slack-ambiguous"),
        }
    }

    /// Whose address it is, in the directories of the customers of a place; the one whose domain it is, first.
    async fn owner_in(&self, place: &Place, email: &str) -> Result<Owner, OutsideError> {
        let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
        let owns = |customer: &Customer| customer.domains.iter().any(|d| d.eq_ignore_ascii_case(domain));
        let mut served: Vec<Served<'_>> = self.served_in(place).collect();
        served.sort_by_key(|(customer, _)| !owns(customer));
        for (_, systems) in served {
            match owner(systems, email).await? {
                Owner::Nobody => {}
                found => return Ok(found),
            }
        }
        Ok(Owner::Nobody)
    }

    /// The text with the user principal name of everybody who is mentioned in it; whoever is not found stays mentioned.
    async fn with_addresses(&self, text: &str, place: &Place) -> Result<String, Later> {
        let Ok(mention) = Regex::new(MENTION) else { return Ok(text.to_owned()) };
        let mut addresses = std::collections::HashMap::new();
        for found in mention.captures_iter(text).take(MOST_MENTIONS) {
            let user = found[1].to_owned();
            let profile = match self.surfaces.slack()?.profile(workspace(place), &user).await {
                Ok(profile) => profile,
                Err(SlackError::Unknown { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            let Some(email) = profile.email else { continue };
            let address = match self.owner_in(place, &email).await? {
                Owner::One(user) => user.upn,
                Owner::Nobody | Owner::Several => email,
            };
            addresses.insert(user, address);
        }
        let named = |found: &Captures<'_>| addresses.get(&found[1]).cloned().unwrap_or_else(|| found[0].to_owned());
        Ok(mention.replace_all(text, named).into_owned())
    }

    /// True when somebody is in a Slack user group of this customer's workspace.
    pub(super) async fn is_in_usergroup(
        &self,
        customer: &Customer,
        (who, place): (&Person, &Place),
        group: &str,
    ) -> Result<bool, Later> {
        let Some(team) = customer.slack_team_id.as_deref() else { return Ok(false) };
        let here = match place.surface {
            Surface::Slack => workspace(place),
            Surface::Teams => Workspace { team, enterprise: "" },
        };
        let slack = self.surfaces.slack()?;
        // Whoever agreed earlier may have done so elsewhere.
        let chat_id = match &who.upn {
            _ if is_user_id(&who.chat_id) => Some(who.chat_id.clone()),
            Some(upn) => self.slack_id(here, upn.as_str()).await?,
            None => None,
        };
        let Some(chat_id) = chat_id else { return Ok(false) };
        Ok(slack.usergroup(here, group).await?.contains(&chat_id))
    }

    /// The Slack id of somebody by their address. Slack must have seen them confirm it: otherwise anybody could claim to
    /// be them.
    pub(super) async fn slack_id(&self, here: Workspace<'_>, address: &str) -> Result<Option<String>, Later> {
        let profile = self.surfaces.slack()?.by_email(here, address).await?;
        Ok(profile.filter(|profile| verified(profile, here).is_ok()).map(|profile| profile.id))
    }

    /// Everybody in a Slack user group who can be told from others.
    pub(super) async fn usergroup_people(&self, customer: &Customer, group: &str) -> Result<Vec<User>, Later> {
        let (Some(team), Some((_, systems))) = (customer.slack_team_id.as_deref(), self.customer(&customer.id)) else {
            return Ok(Vec::new());
        };
        let here = Workspace { team, enterprise: "" };
        let slack = self.surfaces.slack()?;
        let mut people = Vec::new();
        for id in slack.usergroup(here, group).await?.into_iter().take(MOST_IN_GROUP) {
            let profile = slack.profile(here, &id).await?;
            if let Ok(email) = verified(&profile, here)
                && let Owner::One(user) = owner(systems, email).await?
            {
                people.push(*user);
            }
        }
        Ok(people)
    }
}

/// Slack's ids of people; Teams' begin otherwise.
fn is_user_id(chat_id: &str) -> bool {
    chat_id.starts_with(['U', 'W'])
}

/// Whose address it is, in one directory: as user principal name or as e-mail address.
pub(super) async fn owner(systems: &Systems, email: &str) -> Result<Owner, OutsideError> {
    let mut owners: Vec<User> = Vec::new();
    if Upn::parse(email).is_ok() {
        owners.extend(systems.graph.user(email).await?);
    }
    for user in systems.graph.users_by_mail(email).await? {
        if !owners.iter().any(|known| known.id == user.id) {
            owners.push(user);
        }
    }
    let first = owners.pop();
    Ok(match (first, owners.is_empty()) {
        (None, _) => Owner::Nobody,
        (Some(user), true) => Owner::One(Box::new(user)),
        (Some(_), false) => Owner::Several,
    })
}

/// The address that Slack vouches for, or why it vouches for none.
pub(super) fn verified<'p>(profile: &'p Profile, here: Workspace<'_>) -> Result<&'p str, Sentence> {
    let same_company =
        profile.team == here.team || (!profile.enterprise.is_empty() && profile.enterprise == here.enterprise);
    let refuse = |id: &str| Err(Sentence::new(id));
    match &profile.email {
        _ if profile.bot || profile.deleted => refuse("refusal-slack-bot"),
        _ if !same_company => refuse("refusal-slack-foreign"),
        _ if profile.guest => refuse("refusal-slack-guest"),
        Some(email) if profile.email_confirmed && !email.is_empty() => Ok(email),
        _ => refuse("refusal-slack-unconfirmed"),
    }
}
