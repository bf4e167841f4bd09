//! The phone side of users: what carriers saved, what Microsoft shows of it and when.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::seed::{Number, SYNC_GROUP, User};
use super::state::{Knobs, State, later};

/// What the carrier saved for one Teams user, and when Microsoft will show it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Link {
    /// Login id of the first save.
    pub login_id: String,
    /// Extension and PBX domain: `1000@contoso`.
    pub sip_user: String,
    /// `1000tm`, when named.
    pub device: Option<String>,
    /// `+11000`, when named.
    pub line: Option<String>,
    /// The SBC gateway.
    pub gateway: u64,
    /// The body as it was saved.
    pub body: Value,
    /// What of it the last sync passed on to Microsoft: the gateway, and the whole body.
    pub passed_on: Option<(u64, Value)>,
    /// When Graph shows the line.
    pub line_at: Option<Timestamp>,
    /// When Graph shows the voice flag.
    pub voice_at: Option<Timestamp>,
    /// When the device registers.
    pub registered_at: Option<Timestamp>,
    /// When all of that ends, because calling was disabled.
    pub ends_at: Option<Timestamp>,
    /// Until when an edit keeps it from calling.
    pub interrupted_until: Option<Timestamp>,
}

impl Link {
    /// Come about, and not disabled since.
    fn has(&self, at: Option<Timestamp>, now: Timestamp) -> bool {
        is_past(at, now) && !is_past(self.ends_at, now)
    }

    fn is_interrupted(&self, now: Timestamp) -> bool {
        self.interrupted_until.is_some_and(|until| now < until)
    }
}

/// A number and a policy that a user has directly at Microsoft, without ConnecttoTeams.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Direct {
    /// The number.
    pub number: Option<String>,
    /// When Graph shows it, and calling with it.
    pub number_at: Option<Timestamp>,
    /// The number that it replaces, shown until then.
    pub before: Option<String>,
    /// Id of the voice routing policy.
    pub policy: Option<String>,
    /// When Graph shows it.
    pub policy_at: Option<Timestamp>,
    /// When Graph does not show it any more.
    pub policy_until: Option<Timestamp>,
}

/// A long-running operation of Graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Object id of the user.
    pub user: String,
    /// The number, with `+`.
    pub number: String,
    /// It takes the number away.
    pub unassigns: bool,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// It ends without having done anything.
    pub fails: bool,
}

impl Operation {
    pub(super) fn assign(user: &str, number: String, (knobs, now): (&Knobs, Timestamp)) -> Self {
        let ends_at = later(now, knobs.number_delay_ms);
        let fails = knobs.number_assignment_fails;
        Self { user: user.to_owned(), number, unassigns: false, created_at: now, ends_at, fails }
    }

    pub(super) fn unassign(user: &str, number: String, (knobs, now): (&Knobs, Timestamp)) -> Self {
        let fails = knobs.number_removal_fails;
        Self { unassigns: true, fails, ..Self::assign(user, number, (knobs, now)) }
    }

    /// It has not come to its end.
    pub fn is_running(&self, now: Timestamp) -> bool {
        now < self.ends_at
    }
}

/// The phone side of a user at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Phone {
    /// The number that Teams shows.
    pub line: Option<String>,
    /// Enterprise voice.
    pub voice: bool,
    /// Name of the voice routing policy.
    pub policy: Option<String>,
    /// The policy comes from a group.
    pub by_group: bool,
}

fn is_past(at: Option<Timestamp>, now: Timestamp) -> bool {
    at.is_some_and(|at| at <= now)
}

impl State {
    /// Line, voice flag and policy of a user as Microsoft shows them now. A policy of their own goes before a group's.
    pub fn phone(&self, upn: &str, now: Timestamp) -> Phone {
        let own = self.own_phone(upn, now);
        let through_group = self.user(upn).and_then(|user| user.group_policy.as_ref()).filter(|_| own.policy.is_none());
        match through_group.and_then(|id| self.seed.voice_policies.get(id)) {
            Some(name) => Phone { policy: Some(name.clone()), by_group: true, ..own },
            None => own,
        }
    }

