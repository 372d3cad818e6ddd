//! What may be asked of the audit API, in paths and queries.
//!
//! # Place      a request's path and query -> [asked] -> what looks it up
//! # Invariants a member of a query that is not named here is refused
//! # Absent     whether a height is proven, and whether a name is on the ledger

use ledger_core::time::Height;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use verifier::payments::PaymentRole;

use super::{AuditRefused, currency, issuance, members::PaymentsAsked};
use crate::openapi::text::{CurrencyCode, Id, LeiCode};

/// Which currency, and as of which height.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct AsOf {
    /// A currency of the network.
    #[param(value_type = CurrencyCode)]
    pub(super) currency: String,
    /// As it was after this block; the latest proven one if absent.
    #[serde(default)]
    pub(super) at: Option<u64>,
}

/// Which currency.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct OfCurrency {
    /// A currency of the network.
    #[param(value_type = CurrencyCode)]
    pub(super) currency: String,
}

/// Which currency, and between which heights, both included.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Between {
    /// A currency of the network.
    #[param(value_type = CurrencyCode)]
    pub(super) currency: String,
    /// From this block on; from genesis if absent.
    #[serde(default)]
    from: Option<u64>,
    /// Up to this block; up to the latest proven one if absent.
    #[serde(default)]
    to: Option<u64>,
}

impl Between {
    pub(super) fn span(&self) -> issuance::Span {
        Heights { from: self.from, to: self.to }.span()
    }
}

/// Between which heights, both included.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Heights {
    /// From this block on; from genesis if absent.
    #[serde(default)]
    from: Option<u64>,
    /// Up to this block; up to the latest proven one if absent.
    #[serde(default)]
    to: Option<u64>,
}

impl Heights {
    pub(super) fn span(self) -> issuance::Span {
        issuance::Span { from: Height::new(self.from.unwrap_or(0)), to: self.to.map(Height::new) }
    }
}

/// From which place of a list on.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    /// The place in the list of the first entry that is shown, counted from 0; from 0 if absent.
    #[serde(default)]
    pub(super) from: Option<u64>,
}

/// From which height on.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Since {
    /// A block that the earlier header covers.
    #[param(minimum = 1, example = 4_711)]
    pub(super) from: u64,
}

/// Which payments of a member.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PaymentsOf {
    /// What the member was in them; `any` if absent.
    #[param(value_type = Option<RoleInPayments>)]
    #[serde(default)]
    role: Option<String>,
    /// A currency of the network; all if absent.
    #[param(value_type = Option<CurrencyCode>)]
    #[serde(default)]
    currency: Option<String>,
    /// From this block on; from genesis if absent.
    #[serde(default)]
    from: Option<u64>,
    /// Up to this block; up to the latest proven one if absent.
    #[serde(default)]
    to: Option<u64>,
}

/// What a member is in payments.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code, reason = "only its description is used")]
pub(crate) enum RoleInPayments {
    /// It pays.
    Payer,
    /// It is paid.
    Payee,
    /// Either.
    Any,
}

impl PaymentsOf {
    pub(super) const HINT: &'static str =
        "ask as in ?role=payer|payee|any&currency=USD&from=HEIGHT&to=HEIGHT";

    pub(super) fn read(&self) -> Result<PaymentsAsked, AuditRefused> {
        let role = self.role.as_deref().map_or(Some(PaymentRole::Any), PaymentRole::named);
        Ok(PaymentsAsked {
            role: role.ok_or(AuditRefused::Malformed(Self::HINT))?,
            currency: self.currency.as_deref().map(currency).transpose()?,
            span: Heights { from: self.from, to: self.to }.span(),
        })
    }
}

/// Which account.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub(super) struct AccountPath {
    /// The account's address.
    #[param(value_type = Id)]
    account: String,
}

/// Which member.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub(super) struct MemberPath {
    /// The member's LEI.
    #[param(value_type = LeiCode)]
    lei: String,
}
