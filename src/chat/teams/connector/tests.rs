use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::io::AsyncReadExt as _;

use super::super::errors::TokenError;
use super::super::message::Part;
use super::super::testing::{APP_ID, Answer, Fake, Seen, answer, teams};
use super::*;
use crate::chat::Permit;
use crate::clock::ManualClock;

/// Hands out `token-1`, and the next number after each complaint about the present one.
#[derive(Debug, Default)]
struct Numbered(AtomicUsize);

impl BotToken for Numbered {
    fn token(&self) -> BoxFuture<'_, Result<Secret, TokenError>> {
        let number = self.0.load(Ordering::SeqCst) + 1;
        Box::pin(async move { Ok(Secret::new(format!("token-{number}"))) })
    }

    fn invalidate(&self, token: &Secret) -> BoxFuture<'_, ()> {
        let number = self.0.load(Ordering::SeqCst) + 1;
        assert_eq!(token.expose(), format!("token-{number}"));
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {})
    }
}

#[derive(Debug)]
struct NoToken;

impl BotToken for NoToken {
    fn token(&self) -> BoxFuture<'_, Result<Secret, TokenError>> {
        Box::pin(async { Err(TokenError::Unavailable) })
    }

    fn invalidate(&self, _: &Secret) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

fn clock() -> SharedClock {
    Arc::new(ManualClock::new(Timestamp::from_second(1_800_000_000).unwrap()))
}

fn connector(hosts: &[&str]) -> Connector {
    Connector::new(&teams(hosts), Arc::new(Numbered::default()), clock()).unwrap()
}

fn place(address: &str) -> Place {
    Place {
        surface: Surface::Teams,
        conversation: "19:c@thread.tacv2;messageid=1700000000000".to_owned(),
        kind: PlaceKind::Channel,
        address: address.to_owned(),
        tenant: "t-1".to_owned(),
    }
}

fn hello() -> Activity {
    Activity::text(&[Part::Words("hello")])
}

const CONVERSATION: &str = "/amer/v3/conversations/19%3Ac%40thread.tacv2%3Bmessageid%3D1700000000000";

