//! A device that was there before us gets its earlier emergency address and callback number back.

use super::device::image;
use super::{Attempt, Check, Seen, Step, Trouble, item};
use crate::domain::{Extension, Sentence};
use crate::outside::{Device, Emergency, Netsapiens};
use crate::plan::DeviceEnd;

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
}

impl Step for RestoreDevice {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let wanted = Wanted::of(attempt)?;
        Ok(match wanted.read().await? {
            // Somebody removed it: there is nothing to restore.
            None => Check::Already(vec![item("item-device-removed", wanted.device)]),
            Some(device) if device.has_emergency(&wanted.emergency) => {
                Check::Already(vec![item("item-device", wanted.device)])
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
            Some(device) if device.has_emergency(&wanted.emergency) => {
                Seen::Yes(vec![item("item-device", wanted.device)])
            }
            _ => Seen::NotYet(Sentence::new("wait-device-restored").with("device", wanted.device)),
        })
    }
}
