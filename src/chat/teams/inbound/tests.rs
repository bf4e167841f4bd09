use serde_json::json;

use super::*;

const BOT: &str = "28:11111111-1111-1111-1111-111111111111";
const CHANNEL: &str = "19:c@thread.tacv2;messageid=1700000000000";

fn activity(kind: &str, more: Value) -> Value {
    let mut base = json!({
        "type": kind, "id": "1700000000001", "timestamp": "2026-10-01T10:00:00Z", "channelId": "msteams",
        "serviceUrl": "https://smba.trafficmanager.net/amer/",
        "from": {"id": "29:ada", "name": "Ada", "aadObjectId": "a-1"}, "recipient": {"id": BOT, "name": "PBX Bot"},
        "conversation": {"conversationType": "personal", "tenantId": "t-1", "id": "a:1"},
        "locale": "en-US", "channelData": {"tenant": {"id": "t-1"}},
    });
    base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    base
}

fn read(activity: &Value) -> Result<Received, Malformed> {
    receive(&Envelope::parse(activity.to_string().as_bytes())?)
}

fn event(activity: &Value) -> Inbound {
    match read(activity).unwrap() {
        Received::Event(inbound) => inbound,
        other => panic!("not an event: {other:?}"),
    }
}

fn text_of(activity: &Value) -> String {
    match event(activity).what {
        What::Said { text, .. } => text,
        other => panic!("not said: {other:?}"),
    }
}

fn mention(id: &str, name: &str) -> Value {
    json!({"type": "mention", "mentioned": {"id": id, "name": name}, "text": format!("<at>{name}</at>")})
}

#[test]
fn a_command_in_a_channel_thread_arrives_without_the_mention() {
    let inbound = event(&activity(
        "message",
        json!({
            "conversation": {"id": CHANNEL, "conversationType": "channel", "tenantId": "t-1", "isGroup": true},
            "text": "<at>PBX Bot</at> /onboard alice@contoso.com ext 1000", "textFormat": "plain",
            "entities": [mention(BOT, "PBX Bot"), {"type": "clientInfo", "locale": "en-US", "platform": "Web"}],
            "attachments": [{"contentType": "text/html", "content": "<div>…</div>"}],
            "channelData": {"tenant": {"id": "t-1"}, "team": {"id": "19:t", "aadGroupId": "g"}, "channel": {"id": "19:c"}},
        }),
    ));
    let expected = Inbound {
        key: EventKey(format!("teams:1700000000001:{CHANNEL}")),
        place: Place {
            surface: Surface::Teams,
            conversation: CHANNEL.to_owned(),
            kind: PlaceKind::Channel,
            address: "https://smba.trafficmanager.net/amer/".to_owned(),
            tenant: "t-1".to_owned(),
        },
        who: Person { id: "a-1".to_owned(), chat_id: "29:ada".to_owned(), name: "Ada".to_owned(), upn: None },
        what: What::Said { text: "/onboard alice@contoso.com ext 1000".to_owned(), private: false },
    };
    assert_eq!(inbound, expected);
}

#[test]
fn only_the_bots_mention_is_taken_out() {
    for (text, entities, expected) in [
        (
            "<at>PBX Bot</at>\u{a0}onboard <at>Alice</at>",
            json!([mention(BOT, "PBX Bot"), mention("29:alice", "Alice")]),
            "onboard <at>Alice</at>",
        ),
        ("<at>PBX Bot</at>&nbsp;\r\n status", json!([mention(BOT, "PBX Bot")]), "status"),
        ("hi<at>PBX Bot</at>there", json!([mention(BOT, "PBX Bot")]), "hi there"),
        ("<at>PBX Bot</at> and <at>PBX Bot</at> help", json!([mention(BOT, "PBX Bot")]), "and help"),
        ("<at>PBX Bot</at> help", json!([{"type": "mention", "mentioned": {"id": BOT}}]), "help"),
        ("<at>PBX Bot</at> help", json!([{"type": "mention", "mentioned": {"id": BOT}, "text": "@PBX"}]), "help"),
        ("<at>Other</at> help", json!([mention("28:other", "Other")]), "<at>Other</at> help"),
        ("<at>PBX Bot</at> help", json!([]), "<at>PBX Bot</at> help"),
        ("help", json!([{"type": "https://schema.org/Message", "mentioned": 7, "text": []}, 7, null]), "help"),
        ("  two \t words\r\n\u{a0} and\u{a0}a line  ", Value::Null, "two words\nand a line"),
        ("<quoted messageId=\"17\"/> approve ONB-1", Value::Null, "<quoted messageId=\"17\"/> approve ONB-1"),
    ] {
        assert_eq!(text_of(&activity("message", json!({"text": text, "entities": entities}))), expected, "{text}");
    }
}

