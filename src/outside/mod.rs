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
mod graph_numbers;
mod http;
mod netsapiens;
mod token;

#[cfg(test)]
mod tests;

pub use circuit::{Circuit, Heard, Phase, Shut};
pub use connecttoteams::{AuthenticatedUser, ConfigureUser, ConnecttoTeams, Gateway};
pub use error::{Fault, OutsideError, SetupError, System};
pub use graph::{Brief, Graph, GroupInfo, PhoneSystem, Plan, Policy, TeamsNumber, User, VoiceState};
pub use graph_numbers::{NumberAssignment, OperationStatus, VOICE_ROUTING_POLICY};
pub(crate) use http::is_loopback;
pub use netsapiens::{ApiKey, ApiVersion, Device, Emergency, Netsapiens, PbxUser, Registration};
pub use token::{ClientCredentials, Token, TokenSource};
