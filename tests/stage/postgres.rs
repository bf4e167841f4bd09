//! A PostgreSQL of our own: made in a temporary folder, on a free port of 127.0.0.1, gone with the test process.
//!
//! A shell stands between us and the server and reads what to do from a pipe. When the pipe closes, also because we
//! were killed, it stops the server and removes the folder.
#![allow(dead_code, reason = "each test program uses what it needs")]

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Which engine the tests use: `sqlite` (also when it is not set) or `postgres`.
const CHOICE: &str = "ONBOARD_BOT_TEST_STORE";

const OLDEST: u32 = 15;

/// Nothing here needs to outlive the machine, and many bots connect at once.
const SETTINGS: [&str; 12] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=300",
    "shared_buffers=64MB",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
    "jit=off",
    "log_checkpoints=off",
];

/// $1: bindir, $2: folder; everything else goes to the server.
const GUARDIAN: &str = r#"
    trap '' HUP INT TERM
    bin=$1 folder=$2 server=
    shift 2
    end() { [ -z "$server" ] || { kill -s "$1" "$server" && wait "$server"; server=; }; }
    while read -r word; do
        case $word in
        start) "$bin/postgres" -D "$folder/data" "$@" >>"$folder/log" 2>&1 & server=$! ;;
        *) end "$word" ;;
        esac
        echo done
    done
    end QUIT
    rm -rf "$folder"
"#;

/// True when the tests are to run on PostgreSQL.
pub fn is_chosen() -> bool {
    match std::env::var(CHOICE).as_deref() {
        Ok("postgres") => true,
        Ok("sqlite" | "") | Err(std::env::VarError::NotPresent) => false,
        other => panic!("{CHOICE} is sqlite or postgres, not {other:?}"),
    }
}

/// A server. Stopped and removed when dropped, and when the test process ends in whatever way.
#[derive(Debug)]
pub struct Cluster {
    port: u16,
    password: String,
    folder: PathBuf,
    guardian: Mutex<Guardian>,
    unused: Arc<Mutex<Vec<String>>>,
}

#[derive(Debug)]
struct Guardian {
    shell: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// A database of its own. Removed some time after it was dropped.
#[derive(Debug)]
pub struct Database {
    url: String,
    name: String,
    unused: Arc<Mutex<Vec<String>>>,
}

impl Database {
    /// `postgres://…`, with a password.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.unused.lock().unwrap().push(std::mem::take(&mut self.name));
    }
}

