//! The carrier's portal, with a Global Admin in front of it: what no public API does.

use std::sync::Arc;

use super::Inner;

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
        let listed = state.user(upn).is_some_and(|u| named(u) && u.has_phone_system());
        let free = !state.direct.values().any(|direct| direct.number.as_deref() == Some(number));
        if !listed || !free || state.phone(upn, now).line.is_some() {
            return false;
        }
        let at = super::state::later(now, state.knobs.number_delay_ms);
        let direct = state.direct.entry(upn.to_ascii_lowercase()).or_default();
        (direct.number, direct.number_at) = (Some(number.to_owned()), Some(at));
        drop(state);
        self.world.changed();
        true
    }

    /// "Disable User": line and voice flag go away, and no sync brings them back before the user is deleted.
    pub fn disable_user(&self, upn: &str) {
        let mut state = self.world.lock();
        let upn = upn.to_ascii_lowercase();
        if let Some(link) = state.links.get_mut(&upn) {
            (link.line_at, link.voice_at, link.registered_at) = (None, None, None);
        }
        state.disabled.insert(upn);
        drop(state);
        self.world.changed();
    }

    /// "Delete User" of a disabled one; then the SIP user is free again. `false`: it must be disabled first.
    pub fn delete_user(&self, upn: &str) -> bool {
        let mut state = self.world.lock();
        let upn = upn.to_ascii_lowercase();
        let done = state.disabled.remove(&upn);
        if done {
            state.links.remove(&upn);
        }
        drop(state);
        self.world.changed();
        done
    }
}
