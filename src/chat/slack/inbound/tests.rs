use serde_json::json;

use super::*;
use crate::domain::PlaceKind;

fn delivered(kind: &str, payload: Value) -> Result<Delivered, Malformed> {
    receive(&Payload::of_socket(kind, payload).unwrap())
}

fn received(kind: &str, payload: Value) -> Received {
    delivered(kind, payload).unwrap().received
}

/// An event as Slack wraps it; the bot is UBOT, installed in T1.
fn wrapped(event: Value) -> Value {
    json!({"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": "Ev1", "event": event,
        "authorizations": [{"enterprise_id": null, "team_id": "T1", "user_id": "UBOT", "is_bot": true}]})
}

fn event(event: Value) -> Received {
    received("events_api", wrapped(event))
}

fn kept(received: Received) -> Inbound {
    match received {
        Received::Event(inbound) | Received::Command { inbound, .. } | Received::Submitted { inbound, .. } => inbound,
        other => panic!("nothing to keep: {other:?}"),
    }
}

fn said(inbound: &Inbound) -> (&str, bool) {
    let What::Said { text, private } = &inbound.what else { panic!("nothing said: {inbound:?}") };
    (text, *private)
}

fn pressed(received: Received) -> (Place, Press) {
    let inbound = kept(received);
    let What::Pressed(press) = inbound.what else { panic!("nothing pressed") };
    (inbound.place, press)
}

fn overlaid(mut base: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().into_iter().flatten() {
        base[name] = value.clone();
    }
    base
}

fn mention(more: Value) -> Value {
    let plain = json!({"type": "app_mention", "user": "U1", "channel": "C1", "ts": "17.01", "text": "<@UBOT> help"});
    overlaid(plain, &more)
}

#[test]
fn a_mention_is_answered_in_its_thread_and_told_twice_it_is_one() {
    let one = kept(event(mention(json!({}))));
    assert_eq!((said(&one), one.key.0.as_str()), (("help", false), "slack:T1:17.01:C1"));
    assert_eq!((one.place.conversation.as_str(), one.place.kind), ("C1;thread=17.01", PlaceKind::Channel));
    assert_eq!((one.place.tenant.as_str(), one.who.chat_id.as_str(), one.who.id.as_str()), ("T1", "U1", ""));
    let twin = kept(event(mention(json!({"type": "message", "channel_type": "channel"}))));
    assert_eq!(one, twin);
    let reply = kept(event(mention(json!({"thread_ts": "16.99"}))));
    assert_eq!(reply.place.conversation, "C1;thread=16.99");
}

#[test]
fn in_a_direct_message_everything_is_for_the_bot() {
    let one = kept(event(json!({"type": "message", "channel_type": "im", "user": "U1", "channel": "D1", "ts": "1.2",
        "text": "status &amp; more", "thread_ts": "1.0"})));
    assert_eq!((said(&one), one.place.conversation.as_str()), (("status & more", false), "D1"));
    assert_eq!(one.place.kind, PlaceKind::Personal);
    let file = mention(json!({"subtype": "file_share", "files": [{"id": "F1"}]}));
    assert_eq!(said(&kept(event(file))).0, "help");
}

#[test]
fn what_is_not_said_to_the_bot_is_ignored() {
    for more in [
        json!({"bot_id": "B1"}),
        json!({"user": "UBOT"}),
        json!({"user": "USLACKBOT"}),
        json!({"user": null}),
        json!({"subtype": "message_changed"}),
        json!({"subtype": "message_deleted"}),
        json!({"subtype": "channel_join"}),
        json!({"subtype": "bot_message"}),
        json!({"edited": {"user": "U1", "ts": "18.0"}}),
        json!({"type": "message", "text": "help"}),
        json!({"type": "message", "text": "help <@UBOT2>"}),
        json!({"ts": null}),
        json!({"channel": null}),
        json!({"type": "reaction_added"}),
    ] {
        assert_eq!(event(mention(more.clone())), Received::Ignored, "{more}");
    }
}

