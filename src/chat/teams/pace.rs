//! How often the bot may write: sliding windows over what was sent, without a clock and without I/O.
//!
//! The limits are Microsoft's estimates (<https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit>). A window is
//! a list of times, so that it can be kept in a database and shared by all who send.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// At most so many messages within any stretch of so many milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limit {
    count: usize,
    within: i64,
}

const fn limit(count: usize, seconds: i64) -> Limit {
    Limit { count, within: seconds * 1000 }
}

/// One bot in one conversation.
const CONVERSATION: &[Limit] = &[limit(7, 1), limit(8, 2), limit(60, 30), limit(1800, 3600)];
/// One app in one tenant.
const TENANT: &[Limit] = &[limit(50, 1)];

/// What was sent lately, and whether one more may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    limits: &'static [Limit],
    /// Milliseconds since 1970, ascending.
    sent: Vec<i64>,
}

impl Window {
    /// The window of a conversation, from the times stored (milliseconds since 1970).
    pub fn conversation(sent: Vec<i64>) -> Self {
        Self::new(CONVERSATION, sent)
    }

    /// The window of a tenant.
    pub fn tenant(sent: Vec<i64>) -> Self {
        Self::new(TENANT, sent)
    }

    fn new(limits: &'static [Limit], mut sent: Vec<i64>) -> Self {
        sent.sort_unstable();
        Self { limits, sent }
    }

    /// The earliest time from `now` on at which one more message breaks no limit.
    pub fn next_allowed(&self, now: Timestamp) -> Timestamp {
        let earliest = self.limits.iter().filter_map(|limit| {
            let first = self.sent.len().checked_sub(limit.count)?;
            // One millisecond more, so that both ends of the stretch may count.
            self.sent[first].checked_add(limit.within + 1)
        });
        let earliest = earliest.max().and_then(|at| Timestamp::from_millisecond(at).ok());
        earliest.map_or(now, |at| at.max(now))
    }

    /// Notes that a message goes out now, and forgets what no limit asks for any more.
    pub fn record(&mut self, now: Timestamp) {
        // A clock that was set back must not reopen the window.
        let now = self.sent.last().map_or(now.as_millisecond(), |last| now.as_millisecond().max(*last));
        self.sent.push(now);
        let longest = self.limits.iter().map(|limit| limit.within).max().unwrap_or(0);
        let most = self.limits.iter().map(|limit| limit.count).max().unwrap_or(0);
        let old = self.sent.partition_point(|at| now - at > longest);
        self.sent.drain(..old.max(self.sent.len().saturating_sub(most)));
    }

    /// The message noted last took until now: its vendor may have counted it as late as that.
    pub fn lasted(&mut self, now: Timestamp) {
        if let Some(last) = self.sent.last_mut() {
            *last = now.as_millisecond().max(*last);
        }
    }

    /// The times to be stored, milliseconds since 1970.
    pub fn sent(&self) -> &[i64] {
        &self.sent
    }
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.sent.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + ms).unwrap()
    }

    #[test]
    fn the_eighth_message_of_a_second_waits_and_the_ninth_waits_longer() {
        let mut window = Window::conversation(Vec::new());
        for _ in 0..7 {
            assert_eq!(window.next_allowed(at(0)), at(0));
            window.record(at(0));
        }
        assert_eq!(window.next_allowed(at(0)), at(1001));
        window.record(at(1001));
        assert_eq!(window.next_allowed(at(1001)), at(2001));
    }

    #[test]
    fn a_clock_set_back_does_not_reopen_the_window() {
        let mut window = Window::conversation(Vec::new());
        (0..7).for_each(|_| window.record(at(5000)));
        window.record(at(0));
        assert_eq!(window.next_allowed(at(0)), at(7001));
    }

    #[test]
    fn a_window_is_stored_as_its_times() {
        let mut window = Window::tenant(vec![3, 1]);
        window.record(Timestamp::from_millisecond(7).unwrap());
        let stored = serde_json::to_string(&window).unwrap();
        assert_eq!(stored, "[1,3,7]");
        assert_eq!(Window::tenant(serde_json::from_str(&stored).unwrap()), window);
    }

    proptest! {
        /// Whoever sends as soon as it is allowed, and somebody who dawdles, never break a limit, also through a database.
        #[test]
        fn an_obedient_schedule_breaks_no_limit(
            gaps in prop::collection::vec(prop_oneof![4 => Just(0_i64), 2 => 0..400_i64, 1 => 0..20_000_i64], 1..2500),
            tenant in any::<bool>(),
        ) {
            let open = |sent| if tenant { Window::tenant(sent) } else { Window::conversation(sent) };
            let mut window = open(Vec::new());
            let (mut now, mut sent) = (at(0), Vec::new());
            for gap in gaps {
                now = window.next_allowed(now + SignedDuration::from_millis(gap));
                window.record(now);
                sent.push(now.as_millisecond());
                if sent.len() % 500 == 0 {
                    window = open(serde_json::from_value(serde_json::to_value(&window).unwrap()).unwrap());
                }
            }
            for limit in window.limits {
                for pair in sent.windows(limit.count + 1) {
                    prop_assert!(pair[limit.count] - pair[0] > limit.within, "{limit:?}");
                }
            }
        }
    }
}
