//! A device that was there before us gets its earlier emergency address and callback number back.

use super::device::image;
use super::{Attempt, Check, Seen, Step, Trouble, facts, item, saying};
use crate::domain::{Extension, Sentence};
use crate::outside::{Device, Emergency, Netsapiens};
use crate::plan::DeviceEnd;
use crate::view::Item;

pub(super) struct RestoreDevice;

/// The PBX accepted it: nothing is sent again until a human says Retry.
const ACCEPTED: &str = "accepted";

struct Wanted<'a> {
    pbx: &'a Netsapiens,
    extension: &'a Extension,
    device: &'a str,
    emergency: Emergency,
}

impl<'a> Wanted<'a> {
    fn of(attempt: &Attempt<'a>) -> Result<Self, Trouble> {
        let removal = attempt.plan.removal().ok_or(Trouble::NotConfigured)?;
        let Some((device, DeviceEnd::Restore(before))) = &removal.device else { return Err(Trouble::NotConfigured) };
        let (address_id, callback) = before.known().ok_or(Trouble::NotConfigured)?;
        Ok(Self {
            pbx: attempt.systems.pbx.as_deref().ok_or(Trouble::NotConfigured)?,
            extension: removal.extension.as_ref().ok_or(Trouble::NotConfigured)?,
            device,
            emergency: Emergency { address_id, callback },
        })
    }

    async fn read(&self) -> Result<Option<Device>, Trouble> {
        Ok(self.pbx.device(self.extension, self.device).await?)
    }

    fn says(&self, id: &str) -> Vec<Item> {
        vec![saying("item-device", Sentence::new(id).with("device", self.device))]
    }
}

/// Nothing was written yet, and the device is not as it was when the plan was made.
fn is_changed_since(attempt: &Attempt<'_>, device: &Device) -> bool {
    let read = attempt.request.facts.as_ref().and_then(|facts| facts.stands.as_ref());
    attempt.before.is_none() && read.is_some_and(|read| read.device.as_ref() != Some(&facts::emergency_before(device)))
}

impl Step for RestoreDevice {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let wanted = Wanted::of(attempt)?;
        Ok(match wanted.read().await? {
            // Somebody removed it: there is nothing to restore.
            None => Check::Already(vec![item("item-device-removed", wanted.device)]),
            Some(device) if device.has_emergency(&wanted.emergency) => {
                Check::Already(wanted.says("value-device-as-before"))
            }
            Some(device) if is_changed_since(attempt, &device) => {
                Check::Already(wanted.says("value-device-changed-since"))
            }
            Some(device) => Check::Needed(image(&device)),
        })
    }

    async fn run(&self, attempt: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        let wanted = Wanted::of(attempt)?;
        wanted.pbx.set_emergency(wanted.extension, wanted.device, &wanted.emergency).await?;
        Ok(Some(ACCEPTED.to_owned()))
    }

    async fn verify(&self, attempt: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        let wanted = Wanted::of(attempt)?;
        Ok(match wanted.read().await? {
            Some(device) if device.has_emergency(&wanted.emergency) => Seen::Yes(wanted.says("value-device-as-before")),
            _ => Seen::NotYet(Sentence::new("wait-device-restored").with("device", wanted.device)),
        })
    }
}
