//! What the store knows about requests that cannot go on: how many wait for a system or stopped at it, and since when.
//!
//! Circuits live in the memory of the bot's processes, which this one cannot see. What waits because of an open circuit
//! is in the store, though, and so is what stopped.
//!
//! The file is opened for reading only. What a killed bot left in its write-ahead log cannot be read without making files
//! beside it, so both are copied into a folder of their own first.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection, Row};

use super::store::{PATIENCE, is_locked};
use crate::domain::Sentence;
use crate::flow::{Request, State};
use crate::view::shown_time;

/// Something worth knowing that is neither right nor wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is about, such as `contoso: NetSapiens`.
    pub about: String,
    /// What there is to know.
    pub what: Sentence,
}

/// How many, and since when the first.
#[derive(Debug, Clone, Copy)]
struct Count {
    count: u32,
    since: Timestamp,
}

/// Requests of these states may wait for a system, or stopped.
const SQL: &str = "SELECT body FROM requests WHERE state IN ('checking', 'awaiting-approval', 'running', 'failed')";

/// Nothing where the store cannot be read: that has a line of its own.
pub(super) async fn notes(url: &str) -> Vec<Note> {
    let bodies = match url.strip_prefix("sqlite:") {
        Some(path) => tokio::time::timeout(PATIENCE, file(Path::new(path.trim_start_matches("//")))).await,
        None => tokio::time::timeout(PATIENCE, server(url)).await,
    };
    let Ok(Ok(bodies)) = bodies else { return Vec::new() };
    count(bodies.iter().filter_map(|body| serde_json::from_str(body).ok()))
}

async fn file(path: &Path) -> Result<Vec<String>, sqlx::Error> {
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let log = appended(path, "-wal");
    let read = |path: &Path, immutable| SqliteConnectOptions::new().filename(path).read_only(true).immutable(immutable);
    // A copy lasts as long as its folder.
    let (_folder, options) = if is_locked(&path.with_added_extension("lock")) {
        (None, read(path, false))
    } else if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        let folder = tempfile::tempdir()?;
        let copy = folder.path().join("copy.db");
        std::fs::copy(path, &copy)?;
        std::fs::copy(&log, appended(&copy, "-wal"))?;
        (Some(folder), SqliteConnectOptions::new().filename(copy))
    } else {
        (None, read(path, true))
    };
    let mut database = options.connect().await?;
    let rows = sqlx::query(SQL).fetch_all(&mut database).await;
    database.close().await?;
    rows?.iter().map(|row| row.try_get(0)).collect()
}

fn appended(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

async fn server(url: &str) -> Result<Vec<String>, sqlx::Error> {
    let mut database = PgConnection::connect(url).await?;
    let rows = sqlx::query(SQL).fetch_all(&mut database).await;
    database.close().await?;
    rows?.iter().map(|row| row.try_get(0)).collect()
}

fn count(requests: impl Iterator<Item = Request>) -> Vec<Note> {
    let mut counts: BTreeMap<(String, &str), Count> = BTreeMap::new();
    for request in requests {
        let (system, id, since) = match (&request.held, &request.state) {
            (Some(held), _) => (Some(&held.system), "check-note-waiting", held.since),
            (None, State::Failed(failure)) => (failure.cause.args.get("system"), "check-note-stopped", request.since),
            _ => continue,
        };
        let about = format!("{}: {}", request.customer, system.map_or("requests", String::as_str));
        let found = counts.entry((about, id)).or_insert(Count { count: 0, since });
        *found = Count { count: found.count + 1, since: found.since.min(since) };
    }
    let note = |((about, id), Count { count, since }): ((String, &str), Count)| Note {
        about,
        what: Sentence::new(id).with("count", count).with("since", shown_time(since)),
    };
    counts.into_iter().map(note).collect()
}
