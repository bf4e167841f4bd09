//! A replica that dies or sleeps in the middle of a step; another one goes on.

use std::time::{Duration, Instant};

use onboard_bot::journal::Journal;
use onboard_bot::world::{EffectKind, Fault, Mishap, Place, System};

use crate::stage::store::Store;
use crate::town::{Town, copies};

/// The first replica hangs in the call that saves the user at the carrier; the second one is ready.
async fn hanging() -> (Town, Place) {
    let mut town = Town::open(Store::on_postgres().await, 1).await;
    let place = town.world.channel_thread();
    let hang = Fault::next(System::Connecttoteams, 1, Mishap::Hang).on("POST", "/enterprise/configureUser");
    town.world.fault(hang).unwrap();
    let approval = town.asked(0, &place).await;
    town.press(0, "bob", &approval, "Approve").await;
    let hangs = |world: &onboard_bot::world::World| {
        world.log().iter().any(|call| call.system == System::Connecttoteams && call.path.contains("configureUser"))
    };
    town.until(0, Duration::from_secs(40), hangs).await;
    town.join(1, |_| {}).await;
    assert!(town.world.effects(EffectKind::UserConfigured).is_empty());
    (town, place)
}

async fn the_other_one_ends_it(town: &mut Town) {
    let began = Instant::now();
    town.until(1, Duration::from_secs(60), |world| !world.effects(EffectKind::UserConfigured).is_empty()).await;
    assert!(began.elapsed() < Duration::from_secs(30), "taken over after {:?}", began.elapsed());
    let done = |world: &onboard_bot::world::World| copies(world, "The phone line of Alice Adams works") > 0;
    town.until(1, Duration::from_secs(60), done).await;
}

fn nothing_doubled(town: &Town) {
    assert_eq!(town.world.effects(EffectKind::DeviceCreated), ["1000tm"]);
    assert_eq!(town.world.effects(EffectKind::UserConfigured).len(), 1);
    assert_eq!(copies(&town.world, "The phone line of Alice Adams works"), 1);
}

#[tokio::test]
async fn a_transaction_that_falls_asleep_on_postgres_holds_up_nobody_for_long() {
    let store = Store::on_postgres().await;
    let (sleeper, other) = (Journal::open(&store.url()).await.unwrap(), Journal::open(&store.url()).await.unwrap());
    let mut asleep = sleeper.begin().await.unwrap();
    asleep.next_id().await.unwrap();
    let mut waiting = other.begin().await.unwrap();
    let number = tokio::time::timeout(Duration::from_secs(20), waiting.next_id()).await;
    assert_eq!(number.expect("it waits for ever").unwrap().0, 1);
    assert!(asleep.commit().await.is_err(), "what it did before does not stand");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_killed_in_a_call_is_replaced_within_30_s() {
    let (mut town, _) = hanging().await;
    town.replicas[0].bot.kill();
    the_other_one_ends_it(&mut town).await;
    town.until(1, Duration::from_secs(60), |world| copies(world, "7 of 7 steps done") == 1).await;
    nothing_doubled(&town);
    town.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_sleeper_writes_late_is_refused() {
    let (mut town, _) = hanging().await;
    town.replicas[0].bot.signal("STOP");
    the_other_one_ends_it(&mut town).await;
    town.replicas[0].bot.signal("CONT");
    let began = Instant::now();
    while !town.replicas[0].bot.log().contains("a late result is dropped: the lease was lost") {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", town.logs());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    town.until(1, Duration::from_secs(60), |world| copies(world, "7 of 7 steps done") == 1).await;
    town.replicas[0].says(200, "ready").await;
    nothing_doubled(&town);
    town.finish();
}
