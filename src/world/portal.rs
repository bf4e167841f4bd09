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

    /// CallTower Connect: another number saved for a user, who keeps the old one until Microsoft follows. `false`: the
    /// portal does not know the user, or does not offer the number.
    pub fn change_in_connect(&self, upn: &str, number: &str) -> bool {
        let now = self.world.clock.now();
        let mut state = self.world.lock();
        let free = !state.direct.values().any(|direct| direct.number.as_deref() == Some(number));
        let at = super::state::later(now, state.knobs.number_delay_ms);
        let Some(direct) = state.direct.get_mut(&upn.to_ascii_lowercase()).filter(|d| free && d.number.is_some())
        else {
            return false;
        };
        direct.old_number = direct.number.replace(number.to_owned());
        direct.number_at = Some(at);
        drop(state);
        self.world.changed();
        true
    }

    /// CallTower Connect: the trash can. `false`: it does not know the user, or Microsoft does not know them any more: then
    /// the number stays where it is (the world's reading of "please delete the user in Connect prior to deleting from 365").
    pub fn delete_in_connect(&self, upn: &str) -> bool {
        let now = self.world.clock.now();
        let mut state = self.world.lock();
        let known = state.user(upn).is_some();
        let at = super::state::later(now, state.knobs.number_delay_ms);
        let Some(direct) = state.direct.get_mut(&upn.to_ascii_lowercase()).filter(|d| known && d.number.is_some())
        else {
            return false;
        };
        direct.gone_at = Some(at);
        drop(state);
        self.world.changed();
        true
    }

    /// "Disable Calling": line and voice flag go away, and no sync brings them back before the user is deleted. `false`: the
    /// portal does not list the user, because the account or the licence is gone.
    pub fn disable_user(&self, upn: &str) -> bool {
        let mut state = self.world.lock();
        let upn = upn.to_ascii_lowercase();
        if !state.user(&upn).is_some_and(super::User::has_phone_system) {
            return false;
        }
        if let Some(link) = state.links.get_mut(&upn) {
            (link.line_at, link.voice_at, link.registered_at) = (None, None, None);
        }
        state.disabled.insert(upn);
        drop(state);
        self.world.changed();
        true
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

/// An administrator of Microsoft 365, in its admin center.
#[derive(Debug, Clone)]
pub struct AdminCenter {
    world: Arc<Inner>,
}

impl AdminCenter {
    pub(super) fn new(world: &Arc<Inner>) -> Self {
        Self { world: Arc::clone(world) }
    }

    /// The account goes to the recycle bin; the carrier's portal and the number know nothing of it. `false`: no such account.
    pub fn delete_account(&self, upn: &str) -> bool {
        let mut state = self.world.lock();
        let at = state.seed.users.iter().position(|u| u.user_principal_name.eq_ignore_ascii_case(upn));
        if let Some(at) = at {
            let user = state.seed.users.remove(at);
            state.deleted.push(user);
        }
        drop(state);
        self.world.changed();
        at.is_some()
    }

    /// The account comes back as it was, within 30 days. `false`: it is not in the recycle bin.
    pub fn restore_account(&self, upn: &str) -> bool {
        let mut state = self.world.lock();
        let at = state.deleted.iter().position(|u| u.user_principal_name.eq_ignore_ascii_case(upn));
        if let Some(at) = at {
            let user = state.deleted.remove(at);
            state.seed.users.push(user);
        }
        drop(state);
        self.world.changed();
        at.is_some()
    }

    /// The licence for calling is unchecked. `false`: no such account.
    pub fn remove_licence(&self, upn: &str) -> bool {
        self.licence(upn, |plans| plans.retain(|plan| plan.service_plan_id != super::MCOEV))
    }

    /// The licence for calling is checked again. `false`: no such account.
    pub fn restore_licence(&self, upn: &str) -> bool {
        self.licence(upn, |plans| plans.push(super::Plan::new(super::MCOEV, "Enabled")))
    }

    fn licence(&self, upn: &str, change: impl FnOnce(&mut Vec<super::Plan>)) -> bool {
        let mut state = self.world.lock();
        let Some(user) = state.user_mut(upn) else { return false };
        change(&mut user.assigned_plans);
        drop(state);
        self.world.changed();
        true
    }
}
