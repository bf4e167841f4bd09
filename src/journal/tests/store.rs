//! The file, its one owner, its schema; what is committed lasts and nothing else does.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::view::Outgoing;

#[tokio::test]
async fn nobody_else_can_read_the_files_of_sqlite() {
    let store = Store::on_sqlite().await;
    store.asked("alice", "1000").await;
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(store.folder()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        seen.push(entry.file_name().into_string().unwrap());
    }
    seen.sort();
    assert_eq!(seen, ["onboard.db", "onboard.db-shm", "onboard.db-wal", "onboard.db.lock"]);
}

#[tokio::test]
async fn files_that_others_could_read_are_closed_to_them_at_the_start() {
    let store = Store::on_sqlite().await;
    let first = store.asked("alice", "1000").await;
    // A copy made while it runs, as a careless backup would: with its log, for everybody.
    let copy = tempfile::tempdir().unwrap();
    let names = ["onboard.db", "onboard.db-shm", "onboard.db-wal", "onboard.db.lock"];
    for name in names {
        let path = copy.path().join(name);
        std::fs::copy(store.folder().join(name), &path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    }
    let journal = Journal::open(&format!("sqlite:{}", copy.path().join("onboard.db").display())).await.unwrap();
    for name in names {
        let mode = std::fs::metadata(copy.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
    assert_eq!(journal.request(first.id).await.unwrap().unwrap().request, first);
}

#[tokio::test]
async fn a_sqlite_file_has_one_owner_at_a_time() {
    let store = Store::on_sqlite().await;
    let second = Journal::open(&store.home.url()).await.unwrap_err();
    let JournalError::File { path, what } = &second else { panic!("{second:?}") };
    assert_eq!(*path, store.folder().join("onboard.db").display().to_string());
    assert!(what.starts_with("another onboard-bot uses this file"), "{what}");
    let first = store.asked("alice", "1000").await;
    let store = store.restarted().await;
    assert_eq!(store.journal.request(first.id).await.unwrap().unwrap().request, first);
}

#[tokio::test]
async fn every_connection_to_a_file_is_durable_and_keeps_little_in_memory() {
    let store = Store::on_sqlite().await;
    let mut connections = Vec::new();
    for _ in 0..store.journal.pool.options().get_max_connections() {
        connections.push(store.journal.pool.acquire().await.unwrap());
    }
    assert!(connections.len() > 1);
    for connection in &mut connections {
        for (pragma, value) in [("synchronous", 2), ("cache_size", -256), ("foreign_keys", 1), ("busy_timeout", 5000)] {
            let sql = sqlx::AssertSqlSafe(format!("PRAGMA {pragma}"));
            let found: i64 = sqlx::query_scalar(sql).fetch_one(&mut **connection).await.unwrap();
            assert_eq!(found, value, "{pragma}");
        }
    }
}

#[tokio::test]
async fn a_sqlite_store_that_is_no_file_is_refused() {
    for url in ["sqlite:", "sqlite::memory:", "sqlite:/no/such/folder/onboard.db"] {
        assert!(matches!(Journal::open(url).await, Err(JournalError::File { .. })), "{url}");
    }
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_nothing() {
    let store = Store::new().await;
    let request = request(RequestId(1), "alice", "1000");
    let mut tx = store.tx().await;
    assert_eq!(tx.next_id().await.unwrap(), RequestId(1));
    tx.insert(&request, start()).await.unwrap();
    tx.schedule(request.id, Task::ReadFacts, start()).await.unwrap();
    tx.set_timer(request.id, Some(start())).await.unwrap();
    tx.hold(&request, start()).await.unwrap();
    tx.meet(&rita(), &request.place).await.unwrap();
    tx.send(&request.place, None, Outgoing::Say(Sentence::new("say-expired")), start()).await.unwrap();
    assert!(tx.request(request.id).await.unwrap().is_some(), "seen from within");
    drop(tx);
    assert!(store.journal.request(request.id).await.unwrap().is_none());
    assert!(store.journal.claim_work(after(9), 9).await.unwrap().is_empty());
    assert!(store.journal.timers_up(after(9)).await.unwrap().is_empty());
    assert!(store.journal.claim_lanes(after(9), 9).await.unwrap().is_empty());
    assert_eq!(store.journal.contact("rita-id", Surface::Teams).await.unwrap(), None);
    assert_eq!(store.count("SELECT COUNT(*) FROM holds").await, 0);
    // Nobody ever saw the number: it is given out again.
    assert_eq!(store.asked("bob", "1001").await.id, RequestId(1));
}

#[tokio::test]
async fn bells_ring_after_the_commit_and_not_for_what_was_dropped() {
    use futures_util::FutureExt;
    let store = Store::new().await;
    let rang = || store.journal.wake().work.notified().now_or_never().is_some();
    let mut tx = store.tx().await;
    tx.schedule(RequestId(1), Task::ReadFacts, start()).await.unwrap();
    assert!(!rang());
    drop(tx);
    assert!(!rang());
    store.scheduled(RequestId(1), Task::ReadFacts, start()).await;
    assert!(rang() && !rang(), "once");
}

#[tokio::test]
async fn a_number_is_never_given_out_twice() {
    let mut store = Store::new().await;
    for number in 1..=6 {
        assert_eq!(store.asked("alice", "1000").await.id, RequestId(number));
        store.sql("DELETE FROM requests").await;
        store = store.restarted().await;
    }
}

#[tokio::test]
async fn a_restart_on_sqlite_frees_what_the_dead_process_had_in_hand() {
    let store = Store::on_sqlite().await;
    let request = store.asked("alice", "1000").await;
    store.journal.keep(&inbound("a"), start()).await.unwrap();
    store.scheduled(request.id, Task::ReadFacts, start()).await;
    let mut tx = store.tx().await;
    tx.send(&request.place, None, Outgoing::Say(Sentence::new("say-expired")), start()).await.unwrap();
    tx.commit().await.unwrap();
    let taken = async |store: &Store| {
        let inbox = store.journal.take_inbox(start(), 9).await.unwrap().len();
        let work = store.journal.claim_work(start(), 9).await.unwrap().len();
        (inbox, work, store.journal.claim_lanes(start(), 9).await.unwrap().len())
    };
    assert_eq!(taken(&store).await, (1, 1, 1));
    assert_eq!(taken(&store).await, (0, 0, 0), "all in hand");
    let store = store.restarted().await;
    assert_eq!(taken(&store).await, (1, 1, 1), "at once, without waiting for leases to end");
}

#[test]
fn the_schema_needs_nothing_that_only_one_database_has() {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap();
    let text: String = folder.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let text: String = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    let mut columns = 0;
    for statement in text.split(';').map(str::trim).filter(|s| !s.is_empty()) {
        // Rows are copied by what both databases know.
        if statement.starts_with("CREATE INDEX ") || statement.starts_with("INSERT INTO contacts ") {
            continue;
        }
        let body = match statement.strip_prefix("ALTER TABLE ") {
            Some(change) => change.split_once(" ADD COLUMN ").unwrap().1,
            None => {
                let body = statement.strip_prefix("CREATE TABLE ").and_then(|s| s.split_once('(')).unwrap().1;
                body.trim_end().strip_suffix(')').unwrap()
            }
        };
        for column in body.split("    ").map(|c| c.trim().trim_end_matches(',')).filter(|c| !c.is_empty()) {
            if column.starts_with("PRIMARY KEY (") {
                continue;
            }
            let (name, kind) = column.split_once(' ').unwrap();
            let kind = kind.split(" DEFAULT ").next().unwrap();
            let kinds =
                ["TEXT", "TEXT NOT NULL", "TEXT PRIMARY KEY", "BIGINT", "BIGINT NOT NULL", "BIGINT PRIMARY KEY"];
            assert!(kinds.contains(&kind), "{name} is {kind}");
            columns += 1;
        }
    }
    assert!(columns > 50, "{columns} columns were read");
}
