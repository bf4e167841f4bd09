//! What the stories of single steps are about: a line that is given, and what may become of it.

use jiff::Timestamp;
use onboard_bot::config::{Carrier, Config};
use onboard_bot::domain::{E164, Extension, Person, Place, PlaceKind, RequestId, Surface, Upn, Work};
use onboard_bot::flow::{NewRequest, Request};
use onboard_bot::plan::{Ask, Offer, Subject};
use onboard_bot::world::object_id;

/// The number of the plans that have one, and the one that it is changed for.
pub const NUMBER: &str = "+13035550142";
pub const OTHER_NUMBER: &str = "+13035550143";

/// What is to be done. All but the first begin with a line that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    Give,
    Take,
    /// The licence is gone already.
    TakeLate,
    Change,
    /// Of a line whose device was there before.
    TakeBack,
    /// The subject is not in the sync group yet.
    Join,
    /// An operator is asked for a User Group Sync.
    GroupSync,
}

/// The errands of a carrier; each adds steps that those before it do not have.
pub fn errands(carrier: Carrier) -> &'static [Errand] {
    match carrier {
        Carrier::ConnecttoTeams => {
            &[Errand::Give, Errand::Take, Errand::TakeLate, Errand::TakeBack, Errand::Join, Errand::GroupSync]
        }
        Carrier::CallTower | Carrier::DirectRouting => &[Errand::Give, Errand::Take, Errand::Change],
    }
}

/// A line that was asked for and approved.
pub fn approved(config: &Config) -> Request {
    let customer = &config.customers[0];
    let offer = Offer::of(customer).unwrap();
    let with_pbx = customer.carrier == Carrier::ConnecttoTeams;
    let (upn, first, last) =
        if with_pbx { ("alice@contoso.com", "Alice", "Adams") } else { ("fred@fabrikam.com", "Fred", "Fabrikam") };
    let ask = Ask {
        work: Work::Onboard,
        voicemail: None,
        subject: Upn::parse(upn).unwrap(),
        extension: with_pbx.then(|| Extension::parse("1000").unwrap()),
        number: (!with_pbx).then(|| E164::parse(NUMBER).unwrap()),
        location: None,
        route: None,
        reason: None,
    };
    let (first_name, last_name) = (first.to_owned(), last.to_owned());
    let subject = Subject { id: object_id(upn), name: format!("{first} {last}"), first_name, last_name };
    let inputs: &[(&str, &str)] = match customer.carrier {
        Carrier::ConnecttoTeams => &[("route", "US East 2"), ("emergency_address", "a-denver-hq")],
        Carrier::CallTower => &[("location", "Denver"), ("plan", "MS Teams Metered Voice")],
        Carrier::DirectRouting => &[("route", "Denver SBC")],
    };
    let inputs = inputs.iter().map(|(id, value)| ((*id).to_owned(), (*value).to_owned())).collect();
    let plan = offer.plan(&ask, &subject, &inputs).unwrap();
    let requester = Person { id: "alan".into(), chat_id: "29:alan".into(), name: "Alan Admin".into(), upn: None };
    let place = Place {
        surface: Surface::Teams,
        conversation: "19:room".into(),
        kind: PlaceKind::Channel,
        address: "https://smba.example/".into(),
        tenant: "tenant".into(),
    };
    let new = NewRequest { customer: customer.id.clone(), requester, place, private: false, ask, offer };
    Request { plan: Some(plan), ..Request::new(RequestId(1), new, Timestamp::now()) }
}
