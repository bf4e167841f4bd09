//! Finding out who is asked: names from the directory, chat ids from the roster or from earlier meetings.

use super::Office;
use crate::chat::Roster;
use crate::config::{Customer, PersonRef};
use crate::domain::PlaceKind;
use crate::flow::{Asked, People, Request};
use crate::journal::JournalError;
use crate::outside::OutsideError;
use crate::steps::Systems;

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

impl Office {
    pub(super) async fn find_people(
        &self,
        (customer, systems): (&Customer, &Systems),
        request: &Request,
    ) -> Result<People, NotFound> {
        let place = &request.place;
        let roster = match place.kind {
            PlaceKind::Personal => None,
            // Without the roster people are mentioned by their directory id, which Teams takes as well.
            PlaceKind::Group | PlaceKind::Channel => {
                let read = self.surfaces.roster(place).await;
                read.inspect_err(|why| tracing::warn!(request = %request.id, %why, "the roster cannot be read")).ok()
            }
        };
        let mut approvers = self.named(systems, &customer.approval.approvers).await?;
        approvers.retain(|asked| asked.id != request.requester.id);
        let mut operators = self.named(systems, &customer.approval.operators).await?;
        for asked in approvers.iter_mut().chain(&mut operators) {
            self.locate(asked, request, roster.as_deref()).await?;
        }
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
        let Some((customer, systems)) = self.customer(&request.customer) else { return Vec::new() };
        let found = async {
            let mut operators = self.named(systems, &customer.approval.operators).await?;
            for asked in &mut operators {
                self.locate(asked, request, None).await?;
            }
            Ok::<_, NotFound>(operators)
        };
        let found = found.await.inspect_err(|why| tracing::warn!(request = %request.id, %why, "no operator is told"));
        found.unwrap_or_default()
    }

    /// Everybody on a list, each once.
    async fn named(&self, systems: &Systems, people: &[PersonRef]) -> Result<Vec<Asked>, OutsideError> {
        let mut found: Vec<Asked> = Vec::new();
        let mut add = |id: String, name: String| {
            if found.len() < MOST_ASKED && !found.iter().any(|a| a.id == id) {
                found.push(Asked { id, name, chat_id: None, alone: None });
            }
        };
        for entry in people {
            match entry {
                PersonRef::Upn(upn) => {
                    if let Some(user) = systems.graph.user(upn.as_str()).await? {
                        add(user.id, user.display_name.unwrap_or(user.upn));
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
                    people.into_iter().for_each(|user| add(user.id, user.display_name.unwrap_or(user.upn)));
                }
                PersonRef::SlackUsergroup(_) => {}
            }
        }
        Ok(found)
    }

    async fn locate(
        &self,
        asked: &mut Asked,
        request: &Request,
        roster: Option<&[Roster]>,
    ) -> Result<(), JournalError> {
        let in_roster = roster.and_then(|r| r.iter().find(|m| m.id.as_deref() == Some(&asked.id)));
        let contact = self.journal.contact(&asked.id, request.place.surface).await?;
        asked.chat_id = in_roster.map(|m| m.chat_id.clone()).or_else(|| contact.as_ref().map(|c| c.chat_id.clone()));
        if request.place.kind != PlaceKind::Personal {
            return Ok(());
        }
        asked.alone = contact.and_then(|c| c.place);
        if let (None, Some(chat_id)) = (&asked.alone, &asked.chat_id) {
            let opened = self.surfaces.alone_with(&request.place, chat_id).await;
            asked.alone = opened.inspect_err(|why| tracing::warn!(%why, "a personal chat cannot be opened")).ok();
        }
        Ok(())
    }
}
