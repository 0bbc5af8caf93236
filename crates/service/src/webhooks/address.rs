//! Which addresses a request of ours may go to.

use crate::settings::WebhookTargets;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Of IPv4, what is not for everybody (IANA's registry of special-purpose addresses, and multicast).
const SPECIAL_V4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),       // this network
    ([10, 0, 0, 0], 8),      // private
    ([100, 64, 0, 0], 10),   // shared by the customers of a provider
    ([127, 0, 0, 0], 8),     // loopback
    ([169, 254, 0, 0], 16),  // link-local, and where clouds keep their secrets
    ([172, 16, 0, 0], 12),   // private
    ([192, 0, 0, 0], 24),    // protocols
    ([192, 0, 2, 0], 24),    // documentation
    ([192, 88, 99, 0], 24),  // 6to4 relays
    ([192, 168, 0, 0], 16),  // private
    ([198, 18, 0, 0], 15),   // benchmarks
    ([198, 51, 100, 0], 24), // documentation
    ([203, 0, 113, 0], 24),  // documentation
    ([224, 0, 0, 0], 4),     // multicast
    ([240, 0, 0, 0], 4),     // reserved, and broadcast
];

/// Of the one range of IPv6 that is for everybody, what is not. All that carries an IPv4 address is outside of the range, or
/// is here.
const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocols, among them Teredo
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

const UNIQUE_LOCAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7);

/// Whether a request may go there.
pub(crate) fn is_allowed(address: IpAddr, targets: WebhookTargets) -> bool {
    is_public(address)
        || match targets {
            WebhookTargets::Public => false,
            WebhookTargets::Loopback => is_loopback(address),
            WebhookTargets::Private => is_loopback(address) || is_private(address),
        }
}

/// This machine. An IPv4 address within an IPv6 one is not looked for: nobody writes it so who means well.
pub(crate) fn is_loopback(address: IpAddr) -> bool {
    address.is_loopback()
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            !SPECIAL_V4.iter().any(|(net, bits)| within_v4(address, Ipv4Addr::from(*net), *bits))
        }
        IpAddr::V6(address) => {
            within_v6(address, GLOBAL_V6) && !SPECIAL_V6.iter().any(|net| within_v6(address, *net))
        }
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => within_v6(address, UNIQUE_LOCAL_V6),
    }
}

fn within_v4(address: Ipv4Addr, net: Ipv4Addr, bits: u32) -> bool {
    (address.to_bits() ^ net.to_bits()).leading_zeros() >= bits
}

fn within_v6(address: Ipv6Addr, (net, bits): (Ipv6Addr, u32)) -> bool {
    (address.to_bits() ^ net.to_bits()).leading_zeros() >= bits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(text: &str, targets: WebhookTargets) -> bool {
        is_allowed(text.parse().unwrap(), targets)
    }

    #[test]
    fn what_is_for_everybody_may_be_asked() {
        for text in [
            "8.8.8.8",
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "223.255.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "2606:4700::1",
            "2a00::1",
            "2001:200::1",
            "3ffe::1",
        ] {
            assert!(allowed(text, WebhookTargets::Public), "{text}");
        }
    }

    #[test]
    fn nothing_else_may_unless_the_operator_says_so() {
        let local = ["127.0.0.1", "127.255.255.254", "::1"];
        let private = ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1"];
        let never = [
            "0.0.0.0",
            "0.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.169.254",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::7f00:1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
        ];
        for text in local {
            assert!(!allowed(text, WebhookTargets::Public), "{text}");
            assert!(allowed(text, WebhookTargets::Loopback), "{text}");
            assert!(allowed(text, WebhookTargets::Private), "{text}");
        }
        for text in private {
            assert!(!allowed(text, WebhookTargets::Public), "{text}");
            assert!(!allowed(text, WebhookTargets::Loopback), "{text}");
            assert!(allowed(text, WebhookTargets::Private), "{text}");
        }
        for text in never {
            assert!(!allowed(text, WebhookTargets::Private), "{text}");
        }
    }
}
