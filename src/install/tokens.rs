//! Handing out the tokens of installed workspaces, renewing them in time, and letting go of what was uninstalled.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dashmap::DashMap;
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Vault;
use crate::chat::slack::place::Workspace;
use crate::chat::slack::{SlackError, Tokens};
use crate::config::Secret;
use crate::journal::{Installation, JournalError, Renewal, Renewed};

/// How long before its end a token is renewed, as the official client does.
const EARLY: SignedDuration = SignedDuration::from_hours(2);

/// One that ends this soon is not worth using.
const TOO_LATE: SignedDuration = SignedDuration::from_secs(30);

/// How long this process believes what it has read; another one may have renewed or deleted it.
const BELIEVED: SignedDuration = SignedDuration::from_secs(30);

/// How often to look for what ends or is in doubt.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// After a fault of Slack's, or of the store's.
const FAULT_REST: SignedDuration = SignedDuration::from_secs(30);

/// After a refusal that somebody has to mend.
const REFUSED_REST: SignedDuration = SignedDuration::from_mins(10);

/// How long to wait for another process that renews the same token.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks at what that process has done.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// How long to try to keep a new pair. Shorter than the lease under which it was got.
const KEEP_TRYING: Duration = Duration::from_secs(30);

/// The tokens of all workspaces that installed the app, and the one of the configuration for all others. Clones share
/// everything.
#[derive(Clone)]
pub struct InstalledTokens(Arc<Shared>);

struct Shared {
    vault: Arc<Vault>,
    fixed: Option<Secret>,
    /// What was read, by workspace and organisation.
    read: DashMap<(String, String), Read>,
    /// Who renews, by installation.
    renewing: DashMap<String, Arc<Mutex<()>>>,
    /// Until when no call is made for a version of an installation, and why.
    resting: DashMap<String, Rest>,
    bell: Notify,
    tasks: TaskTracker,
}

struct Read {
    installation: Installation,
    token: Secret,
    until: Timestamp,
}

struct Rest {
    version: String,
    until: Timestamp,
    why: SlackError,
}

impl fmt::Debug for InstalledTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstalledTokens").field("read", &self.0.read.len()).finish_non_exhaustive()
    }
}

impl InstalledTokens {
    /// `fixed`: the token for workspaces that did not install the app themselves.
    pub fn new(vault: Arc<Vault>, fixed: Option<Secret>) -> Self {
        Self(Arc::new(Shared {
            vault,
            fixed,
            read: DashMap::new(),
            renewing: DashMap::new(),
            resting: DashMap::new(),
            bell: Notify::new(),
            tasks: TaskTracker::new(),
        }))
    }

    /// Starts the loop that renews and looks into doubts. It ends after `stop`, when nothing that was got from Slack waits
    /// to be kept any more.
    pub fn start(&self, stop: &CancellationToken, tracker: &TaskTracker) {
        let (this, stop) = (self.clone(), stop.clone());
        tracker.spawn(async move {
            this.tell_missing_scopes().await;
            while !stop.is_cancelled() {
                this.look_after().await;
                tokio::select! {
                    () = this.0.bell.notified() => {}
                    () = tokio::time::sleep(LOOK_AGAIN) => {}
                    () = stop.cancelled() => {}
                }
            }
            this.0.tasks.close();
            this.0.tasks.wait().await;
        });
    }

    /// A newer version of the bot may need more than was granted when somebody installed it.
    async fn tell_missing_scopes(&self) {
        // The loop tells where the store does not answer.
        for installation in self.0.vault.journal.installations().await.unwrap_or_default() {
            let lacks = installation.lacks(&self.0.vault.scopes);
            if !lacks.is_empty() {
                let (scopes, url) = (lacks.join(","), &self.0.vault.install_url);
                tracing::warn!(
                    installation = installation.id,
                    scopes,
                    "permissions are missing: install the app again at {url}"
                );
            }
        }
    }

