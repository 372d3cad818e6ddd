//! Where a gateway may be: what the directory's endpoints must look like before anything is sent.
//!
//! Letters are sealed, but a request to an address inside the sender's own walls could do harm there,
//! so an endpoint names a host that can be anybody's.
//!
//! # Place      directory entry -> [endpoint] -> the gateway's client, which follows no redirect
//! # Invariants B11 `https` and a host that is public or of a network that this bank shares with others,
//! #            unless both banks are of a demo on one machine
//! # Absent     resolving names: what a name resolves to is checked by [`Reach::takes`] when it is known

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use ledger_core::id::Text;

/// Why nothing is sent to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Not `https://host[:port][/path]`.
    #[error("the endpoint is not an https address with a host; have the directory corrected")]
    Malformed,
    /// An address of one machine or one network.
    #[error("the endpoint is a private address; have the directory corrected")]
    Private,
}

impl EndpointError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "endpoint_malformed",
            Self::Private => "endpoint_private",
        }
    }
}

/// Networks that a bank shares with others beside the public one: a consortium's own lines.
pub type Networks = Arc<[IpNet]>;

/// What RFC 1918, RFC 6598 and RFC 4193 set aside for networks that are nobody else's.
const PRIVATE: [IpNet; 5] = [
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8)),
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(172, 16, 0, 0), 12)),
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 0, 0), 16)),
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(100, 64, 0, 0), 10)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7)),
];

/// Reads a network that banks share, as in `172.28.0.0/16`; `None` if it is not within a private range.
#[must_use]
pub fn shared_network(text: &str) -> Option<IpNet> {
    let network: IpNet = text.parse().ok()?;
    let spelled = network == network.trunc();
    (spelled && PRIVATE.iter().any(|range| range.contains(&network))).then_some(network)
}

/// Which endpoints are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Of banks anywhere, and in these networks.
    Beyond(Networks),
    /// Of a demo on this machine: the loopback address, and nothing else.
    Loopback,
}

impl Reach {
    /// Whether something is sent to an address.
    #[must_use]
    pub fn takes(&self, address: &IpAddr) -> bool {
        match self {
            Self::Beyond(networks) => {
                is_public(address) || networks.iter().any(|network| network.contains(address))
            }
            Self::Loopback => address.is_loopback(),
        }
    }
}

/// The host of an endpoint to which letters may be sent.
///
/// # Errors
/// [`EndpointError`].
pub fn host<'a>(endpoint: &'a Text, reach: &Reach) -> Result<&'a str, EndpointError> {
    let plain = endpoint.get().strip_prefix("http://").filter(|_| *reach == Reach::Loopback);
    let rest = endpoint.get().strip_prefix("https://").or(plain);
    let rest = rest.ok_or(EndpointError::Malformed)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') || rest.contains(['?', '#', '\\']) {
        return Err(EndpointError::Malformed);
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(inner) => inner.split_once(']').ok_or(EndpointError::Malformed)?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let number = port.strip_prefix(':').map(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    if host.is_empty() || !(port.is_empty() || number == Some(true)) {
        return Err(EndpointError::Malformed);
    }
    let address: Option<IpAddr> = host.parse().ok();
    match (reach, address) {
        (_, Some(address)) if reach.takes(&address) => Ok(host),
        (_, Some(_)) | (Reach::Loopback, None) => Err(EndpointError::Private),
        (Reach::Beyond(_), None) => name(host),
    }
}

/// A host name of at least two parts that nobody resolves inside a network only.
fn name(host: &str) -> Result<&str, EndpointError> {
    let part = |part: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&part.len())
            && part.bytes().all(inner)
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    let lower = last.to_ascii_lowercase();
    // A last part of digits would be an address in another spelling.
    let numeric = lower.bytes().all(|byte| byte.is_ascii_digit()) || lower.starts_with("0x");
    if !host.split('.').all(part) || numeric || host.len() > 253 {
        return Err(EndpointError::Malformed);
    }
    let inside = ["local", "localhost", "internal", "intranet", "lan", "home", "corp", "arpa"];
    if !host.contains('.') || inside.contains(&lower.as_str()) {
        return Err(EndpointError::Private);
    }
    Ok(host)
}

