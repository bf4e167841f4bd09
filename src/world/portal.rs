//! The carrier's portal, with a Global Admin in front of it: what no public API does.

use std::sync::Arc;

use jiff::Timestamp;

use super::Inner;
use super::state::{State, later};

/// Buttons that a Global Admin presses.
#[derive(Debug, Clone)]
pub struct Portal {
    world: Arc<Inner>,
}

impl Portal {
    pub(super) fn new(world: &Arc<Inner>) -> Self {
        Self { world: Arc::clone(world) }
    }

    /// "Sync Teams Users" on the dashboard: lines appear after the sync delay.
    pub fn sync_teams_users(&self) {
        let now = self.world.clock.now();
        self.world.lock().sync(now);
        self.world.changed();
    }

    /// "Enable Calling" of one user. `false`: not offered, the user is not synced yet.
    pub fn enable_calling(&self, upn: &str) -> bool {
        let done = self.world.lock().enable_calling(upn, self.world.clock.now());
        self.world.changed();
        done
    }

    /// CallTower Connect: service and number saved for a user. `false`: the portal does not list the user, because a name or
    /// the licence is missing or they have a number, or does not offer the number, because somebody has it.
    pub fn save_in_connect(&self, upn: &str, number: &str) -> bool {
        let now = self.world.clock.now();
        let mut state = self.world.lock();
        let named = |u: &super::User| u.given_name.is_some() && u.surname.is_some();
        let listed = state.present_user(upn).is_some_and(|u| named(u) && u.has_phone_system());
        let free = !is_taken_in_connect(&state, number, now);
        if !listed || !free || state.phone(upn, now).line.is_some() {
            return false;
        }
        let at = later(now, state.knobs.number_delay_ms);
        state.give_number(upn, number, (now, at));
        drop(state);
        self.world.changed();
        true
    }

    /// CallTower Connect: another number chosen in the user's services. `false`: the portal does not list the user with a
    /// number, or does not offer the number, because somebody has it.
    pub fn change_in_connect(&self, upn: &str, number: &str) -> bool {
        let now = self.world.clock.now();
        let mut state = self.world.lock();
        if state.saved_number(upn).is_none() || !state.is_licensed(upn) || is_taken_in_connect(&state, number, now) {
            return false;
        }
        let at = later(now, state.knobs.number_delay_ms);
        state.give_number(upn, number, (now, at));
        drop(state);
        self.world.changed();
        true
    }

    /// CallTower Connect: the user deleted. `false`: the portal does not list the user with a number; after the Microsoft
    /// account is deleted it cannot be done. That follows from the order that the vendor demands and is not documented.
    pub fn delete_in_connect(&self, upn: &str) -> bool {
        let now = self.world.clock.now();
        let mut state = self.world.lock();
        let number = state.present_user(upn).and_then(|_| state.saved_number(upn)).cloned();
        let Some(number) = number else { return false };
        let at = later(now, state.knobs.number_delay_ms);
        state.release(&upn.to_ascii_lowercase(), &number, at);
        drop(state);
        self.world.changed();
        true
    }

    /// "Disable User": line and voice flag go away after the delay, and no sync brings them back before the user is deleted.
    /// `false`: not offered, because the carrier or Microsoft does not have the user, the licence is gone or it was done.
    pub fn disable_user(&self, upn: &str) -> bool {
        let done = self.world.lock().disable_user(upn, self.world.clock.now());
        self.world.changed();
        done
    }

    /// "Delete User" of a disabled one; then the SIP user is free again. `false`: it must be disabled first, and that takes a
    /// while; that it is listed as disabled only then is this world's assumption.
    pub fn delete_user(&self, upn: &str) -> bool {
        let now = self.world.clock.now();
        let mut state = self.world.lock();
        let upn = upn.to_ascii_lowercase();
        let under_way = state.links.get(&upn).and_then(|link| link.ends_at).is_some_and(|ends| now < ends);
        let done = !under_way && state.disabled.remove(&upn);
        if done {
            state.links.remove(&upn);
        }
        drop(state);
        self.world.changed();
        done
    }
}

/// Connect knows the numbers that it gave itself; one that is taken away is free once Microsoft does not show it any more.
fn is_taken_in_connect(state: &State, number: &str, now: Timestamp) -> bool {
    let has = |upn: &String| {
        let shown = state.phone(upn, now).line;
        state.saved_number(upn).map(String::as_str) == Some(number) || shown.as_deref() == Some(number)
    };
    state.direct.keys().any(has)
}