    fn own_phone(&self, upn: &str, now: Timestamp) -> Phone {
        let key = upn.to_ascii_lowercase();
        let kept = |number: &&String| !self.is_released(&key, number, now);
        let user = self.user(upn);
        let may_call = user.is_none_or(User::may_call);
        let own = user.and_then(|u| u.telephone_number.as_ref()).filter(kept);
        if let Some(direct) = self.direct.get(&key) {
            let there = is_past(direct.number_at, now);
            let number = if there { direct.number.as_ref() } else { direct.before.as_ref() };
            let line = number.filter(kept).or(own).cloned();
            let policy = direct.policy.as_ref();
            let policy = policy.filter(|_| is_past(direct.policy_at, now) && !is_past(direct.policy_until, now));
            let policy = policy.and_then(|id| self.seed.voice_policies.get(id).cloned());
            return Phone { voice: line.is_some() && may_call, line, policy, by_group: false };
        }
        let Some(link) = self.links.get(&key) else {
            return Phone { voice: own.is_some() && may_call, line: own.cloned(), ..Phone::default() };
        };
        let line = link.line.as_ref().filter(|_| link.has(link.line_at, now)).filter(kept).or(own).cloned();
        let enabled = link.has(link.voice_at, now) && link.line.as_ref().is_none_or(|line| kept(&line)) && may_call;
        let gateway = link.passed_on.as_ref().map(|(gateway, _)| gateway);
        let policy = gateway.and_then(|id| self.seed.routes.get(id)).filter(|_| enabled).cloned();
        Phone { line, voice: enabled && !link.is_interrupted(now), policy, by_group: false }
    }

    /// Everything of somebody is theirs under another name, both in lower case.
    pub(super) fn rename(&mut self, old: &str, new: &str) {
        let new = new.to_owned();
        if let Some(link) = self.links.remove(old) {
            self.links.insert(new.clone(), link);
        }
        if let Some(direct) = self.direct.remove(old) {
            self.direct.insert(new.clone(), direct);
        }
        if self.disabled.remove(old) {
            self.disabled.insert(new.clone());
        }
        let released = std::mem::take(&mut self.released).into_iter();
        let renamed = |holder: String| if holder == old { new.clone() } else { holder };
        self.released = released.map(|((holder, number), at)| ((renamed(holder), number), at)).collect();
    }

    /// A number was taken away from somebody, and Graph shows that.
    pub(super) fn is_released(&self, holder: &str, number: &str, now: Timestamp) -> bool {
        is_past(self.released.get(&(holder.to_owned(), number.to_owned())).copied(), now)
    }

    /// Saves a number for a user, to be shown at a moment in place of what is shown now.
    pub(super) fn give_number(&mut self, upn: &str, number: &str, (now, at): (Timestamp, Timestamp)) {
        let shown = self.phone(upn, now).line;
        let key = upn.to_ascii_lowercase();
        if let Some(replaced) = &shown {
            self.release(&key, replaced, at);
        }
        self.released.remove(&(key.clone(), number.to_owned()));
        let direct = self.direct.entry(key).or_default();
        (direct.number, direct.number_at, direct.before) = (Some(number.to_owned()), Some(at), shown);
    }

    /// Takes a number away from its holder, as Graph will show at that moment.
    pub(super) fn release(&mut self, holder: &str, number: &str, at: Timestamp) {
        self.released.insert((holder.to_owned(), number.to_owned()), at);
    }

    /// The number that a carrier's portal has for a user, unless it is being taken away.
    pub(super) fn saved_number(&self, upn: &str) -> Option<&String> {
        let key = upn.to_ascii_lowercase();
        let number = self.direct.get(&key).and_then(|direct| direct.number.as_ref())?;
        let kept = !self.released.contains_key(&(key, number.clone()));
        kept.then_some(number)
    }

    /// Who has a number: the UPN in lower case, or the object id of somebody whom the directory does not know.
    pub(super) fn holder(&self, number: &str, now: Timestamp) -> Option<String> {
        let user = self.holder_among_users(number, now);
        let other = |n: &&Number| n.telephone_number == number && self.status(n, now) != "unassigned";
        let target = |n: &Number| n.assignment_target_id.clone().unwrap_or_default();
        user.or_else(|| self.seed.numbers.iter().find(other).map(target))
    }

    /// The user of whom Microsoft shows a number, by UPN in lower case.
    pub(super) fn holder_among_users(&self, number: &str, now: Timestamp) -> Option<String> {
        let shown = |user: &&User| self.phone(&user.user_principal_name, now).line.as_deref() == Some(number);
        self.seed.users.iter().find(shown).map(|user| user.user_principal_name.to_ascii_lowercase())
    }

