//! Step 3: the connector's device at the PBX, with the approved emergency data.
//!
//! Get or create, never delete and recreate: recreating drops emergency settings and changes the password. The PBX makes
//! the password and we never ask for it. A device that exists gets the two emergency fields and nothing else. One that
//! somebody else made after we had looked, with emergency data of their own, is left alone until a human says Retry.

use serde_json::json;

use super::{Attempt, Check, Seen, Step, Trouble, item};
use crate::domain::{Fixer, Sentence};
use crate::outside::{Device, Emergency, Fault, Netsapiens, OutsideError};
use crate::plan::ConnecttoTeamsTarget;

pub(super) struct ConnectorDevice;

fn pbx<'a>(attempt: &'a Attempt<'_>) -> Result<&'a Netsapiens, Trouble> {
    attempt.systems.pbx.as_deref().ok_or(Trouble::NotConfigured)
}

fn wanted(target: &ConnecttoTeamsTarget) -> Emergency {
    let emergency = &target.choices.emergency;
    Emergency { address_id: emergency.id.clone(), callback: emergency.callback_number.clone() }
}

/// The before-image of a device: its emergency data.
pub(super) fn image(device: &Device) -> String {
    let (address, callback) = (&device.emergency_address_id, &device.callback);
    json!({ "emergency-address-id": address, "caller-id-number-emergency": callback }).to_string()
}

/// The before-image of a device that is not there.
const NOTHING: &str = "null";

/// Stops if this device was made by somebody else after we had seen that there was none.
fn refuse_foreign(attempt: &Attempt<'_>, device: &Device) -> Result<(), Trouble> {
    let target = attempt.connecttoteams()?;
    let theirs = device.emergency_address_id.is_some() || device.callback.is_some();
    if attempt.before != Some(NOTHING) || !theirs || device.has_emergency(&wanted(target)) {
        return Ok(());
    }
    let cause = Sentence::new("cause-device-made-meanwhile").with("device", &target.device);
    Err(Trouble::Cause(cause, Fixer::PbxAdmin))
}

async fn read(attempt: &Attempt<'_>) -> Result<Option<Device>, Trouble> {
    let target = attempt.connecttoteams()?;
    Ok(pbx(attempt)?.device(&target.extension, &target.device).await?)
}

fn evidence(target: &ConnecttoTeamsTarget) -> Vec<crate::view::Item> {
    vec![item("item-device", &target.device), item("item-emergency-address", &target.choices.emergency.name)]
}

impl Step for ConnectorDevice {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let target = attempt.connecttoteams()?;
        let device = match read(attempt).await? {
            Some(device) if device.has_emergency(&wanted(target)) => return Ok(Check::Already(evidence(target))),
            Some(device) => device,
            None => return Ok(Check::Needed(NOTHING.to_owned())),
        };
        refuse_foreign(attempt, &device)?;
        Ok(Check::Needed(image(&device)))
    }

    async fn run(&self, attempt: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        let (target, pbx) = (attempt.connecttoteams()?, pbx(attempt)?);
        let wanted = wanted(target);
        if let Some(device) = read(attempt).await? {
            if device.has_emergency(&wanted) {
                return Ok(None);
            }
            refuse_foreign(attempt, &device)?;
            pbx.set_emergency(&target.extension, &target.device, &wanted).await?;
            return Ok(None);
        }
        let made = pbx.create_device(&target.extension, &target.device, &wanted).await;
        if let Err(OutsideError { fault: Fault::Conflict, .. }) = &made
            && let Some(device) = read(attempt).await?
        {
            refuse_foreign(attempt, &device)?;
        }
        made?;
        Ok(None)
    }

    async fn verify(&self, attempt: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        let target = attempt.connecttoteams()?;
        Ok(match read(attempt).await? {
            Some(device) if device.has_emergency(&wanted(target)) => Seen::Yes(evidence(target)),
            _ => Seen::NotYet(Sentence::new("wait-device").with("device", &target.device)),
        })
    }
}
