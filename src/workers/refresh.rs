//! `Refresh` on a progress card.

use super::Office;
use super::decide::{Dealt, Later, Wish};
use crate::domain::{Inbound, Press, RequestId};
use crate::flow::{Action, Request, Seen, StateName, StepStatus};

/// There is something to look at.
fn waits(request: &Request) -> bool {
    let waits = |status| matches!(status, StepStatus::Waiting | StepStatus::Guided);
    request.state.name() == StateName::Running && request.step().is_some_and(|step| waits(step.status))
}

impl Office {
    /// Looks now where a step waits, for whoever has a role. To everybody else, and where nothing waits, it shows how
    /// the request stands: on the open connection, as the card itself, or as a message.
    pub(super) async fn refresh(&self, inbound: &Inbound, press: &Press, id: RequestId) -> Result<Dealt, Later> {
        let waiting = self.journal.request(id).await?.filter(|loaded| waits(&loaded.request));
        let served = waiting.and_then(|loaded| self.customer(&loaded.request.customer));
        if let Some(served) = served
            && !self.roles_in(served, inbound).await?.is_stranger()
        {
            let seen = Seen::Card(press.version);
            return self.act(inbound, Wish { id, seen, action: Action::Refresh, private: true }).await;
        }
        if press.waiting {
            return self.finish(inbound, None).await;
        }
        self.status_of(inbound, id, true).await
    }
}
