//! Two things in the same instant, each on another replica: one counts, and everybody is told the truth.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use onboard_bot::clock::{Clock, ManualClock};
use onboard_bot::serve;
use onboard_bot::world::{BotSettings, EffectKind, InvokeAnswer, World, WorldOptions};
use onboard_bot::{config, world};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::stage::store::Store;
use crate::town::{CHOICES, Town, copies, number};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_approve_at_once_and_one_of_them_counts() {
    let mut town = Town::open(Store::on_postgres().await, 2).await;
    let place = town.world.channel_thread();
    let approval = town.asked(0, &place).await;
    let (bob, carol) =
        tokio::join!(town.press(0, "bob", &approval, "Approve"), town.press(1, "carol", &approval, "Approve"));
    let told = [bob.clone(), carol.clone()];
    assert_eq!(told.iter().filter(|t| t.contains("You approved ONB-1")).count(), 1, "{told:?}");
    let (first, late) = if bob.contains("You approved") { ("Bob Brown", carol) } else { ("Carol Clark", bob) };
    assert!(late.contains(&format!("ONB-1 was approved by {first} already")), "{late}");
    town.until(1, Duration::from_secs(60), |world| copies(world, "7 of 7 steps done") == 1).await;
    let pool = town.store.look().await;
    assert_eq!(number(&pool, "SELECT COUNT(*) FROM events WHERE name = 'approved'").await, 1);
    assert_eq!(town.world.effects(EffectKind::DeviceCreated), ["1000tm"]);
    town.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_reaches_two_replicas_at_once_has_one_effect() {
    let town = Town::open(Store::on_postgres().await, 2).await;
    let pool = town.store.look().await;
    for (round, who) in ["alice", "amir", "zoe"].into_iter().enumerate() {
        let place = town.world.channel_thread();
        let alan = town.world.person("alan");
        let mut activity = alan.envelope(&place, "message");
        activity["text"] = format!("onboard {who}@contoso.com ext {}", 1000 + round).into();
        activity["textFormat"] = "plain".into();
        let (a, b) = (alan.clone().through(town.url(0)), alan.through(town.url(1)));
        let (a, b) = tokio::join!(a.deliver(activity.clone()), b.deliver(activity.clone()));
        assert_eq!((a.status, b.status), (200, 200), "a redelivery is taken too, or it would come for ever");
        town.see(&place, "[Request approval]").await;
        assert_eq!(number(&pool, "SELECT COUNT(*) FROM requests").await, i64::try_from(round + 1).unwrap());
    }
    assert_eq!(copies(&town.world, "[Request approval]"), 3);
    town.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_press_on_one_replica_moves_within_a_second_what_the_other_one_works_on() {
    let mut town = Town::open(Store::on_postgres().await, 0).await;
    town.world.turn(|knobs| (knobs.consent, knobs.auto_sync) = (false, false));
    let without = |settings: &mut BotSettings| settings.service_provider_consent = false;
    town.join(1, without).await;
    let place = town.world.channel_thread();
    let approval = town.asked(0, &place).await;
    town.press(0, "bob", &approval, "Approve").await;
    let sync = town.see(&place, "Sync the Teams users for Alice Adams").await;
    town.join(1, without).await;
    // Nothing was done yet: only the press brings this on, no look that was due anyhow.
    let began = Instant::now();
    let told = town.press(1, "olga", &sync, "Done").await;
    town.see(&place, "Olga Operator pressed Done").await;
    let took = began.elapsed();
    assert!(!told.contains("went wrong"), "{told}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    town.world.portal().sync_teams_users();
    town.see(&place, "Enable calling for Alice Adams").await;
    town.finish();
}

/// A replica inside this process: its clock can be turned.
async fn replica(world: &World, store: &Store, clock: &ManualClock, stop: &CancellationToken) -> String {
    let text = world.bot_config(&BotSettings { store_url: store.url(), ..BotSettings::default() });
    let config = config::load_text(&text, Vec::new()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (clock, stop) = (Arc::new(clock.clone()), stop.clone());
    tokio::spawn(async move { serve::run(config, listener, clock, stop).await.unwrap() });
    let began = Instant::now();
    while !reqwest::get(format!("{url}/readyz")).await.is_ok_and(|r| r.status() == 200) {
        assert!(began.elapsed() < Duration::from_secs(20), "it does not get ready");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    url
}

async fn appears(world: &World, clock: &ManualClock, place: &world::Place, text: &str) -> world::Message {
    let began = Instant::now();
    loop {
        let mailbox = world.mailbox(place).with_patience(Duration::from_millis(100));
        if let Ok(found) = mailbox.wait_for_text(text).await {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{text:?} does not appear");
        // The vendor's pace may hold it back.
        clock.advance(SignedDuration::from_millis(500));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_in_the_instant_of_the_expiry_counts_or_does_not_but_never_both() {
    let (mut approved, mut expired) = (0, 0);
    let store = Store::on_postgres().await;
    let clock = ManualClock::new(Timestamp::now());
    let options = WorldOptions { clock: Arc::new(clock.clone()), ..WorldOptions::default() };
    let world = World::start(options).await.unwrap();
    let stop = CancellationToken::new();
    let urls = [replica(&world, &store, &clock, &stop).await, replica(&world, &store, &clock, &stop).await];
    for round in 1..=6 {
        let place = world.channel_thread();
        let alan = world.person("alan").through(&urls[round % 2]);
        alan.say(&place, &format!("onboard good{round:03}@contoso.com ext {}", 2000 + round)).await;
        let confirm = appears(&world, &clock, &place, "[Request approval]").await;
        alan.press(&confirm, "Request approval", &CHOICES).await;
        let approval = appears(&world, &clock, &place, "Approve a phone line for").await;
        let due = store_due(&store).await - clock.now().as_millisecond();
        // All but the last moment passes; then everything happens at once.
        clock.advance(SignedDuration::from_millis(due - 1));
        let bob = world.person("bob").through(&urls[0]);
        let (told, ()) = tokio::join!(bob.press_raw(&approval, "Approve", &[]), async {
            for _ in 0..round * 20 {
                tokio::task::yield_now().await;
            }
            clock.advance(SignedDuration::from_millis(1));
        });
        let InvokeAnswer::Message(told) = told else { panic!("{told:?}") };
        let ended = ended_as(&store, round).await;
        match told.contains("You approved") {
            true => approved += 1,
            false => expired += 1,
        }
        let expected = if told.contains("You approved") { "approved" } else { "expired" };
        assert_eq!(ended, [expected], "{told}");
    }
    println!("approved {approved} times, expired {expired} times");
    stop.cancel();
    assert!(world.violations().is_empty(), "{:?}", world.violations());
}

async fn store_due(store: &Store) -> i64 {
    number(&store.look().await, "SELECT MAX(due_at) FROM timers").await
}

/// Which of the two is in the record of a request, once there is one.
async fn ended_as(store: &Store, request: usize) -> Vec<String> {
    let (pool, began) = (store.look().await, Instant::now());
    loop {
        let sql = "SELECT name FROM events WHERE number = $1 AND name IN ('approved', 'expired')";
        let query = sqlx::query_scalar::<_, String>(sql).bind(i64::try_from(request).unwrap());
        let names = query.fetch_all(&pool).await.unwrap();
        if !names.is_empty() {
            return names;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "it neither expires nor is approved");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
