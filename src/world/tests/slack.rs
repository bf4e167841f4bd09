//! Slack's Web API: what it does and, above all, what it refuses.

use super::*;
use crate::world::slack::{Slack, TEAM};
use crate::world::{Account, FOREIGN_TEAM, SlackToken};

const TOKEN: &str = "xoxb-world-contoso";
const PHONES: &str = "C0PHONES001";

impl Outside {
    fn slack(&self) -> Slack {
        self.world.slack()
    }

    /// Calls a method with JSON; status and body.
    async fn api(&self, method: &str, body: Value) -> (u16, Value) {
        self.api_as(TOKEN, method, body).await
    }

    async fn api_as(&self, token: &str, method: &str, body: Value) -> (u16, Value) {
        let request = self.http.post(self.url(&format!("/slack-api/{method}")));
        let request = request.header("content-type", "application/json; charset=utf-8").body(body.to_string());
        let response = request.bearer_auth(token).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn form(&self, method: &str, fields: &[(&str, &str)]) -> Value {
        let request = self.http.post(self.url(&format!("/slack-api/{method}"))).bearer_auth(TOKEN).form(fields);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// The error of a call, or `ok`.
    async fn error(&self, method: &str, body: Value) -> String {
        let (_, answer) = self.api(method, body).await;
        answer["error"].as_str().unwrap_or("ok").to_owned()
    }

    /// Posts words and returns their `ts`, a second later than anything else.
    async fn posted(&self, channel: &str, text: &str) -> String {
        self.seconds(1);
        let (_, answer) = self.api("chat.postMessage", json!({"channel": channel, "text": text})).await;
        answer["ts"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    fn account(&self, key: &str) -> Account {
        self.slack().person(key).account().clone()
    }
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": text}})
}

#[tokio::test]
async fn a_token_is_known_alive_and_of_the_right_kind() {
    let outside = outside().await;
    let bare = outside.http.post(outside.url("/slack-api/auth.test")).send().await.unwrap();
    assert_eq!(bare.json::<Value>().await.unwrap()["error"], "not_authed");
    let error = async |token: &str, method: &str| {
        let (status, answer) = outside.api_as(token, method, json!({})).await;
        (status, answer["error"].as_str().unwrap_or("ok").to_owned())
    };
    assert_eq!(error("xoxb-guess", "auth.test").await, (200, "invalid_auth".to_owned()));
    let seed = outside.world.state().seed.slack.clone();
    assert_eq!(error(&seed.app_token, "auth.test").await.1, "not_allowed_token_type");
    assert_eq!(error(TOKEN, "apps.connections.open").await.1, "not_allowed_token_type");
    let (_, who) = outside.api("auth.test", json!({})).await;
    assert_eq!((&who["team_id"], &who["user_id"]), (&json!(TEAM), &json!("U0ONBOARD01")));
    let now = outside.clock.now();
    let token = SlackToken { team: TEAM.to_owned(), scopes: vec![], until: Some(now), revoked: None };
    outside.world.state().slack.tokens.insert("xoxe.xoxb-old".to_owned(), token);
    assert_eq!(error("xoxe.xoxb-old", "auth.test").await.1, "token_expired");
    assert_eq!(outside.form("auth.revoke", &[]).await["revoked"], true);
    assert_eq!(error(TOKEN, "auth.test").await.1, "token_revoked");
}

#[tokio::test]
async fn arguments_are_documented_and_come_as_the_method_takes_them() {
    let outside = outside().await;
    assert_eq!(outside.error("users.info", json!({"user": "U0ALAN00000"})).await, "invalid_arguments");
    assert!(outside.last_violation().unwrap().contains("forms only"));
    assert_eq!(outside.form("users.info", &[("user", "U0ALAN00000")]).await["ok"], true);
    assert_eq!(outside.last_violation(), None);
    let odd = json!({"channel": PHONES, "text": "hello", "reply_brodcast": true});
    assert_eq!(outside.error("chat.postMessage", odd).await, "ok");
    assert!(outside.last_violation().unwrap().contains("reply_brodcast is not documented"));
    assert_eq!(outside.error("chat.postMessage", json!({"text": "hello"})).await, "invalid_arguments");
    assert_eq!(
        outside.error("chat.update", json!({"channel": PHONES, "ts": 17.5, "text": "x"})).await,
        "invalid_arguments"
    );
    assert_eq!(outside.error("chat.postMessag", json!({})).await, "unknown_method");
    assert!(outside.last_violation().unwrap().contains("unexpected call"));
    let url = outside.url(&format!("/slack-api/auth.test?token={TOKEN}"));
    let answer: Value = outside.http.post(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["error"], "invalid_auth");
    assert!(outside.last_violation().unwrap().contains("a token in the query"));
    let plain = outside.http.post(outside.url("/slack-api/chat.postMessage")).bearer_auth(TOKEN).body("{}");
    assert_eq!(plain.send().await.unwrap().json::<Value>().await.unwrap()["error"], "invalid_post_type");
    let bare = outside.http.post(outside.url("/slack-api/auth.test")).bearer_auth(TOKEN).json(&json!({}));
    assert_eq!(bare.send().await.unwrap().json::<Value>().await.unwrap()["warning"], "missing_charset");
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let outside = outside().await;
    let token = outside.world.state().slack.tokens.get(TOKEN).cloned().unwrap();
    let scopes = vec!["users:read".to_owned()];
    outside.world.state().slack.tokens.insert(TOKEN.to_owned(), SlackToken { scopes, ..token });
    let (_, answer) = outside.api("chat.postMessage", json!({"channel": PHONES, "text": "hello"})).await;
    assert_eq!(
        (&answer["error"], &answer["needed"], &answer["provided"]),
        (&json!("missing_scope"), &json!("chat:write"), &json!("users:read"))
    );
    let user = outside.form("users.info", &[("user", "U0ALAN00000")]).await;
    assert!(user["user"]["profile"].get("email").is_none(), "an address needs a scope of its own: {user}");
    assert_eq!(
        outside.form("users.lookupByEmail", &[("email", "alan@contoso.com")]).await["needed"],
        "users:read.email"
    );
}

#[tokio::test]
async fn one_message_a_second_and_channel_and_so_many_calls_a_minute() {
    let outside = outside().await;
    let send = async |channel: &str| {
        let url = outside.url("/slack-api/chat.postMessage");
        let body = json!({"channel": channel, "text": "hello"});
        let answer = outside.http.post(url).bearer_auth(TOKEN).json(&body).send().await.unwrap();
        let wait = answer.headers().get("retry-after").map(|v| v.to_str().unwrap().to_owned());
        (answer.status().as_u16(), wait, answer.json::<Value>().await.unwrap()["error"].clone())
    };
    assert_eq!(send(PHONES).await, (200, None, Value::Null));
    assert_eq!(send(PHONES).await, (429, Some("1".to_owned()), json!("ratelimited")));
    assert_eq!(send("C0HELPDESK1").await.0, 200, "another channel has a pace of its own");
    outside.seconds(1);
    assert_eq!(send(PHONES).await.0, 200);
    let ts = outside.posted(PHONES, "counts").await;
    let update = json!({"channel": PHONES, "ts": ts, "text": "counted"});
    for _ in 0..50 {
        assert_eq!(outside.api("chat.update", update.clone()).await.0, 200);
    }
    assert_eq!(outside.api("chat.update", update.clone()).await.0, 429);
    assert_eq!(outside.api_as("xoxb-world-foreign", "chat.update", update.clone()).await.0, 200, "another workspace");
    outside.world.turn(|knobs| knobs.rate_limits = false);
    assert_eq!(outside.api("chat.update", update).await.0, 200);
}

#[tokio::test]
async fn a_message_goes_only_where_the_bot_may_write() {
    let outside = outside().await;
    let error = async |channel: &str| outside.error("chat.postMessage", json!({"channel": channel, "text": "x"})).await;
    assert_eq!(error("C0WITHOUT01").await, "not_in_channel");
    assert_eq!(error("C0ARCHIVE01").await, "is_archived");
    assert_eq!(error("C0PRIVATE01").await, "channel_not_found", "what it cannot see does not exist");
    assert_eq!(error("C0FOREIGN01").await, "channel_not_found");
    assert_eq!(error("U0MALLORY00").await, "channel_not_found");
    assert_eq!(error("U0ALAN00000").await, "ok", "a user's id stands for the direct message");
    outside.world.turn(|knobs| knobs.slack.messages_tab = false);
    assert_eq!(error("D0ALAN00000").await, "messages_tab_disabled");
    let nowhere = json!({"channel": PHONES, "text": "x", "thread_ts": "1.000001"});
    assert_eq!(outside.error("chat.postMessage", nowhere).await, "cannot_reply_to_message");
    let root = outside.posted(PHONES, "root").await;
    outside.seconds(1);
    let (_, reply) = outside.api("chat.postMessage", json!({"channel": PHONES, "text": "x", "thread_ts": root})).await;
    outside.seconds(1);
    let deeper = json!({"channel": PHONES, "text": "x", "thread_ts": reply["ts"]});
    assert_eq!(outside.error("chat.postMessage", deeper).await, "ok");
    assert!(outside.last_violation().unwrap().contains("the ts of a reply"));
}

#[tokio::test]
async fn only_own_lasting_messages_are_rewritten() {
    let outside = outside().await;
    let alan = outside.slack().person("alan");
    let channel = outside.slack().channel("phones");
    let theirs = alan.say_raw(&channel, "mine").await.id;
    let error = async |ts: &str| outside.error("chat.update", json!({"channel": PHONES, "ts": ts, "text": "x"})).await;
    assert_eq!(error(&theirs).await, "cant_update_message");
    assert_eq!(error("1.000001").await, "message_not_found");
    let private = json!({"channel": PHONES, "user": "U0ALAN00000", "text": "psst"});
    let (_, private) = outside.api("chat.postEphemeral", private).await;
    assert_eq!(error(private["message_ts"].as_str().unwrap()).await, "message_not_found");
    let mine = outside.posted(PHONES, "one").await;
    assert_eq!(error(&mine).await, "ok");
    let long = json!({"channel": PHONES, "ts": mine, "text": "x".repeat(4001)});
    assert_eq!(outside.error("chat.update", long).await, "msg_too_long");
    assert_eq!(outside.error("chat.delete", json!({"channel": PHONES, "ts": theirs})).await, "cant_delete_message");
    assert_eq!(outside.error("chat.delete", json!({"channel": PHONES, "ts": mine})).await, "ok");
    assert_eq!(error(&mine).await, "message_not_found");
    assert_eq!(
        outside.error("chat.update", json!({"channel": "U0ALAN00000", "ts": mine, "text": "x"})).await,
        "channel_not_found"
    );
}

#[tokio::test]
async fn what_is_for_one_person_is_seen_by_them_alone_and_they_must_be_there() {
    let outside = outside().await;
    let whisper = |user: &str| json!({"channel": PHONES, "user": user, "text": "psst"});
    assert_eq!(outside.error("chat.postEphemeral", whisper("U0MALLORY00")).await, "user_not_in_channel");
    assert_eq!(outside.error("chat.postEphemeral", whisper("U0ALAN00000")).await, "ok");
    let place = outside.slack().channel("phones");
    assert_eq!(outside.slack().person("bob").mailbox(&place).messages(), []);
    assert!(outside.world.finish().unwrap_err().to_string().contains("psst"), "an unread private message is unread");
    let read = outside.slack().person("alan").mailbox(&place).wait_for_text("psst").await.unwrap();
    assert_eq!(read.only_for.as_deref(), Some("U0ALAN00000"));
}

#[tokio::test]
async fn blocks_are_refused_with_a_pointer_and_text_stands_beside_them() {
    let outside = outside().await;
    let post = async |blocks: Value, text: &str| {
        outside.seconds(1);
        outside.api("chat.postMessage", json!({"channel": PHONES, "text": text, "blocks": blocks})).await.1
    };
    let header = json!([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]);
    let answer = post(header, "x").await;
    assert_eq!(answer["error"], "invalid_blocks");
    let messages = answer["response_metadata"]["messages"][0].as_str().unwrap().to_owned();
    assert!(messages.contains("json-pointer:/blocks/0/text"), "{messages}");
    assert!(outside.last_violation().unwrap().contains("invalid_blocks"));
    assert_eq!(post(json!(vec![section("x"); 51]), "x").await["error"], "invalid_blocks");
    assert_eq!(post(json!(vec![section(&"x".repeat(2990)); 5]), "x").await["error"], "msg_blocks_too_long");
    assert_eq!(post(json!([]), "").await["error"], "no_text");
    assert_eq!(post(json!([section("Line +11000")]), "").await["ok"], true);
    assert!(outside.last_violation().unwrap().contains("without the text"));
    post(json!([section("*Line* +11000")]), "The line").await;
    assert!(outside.last_violation().unwrap().contains("lacks: 11000"));
    post(json!([section("Line for <!channel>")]), "Line for channel").await;
    assert!(outside.last_violation().unwrap().contains("<!channel>"));
    post(json!([section("Line")]), "Line").await;
    assert_eq!(outside.last_violation(), None);
    let plan =
        json!([{"type": "plan", "title": "Steps", "tasks": [{"task_id": "1", "title": "One", "status": "pending"}]}]);
    assert_eq!(post(plan.clone(), "Steps One").await["ok"], true);
    outside.world.turn(|knobs| knobs.slack.newer_blocks = false);
    assert_eq!(post(plan, "Steps One").await["error"], "invalid_blocks");
    assert_eq!(outside.last_violation(), None, "an old client is nobody's fault");
}

#[tokio::test]
async fn an_input_that_changes_gets_a_new_id() {
    let outside = outside().await;
    let input = |id: &str, label: &str| {
        json!([{"type": "input", "block_id": id, "label": {"type": "plain_text", "text": label},
            "element": {"type": "plain_text_input", "action_id": "note"}}])
    };
    let first = json!({"channel": PHONES, "text": "Note", "blocks": input("note:1", "Note")});
    let (_, posted) = outside.api("chat.postMessage", first).await;
    let update = async |blocks: Value| {
        outside
            .api("chat.update", json!({"channel": PHONES, "ts": posted["ts"], "text": "Note", "blocks": blocks}))
            .await;
        outside.last_violation()
    };
    assert_eq!(update(input("note:2", "Note, please")).await, None);
    assert_eq!(update(input("note:2", "Note, please")).await, None);
    assert!(update(input("note:2", "Another")).await.unwrap().contains("kept its block_id"));
}

#[tokio::test]
async fn accounts_are_told_as_they_are() {
    let outside = outside().await;
    let user =
        async |key: &str| outside.form("users.info", &[("user", &outside.account(key).id)]).await["user"].clone();
    assert_eq!(user("alan").await["is_email_confirmed"], true);
    assert_eq!(user("alan").await["profile"]["email"], "alan@contoso.com");
    assert_eq!(user("gina").await["is_restricted"], true);
    assert_eq!(user("uma").await["is_email_confirmed"], false);
    assert_eq!(user("robo").await["is_bot"], true);
    assert_eq!(user("dorian").await["deleted"], true);
    assert!(user("dorian").await.get("is_email_confirmed").is_none());
    assert_eq!(
        (&user("sven").await["is_stranger"], &user("sven").await["team_id"]),
        (&json!(true), &json!(FOREIGN_TEAM))
    );
    assert_eq!(user("wanda").await["id"], "W0WANDA0000");
    assert_eq!(outside.form("users.info", &[("user", "U0MALLORY00")]).await["error"], "user_not_found");
    let find = async |email: &str| outside.form("users.lookupByEmail", &[("email", email)]).await;
    assert_eq!(find("BOB@contoso.com").await["user"]["id"], "U0BOB000000");
    assert_eq!(find("dorian@contoso.com").await["error"], "users_not_found");
    let group = outside.form("usergroups.users.list", &[("usergroup", "S0123456789")]).await;
    assert_eq!(group["users"][0], "U0BOB000000");
    assert_eq!(outside.form("usergroups.users.list", &[("usergroup", "S1")]).await["error"], "no_such_subteam");
    let open = async |users: &str| outside.form("conversations.open", &[("users", users)]).await;
    assert_eq!(open("U0BOB000000").await["channel"]["id"], "D0BOB000000");
    assert_eq!(open("U0ROBO00000").await["error"], "cannot_dm_bot");
    assert_eq!(open("U0DORIAN000").await["error"], "user_disabled");
    assert_eq!(outside.form("conversations.members", &[("channel", PHONES)]).await["needed"], "channels:read");
}

fn modal(blocks: Value) -> Value {
    let text = |text: &str| json!({"type": "plain_text", "text": text});
    json!({"type": "modal", "callback_id": "note", "title": text("Onboard"), "submit": text("Send"),
        "close": text("Close"), "blocks": blocks})
}

#[tokio::test]
async fn a_trigger_opens_one_modal_within_three_seconds() {
    let outside = outside().await;
    let now = || outside.clock.now();
    let trigger =
        |view: Option<&str>| outside.world.state().slack.new_trigger("U0ALAN00000", view.map(str::to_owned), now());
    let open = async |trigger: &str| {
        let (_, answer) =
            outside.api("views.open", json!({"trigger_id": trigger, "view": modal(json!([section("x")]))})).await;
        (answer["error"].as_str().unwrap_or("ok").to_owned(), answer["view"].clone())
    };
    assert_eq!(open("12.34.abc").await.0, "invalid_trigger_id");
    let late = trigger(None);
    outside.seconds(3);
    assert_eq!(open(&late).await.0, "trigger_expired");
    let good = trigger(None);
    let (error, view) = open(&good).await;
    assert_eq!(error, "ok");
    assert_eq!(open(&good).await.0, "trigger_exchanged");
    let (id, hash) = (view["id"].as_str().unwrap(), view["hash"].clone());
    let alan = outside.slack().person("alan");
    assert!(alan.mailbox(&alan.modals()).wait_for_text("[Send] [Close]").await.is_ok());

    let push = async |from: &str| {
        let call = json!({"trigger_id": trigger(Some(from)), "view": modal(json!([section("y")]))});
        outside.error("views.push", call).await
    };
    assert_eq!(
        outside.error("views.push", json!({"trigger_id": trigger(None), "view": modal(json!([]))})).await,
        "invalid_trigger_id"
    );
    assert_eq!(
        (push(id).await, push(id).await, push(id).await),
        ("ok".into(), "ok".into(), "push_limit_reached".into())
    );

    let update = |hash: Value| json!({"view_id": id, "hash": hash, "view": modal(json!([section("z")]))});
    assert_eq!(outside.error("views.update", update(json!("0.0"))).await, "hash_conflict");
    assert_eq!(outside.error("views.update", update(hash)).await, "ok");
    alan.close(true).await;
    assert_eq!(outside.error("views.update", update(Value::Null)).await, "not_found");

    let mut bad = modal(json!([{"type": "input", "label": {"type": "plain_text", "text": "x"},
        "element": {"type": "plain_text_input", "action_id": "a"}}]));
    bad.as_object_mut().unwrap().remove("submit");
    let (_, answer) = outside.api("views.open", json!({"trigger_id": trigger(None), "view": bad})).await;
    assert_eq!(answer["error"], "invalid_arguments");
    assert!(answer["response_metadata"]["messages"][0].as_str().unwrap().contains("submit"));
}

#[tokio::test]
async fn a_home_tab_is_published_to_people_of_the_workspace() {
    let outside = outside().await;
    let home = json!({"type": "home", "blocks": [section("Your requests")]});
    let publish = |user: &str, view: &Value| json!({"user_id": user, "view": view});
    assert_eq!(outside.error("views.publish", publish("U0ALAN00000", &home)).await, "ok");
    let alan = outside.slack().person("alan");
    assert!(alan.mailbox(&alan.home()).wait_for_text("Your requests").await.is_ok());
    assert_eq!(outside.error("views.publish", publish("U0MALLORY00", &home)).await, "invalid_arguments");
    assert_eq!(outside.error("views.publish", publish("U0ALAN00000", &modal(json!([])))).await, "invalid_arguments");
}

#[tokio::test]
async fn a_reply_address_takes_five_posts_within_thirty_minutes() {
    let outside = outside().await;
    let now = outside.clock.now();
    let path = outside.world.state().slack.new_hook((PHONES, None), ("U0ALAN00000", None), now);
    let post = async |body: Value| {
        let url = outside.url(&format!("/slack-hooks/commands/{path}"));
        let answer = outside.http.post(url).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(post(json!({"text": "one"})).await, (200, "ok".to_owned()));
    let place = outside.slack().channel("phones");
    let one = outside.world.mailbox(&place).wait_for_text("one").await.unwrap();
    assert_eq!(one.only_for.as_deref(), Some("U0ALAN00000"), "private unless it says otherwise");
    assert_eq!(post(json!({"text": "two", "response_type": "in_channel"})).await.0, 200);
    for _ in 0..3 {
        assert_eq!(post(json!({"text": "more"})).await.0, 200);
    }
    let (status, body) = post(json!({"text": "six"})).await;
    assert!((status, body.contains("used_url")) == (404, true), "{body}");
    outside.seconds(1800);
    assert!(post(json!({"text": "late"})).await.1.contains("expired_url"));
    let unknown = outside.http.post(outside.url("/slack-hooks/actions/guess")).json(&json!({"text": "x"}));
    assert_eq!(unknown.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn an_installation_gets_tokens_that_rotate_once_each() {
    let outside = outside().await;
    outside.world.turn(|knobs| knobs.slack.token_rotation = true);
    let seed = outside.world.state().seed.slack.clone();
    let back = "https://bot.example.com/slack/oauth_redirect";
    let url = outside.url("/oauth/v2/authorize");
    let browser = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let query = [
        ("client_id", seed.client_id.as_str()),
        ("scope", "chat:write"),
        ("redirect_uri", back),
        ("state", "0123456789abcdef"),
    ];
    let answer = browser.get(url).query(&query).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    let to = url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    let code = to.query_pairs().find(|(key, _)| key == "code").unwrap().1.into_owned();
    let access = async |secret: &str, fields: &[(&str, &str)]| -> Value {
        let request =
            outside.http.post(outside.url("/slack-api/oauth.v2.access")).basic_auth(&seed.client_id, Some(secret));
        request.form(fields).send().await.unwrap().json().await.unwrap()
    };
    let good = [("code", code.as_str()), ("redirect_uri", back)];
    assert_eq!(access("guess", &good).await["error"], "bad_client_secret");
    assert_eq!(access(&seed.client_secret, &[("code", "guess")]).await["error"], "invalid_code");
    assert_eq!(access(&seed.client_secret, &[("code", &code)]).await["error"], "bad_redirect_uri");
    let first = access(&seed.client_secret, &good).await;
    assert_eq!(access(&seed.client_secret, &good).await["error"], "code_already_used");
    let token = first["access_token"].as_str().unwrap();
    assert!(token.starts_with("xoxe.xoxb-") && first["expires_in"] == 43_200, "{first}");
    assert_eq!(outside.api_as(token, "auth.test", json!({})).await.1["ok"], true);
    outside.seconds(43_200);
    assert_eq!(outside.api_as(token, "auth.test", json!({})).await.1["error"], "token_expired");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", first["refresh_token"].as_str().unwrap())];
    let second = access(&seed.client_secret, &refresh).await;
    assert_eq!(outside.api_as(second["access_token"].as_str().unwrap(), "auth.test", json!({})).await.1["ok"], true);
    assert_eq!(access(&seed.client_secret, &refresh).await["error"], "invalid_refresh_token");
    let log = serde_json::to_string(&outside.world.log()).unwrap();
    assert!(!log.contains(second["refresh_token"].as_str().unwrap()), "the log holds a secret");
}
