//! Who the bot is in a workspace.

use futures_util::future::BoxFuture;

use super::errors::SlackError;
use crate::config::Secret;

/// Hands out the bot's token for a workspace. One process may serve many.
pub trait Tokens: std::fmt::Debug + Send + Sync {
    /// The token (`xoxb-…`) for a place's workspace, or for its organisation where the workspace has none of its own.
    /// [`SlackError::NotInstalled`]: there is none.
    fn token<'a>(&'a self, workspace: super::place::Workspace<'a>) -> BoxFuture<'a, Result<Secret, SlackError>>;

    /// Slack said `token_expired` to this one: a newer one, if there is any.
    fn renewed<'a>(
        &'a self,
        workspace: super::place::Workspace<'a>,
        refused: &'a Secret,
    ) -> BoxFuture<'a, Result<Secret, SlackError>>;
}

/// One token for every workspace: `slack.bot_token`.
#[derive(Debug)]
pub struct FixedToken(pub Secret);

impl Tokens for FixedToken {
    fn token<'a>(&'a self, _: super::place::Workspace<'a>) -> BoxFuture<'a, Result<Secret, SlackError>> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }

    fn renewed<'a>(
        &'a self,
        _: super::place::Workspace<'a>,
        _: &'a Secret,
    ) -> BoxFuture<'a, Result<Secret, SlackError>> {
        let error = SlackError::Unauthorized { code: "token_expired".to_owned() };
        Box::pin(std::future::ready(Err(error)))
    }
}
