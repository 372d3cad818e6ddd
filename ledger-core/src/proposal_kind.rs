//! Kinds of proposals: what a threshold is set for.
//!
//! # Place      `parameters` keeps the number of persons of each kind; `proposal` and `ballot` ask for it
//! # Invariants I5 a grant of a network's role is a kind of its own, apart from members' keys
//! # Absent     what a member decides about itself: its own policy says how many persons that needs

use serde::{Deserialize, Serialize};

use crate::{authority::Role, command::Action, member::is_member_role, parameters::Change};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $role:ident;)*) => {
        /// What a proposal of the network is about. Append-only.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum ProposalKind {
            $($(#[$doc])* $name,)*
        }

        impl ProposalKind {
            /// All of them, in the order of the wire format.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name in files and on screens.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The role whose persons decide it.
            #[must_use]
            pub const fn role(self) -> Role {
                match self { $(Self::$name => Role::$role,)* }
            }
        }
    };
}

kinds! {
    /// [`Action::AdmitMember`], [`Action::NameMember`].
    AdmitMember = "admit_member", Operator;
    /// [`Action::OpenAccount`].
    OpenAccount = "open_account", Operator;
    /// [`Action::RegisterReserve`].
    RegisterReserve = "register_reserve", Operator;
    /// [`Action::RegisterKey`] for a role of members.
    RegisterKey = "register_key", Operator;
    /// [`Action::RegisterKey`] for any other role.
    GrantRole = "grant_role", Operator;
    /// [`Action::RevokeKey`].
    RevokeKey = "revoke_key", Operator;
    /// [`Action::RotateKey`].
    RotateKey = "rotate_key", Operator;
    /// [`Action::SuspendMember`].
    SuspendMember = "suspend_member", Operator;
    /// [`Action::ReinstateMember`].
    ReinstateMember = "reinstate_member", Operator;
    /// [`Action::SetMintTerms`].
    SetMintTerms = "set_mint_terms", Operator;
    /// [`Action::SetPaymentTerms`].
    SetPaymentTerms = "set_payment_terms", Operator;
    /// [`Action::Mint`].
    Mint = "mint", Treasury;
    /// [`Action::InstructPayout`].
    InstructPayout = "instruct_payout", Treasury;
    /// [`Action::ConfirmPayout`].
    ConfirmPayout = "confirm_payout", Treasury;
    /// [`Action::CancelPayout`].
    CancelPayout = "cancel_payout", Treasury;
    /// [`Action::Unfreeze`].
    Unfreeze = "unfreeze", NetworkCompliance;
    /// [`Action::RegisterList`].
    RegisterList = "register_list", NetworkCompliance;
    /// [`Action::SetScreening`].
    SetScreening = "set_screening", NetworkCompliance;
    /// [`Action::SetMovementTerms`].
    SetMovementTerms = "set_movement_terms", NetworkCompliance;
    /// [`Action::Seize`].
    Seize = "seize", NetworkCompliance;
    /// [`Action::CreatePolicy`].
    CreatePolicy = "create_policy", NetworkCompliance;
    /// [`Action::ListInPolicy`].
    ListInPolicy = "list_in_policy", NetworkCompliance;
    /// [`Action::ChangeParameters`] that sets no threshold.
    ChangeLimits = "change_limits", Operator;
    /// [`Action::ChangeParameters`] that sets a threshold.
    ChangeThresholds = "change_thresholds", Operator;
    /// [`Action::ChangeValidators`].
    ChangeValidators = "change_validators", Operator;
    /// [`Action::RegisterAsset`].
    RegisterAsset = "register_asset", Operator;
    /// [`Action::SetAssetStatus`].
    SetAssetStatus = "set_asset_status", Operator;
    /// [`Action::IssueUnits`].
    IssueUnits = "issue_units", Registrar;
    /// [`Action::CancelUnits`].
    CancelUnits = "cancel_units", Registrar;
    /// [`Action::PublishModules`] of a contract.
    PublishContract = "publish_contract", Operator;
    /// [`Action::PublishModules`] of the network's own.
    PublishStandard = "publish_standard", Operator;
    /// [`Action::HaltNetwork`].
    HaltNetwork = "halt_network", Operator;
    /// [`Action::ResumeNetwork`].
    ResumeNetwork = "resume_network", Operator;
    /// [`Action::MoveValidator`].
    MoveValidator = "move_validator", Operator;
    /// [`Action::SetDirectoryTerms`].
    SetDirectoryTerms = "set_directory_terms", Operator;
}

