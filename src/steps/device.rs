//! Step 3: the connector's device at the PBX, with the approved emergency data.
//!
//! Get or create, never delete and recreate: recreating drops emergency settings and changes the password. The PBX makes
//! the password and we never ask for it. A device that exists gets the two emergency fields and nothing else. One that
//! somebody else made after we had looked, with emergency data of their own, is left alone until a human says Retry.

use serde_json::json;

use super::{Attempt, Check, Seen, Step, Trouble, item};
use crate::domain::{Fixer, Sentence};
use crate::outside::{Device, Emergency, Fault, Netsapiens, OutsideError};

pub(super) struct ConnectorDevice;

fn pbx<'a>(attempt: &'a Attempt<'_>) -> Result<&'a Netsapiens, Trouble> {
    attempt.systems.pbx.as_deref().ok_or(Trouble::NotConfigured)
}

fn wanted(attempt: &Attempt<'_>) -> Emergency {
    let emergency = &attempt.plan.choices.emergency;
    Emergency { address_id: emergency.id.clone(), callback: emergency.callback_number.clone() }
}

/// The before-image of a device that is not there.
const NOTHING: &str = "null";

/// Stops if this device was made by somebody else after we had seen that there was none.
fn refuse_foreign(attempt: &Attempt<'_>, device: &Device) -> Result<(), Trouble> {
    let theirs = device.emergency_address_id.is_some() || device.callback.is_some();
    if attempt.before != Some(NOTHING) || !theirs || device.has_emergency(&wanted(attempt)) {
        return Ok(());
    }
    let cause = Sentence::new("cause-device-made-meanwhile").with("device", &attempt.plan.device);
    Err(Trouble::Cause(cause, Fixer::PbxAdmin))
}

async fn read(attempt: &Attempt<'_>) -> Result<Option<Device>, Trouble> {
    Ok(pbx(attempt)?.device(&attempt.plan.extension, &attempt.plan.device).await?)
}

fn evidence(attempt: &Attempt<'_>) -> Vec<crate::view::Item> {
    vec![
        item("item-device", &attempt.plan.device),
        item("item-emergency-address", &attempt.plan.choices.emergency.name),
    ]
}

impl Step for ConnectorDevice {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let device = match read(attempt).await? {
            Some(device) if device.has_emergency(&wanted(attempt)) => return Ok(Check::Already(evidence(attempt))),
            Some(device) => device,
            None => return Ok(Check::Needed(NOTHING.to_owned())),
        };
        refuse_foreign(attempt, &device)?;
        let (address, callback) = (device.emergency_address_id, device.callback);
        let before = json!({ "emergency-address-id": address, "caller-id-number-emergency": callback });
        Ok(Check::Needed(before.to_string()))
    }

    async fn run(&self, attempt: &Attempt<'_>) -> Result<(), Trouble> {
        let (plan, wanted) = (attempt.plan, wanted(attempt));
        let pbx = pbx(attempt)?;
        if let Some(device) = read(attempt).await? {
            if device.has_emergency(&wanted) {
                return Ok(());
            }
            refuse_foreign(attempt, &device)?;
            return Ok(pbx.set_emergency(&plan.extension, &plan.device, &wanted).await?);
        }
        let made = pbx.create_device(&plan.extension, &plan.device, &wanted).await;
        if let Err(OutsideError { fault: Fault::Conflict, .. }) = &made
            && let Some(device) = read(attempt).await?
        {
            refuse_foreign(attempt, &device)?;
        }
        Ok(made?)
    }

    async fn verify(&self, attempt: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        Ok(match read(attempt).await? {
            Some(device) if device.has_emergency(&wanted(attempt)) => Seen::Yes(evidence(attempt)),
            _ => Seen::NotYet(Sentence::new("wait-device").with("device", &attempt.plan.device)),
        })
    }
}
