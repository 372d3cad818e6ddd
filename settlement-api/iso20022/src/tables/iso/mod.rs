//! @generated from the folder iso by `cargo run -p iso20022 --example schema_tables`.
//!
//! Not to be edited: see the example for how to write it again.

pub(crate) mod admi_002_001_01;
pub(crate) mod admi_004_001_02;
pub(crate) mod admi_006_001_01;
pub(crate) mod admi_007_001_01;
pub(crate) mod admi_011_001_01;
pub(crate) mod camt_026_001_07;
pub(crate) mod camt_028_001_09;
pub(crate) mod camt_029_001_09;
pub(crate) mod camt_052_001_08;
pub(crate) mod camt_053_001_02;
pub(crate) mod camt_053_001_03;
pub(crate) mod camt_053_001_04;
pub(crate) mod camt_053_001_08;
pub(crate) mod camt_054_001_08;
pub(crate) mod camt_055_001_09;
pub(crate) mod camt_056_001_08;
pub(crate) mod camt_060_001_05;
pub(crate) mod head_001_001_02;
pub(crate) mod pacs_002_001_10;
pub(crate) mod pacs_004_001_09;
pub(crate) mod pacs_004_001_10;
pub(crate) mod pacs_008_001_08;
pub(crate) mod pacs_009_001_08;
pub(crate) mod pacs_028_001_03;
pub(crate) mod pain_002_001_10;
pub(crate) mod pain_013_001_07;
pub(crate) mod pain_014_001_07;

use crate::table::Schema;

/// Every table of this folder.
pub(crate) static ALL: &[&Schema] = &[
    &admi_002_001_01::SCHEMA,
    &admi_004_001_02::SCHEMA,
    &admi_006_001_01::SCHEMA,
    &admi_007_001_01::SCHEMA,
    &admi_011_001_01::SCHEMA,
    &camt_026_001_07::SCHEMA,
    &camt_028_001_09::SCHEMA,
    &camt_029_001_09::SCHEMA,
    &camt_052_001_08::SCHEMA,
    &camt_053_001_02::SCHEMA,
    &camt_053_001_03::SCHEMA,
    &camt_053_001_04::SCHEMA,
    &camt_053_001_08::SCHEMA,
    &camt_054_001_08::SCHEMA,
    &camt_055_001_09::SCHEMA,
    &camt_056_001_08::SCHEMA,
    &camt_060_001_05::SCHEMA,
    &head_001_001_02::SCHEMA,
    &pacs_002_001_10::SCHEMA,
    &pacs_004_001_09::SCHEMA,
    &pacs_004_001_10::SCHEMA,
    &pacs_008_001_08::SCHEMA,
    &pacs_009_001_08::SCHEMA,
    &pacs_028_001_03::SCHEMA,
    &pain_002_001_10::SCHEMA,
    &pain_013_001_07::SCHEMA,
    &pain_014_001_07::SCHEMA,
];
