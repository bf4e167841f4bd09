//! The real program as a process of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_onboard-bot");

/// A running `onboard-bot`. Killed when dropped.
#[derive(Debug)]
pub struct Bot {
    child: Child,
    log: PathBuf,
}

/// A port of 127.0.0.1 that nobody used a moment ago.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Bot {
    /// `serve` with this configuration; its log goes into `folder`. Only what is given of the environment is set.
    pub fn serve(config: &Path, folder: &Path, environment: &[(&str, &str)]) -> Self {
        Self::started(Command::new(PROGRAM), config, folder, environment)
    }

    /// The same, with a limit on the size of files that may be changed later; reaching it is an error, not the end.
    pub fn serve_limited(config: &Path, folder: &Path) -> Self {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", PROGRAM]);
        Self::started(shell, config, folder, &[])
    }

    fn started(mut command: Command, config: &Path, folder: &Path, environment: &[(&str, &str)]) -> Self {
        let log = folder.join("log");
        let out = File::options().create(true).append(true).open(&log).unwrap();
        command.args(["--log", "json", "serve", "--config"]).arg(config).current_dir(folder);
        command.env_clear().envs(environment.iter().copied()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(out);
        Self { child: command.spawn().unwrap(), log }
    }

    /// Everything it has written.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap()).into_owned()
    }

    /// Waits until it ends by itself.
    pub async fn ends(&mut self, within: Duration) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < within, "it goes on: {}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until it is ready to work.
    pub async fn is_ready(&mut self, url: &str) {
        let client = reqwest::Client::new();
        let began = Instant::now();
        while !client.get(format!("{url}/readyz")).send().await.is_ok_and(|r| r.status() == 200) {
            assert!(self.child.try_wait().unwrap().is_none(), "it has ended: {}", self.log());
            assert!(began.elapsed() < Duration::from_secs(20), "it does not get ready: {}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends a signal by its short name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// From now on no file of it may grow beyond so many bytes; `None`: as large as it likes.
    pub fn limit_files(&self, most: Option<u64>) {
        let most = most.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let mut limit = Command::new("prlimit");
        let set = limit.args(["--pid", &self.child.id().to_string(), &format!("--fsize={most}:")]).status().unwrap();
        assert!(set.success());
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
