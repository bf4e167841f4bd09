//! What was measured, and medians of it.

use std::time::Duration;

/// One stretch of requests.
pub struct Slice {
    took: Duration,
    answered: Vec<Duration>,
}

impl Slice {
    /// How long it lasted and how long each answer took.
    pub fn new(took: Duration, mut answered: Vec<Duration>) -> Self {
        answered.sort_unstable();
        Self { took, answered }
    }

    /// How many answers there were.
    pub fn answered(&self) -> u32 {
        u32::try_from(self.answered.len()).unwrap_or(u32::MAX)
    }

    /// Answers per second.
    pub fn per_second(&self) -> f64 {
        self.answered.len() as f64 / self.took.as_secs_f64()
    }

    /// This part of the answers (0 to 1) took no longer.
    pub fn within(&self, part: f64) -> Duration {
        let last = self.answered.len().saturating_sub(1);
        let index = (last as f64 * part).ceil() as usize;
        self.answered.get(index.min(last)).copied().unwrap_or_default()
    }
}

/// The middle one; of two, the mean.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.len().saturating_sub(1) / 2, values.len() / 2);
    let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    f64::midpoint(at(low), at(high))
}

/// The smallest.
pub fn lowest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}
