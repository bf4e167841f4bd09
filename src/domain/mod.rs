//! The words of the product as types: parse, don't validate. No I/O, no clock, no vendor's JSON.

mod event;
mod identity;
mod number;
mod place;
mod request_id;
mod sentence;
mod settings;
mod step;
mod work;

pub use event::{EventKey, Inbound, Press, SeenCopy, What};
pub use identity::{Person, Role, Roles, Upn, UpnError};
pub use number::{E164, Extension, Line, NumberError, same_number};
pub use place::{Place, PlaceKind, Surface};
pub use request_id::{RequestId, RequestIdError};
pub use sentence::{Fixer, Problem, Sentence};
pub use settings::{CustomerId, EmergencyAddress, MicrosoftSide, PbxLocation, RoutingPolicy, VoiceRoute, Voicemail};
pub use step::StepKind;
pub use work::{Mend, Work};