#[test]
fn a_mention_of_the_bot_and_nothing_else_is_said_too() {
    let only = activity("message", json!({"text": "<at>PBX Bot</at> ", "entities": [mention(BOT, "PBX Bot")]}));
    assert_eq!(text_of(&only), "");
}

#[test]
fn a_targeted_message_is_private() {
    let recipient = json!({"id": BOT, "name": "PBX Bot", "isTargeted": true});
    let what = event(&activity("message", json!({"text": "onboard", "recipient": recipient}))).what;
    assert_eq!(what, What::Said { text: "onboard".to_owned(), private: true });
}

#[test]
fn the_kind_of_place_is_told_or_seen_in_its_id() {
    for (conversation, kind) in [
        (json!({"conversationType": "personal", "id": "19:x@thread.v2"}), PlaceKind::Personal),
        (json!({"conversationType": "groupChat", "id": "x"}), PlaceKind::Group),
        (json!({"conversationType": "channel", "id": "x"}), PlaceKind::Channel),
        (json!({"id": "a:1"}), PlaceKind::Personal),
        (json!({"id": CHANNEL}), PlaceKind::Channel),
        (json!({"id": "19:c@thread.skype"}), PlaceKind::Channel),
        (json!({"id": "19:g@thread.v2"}), PlaceKind::Group),
        (json!({"id": "somewhere", "isGroup": true}), PlaceKind::Group),
        (json!({"id": "somewhere", "conversationType": "new"}), PlaceKind::Personal),
    ] {
        let place = event(&activity("message", json!({"text": "x", "conversation": conversation}))).place;
        assert_eq!(place.kind, kind, "{conversation}");
    }
}

#[test]
fn both_shapes_of_a_click_say_the_same() {
    let inputs = json!({
        "verb": "submit", "request": "onb-42", "version": 7, "msteams": {"feedback": {"hide": true}},
        "location": "PBX", "count": 3, "price": 1.5, "sure": true, "empty": "", "blank": "  ", "gone": null,
        "list": ["a"], "object": {"a": 1},
    });
    let submit = activity("message", json!({"replyToId": "c-1", "value": inputs}));
    let execute = json!({"action": {"type": "Action.Execute", "title": "Go", "verb": "submit", "data": inputs}});
    let execute = json!({"name": "adaptiveCard/action", "replyToId": "c-1", "value": execute});
    let execute = activity("invoke", execute);
    let texts = [("count", "3"), ("location", "PBX"), ("price", "1.5"), ("sure", "true")];
    let mut press = Press {
        verb: "submit".to_owned(),
        request: Some(RequestId(42)),
        version: Some(7),
        inputs: texts.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        waiting: false,
        copy: None,
    };
    assert_eq!(event(&submit).what, What::Pressed(press.clone()));
    press.waiting = true;
    let Received::Invoke { inbound, card } = read(&execute).unwrap() else { panic!("not an invoke") };
    assert_eq!(inbound.what, What::Pressed(press));
    assert_eq!(inbound.key, EventKey("teams:1700000000001:a:1".to_owned()));
    assert_eq!(card.as_deref(), Some("c-1"));
}

fn execute(action: Value) -> Value {
    activity("invoke", json!({"name": "adaptiveCard/action", "value": {"action": action, "trigger": "manual"}}))
}

