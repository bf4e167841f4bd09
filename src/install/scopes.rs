//! What the app asks a workspace for.

use crate::config::{Config, Customer, PersonRef};

/// The least that the bot can do its work with: hear mentions and direct messages, answer, know who somebody is.
/// <https://docs.slack.dev/reference/scopes>
const ALWAYS: [&str; 7] =
    ["app_mentions:read", "chat:write", "commands", "im:history", "im:write", "users:read", "users:read.email"];

/// Only where a list of people names a user group.
const USER_GROUPS: &str = "usergroups:read";

/// The bot scopes of this installation, sorted.
pub fn scopes(config: &Config) -> Vec<&'static str> {
    let mut scopes = ALWAYS.to_vec();
    if config.customers.iter().any(names_user_group) {
        scopes.push(USER_GROUPS);
    }
    scopes.sort_unstable();
    scopes
}

fn names_user_group(customer: &Customer) -> bool {
    let lists = [&customer.approval.requesters, &customer.approval.approvers, &customer.approval.operators];
    lists.into_iter().flatten().any(|person| matches!(person, PersonRef::SlackUsergroup(_)))
}
