//! Configurations that cannot be used: the program says where and why in a plain sentence, shows no secret and ends with 1.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::child::{Bot, free_port};

const EXAMPLE: &str = include_str!("../../onboard-bot.example.toml");

/// The secrets that the example asks the environment for.
const SECRETS: [(&str, &str); 7] = [
    ("TEAMS_CLIENT_SECRET", "hush-teams"),
    ("SLACK_SIGNING_SECRET", "hush-signing"),
    ("SLACK_BOT_TOKEN", "hush-bot"),
    ("SLACK_APP_TOKEN", "hush-app"),
    ("GRAPH_CLIENT_SECRET", "hush-graph"),
    ("NETSAPIENS_API_KEY", "hush-pbx"),
    ("CONNECTTOTEAMS_CLIENT_SECRET", "hush-client"),
];
const MORE_SECRETS: [(&str, &str); 2] =
    [("CONNECTTOTEAMS_PASSWORD", "hush-password"), ("FABRIKAM_GRAPH_CLIENT_SECRET", "hush-fabrikam")];

fn secrets() -> Vec<(&'static str, &'static str)> {
    [&SECRETS[..], &MORE_SECRETS[..]].concat()
}

fn written(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("onboard-bot.toml");
    std::fs::write(&path, text).unwrap();
    path
}

/// What is replaced in the example by what, the environment on top of the secrets, and what is to be said.
type Row = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

