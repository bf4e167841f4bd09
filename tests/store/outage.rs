//! The store goes away and comes back: nobody is told a lie, nothing is lost, nobody has to start anything again.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use onboard_bot::world::{EffectKind, World};

use crate::stage::postgres::Cluster;
use crate::stage::store::Store;
use crate::town::{Town, copies, number};

const MANY: usize = 20;

fn finished(world: &World) -> usize {
    (1..=MANY).filter(|n| copies(world, &format!("The phone line of Good {n:03} works")) > 0).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_restarted_under_load_and_every_request_ends_proven() {
    let cluster = Cluster::start(&[]);
    let mut town = Town::open(Store::on(&cluster).await, 2).await;
    let places: Vec<_> = (0..MANY).map(|_| town.world.channel_thread()).collect();
    let ask = |n: usize| format!("onboard good{:03}@contoso.com ext {}", n + 1, 2001 + n);
    for (n, place) in places.iter().enumerate().skip(1) {
        assert_eq!(town.say(n % 2, ("alan", place), &ask(n)).await, 200);
    }
    town.until(0, Duration::from_secs(90), |world| world.effects(EffectKind::DeviceCreated).len() >= 3).await;
    cluster.stop();
    for replica in &town.replicas {
        replica.says(503, "the store does not answer").await;
    }
    // What is said now is not taken: whoever sent it sends it again.
    let alan = town.world.person("alan").through(town.url(1));
    let refused = alan.say(&places[0], &ask(0)).await;
    assert_eq!(refused.status, 503);
    cluster.start_again();
    for replica in &town.replicas {
        replica.says(200, "ready").await;
    }
    assert_eq!(alan.redeliver(&refused).await.status, 200);
    town.until(1, Duration::from_secs(240), |world| finished(world) == MANY).await;
    let devices = town.world.effects(EffectKind::DeviceCreated);
    assert_eq!(devices.iter().collect::<HashSet<_>>().len(), MANY, "{devices:?}");
    assert_eq!(devices.len(), MANY, "{devices:?}");
    let pool = town.store.look().await;
    assert_eq!(number(&pool, "SELECT COUNT(*) FROM requests WHERE state = 'done'").await, 20);
    town.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_under_sqlite_is_told_and_when_there_is_space_again_it_goes_on() {
    let mut town = Town::open(Store::on_sqlite(), 0).await;
    town.join_limited().await;
    let place = town.world.channel_thread();
    let approval = town.asked(0, &place).await;
    let size = |name: &str| std::fs::metadata(town.store.folder().join(name)).map_or(0, |about| about.len());
    // A limit on the size of files stands for the end of the disk: the next page does not fit.
    town.replicas[0].bot.limit_files(Some(size("bot.db-wal").max(size("bot.db"))));
    let began = Instant::now();
    let refused = loop {
        let sent = town.world.person("bob").through(town.url(0)).say(&town.world.personal("bob"), "help").await;
        if sent.status != 200 {
            break sent;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "it takes everything");
    };
    assert_eq!(refused.status, 503);
    town.replicas[0].says(503, "the store does not answer: error returned from database").await;
    let told = town.press(0, "bob", &approval, "Approve").await;
    assert_eq!(told, "Something went wrong (503)");
    assert!(town.replicas[0].bot.log().contains("an event could not be kept"), "{}", town.logs());
    assert_eq!(
        number(&town.store.look().await, "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'")
            .await,
        1
    );
    town.replicas[0].bot.limit_files(None);
    town.replicas[0].says(200, "ready").await;
    town.until(0, Duration::from_secs(60), |world| copies(world, "7 of 7 steps done") == 1).await;
    assert_eq!(town.world.person("bob").through(town.url(0)).redeliver(&refused).await.status, 200);
    assert_eq!(town.world.effects(EffectKind::DeviceCreated), ["1000tm"]);
    assert_eq!(
        number(&town.store.look().await, "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'")
            .await,
        1
    );
    town.finish();
}
