//! Who has a number or an extension: Microsoft, the PBX, our own requests, the configuration.
//!
//! [`holders`] tells place by place what was read. A place that did not answer is told too, and then nobody says that the
//! number is free.

use crate::domain::{Extension, Fixer, RequestId, Sentence, Upn};
use crate::plan::why::{Hold, Told, Untold};
use crate::view::{Holder, Holders, Holding, shown_time};

/// Everything that was read about a number at one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// The customer, as people read it.
    pub customer: String,
    /// As Teams would show it; `None`: an extension that makes no number there.
    pub line: Option<String>,
    /// What Microsoft has assigned.
    pub assigned: Told<Vec<Assigned>>,
    /// The extension at the PBX; `None`: not asked for, or no PBX.
    pub extension: Option<PbxExtension>,
    /// Where the PBX sends calls to the number; `None`: not asked for, or no PBX.
    pub routed: Option<Told<Option<Routed>>>,
    /// Who holds it in our journal.
    pub holds: Vec<Hold>,
    /// Open requests about it that do not hold it.
    pub asked: Vec<Asked>,
    /// It belongs to the configured pool; `None`: there is no pool.
    pub in_pool: Option<bool>,
    /// Names of emergency addresses whose callback number it is.
    pub callback_of: Vec<String>,
}

/// An open request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which one.
    pub request: RequestId,
    /// About whom.
    pub subject: Upn,
    /// It is to take the number away from them.
    pub takes: bool,
}

/// A number of the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigned {
    /// To whom.
    pub to: Target,
    /// `directRouting`, `callingPlan`, `operatorConnect`, …
    pub kind: String,
    /// `activated`, `assignmentPending`, `assignmentFailed`, …
    pub activation: String,
}

/// To whom Microsoft assigned a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Nobody.
    Nobody,
    /// A user.
    User {
        /// Display name.
        name: String,
        /// UPN.
        upn: String,
    },
    /// An auto attendant or a call queue.
    Resource {
        /// Display name.
        name: String,
        /// UPN.
        upn: String,
    },
    /// An id that the directory does not list: a deleted user, or a service.
    Unlisted(String),
    /// An id whose name was not told.
    Unnamed(String, Untold),
    /// Something without an id: `conferenceAssigned`, `policyAssigned`, …
    Other(String),
}

/// An extension of the PBX.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PbxExtension {
    /// Which one.
    pub extension: Extension,
    /// Its owner: name or e-mail address, and whether it is a queue or an attendant; `None`: there is none.
    pub owner: Told<Option<(String, bool)>>,
    /// Its devices, and whether each is registered (`None`: the PBX does not say).
    pub devices: Told<Vec<(String, Option<bool>)>>,
}

/// Where the PBX sends calls to a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routed {
    /// The kind of destination: `to-user`, `to-callqueue`, …
    pub application: String,
    /// The destination itself, often an extension.
    pub destination: Option<String>,
}

/// Place by place, and in one sentence.
pub fn holders(read: &Findings) -> Holders {
    let mut found = microsoft(read);
    if let Some(extension) = &read.extension {
        found.extend(pbx(extension));
    }
    if let Some(routed) = &read.routed {
        found.push(routing(routed));
    }
    found.extend(requests(read));
    found.extend(configured(read));
    Holders { customer: read.customer.clone(), verdict: verdict(&found), holders: found }
}

fn verdict(holders: &[Holder]) -> Sentence {
    let any = |holding| holders.iter().any(|holder| holder.holding == holding);
    Sentence::new(match (any(Holding::Held), any(Holding::Unknown)) {
        (true, false) => "number-held",
        (true, true) => "number-held-partly",
        (false, true) => "number-unsure",
        (false, false) => "number-free",
    })
}

fn holder(place: &str, holding: Holding, found: Sentence) -> Holder {
    Holder { place: Sentence::new(place), holding, found, since: None, fix: None, who: None }
}

/// What to do is said by the twin `<id>-fix`.
fn with_fix(holder: Holder, who: Option<Fixer>) -> Holder {
    Holder { fix: Some(holder.found.twin("-fix")), who, ..holder }
}

fn unknown(place: &str, untold: &Untold) -> Holder {
    with_fix(holder(place, Holding::Unknown, untold.why.clone()), untold.who)
}

fn microsoft(read: &Findings) -> Vec<Holder> {
    const PLACE: &str = "place-microsoft";
    let Some(line) = &read.line else { return Vec::new() };
    match &read.assigned {
        Err(untold) => vec![unknown(PLACE, untold)],
        Ok(none) if none.is_empty() => {
            vec![holder(PLACE, Holding::Free, Sentence::new("holder-microsoft-none").with("line", line))]
        }
        Ok(assigned) => assigned.iter().map(|one| assignment(one, line)).collect(),
    }
}