const BROKEN: &[Row] = &[
    ("[server]", "[server]\ncolour = \"red\"", &[], &["server", "unknown field `colour`"]),
    ("[server]", "[weather]\nsun = true\n\n[server]", &[], &["unknown field `weather`"]),
    ("sync_group =", "sink_group =", &[], &["customers[0].graph", "unknown field `sink_group`"]),
    ("[store]\nurl", "[store]\npath", &[], &["store", "unknown field `path`"]),
    ("listen = \"127.0.0.1:3978\"", "", &[], &["server", "missing field `listen`"]),
    ("[store]\nurl = \"sqlite:onboard-bot.db\"", "", &[], &["missing field `store`"]),
    ("[customers.graph]\nbase_url", "[customers.grapf]\nbase_url", &[], &["customers[0]", "grapf"]),
    (
        "env:TEAMS_CLIENT_SECRET",
        "env:NO_SUCH_NAME",
        &[],
        &["teams.client_secret: the environment variable NO_SUCH_NAME is not set"],
    ),
    ("x", "x", &[("GRAPH_CLIENT_SECRET", "  ")], &["customers[0].graph.client_secret: the secret is empty"]),
    ("env:NETSAPIENS_API_KEY", "file:empty", &[], &["customers[0].netsapiens.api_key: the secret is empty"]),
    (
        "env:NETSAPIENS_API_KEY",
        "file:nowhere",
        &[],
        &["customers[0].netsapiens.api_key: the file nowhere cannot be read"],
    ),
    ("listen = \"127.0.0.1:3978\"", "listen = \"nowhere\"", &[], &["server.listen: `nowhere` is not ADDRESS:PORT"]),
    ("x", "x", &[("ONBOARD_BOT__SERVER__LISTEN", "127.0.0.1:99999")], &["server.listen: `127.0.0.1:99999`"]),
    ("url = \"sqlite:onboard-bot.db\"", "url = \"mysql://db\"", &[], &["store.url: write sqlite:FILE or postgres://"]),
    (
        "url = \"sqlite:onboard-bot.db\"",
        "url = \"sqlite:nowhere/at/all/bot.db\"",
        &[],
        &["store.url:", "cannot be opened"],
    ),
    ("url = \"sqlite:onboard-bot.db\"", "url = \"sqlite::memory:\"", &[], &["store.url:", "needs a file"]),
    (
        "base_url = \"https://graph.microsoft.com/v1.0\"",
        "base_url = \"http://graph.example/v1.0\"",
        &[],
        &["customers[0].graph.base_url: plain http:// is accepted for loopback hosts only"],
    ),
    (
        "https://pbx.example.com/ns-api/v2",
        "https://me:hush-url@pbx.example.com/ns-api/v2",
        &[],
        &["customers[0].netsapiens.base_url: a URL must not hold a user name or a password"],
    ),
    (
        "https://pbx.example.com/ns-api/v2",
        "pbx.example.com",
        &[],
        &["customers[0].netsapiens.base_url", "is not a URL"],
    ),
    (
        "https://pbx.example.com/ns-api/v2",
        "ftp://pbx.example.com",
        &[],
        &["customers[0].netsapiens.base_url", "must start with https://"],
    ),
    (
        "domains = [\"fabrikam.com\"]",
        "domains = [\"CONTOSO.com\"]",
        &[],
        &["customers[1].domains: `CONTOSO.com` belongs to two customers"],
    ),
    ("id = \"fabrikam\"", "id = \"contoso\"", &[], &["customers[1].id: `contoso` is used twice"]),
    ("domains = [\"fabrikam.com\"]", "domains = []", &[], &["customers[1].domains: name at least one"]),
    (
        "sync_wait = \"2m\"",
        "sync_wait = \"2 minutes\"",
        &[],
        &["customers[0].connecttoteams.sync_wait", "write it like 30s, 10m or 24h"],
    ),
    ("sync_wait = \"2m\"", "sync_wait = \"0s\"", &[], &["customers[0].connecttoteams.sync_wait", "`0s`"]),
    (
        "sync_wait = \"2m\"",
        "sync_wait = \"48h\"",
        &[],
        &["customers[0].connecttoteams.sync_deadline: must not be shorter"],
    ),
    (
        "enterprise_id = 12345",
        "enterprise_id = \"12345\"",
        &[],
        &["customers[0].connecttoteams.enterprise_id", "invalid type"],
    ),
    ("required = 1", "required = 0", &[], &["customers[0].approval.required: at least one"]),
    ("carrier = \"calltower\"", "carrier = \"pigeon\"", &[], &["customers[1].carrier", "unknown variant `pigeon`"]),
    (
        "approvers = [\"fay@fabrikam.com\"]",
        "approvers = [\"fay\"]",
        &[],
        &["customers[1].approval.approvers", "`fay` is neither"],
    ),
    (
        "approvers = [\"fay@fabrikam.com\"]",
        "approvers = []",
        &[],
        &["customers[1].approval.approvers: nobody could approve"],
    ),
    (
        "service_hosts = [\"smba.trafficmanager.net\"]",
        "service_hosts = [\"*.trafficmanager.net\"]",
        &[],
        &["teams.service_hosts[0]"],
    ),
    ("x", "x", &[("ONBOARD_BOT__TEAMS__ALLOWED_TENANTS", "")], &["teams.allowed_tenants"]),
    (
        "\"bot-framework\"",
        "\"none\"",
        &[("ONBOARD_BOT__SERVER__LISTEN", "0.0.0.0:0")],
        &["teams.authentication: \"none\" is accepted only while server.listen is a loopback address"],
    ),
    (
        "numbers = [\"+13035550142\", \"+13035550143\"]",
        "numbers = [\"+13035550142\", \"+13035550142\"]",
        &[],
        &["customers[1].calltower.numbers: `+13035550142` stands there twice"],
    ),
    (
        "[customers.calltower]",
        "[customers.direct_routing]\nnumbers = []\n\n[customers.calltower]",
        &[],
        &["customers[1].direct_routing: belongs to carrier direct-routing only"],
    ),
    ("x", "x", &[("ONBOARD_BOT__SERVER__COLOUR", "red")], &["server", "colour"]),
    ("bot_token = \"env:SLACK_BOT_TOKEN\"", "", &[], &["slack.bot_token: is missing"]),
    (
        "x",
        "x",
        &[("ONBOARD_BOT__SLACK__CLIENT_ID", "1.2"), ("ONBOARD_BOT__SLACK__TOKEN_KEY", "hush-key")],
        &[
            "slack.client_secret: is missing: needed by slack.client_id and slack.token_key",
            "slack.token_key: write 32 bytes as 64 hexadecimal digits",
            "server.public_url: installing the app in Slack needs it",
        ],
    ),
    (
        "x",
        "x",
        &[("ONBOARD_BOT__SERVER__PUBLIC_URL", "https://bot.contoso.com/bot")],
        &["server.public_url: name the host only"],
    ),
    (
        "slack_team_id = \"T0123456789\"",
        "slack_team_id = \"T999\"",
        &[],
        &["customers[0].slack_team_id: `T999` is not one of slack.allowed_teams"],
    ),
    (
        "slack_team_id = \"T0123456789\"",
        "channels = [\"slack:general\"]",
        &[],
        &["customers[0].channels", "`slack:general` is neither slack:C0123456789 nor teams:19:"],
    ),
    ("x", "x", &[("ONBOARD_BOT__CUSTOMERS__0__NAME", "Evil")], &["ONBOARD_BOT__CUSTOMERS__0__NAME"]),
    ("[server]", "[server", &[], &["the file", "is not TOML"]),
];

