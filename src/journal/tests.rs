//! On a real store each: what is kept, in which order, and who may write. `ONBOARD_BOT_TEST_STORE` says on which engine.

mod cooling;
mod copies;
mod heads;
mod inbox;
mod installations;
mod outbox;
#[path = "../../tests/stage/postgres.rs"]
mod postgres;
mod requests;
mod store;
mod usual;
mod work;

use std::path::Path;

use jiff::SignedDuration;

use super::*;
use crate::domain::{
    CustomerId, E164, EventKey, Extension, Inbound, Person, Place, PlaceKind, RequestId, Sentence, Surface, Upn, What,
    Work,
};
use crate::flow::{NewRequest, Request, StepRecord, Task};
use crate::plan::{Ask, ConnecttoTeamsOffer, DirectRoutingOffer, HeldNumber, Offer, StepKind, Subject};

/// A journal in a file or a database of its own.
pub(crate) struct Store {
    pub(crate) journal: Journal,
    home: Home,
}

enum Home {
    File(tempfile::TempDir),
    Server(postgres::Database),
}

impl Home {
    fn url(&self) -> String {
        match self {
            Self::File(folder) => format!("sqlite:{}", folder.path().join("onboard.db").display()),
            Self::Server(database) => database.url().to_owned(),
        }
    }
}

impl Store {
    pub(crate) async fn new() -> Self {
        if postgres::is_chosen() {
            Self::open(Home::Server(postgres::Cluster::shared().database().await)).await
        } else {
            Self::on_sqlite().await
        }
    }

    /// For what only a file has.
    async fn on_sqlite() -> Self {
        Self::open(Home::File(tempfile::tempdir().unwrap())).await
    }

    async fn open(home: Home) -> Self {
        Self { journal: Journal::open(&home.url()).await.unwrap(), home }
    }

    fn folder(&self) -> &Path {
        match &self.home {
            Home::File(folder) => folder.path(),
            Home::Server(_) => panic!("this test is about a file"),
        }
    }

    /// The process ends and another one starts.
    async fn restarted(self) -> Self {
        let Self { journal, home } = self;
        journal.close().await;
        drop(journal);
        Self::open(home).await
    }

    /// Another process beside this one, or, where the file has one owner, the same.
    pub(crate) async fn replica(&self) -> Journal {
        match &self.home {
            Home::File(_) => self.journal.clone(),
            Home::Server(database) => Journal::open(database.url()).await.unwrap(),
        }
    }

    async fn tx(&self) -> Tx {
        self.journal.begin().await.unwrap()
    }

    pub(crate) async fn sql(&self, sql: &'static str) -> u64 {
        sqlx::query(sql).execute(&self.journal.pool).await.unwrap().rows_affected()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        use sqlx::Row;
        sqlx::query(sql).fetch_one(&self.journal.pool).await.unwrap().try_get(0).unwrap()
    }

    /// On PostgreSQL: until a transaction waits for another one's row. On SQLite whoever begins one waits before.
    async fn somebody_waits(&self) {
        let Home::Server(_) = self.home else { return };
        let waiting =
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let began = std::time::Instant::now();
        while self.count(waiting).await == 0 {
            assert!(began.elapsed() < std::time::Duration::from_secs(20), "nobody waits");
            tokio::task::yield_now().await;
        }
    }

    /// All leases run out, as they do in real time when their holders are dead.
    pub(crate) async fn leases_run_out(&self) {
        for sql in [
            "UPDATE inbox SET lease_until = 1",
            "UPDATE work SET lease_until = 1",
            "UPDATE lanes SET lease_until = 1",
            "UPDATE installations SET lease_until = 1",
        ] {
            self.sql(sql).await;
        }
    }

    /// A request that is asked for, and committed.
    async fn asked(&self, subject: &str, extension: &str) -> Request {
        let mut tx = self.tx().await;
        let id = tx.next_id().await.unwrap();
        let request = request(id, subject, extension);
        tx.insert(&request, start()).await.unwrap();
        tx.commit().await.unwrap();
        request
    }

    async fn scheduled(&self, id: RequestId, task: Task, at: Timestamp) {
        let mut tx = self.tx().await;
        tx.schedule(id, task, at).await.unwrap();
        tx.commit().await.unwrap();
    }
}

fn start() -> Timestamp {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

fn rita() -> Person {
    Person { id: "rita-id".into(), chat_id: "29:rita".into(), name: "Rita".into(), upn: None }
}

fn place(conversation: &str) -> Place {
    Place {
        surface: Surface::Teams,
        conversation: conversation.into(),
        kind: PlaceKind::Channel,
        address: "https://smba.example/".into(),
        tenant: "contoso-tenant".into(),
    }
}

fn inbound(key: &str) -> Inbound {
    let what = What::Said { text: format!("status {key}"), private: false };
    Inbound { key: EventKey(key.into()), place: place("19:room"), who: rita(), what }
}

fn request(id: RequestId, subject: &str, extension: &str) -> Request {
    let ask = Ask {
        work: Work::Onboard,
        voicemail: None,
        subject: Upn::parse(&format!("{subject}@contoso.com")).unwrap(),
        extension: Some(Extension::parse(extension).unwrap()),
        number: None,
        location: None,
        route: None,
        reason: Some("new — “hire” \u{1f600}".into()),
    };
    let offer = Offer::ConnecttoTeams(ConnecttoTeamsOffer {
        locations: Vec::new(),
        routes: Vec::new(),
        emergency_addresses: Vec::new(),
        pbx_domain: "contoso".into(),
        device_suffix: "tm".into(),
        sync_group: "4444".into(),
        consent: true,
        sync_wait: SignedDuration::from_mins(2),
        sync_deadline: SignedDuration::from_hours(24),
    });
    let (customer, place) = (CustomerId("contoso".into()), place("19:room"));
    Request::new(id, NewRequest { customer, requester: rita(), place, private: false, ask, offer }, start())
}

fn steps(kinds: &[StepKind]) -> Vec<StepRecord> {
    kinds.iter().copied().map(StepRecord::new).collect()
}
