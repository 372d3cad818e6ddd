//! Where a customer can be written to, as a core system says it.

use iso20022::PostalAddress;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A postal address: structured, or in lines, or both (the schema's limits, and those of the rules that a
/// bank keeps).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressInput {
    /// A department; 70 characters at most.
    pub department: Option<String>,
    /// A part of it; 70.
    pub sub_department: Option<String>,
    /// The street; 70.
    pub street: Option<String>,
    /// Number of the building; 16.
    pub building_number: Option<String>,
    /// Name of the building; 35.
    pub building_name: Option<String>,
    /// The floor; 70.
    pub floor: Option<String>,
    /// The post box; 16.
    pub post_box: Option<String>,
    /// The room; 70.
    pub room: Option<String>,
    /// The postal code; 16.
    pub post_code: Option<String>,
    /// The town; 35.
    pub town: Option<String>,
    /// A part of it; 35.
    pub town_location: Option<String>,
    /// The district; 35.
    pub district: Option<String>,
    /// State, province or another part of a country; 35.
    pub subdivision: Option<String>,
    /// ISO 3166 code of the country.
    #[schema(example = "NO")]
    pub country: Option<String>,
    /// Lines of 70 characters at most; seven at most.
    #[serde(default)]
    pub lines: Vec<String>,
}

/// The parts of an address, moved from one form into the other: both have the same.
macro_rules! moved {
    ($from:ty => $to:ty: $($part:ident)*) => {
        impl From<$from> for $to {
            fn from(address: $from) -> Self {
                Self { $($part: address.$part),* }
            }
        }
    };
    ($from:ty => $to:ty) => {
        moved!($from => $to: department sub_department street building_number building_name floor post_box
            room post_code town town_location district subdivision country lines);
    };
}

moved!(AddressInput => PostalAddress);
moved!(PostalAddress => AddressInput);
