use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::clock::SystemClock;
use crate::config::{Carrier, PersonRef, Secret, Teams, load_text};
use crate::journal::Journal;
use crate::world::{BotSettings, EffectKind, Fault as Trouble, Mishap, SYNC_GROUP, System, World, WorldOptions};

/// A world, a folder for the store and a configuration that fits both.
struct House {
    world: World,
    folder: tempfile::TempDir,
    config: Config,
}

impl House {
    async fn new() -> Self {
        let world = World::start(WorldOptions::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store_url = format!("sqlite:{}", folder.path().join("bot.db").display());
        let text = world.bot_config(&BotSettings { store_url, ..BotSettings::default() });
        Self { world, folder, config: load_text(&text, Vec::new()).unwrap() }
    }

    async fn check(&self) -> Vec<Finding> {
        check(&self.config, Arc::new(SystemClock)).await
    }

    fn files(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        files
    }

    fn teams(&mut self) -> &mut Teams {
        self.config.teams.as_mut().unwrap()
    }

    fn graph(&mut self) -> &mut crate::config::Graph {
        &mut self.config.customers[0].graph
    }

    fn pbx(&mut self) -> &mut crate::config::Netsapiens {
        self.config.customers[0].netsapiens.as_mut().unwrap()
    }

    fn carrier(&mut self) -> &mut crate::config::ConnecttoTeams {
        self.config.customers[0].connecttoteams.as_mut().unwrap()
    }

    fn elsewhere(&self) -> String {
        format!("{}/elsewhere", self.world.url())
    }

    /// Every call from now on in which this is found gets this answer.
    fn answers(&self, system: System, (method, path): (&str, &str), (status, body): (u16, Value)) {
        let mishap = Mishap::Answer { status, headers: Default::default(), body: body.to_string() };
        self.world.fault(Trouble::next(system, 0, mishap).on(method, path).always()).unwrap();
    }

    fn denies(&self, method: &str, path: &str) {
        let body = json!({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges."}});
        self.answers(System::Graph, (method, path), (403, body));
    }

    fn key(&self, change: Value) {
        let mut key = json!({"domain": "contoso", "user-scope": "Office Manager", "readonly": "no"});
        key.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        self.answers(System::Netsapiens, ("GET", "^/apikeys"), (200, key));
    }

    fn secrets(&self) -> Vec<String> {
        let credentials = self.world.state().seed.credentials.clone();
        let bot = [credentials.bot_secret, credentials.graph_secret, credentials.api_key];
        let carrier = [credentials.carrier_secret, credentials.carrier_password, "hush".to_owned()];
        bot.into_iter().chain(carrier).collect()
    }
}

fn said(findings: &[Finding]) -> String {
    text(findings, &Cards::load().unwrap())
}

/// Wrong findings as system, message id and who can mend it.
fn complaints(findings: &[Finding]) -> Vec<(&str, &str, Fixer)> {
    let wrong = |finding| match finding {
        &Finding { ref system, result: Err(Problem { ref what, ref fix, who }) } => {
            assert_eq!(fix.id, format!("{}-fix", what.id));
            Some((system.as_str(), what.id.as_str(), who))
        }
        _ => None,
    };
    findings.iter().filter_map(wrong).collect()
}

#[tokio::test]
async fn a_sound_installation_is_told_line_by_line_and_nothing_is_changed() {
    let house = House::new().await;
    let findings = house.check().await;
    assert!(all_ok(&findings), "{}", said(&findings));
    let systems: Vec<&str> = findings.iter().map(|finding| finding.system.as_str()).collect();
    let expected = [
        "Store",
        "Teams keys",
        "Teams token",
        "contoso: Graph login",
        "contoso: Graph users",
        "contoso: Graph sync group",
        "contoso: Graph membership",
        "contoso: Graph phone settings",
        "contoso: PBX",
        "contoso: PBX key",
        "contoso: PBX domain",
        "contoso: ConnecttoTeams login",
        "contoso: ConnecttoTeams voice routes",
    ];
    assert_eq!(systems, expected);
    let lines = said(&findings);
    assert_eq!(lines.lines().count(), findings.len());
    assert!(lines.lines().all(|line| line.starts_with("ok     ")), "{lines}");
    assert!(!lines.contains('['), "a sentence is missing: {lines}");
    for secret in house.secrets() {
        assert!(!lines.contains(&secret) && !format!("{findings:?}").contains(&secret), "{lines}");
    }
    assert_eq!(house.files(), [""; 0], "no file was made");
    assert_eq!(house.world.violations(), [""; 0]);
    for call in house.world.log() {
        let made = call.effect.as_ref().map(|effect| effect.kind);
        assert!(made.is_none_or(|kind| kind == EffectKind::TokenIssued), "{call}");
        let reads = match call.method.as_str() {
            "GET" => true,
            "POST" => call.path.ends_with("/token") || call.path.ends_with("/checkMemberGroups"),
            "PUT" => call.path == "/reseller/getAuthenticatedUser",
            _ => false,
        };
        assert!(reads, "{call}");
    }
}

/// Breaks one thing, and whose line tells what and sends whom.
type Case = (fn(&mut House), &'static str, &'static str, Fixer);

const BOT: Fixer = Fixer::BotOperator;
const MICROSOFT: Fixer = Fixer::MicrosoftAdmin;
const PBX: Fixer = Fixer::PbxAdmin;
const PORTAL: Fixer = Fixer::PortalOperator;

const CASES: [Case; 28] = [
    (|h| h.teams().openid_metadata_url = h.elsewhere(), "Teams keys", "check-not-found", BOT),
    (|h| h.teams().openid_metadata_url = "http://127.0.0.1:1/x".into(), "Teams keys", "check-unreachable", BOT),
    (|h| h.teams().client_secret = Secret::new("hush"), "Teams token", "check-credential", MICROSOFT),
    (|h| h.teams().token_url = Some(h.elsewhere()), "Teams token", "check-not-found", BOT),
    (|h| h.graph().client_secret = Secret::new("hush"), "contoso: Graph login", "check-credential", MICROSOFT),
    (|h| h.graph().token_url = h.elsewhere(), "contoso: Graph login", "check-not-found", BOT),
    (|h| h.denies("GET", "^/users/"), "contoso: Graph users", "check-permission", MICROSOFT),
    (
        |h| h.world.state().seed.users.retain(|user| !user.user_principal_name.starts_with("alan@")),
        "contoso: Graph users",
        "check-user-missing",
        BOT,
    ),
    (|h| h.denies("GET", "^/groups/4"), "contoso: Graph sync group", "check-permission", MICROSOFT),
    (|h| h.graph().sync_group = Some("4-4".into()), "contoso: Graph sync group", "check-group-missing", BOT),
    (
        |h| h.world.state().group_mut(SYNC_GROUP).unwrap().display_name = "All Company".into(),
        "contoso: Graph sync group",
        "check-group-all-company",
        MICROSOFT,
    ),
    (
        |h| h.world.state().seed.groups.retain(|group| !group.id.starts_with("66666666")),
        "contoso: Graph group",
        "check-group-missing",
        BOT,
    ),
    (|h| h.denies("POST", "checkMemberGroups"), "contoso: Graph membership", "check-permission", MICROSOFT),
    (|h| h.denies("GET", "userConfigurations"), "contoso: Graph phone settings", "check-permission", MICROSOFT),
    (|h| h.pbx().base_url = h.elsewhere(), "contoso: PBX", "check-not-found", BOT),
    (|h| h.pbx().base_url = "http://127.0.0.1:1".into(), "contoso: PBX", "check-unreachable", BOT),
    (
        |h| h.world.fault(Trouble::next(System::Netsapiens, 0, Mishap::Html).on("GET", "version").always()).unwrap(),
        "contoso: PBX",
        "check-garbled",
        BOT,
    ),
    (|h| h.pbx().api_key = Secret::new("hush"), "contoso: PBX key", "check-credential", PBX),
    (|h| h.key(json!({"readonly": "yes"})), "contoso: PBX key", "check-key-readonly", PBX),
    (|h| h.key(json!({"domain": "fabrikam"})), "contoso: PBX key", "check-key-domain", PBX),
    (|h| h.key(json!({"user-scope": "Basic User"})), "contoso: PBX key", "check-key-scope", PBX),
    (
        |h| {
            h.key(json!({"domain": "*"}));
            h.pbx().domain = "fabrikam".into();
        },
        "contoso: PBX domain",
        "check-domain-missing",
        BOT,
    ),
    (
        |h| {
            let body = json!({"code": 401, "message": "Invalid Scope [APP001]"});
            h.answers(System::Netsapiens, ("GET", "^/domains/"), (401, body));
        },
        "contoso: PBX domain",
        "check-domain-closed",
        PBX,
    ),
    (|h| h.carrier().password = Secret::new("hush"), "contoso: ConnecttoTeams login", "check-carrier-login", PORTAL),
    (|h| h.carrier().base_url = h.elsewhere(), "contoso: ConnecttoTeams login", "check-not-found", BOT),
    (
        |h| drop(h.world.state().seed.routes.remove(&806)),
        "contoso: ConnecttoTeams voice routes",
        "check-routes-missing",
        BOT,
    ),
    (
        |h| h.config.store.url = format!("sqlite:{}/none/bot.db", h.folder.path().display()),
        "Store",
        "check-store-no-folder",
        BOT,
    ),
    (
        |h| std::fs::write(h.folder.path().join("bot.db"), [b'x'; 4096]).unwrap(),
        "Store",
        "check-store-no-database",
        BOT,
    ),
];

#[tokio::test]
async fn whatever_is_broken_is_named_with_its_fix_and_who_can_do_it() {
    for (index, (break_it, system, what, who)) in CASES.into_iter().enumerate() {
        let mut house = House::new().await;
        break_it(&mut house);
        let files = house.files();
        let findings = house.check().await;
        let lines = said(&findings);
        assert_eq!(complaints(&findings), [(system, what, who)], "case {index}: {lines}");
        assert!(!all_ok(&findings));
        assert_eq!(lines.lines().filter(|line| line.starts_with("WRONG  ")).count(), 1, "{lines}");
        assert!(!lines.contains("[check"), "a sentence is missing: {lines}");
        for secret in house.secrets() {
            assert!(!lines.contains(&secret) && !format!("{findings:?}").contains(&secret), "{lines}");
        }
        assert_eq!(house.files(), files, "no file was made");
        let made = house.world.log().into_iter().filter_map(|call| call.effect);
        assert!(made.into_iter().all(|effect| effect.kind == EffectKind::TokenIssued));
    }
}

#[tokio::test]
async fn with_direct_routing_numbers_are_read_and_nothing_is_assigned() {
    let mut house = House::new().await;
    let store_url = format!("sqlite:{}", house.folder.path().join("bot.db").display());
    let second = BotSettings { store_url, second_customer: true, ..BotSettings::default() };
    let text = house.world.bot_config(&BotSettings { second_carrier: Carrier::DirectRouting, ..second });
    house.config = load_text(&text, Vec::new()).unwrap();
    let findings = house.check().await;
    assert!(all_ok(&findings), "{}", said(&findings));
    assert!(said(&findings).contains("fabrikam: Graph numbers: Numbers can be read."), "{}", said(&findings));
    house.world.turn(|knobs| {
        let both = ["TeamsTelephoneNumber.Read.All", "TeamsTelephoneNumber.ReadWrite.All"];
        knobs.withheld_permissions = both.map(str::to_owned).into();
    });
    let findings = house.check().await;
    assert_eq!(complaints(&findings), [("fabrikam: Graph numbers", "check-permission", MICROSOFT)]);
    let text = said(&findings);
    assert!(text.contains("The permission TeamsTelephoneNumber.ReadWrite.All is missing."), "{text}");
    let made = house.world.log().into_iter().filter_map(|call| call.effect);
    assert!(made.into_iter().all(|effect| effect.kind == EffectKind::TokenIssued));
}

#[tokio::test]
async fn a_wrong_base_url_of_graph_is_not_mistaken_for_an_empty_directory() {
    let mut house = House::new().await;
    house.graph().base_url = house.elsewhere();
    let findings = house.check().await;
    assert_eq!(complaints(&findings), [("contoso: Graph users", "check-not-found", BOT)]);
    let lines = said(&findings);
    assert!(lines.contains("Correct the address in customers.graph.base_url."), "{lines}");
    assert!(!lines.contains("There is no"), "{lines}");
}

#[tokio::test]
async fn without_anybody_named_somebody_of_a_group_is_read_or_nobody() {
    let mut house = House::new().await;
    let approval = &mut house.config.customers[0].approval;
    for list in [&mut approval.requesters, &mut approval.approvers, &mut approval.operators] {
        list.retain(|person| matches!(person, PersonRef::EntraGroup(_)));
    }
    let lines = said(&house.check().await);
    assert!(lines.contains("Users can be read, for example ann@contoso.com."), "{lines}");
    house.world.state().seed.groups.iter_mut().for_each(|group| group.members.clear());
    let findings = house.check().await;
    assert!(all_ok(&findings) && said(&findings).contains("Users can be searched."), "{}", said(&findings));
}

#[tokio::test]
async fn missing_permissions_and_voice_routes_are_called_by_their_names() {
    let house = House::new().await;
    house.denies("GET", "^/groups/4");
    house.denies("GET", "userConfigurations");
    house.world.state().seed.routes.clear();
    let lines = said(&house.check().await);
    let app = house.world.state().seed.credentials.graph_client_id.clone();
    for words in [
        format!("Add the application permission GroupMember.Read.All to the app {app}"),
        format!("Add the application permission TeamsUserConfiguration.Read.All to the app {app}"),
        "US East 2 (805), US West (806)".to_owned(),
        "Who can do it: An administrator of Microsoft 365.".to_owned(),
    ] {
        assert!(lines.contains(&words), "{words} is not in {lines}");
    }
}

#[tokio::test]
async fn a_store_in_use_is_told_and_left_alone() {
    let house = House::new().await;
    let journal = Journal::open(&house.config.store.url).await.unwrap();
    let told = |findings: &[Finding]| findings[0].result.clone().unwrap().id;
    assert_eq!(told(&house.check().await), "check-ok-store-running");
    journal.close().await;
    drop(journal);
    let files = house.files();
    let before = std::fs::read(house.folder.path().join("bot.db")).unwrap();
    let at_rest = store_until_free(&house.config.store.url).await;
    assert_eq!(at_rest.result.unwrap().id, "check-ok-store-file");
    assert_eq!(house.files(), files);
    assert_eq!(std::fs::read(house.folder.path().join("bot.db")).unwrap(), before);
}

/// The journal's keeper lets go of the lock only when its task has ended.
async fn store_until_free(url: &str) -> Finding {
    loop {
        let found = store::check(url).await;
        match &found.result {
            Ok(what) if what.id == "check-ok-store-running" => tokio::task::yield_now().await,
            _ => return found,
        }
    }
}

#[tokio::test]
async fn a_server_that_is_away_or_refuses_is_told_without_the_password() {
    let away = store::check("postgres://bot:hush@127.0.0.1:1/bot").await;
    assert_eq!(complaints(std::slice::from_ref(&away)), [("Store", "check-store-unreachable", BOT)]);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // PostgreSQL's protocol 3: no TLS, then an error instead of a greeting.
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = [0; 1024];
        assert_eq!(stream.read(&mut asked).await.unwrap(), 8);
        stream.write_all(b"N").await.unwrap();
        assert!(stream.read(&mut asked).await.unwrap() > 8);
        let fields = b"SFATAL\0VFATAL\0C28P01\0Mno entry for bot\0\0";
        let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
        stream.write_all(&[b"E".as_slice(), &length, fields].concat()).await.unwrap();
    });
    let refused = store::check(&format!("postgres://bot:hush@127.0.0.1:{port}/bot")).await;
    server.await.unwrap();
    assert_eq!(complaints(std::slice::from_ref(&refused)), [("Store", "check-store-not-admitted", BOT)]);
    let lines = said(&[away, refused]);
    assert!(lines.contains("28P01") && !lines.contains("hush"), "{lines}");
    assert_eq!(store::check("sqlite::memory:").await.result.unwrap_err().what.id, "check-store-memory");
}

#[test]
fn every_complaint_has_its_fix_and_every_fix_its_complaint() {
    let cards = Cards::load().unwrap();
    let ids: Vec<&str> = cards.texts().ids().filter(|id| id.starts_with("check-")).collect();
    let source =
        ["src/check.rs", "src/check/customer.rs", "src/check/slack.rs", "src/check/store.rs", "src/check/teams.rs"]
            .map(|file| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap())
            .concat();
    for id in &ids {
        match id.strip_suffix("-fix") {
            Some(what) => assert!(ids.contains(&what), "{id} mends nothing"),
            None => {
                assert!(source.contains(&format!("\"{id}\"")), "{id} is never said");
                let complains = !id.starts_with("check-ok-") && !id.starts_with("check-line-");
                assert_eq!(ids.contains(&format!("{id}-fix").as_str()), complains, "{id}");
            }
        }
    }
}
