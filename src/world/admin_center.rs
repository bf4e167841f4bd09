//! The Microsoft 365 admin center, with an administrator in front of it: what happens to accounts and licences.

use std::sync::Arc;

use super::Inner;
use super::seed::{MCOEV, Plan, User};

/// What an administrator does to accounts. Each answers `false` where there is nothing to do it to.
#[derive(Debug, Clone)]
pub struct AdminCenter {
    world: Arc<Inner>,
}

impl AdminCenter {
    pub(super) fn new(world: &Arc<Inner>) -> Self {
        Self { world: Arc::clone(world) }
    }

    /// Blocks sign-in. Licences and lines stay.
    pub fn disable_account(&self, upn: &str) -> bool {
        self.to(upn, |user| std::mem::replace(&mut user.account_enabled, false))
    }

    /// Allows sign-in again.
    pub fn enable_account(&self, upn: &str) -> bool {
        self.to(upn, |user| !std::mem::replace(&mut user.account_enabled, true))
    }

    /// Takes the Teams Phone licence away: its plan is listed no more, the number stays, calling ends.
    pub fn remove_licence(&self, upn: &str) -> bool {
        self.to(upn, |user| {
            let before = user.assigned_plans.len();
            user.assigned_plans.retain(|plan| plan.service_plan_id != MCOEV);
            user.assigned_plans.len() < before
        })
    }

    /// Gives the Teams Phone licence again, or for the first time.
    pub fn restore_licence(&self, upn: &str) -> bool {
        self.to(upn, |user| {
            user.assigned_plans.retain(|plan| plan.service_plan_id != MCOEV);
            user.assigned_plans.push(Plan::new(MCOEV, "Enabled"));
            true
        })
    }

    /// Moves an account to the recycle container: the directory finds nobody, Teams has no configuration, and the number
    /// stays assigned to the object id. The last is not documented; it is this world's assumption.
    pub fn delete_account(&self, upn: &str) -> bool {
        self.to(upn, |user| !std::mem::replace(&mut user.deleted, true))
    }

    /// Takes an account back out of the recycle container, with all that it had.
    pub fn restore_account(&self, upn: &str) -> bool {
        let mut state = self.world.lock();
        let found = state.user_mut(upn).filter(|user| user.deleted);
        let done = found.map(|user| user.deleted = false).is_some();
        drop(state);
        self.world.changed();
        done
    }

    /// Gives an account another user principal name; its object id, and all that hangs on it, stays.
    pub fn rename_account(&self, upn: &str, new: &str) -> bool {
        let (old, key) = (upn.to_ascii_lowercase(), new.to_ascii_lowercase());
        let mut state = self.world.lock();
        let found = state.user_mut(upn).filter(|user| !user.deleted);
        let done = found.map(|user| new.clone_into(&mut user.user_principal_name)).is_some();
        if done {
            state.rename(&old, &key);
        }
        drop(state);
        self.world.changed();
        done
    }

    fn to(&self, upn: &str, what: impl FnOnce(&mut User) -> bool) -> bool {
        let done = self.world.lock().user_mut(upn).filter(|user| !user.deleted).is_some_and(what);
        self.world.changed();
        done
    }
}
