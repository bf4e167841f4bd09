//! Clients of systems that are not ours: Microsoft Graph, NetSapiens, ConnecttoTeams, and the tokens that open them.
//!
//! Each client is concrete and takes its base URL from the configuration, so that sovereign clouds and independent test
//! servers work; there is no trait per service. A vendor's JSON never leaves the file that speaks it.
//!
//! Reads are repeated here, shortly (see `http`). Writes are sent once: whether to send one again is decided by whoever
//! can read the state back first, and long waits belong to the journal.

mod circuit;
mod connecttoteams;
mod error;
mod graph;
mod http;
mod netsapiens;
mod token;

#[cfg(test)]
mod tests;

pub use circuit::{Circuit, Heard, Phase, Shut};
pub use connecttoteams::{AuthenticatedUser, ConfigureUser, ConnecttoTeams, Gateway};
pub use error::{Fault, OutsideError, SetupError, System};
pub use graph::{
    Assignee, Brief, Graph, GroupInfo, NumberAssignment, OperationStatus, PhoneSystem, Plan, Policy, TeamsNumber,
    UNNAMED, User, VOICE_ROUTING_POLICY, VoiceState,
};
pub(crate) use http::is_loopback;
pub use netsapiens::{AnswerRule, ApiKey, ApiVersion, Device, Emergency, Netsapiens, PbxNumber, PbxUser, Registration};
pub use token::{ClientCredentials, Token, TokenSource};
