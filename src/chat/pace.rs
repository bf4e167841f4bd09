//! How often the bot may write: sliding windows over what was sent, without a clock and without I/O.
//!
//! Teams: Microsoft's estimates (<https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit>), a conversation's
//! and a tenant's. Slack (<https://docs.slack.dev/apis/web-api/rate-limits>): each method has its own limit in a workspace, and a
//! channel with all its threads takes one message a second. What binds one conversation is kept in its lane, so that it is
//! shared by all who send and outlasts a restart; what binds a channel, a workspace or a tenant is kept in memory ([`Pace`]),
//! by each process for itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::slack;
use crate::domain::{Place, Surface};

/// At most so many messages within any stretch of so many milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limit {
    count: usize,
    within: i64,
}

const fn limit(count: usize, seconds: i64) -> Limit {
    Limit { count, within: seconds * 1000 }
}

/// What a vendor limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limited {
    /// One bot in one conversation of Teams.
    TeamsConversation,
    /// One app in one tenant of Teams.
    TeamsTenant,
    /// New messages in one channel of Slack, whatever their thread.
    SlackChannel,
    /// New messages in one workspace: "several hundred a minute".
    SlackPosts,
    /// chat.update in one workspace: Tier 3.
    SlackRewrites,
    /// chat.delete in one workspace: Tier 3.
    SlackTakingBack,
    /// chat.postEphemeral in one workspace: Tier 4.
    SlackWhispers,
    /// views.publish in one workspace: Tier 4.
    SlackHomes,
}

impl Limited {
    const fn limits(self) -> &'static [Limit] {
        match self {
            Self::TeamsConversation => const { &[limit(7, 1), limit(8, 2), limit(60, 30), limit(1800, 3600)] },
            Self::TeamsTenant => const { &[limit(50, 1)] },
            Self::SlackChannel => const { &[limit(1, 1)] },
            Self::SlackPosts => const { &[limit(300, 60)] },
            Self::SlackRewrites | Self::SlackTakingBack => const { &[limit(50, 60)] },
            Self::SlackWhispers | Self::SlackHomes => const { &[limit(100, 60)] },
        }
    }
}

/// How something is delivered; Slack limits each way for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A new message for everybody there.
    Post,
    /// A message is rewritten.
    Rewrite,
    /// For one person alone.
    Whisper,
    /// A message is taken back.
    TakeBack,
    /// Somebody's own page.
    Home,
}

/// What was sent lately, and whether one more may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    limits: &'static [Limit],
    /// Milliseconds since 1970, ascending.
    sent: Vec<i64>,
}

impl Window {
    /// A window with the times stored (milliseconds since 1970).
    pub fn new(limited: Limited, mut sent: Vec<i64>) -> Self {
        sent.sort_unstable();
        Self { limits: limited.limits(), sent }
    }

