use std::sync::Mutex;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::super::{all_ok, text};
use super::*;
use crate::cards::Cards;
use crate::config::{PersonRef, load_text};

const EXAMPLE: &str = include_str!("../../../onboard-bot.example.toml");
const GRANTED: &str =
    "app_mentions:read,chat:write,commands,im:history,im:write,usergroups:read,users:read,users:read.email";

/// What a method answers from now on: the end of its path, status and body.
type Set = (&'static str, u16, String);

/// A Slack that tells these scopes.
#[derive(Clone)]
struct Town {
    scopes: &'static str,
    answers: Arc<Mutex<Vec<Set>>>,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

async fn slack_answers(State(town): State<Town>, uri: Uri, headers: HeaderMap) -> Response {
    let token = headers["authorization"].to_str().unwrap().trim_start_matches("Bearer ").to_owned();
    town.asked.lock().unwrap().push((uri.path().to_owned(), token.clone()));
    let set = town.answers.lock().unwrap().iter().find(|(path, ..)| uri.path().ends_with(path)).cloned();
    let (status, body) = match (set, uri.path(), token.as_str()) {
        (Some((_, status, body)), ..) => (status, body),
        (_, "/api/auth.test", "hush-bot") => {
            let told = json!({"ok": true, "url": "https://contoso.slack.com/", "team": "Contoso", "user": "onboard",
                "team_id": "T0123456789", "user_id": "U0", "bot_id": "B0"});
            (200, told.to_string())
        }
        (_, "/api/apps.connections.open", "hush-app") => {
            (200, json!({"ok": true, "url": "wss://hush-ticket"}).to_string())
        }
        _ => (200, json!({"ok": false, "error": "invalid_auth"}).to_string()),
    };
    (StatusCode::from_u16(status).unwrap(), [("x-oauth-scopes", town.scopes)], body).into_response()
}

struct House {
    town: Town,
    config: Config,
}

impl House {
    async fn new() -> Self {
        Self::granted(GRANTED).await
    }

    async fn granted(scopes: &'static str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api/", listener.local_addr().unwrap());
        let town = Town { scopes, answers: Arc::default(), asked: Arc::default() };
        let app = Router::new().fallback(slack_answers).with_state(town.clone());
        tokio::spawn(axum::serve(listener, app).into_future());
        let secrets = ["TEAMS_CLIENT_SECRET", "GRAPH_CLIENT_SECRET", "SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN"];
        let mut text = EXAMPLE.replace(r#"api_url = "https://slack.com/api/""#, &format!("api_url = {url:?}"));
        text = text.replace(r#"mode = "http""#, r#"mode = "socket""#);
        for (name, value) in secrets.map(|name| (name, "hush")).into_iter().chain([("SLACK_APP_TOKEN", "hush-app")]) {
            let value = if name == "SLACK_BOT_TOKEN" { "hush-bot" } else { value };
            text = text.replace(&format!("\"env:{name}\""), &format!("{value:?}"));
        }
        // The other secrets of the example are of no interest here.
        let text = regex::Regex::new(r#""env:[A-Z0-9_]+""#).unwrap().replace_all(&text, r#""hush""#).into_owned();
        Self { town, config: load_text(&text, Vec::new()).unwrap() }
    }

    fn slack(&mut self) -> &mut Slack {
        self.config.slack.as_mut().unwrap()
    }

    fn says(&self, path: &'static str, status: u16, body: impl ToString) {
        self.town.answers.lock().unwrap().push((path, status, body.to_string()));
    }

    fn refuses(&self, path: &'static str, code: &str) {
        self.says(path, 200, json!({"ok": false, "error": code, "needed": "connections:write"}));
    }

    async fn check(&self) -> Vec<Finding> {
        check(&self.config).await
    }
}

fn said(findings: &[Finding]) -> String {
    text(findings, &Cards::load().unwrap())
}

#[tokio::test]
async fn a_sound_installation_is_told_line_by_line() {
    let house = House::new().await;
    let findings = house.check().await;
    let lines = said(&findings);
    assert!(all_ok(&findings), "{lines}");
    assert_eq!(
        lines,
        "ok     Slack token: The bot is onboard in the workspace Contoso (https://contoso.slack.com/).\n\
         ok     Slack permissions: The app has every permission that it needs.\n\
         ok     Slack connection: Slack opens a connection without a public address.\n"
    );
    let mut asked = house.town.asked.lock().unwrap().clone();
    asked.sort();
    let owned = |path: &str, token: &str| (path.to_owned(), token.to_owned());
    assert_eq!(asked, [owned("/api/apps.connections.open", "hush-app"), owned("/api/auth.test", "hush-bot")]);
}

#[tokio::test]
async fn only_what_the_configuration_uses_is_tried() {
    let mut house = House::new().await;
    house.slack().mode = SlackMode::Http;
    house.slack().bot_token = None;
    let findings = house.check().await;
    assert!(all_ok(&findings) && house.town.asked.lock().unwrap().is_empty());
    assert!(said(&findings).contains("their tokens are in the store"), "{}", said(&findings));
    house.config.slack = None;
    assert_eq!(house.check().await, []);
}

#[tokio::test]
async fn a_permission_that_is_missing_is_named_and_user_groups_count_only_where_somebody_uses_them() {
    let house = House::granted("chat:write,commands,im:history,im:write,users:read").await;
    let lines = said(&house.check().await);
    assert!(lines.contains("missing: app_mentions:read, usergroups:read, users:read.email."), "{lines}");
    assert!(lines.contains("Who can do it: An administrator of the Slack app."), "{lines}");
    let mut house = House::granted("app_mentions:read,chat:write,commands,im:history,im:write").await;
    for customer in &mut house.config.customers {
        let approval = &mut customer.approval;
        for list in [&mut approval.requesters, &mut approval.approvers, &mut approval.operators] {
            list.retain(|person| !matches!(person, PersonRef::SlackUsergroup(_)));
        }
    }
    let lines = said(&house.check().await);
    assert!(lines.contains("missing: users:read, users:read.email."), "{lines}");
}

type Break = fn(&mut House);

const CASES: [(Break, &str, &str, Fixer); 22] = [
    (|h| h.slack().bot_token = Some(Secret::new("hush")), "Slack token", "check-credential", Fixer::SlackAdmin),
    (|h| h.refuses("auth.test", "token_revoked"), "Slack token", "check-credential", Fixer::SlackAdmin),
    (|h| h.refuses("auth.test", "account_inactive"), "Slack token", "check-credential", Fixer::SlackAdmin),
    (|h| h.slack().allowed_teams = vec!["T9".into()], "Slack token", "check-slack-team", Fixer::BotOperator),
    (
        |h| h.config.customers.iter_mut().for_each(|customer| customer.slack_team_id = None),
        "Slack token",
        "check-slack-customer",
        Fixer::BotOperator,
    ),
    (|h| h.slack().api_url = "http://127.0.0.1:1/api/".into(), "Slack token", "check-unreachable", Fixer::BotOperator),
    (|h| h.says("auth.test", 404, "not found"), "Slack token", "check-not-found", Fixer::BotOperator),
    (|h| h.says("auth.test", 200, "<html>"), "Slack token", "check-garbled", Fixer::BotOperator),
    (|h| h.says("auth.test", 200, ""), "Slack token", "check-garbled", Fixer::BotOperator),
    (|h| h.says("auth.test", 302, ""), "Slack token", "check-failed", Fixer::BotOperator),
    (|h| h.says("auth.test", 500, ""), "Slack token", "check-failed", Fixer::BotOperator),
    (|h| h.says("auth.test", 503, ""), "Slack token", "check-failed", Fixer::BotOperator),
    (|h| h.says("auth.test", 429, ""), "Slack token", "check-busy", Fixer::BotOperator),
    (|h| h.refuses("auth.test", "team_added_to_org"), "Slack token", "check-busy", Fixer::BotOperator),
    (|h| h.refuses("auth.test", "unknown_method"), "Slack token", "check-refused", Fixer::BotOperator),
    (|h| h.refuses("auth.test", "something_new"), "Slack token", "check-refused", Fixer::BotOperator),
    (|_| {}, "Slack permissions", "check-slack-untold", Fixer::SlackAdmin),
    (
        |h| h.slack().app_token = Some(Secret::new("hush")),
        "Slack connection",
        "check-slack-app-token",
        Fixer::SlackAdmin,
    ),
    (
        |h| h.refuses("connections.open", "missing_scope"),
        "Slack connection",
        "check-slack-app-token",
        Fixer::SlackAdmin,
    ),
    (
        |h| h.refuses("connections.open", "not_allowed_token_type"),
        "Slack connection",
        "check-slack-app-token",
        Fixer::SlackAdmin,
    ),
    (|h| h.says("connections.open", 200, r#"{"ok":true}"#), "Slack connection", "check-garbled", Fixer::BotOperator),
    (|h| h.refuses("connections.open", "internal_error"), "Slack connection", "check-busy", Fixer::BotOperator),
];

#[tokio::test]
async fn whatever_is_broken_is_named_with_its_fix_and_who_can_do_it() {
    for (index, (break_it, system, what, who)) in CASES.into_iter().enumerate() {
        let mut house = if what == "check-slack-untold" { House::granted("").await } else { House::new().await };
        break_it(&mut house);
        let findings = house.check().await;
        let lines = said(&findings);
        let wrong = findings.iter().find(|finding| finding.result.is_err()).unwrap();
        let problem = wrong.result.as_ref().unwrap_err();
        assert_eq!(
            (wrong.system.as_str(), problem.what.id.as_str(), problem.who),
            (system, what, who),
            "{index}: {lines}"
        );
        assert_eq!(problem.fix.id, format!("{what}-fix"));
        assert!(!lines.contains("[check"), "a sentence is missing: {lines}");
        assert!(!lines.contains("hush") && !format!("{findings:?}").contains("hush"), "{lines}");
    }
}