async fn service(behave: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> (Fake, Connector, Place) {
    let fake = Fake::start(behave).await;
    let (connector, place) = (connector(&[&fake.host]), place(&fake.url("/amer/")));
    (fake, connector, place)
}

#[tokio::test]
async fn messages_are_posted_rewritten_and_taken_back() {
    let (fake, connector, place) = service(|seen| match seen.method {
        Method::DELETE => answer(204, ""),
        _ => answer(201, json!({"id": "m-1"})),
    })
    .await;
    assert_eq!(connector.send(&place, &hello(), &Permit::granted()).await, Ok(Some("m-1".to_owned())));
    let card = Activity::card(json!({"type": "AdaptiveCard", "version": "1.5"}), "ONB-1");
    assert_eq!(connector.update((&place, "f:a/b"), &card, &Permit::granted()).await, Ok(()));
    assert_eq!(connector.delete(&place, "m-1").await, Ok(()));
    let seen = fake.seen();
    let calls: Vec<_> = seen.iter().map(|seen| (seen.method.as_str(), seen.uri.as_str())).collect();
    let (post, put) = (format!("{CONVERSATION}/activities"), format!("{CONVERSATION}/activities/f%3Aa%2Fb"));
    let delete = format!("{CONVERSATION}/activities/m-1");
    assert_eq!(calls, [("POST", post.as_str()), ("PUT", put.as_str()), ("DELETE", delete.as_str())]);
    assert!(seen.iter().all(|seen| seen.authorization.as_deref() == Some("Bearer token-1")));
    assert_eq!(
        seen[0].json(),
        json!({
            "type": "message", "text": "hello", "textFormat": "plain",
            "from": {"id": format!("28:{APP_ID}")}, "conversation": {"id": place.conversation},
        })
    );
    assert_eq!(seen[1].json()["id"], "f:a/b");
    assert_eq!(seen[1].json()["summary"], "ONB-1");
    assert!(seen[2].body.is_empty());
}

#[tokio::test]
async fn a_conversation_of_the_government_cloud_is_served_there_from_then_on() {
    let wrong = |_: &Seen| answer(403, json!({"error": {"code": "InvalidBotApiHost", "message": "x"}}));
    let (public, government) = (Fake::start(wrong).await, Fake::start(|_| answer(201, json!({"id": "m-1"}))).await);
    let mut moving = connector(&[&public.host, &government.host]);
    moving.government = government.url("/teams");
    let place = place(&public.url("/amer/"));
    for _ in 0..2 {
        assert_eq!(moving.send(&place, &hello(), &Permit::granted()).await, Ok(Some("m-1".to_owned())));
    }
    assert_eq!((public.seen().len(), government.seen().len()), (1, 2));
    let mut staying = connector(&[&public.host]);
    staying.government = government.url("/teams");
    assert_eq!(staying.send(&place, &hello(), &Permit::granted()).await, Err(ChatError::WrongHost), "not on the list");
    assert_eq!(government.seen().len(), 2, "no token goes to a host that is not on the list");
}

#[tokio::test]
async fn a_targeted_message_names_its_only_reader() {
    let (fake, connector, place) = service(|_| answer(201, json!({"id": "m-1"}))).await;
    let ada = Person { id: "a-1".into(), chat_id: "29:ada".into(), name: "Ada".into(), upn: None };
    assert_eq!(connector.send_targeted((&place, &ada), &hello(), &Permit::granted()).await, Ok(Some("m-1".to_owned())));
    let seen = &fake.seen()[0];
    assert_eq!(seen.uri, format!("{CONVERSATION}/activities?isTargetedActivity=true"));
    assert_eq!(seen.json()["recipient"], json!({"id": "29:ada", "name": "Ada", "isTargeted": true}));
}

#[tokio::test]
async fn a_posted_message_without_an_id_is_still_posted() {
    for body in ["{}", r#"{"id":null}"#, r#"{"id":""}"#, r#"{"id":"17"#, "[]"] {
        let (_fake, connector, place) = service(move |_| answer(200, body)).await;
        assert_eq!(connector.send(&place, &hello(), &Permit::granted()).await, Ok(None), "{body}");
    }
}

#[tokio::test]
async fn a_success_that_is_not_the_connectors_is_no_success() {
    for (body, error) in [("", ChatError::Unknown), (" <html>", ChatError::WebPage)] {
        let (_fake, connector, place) = service(move |_| answer(200, body)).await;
        assert_eq!(connector.send(&place, &hello(), &Permit::granted()).await, Err(error), "{body}");
    }
    let (_fake, connector, place) = service(|_| answer(200, "<html>")).await;
    assert_eq!(connector.update((&place, "m-1"), &hello(), &Permit::granted()).await, Err(ChatError::WebPage));
}

#[tokio::test]
async fn every_documented_answer_has_its_reaction() {
    let code = |code: &str| json!({"error": {"code": code, "message": "do not read me"}}).to_string();
    let nested = json!({"errorCode": 209, "message": "{\"subCode\":\"MessageWritesBlocked\",\"x\":1}"}).to_string();
    let gone = |code: &str| ChatError::Gone { code: code.to_owned() };
    let seven = Some(SignedDuration::from_secs(7));
    let cases = [
        (400, code("Bad Argument"), ChatError::Payload { code: "Bad Argument".into() }, false),
        (400, code("BadSyntax"), ChatError::Payload { code: "BadSyntax".into() }, false),
        (401, code("BotNotRegistered"), ChatError::Unauthorized { code: "BotNotRegistered".into() }, false),
        (403, code("BotNotInConversationRoster"), gone("BotNotInConversationRoster"), false),
        (403, code("ConversationBlockedByUser"), gone("ConversationBlockedByUser"), false),
        (403, code("BotDisabledByAdmin"), gone("BotDisabledByAdmin"), false),
        (403, code("ForbiddenOperationException"), gone("ForbiddenOperationException"), false),
        (403, code("NotEnoughPermissions"), gone("NotEnoughPermissions"), false),
        (403, nested, gone("MessageWritesBlocked"), false),
        (403, code("InvalidBotApiHost"), ChatError::WrongHost, false),
        (403, code("Other"), ChatError::Unlisted { status: 403, code: "Other".into() }, false),
        (404, code("ConversationNotFound"), gone("ConversationNotFound"), false),
        (
            404,
            code("ActivityNotFoundInConversation"),
            ChatError::ActivityGone { code: "ActivityNotFoundInConversation".into() },
            false,
        ),
        (404, String::new(), ChatError::Unlisted { status: 404, code: "no code".into() }, false),
        (412, code("PreconditionFailed"), ChatError::Contended, true),
        (413, code("MessageSizeTooBig"), ChatError::TooBig, false),
        (429, code("Throttled"), ChatError::Throttled { retry_after: seven }, true),
        (500, code("ServiceError"), ChatError::ServiceError { code: "ServiceError".into() }, false),
        (502, "<html>".into(), ChatError::Unavailable { status: 502, retry_after: seven }, true),
        (503, String::new(), ChatError::Unavailable { status: 503, retry_after: seven }, true),
        (504, String::new(), ChatError::Unavailable { status: 504, retry_after: seven }, true),
        (418, String::new(), ChatError::Unlisted { status: 418, code: "no code".into() }, false),
    ];
    for (status, body, expected, retry) in cases {
        let reply = move |_: &_| Answer { headers: vec![("retry-after", "7".to_owned())], ..answer(status, &body) };
        let (fake, connector, place) = service(reply).await;
        let error = connector.send(&place, &hello(), &Permit::granted()).await.unwrap_err();
        assert_eq!(error, expected, "{status}");
        assert_eq!(error.should_retry(), retry, "{error}");
        assert!(!error.to_string().contains("do not read me"));
        let waits = matches!(status, 429 | 502..=504);
        assert_eq!(error.retry_after(), seven.filter(|_| waits), "{error}");
        assert_eq!(fake.seen().len(), if status == 401 { 2 } else { 1 }, "only a refused token is tried again");
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let (fake, connector, place) = service(|seen| match seen.authorization.as_deref() {
        Some("Bearer token-2") => answer(201, json!({"id": "m-1"})),
        _ => answer(401, ""),
    })
    .await;
    assert_eq!(connector.send(&place, &hello(), &Permit::granted()).await, Ok(Some("m-1".to_owned())));
    assert_eq!(fake.seen().len(), 2);
    assert_eq!(fake.seen()[0].body, fake.seen()[1].body);
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let fake = Fake::start(|_| answer(201, json!({"id": "m-1"}))).await;
    let connector = Connector::new(&teams(&[&fake.host]), Arc::new(NoToken), clock()).unwrap();
    let error = connector.send(&place(&fake.url("/")), &hello(), &Permit::granted()).await.unwrap_err();
    assert_eq!(error, ChatError::Token(TokenError::Unavailable));
    assert!(error.should_retry());
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn no_operation_speaks_to_a_foreign_host() {
    let foreign = Fake::start(|_| answer(200, json!({"id": "m-1", "members": []}))).await;
    let connector = connector(&["smba.trafficmanager.net", "127.0.0.1:1"]);
    let (place, ada) = (
        place(&foreign.url("/")),
        Person { id: "a-1".into(), chat_id: "29:ada".into(), name: "Ada".into(), upn: None },
    );
    let refused = ChatError::ForeignHost;
    assert_eq!(connector.send(&place, &hello(), &Permit::granted()).await.unwrap_err(), refused);
    assert_eq!(connector.send_targeted((&place, &ada), &hello(), &Permit::granted()).await.unwrap_err(), refused);
    assert_eq!(connector.update((&place, "1"), &hello(), &Permit::granted()).await.unwrap_err(), refused);
    assert_eq!(connector.delete(&place, "1").await.unwrap_err(), refused);
    assert_eq!(connector.create_personal(&place, "29:ada").await.unwrap_err(), refused);
    assert_eq!(connector.members(&place).await.unwrap_err(), refused);
    assert_eq!(connector.member(&place, "29:ada").await.unwrap_err(), refused);
    assert!(foreign.seen().is_empty());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let thief = Fake::start(|_| answer(201, json!({"id": "stolen"}))).await;
    for status in [301, 302, 307, 308] {
        let location = thief.url("/");
        let reply = move |_: &_| Answer { headers: vec![("location", location.clone())], ..answer(status, "") };
        let (_fake, connector, place) = service(reply).await;
        let error = connector.send(&place, &hello(), &Permit::granted()).await.unwrap_err();
        assert_eq!(error, ChatError::Unlisted { status, code: "no code".to_owned() });
    }
    assert!(thief.seen().is_empty());
}

#[tokio::test]
async fn ids_cannot_leave_their_place_in_the_path() {
    let (fake, connector, mut place) = service(|_| answer(200, "{}")).await;
    for id in ["", ".", ".."] {
        let error = connector.update((&place, id), &hello(), &Permit::granted()).await.unwrap_err();
        assert_eq!(error, ChatError::Payload { code: "not an id".to_owned() });
    }
    assert!(fake.seen().is_empty());
    place.conversation = "../../steal?x=1#y%2f\\\r\n".to_owned();
    connector.delete(&place, "1").await.unwrap();
    let path = "/amer/v3/conversations/..%2F..%2Fsteal%3Fx%3D1%23y%252f%5C%0D%0A/activities/1";
    assert_eq!(fake.seen()[0].uri, path);
}

#[tokio::test]
async fn a_personal_chat_is_opened_in_the_tenant_of_the_place() {
    let (fake, connector, near) = service(|_| answer(201, json!({"id": "a:new", "activityId": "1"}))).await;
    let personal = connector.create_personal(&near, "29:ada").await.unwrap();
    let expected = Place { conversation: "a:new".to_owned(), kind: PlaceKind::Personal, ..near };
    assert_eq!(personal, expected);
    let body = json!({"members": [{"id": "29:ada"}], "tenantId": "t-1", "channelData": {"tenant": {"id": "t-1"}}});
    assert_eq!((fake.seen()[0].uri.as_str(), fake.seen()[0].json()), ("/amer/v3/conversations", body));
}

#[tokio::test]
async fn a_personal_chat_may_move_within_the_allowed_hosts_only() {
    let addresses = Arc::new(Mutex::new("https://evil.example/".to_owned()));
    let told = addresses.clone();
    let reply = move |_: &_| answer(201, json!({"id": "a:new", "serviceUrl": *told.lock().unwrap()}));
    let (fake, connector, near) = service(reply).await;
    assert_eq!(connector.create_personal(&near, "29:ada").await.unwrap().address, near.address);
    *addresses.lock().unwrap() = fake.url("/emea/");
    assert_eq!(connector.create_personal(&near, "29:ada").await.unwrap().address, fake.url("/emea/"));
}

#[tokio::test]
async fn members_come_in_pages_and_in_every_spelling() {
    let first = json!({
        "members": [
            {"id": "29:ada", "name": "Ada", "aadObjectId": "a-1", "userPrincipalName": "ada@contoso.com", "tenantId": "t-1"},
            {"id": "29:bob", "objectId": "b-1", "email": "bob@contoso.com", "givenName": "Bob"},
        ],
        "continuationToken": "next/1",
    });
    let (fake, connector, place) = service(move |seen| match seen.uri.contains("continuationToken=next%2F1") {
        true => answer(200, json!({"members": [{"id": "29:guest", "objectId": "", "aadObjectId": null}]})),
        false => answer(200, &first),
    })
    .await;
    let members = connector.members(&place).await.unwrap();
    let told: Vec<_> = members.iter().map(|m| (m.chat_id.as_str(), m.object_id.as_deref(), m.upn.as_deref())).collect();
    let expected = [
        ("29:ada", Some("a-1"), Some("ada@contoso.com")),
        ("29:bob", Some("b-1"), Some("bob@contoso.com")),
        ("29:guest", None, None),
    ];
    assert_eq!(told, expected);
    assert_eq!((members[0].name.as_str(), members[0].tenant.as_deref()), ("Ada", Some("t-1")));
    assert_eq!(fake.seen()[0].uri, format!("{CONVERSATION}/pagedmembers?pageSize=200"));
    assert_eq!(fake.seen().len(), 2);
}

#[tokio::test]
async fn a_roster_without_end_is_left_after_ten_pages() {
    let page = json!({"members": [{"id": "29:ada"}], "continuationToken": "again"});
    let (fake, connector, place) = service(move |_| answer(200, &page)).await;
    assert_eq!(connector.members(&place).await.unwrap().len(), 10);
    assert_eq!(fake.seen().len(), 10);
}

#[tokio::test]
async fn one_member_is_found_or_not_there() {
    let (fake, connector, mut place) = service(|seen| match seen.uri.as_str() {
        uri if uri.contains("gone") => answer(404, json!({"error": {"code": "ConversationNotFound"}})),
        uri if uri.ends_with("/members/29%3Aada") => answer(200, json!({"id": "29:ada", "objectId": "a-1"})),
        _ => answer(404, json!({"error": {"code": "MemberNotFoundInConversation"}})),
    })
    .await;
    let ada = connector.member(&place, "29:ada").await.unwrap().unwrap();
    assert_eq!(ada.object_id.as_deref(), Some("a-1"));
    assert_eq!(connector.member(&place, "29:nobody").await, Ok(None));
    place.conversation = "gone".to_owned();
    let error = connector.member(&place, "29:ada").await.unwrap_err();
    assert_eq!(error, ChatError::Gone { code: "ConversationNotFound".to_owned() });
    assert_eq!(fake.seen().len(), 3);
}

#[tokio::test]
async fn an_answer_without_measure_is_not_read_to_its_end() {
    let long = format!(r#"{{"members": [], "x": "{}"}}"#, "x".repeat(300 * 1024));
    let (_fake, connector, place) = service(move |_| answer(200, &long)).await;
    let error = connector.members(&place).await.unwrap_err();
    assert_eq!(error, ChatError::Unlisted { status: 200, code: "unreadable".to_owned() });
}

#[tokio::test]
async fn a_closed_port_is_unreachable_and_a_broken_answer_is_unknown() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let (connector, place) = (connector(&[&host]), place(&format!("http://{host}/")));
    let hang_up = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0; 16];
        socket.read_exact(&mut request).await.unwrap();
    });
    let error = connector.send(&place, &hello(), &Permit::granted()).await.unwrap_err();
    assert_eq!(error, ChatError::Unknown);
    assert!(!error.should_retry(), "it may have been posted");
    hang_up.await.unwrap();
    let error = connector.send(&place, &hello(), &Permit::granted()).await.unwrap_err();
    assert_eq!(error, ChatError::Unreachable);
    assert!(error.should_retry());
}

#[tokio::test]
async fn without_authentication_no_token_is_sent_and_only_this_machine_is_spoken_to() {
    let fake = Fake::start(|_| answer(201, json!({"id": "m-1"}))).await;
    let settings = Teams { authentication: Authentication::None, ..teams(&["smba.trafficmanager.net"]) };
    let connector = Connector::new(&settings, Arc::new(NoToken), clock()).unwrap();
    assert_eq!(
        connector.send(&place(&fake.url("/_connector")), &hello(), &Permit::granted()).await,
        Ok(Some("m-1".to_owned()))
    );
    assert!(fake.seen()[0].authorization.is_none());
    let far = connector.send(&place("https://smba.trafficmanager.net/amer/"), &hello(), &Permit::granted()).await;
    assert_eq!(far, Err(ChatError::ForeignHost));
}