    /// `assignmentStatus` of a number that no user of the directory has.
    pub(super) fn status<'a>(&self, number: &'a Number, now: Timestamp) -> &'a str {
        let target = number.assignment_target_id.as_deref().unwrap_or_default();
        let released = self.is_released(target, &number.telephone_number, now);
        if released { "unassigned" } else { &number.assignment_status }
    }

    /// The user agent under which a device is registered now.
    pub fn registration(&self, device: &str, now: Timestamp) -> Option<String> {
        let own = self.device(device).and_then(|d| d.registered.clone());
        let linked = |l: &&Link| {
            l.device.as_deref().is_some_and(|d| d.eq_ignore_ascii_case(device))
                && l.has(l.registered_at, now)
                && !l.is_interrupted(now)
        };
        own.or_else(|| self.links.values().find(linked).map(|_| "ConnecttoTeams SBC 7.4".to_owned()))
    }

    /// Microsoft lets calling of this user be changed: the account is there, with a licence that works.
    pub(super) fn is_licensed(&self, upn: &str) -> bool {
        self.present_user(upn).is_some_and(User::has_phone_system)
    }

    /// Microsoft will accept this user: licence, sync group, device, not disabled before.
    fn can_sync(&self, upn: &str) -> bool {
        let device = self.links.get(upn).and_then(|l| l.device.as_deref());
        self.is_licensed(upn)
            && self.members(SYNC_GROUP).contains(upn)
            && device.is_some_and(|d| self.device(d).is_some())
            && !self.disabled.contains(upn)
    }

    /// Sets the moments at which Microsoft follows, for everybody who can be synced and is not yet.
    pub(super) fn sync(&mut self, now: Timestamp) {
        let knobs = self.knobs.clone();
        if knobs.sync_fails {
            return;
        }
        let ready: Vec<String> = self.links.keys().filter(|upn| self.can_sync(upn)).cloned().collect();
        for upn in ready {
            let Some(link) = self.links.get_mut(&upn) else { continue };
            let line = link.line.clone().unwrap_or_default();
            if self.released.remove(&(upn, line)).is_some() {
                (link.line_at, link.voice_at, link.registered_at) = (None, None, None);
            }
            // The same again changes nothing, so that it interrupts nothing: this world's assumption.
            let edited = link.passed_on.as_ref().is_some_and(|(_, body)| *body != link.body);
            if edited && knobs.edit_interrupts_ms > 0 {
                link.interrupted_until = Some(later(now, knobs.edit_interrupts_ms));
            }
            link.passed_on = Some((link.gateway, link.body.clone()));
            let line_at = *link.line_at.get_or_insert(later(now, knobs.sync_delay_ms));
            if knobs.consent {
                let voice_at = *link.voice_at.get_or_insert(later(line_at, knobs.enable_delay_ms));
                link.registered_at.get_or_insert(later(voice_at, knobs.register_delay_ms));
            }
        }
    }

    /// The sync that nobody has to press, where there is one.
    pub(super) fn sync_by_itself(&mut self, now: Timestamp) {
        if self.knobs.consent && self.knobs.auto_sync {
            self.sync(now);
        }
    }

    /// Enable Calling of the portal; nothing happens before the line is there.
    pub(super) fn enable_calling(&mut self, upn: &str, now: Timestamp) -> bool {
        let knobs = self.knobs.clone();
        let licensed = self.is_licensed(upn);
        let link = self.links.get_mut(&upn.to_ascii_lowercase()).filter(|_| licensed);
        let Some(link) = link.filter(|l| l.has(l.line_at, now)) else { return false };
        let voice_at = *link.voice_at.get_or_insert(later(now, knobs.enable_delay_ms));
        link.registered_at.get_or_insert(later(voice_at, knobs.register_delay_ms));
        true
    }

    /// Disable User of the portal, which Microsoft has to take part in. What it does without licence or account is not
    /// documented; that it is not offered is this world's assumption.
    pub(super) fn disable_user(&mut self, upn: &str, now: Timestamp) -> bool {
        let (licensed, at) = (self.is_licensed(upn), later(now, self.knobs.disable_delay_ms));
        let upn = upn.to_ascii_lowercase();
        let Some(link) = self.links.get_mut(&upn).filter(|_| licensed) else { return false };
        link.ends_at.get_or_insert(at);
        self.disabled.insert(upn)
    }
}