async fn refusal(text: &str, environment: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty"), " \n").unwrap();
    let mut all = secrets();
    all.retain(|(name, _)| !environment.iter().any(|(n, _)| n == name));
    let all: Vec<_> = all.into_iter().chain(environment.iter().copied()).collect();
    let mut bot = Bot::serve(&written(folder.path(), text), folder.path(), &all);
    let status = bot.ends(Duration::from_secs(10)).await;
    let log = bot.log();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(!log.contains("hush-"), "a secret shows itself: {log}");
    assert!(!log.contains("panicked") && !log.contains("Error {"), "{log}");
    log
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_that_cannot_be_used_stops_the_start_and_says_where_and_why() {
    let mut wrong = Vec::new();
    for (from, to, environment, said) in BROKEN {
        assert!(EXAMPLE.contains(from), "{from}");
        let log = refusal(&EXAMPLE.replacen(from, to, 1), environment).await;
        if said.iter().any(|words| !log.contains(words)) {
            wrong.push(format!("{to} {environment:?} should say {said:?}, but says:\n{log}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn during_a_rotation_two_signing_secrets_are_taken_and_neither_is_shown() {
    let two = r#"signing_secrets = ["env:SLACK_SIGNING_SECRET", "env:SLACK_SIGNING_SECRET_OLD"]"#;
    let text = EXAMPLE.replace(r#"signing_secrets = ["env:SLACK_SIGNING_SECRET"]"#, two);
    let environment = || {
        let all = secrets().into_iter().chain([("SLACK_SIGNING_SECRET_OLD", "hush-old")]);
        all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>()
    };
    let config = onboard_bot::config::load_text(&text, environment()).unwrap();
    let taken = &config.slack.as_ref().unwrap().signing_secrets;
    assert_eq!(taken.iter().map(|s| s.expose()).collect::<Vec<_>>(), ["hush-signing", "hush-old"]);
    assert!(!format!("{config:?}").contains("hush-"));
    let three = text.replace(r#"_OLD"]"#, r#"_OLD", "env:SLACK_SIGNING_SECRET"]"#);
    let error = onboard_bot::config::load_text(&three, environment()).unwrap_err().to_string();
    assert!(error.contains("slack.signing_secrets: give one secret, or two") && !error.contains("hush-"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_and_no_customer_are_told_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut bot = Bot::serve(&folder.path().join("nowhere.toml"), folder.path(), &[]);
    assert_eq!(bot.ends(Duration::from_secs(10)).await.code(), Some(1));
    assert!(bot.log().contains("nowhere.toml: cannot be read"), "{}", bot.log());
    let alone = EXAMPLE.split("[[customers]]").next().unwrap();
    assert!(refusal(alone, &[]).await.contains("customers: name at least one customer"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_in_use_and_a_folder_without_rights_are_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let log = refusal(EXAMPLE, &[("ONBOARD_BOT__SERVER__LISTEN", &listen)]).await;
    assert!(log.contains("server.listen") && log.contains(&listen), "{log}");
    // A folder where a file should be: even somebody who may write everywhere cannot write that.
    let log =
        refusal(EXAMPLE, &[("ONBOARD_BOT__STORE__URL", "sqlite:."), ("ONBOARD_BOT__SERVER__LISTEN", "127.0.0.1:0")])
            .await;
    assert!(log.contains("store.url"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_example_starts_and_the_environment_lies_over_it() {
    let folder = tempfile::tempdir().unwrap();
    let listen = format!("127.0.0.1:{}", free_port());
    let mut environment = secrets();
    let tenants = "22222222-2222-2222-2222-222222222222, 99999999-9999-9999-9999-999999999999";
    environment
        .extend([("ONBOARD_BOT__SERVER__LISTEN", listen.as_str()), ("ONBOARD_BOT__TEAMS__ALLOWED_TENANTS", tenants)]);
    let mut bot = Bot::serve(&written(folder.path(), EXAMPLE), folder.path(), &environment);
    bot.is_ready(&format!("http://{listen}")).await;
    bot.terminate();
    assert!(bot.ends(Duration::from_secs(10)).await.success());
    assert!(!bot.log().contains("hush-"), "{}", bot.log());
    let store = std::fs::metadata(folder.path().join("onboard-bot.db")).unwrap();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&store.permissions()) & 0o777,
        0o600,
        "the store is its owner's alone"
    );
}
