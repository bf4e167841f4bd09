//! Reading everything that `number` tells, place by place.

use jiff::Timestamp;

use super::Systems;
use super::inquiry::{Shut, ask, devices, named, registered};
use crate::domain::{E164, Extension};
use crate::outside::{Assignee, Graph, NumberAssignment, System};
use crate::plan::number::{Assigned, PbxExtension, Routed, Target};
use crate::plan::why::Told;

/// To whom Microsoft assigned a number, which is written with its `+`.
pub async fn ask_assigned(systems: &Systems, number: &str, shut: Shut<'_>) -> Told<Vec<Assigned>> {
    let graph = &systems.graph;
    let system = (System::Graph, shut);
    let assignments = ask(system, Some("TeamsTelephoneNumber.Read.All"), graph.number_assignments(number)).await?;
    let mut found = Vec::new();
    for assignment in assignments {
        let to = target(graph, &assignment, shut).await;
        found.push(Assigned { to, kind: assignment.kind, activation: assignment.activation });
    }
    Ok(found)
}

async fn target(graph: &Graph, assignment: &NumberAssignment, shut: Shut<'_>) -> Target {
    let (id, application) = match &assignment.assignee {
        Assignee::Nobody => return Target::Nobody,
        Assignee::Other(status) => return Target::Other(status.clone()),
        Assignee::Somebody { id, application } => (id.clone(), *application),
    };
    let user = match ask((System::Graph, shut), Some("User.Read.All"), graph.user(&id)).await {
        Ok(Some(user)) => user,
        Ok(None) => return Target::Unlisted(id),
        Err(untold) => return Target::Unnamed(id, untold),
    };
    let resource = application || user.has_virtual_user_plan();
    let (upn, name) = (user.upn.clone(), user.display_name.unwrap_or(user.upn));
    if resource { Target::Resource { name, upn } } else { Target::User { name, upn } }
}

/// The extension at the PBX; `None`: no PBX.
pub async fn ask_extension(
    systems: &Systems,
    (extension, device_suffix): (&Extension, &str),
    (shut, now): (Shut<'_>, Timestamp),
) -> Option<PbxExtension> {
    let pbx = systems.pbx.as_deref()?;
    let system = (System::Netsapiens, shut);
    let connector = extension.device(device_suffix);
    let (owner, devices) =
        tokio::join!(ask(system, None, pbx.user(extension)), ask(system, None, devices(pbx, extension, &connector)));
    let owner = owner.map(|user| user.map(|user| named(&user)).map(|owner| (owner.name, owner.system)));
    let devices = devices.map(|all| all.into_iter().map(|d| (d.name.clone(), registered(&d, now))).collect());
    Some(PbxExtension { extension: extension.clone(), owner, devices })
}

/// Where the PBX sends calls to a number; `None`: no PBX.
pub async fn ask_route(systems: &Systems, number: &E164, shut: Shut<'_>) -> Option<Told<Option<Routed>>> {
    let pbx = systems.pbx.as_deref()?;
    let routed = ask((System::Netsapiens, shut), None, pbx.number(number)).await;
    Some(routed.map(|found| found.map(|to| Routed { application: to.application, destination: to.destination })))
}
