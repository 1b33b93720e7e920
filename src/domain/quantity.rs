//! Durations, rates and networks as people write them: `15m`, `1h30m`, `20/5m`, `10.0.0.0/8`.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::policy::Limit;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    #[error("must be a duration such as \"30s\", \"15m\", \"12h\" or \"14d\"")]
    Duration,
    #[error("must be a number of times in a duration such as \"20/5m\", or \"off\"")]
    Rate,
    #[error("must be an address or a network such as \"10.0.0.0/8\" or \"fd00::/8\"")]
    Network,
}

const UNITS: [(char, u64); 5] = [('w', 7 * 86_400), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Reads whole numbers with a unit, largest unit first: `90s`, `1h30m`, `14d`.
pub fn parse_duration(text: &str) -> Result<Duration, QuantityError> {
    let mut rest = text.trim();
    let mut seconds: u64 = 0;
    let mut last = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at(digits);
        let number: u64 = number.parse().map_err(|_not_a_number| QuantityError::Duration)?;
        let letter = tail.chars().next().ok_or(QuantityError::Duration)?;
        let (_, size) = UNITS.into_iter().find(|(unit, _)| *unit == letter).ok_or(QuantityError::Duration)?;
        if size >= last {
            return Err(QuantityError::Duration);
        }
        last = size;
        seconds = number.checked_mul(size).and_then(|n| n.checked_add(seconds)).ok_or(QuantityError::Duration)?;
        rest = tail.strip_prefix(letter).unwrap_or_default();
    }
    // A century is more than any lifetime here and keeps sums of times in range.
    let sane = last != u64::MAX && seconds <= 100 * 366 * 86_400;
    sane.then(|| Duration::from_secs(seconds)).ok_or(QuantityError::Duration)
}

/// The shortest way to write it; weeks are written as days.
pub fn write_duration(duration: Duration) -> String {
    let mut rest = duration.as_secs();
    let mut text = String::new();
    for (unit, size) in UNITS.into_iter().filter(|(unit, _)| *unit != 'w') {
        let count = rest.checked_div(size).unwrap_or(0);
        if count > 0 {
            text.push_str(&count.to_string());
            text.push(unit);
            rest = rest.saturating_sub(count.saturating_mul(size));
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// At most so many times in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub events: NonZeroU32,
    pub per: Duration,
}

impl Rate {
    /// `20/5m`, or `off`.
    pub fn parse(text: &str) -> Result<Limit<Self>, QuantityError> {
        if text.trim() == "off" {
            return Ok(Limit::Off);
        }
        let (count, per) = text.split_once('/').ok_or(QuantityError::Rate)?;
        let events = count.trim().parse().map_err(|_not_a_number| QuantityError::Rate)?;
        let per = parse_duration(per).map_err(|_not_a_duration| QuantityError::Rate)?;
        if per.is_zero() { Err(QuantityError::Rate) } else { Ok(Limit::At(Self { events, per })) }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.events, write_duration(self.per))
    }
}

/// Addresses that share their first `prefix` bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    pub address: IpAddr,
    pub prefix: u8,
}

impl Network {
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_not_an_address| QuantityError::Network)?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_not_a_number| QuantityError::Network)?,
            None => widest,
        };
        if prefix > widest { Err(QuantityError::Network) } else { Ok(Self { address, prefix }) }
    }

    /// An IPv4 address that arrives mapped into IPv6 (`::ffff:10.0.0.1`) is the IPv4 address it carries.
    pub fn contains(&self, asked: IpAddr) -> bool {
        let prefix = u32::from(self.prefix);
        match (self.address, asked.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(asked)) => {
                (network.to_bits() ^ asked.to_bits()).checked_shr(32_u32.saturating_sub(prefix)).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(asked)) => {
                (network.to_bits() ^ asked.to_bits()).checked_shr(128_u32.saturating_sub(prefix)).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl TryFrom<String> for Network {
    type Error = QuantityError;
    fn try_from(text: String) -> Result<Self, QuantityError> {
        Self::parse(&text)
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written_in_one_way() {
        for (text, seconds) in
            [("1s", 1), ("15m", 900), ("1h30m", 5400), ("14d", 1_209_600), ("0s", 0), ("2w", 1_209_600)]
        {
            assert_eq!(parse_duration(text).unwrap().as_secs(), seconds, "{text}");
        }
        for text in ["1s", "15m", "1h30m", "14d", "0s", "1d1s"] {
            assert_eq!(write_duration(parse_duration(text).unwrap()), text);
        }
        for bad in ["", "15", "m", "1.5h", "-1s", "5m1h", "1m1m", "10 m", "1y", "99999999999999999999s", "9999999d"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_rate_is_a_count_in_a_duration_or_off() {
        assert_eq!(
            Rate::parse("20/5m"),
            Ok(Limit::At(Rate { events: NonZeroU32::new(20).unwrap(), per: Duration::from_mins(5) }))
        );
        assert_eq!(Rate::parse("off"), Ok(Limit::Off));
        for bad in ["", "20", "0/5m", "20/0s", "/5m", "20/", "x/5m", "-1/5m", "20/5m/1s"] {
            assert!(Rate::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_network_contains_what_shares_its_prefix() {
        let inside = |network: &str, address: &str| Network::parse(network).unwrap().contains(address.parse().unwrap());
        assert!(inside("10.0.0.0/8", "10.255.1.2"));
        assert!(!inside("10.0.0.0/8", "11.0.0.1"));
        assert!(inside("127.0.0.1", "127.0.0.1"));
        assert!(!inside("127.0.0.1", "127.0.0.2"));
        assert!(inside("0.0.0.0/0", "203.0.113.9"));
        assert!(!inside("0.0.0.0/0", "2001:db8::1"));
        assert!(inside("::/0", "2001:db8::1"));
        assert!(inside("fd00::/8", "fd12::1"));
        assert!(inside("10.0.0.0/8", "::ffff:10.1.1.1"));
        for bad in ["", "10.0.0.0/33", "::/129", "example.org", "10.0.0/8", "10.0.0.0/x"] {
            assert!(Network::parse(bad).is_err(), "{bad}");
        }
    }
}
