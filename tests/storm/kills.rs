//! Who is killed, and when: drawn from the seed before anything starts.

use std::fmt;
use std::time::{Duration, Instant};

use onboard_bot::world::EffectKind;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::time::{sleep, timeout_at};

use crate::house::House;
use crate::people::Town;

/// So many kills. People wait for some of them before they press, so that work lasts over all of them.
pub const KILLS: usize = 64;

/// Kills are so far apart at most, on the average: on a slow machine not every moment is waited for.
const PACE: Duration = Duration::from_millis(1050);

/// What a process is doing when it is killed.
#[derive(Debug, Clone, Copy)]
pub enum Moment {
    /// Whatever it has in hand, when the world has seen so many calls since it was ready.
    Working(usize),
    /// It starts.
    Starting(Duration),
    /// The vendor has just taken a message, from this process or another.
    Sending(Duration),
}

#[derive(Debug, Clone, Copy)]
pub struct Kill {
    victim: usize,
    moment: Moment,
}

pub fn plan(seed: u64, replicas: usize) -> Vec<Kill> {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut last = 0;
    let mut kill = |_| {
        let ms = |range: std::ops::Range<u64>, dice: &mut StdRng| Duration::from_millis(dice.random_range(range));
        let moment = match dice.random_range(0..100) {
            0..15 => Moment::Starting(ms(2..200, &mut dice)),
            15..40 => Moment::Sending(ms(0..6, &mut dice)),
            _ => Moment::Working(dice.random_range(50..500)),
        };
        let starts = matches!(moment, Moment::Starting(_));
        let victim = if starts { last } else { dice.random_range(0..replicas) };
        last = victim;
        Kill { victim, moment }
    };
    (0..KILLS).map(&mut kill).collect()
}

/// What was done of the plan.
#[derive(Debug)]
pub struct Kills {
    began: Instant,
    /// When, which, and how many onboardings were unfinished.
    done: Vec<(Duration, Kill, usize)>,
}

impl Kills {
    pub fn new(began: Instant) -> Self {
        Self { began, done: Vec::new() }
    }

    pub async fn strike(&mut self, house: &mut House, plan: &[Kill], town: &Town) {
        for (turn, kill) in (1..).zip(plan) {
            // When the moment does not come, any other is as good.
            let _ = timeout_at((self.began + PACE * turn).into(), comes(house, kill)).await;
            self.done.push((self.began.elapsed(), *kill, town.unfinished()));
            house.kill_and_start_again(kill.victim);
            town.hear_of(self.done.len());
        }
    }

    /// How many kills met unfinished work.
    pub fn in_flight(&self) -> usize {
        self.done.iter().filter(|(_, _, unfinished)| *unfinished > 0).count()
    }
}

async fn comes(house: &House, kill: &Kill) {
    match kill.moment {
        Moment::Starting(pause) => sleep(pause).await,
        Moment::Working(calls) => {
            house.is_ready(kill.victim).await;
            calls_are_made(house, calls).await;
        }
        Moment::Sending(pause) => {
            house.is_ready(kill.victim).await;
            a_message_is_posted(house).await;
            sleep(pause).await;
        }
    }
}

async fn calls_are_made(house: &House, count: usize) {
    let enough = house.world.log_length() + count;
    let mut changes = house.world.changes();
    while house.world.log_length() < enough {
        // The world lives as long as the house.
        let _ = changes.changed().await;
    }
}

async fn a_message_is_posted(house: &House) {
    let mut changes = house.world.changes();
    let mut seen = house.world.log_length();
    loop {
        let new = house.world.log_after(seen);
        if new.iter().any(|call| call.effect.as_ref().is_some_and(|e| e.kind == EffectKind::MessagePosted)) {
            return;
        }
        seen += new.len();
        let _ = changes.changed().await;
    }
}

impl fmt::Display for Kills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "=== kills: at, process, moment, unfinished onboardings")?;
        for (at, kill, unfinished) in &self.done {
            write!(f, "\n{:8.3} {} {:?} {unfinished}", at.as_secs_f64(), kill.victim, kill.moment)?;
        }
        Ok(())
    }
}
