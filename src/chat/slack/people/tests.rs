use serde_json::Value;

use super::super::fake::{Fake, HERE, connector, ok, refusal};
use super::*;

#[tokio::test]
async fn an_account_is_read_with_everything_that_decides_who_it_is() {
    let user = json!({
        "id": "W1", "team_id": "T1", "name": "ada", "deleted": false, "is_bot": false, "is_restricted": false,
        "is_email_confirmed": true, "enterprise_user": {"enterprise_id": "E1"},
        "profile": {"display_name": "", "real_name": "Ada Lovelace", "email": "ada@contoso.com"},
    });
    let with = |change: Value| {
        let mut user = user.clone();
        user.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        user
    };
    let ada = Profile {
        id: "W1".to_owned(),
        name: "Ada Lovelace".to_owned(),
        email: Some("ada@contoso.com".to_owned()),
        email_confirmed: true,
        guest: false,
        bot: false,
        deleted: false,
        team: "T1".to_owned(),
        enterprise: "E1".to_owned(),
    };
    let cases = [
        (with(json!({})), ada.clone()),
        (with(json!({"is_restricted": true})), Profile { guest: true, ..ada.clone() }),
        (with(json!({"is_ultra_restricted": true})), Profile { guest: true, ..ada.clone() }),
        (with(json!({"is_stranger": true})), Profile { guest: true, ..ada.clone() }),
        (with(json!({"is_bot": true})), Profile { bot: true, ..ada.clone() }),
        (with(json!({"id": "USLACKBOT"})), Profile { id: "USLACKBOT".to_owned(), bot: true, ..ada.clone() }),
        (with(json!({"deleted": true})), Profile { deleted: true, ..ada.clone() }),
        (with(json!({"is_email_confirmed": null})), Profile { email_confirmed: false, ..ada.clone() }),
        (
            with(json!({"profile": {}, "enterprise_user": null})),
            Profile { name: "ada".to_owned(), email: None, enterprise: String::new(), ..ada },
        ),
    ];
    for (user, expected) in cases {
        let fake = Fake::start(move |_| ok(json!({"user": user}))).await;
        let (slack, _) = connector(&fake.url);
        assert_eq!(slack.profile(HERE, "W1").await.as_ref(), Ok(&expected));
        assert_eq!(slack.by_email(HERE, "ada@contoso.com").await, Ok(Some(expected)));
        let asked: Vec<_> = fake.seen().into_iter().map(|seen| seen.body).collect();
        assert_eq!(asked, ["user=W1", "email=ada%40contoso.com"]);
    }
}

#[tokio::test]
async fn nobody_is_an_answer_but_a_fault_is_none() {
    for (code, email, user) in [
        ("users_not_found", Ok(None), Err(SlackError::Unknown { code: "users_not_found".to_owned() })),
        ("user_not_found", Ok(None), Err(SlackError::Unknown { code: "user_not_found".to_owned() })),
        (
            "invalid_auth",
            Err(SlackError::Unauthorized { code: "invalid_auth".to_owned() }),
            Err(SlackError::Unauthorized { code: "invalid_auth".to_owned() }),
        ),
    ] {
        let fake = Fake::start(move |_| refusal(code)).await;
        let (slack, _) = connector(&fake.url);
        assert_eq!(slack.by_email(HERE, "ada@contoso.com").await, email);
        assert_eq!(slack.profile(HERE, "U1").await, user);
    }
    let fake = Fake::start(|_| ok(json!({"user": {"name": "without an id"}}))).await;
    let (slack, _) = connector(&fake.url);
    assert_eq!(slack.profile(HERE, "U1").await, Err(SlackError::Other { code: "unreadable".to_owned() }));
}

#[tokio::test]
async fn the_people_of_a_user_group_are_listed() {
    let fake = Fake::start(|_| ok(json!({"users": ["U1", "W2"]}))).await;
    let (slack, _) = connector(&fake.url);
    assert_eq!(slack.usergroup(HERE, "S1").await, Ok(vec!["U1".to_owned(), "W2".to_owned()]));
    slack.usergroup(Workspace { team: "T1", enterprise: "E1" }, "S1").await.unwrap();
    let asked: Vec<_> = fake.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(asked, ["usergroup=S1", "team_id=T1&usergroup=S1"]);
    let fake = Fake::start(|_| refusal("no_such_subteam")).await;
    let (slack, _) = connector(&fake.url);
    let error = slack.usergroup(HERE, "S1").await;
    assert_eq!(error, Err(SlackError::Unknown { code: "no_such_subteam".to_owned() }));
}
