//! Opening the database: file rights, one owner, pragmas, schema.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use sqlx::any::AnyPoolOptions;
use sqlx::migrate::Migrator;
use sqlx::{AnyPool, Executor};

use super::gate::Gate;
use super::{Engine, Journal, JournalError, Wake, inbox, ordered_id};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// WAL lets readers go on while somebody writes; FULL keeps a commit through a power cut.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; \
    PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;";

impl Journal {
    /// Opens (and creates) the database, brings the schema up to date and voids the leases of a dead predecessor.
    pub async fn open(url: &str) -> Result<Self, JournalError> {
        sqlx::any::install_default_drivers();
        let (engine, lock, address) = match url.strip_prefix("sqlite:") {
            Some(path) => {
                let path = path.trim_start_matches("//").split('?').next().unwrap_or_default();
                let lock = own_file(Path::new(path))?;
                (Engine::Sqlite, Some(lock), format!("sqlite://{path}?mode=rwc"))
            }
            None => (Engine::Postgres, None, url.to_owned()),
        };
        let pool = connect(engine, &address, if engine == Engine::Sqlite { 4 } else { 10 }).await?;
        MIGRATIONS.run(&pool).await?;
        let wake = Wake::default();
        let gate = Gate::default();
        let owner: Arc<str> = ordered_id().into();
        let keeper_pool = connect(engine, &address, 1).await?;
        let keeper = inbox::Keeper::start(keeper_pool, (engine, Arc::clone(&owner)), gate.clone(), wake.clone());
        let journal = Self { pool, engine, gate, owner, wake, keeper, _lock: Arc::new(lock) };
        if engine == Engine::Sqlite {
            journal.void_leases().await?;
        }
        Ok(journal)
    }

    async fn void_leases(&self) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        for table in
            ["UPDATE inbox SET lease_until = 0", "UPDATE work SET lease_until = 0", "UPDATE lanes SET lease_until = 0"]
        {
            tx.inner.execute(table).await?;
        }
        tx.commit().await
    }
}

/// Creates the file for its owner's eyes only, closes an older one to everybody else, and takes the lock beside it.
fn own_file(path: &Path) -> Result<File, JournalError> {
    let failed = |path: &Path, what: String| JournalError::File { path: path.display().to_string(), what };
    if path.as_os_str().is_empty() || path.as_os_str() == ":memory:" {
        return Err(failed(path, "the embedded store needs a file".to_owned()));
    }
    let create = |path: &Path| OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
    create(path).map_err(|e| failed(path, format!("cannot be opened: {e}")))?;
    let lock_path = path.with_added_extension("lock");
    let lock = create(&lock_path).map_err(|e| failed(&lock_path, format!("cannot be opened: {e}")))?;
    for beside in ["", "-wal", "-shm", ".lock"] {
        let mut name = path.as_os_str().to_owned();
        name.push(beside);
        let open = |e| failed(Path::new(&name), format!("others may read it, and that cannot be changed: {e}"));
        close_to_others(Path::new(&name)).map_err(open)?;
    }
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(failed(
            path,
            "another onboard-bot uses this file; several replicas need store.url = \"postgres://…\"".into(),
        )),
        Err(TryLockError::Error(e)) => Err(failed(&lock_path, format!("cannot be locked: {e}"))),
    }
}

/// A file that group or others may use is made its owner's alone, as from a restored copy. No file: nothing to do.
fn close_to_others(path: &Path) -> io::Result<()> {
    let mode = match std::fs::metadata(path) {
        Ok(file) => file.permissions().mode() & 0o777,
        Err(none) if none.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if mode & 0o077 != 0 {
        std::fs::set_permissions(path, Permissions::from_mode(mode & 0o700))?;
        tracing::warn!(path = %path.display(), "others could read or write this file of the store; not any more");
    }
    Ok(())
}

#[cfg(test)]
#[test]
fn a_file_that_cannot_be_closed_to_others_is_refused() {
    // Readable for everybody, and its mode belongs to the kernel.
    assert!(close_to_others(Path::new("/proc/self/comm")).is_err());
    assert!(close_to_others(Path::new("/proc/self/no-such-file")).is_ok());
}

async fn connect(engine: Engine, address: &str, most: u32) -> Result<AnyPool, JournalError> {
    // A file does not go away while nobody asks it something; a server may.
    let options = AnyPoolOptions::new().max_connections(most).test_before_acquire(engine == Engine::Postgres);
    let options = options.after_connect(move |connection, _| {
        Box::pin(async move {
            if engine == Engine::Sqlite {
                connection.execute(PRAGMAS).await?;
            }
            Ok(())
        })
    });
    Ok(options.connect(address).await?)
}
