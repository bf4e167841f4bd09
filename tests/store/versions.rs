//! A database that another version has written: an older one is brought up to date, a newer one is left alone.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use onboard_bot::journal::Journal;
use onboard_bot::world::{BotSettings, EffectKind, Fault, Mishap, System};
use sqlx::any::AnyPoolOptions;
use sqlx::migrate::Migrator;
use sqlx::{AnyPool, AssertSqlSafe, Row};

use crate::child::Bot;
use crate::stage::store::Store;
use crate::town::{Town, copies, number};

const FIRST: &str = include_str!("../../migrations/0001_journal.sql");

/// One table of the first version.
struct Table {
    name: &'static str,
    /// Name, and whether it is text.
    columns: Vec<(&'static str, bool)>,
    key: Vec<&'static str>,
}

type Line = Vec<Option<String>>;

impl Table {
    fn all() -> Vec<Self> {
        FIRST.split("CREATE TABLE ").skip(1).map(Self::read).collect()
    }

    fn read(text: &'static str) -> Self {
        let (name, body) = text.split_once(" (").unwrap();
        let (mut columns, mut key) = (Vec::new(), Vec::new());
        for line in body.split(");").next().unwrap().lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(names) = line.strip_prefix("PRIMARY KEY (") {
                key = names.trim_end_matches([')', ',']).split(", ").collect();
                continue;
            }
            let (column, kind) = line.split_once(' ').unwrap();
            columns.push((column, kind.starts_with("TEXT")));
            if kind.contains("PRIMARY KEY") {
                key.push(column);
            }
        }
        Self { name, columns, key }
    }

    fn names(&self) -> String {
        self.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    async fn lines(&self, pool: &AnyPool) -> Vec<Line> {
        // Whom the first version knew as people are now contacts in Teams.
        let source = if self.name == "people" { "contacts WHERE surface = 'teams'" } else { self.name };
        let sql = format!("SELECT {} FROM {source} ORDER BY {}", self.names(), self.key.join(", "));
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(pool).await.unwrap();
        let cell = |row: &sqlx::any::AnyRow, index: usize| match self.columns[index].1 {
            true => row.try_get::<Option<String>, _>(index).unwrap(),
            false => row.try_get::<Option<i64>, _>(index).unwrap().map(|number| number.to_string()),
        };
        rows.iter().map(|row| (0..self.columns.len()).map(|index| cell(row, index)).collect()).collect()
    }

    async fn fill(&self, pool: &AnyPool, lines: &[Line]) {
        let placeholders: Vec<_> = (1..=self.columns.len()).map(|n| format!("${n}")).collect();
        let sql = format!("INSERT INTO {} ({}) VALUES ({})", self.name, self.names(), placeholders.join(", "));
        for line in lines {
            let mut query = sqlx::query(AssertSqlSafe(sql.clone()));
            for (value, (_, text)) in line.iter().zip(&self.columns) {
                let number = || value.as_ref().map(|value| value.parse::<i64>().unwrap());
                query = if *text { query.bind(value.clone()) } else { query.bind(number()) };
            }
            query.execute(pool).await.unwrap();
        }
    }
}

async fn content(pool: &AnyPool) -> BTreeMap<&'static str, Vec<Line>> {
    let mut all = BTreeMap::new();
    for table in Table::all() {
        all.insert(table.name, table.lines(pool).await);
    }
    all
}

async fn written_to(store: &Store) -> AnyPool {
    sqlx::any::install_default_drivers();
    let url = store.url();
    let url = url.strip_prefix("sqlite:").map_or(url.clone(), |path| format!("sqlite://{path}?mode=rwc"));
    AnyPoolOptions::new().max_connections(1).connect(&url).await.unwrap()
}

