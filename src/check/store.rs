//! The store, looked at from outside: opening it as the bot does would create and migrate it.
//!
//! Whether a folder is writable is judged by owner, group and mode, because trying would leave a file for a moment. A
//! read-only file system and access lists are not seen that way.

use std::fs::{File, Metadata, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};

use super::{Finding, ok, wrong};
use crate::domain::{Fixer, Sentence};

const SYSTEM: &str = "Store";

/// For connecting and one question.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// SQLSTATE: password missing or wrong, role not admitted.
const NOT_ADMITTED: [&str; 2] = ["28P01", "28000"];

/// SQLSTATE: no such database.
const NO_DATABASE: &str = "3D000";

pub(super) async fn check(url: &str) -> Finding {
    match url.strip_prefix("sqlite:") {
        Some(path) => file(Path::new(path.trim_start_matches("//"))).await,
        None => server(url).await,
    }
}

fn operator(what: Sentence) -> Finding {
    wrong(SYSTEM, what, Fixer::BotOperator)
}

async fn file(path: &Path) -> Finding {
    let say = |id: &str| Sentence::new(id).with("file", path.display());
    if path.as_os_str().is_empty() || path.as_os_str() == ":memory:" {
        return operator(Sentence::new("check-store-memory"));
    }
    let folder = folder_of(path);
    let about_folder = |id: &str| Sentence::new(id).with("folder", folder.display());
    let Ok(about) = std::fs::metadata(&folder) else { return operator(about_folder("check-store-no-folder")) };
    if !may_write(&about, &Me::now()) {
        return operator(about_folder("check-store-folder-closed"));
    }
    match std::fs::metadata(path) {
        Err(_) => return ok(SYSTEM, say("check-ok-store-new")),
        Ok(about) if !about.is_file() => return operator(say("check-store-no-file")),
        Ok(_) => {}
    }
    if is_locked(&path.with_added_extension("lock")) {
        return ok(SYSTEM, say("check-ok-store-running"));
    }
    if File::options().write(true).open(path).is_err() {
        return operator(say("check-store-file-closed"));
    }
    // `immutable`: otherwise even a reader makes the files beside a database in WAL mode.
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
    let Ok(mut database) = options.connect().await else { return operator(say("check-store-no-database")) };
    let read = sqlx::query("SELECT name FROM sqlite_schema LIMIT 1").fetch_optional(&mut database).await;
    // Nothing was written; whether it closes well changes nothing.
    let _ = database.close().await;
    match read {
        Ok(_) => ok(SYSTEM, say("check-ok-store-file")),
        Err(_) => operator(say("check-store-no-database")),
    }
}

fn folder_of(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// A bot that runs holds this lock. The file is not made here.
pub(super) fn is_locked(path: &Path) -> bool {
    let Ok(lock) = File::open(path) else { return false };
    matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Who this process is, as far as the system tells.
struct Me {
    user: Option<u32>,
    groups: Vec<u32>,
}

impl Me {
    fn now() -> Self {
        let own = std::fs::metadata("/proc/self").ok();
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let groups = status.lines().find_map(|line| line.strip_prefix("Groups:")).unwrap_or_default();
        let groups = groups.split_whitespace().filter_map(|id| id.parse().ok()).chain(own.as_ref().map(Metadata::gid));
        Self { groups: groups.collect(), user: own.as_ref().map(Metadata::uid) }
    }

    /// Files may be made in a folder of this owner, group and mode.
    fn may_write(&self, user: u32, group: u32, mode: u32) -> bool {
        let Some(me) = self.user else { return mode & 0o222 != 0 };
        let wanted = if me == user {
            0o300
        } else if self.groups.contains(&group) {
            0o030
        } else {
            0o003
        };
        me == 0 || mode & wanted == wanted
    }
}

fn may_write(folder: &Metadata, me: &Me) -> bool {
    folder.is_dir() && me.may_write(folder.uid(), folder.gid(), folder.mode())
}

async fn server(url: &str) -> Finding {
    let asked = async {
        let mut database = PgConnection::connect(url).await?;
        sqlx::query("SELECT 1").execute(&mut database).await?;
        database.close().await
    };
    let Ok(asked) = tokio::time::timeout(PATIENCE, asked).await else {
        return operator(Sentence::new("check-store-unreachable"));
    };
    // The driver's own words may quote the URL and with it the password.
    match asked {
        Ok(()) => ok(SYSTEM, Sentence::new("check-ok-store-server")),
        Err(sqlx::Error::Configuration(_)) => operator(Sentence::new("check-store-url")),
        Err(sqlx::Error::Database(error)) => {
            let code = error.code().unwrap_or_default();
            let id = match &*code {
                code if NOT_ADMITTED.contains(&code) => "check-store-not-admitted",
                NO_DATABASE => "check-store-missing",
                _ => "check-store-refused",
            };
            operator(Sentence::new(id).with("code", code))
        }
        Err(_) => operator(Sentence::new("check-store-unreachable")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_written_by_its_owner_its_group_or_everybody() {
        let me = Me { user: Some(1000), groups: vec![1000, 27] };
        for (user, group, mode, may) in [
            (1000, 0, 0o40700, true),
            (1000, 1000, 0o40577, false),
            (0, 27, 0o40770, true),
            (0, 27, 0o40707, false),
            (0, 0, 0o40755, false),
            (0, 0, 0o41777, true),
        ] {
            assert_eq!(me.may_write(user, group, mode), may, "{user} {group} {mode:o}");
        }
        assert!(Me { user: Some(0), groups: Vec::new() }.may_write(1, 1, 0o40500), "root may");
    }
}