    /// Slack says that the app was uninstalled here, or that tokens were revoked. This is noted for good; whether it is
    /// true of what is installed now, Slack is asked in the background: an event may be late, or about a person's token.
    pub async fn uninstalled(&self, workspace: Workspace<'_>) -> Result<(), JournalError> {
        let id = if workspace.team.is_empty() { workspace.enterprise } else { workspace.team };
        self.0.vault.journal.doubt_installation(id, self.0.vault.clock.now()).await?;
        self.0.bell.notify_one();
        Ok(())
    }

    /// What this process has read of an installation counts no more.
    pub(super) fn forget(&self, id: &str) {
        self.0.read.retain(|(team, enterprise), read| read.installation.id != id && team != id && enterprise != id);
        self.0.resting.remove(id);
    }

    /// Renews what ends within two hours, and asks Slack about installations that are said to be over.
    pub async fn look_after(&self) {
        let now = self.0.vault.clock.now();
        let then = now.checked_add(EARLY).unwrap_or(now);
        let found =
            async { Ok::<_, JournalError>((self.0.vault.journal.ending_before(then).await?, self.doubted().await?)) };
        let (ending, doubted) = match found.await {
            Ok(found) => found,
            Err(error) => return tracing::warn!(%error, "installations cannot be read"),
        };
        for installation in ending.into_iter().filter(|one| self.rests(one, now).is_none()) {
            // Told already where it failed.
            let _ = self.renew(installation).await;
        }
        for installation in doubted.into_iter().filter(|one| self.rests(one, now).is_none()) {
            self.ask_whether_over(installation).await;
        }
    }

    async fn doubted(&self) -> Result<Vec<Installation>, JournalError> {
        self.0.vault.journal.doubted_installations().await
    }

    fn rests(&self, of: &Installation, now: Timestamp) -> Option<SlackError> {
        let rest = self.0.resting.get(&of.id)?;
        (rest.version == of.access_token && now < rest.until).then(|| rest.why.clone())
    }

    fn rest(&self, of: &Installation, why: &SlackError) {
        let now = self.0.vault.clock.now();
        let long = if matches!(why, SlackError::Unauthorized { .. }) { REFUSED_REST } else { FAULT_REST };
        let until = now.checked_add(long).unwrap_or(now);
        let rest = Rest { version: of.access_token.clone(), until, why: why.clone() };
        self.0.resting.insert(of.id.clone(), rest);
    }

    async fn ask_whether_over(&self, of: Installation) {
        let answer = match self.opened(&of) {
            Ok(token) => self.0.vault.exchange.test(&token).await,
            Err(error) => Err(error),
        };
        let answer = match answer {
            Err(SlackError::Unauthorized { code }) if code == "token_expired" && of.refresh_token.is_some() => {
                self.renew(of.clone()).await.map(drop)
            }
            answer => answer,
        };
        let done = match &answer {
            Ok(()) => self.0.vault.journal.trust_installation(&of).await,
            Err(SlackError::Unauthorized { code }) if is_over(code) => self.remove(&of).await,
            Err(error) => {
                tracing::warn!(installation = of.id, %error, "whether the app is still installed cannot be found out yet");
                self.rest(&of, error);
                return;
            }
        };
        if let Err(error) = done {
            tracing::warn!(installation = of.id, %error, "what became of an installation cannot be kept yet");
        }
    }

    async fn remove(&self, of: &Installation) -> Result<(), JournalError> {
        if self.0.vault.journal.uninstall(of, self.0.vault.clock.now()).await? {
            tracing::info!(installation = of.id, "the app was uninstalled; its tokens are deleted");
        }
        self.forget(&of.id);
        Ok(())
    }

