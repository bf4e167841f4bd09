//! The log turned up to everything, every table and every byte of the store: no secret stands there.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use onboard_bot::config;
use onboard_bot::world::{Credentials, EffectKind, Fault, Mishap, System, World};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{AssertSqlSafe, Column, Row};

use crate::killed::House;
use crate::logs::assert_no_secret;
use crate::scene::{DONE, saves_of};
use crate::stage::store::Store;

/// Everything that must never show: what the configuration holds, what was handed out, what the PBX made.
fn secrets(world: &World) -> Vec<(&'static str, String)> {
    let known = Credentials::default();
    let basic = STANDARD.encode(format!("{}:{}", known.carrier_client_id, known.carrier_secret));
    let mut secrets = vec![
        ("the bot's secret", known.bot_secret),
        ("Graph's secret", known.graph_secret),
        ("the API key", known.api_key),
        ("the carrier's secret", known.carrier_secret),
        ("the carrier's password", known.carrier_password),
        ("a Basic header", basic),
    ];
    secrets.extend(world.tokens().into_iter().map(|token| ("a token", token)));
    let state = world.state();
    let devices = state.seed.pbx.users.values().flat_map(|user| user.devices.values());
    secrets.extend(devices.filter(|d| !d.password.is_empty()).map(|d| ("a SIP password", d.password.clone())));
    secrets
}

/// What a vendor in trouble may quote back.
fn quoting(status: u16, secret: &str) -> Mishap {
    let body = format!(r#"{{"error":"temporarily_unavailable","error_description":"{secret}","message":"{secret}"}}"#);
    Mishap::Answer { status, headers: Default::default(), body }
}

/// All values of all tables, as text.
async fn dumped(house: &House) -> String {
    let options = SqliteConnectOptions::new().filename(house.store.folder().join("bot.db")).read_only(true);
    let store = SqlitePool::connect_with(options).await.unwrap();
    let tables = sqlx::query_scalar::<_, String>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
    );
    let tables = tables.fetch_all(&store).await.unwrap();
    let mut text = String::new();
    for table in &tables {
        for row in sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}"))).fetch_all(&store).await.unwrap() {
            for column in row.columns() {
                let value = row.try_get_unchecked::<Option<String>, _>(column.ordinal()).unwrap();
                text.push_str(&format!("{table}.{} = {}\n", column.name(), value.unwrap_or_default()));
            }
        }
    }
    assert!(tables.len() > 12 && text.contains("alice@contoso.com"), "the dump is a dump: {tables:?}");
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_the_chattiest_log_nor_the_store_shows_a_secret() {
    let mut house = House::open_with(Store::on_sqlite(), &[("RUST_LOG", "trace")]).await;
    let known = Credentials::default();
    for (system, method, path, secret) in [
        (System::Login, "POST", "/token$", &known.graph_secret),
        (System::Graph, "GET", "/userConfigurations/", &known.graph_secret),
        (System::Netsapiens, "POST", "/devices$", &known.api_key),
        (System::Connecttoteams, "POST", "/oauth/token", &known.carrier_password),
        (System::Connecttoteams, "POST", "/enterprise/configureUser", &known.carrier_secret),
        (System::Connector, "POST", "/activities$", &known.bot_secret),
    ] {
        house.world.fault(Fault::next(system, 1, quoting(500, secret)).on(method, path)).unwrap();
    }
    house.ask().await;
    house.until_done().await;
    house.everything_is_sent().await;
    assert_eq!(house.world.effects(EffectKind::DeviceCreated), ["1000tm"]);
    assert_eq!(saves_of(&house.world).len(), 2, "the faults have struck");
    let store = dumped(&house).await;
    let log = house.bot.log();
    assert!(log.contains(r#""level":"TRACE""#) && log.contains("hyper"), "the log says everything");
    let secrets = secrets(&house.world);
    let count = |name: &str| secrets.iter().filter(|(kind, _)| *kind == name).count();
    assert!(count("a token") >= 3 && count("a SIP password") >= 1, "Graph's, the Connector's and the carrier's");
    house.bot.terminate();
    house.bot.ends(std::time::Duration::from_secs(10)).await;
    let mut bytes = String::new();
    for file in std::fs::read_dir(house.store.folder()).unwrap() {
        let path = file.unwrap().path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("bot.db")) {
            bytes.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
        }
    }
    for (place, text) in [("the log", &log), ("a table", &store), ("the file", &bytes)] {
        for (kind, secret) in &secrets {
            assert!(!text.contains(secret.as_str()), "{kind} shows itself in {place}");
        }
        for word in ["Bearer ", "Basic ", "access_token", "expires_in", "device-sip-registration-password"] {
            assert!(!text.contains(word), "{word:?} shows itself in {place}");
        }
        assert_no_secret(text);
    }
    assert!(store.contains(DONE) || store.contains("done"), "the onboarding is in there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_slack_entrusts_shows_in_the_log_or_the_store() {
    let mut house = House::open_in_slack(Store::on_sqlite(), &[("RUST_LOG", "trace")]).await;
    let token = house.world.state().seed.slack.workspaces[0].bot_token.clone().unwrap();
    for path in ["chat.postMessage", "users.info", "/slack-hooks/"] {
        house.world.fault(Fault::next(System::Slack, 1, quoting(500, &token)).on("POST", path)).unwrap();
    }
    house.ask().await;
    house.until_done().await;
    house.everything_is_sent().await;
    let (store, log) = (dumped(&house).await, house.bot.log());
    assert!(log.contains(r#""level":"TRACE""#) && log.contains("hyper"), "the log says everything");
    let secrets = secrets(&house.world);
    assert!(secrets.len() > 20, "tokens, the signing secret, triggers and reply addresses");
    for (place, text) in [("the log", &log), ("a table", &store)] {
        for (kind, secret) in &secrets {
            assert!(!text.contains(secret.as_str()), "{kind} shows itself in {place}: {secret}");
        }
        assert_no_secret(text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_shows_no_secret_whoever_prints_it() {
    let house = House::open().await;
    let text = std::fs::read_to_string(&house.config).unwrap();
    let loaded = config::load_text(&text, Vec::new()).unwrap();
    let known = Credentials::default();
    assert!(text.contains(&known.api_key) && text.contains(&known.carrier_password));
    let world = format!("{:?}", house.world.state());
    let shown = format!("{loaded:?} {loaded:#?} {world}");
    for (kind, secret) in secrets(&house.world) {
        assert!(!shown.contains(&secret), "{kind} shows itself");
    }
    assert!(!shown.contains("S1mulatedPasswrd"), "a SIP password shows itself");
}
