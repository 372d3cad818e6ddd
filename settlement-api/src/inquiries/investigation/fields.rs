//! Fields of a case as reasons of an investigation and their parts.
//!
//! # Invariants B12 what is written for a field is read as that field; a reason alone asks for no
//! #            field, but for the purpose: an answer must give what is asked for

use interbank::content::Field;

/// Fields whose reason and part are codes of the external lists.
const CODED: [(Field, &str, Option<&str>); 9] = [
    (Field::DebtorName, "DTOR", Some("RQNM")),
    (Field::DebtorAccount, "DTOR", Some("RQAC")),
    (Field::DebtorAddress, "DTOR", Some("RQPA")),
    (Field::CreditorName, "CTOR", Some("RQNM")),
    (Field::CreditorAccount, "CTOR", Some("RQAC")),
    (Field::CreditorAddress, "CTOR", Some("RQPA")),
    (Field::Relationship, "RQPR", Some("RQRE")),
    (Field::SourceOfFunds, "DTOR", Some("RQUP")),
    (Field::Purpose, "PURP", None),
];

/// How a field is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spelled {
    /// `Rsn/Cd`.
    pub(super) reason: &'static str,
    /// `RsnSubTp/Cd`.
    pub(super) part: Option<&'static str>,
    /// `RsnSubTp/Prtry`: the field's own name, where the list has no code.
    pub(super) part_name: Option<&'static str>,
}

/// How a field is written.
pub(super) fn spelled(field: Field) -> Spelled {
    match CODED.iter().find(|(coded, ..)| *coded == field) {
        Some((_, reason, part)) => Spelled { reason, part: *part, part_name: None },
        None => Spelled { reason: field.reason(), part: None, part_name: Some(field.name()) },
    }
}

/// The field that a reason and its part ask for, if they ask for one.
pub(super) fn field(
    reason: Option<&str>,
    part: Option<&str>,
    part_name: Option<&str>,
) -> Option<Field> {
    if let Some(name) = part_name {
        return Field::from_name(name);
    }
    let coded = CODED.iter().find(|(_, of, own)| Some(*of) == reason && *own == part);
    coded.map(|(field, ..)| *field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b12_every_field_is_read_as_it_is_written_and_its_codes_are_of_the_lists() {
        let codes = |set| iso20022::tables::external_codes(set).unwrap();
        let (reasons, parts) = (
            codes("ExternalInvestigationReason1Code"),
            codes("ExternalInvestigationReasonSubType1Code"),
        );
        for asked in Field::ALL {
            let Spelled { reason, part, part_name } = spelled(asked);
            assert_eq!(field(Some(reason), part, part_name), Some(asked), "{asked:?}");
            assert!(reasons.contains(&reason), "{asked:?}");
            assert!(part.is_none_or(|part| parts.contains(&part)), "{asked:?}");
            assert!(part_name.is_none_or(|name| name.len() <= 35), "{asked:?}");
        }
        assert_eq!(field(Some("DTOR"), None, None), None);
        assert_eq!(field(Some("AMNT"), None, None), None);
        assert_eq!(field(Some("CTOR"), Some("RQUP"), None), None);
    }
}