/// Whether an address can be anybody's: not of this machine, a private network, a link, a group, a
/// translation or a document.
fn is_public(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(*address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocol = (a, b, c) == (192, 0, 0) || (a, b, c) == (192, 88, 99);
    let benchmark = a == 198 && (18..20).contains(&b);
    !(a == 0
        || a >= 224
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation()
        || shared
        || protocol
        || benchmark)
}

fn is_public_v6(address: &Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Only 2000::/3 is given to anybody, and of it neither Teredo, 6to4 nor documents.
    (first & 0xe000) == 0x2000
        && first != 0x2002
        && (first, second) != (0x2001, 0x0000)
        && (first, second) != (0x2001, 0x0db8)
        && (first & 0xfff0) != 0x3ff0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(endpoint: &str, reach: &Reach) -> Result<String, EndpointError> {
        host(&Text::new(endpoint).unwrap(), reach).map(str::to_owned)
    }

    fn public() -> Reach {
        Reach::Beyond(Arc::new([]))
    }

    #[test]
    fn b11_an_endpoint_is_https_to_a_public_host() {
        let good = [
            ("https://gateway.bank.example", "gateway.bank.example"),
            ("https://bank.example:8443/florin", "bank.example"),
            ("https://8.8.8.8", "8.8.8.8"),
            ("https://[2a00:1450::1]:443/x", "2a00:1450::1"),
        ];
        for (endpoint, host) in good {
            assert_eq!(of(endpoint, &public()).as_deref(), Ok(host), "{endpoint}");
        }
        let malformed = [
            "http://bank.example",
            "ftp://bank.example",
            "https://",
            "https://user@bank.example",
            "https://bank.example:0",
            "https://bank.example:port",
            "https://bank.example:",
            "https://bank.example?q",
            "https://bank.example/#a",
            "https://bank.example\\@other.example",
            "https://bank..example",
            "https://-bank.example",
            "https://bank_1.example",
            "https://[::1",
            "https://2130706433",
            "https://0x7f.1",
            "https://127.0.0.0X1",
            "https://169.254.169.0XFE",
            "https://127.1",
            "bank.example",
        ];
        for endpoint in malformed {
            let found = of(endpoint, &public());
            assert_eq!(found, Err(EndpointError::Malformed), "{endpoint}");
        }
    }

    #[test]
    fn b11_private_addresses_and_names_are_refused() {
        let private = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.1.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[fe80::1]",
            "[fc00::1]",
            "[ff02::1]",
            "[::ffff:127.0.0.1]",
            "[64:ff9b::a00:1]",
            "[2001:db8::1]",
            "[2001::1]",
            "[2002:7f00:1::]",
            "localhost",
            "gateway",
            "bank.local",
            "bank.LOCALHOST",
            "bank.internal",
        ];
        for host in private {
            let found = of(&format!("https://{host}/"), &public());
            assert_eq!(found, Err(EndpointError::Private), "{host}");
        }
        let neighbours =
            ["9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.32.0.0"];
        for host in neighbours {
            assert!(of(&format!("https://{host}"), &public()).is_ok(), "{host}");
        }
    }

    #[test]
    fn b11_a_demo_reaches_its_own_machine_and_nothing_else() {
        assert!(of("http://127.0.0.1:8080", &Reach::Loopback).is_ok());
        assert!(of("http://[::1]:8080", &Reach::Loopback).is_ok());
        assert_eq!(of("http://10.0.0.1", &Reach::Loopback), Err(EndpointError::Private));
        assert_eq!(of("http://localhost", &Reach::Loopback), Err(EndpointError::Private));
        assert!(of("https://127.0.0.1:8443", &Reach::Loopback).is_ok());
        assert_eq!(of("https://10.0.0.1", &Reach::Loopback), Err(EndpointError::Private));
        assert_eq!(of("https://bank.example", &Reach::Loopback), Err(EndpointError::Private));
        assert_eq!(of("http://127.0.0.1", &public()), Err(EndpointError::Malformed));
    }

    #[test]
    fn b11_a_shared_network_is_reached_and_its_neighbours_are_not() {
        let lines = Reach::Beyond([shared_network("172.28.77.0/24").unwrap()].into());
        assert!(of("https://172.28.77.21:7311", &lines).is_ok());
        assert!(of("https://8.8.8.8", &lines).is_ok());
        assert!(of("https://bank-a.example", &lines).is_ok());
        for host in
            ["172.28.76.255", "172.28.78.0", "127.0.0.1", "169.254.169.254", "[::1]", "gateway"]
        {
            let found = of(&format!("https://{host}"), &lines);
            assert_eq!(found, Err(EndpointError::Private), "{host}");
        }
        assert_eq!(of("http://172.28.77.21", &lines), Err(EndpointError::Malformed));
        for good in ["10.0.0.0/8", "192.168.1.0/24", "100.64.0.0/10", "fd00:1::/32"] {
            assert!(shared_network(good).is_some(), "{good}");
        }
        let bad = [
            "0.0.0.0/0",
            "8.0.0.0/8",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.0.0.0/8",
            "172.28.77.1/24",
            "::/0",
            "fe80::/10",
            "172.28.77.1",
            "",
        ];
        for text in bad {
            assert_eq!(shared_network(text), None, "{text}");
        }
    }
}
