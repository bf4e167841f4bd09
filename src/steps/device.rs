//! Step 3: the connector's device at the PBX, with the approved emergency data.
//!
//! Get or create, never delete and recreate: recreating drops emergency settings and changes the password. The PBX makes
//! the password and we never ask for it. A device that exists gets the two emergency fields and nothing else.

use serde_json::json;

use super::{Attempt, Check, Seen, Step, Trouble, item};
use crate::domain::Sentence;
use crate::outside::{Device, Emergency, Netsapiens};

pub(super) struct ConnectorDevice;

fn pbx<'a>(attempt: &'a Attempt<'_>) -> Result<&'a Netsapiens, Trouble> {
    attempt.systems.pbx.as_deref().ok_or(Trouble::NotConfigured)
}

fn wanted(attempt: &Attempt<'_>) -> Emergency {
    let emergency = &attempt.plan.choices.emergency;
    Emergency { address_id: emergency.id.clone(), callback: emergency.callback_number.clone() }
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
        Ok(match read(attempt).await? {
            Some(device) if device.has_emergency(&wanted(attempt)) => Check::Already(evidence(attempt)),
            Some(device) => Check::Needed(
                json!({ "emergency-address-id": device.emergency_address_id, "caller-id-number-emergency": device.callback })
                    .to_string(),
            ),
            None => Check::Needed("null".to_owned()),
        })
    }

    async fn run(&self, attempt: &Attempt<'_>) -> Result<(), Trouble> {
        let (plan, wanted) = (attempt.plan, wanted(attempt));
        let exists = read(attempt).await?.is_some();
        let pbx = pbx(attempt)?;
        if exists {
            pbx.set_emergency(&plan.extension, &plan.device, &wanted).await?;
        } else {
            pbx.create_device(&plan.extension, &plan.device, &wanted).await?;
        }
        Ok(())
    }

    async fn verify(&self, attempt: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        Ok(match read(attempt).await? {
            Some(device) if device.has_emergency(&wanted(attempt)) => Seen::Yes(evidence(attempt)),
            _ => Seen::NotYet(Sentence::new("wait-device").with("device", &attempt.plan.device)),
        })
    }
}
