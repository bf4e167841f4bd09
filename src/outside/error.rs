//! What can go wrong outside, one [`Fault`] per reaction.
//!
//! Nothing in here ever holds a body, a URL, a token or a vendor's free text: only a status and a short machine code,
//! which may be logged and shown.

use jiff::SignedDuration;

use crate::domain::Sentence;

/// A system that is not ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum System {
    /// Microsoft Graph.
    Graph,
    /// The PBX.
    Netsapiens,
    /// The carrier ConnecttoTeams.
    ConnecttoTeams,
    /// The Bot Connector, which carries messages into Teams.
    TeamsConnector,
}

impl System {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Graph, Self::Netsapiens, Self::ConnecttoTeams, Self::TeamsConnector];

    /// The system of this product name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.name() == name)
    }

    /// Its product name, the same in every language.
    pub fn name(self) -> &'static str {
        match self {
            Self::Graph => "Microsoft Graph",
            Self::Netsapiens => "NetSapiens",
            Self::ConnecttoTeams => "ConnecttoTeams",
            Self::TeamsConnector => "Microsoft Teams",
        }
    }
}

/// What went wrong, told apart by what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Any other 3xx or 4xx: sending the same again will not help.
    #[error("refused the call with status {status}{}", shown(.code))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The vendor's machine code.
        code: Option<String>,
    },
    /// 401, and where a token can be renewed, again with a new one.
    #[error("does not accept our token{}", shown(.code))]
    Unauthorized {
        /// The vendor's machine code.
        code: Option<String>,
    },
    /// The login itself was refused: a human must look at the credential. Nothing was sent to the system.
    #[error("refused our login{}", shown(.code))]
    Credential {
        /// The OAuth error code, such as `invalid_grant`.
        code: Option<String>,
    },
    /// A permission, a scope or a consent is missing, or a firewall stands between.
    #[error("does not allow us to do that{}", shown(.code))]
    Forbidden {
        /// The vendor's machine code.
        code: Option<String>,
    },
    /// 404.
    #[error("does not know what was asked for")]
    NotFound,
    /// 409 or 412: it exists already or was changed meanwhile; read it again.
    #[error("says that this is already there or was changed meanwhile")]
    Conflict,
    /// 429, 420 or 503: later.
    #[error("is too busy")]
    Busy {
        /// How long it asked us to wait.
        retry_after: Option<SignedDuration>,
    },
    /// 408 or any other 5xx: it may or may not have been done.
    #[error("failed with status {status}")]
    Failed {
        /// The HTTP status.
        status: u16,
    },
    /// No connection: surely not done.
    #[error("cannot be reached")]
    Unreachable,
    /// Timed out or cut off after sending: it may or may not have been done.
    #[error("did not answer, so the outcome is unknown")]
    Unknown,
    /// A success whose body is not what was promised. A write has been done.
    #[error("answered something that makes no sense")]
    Garbled,
}

fn shown(code: &Option<String>) -> String {
    code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default()
}

/// One failed call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} {fault}", system.name())]
pub struct OutsideError {
    /// Who.
    pub system: System,
    /// What.
    pub fault: Fault,
}

impl OutsideError {
    /// Puts the two together.
    pub fn new(system: System, fault: Fault) -> Self {
        Self { system, fault }
    }

    /// The same call may succeed later without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        use Fault::{Busy, Failed, Garbled, Unknown, Unreachable};
        matches!(self.fault, Busy { .. } | Failed { .. } | Unreachable | Unknown | Garbled)
    }

    /// The call may have done its work all the same, or somebody else did it: only reading tells.
    pub fn may_have_happened(&self) -> bool {
        matches!(self.fault, Fault::Unknown | Fault::Conflict | Fault::Garbled | Fault::Failed { .. })
    }

    /// How long the system asked us to wait.
    pub fn retry_after(&self) -> Option<SignedDuration> {
        match self.fault {
            Fault::Busy { retry_after } => retry_after,
            _ => None,
        }
    }

    /// What to tell people: `outside-<reaction>` with `system`, and `status` and `code` (`-` for none) where there are any.
    pub fn sentence(&self) -> Sentence {
        let say = |id: &str| Sentence::new(id).with("system", self.system.name());
        let coded = |id: &str, code: &Option<String>| say(id).with("code", code.as_deref().unwrap_or("-"));
        match &self.fault {
            Fault::Refused { status, code } => coded("outside-refused", code).with("status", status),
            Fault::Unauthorized { code } => coded("outside-unauthorized", code),
            Fault::Credential { code } => coded("outside-credential", code),
            Fault::Forbidden { code } => coded("outside-forbidden", code),
            Fault::NotFound => say("outside-not-found"),
            Fault::Conflict => say("outside-conflict"),
            Fault::Busy { .. } => say("outside-busy"),
            Fault::Failed { status } => say("outside-failed").with("status", status),
            Fault::Unreachable => say("outside-unreachable"),
            Fault::Unknown => say("outside-unknown"),
            Fault::Garbled => say("outside-garbled"),
        }
    }
}

/// A client cannot be built from its configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The base URL or the token URL is none.
    #[error("the address of {} is not a URL", .0.name())]
    Url(System),
    /// TLS cannot be set up on this machine.
    #[error("no HTTP client for {} can be set up on this machine", .0.name())]
    Client(System),
}
