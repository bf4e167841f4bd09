//! Replicas on PostgreSQL that start in the same moment.

use std::time::Duration;

use onboard_bot::world::{EffectKind, World};

use crate::stage::store::Store;
use crate::town::{Town, copies, number};

const MIGRATED: &str = "SELECT COUNT(*) FROM _sqlx_migrations";

fn migrations() -> i64 {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap();
    i64::try_from(folder.count()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_replicas_start_together_on_an_empty_postgres_and_two_more_on_the_filled_one() {
    let mut town = Town::open(Store::on_postgres().await, 4).await;
    let pool = town.store.look().await;
    assert_eq!(number(&pool, MIGRATED).await, migrations());
    let place = town.world.channel_thread();
    let approval = town.asked(3, &place).await;
    town.join(2, |_| {}).await;
    assert_eq!(number(&pool, MIGRATED).await, migrations());
    let told = town.press(5, "bob", &approval, "Approve").await;
    assert!(told.contains("You approved ONB-1"), "{told}");
    let works = "The phone line of Alice Adams works";
    let ended = |world: &World| copies(world, "7 of 7 steps done") > 0 && copies(world, works) > 0;
    town.until(4, Duration::from_secs(60), ended).await;
    assert_eq!(town.world.effects(EffectKind::DeviceCreated), ["1000tm"]);
    assert_eq!(copies(&town.world, works), 1);
    town.finish();
}
