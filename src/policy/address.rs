//! IP addresses and ranges in conditions.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use ipnet::IpNet;

use super::Tri;

/// Ranges that no request from the internet can come from, by the IANA special-purpose registries
/// (<https://www.iana.org/assignments/iana-ipv4-special-registry/>, <https://www.iana.org/assignments/iana-ipv6-special-registry/>).
pub(crate) static SPECIAL_PURPOSE_RANGES: LazyLock<Vec<IpNet>> =
    LazyLock::new(|| include_str!("special_purpose_ranges.txt").lines().filter_map(|line| line.parse().ok()).collect());

/// Whether an address lies in a special-purpose range.
pub(crate) fn is_special_purpose(address: IpAddr) -> bool {
    SPECIAL_PURPOSE_RANGES.iter().any(|range| range.contains(&address))
}

/// Whether ranges together hold every address that a request from the internet can come from.
pub(crate) fn cover_every_public_address(ranges: impl Iterator<Item = IpNet>) -> bool {
    // Most ranges are shown by this one not to: joining them all takes long.
    const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8));
    let mut all: Vec<IpNet> = ranges.collect();
    if !all.iter().any(|range| range.contains(&PUBLIC)) {
        return false;
    }
    all.extend(SPECIAL_PURPOSE_RANGES.iter());
    let joined = IpNet::aggregate(&all);
    ["0.0.0.0/0", "::/0"].iter().all(|whole| joined.iter().any(|range| whole.parse() == Ok(*range)))
}

/// An address, or a range in CIDR notation; none with leading zeros, which some read as octal.
pub(crate) fn network(text: &str) -> Option<IpNet> {
    let leading_zero = |part: &str| part.starts_with('0') && part.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    if !text.contains(':') && text.split(['.', '/']).any(leading_zero) {
        return None;
    }
    text.parse().ok().or_else(|| text.parse().ok().map(|address: IpAddr| address.into()))
}

/// Whether a request's address, with its text, lies in a range. What AWS makes of spellings such as `10.0.0.01` or `::ffff:10.0.0.1` is not
/// documented.
pub(crate) fn lies_in(range: IpNet, address: Option<IpAddr>, text: &str) -> Tri {
    match address {
        Some(address) if range.contains(&address) => Tri::True,
        Some(IpAddr::V4(_)) => Tri::False,
        Some(address) => Tri::from(range.contains(&address.to_canonical())).and(Tri::Unknown),
        None if text.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':')) => Tri::Unknown,
        None => Tri::False,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_special_purpose_range_is_a_range() {
        assert_eq!(SPECIAL_PURPOSE_RANGES.len(), 24);
        assert!(is_special_purpose("192.168.1.1".parse().unwrap()));
        assert!(!is_special_purpose("52.1.2.3".parse().unwrap()));
    }

    #[test]
    fn ranges_that_cover_the_internet() {
        let parse = |ranges: &[&str]| ranges.iter().map(|range| range.parse().unwrap()).collect::<Vec<IpNet>>();
        assert!(cover_every_public_address(parse(&["0.0.0.0/1", "128.0.0.0/1", "::/0"]).into_iter()));
        assert!(!cover_every_public_address(parse(&["0.0.0.0/0"]).into_iter()));
    }

    #[test]
    fn odd_spellings_are_not_decided() {
        for (value, expected) in [
            ("10.1.2.3", Tri::True),
            ("11.1.2.3", Tri::False),
            ("10.1.2.03", Tri::Unknown),
            ("::ffff:10.1.2.3", Tri::Unknown),
            ("::ffff:11.1.2.3", Tri::False),
            ("10.1.2", Tri::Unknown),
            ("elsewhere", Tri::False),
        ] {
            assert_eq!(lies_in("10.0.0.0/8".parse().unwrap(), value.parse().ok(), value), expected, "{value}");
        }
    }
}