fn assignment(assigned: &Assigned, line: &str) -> Holder {
    const PLACE: &str = "place-microsoft";
    let activated = matches!(assigned.activation.as_str(), "activated" | "");
    let said = |id: &str| {
        let id = if activated { id.to_owned() } else { format!("{id}-pending") };
        let said = Sentence::new(&id).with("line", line).with("kind", &assigned.kind);
        if activated { said } else { said.with("activation", &assigned.activation) }
    };
    let held = |found| holder(PLACE, Holding::Held, found);
    match &assigned.to {
        Target::Nobody => holder(PLACE, Holding::Known, said("holder-microsoft-unassigned")),
        Target::User { name, upn } => held(said("holder-microsoft-user").with("name", name).with("upn", upn)),
        Target::Resource { name, upn } => held(said("holder-microsoft-resource").with("name", name).with("upn", upn)),
        Target::Unlisted(id) => {
            let found = said("holder-microsoft-unlisted").with("id", id);
            let fix = Sentence::new("holder-microsoft-unlisted-fix");
            Holder { fix: Some(fix), who: Some(Fixer::MicrosoftAdmin), ..held(found) }
        }
        Target::Unnamed(id, untold) => {
            let found = said("holder-microsoft-unnamed").with("id", id);
            Holder { fix: Some(untold.why.clone()), who: untold.who, ..held(found) }
        }
        Target::Other(status) => held(said("holder-microsoft-other").with("status", status)),
    }
}

fn pbx(read: &PbxExtension) -> Vec<Holder> {
    const PLACE: &str = "place-pbx";
    let said = |id: &str| Sentence::new(id).with("extension", &read.extension);
    let (name, system) = match &read.owner {
        Ok(Some(owner)) => owner,
        Ok(None) => return vec![holder(PLACE, Holding::Free, said("holder-pbx-none"))],
        Err(untold) => return vec![unknown(PLACE, untold)],
    };
    let id = if *system { "holder-pbx-system" } else { "holder-pbx-user" };
    let mut found = vec![holder(PLACE, Holding::Held, said(id).with("name", name))];
    found.extend(match &read.devices {
        Ok(devices) => devices.iter().map(device).collect(),
        Err(untold) => vec![unknown("place-pbx-device", untold)],
    });
    found
}

fn device((name, registered): &(String, Option<bool>)) -> Holder {
    let (holding, id) = match registered {
        Some(true) => (Holding::Held, "holder-device-registered"),
        Some(false) => (Holding::Known, "holder-device-unregistered"),
        None => (Holding::Known, "holder-device-untold"),
    };
    holder("place-pbx-device", holding, Sentence::new(id).with("device", name))
}

fn routing(read: &Told<Option<Routed>>) -> Holder {
    const PLACE: &str = "place-pbx-number";
    match read {
        Err(untold) => unknown(PLACE, untold),
        Ok(None) => holder(PLACE, Holding::Free, Sentence::new("holder-route-none")),
        // The PBX's own word for a number that nobody uses.
        Ok(Some(routed)) if routed.application == "available-number" => {
            holder(PLACE, Holding::Known, Sentence::new("holder-route-available"))
        }
        Ok(Some(Routed { application, destination })) => {
            let id = if destination.is_some() { "holder-route-destination" } else { "holder-route" };
            let found = Sentence::new(id).with("application", application);
            let found = destination.iter().fold(found, |found, to| found.with("destination", to));
            holder(PLACE, Holding::Held, found)
        }
    }
}

fn requests(read: &Findings) -> Vec<Holder> {
    const PLACE: &str = "place-requests";
    let said = |id: &str, request: &RequestId, subject: &Upn| {
        Sentence::new(id).with("request", request).with("subject", subject)
    };
    let held = read.holds.iter().map(|hold| {
        let found = match hold.cooling_until {
            None => said("holder-request", &hold.request, &hold.subject),
            Some(until) => said("holder-cooling", &hold.request, &hold.subject).with("until", shown_time(until)),
        };
        Holder { since: Some(hold.since), ..holder(PLACE, Holding::Held, found) }
    });
    let asked = read.asked.iter().map(|asked| {
        let id = if asked.takes { "holder-request-takes" } else { "holder-request-asks" };
        holder(PLACE, Holding::Known, said(id, &asked.request, &asked.subject))
    });
    let found: Vec<Holder> = held.chain(asked).collect();
    match found.is_empty() {
        true => vec![holder(PLACE, Holding::Free, Sentence::new("holder-request-none"))],
        false => found,
    }
}

