//! Looks at the bot from outside while it works.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::house::House;
use super::town::Town;

/// How often.
const EVERY: Duration = Duration::from_secs(5);

/// So many looks are one line on the screen.
const SHOWN: usize = 6;

/// Memory is compared with what it was after this time; caches are full by then.
const WARM: Duration = Duration::from_secs(60);

/// Shorter runs say nothing about memory.
const LONG_ENOUGH: Duration = Duration::from_secs(180);

/// So much may memory grow, in percent.
const MOST_GROWTH: f64 = 10.0;

/// One look.
#[derive(Debug, Clone)]
pub struct Sample {
    pub at: Duration,
    /// MiB
    pub memory: f64,
    pub open_files: usize,
    pub outbox: f64,
    /// Webhooks so far.
    pub answered: u64,
}

/// Looks until told to end.
pub struct Watch {
    stop: CancellationToken,
    task: JoinHandle<Vec<Sample>>,
}

impl Watch {
    pub fn over(house: &Arc<House>, town: &Arc<Town>) -> Self {
        let (house, town, stop) = (Arc::clone(house), Arc::clone(town), CancellationToken::new());
        let told = stop.clone();
        let task = tokio::spawn(async move {
            let (began, mut samples) = (Instant::now(), Vec::new());
            let mut clock = tokio::time::interval(EVERY);
            loop {
                let end = tokio::select! { _ = clock.tick() => false, () = told.cancelled() => true };
                match look(&house, began).await {
                    Ok(sample) => {
                        if samples.len() % SHOWN == 0 || end {
                            show(&sample, &town);
                        }
                        samples.push(sample);
                    }
                    Err(error) => town.failed(format!("the bot cannot be looked at: {error:#}")),
                }
                if end {
                    return samples;
                }
            }
        });
        Self { stop, task }
    }

    pub async fn end(self) -> Vec<Sample> {
        self.stop.cancel();
        self.task.await.unwrap_or_default()
    }
}

async fn look(house: &House, began: Instant) -> anyhow::Result<Sample> {
    let metrics = house.metrics().await?;
    let counts = metrics.lines().filter(|line| line.starts_with("onboard_bot_webhook_duration_seconds_count{"));
    let counts = counts.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
    Ok(Sample {
        at: began.elapsed(),
        memory: house.memory()?,
        open_files: house.open_files()?,
        outbox: gauge(&metrics, "onboard_bot_outbox_depth").unwrap_or(0.0),
        answered: counts.sum(),
    })
}

fn show(sample: &Sample, town: &Town) {
    let (begun, proven) = town.counts();
    let lately = town.lately();
    let [half, most] = [0.5, 0.99].map(|part| lately.within(part).as_secs_f64() * 1e3);
    println!(
        "{:>4.0} s: {:>6} requests, lines {begun:>3} asked {proven:>3} proven, outbox {:>2}, p50 {half:>5.1} ms, \
         p99 {most:>6.1} ms, {:>5.1} MiB, {:>3} files open",
        sample.at.as_secs_f64(),
        sample.answered,
        sample.outbox,
        sample.memory,
        sample.open_files
    );
}

/// The value of one line of the metrics.
pub fn gauge(metrics: &str, name: &str) -> Option<f64> {
    metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// How much memory grew after the first minute: medians of half a minute each. Says so if it is too much.
pub fn growth(samples: &[Sample], lasting: Duration) -> Option<String> {
    let traffic: Vec<&Sample> = samples.iter().filter(|sample| sample.at <= lasting).collect();
    let half_a_minute = Duration::from_secs(30);
    let between = |from: Duration, to: Duration| {
        let inside = traffic.iter().filter(|sample| sample.at >= from && sample.at <= to);
        inside.map(|sample| sample.memory).collect::<Vec<_>>()
    };
    let all = between(Duration::ZERO, lasting);
    let [first, last] = [all.first(), all.last()].map(|memory| memory.copied().unwrap_or(f64::NAN));
    let files = [traffic.first(), traffic.last()].map(|sample| sample.map_or(0, |sample| sample.open_files));
    println!("files open: {} at first, {} at last", files[0], files[1]);
    if lasting < LONG_ENOUGH {
        println!("memory: {first:.1} MiB at first, {last:.1} MiB at last; too short to judge");
        return None;
    }
    let warm = median(between(WARM, WARM + half_a_minute));
    let end = median(between(lasting.saturating_sub(half_a_minute), lasting));
    let most = between(WARM, lasting).into_iter().fold(0.0, f64::max);
    let percent = |memory: f64| (memory / warm - 1.0) * 100.0;
    println!(
        "memory: {first:.1} MiB at first, {warm:.1} MiB after a minute, {end:.1} MiB at last ({:+.1} %), {most:.1} MiB at most ({:+.1} %)",
        percent(end),
        percent(most)
    );
    (percent(end) >= MOST_GROWTH || percent(end).is_nan()).then(|| format!("memory grew by {:.1} %", percent(end)))
}