    /// The workspace's own installation, else its organisation's.
    async fn find(&self, workspace: Workspace<'_>) -> Result<Option<Installation>, SlackError> {
        for id in [workspace.team, workspace.enterprise].into_iter().filter(|id| !id.is_empty()) {
            if let Some(found) = self.0.vault.journal.installation(id).await.map_err(unreadable)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn opened(&self, of: &Installation) -> Result<Secret, SlackError> {
        self.0.vault.access_token(of).map_err(|_| {
            tracing::error!(
                installation = of.id,
                "slack.token_key is not the key that this token was encrypted with: put the former key back, \
                 or install the app again at {}",
                self.0.vault.install_url
            );
            SlackError::Unauthorized { code: WRONG_KEY.to_owned() }
        })
    }

    async fn current(&self, workspace: Workspace<'_>) -> Result<Secret, SlackError> {
        let (key, now) = ((workspace.team.to_owned(), workspace.enterprise.to_owned()), self.0.vault.clock.now());
        let read = self.0.read.get(&key).filter(|read| now < read.until);
        let read = read.map(|read| (read.installation.clone(), read.token.clone()));
        let (installation, token) = match read {
            Some(read) => read,
            None => {
                let Some(installation) = self.find(workspace).await? else { return self.fixed(workspace) };
                let token = self.opened(&installation)?;
                let until = now.checked_add(BELIEVED).unwrap_or(now);
                self.0.read.insert(key, Read { installation: installation.clone(), token: token.clone(), until });
                (installation, token)
            }
        };
        let good = |after: SignedDuration| installation.expires_at.is_none_or(|end| now < end - after);
        if good(TOO_LATE) || installation.refresh_token.is_none() {
            return Ok(token);
        }
        if let Some(why) = self.rests(&installation, now) {
            return if good(SignedDuration::ZERO) { Ok(token) } else { Err(why) };
        }
        match self.renew(installation.clone()).await {
            Err(_) if good(SignedDuration::ZERO) => Ok(token),
            renewed => renewed,
        }
    }

    fn fixed(&self, workspace: Workspace<'_>) -> Result<Secret, SlackError> {
        let team = if workspace.team.is_empty() { workspace.enterprise } else { workspace.team };
        self.0.fixed.clone().ok_or_else(|| SlackError::NotInstalled { team: team.to_owned() })
    }

    async fn newer(&self, workspace: Workspace<'_>, refused: &Secret) -> Result<Secret, SlackError> {
        let ended = || SlackError::Unauthorized { code: "token_expired".to_owned() };
        let Some(installation) = self.find(workspace).await? else {
            return self.fixed(workspace).and_then(|fixed| different(fixed, refused).ok_or_else(ended));
        };
        let token = self.opened(&installation)?;
        if let Some(newer) = different(token, refused) {
            self.forget(&installation.id);
            return Ok(newer);
        }
        if installation.refresh_token.is_none() {
            return Err(ended());
        }
        match self.rests(&installation, self.0.vault.clock.now()) {
            Some(why) => Err(why),
            None => self.renew(installation).await,
        }
    }

    /// A newer token than this version's: one that somebody else has got meanwhile, or one from Slack.
    async fn renew(&self, of: Installation) -> Result<Secret, SlackError> {
        let one = Arc::clone(&self.0.renewing.entry(of.id.clone()).or_default());
        let _one = one.lock().await;
        let began = Instant::now();
        loop {
            let now = self.0.vault.journal.installation(&of.id).await.map_err(unreadable)?;
            let now = now.ok_or_else(|| SlackError::NotInstalled { team: of.id.clone() })?;
            if now.access_token != of.access_token {
                self.forget(&of.id);
                return self.opened(&now);
            }
            if let Some(why) = self.rests(&of, self.0.vault.clock.now()) {
                return Err(why);
            }
            if let Some(renewal) = self.0.vault.journal.begin_renewal(&of).await.map_err(unreadable)? {
                // To its end even if nobody waits for it any more: what Slack answers is told once.
                let (this, of) = (self.clone(), of.clone());
                let task = self.0.tasks.spawn(async move { this.ask_for_next(&of, &renewal).await });
                return task.await.unwrap_or(Err(SlackError::Lost));
            }
            if began.elapsed() > PATIENCE {
                return Err(SlackError::Unreachable);
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    async fn ask_for_next(&self, of: &Installation, renewal: &Renewal) -> Result<Secret, SlackError> {
        let asked = match self.0.vault.refresh_token(of) {
            Ok(token) => self.0.vault.exchange.refresh(&token).await,
            Err(_) => self.opened(of).and(Err(SlackError::Unauthorized { code: WRONG_KEY.to_owned() })),
        };
        let pair = match asked {
            Ok(pair) => pair,
            Err(error) => {
                self.tell_of_failure(of, &error);
                self.rest(of, &error);
                if let Err(error) = self.0.vault.journal.give_back(renewal).await {
                    tracing::warn!(installation = of.id, %error, "others have to wait until the lease ends");
                }
                return Err(error);
            }
        };
        let closed = self.0.vault.close(&of.id, &pair, self.0.vault.clock.now());
        let closed = closed.map_err(|_| SlackError::Unauthorized { code: WRONG_KEY.to_owned() })?;
        let kept = self.keep(of, &closed).await;
        self.forget(&of.id);
        match kept {
            Ok(true) => Ok(pair.access),
            // Installed again, or renewed by somebody who believed us dead.
            Ok(false) => match self.0.vault.journal.installation(&of.id).await.map_err(unreadable)? {
                Some(newer) => self.opened(&newer),
                None => Err(SlackError::NotInstalled { team: of.id.clone() }),
            },
            Err(error) => {
                tracing::error!(installation = of.id, %error, "a new token cannot be kept and is not used");
                Err(unreadable(error))
            }
        }
    }

    /// Slack tells the pair once, so the store is asked more than once.
    async fn keep(&self, of: &Installation, new: &Renewed) -> Result<bool, JournalError> {
        let began = Instant::now();
        loop {
            match self.0.vault.journal.end_renewal(of, new).await {
                Err(error) if began.elapsed() < KEEP_TRYING => {
                    tracing::warn!(installation = of.id, %error, "a new token cannot be kept yet");
                    tokio::time::sleep(BETWEEN_LOOKS).await;
                }
                kept => return kept,
            }
        }
    }

    fn tell_of_failure(&self, of: &Installation, error: &SlackError) {
        let (installation, ends) = (&of.id, of.expires_at.map(|at| at.to_string()).unwrap_or_default());
        match error {
            SlackError::Unauthorized { code } if is_over(code) => {
                let url = &self.0.vault.install_url;
                tracing::error!(installation, ends, %error, "a token cannot be renewed: install the app again at {url}");
            }
            SlackError::Unauthorized { .. } => {
                tracing::error!(installation, ends, %error, "a token cannot be renewed: mend slack.client_id, \
                    slack.client_secret or slack.token_key");
            }
            _ => tracing::warn!(installation, ends, %error, "a token cannot be renewed yet"),
        }
    }
}

const WRONG_KEY: &str = "wrong_token_key";

/// What Slack says of a token whose installation is over. Anything else is about the app, or passes.
fn is_over(code: &str) -> bool {
    ["account_inactive", "invalid_auth", "invalid_refresh_token", "token_expired", "token_revoked"].contains(&code)
}

fn different(token: Secret, refused: &Secret) -> Option<Secret> {
    (token.expose() != refused.expose()).then_some(token)
}

/// Nothing was sent to Slack; whoever wanted to tries again later.
fn unreadable(error: JournalError) -> SlackError {
    tracing::error!(%error, "installations cannot be read or written");
    SlackError::Unreachable
}

impl Tokens for InstalledTokens {
    fn token<'a>(&'a self, workspace: Workspace<'a>) -> BoxFuture<'a, Result<Secret, SlackError>> {
        Box::pin(self.current(workspace))
    }

    fn renewed<'a>(
        &'a self,
        workspace: Workspace<'a>,
        refused: &'a Secret,
    ) -> BoxFuture<'a, Result<Secret, SlackError>> {
        Box::pin(self.newer(workspace, refused))
    }
}