    /// The window that a conversation's lane keeps; `None`: this way has none there.
    pub fn of_lane(surface: Surface, way: Way, sent: Vec<i64>) -> Option<Self> {
        match (surface, way) {
            (Surface::Teams, _) => Some(Self::new(Limited::TeamsConversation, sent)),
            (Surface::Slack, Way::Post) => Some(Self::new(Limited::SlackChannel, sent)),
            (Surface::Slack, _) => None,
        }
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

    /// True when nothing that was sent limits anything any more.
    fn is_over(&self, now: Timestamp) -> bool {
        let longest = self.limits.iter().map(|limit| limit.within).max().unwrap_or(0);
        self.sent.last().is_none_or(|last| now.as_millisecond() - last > longest)
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

/// Whether what cannot go now holds up what follows it in the same conversation. A limit on Slack's rewrites is no reason to
/// let somebody wait who pressed a button there.
pub fn holds_up(surface: Surface, way: Way) -> bool {
    surface == Surface::Teams || way != Way::Rewrite
}

/// So many windows are kept before those are dropped that no longer limit anything.
const MOST_WINDOWS: usize = 1000;

/// The windows of channels, workspaces and tenants. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Pace(Arc<Mutex<HashMap<(Limited, String), Window>>>);

impl Pace {
    fn windows(&self) -> MutexGuard<'_, HashMap<(Limited, String), Window>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When one more may go to this place this way; counted as sent if that is now. `root`: as in [`super::Delivery::root`].
    pub fn allows(&self, (place, root): (&Place, Option<&str>), way: Way, now: Timestamp) -> Timestamp {
        let (keys, mut windows) = (binding(place, root, way), self.windows());
        if windows.len() > MOST_WINDOWS {
            windows.retain(|_, window| !window.is_over(now));
        }
        let next = |(limited, key): &(Limited, String)| {
            windows.get(&(*limited, key.clone())).map_or(now, |window| window.next_allowed(now))
        };
        let allowed = keys.iter().map(next).max().unwrap_or(now);
        if allowed <= now {
            for (limited, key) in keys {
                windows.entry((limited, key)).or_insert_with(|| Window::new(limited, Vec::new())).record(now);
            }
        }
        allowed
    }

    /// What went to this place last was answered now: its vendor may have counted it as late as that.
    pub fn lasted(&self, (place, root): (&Place, Option<&str>), way: Way, now: Timestamp) {
        let mut windows = self.windows();
        for key in binding(place, root, way) {
            if let (true, Some(window)) = (key.0 == Limited::SlackChannel, windows.get_mut(&key)) {
                window.lasted(now);
            }
        }
    }
}

/// Which windows bind one delivery, besides its lane's.
fn binding(place: &Place, root: Option<&str>, way: Way) -> Vec<(Limited, String)> {
    let tenant = || place.tenant.clone();
    if place.surface == Surface::Teams {
        return vec![(Limited::TeamsTenant, tenant())];
    }
    match way {
        Way::Post => {
            let channel = format!("{}/{}", place.tenant, slack::place::channel(place, root));
            vec![(Limited::SlackChannel, channel), (Limited::SlackPosts, tenant())]
        }
        Way::Rewrite => vec![(Limited::SlackRewrites, tenant())],
        Way::Whisper => vec![(Limited::SlackWhispers, tenant())],
        Way::TakeBack => vec![(Limited::SlackTakingBack, tenant())],
        Way::Home => vec![(Limited::SlackHomes, tenant())],
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    const ALL: &[Limited] = &[
        Limited::TeamsConversation,
        Limited::TeamsTenant,
        Limited::SlackChannel,
        Limited::SlackPosts,
        Limited::SlackRewrites,
        Limited::SlackTakingBack,
        Limited::SlackWhispers,
        Limited::SlackHomes,
    ];

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + ms).unwrap()
    }

    #[test]
    fn the_eighth_message_of_a_second_waits_and_the_ninth_waits_longer() {
        let mut window = Window::new(Limited::TeamsConversation, Vec::new());
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
        let mut window = Window::new(Limited::TeamsConversation, Vec::new());
        (0..7).for_each(|_| window.record(at(5000)));
        window.record(at(0));
        assert_eq!(window.next_allowed(at(0)), at(7001));
    }

    #[test]
    fn a_window_is_stored_as_its_times() {
        let mut window = Window::new(Limited::TeamsTenant, vec![3, 1]);
        window.record(Timestamp::from_millisecond(7).unwrap());
        let stored = serde_json::to_string(&window).unwrap();
        assert_eq!(stored, "[1,3,7]");
        assert_eq!(Window::new(Limited::TeamsTenant, serde_json::from_str(&stored).unwrap()), window);
    }

    fn slack(conversation: &str, team: &str) -> Place {
        let (channel, ts) = conversation.split_once(' ').unwrap_or((conversation, "1.1"));
        slack::place::thread(slack::place::Workspace { team, enterprise: "" }, channel, ts)
    }

    #[test]
    fn all_threads_of_a_channel_share_its_one_message_a_second() {
        let pace = Pace::default();
        let post = |place: &Place, root, now| pace.allows((place, root), Way::Post, now);
        assert_eq!(post(&slack("C1 1.1", "T1"), None, at(0)), at(0));
        assert_eq!(post(&slack("C1 2.2", "T1"), None, at(0)), at(1001), "another thread");
        assert_eq!(post(&slack("C2 2.2", "T1"), None, at(0)), at(0), "another channel");
        assert_eq!(post(&slack("C1 2.2", "T2"), None, at(0)), at(0), "another workspace");
        assert_eq!(
            post(&slack("C3 3.3", "T1"), Some("C1/1.1"), at(500)),
            at(1001),
            "a conversation that goes on in C1"
        );
        pace.lasted((&slack("C1 1.1", "T1"), None), Way::Post, at(700));
        assert_eq!(post(&slack("C1 2.2", "T1"), None, at(1001)), at(1701), "Slack counted it when it arrived");
        assert_eq!(post(&slack("C1 2.2", "T1"), None, at(1701)), at(1701));
    }

    #[test]
    fn what_waits_for_one_window_is_not_counted_in_another() {
        let pace = Pace::default();
        for number in 0..299 {
            let place = slack(&format!("C{number} 1.1"), "T1");
            assert_eq!(pace.allows((&place, None), Way::Post, at(0)), at(0));
        }
        for _ in 0..9 {
            assert_eq!(pace.allows((&slack("C1 1.1", "T1"), None), Way::Post, at(0)), at(1001));
        }
        assert_eq!(
            pace.allows((&slack("C300 1.1", "T1"), None), Way::Post, at(0)),
            at(0),
            "the 300th of the workspace"
        );
        assert_eq!(pace.allows((&slack("C301 1.1", "T1"), None), Way::Post, at(0)), at(60_001));
    }

    #[test]
    fn rewrites_do_not_hold_up_an_answer_to_a_person() {
        let (pace, place) = (Pace::default(), slack("C1 1.1", "T1"));
        for _ in 0..50 {
            assert_eq!(pace.allows((&place, None), Way::Rewrite, at(0)), at(0));
        }
        assert_eq!(pace.allows((&place, None), Way::Rewrite, at(0)), at(60_001));
        assert_eq!(pace.allows((&place, None), Way::Whisper, at(0)), at(0));
        assert!(!holds_up(Surface::Slack, Way::Rewrite) && holds_up(Surface::Slack, Way::Post));
        assert!(holds_up(Surface::Teams, Way::Rewrite), "Teams limits the conversation as a whole");
    }

    #[test]
    fn a_tenant_of_teams_takes_fifty_a_second_whatever_they_are() {
        let pace = Pace::default();
        let place = Place { surface: Surface::Teams, ..slack("19:c", "t-1") };
        for number in 0..50 {
            let way = if number % 2 == 0 { Way::Post } else { Way::Rewrite };
            assert_eq!(pace.allows((&place, None), way, at(0)), at(0));
        }
        assert_eq!(pace.allows((&place, None), Way::Whisper, at(0)), at(1001));
    }

    #[test]
    fn windows_of_channels_that_fell_silent_are_dropped() {
        let pace = Pace::default();
        for number in 0..=MOST_WINDOWS {
            pace.allows((&slack(&format!("C{number} 1.1"), &format!("T{number}")), None), Way::Post, at(0));
        }
        pace.allows((&slack("C0 1.1", "T0"), None), Way::Post, at(70_000));
        assert_eq!(pace.windows().len(), 2);
    }

    proptest! {
        /// Whoever sends as soon as it is allowed, and somebody who dawdles, never break a limit, also through a database.
        #[test]
        fn an_obedient_schedule_breaks_no_limit(
            gaps in prop::collection::vec(prop_oneof![4 => Just(0_i64), 2 => 0..400_i64, 1 => 0..20_000_i64], 1..2500),
            limited in prop::sample::select(ALL),
        ) {
            let mut window = Window::new(limited, Vec::new());
            let (mut now, mut sent) = (at(0), Vec::new());
            for gap in gaps {
                now = window.next_allowed(now + SignedDuration::from_millis(gap));
                window.record(now);
                sent.push(now.as_millisecond());
                if sent.len() % 500 == 0 {
                    let stored = serde_json::to_value(&window).unwrap();
                    window = Window::new(limited, serde_json::from_value(stored).unwrap());
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
