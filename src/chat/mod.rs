//! Surfaces: where people talk to the bot. Each only translates: in, to [`crate::domain::Inbound`]; out, from a view or a
//! sentence to what the vendor draws.

pub mod pace;
mod permit;
pub mod slack;
mod surface;
pub mod teams;
mod wire;

pub use permit::{Permit, Stage};
pub use surface::{Delivery, Marking, NotDelivered, Roster, Surfaces};
