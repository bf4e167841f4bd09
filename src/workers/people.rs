//! Finding out who is asked: names from the directory, chat ids from the roster or from earlier meetings.

use super::Office;
use crate::chat::Roster;
use crate::chat::slack::place::workspace;
use crate::config::{AskWhere, Customer, PersonRef};
use crate::domain::{PlaceKind, Surface};
use crate::flow::{Asked, People, Request};
use crate::journal::JournalError;
use crate::outside::OutsideError;

/// Mentioning more people than this helps nobody.
const MOST_ASKED: usize = 60;

/// Why people could not be found.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotFound {
    #[error(transparent)]
    Outside(#[from] OutsideError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Somebody on a list, as the directory knows them.
struct Listed {
    asked: Asked,
    upn: String,
    /// They are asked in a chat of their own, wherever the request was made.
    apart: bool,
}

impl Office {
    pub(super) async fn find_people(&self, customer: &Customer, request: &Request) -> Result<People, NotFound> {
        let place = &request.place;
        let roster = match (place.surface, place.kind) {
            // Slack's roster holds no directory ids, and its cards have no views of their own.
            (Surface::Slack, _) | (_, PlaceKind::Personal) => None,
            // Without the roster people are mentioned by their directory id, which Teams takes as well.
            (Surface::Teams, PlaceKind::Group | PlaceKind::Channel) => {
                let read = self.surfaces.roster(place).await;
                read.inspect_err(|why| tracing::warn!(request = %request.id, %why, "the roster cannot be read")).ok()
            }
        };
        let mut approvers = self.named(customer, &customer.approval.approvers).await?;
        approvers.retain(|listed| listed.asked.id != request.requester.id);
        let operators = self.operators(customer).await?;
        let approvers = self.located(approvers, (customer, request), roster.as_deref()).await?;
        let operators = self.located(operators, (customer, request), roster.as_deref()).await?;
        let others = roster.map(|roster| {
            let is_approver = |m: &Roster| approvers.iter().any(|a| a.chat_id.as_deref() == Some(&m.chat_id));
            roster.into_iter().filter(|m| !is_approver(m)).map(|m| m.chat_id).collect()
        });
        Ok(People { approvers, operators, others })
    }

    /// The operators of a request: as it knows them or, where it does not, found out now. Nobody where that fails.
    pub(super) async fn operators_of(&self, request: &Request) -> Vec<Asked> {
        if !request.operators.is_empty() {
            return request.operators.clone();
        }
        let Some((customer, _)) = self.customer(&request.customer) else { return Vec::new() };
        let found = async {
            let operators = self.operators(customer).await?;
            self.located(operators, (customer, request), None).await
        };
        let found = found.await.inspect_err(|why| tracing::warn!(request = %request.id, %why, "no operator is told"));
        found.unwrap_or_default()
    }

    async fn operators(&self, customer: &Customer) -> Result<Vec<Listed>, NotFound> {
        let apart = customer.guided.ask == AskWhere::Directly;
        let listed = self.named(customer, &customer.approval.operators).await?;
        Ok(listed.into_iter().map(|one| Listed { apart, ..one }).collect())
    }

    /// Everybody on a list, each once.
    async fn named(&self, customer: &Customer, people: &[PersonRef]) -> Result<Vec<Listed>, NotFound> {
        let Some((_, systems)) = self.customer(&customer.id) else { return Ok(Vec::new()) };
        let mut found: Vec<Listed> = Vec::new();
        let mut add = |id: String, upn: String, name: Option<String>| {
            if found.len() < MOST_ASKED && !found.iter().any(|listed| listed.asked.id == id) {
                let name = name.unwrap_or_else(|| upn.clone());
                found.push(Listed { asked: Asked { id, name, chat_id: None, alone: None }, upn, apart: false });
            }
        };
        for entry in people {
            match entry {
                PersonRef::Upn(upn) => {
                    if let Some(user) = systems.graph.user(upn.as_str()).await? {
                        add(user.id, user.upn, user.display_name);
                    }
                }
                PersonRef::EntraGroup(id) => {
                    let people = match systems.graph.group_people(id).await {
                        // A group that is gone or hidden costs its own mentions, not those of everybody else.
                        Err(why) if !why.is_transient() => {
                            tracing::warn!(group = %id, %why, "the people of a group cannot be listed");
                            Vec::new()
                        }
                        people => people?,
                    };
                    people.into_iter().for_each(|user| add(user.id, user.upn, user.display_name));
                }
                PersonRef::SlackUsergroup(id) => {
                    // The group's people can still decide by typing; so Slack's faults cost mentions only.
                    let people = self.usergroup_people(customer, id).await;
                    let people = people.inspect_err(|why| {
                        tracing::warn!(group = %id, %why, "the people of a user group cannot be listed");
                    });
                    people.unwrap_or_default().into_iter().for_each(|user| add(user.id, user.upn, user.display_name));
                }
            }
        }
        Ok(found)
    }

    async fn located(
        &self,
        listed: Vec<Listed>,
        about: (&Customer, &Request),
        roster: Option<&[Roster]>,
    ) -> Result<Vec<Asked>, NotFound> {
        let mut located = Vec::with_capacity(listed.len());
        for one in listed {
            located.push(self.locate(one, about, roster).await?);
        }
        Ok(located)
    }

    /// How somebody is addressed where the request was made and, where they cannot see it there, in a chat of their own.
    async fn locate(
        &self,
        Listed { mut asked, upn, apart }: Listed,
        (customer, request): (&Customer, &Request),
        roster: Option<&[Roster]>,
    ) -> Result<Asked, NotFound> {
        let surface = request.place.surface;
        let in_roster = roster.and_then(|r| r.iter().find(|m| m.id.as_deref() == Some(&asked.id)));
        let contacts = self.journal.contacts(&asked.id).await?;
        let here = contacts.iter().find(|contact| contact.surface == surface);
        asked.chat_id = in_roster.map(|m| m.chat_id.clone()).or_else(|| here.map(|contact| contact.chat_id.clone()));
        if asked.chat_id.is_none() && surface == Surface::Slack && self.serves(customer, &request.place) {
            let found = self.slack_id(workspace(&request.place), &upn).await;
            asked.chat_id =
                found.inspect_err(|why| tracing::warn!(%why, "somebody cannot be looked up in Slack")).ok().flatten();
        }
        let personal = request.place.kind == PlaceKind::Personal;
        if personal || apart {
            asked.alone = here.and_then(|contact| contact.place.clone());
            if let (None, Some(chat_id)) = (&asked.alone, &asked.chat_id) {
                let opened = self.surfaces.alone_with(&request.place, chat_id).await;
                asked.alone = opened.inspect_err(|why| tracing::warn!(%why, "a personal chat cannot be opened")).ok();
            }
        }
        // Somebody who is in the other product only is asked there.
        let unseen = match surface {
            _ if personal => asked.alone.is_none(),
            Surface::Slack => asked.chat_id.is_none(),
            Surface::Teams => roster.is_some() && in_roster.is_none(),
        };
        if unseen {
            let elsewhere = contacts.into_iter().filter(|contact| contact.surface != surface);
            asked.alone = elsewhere.filter_map(|contact| contact.place).next();
        }
        Ok(asked)
    }
}