#[test]
fn ids_and_versions_that_cannot_be_read_are_none() {
    for (data, request, version) in [
        (json!({"request": "ONB-1", "version": "12"}), Some(RequestId(1)), Some(12)),
        (json!({"request": "ONB-1; DROP TABLE", "version": -1}), None, None),
        (json!({"request": 1, "version": 1.5}), None, None),
        (json!({"request": {"id": "ONB-1"}, "version": [1]}), None, None),
        (json!({}), None, None),
        (json!("a text"), None, None),
        (Value::Null, None, None),
    ] {
        let read = read(&execute(json!({"verb": "approve", "data": data}))).unwrap();
        let Received::Invoke { inbound, card: None } = read else { panic!("not an invoke") };
        let What::Pressed(press) = inbound.what else { panic!("not pressed") };
        assert_eq!((press.request, press.version), (request, version), "{data}");
    }
}

#[test]
fn a_card_action_has_a_verb_and_a_bounded_load() {
    let many = |count: usize| (0..count).map(|i| (format!("i{i}"), json!("x"))).collect::<Map<_, _>>();
    for (action, expected) in [
        (json!({"data": {}}), Err(Malformed::NoVerb)),
        (json!({"verb": 7}), Err(Malformed::NoVerb)),
        (json!([]), Err(Malformed::NoVerb)),
        (json!({"verb": "submit", "data": many(51)}), Err(Malformed::TooMuch)),
        (json!({"verb": "submit", "data": many(50)}), Ok(50)),
        (json!({"verb": "submit", "data": {"note": "x".repeat(4097)}}), Err(Malformed::TooMuch)),
        (json!({"verb": "submit", "data": {"note": "x".repeat(4096)}}), Ok(1)),
    ] {
        let inputs = read(&execute(action)).map(|read| match read {
            Received::Invoke { inbound: Inbound { what: What::Pressed(press), .. }, .. } => press.inputs.len(),
            other => panic!("not a press: {other:?}"),
        });
        assert_eq!(inputs, expected);
    }
    let empty = activity("invoke", json!({"name": "adaptiveCard/action"}));
    assert_eq!(read(&empty), Err(Malformed::NoVerb));
}

#[test]
fn looking_again_is_not_an_event() {
    for (verb, refresh) in [("view", false), ("refresh", true)] {
        let read = read(&execute(json!({"verb": verb, "data": {"request": "ONB-3", "version": 2}}))).unwrap();
        let asked = match read {
            Received::View(asked) => asked,
            // Only a human presses Refresh, and that has an effect.
            Received::Refresh { inbound: Inbound { what: What::Pressed(press), .. }, asked } => {
                assert_eq!((press.verb.as_str(), press.request, press.waiting), ("refresh", asked.request, true));
                *asked
            }
            other => panic!("not a view: {other:?}"),
        };
        assert_eq!((asked.request, asked.version, asked.refresh), (Some(RequestId(3)), Some(2), refresh));
        assert_eq!((asked.who.id.as_str(), asked.place.conversation.as_str()), ("a-1", "a:1"));
    }
    // Old clients press Refresh as a message; the answer cannot travel back with it.
    let submit = activity("message", json!({"value": {"verb": "refresh", "request": "ONB-3"}}));
    assert!(matches!(event(&submit).what, What::Pressed(press) if press.verb == "refresh" && !press.waiting));
}

#[test]
fn unknown_invokes_are_told_apart_from_chips() {
    for name in ["task/fetch", "composeExtension/query", "application/search", "adaptivecard/ACTION", ""] {
        assert_eq!(read(&activity("invoke", json!({"name": name}))), Ok(Received::UnknownInvoke), "{name}");
    }
    assert_eq!(read(&activity("invoke", json!({}))), Ok(Received::UnknownInvoke));
    for name in ["suggestedActions/submit", "suggestedAction/submit"] {
        assert_eq!(read(&activity("invoke", json!({"name": name}))), Ok(Received::Ignored), "{name}");
    }
}