/// The first version's messages name nobody whose client looks at them by itself.
fn as_the_first_version_wrote(mut content: BTreeMap<&'static str, Vec<Line>>) -> BTreeMap<&'static str, Vec<Line>> {
    let body = Table::all().iter().find(|t| t.name == "outbox").unwrap().columns.iter().position(|c| c.0 == "body");
    for line in content.get_mut("outbox").unwrap() {
        let text = line[body.unwrap()].as_mut().unwrap();
        let mut fields: serde_json::Value = serde_json::from_str(text).unwrap();
        fields.as_object_mut().unwrap().remove("seen_by");
        *text = fields.to_string();
    }
    content
}

/// Two requests on their way and messages that wait, as a bot leaves them that is stopped; then the same in a database
/// of the first version.
async fn an_older_database_is_brought_up_to_date(first: Store, older: Store) {
    let mut town = Town::open(first, 0).await;
    town.world.turn(|knobs| (knobs.consent, knobs.auto_sync) = (false, false));
    let manual = |settings: &mut BotSettings| settings.service_provider_consent = false;
    town.join(1, manual).await;
    let place = town.world.channel_thread();
    let approval = town.asked(0, &place).await;
    town.press(0, "bob", &approval, "Approve").await;
    town.see(&place, "Sync the Teams users for Alice Adams").await;
    let other = town.world.channel_thread();
    town.say(0, ("ann", &other), "onboard amir@contoso.com ext 1001").await;
    let confirm = town.see(&other, "[Request approval]").await;
    let ann = town.world.person("ann").through(town.url(0));
    ann.press(&confirm, "Request approval", &crate::town::CHOICES).await;
    town.see(&other, "Approve a phone line for").await;
    // What is said last does not get through any more.
    let busy = Mishap::Answer { status: 503, headers: Default::default(), body: String::new() };
    town.world.fault(Fault::next(System::Connector, 1, busy).on("POST", "/activities").always()).unwrap();
    town.say(0, ("ann", &other), "help").await;
    let began = std::time::Instant::now();
    let before = town.store.look().await;
    while number(&before, "SELECT COUNT(*) FROM outbox WHERE attempt > 0").await == 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "nothing waits");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    town.replicas[0].bot.terminate();
    town.replicas[0].bot.ends(Duration::from_secs(30)).await;
    town.replicas.clear();
    let written = as_the_first_version_wrote(content(&before).await);
    let empty: Vec<_> = written.iter().filter(|(_, lines)| lines.is_empty()).map(|(name, _)| name).collect();
    assert!(empty.is_empty(), "nothing would be said of {empty:?}");

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("0001_journal.sql"), FIRST).unwrap();
    let pool = written_to(&older).await;
    Migrator::new(Path::new(folder.path())).await.unwrap().run(&pool).await.unwrap();
    for table in Table::all() {
        table.fill(&pool, &written[table.name]).await;
    }
    pool.close().await;
    before.close().await;
    let journal = Journal::open(&older.url()).await.unwrap();
    journal.close().await;
    drop(journal);
    let pool = older.look().await;
    assert!(number(&pool, "SELECT COUNT(*) FROM _sqlx_migrations").await > 1, "there is nothing to bring up to date");
    for (name, lines) in content(&pool).await {
        // A start may void leases.
        if !["inbox", "work", "lanes"].contains(&name) {
            assert_eq!(lines, written[name], "{name}");
        }
        assert_eq!(lines.len(), written[name].len(), "{name}");
    }
    town.store = older;
    town.world.state().faults.clear();
    town.join(1, manual).await;
    town.see(&other, "What I understand").await;
    let sync = town.see(&place, "Sync the Teams users for Alice Adams").await;
    town.press(0, "olga", &sync, "Done").await;
    town.world.portal().sync_teams_users();
    town.see(&place, "Enable calling for Alice Adams").await;
    town.world.portal().enable_calling("alice@contoso.com");
    town.see(&place, "The phone line of Alice Adams works").await;
    town.say(0, ("bob", &other), "approve ONB-2").await;
    let sync = town.see(&other, "Sync the Teams users for Amir Aziz").await;
    assert!(sync.plain().contains("[Done]"));
    assert_eq!(town.world.effects(EffectKind::DeviceCreated), ["1000tm", "1001tm"]);
    assert_eq!(copies(&town.world, "The phone line of Alice Adams works"), 1);
    town.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_sqlite_file_is_brought_up_to_date_and_its_requests_go_on() {
    an_older_database_is_brought_up_to_date(Store::on_sqlite(), Store::on_sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_postgres_database_is_brought_up_to_date_and_its_requests_go_on() {
    an_older_database_is_brought_up_to_date(Store::on_postgres().await, Store::on_postgres().await).await;
}

async fn a_newer_database_is_refused(store: Store, shown: &str) {
    Journal::open(&store.url()).await.unwrap().close().await;
    let pool = written_to(&store).await;
    let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
        SELECT 9999, 'tomorrow', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
    sqlx::query(sql).execute(&pool).await.unwrap();
    pool.close().await;
    let town = Town::open(store, 0).await;
    let (config, folder) = town.house(|_| {});
    let mut bot = Bot::serve(&config, folder.path(), &[]);
    let status = bot.ends(Duration::from_secs(20)).await;
    let log = bot.log();
    assert_eq!(status.code(), Some(1), "{log}");
    let said = format!("{shown}: was written by a newer onboard-bot (its schema is 9999, this one knows ");
    assert!(log.contains("store.url: ") && log.contains(&said), "{log}");
    assert!(log.contains("start that version again, or restore the backup from before the update"), "{log}");
    let secret = url::Url::parse(&town.store.url()).unwrap().password().map(str::to_owned);
    assert!(secret.is_none_or(|secret| !log.contains(&secret)), "the password shows itself: {log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sqlite_file_of_a_newer_version_is_refused() {
    let store = Store::on_sqlite();
    let file = store.folder().join("bot.db").display().to_string();
    a_newer_database_is_refused(store, &file).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_database_of_a_newer_version_is_refused() {
    let store = Store::on_postgres().await;
    let mut address = url::Url::parse(&store.url()).unwrap();
    address.set_password(None).unwrap();
    let shown = address.to_string();
    a_newer_database_is_refused(store, &shown).await;
}