fn configured(read: &Findings) -> Vec<Holder> {
    const PLACE: &str = "place-configuration";
    let pool = read.in_pool.map(|inside| match inside {
        true => holder(PLACE, Holding::Known, Sentence::new("holder-pool")),
        false => holder(PLACE, Holding::Free, Sentence::new("holder-pool-not")),
    });
    let callbacks = read
        .callback_of
        .iter()
        .map(|address| holder(PLACE, Holding::Held, Sentence::new("holder-callback").with("address", address)));
    pool.into_iter().chain(callbacks).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nobody() -> Findings {
        Findings {
            customer: "Contoso".into(),
            line: Some("+11000".into()),
            assigned: Ok(Vec::new()),
            extension: Some(PbxExtension {
                extension: Extension::parse("1000").unwrap(),
                owner: Ok(None),
                devices: Ok(Vec::new()),
            }),
            routed: None,
            holds: Vec::new(),
            asked: Vec::new(),
            in_pool: None,
            callback_of: Vec::new(),
        }
    }

    fn assigned(to: Target) -> Findings {
        let (kind, activation) = ("directRouting".into(), "activated".into());
        Findings { assigned: Ok(vec![Assigned { to, kind, activation }]), ..nobody() }
    }

    fn silent() -> Untold {
        Untold { why: Sentence::new("outside-unreachable").with("system", "NetSapiens"), who: None }
    }

    fn upn() -> Upn {
        Upn::parse("alice@contoso.com").unwrap()
    }

    #[test]
    fn whoever_has_it_is_told_and_where() {
        let (name, mail) = ("Alice Adams".to_owned(), "alice@contoso.com".to_owned());
        let hold =
            Hold { request: RequestId(1), subject: upn(), since: jiff::Timestamp::UNIX_EPOCH, cooling_until: None };
        let at_pbx = |owner, devices| Some(PbxExtension { owner, devices, ..nobody().extension.unwrap() });
        let menu = Ok(Some(("Main Menu".to_owned(), true)));
        let routed = |application: &str, destination: Option<&str>| {
            Some(Ok(Some(Routed { application: application.into(), destination: destination.map(str::to_owned) })))
        };
        let asked = |takes| vec![Asked { request: RequestId(2), subject: upn(), takes }];
        let registered = Ok(vec![("1000tm".to_owned(), Some(true))]);
        for (read, verdict, told) in [
            (nobody(), "number-free", "holder-microsoft-none"),
            (assigned(Target::Nobody), "number-free", "holder-microsoft-unassigned"),
            (assigned(Target::User { name: name.clone(), upn: mail.clone() }), "number-held", "holder-microsoft-user"),
            (assigned(Target::Resource { name, upn: mail }), "number-held", "holder-microsoft-resource"),
            (assigned(Target::Unlisted("7".into())), "number-held", "holder-microsoft-unlisted"),
            (assigned(Target::Unnamed("7".into(), silent())), "number-held", "holder-microsoft-unnamed"),
            (assigned(Target::Other("policyAssigned".into())), "number-held", "holder-microsoft-other"),
            (Findings { holds: vec![hold], ..nobody() }, "number-held", "holder-request"),
            (Findings { asked: asked(false), ..nobody() }, "number-free", "holder-request-asks"),
            (Findings { asked: asked(true), ..nobody() }, "number-free", "holder-request-takes"),
            (Findings { extension: at_pbx(menu, Ok(Vec::new())), ..nobody() }, "number-held", "holder-pbx-system"),
            (
                Findings { extension: at_pbx(Ok(Some(("Al".into(), false))), registered), ..nobody() },
                "number-held",
                "holder-device-registered",
            ),
            (
                Findings { routed: routed("to-user", Some("1000")), ..nobody() },
                "number-held",
                "holder-route-destination",
            ),
            (Findings { routed: routed("to-voicemail", None), ..nobody() }, "number-held", "holder-route"),
            (
                Findings { routed: routed("available-number", None), ..nobody() },
                "number-free",
                "holder-route-available",
            ),
            (Findings { in_pool: Some(true), ..nobody() }, "number-free", "holder-pool"),
            (Findings { callback_of: vec!["Denver HQ".into()], ..nobody() }, "number-held", "holder-callback"),
            (Findings { assigned: Err(silent()), ..nobody() }, "number-unsure", "outside-unreachable"),
            (Findings { routed: Some(Err(silent())), ..nobody() }, "number-unsure", "outside-unreachable"),
            (
                Findings { extension: at_pbx(Err(silent()), Err(silent())), ..nobody() },
                "number-unsure",
                "outside-unreachable",
            ),
        ] {
            let told_by = holders(&read);
            assert_eq!(told_by.verdict.id, verdict, "{told}");
            assert!(told_by.holders.iter().any(|holder| holder.found.id == told), "{told}: {told_by:#?}");
        }
    }

    #[test]
    fn what_microsoft_has_not_finished_is_said() {
        let mut read = assigned(Target::User { name: "Alice".into(), upn: "alice@contoso.com".into() });
        read.assigned.as_mut().unwrap()[0].activation = "assignmentFailed".into();
        let told = holders(&read).holders.remove(0).found;
        assert_eq!(
            (told.id.as_str(), told.args["activation"].as_str()),
            ("holder-microsoft-user-pending", "assignmentFailed")
        );
    }
}
