//! Where calls go: the answer rules of an extension, the destination of a number. Reads only.

use serde::Deserialize;
use serde_json::Value;

use super::{Netsapiens, bare, known, text, yes_no};
use crate::domain::{E164, Extension};
use crate::outside::OutsideError;

/// What happens to a call to an extension, at some times or always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRule {
    /// It is in force now; `None`: the PBX does not say.
    pub is_active: Option<bool>,
    /// It is switched on.
    pub is_enabled: bool,
    /// What rings at once, such as `<OwnDevices>`, `1000tm` or `3456;delay=15`; empty: nothing does.
    pub rings: Vec<String>,
    /// Do not disturb is on.
    pub do_not_disturb: bool,
    /// Every call is forwarded.
    pub forwards_always: bool,
}

impl AnswerRule {
    /// It rings all devices of the extension, or this one.
    pub fn rings_device(&self, device: &str) -> bool {
        let target = |ring: &String| ring.split(';').next().unwrap_or_default().trim().to_owned();
        let meant =
            |ring: String| ring.eq_ignore_ascii_case("<OwnDevices>") || bare(&ring).eq_ignore_ascii_case(device);
        self.rings.iter().map(target).any(meant)
    }
}

/// A number of the PBX domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PbxNumber {
    /// The kind of destination: `available-number`, `to-user`, `to-callqueue`, …
    pub application: String,
    /// The destination, often an extension.
    pub destination: Option<String>,
}

impl Netsapiens {
    /// The answer rules of an extension; none if there is no such extension.
    pub async fn answer_rules(&self, extension: &Extension) -> Result<Vec<AnswerRule>, OutsideError> {
        let Some(answer) = known(self.get(self.user_url(extension, &["answerrules"])?).await)? else {
            return Ok(Vec::new());
        };
        Ok(answer.json::<Vec<RuleJson>>()?.into_iter().map(AnswerRule::from).collect())
    }

    /// Where calls to a number go; `None` if the domain does not have it. The PBX writes numbers without the `+`.
    pub async fn number(&self, number: &E164) -> Result<Option<PbxNumber>, OutsideError> {
        let digits = number.as_str().trim_start_matches('+');
        let url = self.endpoint.at(&["domains", self.domain.as_str(), "phonenumbers", digits])?;
        let Some(answer) = known(self.get(url).await)? else { return Ok(None) };
        let json: NumberJson = answer.json()?;
        let application = json.dial_rule_application.unwrap_or_default();
        Ok(Some(PbxNumber { application, destination: json.dial_rule_translation_destination_user }))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct RuleJson {
    #[serde(default, deserialize_with = "yes_no")]
    enabled: Option<bool>,
    #[serde(default, deserialize_with = "yes_no")]
    is_active: Option<bool>,
    simultaneous_ring: Option<SwitchJson>,
    do_not_disturb: Option<SwitchJson>,
    forward_always: Option<SwitchJson>,
}

#[derive(Deserialize)]
struct SwitchJson {
    #[serde(default, deserialize_with = "yes_no")]
    enabled: Option<bool>,
    #[serde(default)]
    parameters: Option<Vec<Value>>,
}

impl SwitchJson {
    fn is_on(&self) -> bool {
        self.enabled == Some(true)
    }
}

impl From<RuleJson> for AnswerRule {
    fn from(json: RuleJson) -> Self {
        let on = |switch: &Option<SwitchJson>| switch.as_ref().is_some_and(SwitchJson::is_on);
        let rings = json.simultaneous_ring.as_ref().filter(|ring| ring.is_on());
        let rings = rings.and_then(|ring| ring.parameters.as_ref()).into_iter().flatten();
        Self {
            is_active: json.is_active,
            is_enabled: json.enabled.unwrap_or(true),
            rings: rings.filter_map(|ring| ring.as_str().map(str::to_owned)).collect(),
            do_not_disturb: on(&json.do_not_disturb),
            forwards_always: on(&json.forward_always),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct NumberJson {
    #[serde(default, deserialize_with = "text")]
    dial_rule_application: Option<String>,
    #[serde(default, deserialize_with = "text")]
    dial_rule_translation_destination_user: Option<String>,
}
