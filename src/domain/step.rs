//! The steps of all carriers by name.

use serde::{Deserialize, Serialize};

/// Every step of every carrier. Which of them a plan has, and in which order, stands in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// The subject is (still) ready.
    SubjectReady,
    /// The extension is (still) free.
    ExtensionFree,
    /// The PBX device of the connector.
    Device,
    /// The user at ConnecttoTeams.
    PbxUser,
    /// Microsoft shows the line.
    Sync,
    /// Microsoft has calling switched on.
    Enable,
    /// Everything read back.
    Proof,
    /// The number is (still) free.
    NumberFree,
    /// The number is the subject's.
    AssignNumber,
    /// The voice routing policy is the subject's.
    VoiceRoute,
    /// The user in CallTower Connect, with a location.
    ConnectUser,
    /// Service plan and number in CallTower Connect.
    ConnectService,
    /// Microsoft shows the number that was saved there.
    NumberShown,
    /// The line that goes or changes is (still) the one that was looked at.
    LineStands,
    /// What was removed at Microsoft too early is there again.
    BackAtMicrosoft,
    /// Calling is switched off at the carrier.
    DisableCalling,
    /// The disabled user is deleted at the carrier.
    DeleteUser,
    /// The connector's device is gone from the PBX.
    RemoveDevice,
    /// The device at the PBX has its earlier emergency data again.
    RestoreDevice,
    /// The user is deleted in CallTower Connect.
    DeleteInConnect,
    /// Other values in CallTower Connect.
    ChangeInConnect,
    /// The number is nobody's at Microsoft.
    UnassignNumber,
    /// The user has the earlier voice routing policy again.
    RestorePolicy,
    /// Everything read back: nothing of the line is left.
    Clean,
    /// The licence or the account is removed at Microsoft.
    MicrosoftSide,
    /// A User Group Sync at the carrier.
    GroupSync,
    /// The subject is in the group that the carrier syncs.
    JoinGroup,
}

impl StepKind {
    /// All of them; those of giving a line stand in their order.
    pub const ALL: [Self; 27] = [
        Self::SubjectReady,
        Self::ExtensionFree,
        Self::Device,
        Self::PbxUser,
        Self::Sync,
        Self::Enable,
        Self::NumberFree,
        Self::AssignNumber,
        Self::VoiceRoute,
        Self::ConnectUser,
        Self::ConnectService,
        Self::NumberShown,
        Self::Proof,
        Self::LineStands,
        Self::BackAtMicrosoft,
        Self::DisableCalling,
        Self::DeleteUser,
        Self::RemoveDevice,
        Self::RestoreDevice,
        Self::DeleteInConnect,
        Self::ChangeInConnect,
        Self::UnassignNumber,
        Self::RestorePolicy,
        Self::Clean,
        Self::MicrosoftSide,
        Self::GroupSync,
        Self::JoinGroup,
    ];

    /// Stable name for the journal, metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::SubjectReady => "subject-ready",
            Self::ExtensionFree => "extension-free",
            Self::Device => "device",
            Self::PbxUser => "pbx-user",
            Self::Sync => "sync",
            Self::Enable => "enable",
            Self::Proof => "proof",
            Self::NumberFree => "number-free",
            Self::AssignNumber => "assign-number",
            Self::VoiceRoute => "voice-route",
            Self::ConnectUser => "connect-user",
            Self::ConnectService => "connect-service",
            Self::NumberShown => "number-shown",
            Self::LineStands => "line-stands",
            Self::BackAtMicrosoft => "back-at-microsoft",
            Self::DisableCalling => "disable-calling",
            Self::DeleteUser => "delete-user",
            Self::RemoveDevice => "remove-device",
            Self::RestoreDevice => "restore-device",
            Self::DeleteInConnect => "delete-in-connect",
            Self::ChangeInConnect => "change-in-connect",
            Self::UnassignNumber => "unassign-number",
            Self::RestorePolicy => "restore-policy",
            Self::Clean => "clean",
            Self::MicrosoftSide => "microsoft-side",
            Self::GroupSync => "group-sync",
            Self::JoinGroup => "join-group",
        }
    }

    /// True for steps that only look again before anything is changed.
    pub fn is_recheck(self) -> bool {
        matches!(self, Self::SubjectReady | Self::ExtensionFree | Self::NumberFree | Self::LineStands)
    }

    /// True for work in a portal that nothing outside confirms: it counts as done when somebody says so, and as no more.
    pub fn is_portal_work(self) -> bool {
        matches!(self, Self::ConnectUser | Self::ConnectService | Self::ChangeInConnect | Self::GroupSync)
    }

    /// True for what nothing but people can do: until one of them says so, nothing was changed.
    pub fn is_done_by_people(self) -> bool {
        let away = matches!(self, Self::DisableCalling | Self::DeleteUser | Self::DeleteInConnect);
        self.is_portal_work() || away || matches!(self, Self::BackAtMicrosoft | Self::MicrosoftSide)
    }

    /// True where everything is read back; in the end only Microsoft 365 is finished, and mending has no such step.
    pub fn is_proof(self) -> bool {
        matches!(self, Self::Proof | Self::Clean)
    }

    /// True for what the bot does, and people can be asked to do instead.
    pub fn may_be_guided(self) -> bool {
        let set = matches!(self, Self::Device | Self::PbxUser | Self::Sync | Self::Enable | Self::JoinGroup);
        let microsoft =
            matches!(self, Self::AssignNumber | Self::VoiceRoute | Self::UnassignNumber | Self::RestorePolicy);
        set || microsoft || matches!(self, Self::RemoveDevice | Self::RestoreDevice)
    }

    /// True for what is read at the PBX rather than at Microsoft.
    pub fn is_at_the_pbx(self) -> bool {
        matches!(self, Self::Device | Self::RemoveDevice | Self::RestoreDevice)
    }

    /// True for what can be read back, at least in part: that a user was deleted takes somebody's word as well. Otherwise it
    /// counts as done when somebody says so.
    pub fn can_be_verified(self) -> bool {
        !self.is_portal_work() && self != Self::PbxUser
    }
}
