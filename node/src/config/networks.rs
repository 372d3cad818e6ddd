//! `[institution] shared_networks`: private networks in which other members' gateways may be.

use serde::{Deserialize as _, Deserializer, de::Error as _};
use settlement_api::peers::{Networks, shared_network};

/// Reads them.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Networks, D::Error> {
    let one = |text: String| {
        shared_network(&text).ok_or_else(|| {
            D::Error::custom(format!(
                "{text} is no network within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 or \
                 fc00::/7, spelled as its first address and its length, as in 172.28.77.0/24"
            ))
        })
    };
    Vec::<String>::deserialize(deserializer)?.into_iter().map(one).collect()
}
