//! Where a bot of a test keeps what lasts: a file or a database of its own, as `ONBOARD_BOT_TEST_STORE` says.

use std::path::Path;

use super::postgres::{self, Cluster, Database};

/// Gone when dropped.
#[derive(Debug)]
pub struct Store {
    folder: tempfile::TempDir,
    database: Option<Database>,
}

impl Store {
    /// An empty one.
    pub async fn new() -> Self {
        if postgres::is_chosen() { Self::on_postgres().await } else { Self::on_sqlite() }
    }

    /// An embedded one.
    pub fn on_sqlite() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database: None }
    }

    /// One on this process's own server.
    pub async fn on_postgres() -> Self {
        Self::on(Cluster::shared()).await
    }

    /// One on a server that the test stops.
    pub async fn on(cluster: &Cluster) -> Self {
        Self { database: Some(cluster.database().await), ..Self::on_sqlite() }
    }

    /// What stands in the configuration as `store.url`.
    pub fn url(&self) -> String {
        match &self.database {
            Some(database) => database.url().to_owned(),
            None => format!("sqlite:{}", self.folder().join("bot.db").display()),
        }
    }

    /// A folder for this test's files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// To look into it while a bot runs; nothing is written.
    pub async fn look(&self) -> sqlx::AnyPool {
        sqlx::any::install_default_drivers();
        let url = match &self.database {
            Some(database) => database.url().to_owned(),
            None => format!("sqlite://{}?mode=ro", self.folder().join("bot.db").display()),
        };
        sqlx::any::AnyPoolOptions::new().max_connections(1).connect(&url).await.unwrap()
    }
}