impl ProposalKind {
    /// The kind of an action; `None` for what a member decides about itself.
    #[must_use]
    pub fn of(action: &Action) -> Option<Self> {
        Some(match action {
            Action::AdmitMember(_) | Action::NameMember(_) => Self::AdmitMember,
            Action::OpenAccount { .. } => Self::OpenAccount,
            Action::RegisterReserve { .. } => Self::RegisterReserve,
            Action::RegisterKey(grant) if is_member_role(grant.role) => Self::RegisterKey,
            Action::RegisterKey(_) => Self::GrantRole,
            Action::RevokeKey { .. } => Self::RevokeKey,
            Action::RotateKey(_) => Self::RotateKey,
            Action::SuspendMember { .. } => Self::SuspendMember,
            Action::ReinstateMember { .. } => Self::ReinstateMember,
            Action::SetMintTerms { .. } => Self::SetMintTerms,
            Action::SetPaymentTerms { .. } => Self::SetPaymentTerms,
            Action::Mint { .. } => Self::Mint,
            Action::InstructPayout { .. } => Self::InstructPayout,
            Action::ConfirmPayout { .. } => Self::ConfirmPayout,
            Action::CancelPayout { .. } => Self::CancelPayout,
            Action::Unfreeze { .. } => Self::Unfreeze,
            Action::RegisterList { .. } => Self::RegisterList,
            Action::SetScreening { .. } => Self::SetScreening,
            Action::SetMovementTerms { .. } => Self::SetMovementTerms,
            Action::Seize(_) => Self::Seize,
            Action::CreatePolicy { .. } => Self::CreatePolicy,
            Action::ListInPolicy { .. } => Self::ListInPolicy,
            Action::ChangeParameters(asked) if asked.changes.iter().any(Change::is_threshold) => {
                Self::ChangeThresholds
            }
            Action::ChangeParameters(_) => Self::ChangeLimits,
            Action::ChangeValidators(_) => Self::ChangeValidators,
            Action::RegisterAsset(_) => Self::RegisterAsset,
            Action::SetAssetStatus { .. } => Self::SetAssetStatus,
            Action::IssueUnits { .. } => Self::IssueUnits,
            Action::CancelUnits { .. } => Self::CancelUnits,
            Action::PublishModules(bundle) if bundle.is_standard() => Self::PublishStandard,
            Action::PublishModules(_) => Self::PublishContract,
            Action::HaltNetwork(_) => Self::HaltNetwork,
            Action::ResumeNetwork { .. } => Self::ResumeNetwork,
            Action::MoveValidator(_) => Self::MoveValidator,
            Action::SetDirectoryTerms { .. } => Self::SetDirectoryTerms,
            Action::RotateOwnKey(_)
            | Action::RegisterOwnKey(_)
            | Action::RevokeOwnKey { .. }
            | Action::SetRolePolicy { .. }
            | Action::SetAccountPolicy { .. }
            | Action::SetKeyLimits { .. }
            | Action::OpenSubAccount(_)
            | Action::ChangeDirectory(_)
            | Action::RevokeMessageKey { .. }
            | Action::Vote { .. } => return None,
        })
    }

    /// Whether members vote on it, after those who decide it.
    #[must_use]
    pub const fn before_members(self) -> bool {
        matches!(
            self,
            Self::ChangeLimits
                | Self::ChangeThresholds
                | Self::ChangeValidators
                | Self::PublishStandard
                | Self::MoveValidator
        )
    }
}
