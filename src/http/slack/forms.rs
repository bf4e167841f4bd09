//! Opening forms. A trigger is good for 3 s, so nothing slow comes before it; where a form cannot be opened, the person is
//! told what to type instead.

use std::time::Duration;

use serde_json::Value;

use crate::cards::CardError;
use crate::chat::slack::inbound::{Form, Open, Subject};
use crate::chat::slack::payload::Metadata;
use crate::chat::slack::place::{Workspace, workspace};
use crate::chat::slack::{Connector, SlackError};
use crate::domain::{Person, Place, PlaceKind, RequestId, Sentence};
use crate::flow::{Audience, CardKind, StateName, view};
use crate::journal::{JournalError, OpenForm};
use crate::view::{Outgoing, View};
use crate::workers::Office;

/// Looking up somebody's address for a form may take so long of the trigger's time.
const LOOK_UP: Duration = Duration::from_millis(1200);

/// Why somebody gets no form.
#[derive(Debug, thiserror::Error)]
enum NoForm {
    /// They may not have it, or there is nothing to fill in.
    #[error("refused: {}", .0.id)]
    Refused(Sentence),
    #[error(transparent)]
    Slack(#[from] SlackError),
    #[error(transparent)]
    Card(#[from] CardError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Opens what somebody wants, or tells them what to do instead.
pub(super) async fn open(office: Office, open: Open) {
    let Open { who, place, form, .. } = &open;
    let Err(why) = open_form(&office, &open).await else { return };
    tracing::warn!(%why, "a form is not opened");
    let said = match (why, form) {
        (NoForm::Refused(sentence), _) => sentence,
        (_, Form::Reason { request: Some(request), .. }) => {
            Sentence::new("slack-reject-by-words").with("request", request)
        }
        (_, Form::Onboard { .. }) => Sentence::new("slack-onboard-by-words"),
        _ => Sentence::new("slack-press-again"),
    };
    if let Err(error) = tell(&office, place, (who, said)).await {
        tracing::error!(%error, "nobody could be told that there is no form");
    }
}

async fn tell(office: &Office, place: &Place, (who, said): (&Person, Sentence)) -> Result<(), JournalError> {
    let alone = match place.kind {
        // Somebody's page is no place to write in.
        PlaceKind::Personal => office.surfaces.alone_with(place, &who.chat_id).await.ok(),
        PlaceKind::Group | PlaceKind::Channel => None,
    };
    let mut tx = office.journal.begin().await?;
    tx.send(alone.as_ref().unwrap_or(place), Some(who), Outgoing::Say(said), office.clock.now()).await?;
    tx.commit().await
}

async fn open_form(office: &Office, open: &Open) -> Result<(), NoForm> {
    let cards = office.surfaces.cards();
    let slack = office.surfaces.slack().map_err(|_| SlackError::Unreachable)?;
    let here = workspace(&open.place);
    let unknown = || NoForm::Refused(Sentence::new("refusal-unknown-request"));
    let (form, metadata) = match &open.form {
        Form::Reason { request, version } => {
            let id = request.ok_or_else(unknown)?;
            (cards.slack_reason_form(id, *version)?, about(id, *version, &open.place))
        }
        Form::Confirm { request } => {
            let confirm = confirm(office, open, request.ok_or_else(unknown)?).await?;
            let (id, version) = (confirm.stamp.request, Some(confirm.stamp.version));
            (cards.slack_confirm_form(&confirm)?, about(id, version, &open.place))
        }
        Form::Onboard { subject, thread, channel } => {
            let subject = written(slack, here, subject).await;
            let (team, enterprise) = (Some(here.team.to_owned()), Some(here.enterprise.to_owned()));
            let (thread_ts, channel) = (thread.clone(), channel.clone());
            let metadata = Metadata { team, enterprise, channel, thread_ts, ..Metadata::default() };
            (cards.slack_onboard_form(subject.as_deref())?, metadata)
        }
    };
    slack.open_view(here, &open.trigger, &noted(form, &metadata)).await?;
    Ok(())
}

/// Which request a form is about, and where it was opened.
fn about(request: RequestId, version: Option<u64>, place: &Place) -> Metadata {
    let (request, conversation) = (Some(request.to_string()), Some(place.conversation.clone()));
    Metadata { request, version, conversation, ..Metadata::default() }
}

fn noted(mut form: Value, metadata: &Metadata) -> Value {
    // A struct of texts and a number becomes JSON without fail.
    form["private_metadata"] = serde_json::to_string(metadata).unwrap_or_default().into();
    form
}

/// What stands in the form at first.
async fn written(slack: &Connector, here: Workspace<'_>, subject: &Subject) -> Option<String> {
    match subject {
        Subject::Unknown => None,
        Subject::Address(address) => Some(address.to_string()),
        Subject::Author(user) => {
            let profile = tokio::time::timeout(LOOK_UP, slack.profile(here, user)).await;
            profile.ok()?.inspect_err(|why| tracing::warn!(%why, "an author's address is not known")).ok()?.email
        }
    }
}

/// The card of a request for the one person who may fill it in.
async fn confirm(office: &Office, open: &Open, id: RequestId) -> Result<crate::view::Confirm, NoForm> {
    let refused = |sentence| NoForm::Refused(sentence);
    let unknown = || refused(Sentence::new("refusal-unknown-request"));
    let request = office.journal.request(id).await?.ok_or_else(unknown)?.request;
    let (asked_in, here) = (&request.place, &open.place);
    let same_people = asked_in.surface == here.surface
        && (asked_in.tenant == here.tenant || (!here.address.is_empty() && asked_in.address == here.address));
    if !same_people || request.requester.chat_id != open.who.chat_id {
        let requester = &request.requester.name;
        return Err(refused(Sentence::new("refusal-not-yours").with("requester", requester).with("request", id)));
    }
    match view(&request, request.card(CardKind::Confirm), Audience::Everybody) {
        Some(View::Confirm(confirm)) => match confirm.closed {
            None => Ok(confirm),
            Some(closed) => Err(refused(closed)),
        },
        _ => Err(unknown()),
    }
}

/// Opens a form that says that a request is being checked, and will be filled in once it is.
pub(super) async fn open_checking(
    office: &Office,
    (place, trigger): (&Place, &str),
    request: RequestId,
    told: &Sentence,
) {
    let opened = async {
        let form = office.surfaces.cards().slack_note(std::slice::from_ref(told))?;
        let slack = office.surfaces.slack().map_err(|_| SlackError::Unreachable)?;
        Ok::<_, NoForm>(slack.open_view(workspace(place), trigger, &form).await?)
    };
    match opened.await {
        Ok(view) => expect(office, place, (&view, request)).await,
        // The card in the conversation does the same.
        Err(why) => tracing::warn!(%request, %why, "a form is not opened"),
    }
}

/// A form that somebody has open waits for the card of this request, or is filled at once: its card may have been sent
/// before the form was open.
pub(super) async fn expect(office: &Office, place: &Place, (view, request): (&str, RequestId)) {
    let (team, enterprise, conversation) = (place.tenant.clone(), place.address.clone(), place.conversation.clone());
    let form = OpenForm { view: view.to_owned(), team, enterprise, conversation };
    if let Err(error) = office.journal.form_opened(request, &form, office.clock.now()).await {
        tracing::error!(%request, %error, "an open form cannot be noted");
        return;
    }
    // Not in the way of the acknowledgement, which a submitted form has to see first.
    let office = office.clone();
    tokio::spawn(async move { fill_if_checked(&office, request).await });
}

async fn fill_if_checked(office: &Office, id: RequestId) {
    let request = match office.journal.request(id).await {
        Ok(Some(loaded)) => loaded.request,
        Ok(None) => return,
        Err(error) => {
            tracing::warn!(request = %id, %error, "an open form is not filled");
            return;
        }
    };
    let kind = match request.state.name() {
        StateName::Confirming => CardKind::Confirm,
        StateName::Refused => CardKind::Problems,
        _ => return,
    };
    if let Some(card) = view(&request, request.card(kind), Audience::Everybody) {
        office.fill_open_form(&card).await;
    }
}
