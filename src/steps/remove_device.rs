//! The connector's device goes from the PBX, if our own record says that it came by us. Otherwise no plan has this step.

use super::device::image;
use super::{Attempt, Check, Seen, Step, Trouble, item};
use crate::domain::{Extension, Sentence};
use crate::outside::{Device, Fault, Netsapiens, OutsideError};
use crate::view::Item;

pub(super) struct RemoveDevice;

/// The PBX accepted it: nothing is sent again until a human says Retry. Who knows who makes a device meanwhile.
const ACCEPTED: &str = "accepted";

struct Doomed<'a> {
    pbx: &'a Netsapiens,
    extension: &'a Extension,
    device: &'a str,
}

impl<'a> Doomed<'a> {
    fn of(attempt: &Attempt<'a>) -> Result<Self, Trouble> {
        let plan = attempt.plan;
        let named = plan.doomed_extension().zip(plan.doomed_device());
        let (extension, device) = named.ok_or(Trouble::NotConfigured)?;
        Ok(Self { pbx: attempt.systems.pbx.as_deref().ok_or(Trouble::NotConfigured)?, extension, device })
    }

    async fn read(&self) -> Result<Option<Device>, Trouble> {
        Ok(self.pbx.device(self.extension, self.device).await?)
    }

    fn gone(&self) -> Vec<Item> {
        vec![item("item-device-removed", self.device)]
    }
}

impl Step for RemoveDevice {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let doomed = Doomed::of(attempt)?;
        Ok(match doomed.read().await? {
            None => Check::Already(doomed.gone()),
            Some(device) => Check::Needed(image(&device)),
        })
    }

    async fn run(&self, attempt: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        let doomed = Doomed::of(attempt)?;
        match doomed.pbx.delete_device(doomed.extension, doomed.device).await {
            Ok(()) => Ok(Some(ACCEPTED.to_owned())),
            // Somebody was quicker, or it is a route that this PBX does not have.
            Err(OutsideError { fault: Fault::NotFound, .. }) if doomed.read().await?.is_none() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn verify(&self, attempt: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        let doomed = Doomed::of(attempt)?;
        Ok(match doomed.read().await? {
            None => Seen::Yes(doomed.gone()),
            Some(_) => Seen::NotYet(Sentence::new("wait-device-gone").with("device", doomed.device)),
        })
    }
}
