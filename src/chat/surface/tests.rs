use super::*;

/// What the sender does, without the reason.
fn reaction(error: SlackError) -> (&'static str, Option<SignedDuration>) {
    match NotDelivered::from(error) {
        NotDelivered::Later { after, .. } => ("later", after),
        NotDelivered::Perhaps(_) => ("perhaps", None),
        NotDelivered::PostGone => ("post afresh", None),
        NotDelivered::PostLocked(_) => ("post afresh and leave the old one", None),
        NotDelivered::PlaceGone(_) => ("leave the place", None),
        NotDelivered::Withheld => ("withheld", None),
        NotDelivered::Never(_) => ("never", None),
    }
}

#[test]
fn every_error_of_slack_has_a_reaction() {
    let (code, wait) = (|| "code".to_owned(), Some(SignedDuration::from_secs(30)));
    let cases = [
        (SlackError::Payload { code: code(), detail: code() }, ("never", None)),
        (SlackError::Gone { code: code() }, ("leave the place", None)),
        (SlackError::MessageGone { code: code() }, ("post afresh", None)),
        (SlackError::MessageGone { code: "edit_window_closed".into() }, ("post afresh and leave the old one", None)),
        (SlackError::Unknown { code: code() }, ("never", None)),
        // Somebody has to mend these; what was said meanwhile is still worth saying.
        (SlackError::Unauthorized { code: code() }, ("later", None)),
        (SlackError::MissingScope { needed: code() }, ("later", None)),
        (SlackError::NotInstalled { team: code() }, ("later", None)),
        (SlackError::TriggerOver { code: code() }, ("never", None)),
        (SlackError::ViewChanged, ("never", None)),
        (SlackError::Throttled { retry_after: wait }, ("later", wait)),
        (SlackError::Unavailable { code: code(), retry_after: wait }, ("later", wait)),
        (SlackError::Unreachable, ("later", None)),
        (SlackError::Lost, ("perhaps", None)),
        (SlackError::Withheld, ("withheld", None)),
        (SlackError::Other { code: code() }, ("never", None)),
    ];
    for (error, expected) in cases {
        assert_eq!(reaction(error.clone()), expected, "{error:?}");
    }
}
