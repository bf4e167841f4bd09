//! Opening the database: file rights, one owner, pragmas, schema.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{AnyPool, Connection, Executor};

use super::gate::Gate;
use super::probe::Probe;
use super::{Engine, Journal, JournalError, Wake, inbox, ordered_id};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// WAL lets readers go on while somebody writes; FULL keeps a commit through a power cut. A cache is void as soon as another
/// connection has written, so that a large one is filled again and again and serves nobody: 256 KiB each.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; \
    PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -256;";

/// A process that is frozen in the middle of a transaction must not hold its rows for ever: after this the server ends
/// the transaction. Shorter than a lease.
const SESSION: &str = "SET idle_in_transaction_session_timeout = '5s'";

/// How long anybody waits for a connection. A sender of webhooks gives up after 10 to 15 s and shall hear of it before.
const PATIENCE: Duration = Duration::from_secs(5);

impl Journal {
    /// Opens (and creates) the database, brings the schema up to date and voids the leases of a dead predecessor.
    ///
    /// [`JournalError::File`]: it cannot be used, such as one that a newer version has written.
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
        let cannot = |what: String| JournalError::File { path: without_secrets(url), what };
        let pool = connect(engine, &address, if engine == Engine::Sqlite { 4 } else { 10 }).await;
        let pool = pool.map_err(|error| match error {
            sqlx::Error::PoolTimedOut => cannot(format!("no connection within {} s", PATIENCE.as_secs())),
            error => cannot(format!("cannot be opened: {error}")),
        })?;
        MIGRATIONS.run(&pool).await.map_err(|error| match error {
            MigrateError::VersionMissing(theirs) => {
                let ours = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default();
                cannot(format!(
                    "was written by a newer onboard-bot (its schema is {theirs}, this one knows {ours}): \
                     start that version again, or restore the backup from before the update"
                ))
            }
            error => JournalError::Migration(error),
        })?;
        let wake = Wake::default();
        let gate = Gate::default();
        let owner: Arc<str> = ordered_id().into();
        let keeper_pool = connect(engine, &address, 1).await?;
        let keeper = inbox::Keeper::start(keeper_pool, (engine, Arc::clone(&owner)), gate.clone(), wake.clone());
        let heartbeats = match engine {
            Engine::Sqlite => pool.clone(),
            Engine::Postgres => connect(engine, &address, 2).await?,
        };
        let probe = Probe::default();
        let journal = Self { pool, heartbeats, engine, gate, owner, wake, keeper, probe, _lock: Arc::new(lock) };
        if engine == Engine::Sqlite {
            journal.void_leases().await?;
        }
        Ok(journal)
    }

    async fn void_leases(&self) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        for table in [
            "UPDATE inbox SET lease_until = 0",
            "UPDATE work SET lease_until = 0",
            "UPDATE lanes SET lease_until = 0",
            "UPDATE installations SET lease_until = 0",
        ] {
            tx.inner.execute(table).await?;
        }
        tx.commit().await
    }
}

/// What may be shown of an address.
fn without_secrets(url: &str) -> String {
    let Ok(mut address) = url::Url::parse(url) else { return "the address".to_owned() };
    address.set_query(None);
    // An address without a host has no password either.
    let _ = address.set_password(None);
    address.to_string()
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

async fn connect(engine: Engine, address: &str, most: u32) -> Result<AnyPool, sqlx::Error> {
    // A file does not go away while nobody asks it something; a server may.
    let options = AnyPoolOptions::new().max_connections(most).test_before_acquire(engine == Engine::Postgres);
    let options = if engine == Engine::Postgres { options.acquire_timeout(PATIENCE) } else { options };
    // A commit that fails, as on a full disk, leaves a connection that believes to be in a transaction for ever.
    let options = options.before_acquire(|connection, _| {
        let usable = !connection.is_in_transaction();
        Box::pin(async move { Ok(usable) })
    });
    let options = options.after_connect(move |connection, _| {
        Box::pin(async move {
            connection.execute(if engine == Engine::Sqlite { PRAGMAS } else { SESSION }).await?;
            Ok(())
        })
    });
    options.connect(address).await
}
