//! Codes of assets: twelve characters with a check digit.

use serde::{Deserialize, Serialize};

/// Characters of a code.
const LENGTH: usize = 12;
/// Two letters that no country has and no numbering agency gives: codes of the network's own.
const OF_THE_NETWORK: &str = "ZZ";

/// What an asset is known by: an ISIN (ISO 6166), or a code of the network in the same form.
///
/// Two uppercase letters, nine uppercase letters or digits, and a check digit. A code of the network
/// begins with `ZZ`, which ISO 3166 leaves to its users.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetCode([u8; LENGTH]);

impl AssetCode {
    /// Parses twelve characters whose check digit (modulus 10, double-add-double) holds.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let bytes: [u8; LENGTH] = text.as_bytes().try_into().ok()?;
        let [first, second, .., check] = bytes;
        let shaped = first.is_ascii_uppercase()
            && second.is_ascii_uppercase()
            && check.is_ascii_digit()
            && bytes.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        (shaped && checksum(&bytes)? == 0).then_some(Self(bytes))
    }

    /// The code of the network with these nine uppercase letters or digits.
    #[must_use]
    pub fn of_network(middle: &str) -> Option<Self> {
        (0..=9).find_map(|check| Self::new(&format!("{OF_THE_NETWORK}{middle}{check}")))
    }

    /// Whether the network gave it, and no numbering agency.
    #[must_use]
    pub fn is_of_network(&self) -> bool {
        self.text().starts_with(OF_THE_NETWORK)
    }

    /// The code as text.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

/// What a check digit makes zero: letters count as 10 to 35, written as two digits; from the right
/// every second digit is doubled, and the digits of all that are added.
fn checksum(bytes: &[u8]) -> Option<u32> {
    let (mut sum, mut doubled) = (0u32, false);
    for byte in bytes.iter().rev() {
        let value = char::from(*byte).to_digit(36)?;
        let (tens, ones) = (value.checked_div(10)?, value.checked_rem(10)?);
        let digits = if tens > 0 { [Some(ones), Some(tens)] } else { [Some(ones), None] };
        for digit in digits.into_iter().flatten() {
            let counts = if doubled { digit.checked_mul(2)? } else { digit };
            let crossed = counts.checked_div(10)?.checked_add(counts.checked_rem(10)?)?;
            sum = sum.checked_add(crossed)?;
            doubled = !doubled;
        }
    }
    sum.checked_rem(10)
}

impl std::fmt::Debug for AssetCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}

impl std::fmt::Display for AssetCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}

impl Serialize for AssetCode {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() { s.serialize_str(self.text()) } else { self.0.serialize(s) }
    }
}

impl<'de> Deserialize<'de> for AssetCode {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let text = if d.is_human_readable() {
            String::deserialize(d)?
        } else {
            let bytes = <[u8; LENGTH]>::deserialize(d)?;
            String::from_utf8(bytes.to_vec()).map_err(D::Error::custom)?
        };
        let refused = || D::Error::custom("not a valid asset code (12 characters, checked)");
        Self::new(&text).ok_or_else(refused)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::codec::{decode, encode};

    #[test]
    fn a2_an_isin_is_checked_by_its_last_digit() {
        for good in ["US0378331005", "AU0000XVGZA3", "GB0002634946", "DE000BAY0017"] {
            assert_eq!(AssetCode::new(good).unwrap().text(), good);
            assert!(!AssetCode::new(good).unwrap().is_of_network());
            let (stem, check) = good.split_at(11);
            let others = (0..=9).map(|digit| digit.to_string()).filter(|digit| digit != check);
            for other in others {
                assert_eq!(AssetCode::new(&format!("{stem}{other}")), None);
            }
        }
        for bad in [
            "US0373831005",
            "us0378331005",
            "US037833100A",
            "U10378331005",
            "US037833100",
            "US03783310050",
            "US0378 31005",
            "",
        ] {
            assert_eq!(AssetCode::new(bad), None, "{bad}");
        }
    }

    /// However it is checked: what has another form has no check character at all.
    #[test]
    fn a2_two_letters_come_first_and_a_digit_last() {
        let checks = |stem: &str| -> Vec<char> {
            let all = ('0'..='9').chain('A'..='Z').chain('a'..='z');
            all.filter(|check| AssetCode::new(&format!("{stem}{check}")).is_some()).collect()
        };
        assert_eq!((checks("US037833100"), checks("ZZBOND20311").len()), (vec!['5'], 1));
        for bad in ["1S037833100", "U1037833100", "uS037833100", "Us037833100", "US03783310a"] {
            assert!(checks(bad).is_empty(), "{bad}");
        }
    }

    #[test]
    fn a2_a_code_of_the_network_has_the_same_form_and_exactly_one_check_digit() {
        for middle in ["000000000", "BOND20311", "ZZZZZZZZZ"] {
            let code = AssetCode::of_network(middle).unwrap();
            assert!(code.is_of_network());
            let valid = (0..=9).filter(|d| AssetCode::new(&format!("ZZ{middle}{d}")).is_some());
            assert_eq!(valid.count(), 1);
        }
        let all = (0..100).map(|number| AssetCode::of_network(&format!("BOND{number:05}")));
        let digits: BTreeSet<_> = all.map(|code| code.unwrap().text().chars().last()).collect();
        assert_eq!(digits.len(), 10, "every check digit");
        assert_eq!(AssetCode::of_network("bond20311"), None);
        assert_eq!(AssetCode::of_network("BOND2031"), None);
    }

    #[test]
    fn a2_bytes_that_are_no_code_are_refused() {
        let code = AssetCode::new("US0378331005").unwrap();
        let bytes = encode(&code);
        assert_eq!(bytes, b"US0378331005");
        assert_eq!(decode::<AssetCode>(&bytes, 100), Ok(code));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x01;
            assert!(decode::<AssetCode>(&changed, 100).is_err(), "byte {at}");
        }
        assert!(decode::<AssetCode>(&[0xff; 12], 100).is_err());
    }
}