impl Cluster {
    /// The one of this test process, started when it is first asked for.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&[]))
    }

    /// One for a test that stops it. `settings`, such as `fsync=on`, come after our own and count.
    pub fn start(settings: &[&str]) -> Self {
        let bin = programs();
        let keeper = Keeper::find();
        // The folder outlives this process for a moment: the shell removes it.
        let folder = tempfile::Builder::new().prefix("onboard-bot-postgres-").tempdir().unwrap().keep();
        let password = uuid::Uuid::new_v4().simple().to_string();
        std::fs::write(folder.join("password"), &password).unwrap();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
        for path in [folder.clone(), folder.join("password")] {
            chown(path, keeper.user, keeper.group).unwrap();
        }
        make(&bin, &folder, &keeper);
        let port = free_port();
        let mut shell = keeper.command("sh", &folder);
        shell.args(["-c", GUARDIAN, "guardian"]).arg(&bin).arg(&folder).args(["-p", &port.to_string()]);
        shell.args(SETTINGS.iter().chain(settings).flat_map(|setting| ["-c", setting]));
        // Out of reach of what a terminal sends to a whole group: the shell has to see to the end.
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut shell = shell.spawn().unwrap();
        let (orders, answers) = (shell.stdin.take(), BufReader::new(shell.stdout.take().unwrap()));
        let guardian = Mutex::new(Guardian { shell, orders, answers });
        let cluster = Self { port, password, folder, guardian, unused: Arc::default() };
        cluster.start_again();
        cluster
    }

    /// A new, empty database.
    pub async fn database(&self) -> Database {
        let mut server = PgConnection::connect(&self.url("postgres")).await.unwrap();
        let unused = std::mem::take(&mut *self.unused.lock().unwrap());
        for name in unused {
            let sql = format!("DROP DATABASE {name} WITH (FORCE)");
            sqlx::query(AssertSqlSafe(sql)).execute(&mut server).await.unwrap();
        }
        let name = format!("bot_{}", uuid::Uuid::new_v4().simple());
        // Copying files is the quicker way for a server that never syncs.
        let sql = format!("CREATE DATABASE {name} STRATEGY file_copy");
        sqlx::query(AssertSqlSafe(sql)).execute(&mut server).await.unwrap();
        server.close().await.unwrap();
        Database { url: self.url(&name), name, unused: Arc::clone(&self.unused) }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://onboard:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// What must never be shown.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Stops as an operator stops it for maintenance: connections are cut, everything is written down.
    pub fn stop(&self) {
        self.order("INT");
    }

    /// Stops as if it had crashed.
    pub fn kill(&self) {
        self.order("QUIT");
    }

    /// Starts after [`Cluster::stop`] or [`Cluster::kill`]; returns when it takes connections.
    pub fn start_again(&self) {
        self.order("start");
        let began = Instant::now();
        let state = || std::fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap_or_default();
        // The eighth line of this file says how far it is.
        while state().lines().nth(7).map(str::trim) != Some("ready") {
            assert!(began.elapsed() < Duration::from_secs(30), "PostgreSQL does not start:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Stops and starts.
    pub fn restart(&self) {
        self.stop();
        self.start_again();
    }

    /// What the server has written.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn order(&self, word: &str) {
        let mut guardian = self.guardian.lock().unwrap();
        writeln!(guardian.orders.as_ref().unwrap(), "{word}").unwrap();
        let mut answer = String::new();
        guardian.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, "done\n", "{}", self.log());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut guardian = self.guardian.lock().unwrap();
        guardian.orders = None;
        // Whatever it says: it is gone.
        let _ = guardian.shell.wait();
    }
}

fn make(bin: &Path, folder: &Path, keeper: &Keeper) {
    let mut initdb = keeper.command(bin.join("initdb"), folder);
    initdb.args(["-D", "data", "-U", "onboard", "--pwfile=password", "--auth=password"]);
    initdb.args(["--no-sync", "--encoding=UTF8", "--locale=C"]);
    let Output { status, stdout, stderr } = initdb.output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(status.success(), "initdb: {status}\n{}{}", said(&stdout), said(&stderr));
}

/// Who the server runs as: it refuses to run as root.
struct Keeper {
    user: Option<u32>,
    group: Option<u32>,
}

impl Keeper {
    fn find() -> Self {
        if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
            return Self { user: None, group: None };
        }
        let id = |what: &str, name: &str| {
            let told = Command::new("id").args([what, name]).stderr(Stdio::null()).output().unwrap();
            String::from_utf8_lossy(&told.stdout).trim().parse::<u32>().ok()
        };
        let ids = |name: &str| id("-u", name).zip(id("-g", name));
        let Some((user, group)) = ids("postgres").or_else(|| ids("nobody")) else {
            panic!("PostgreSQL does not run as root, and there is no user postgres or nobody: add one");
        };
        Self { user: Some(user), group: Some(group) }
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env("LC_ALL", "C");
        if let (Some(user), Some(group)) = (self.user, self.group) {
            command.uid(user).gid(group);
        }
        command
    }
}

/// The folder with `initdb` and the newest `postgres` of this machine.
fn programs() -> PathBuf {
    let told = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output();
    let told = told.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).ok();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = told.map(PathBuf::from).into_iter().chain(std::env::split_paths(&path));
    let folders = folders.chain(debian.map(|version| version.path().join("bin")));
    let found = folders.filter(|folder| folder.join("initdb").exists()).filter_map(|folder| {
        let told = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
        // `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`
        let told = String::from_utf8_lossy(&told.stdout).into_owned();
        let digits = told.split_once(") ")?.1.split(|c: char| !c.is_ascii_digit()).next()?;
        Some((digits.parse::<u32>().ok()?, folder))
    });
    match found.filter(|(version, _)| *version >= OLDEST).max_by_key(|(version, _)| *version) {
        Some((_, folder)) => folder,
        None => panic!("there is no PostgreSQL {OLDEST} or newer: install Debian's package `postgresql`"),
    }
}

/// Below the ports that the system gives to outgoing connections: it must be free again after a restart.
fn free_port() -> u16 {
    let free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| rand::random_range(15_000..32_000)).find(free).unwrap()
}