#[test]
fn coming_and_going_of_the_bot_is_noticed_and_that_of_people_is_not() {
    let (bot, ada) = (json!({"id": BOT}), json!({"id": "29:ada", "aadObjectId": "a-1"}));
    for (kind, more, expected) in [
        ("installationUpdate", json!({"action": "add"}), Some(What::Added)),
        ("installationUpdate", json!({"action": "add-upgrade"}), Some(What::Added)),
        ("installationUpdate", json!({"action": "remove"}), Some(What::Removed)),
        ("installationUpdate", json!({"action": "remove-upgrade"}), None),
        ("installationUpdate", json!({}), None),
        ("conversationUpdate", json!({"membersAdded": [ada, bot]}), Some(What::Added)),
        ("conversationUpdate", json!({"membersRemoved": [bot]}), Some(What::Removed)),
        ("conversationUpdate", json!({"membersAdded": [ada]}), None),
        ("conversationUpdate", json!({"membersRemoved": [ada]}), None),
        ("conversationUpdate", json!({"membersAdded": [{"name": "x"}], "recipient": {}}), None),
        ("conversationUpdate", json!({"channelData": {"eventType": "channelRenamed", "tenant": {"id": "t-1"}}}), None),
    ] {
        let read = read(&activity(kind, more.clone())).unwrap();
        let what = match read {
            Received::Event(inbound) => Some(inbound.what),
            Received::Ignored => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(what, expected, "{kind} {more}");
    }
    // The playground sends neither a name nor, for the service itself, an object id.
    let bare = activity("installationUpdate", json!({"action": "add", "from": {"id": "29:ada"}}));
    let who = event(&bare).who;
    assert_eq!((who.id.as_str(), who.chat_id.as_str(), who.name.as_str()), ("", "29:ada", ""));
}

#[test]
fn a_redelivery_has_the_same_key_and_another_thread_has_not() {
    let one = activity("message", json!({"text": "help"}));
    assert_eq!(event(&one).key, event(&one.clone()).key);
    let elsewhere = activity("message", json!({"text": "help", "conversation": {"id": "a:2"}}));
    assert_ne!(event(&one).key, event(&elsewhere).key);
}

#[test]
fn edits_noise_and_the_bots_own_words_are_ignored() {
    for kind in ["messageUpdate", "messageDelete", "messageReaction", "typing", "event", "endOfConversation", "trace"] {
        assert_eq!(read(&activity(kind, json!({"text": "onboard alice"}))), Ok(Received::Ignored), "{kind}");
    }
    let own = json!({"text": "onboard alice", "from": {"id": BOT, "aadObjectId": "b"}});
    for more in [own, json!({}), json!({"value": {"no": "verb"}}), json!({"value": "a text"}), json!({"value": [1]})] {
        assert_eq!(read(&activity("message", more.clone())), Ok(Received::Ignored), "{more}");
    }
    let both = activity("message", json!({"text": "help", "value": {"verb": "approve"}}));
    assert_eq!(text_of(&both), "help");
    let blank = activity("message", json!({"text": " ", "value": {"verb": "approve"}}));
    assert!(matches!(event(&blank).what, What::Pressed(_)));
}

#[test]
fn what_cannot_be_answered_or_told_apart_is_malformed() {
    for (more, expected) in [
        (json!({"id": null}), Malformed::NoId),
        (json!({"id": ""}), Malformed::NoId),
        (json!({"conversation": null}), Malformed::NoConversation),
        (json!({"conversation": {"tenantId": "t-1"}}), Malformed::NoConversation),
        (json!({"from": null}), Malformed::NoSender),
        (json!({"from": {"name": "Ada"}}), Malformed::NoSender),
        (json!({"text": ["onboard"]}), Malformed::NotAnActivity),
        (json!({"channelData": "t-1"}), Malformed::NotAnActivity),
    ] {
        let mut message = activity("message", json!({"text": "help"}));
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(read(&message), Err(expected), "{more}");
    }
    for body in ["", "null", "[]", "{}", "{\"type\":7}", "{\"type\":\"message\",\"type\":\"message\"}", "\u{feff}{}"] {
        assert_eq!(Envelope::parse(body.as_bytes()).err(), Some(Malformed::NotAnActivity), "{body}");
    }
    assert_eq!(Envelope::parse(&[b'['; 100_000]).err(), Some(Malformed::NotAnActivity));
    assert_eq!(Envelope::parse(b"{\"type\":\"\xff\"}").err(), Some(Malformed::NotAnActivity));
}

#[test]
fn what_people_write_is_not_in_the_debug_output() {
    let envelope = activity("message", json!({"text": "my password is 123", "value": {"note": "123"}}));
    let envelope = Envelope::parse(envelope.to_string().as_bytes()).unwrap();
    assert!(!format!("{envelope:?}").contains("123"));
}
