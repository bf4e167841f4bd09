//! What is done about an authentic payload, whichever way it came, and what Slack is told at once.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::Reception;
use super::super::answer::{Heard, Patience, ask, keep};
use super::{Authentic, forms};
use crate::chat::slack::inbound::{Departed, OnboardForm, Submitted};
use crate::chat::slack::place::{Workspace, workspace};
use crate::chat::slack::{Delivered, Received};
use crate::command::{self, Misread, Why};
use crate::config::Secret;
use crate::domain::{Inbound, PlaceKind, RequestId, Sentence, What};
use crate::journal::JournalError;
use crate::workers::Office;

/// Slack gives up after 3 s, the way there and back included.
const PATIENCE: Patience = Patience { worker: Duration::from_millis(2000), last_step: Duration::from_millis(500) };

/// Looking up the direct message with somebody may take so long of it.
const LOOK_UP: Duration = Duration::from_millis(500);

/// What the acknowledgement carries.
#[derive(Debug, Clone, PartialEq)]
pub enum AckBody {
    /// Nothing: it is kept, or there was nothing to do. A form closes.
    Empty,
    /// An answer in the words of Slack.
    Json(Value),
}

/// Keeps what has to be kept and answers. An error: it is not kept, and Slack has to send it again.
pub async fn dispatch(reception: &Reception, Authentic(delivered): Authentic) -> Result<AckBody, JournalError> {
    let office = &reception.office;
    let Delivered { received, reply } = delivered;
    match received {
        Received::Ignored => Ok(AckBody::Empty),
        Received::Challenge(challenge) => Ok(AckBody::Json(json!({ "challenge": challenge }))),
        Received::RateLimited => {
            tracing::warn!("Slack leaves out events: there were more than 30 000 in an hour");
            Ok(AckBody::Empty)
        }
        Received::Departed(departed) => depart(reception, &departed).await.map(|()| AckBody::Empty),
        Received::Event(inbound) => {
            may_reply(office, &inbound, reply);
            keep(office, &inbound).await.map(|_| AckBody::Empty)
        }
        Received::Command { inbound, trigger } => {
            let inbound = in_own_chat(office, inbound, false).await;
            may_reply(office, &inbound, reply);
            command(office, &inbound, trigger).await
        }
        Received::Submitted { inbound, form } => submitted(office, inbound, &form).await,
        Received::Open(open) => {
            // The trigger does not wait for anything.
            tokio::spawn(forms::open(office.clone(), open));
            Ok(AckBody::Empty)
        }
    }
}

/// Whether the token still works is found out in the background: an event may be late.
async fn depart(reception: &Reception, departed: &Departed) -> Result<(), JournalError> {
    let Departed { team, enterprise, uninstalled } = departed;
    tracing::warn!(%team, %enterprise, uninstalled, "the app was removed from a workspace, or its token revoked");
    match &reception.tokens {
        Some(tokens) => tokens.uninstalled(Workspace { team, enterprise }).await,
        None => Ok(()),
    }
}

fn may_reply(office: &Office, inbound: &Inbound, reply: Option<Secret>) {
    if let (Some(address), Ok(slack)) = (reply, office.surfaces.slack()) {
        slack.desk().may_reply(&inbound.place.conversation, &inbound.who.chat_id, address, office.clock.now());
    }
}

/// Whoever types in a direct message with somebody else is answered in their own with the bot, which alone can be
/// posted in. `homeless`: the place is nothing that can be posted in.
async fn in_own_chat(office: &Office, mut inbound: Inbound, homeless: bool) -> Inbound {
    if inbound.place.kind != PlaceKind::Personal {
        return inbound;
    }
    let Ok(slack) = office.surfaces.slack() else { return inbound };
    let opened = slack.open_personal(workspace(&inbound.place), &inbound.who.chat_id);
    match tokio::time::timeout(LOOK_UP, opened).await {
        Ok(Ok(place)) => inbound.place = place,
        Ok(Err(why)) if homeless => tracing::warn!(%why, "a direct message cannot be opened"),
        _ => {}
    }
    inbound
}

/// Only the person who typed sees the answer.
async fn command(office: &Office, inbound: &Inbound, trigger: String) -> Result<AckBody, JournalError> {
    let told = match ask(office, inbound, PATIENCE).await? {
        Heard::Told(told) => told,
        Heard::Elsewhere => return Ok(AckBody::Empty),
        Heard::Later => Sentence::new("answer-kept"),
    };
    if let Some(request) = receipt(&told) {
        let (office, place, told) = (office.clone(), inbound.place.clone(), told.clone());
        tokio::spawn(async move { forms::open_checking(&office, (&place, &trigger), request, &told).await });
    }
    let text = office.surfaces.cards().say_mrkdwn(&told);
    Ok(AckBody::Json(json!({ "response_type": "ephemeral", "text": text })))
}

/// The request that is being checked: a form may follow.
fn receipt(told: &Sentence) -> Option<RequestId> {
    let request = told.args.get("request").filter(|_| told.id == "answer-receipt")?;
    RequestId::parse(request).ok()
}