#[test]
fn the_workspace_is_the_one_that_installed_the_app() {
    let places = |more: Value| {
        let place = kept(received("events_api", overlaid(wrapped(mention(json!({}))), &more))).place;
        (place.tenant, place.address)
    };
    let expected = |team: &str, enterprise: &str| (team.to_owned(), enterprise.to_owned());
    let auth = json!([{"team_id": "T2", "enterprise_id": "E2", "user_id": "UBOT", "is_bot": true}]);
    assert_eq!(places(json!({"authorizations": auth, "context_team_id": "T3"})), expected("T2", "E2"));
    let org = json!([{"team_id": null, "enterprise_id": "E2", "is_enterprise_install": true, "user_id": "UBOT"}]);
    assert_eq!(places(json!({"authorizations": org, "context_team_id": "T3"})), expected("T3", "E2"));
    let none = json!({"authorizations": [], "context_team_id": "T3", "context_enterprise_id": "E3"});
    assert_eq!(places(none), expected("T3", "E3"));
    assert_eq!(places(json!({"authorizations": null})), expected("T1", ""));
}

#[test]
fn opening_joining_and_leaving_are_told() {
    let home = kept(event(json!({"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home"})));
    assert_eq!(
        (home.what, home.place.conversation.as_str(), home.key.0.as_str()),
        (What::Opened, "U1;home", "slack:T1:Ev1")
    );
    let messages = kept(event(json!({"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "messages"})));
    assert_eq!((messages.what, messages.place.conversation.as_str()), (What::Added, "D1"));
    let joined = json!({"type": "member_joined_channel", "user": "UBOT", "channel": "C1", "inviter": "U1"});
    let added = kept(event(joined.clone()));
    assert_eq!((added.what, added.place.conversation.as_str(), added.who.chat_id.as_str()), (What::Added, "C1", "U1"));
    assert_eq!(event(overlaid(joined, &json!({"user": "U2"}))), Received::Ignored);
    let gone = |uninstalled| Received::Departed(Departed { team: "T1".into(), enterprise: String::new(), uninstalled });
    assert_eq!(event(json!({"type": "app_uninstalled"})), gone(true));
    assert_eq!(event(json!({"type": "tokens_revoked", "tokens": {"bot": ["UBOT"]}})), gone(false));
    assert_eq!(event(json!({"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}})), Received::Ignored);
    let challenge = received("events_api", json!({"type": "url_verification", "challenge": "abc"}));
    assert_eq!(challenge, Received::Challenge("abc".into()));
    assert_eq!(received("events_api", json!({"type": "app_rate_limited", "team_id": "T1"})), Received::RateLimited);
    assert_eq!(received("events_api", json!({"type": "something_new"})), Received::Ignored);
}

fn slash(command: &str, text: &str) -> Value {
    json!({"command": command, "text": text, "user_id": "U1", "channel_id": "C1", "team_id": "T1", "enterprise_id": "E1",
        "api_app_id": "A1", "trigger_id": "1.2.3", "response_url": "https://hooks.slack.com/commands/T1/2/3",
        "is_enterprise_install": "false"})
}

#[test]
fn a_slash_command_is_a_private_sentence_in_a_thread_of_the_bots_own() {
    let delivered = delivered("slash_commands", slash("/onboard", "<mailto:a@x.com|a@x.com> ext 1000")).unwrap();
    assert_eq!(delivered.reply.as_ref().map(Secret::expose), Some("https://hooks.slack.com/commands/T1/2/3"));
    assert!(!format!("{delivered:?}").contains("hooks.slack.com"));
    let inbound = kept(delivered.received);
    assert_eq!(said(&inbound), ("onboard a@x.com ext 1000", true));
    let digest = inbound.key.0.strip_prefix("slack:").unwrap();
    assert_eq!((digest.len(), inbound.place.conversation.clone()), (32, format!("C1;request={digest}")));
    assert_eq!((inbound.place.tenant.as_str(), inbound.place.address.as_str()), ("T1", "E1"));
    let typed = |command, text| said(&kept(received("slash_commands", slash(command, text)))).0.to_owned();
    assert_eq!(typed("/voice", "status ONB-1"), "status ONB-1");
    assert_eq!(typed("/voice", " "), "help");
    assert_eq!(typed("/onboard", "help"), "help onboard");
    assert_eq!(typed("/onboard", "<@U2|alice> ext 1000"), "onboard <@U2> ext 1000");
    assert_eq!(typed("/somebody-elses", "x"), "help");
}

#[test]
fn onboard_alone_opens_the_form() {
    let Received::Open(open) = received("slash_commands", slash("/onboard", "")) else { panic!("no form") };
    let form = Form::Onboard { subject: Subject::Unknown, thread: None, channel: Some("C1".into()) };
    assert_eq!((open.form, open.trigger.as_str()), (form, "1.2.3"));
}

fn button(action: &str, more: Value) -> Value {
    let value = json!({"request": "ONB-1", "version": 3, "post": "p1"}).to_string();
    let base = json!({"type": "block_actions", "api_app_id": "A1", "team": {"id": "T1"}, "enterprise": null,
        "user": {"id": "U1", "team_id": "T1"}, "channel": {"id": "C1"}, "trigger_id": "1.2.3",
        "container": {"type": "message", "message_ts": "17.02", "channel_id": "C1", "thread_ts": "17.01"},
        "message": {"ts": "17.02", "thread_ts": "17.01"}, "response_url": "https://hooks.slack.com/actions/T1/2/3",
        "state": {"values": {"location:3": {"location": {"type": "static_select", "selected_option": {"value": "PBX"}}},
            "note:3": {"note": {"type": "plain_text_input", "value": null}}}},
        "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": "1"}]});
    overlaid(base, &more)
}

#[test]
fn a_press_carries_what_was_chosen_and_which_copy_it_was() {
    let (place, press) = pressed(received("interactive", button("submit", json!({}))));
    assert_eq!((place.conversation.as_str(), press.verb.as_str()), ("C1;thread=17.01", "submit"));
    assert_eq!((press.request, press.version, press.waiting), (Some(RequestId(1)), Some(3), false));
    assert_eq!(press.inputs, BTreeMap::from([("location".to_owned(), "PBX".to_owned())]));
    assert_eq!(press.copy, Some(SeenCopy { post: "p1".into(), message: "17.02".into() }));
    let org = json!({"team": null, "enterprise": {"id": "E1"}, "user": {"id": "W1", "team_id": "T7"}});
    let (place, _) = pressed(received("interactive", button("approve", org)));
    assert_eq!((place.tenant.as_str(), place.address.as_str()), ("T7", "E1"));
    let foreign = json!({"actions": [{"type": "button", "action_id": "approve", "value": "somebody else's"}]});
    assert_eq!(pressed(received("interactive", button("approve", foreign))).1.request, None);
}

#[test]
fn a_press_on_the_page_belongs_to_the_page() {
    let page = json!({"channel": null, "message": null, "container": {"type": "view", "view_id": "V1"},
        "view": {"id": "V1", "type": "home", "app_installed_team_id": "T1"}});
    assert_eq!(pressed(received("interactive", button("approve", page.clone()))).0.conversation, "U1;home");
    assert_eq!(kept(received("interactive", button("refresh", page))).what, What::Opened);
    assert!(matches!(kept(received("interactive", button("refresh", json!({})))).what, What::Pressed(_)));
}

#[test]
fn choices_and_links_are_acknowledged_and_nothing_else() {
    for actions in [
        json!([{"type": "static_select", "action_id": "location", "selected_option": {"value": "PBX"}}]),
        json!([{"type": "button", "action_id": "open", "url": "https://contoso.com", "value": "x"}]),
        json!([{"type": "button", "action_id": "open"}]),
        json!([]),
        json!(null),
    ] {
        let got = received("interactive", button("x", json!({"actions": actions})));
        assert_eq!(got, Received::Ignored, "{actions}");
    }
    for kind in ["view_closed", "block_suggestion", "interactive_message", "dialog_submission", "workflow_step_edit"] {
        assert_eq!(received("interactive", json!({"type": kind})), Received::Ignored, "{kind}");
    }
}

#[test]
fn reject_without_a_reason_asks_for_one_first() {
    let Received::Open(open) = received("interactive", button("reject", json!({}))) else { panic!("no form") };
    assert_eq!(open.form, Form::Reason { request: Some(RequestId(1)), version: Some(3) });
    assert_eq!(open.place.conversation, "C1;thread=17.01");
    let reason = json!({"state": {"values": {"reason:3": {"reason": {"value": "wrong extension"}}}}});
    let (_, press) = pressed(received("interactive", button("reject", reason)));
    assert_eq!(press.inputs["reason"], "wrong extension");
}

fn submission(callback: &str, metadata: Value, values: Value) -> Value {
    let inputs = ["subject", "extension", "reason"];
    let input = |id: &str| json!({"type": "input", "block_id": format!("{id}:3"), "element": {"action_id": id}});
    json!({"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"}, "trigger_id": "4.5.6",
        "view": {"id": "V1", "callback_id": callback, "private_metadata": metadata.to_string(),
            "blocks": inputs.map(input), "state": {"values": values}}})
}

#[test]
fn a_submitted_form_is_a_press_of_somebody_who_waits() {
    let metadata = json!({"request": "ONB-1", "version": 3, "conversation": "C1;request=k"});
    let values = json!({"reason:3": {"reason": {"type": "plain_text_input", "value": "no"}}});
    let got = received("interactive", submission("reject", metadata, values.clone()));
    let Received::Submitted { form, .. } = &got else { panic!("{got:?}") };
    assert_eq!((form.view.as_str(), form.somewhere, form.inputs[2].1.as_str()), ("V1", false, "reason:3"));
    let (place, press) = pressed(got);
    assert_eq!((place.conversation.as_str(), press.waiting, press.version), ("C1;request=k", true, Some(3)));
    let got = received("interactive", submission("submit", json!({"request": "ONB-1", "version": 3}), values));
    assert!(matches!(got, Received::Submitted { form: Submitted { somewhere: true, .. }, .. }));
    assert_eq!(received("interactive", submission("note", json!({}), json!({}))), Received::Ignored);
}

#[test]
fn the_onboard_form_is_a_sentence_where_it_was_opened() {
    let values = json!({"a": {"subject": {"value": " alice@contoso.com\n"}}, "b": {"extension": {"value": "1000"}}});
    let sent = |metadata| kept(received("interactive", submission("onboard", metadata, values.clone())));
    let channel = sent(json!({"team": "T1", "enterprise": "", "channel": "C1"}));
    assert_eq!(said(&channel), ("onboard alice@contoso.com ext 1000", true));
    assert!(channel.place.conversation.starts_with("C1;request="));
    let thread = sent(json!({"team": "T1", "enterprise": "E1", "channel": "C1", "thread_ts": "17.01"}));
    assert_eq!((thread.place.conversation.as_str(), thread.place.address.as_str()), ("C1;thread=17.01", "E1"));
    assert_eq!(sent(json!({"team": "T1", "enterprise": ""})).place.conversation, "U1;home");
}

#[test]
fn shortcuts_open_the_onboard_form() {
    let global = json!({"type": "shortcut", "callback_id": "onboard_shortcut", "trigger_id": "1.2.3",
        "team": {"id": "T1"}, "user": {"id": "U1"}});
    let Received::Open(open) = received("interactive", global.clone()) else { panic!("no form") };
    assert_eq!(open.form, Form::Onboard { subject: Subject::Unknown, thread: None, channel: None });
    assert_eq!(received("interactive", overlaid(global.clone(), &json!({"callback_id": "x"}))), Received::Ignored);
    let on = |message: Value| {
        let more = json!({"type": "message_action", "callback_id": "onboard_message", "channel": {"id": "C1"}, "message": message});
        match received("interactive", overlaid(global.clone(), &more)) {
            Received::Open(Open { form: Form::Onboard { subject, thread, channel }, .. }) => (subject, thread, channel),
            other => panic!("{other:?}"),
        }
    };
    let written =
        on(json!({"ts": "5.0", "user": "U2", "text": "please add <mailto:dave@contoso.com|dave@contoso.com>"}));
    let dave = Subject::Address(Upn::parse("dave@contoso.com").unwrap());
    assert_eq!(written, (dave, Some("5.0".into()), Some("C1".into())));
    assert_eq!(
        on(json!({"ts": "5.1", "thread_ts": "5.0", "user": "U2", "text": "hi"})).0,
        Subject::Author("U2".into())
    );
    assert_eq!(on(json!({"ts": "5.0", "user": "U2", "bot_id": "B1", "text": "hi"})).0, Subject::Unknown);
}

#[test]
fn what_cannot_be_told_apart_or_answered_is_malformed() {
    let malformed = |kind: &str, payload: Value| delivered(kind, payload).unwrap_err();
    assert_eq!(malformed("interactive", button("approve", json!({"trigger_id": ""}))), Malformed::NoTrigger);
    assert_eq!(malformed("interactive", button("approve", json!({"user": null}))), Malformed::NoSender);
    assert_eq!(malformed("interactive", json!({})), Malformed::UnknownKind);
    assert_eq!(malformed("events_api", json!({})), Malformed::UnknownKind);
    assert_eq!(
        malformed("slash_commands", overlaid(slash("/voice", ""), &json!({"user_id": ""}))),
        Malformed::NoSender
    );
    let long = json!({"state": {"values": {"a": {"reason": {"value": "x".repeat(5000)}}}}});
    assert_eq!(malformed("interactive", button("approve", long)), Malformed::TooMuch);
}