async fn submitted(office: &Office, mut inbound: Inbound, form: &Submitted) -> Result<AckBody, JournalError> {
    if let Some((input, why)) = form.asked.as_ref().and_then(misread) {
        return Ok(errors(office, form, Some(input), &why));
    }
    if form.somewhere {
        inbound = match &inbound.what {
            What::Pressed(press) => {
                let request = match press.request {
                    Some(id) => office.journal.request(id).await?,
                    None => None,
                };
                let asked_in = request.map(|loaded| loaded.request.place);
                let here = asked_in.filter(|place| place.surface == inbound.place.surface);
                let here = here.filter(|place| place.tenant == inbound.place.tenant);
                Inbound { place: here.unwrap_or_else(|| inbound.place.clone()), ..inbound }
            }
            _ => in_own_chat(office, inbound, true).await,
        };
    }
    let told = match ask(office, &inbound, PATIENCE).await? {
        Heard::Told(told) => told,
        Heard::Elsewhere => return Ok(AckBody::Empty),
        Heard::Later => return Ok(note(office, &Sentence::new("answer-kept"))),
    };
    if let Some(request) = receipt(&told) {
        forms::expect(office, &inbound.place, (&form.view, request)).await;
        return Ok(note(office, &told));
    }
    Ok(match told.id.as_str() {
        id if id.starts_with("refusal-") || id.starts_with("misread-") => errors(office, form, None, &told),
        "answer-rights-later" | "answer-journal-later" => note(office, &told),
        _ => AckBody::Empty,
    })
}

/// Why the two texts are no command: under which input, and in its own positions.
fn misread(asked: &OnboardForm) -> Option<(&'static str, Sentence)> {
    let OnboardForm { subject, extension } = asked;
    // Whom a mention stands for is found out later.
    let subject = if subject.starts_with("<@") { "somebody@example.com" } else { subject };
    let before = "onboard ".len();
    let behind = before + subject.chars().count() + " ext ".len();
    let asked = OnboardForm { subject: subject.to_owned(), extension: extension.clone() };
    let misread = command::parse(&asked.command()).err()?;
    let on_extension = match misread.why {
        Why::MissingSubject => false,
        Why::MissingValue(_) => true,
        _ => misread.at + 1 >= behind,
    };
    let (input, at) = if on_extension { ("extension", behind) } else { ("subject", before) };
    let misread = Misread { at: misread.at.saturating_sub(at), ..misread };
    Some((input, misread.sentence()))
}

/// Shows what is wrong under an input: the one that it is about, else the last.
fn errors(office: &Office, form: &Submitted, input: Option<&str>, why: &Sentence) -> AckBody {
    let about = why.terms.get("input").and_then(|term| term.strip_prefix("item-"));
    let about = input.or(about).or(match why.id.as_str() {
        "refusal-unknown-domain" => Some("subject"),
        "misread-missing-extension" => Some("extension"),
        "refusal-reason-missing" => Some("reason"),
        _ => None,
    });
    let found = form.inputs.iter().find(|(id, _)| Some(id.as_str()) == about).or(form.inputs.last());
    match found {
        Some((_, block)) => {
            let words = office.surfaces.cards().say(why);
            AckBody::Json(json!({ "response_action": "errors", "errors": { block.as_str(): words } }))
        }
        None => note(office, why),
    }
}

/// Replaces the form by words.
fn note(office: &Office, said: &Sentence) -> AckBody {
    match office.surfaces.cards().slack_note(std::slice::from_ref(said)) {
        Ok(view) => AckBody::Json(json!({ "response_action": "update", "view": view })),
        Err(error) => {
            tracing::error!(%error, "a form cannot be made");
            AckBody::Empty
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(subject: &str, extension: &str) -> Option<(&'static str, String, Option<String>)> {
        let asked = OnboardForm { subject: subject.to_owned(), extension: extension.to_owned() };
        misread(&asked).map(|(input, why)| (input, why.id.clone(), why.args.get("position").cloned()))
    }

    #[test]
    fn what_is_wrong_stands_under_the_input_that_it_is_about() {
        assert_eq!(told("alice@contoso.com", "1000"), None);
        assert_eq!(told("<@U1>", "1000"), None);
        // Whether the carrier needs one is decided later.
        assert_eq!(told("alice@contoso.com", ""), None);
        let rows = [
            ("alice", "1000", "subject", "1"),
            ("al\u{200b}ice@contoso.com", "1000", "subject", "3"),
            ("alice@contoso.com", "12", "extension", "1"),
            ("alice@contoso.com", "10x00", "extension", "1"),
            ("", "1000", "subject", "-"),
        ];
        for (subject, extension, input, position) in rows {
            let (under, id, at) = told(subject, extension).unwrap_or_else(|| panic!("{subject} {extension}"));
            assert_eq!(under, input, "{subject} {extension}: {id}");
            assert!(position == "-" || at.as_deref() == Some(position), "{subject} {extension}: {id} at {at:?}");
        }
    }
}
