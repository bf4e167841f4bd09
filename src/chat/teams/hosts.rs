//! Which service addresses are believed and get the bot's token.
//!
//! `serviceUrl` comes from outside. Whoever could choose it would be handed a token that speaks for the bot, so the host is
//! compared as written: no suffixes (`trafficmanager.net` is a shared namespace), no user-info, no other port, nothing that
//! two URL parsers could read in two ways.

use std::net::IpAddr;

use crate::config::{Authentication, Teams};

/// The allow-list of `teams.service_hosts`.
#[derive(Debug, Clone)]
pub struct ServiceHosts {
    entries: Vec<String>,
    /// Without authentication only this machine is spoken to, on whatever port its client happens to listen.
    local_only: bool,
}

impl ServiceHosts {
    /// Reads the list from the settings.
    pub fn new(teams: &Teams) -> Self {
        Self { entries: teams.service_hosts.clone(), local_only: teams.authentication == Authentication::None }
    }

    /// True when activities from this `serviceUrl` are taken and answers are sent there.
    pub fn allows(&self, address: &str) -> bool {
        let Some((scheme, authority)) = split(address) else { return false };
        if self.local_only {
            return is_loopback(host(authority));
        }
        let entry = self.entries.iter().find(|entry| entry.eq_ignore_ascii_case(authority));
        entry.is_some_and(|entry| match entry.contains(':') {
            true => is_loopback(host(entry)),
            false => scheme == Scheme::Https,
        })
    }
}

#[derive(PartialEq, Eq)]
enum Scheme {
    Https,
    Http,
}

/// Scheme and authority, both as written; `None` when the two could be read in another way or when there is a query.
fn split(address: &str) -> Option<(Scheme, &str)> {
    let (scheme, rest) = address.split_once("://")?;
    let scheme = match scheme {
        "https" => Scheme::Https,
        "http" => Scheme::Http,
        _ => return None,
    };
    let authority = rest.split_once('/').map_or(rest, |(authority, _)| authority);
    let url = url::Url::parse(address).ok()?;
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    (plain && url.host_str()?.eq_ignore_ascii_case(host(authority))).then_some((scheme, authority))
}

/// The authority without a port of digits.
fn host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::teams::testing::teams;

    #[test]
    fn only_the_listed_host_is_spoken_to() {
        let hosts = ServiceHosts::new(&teams(&["smba.trafficmanager.net", "127.0.0.1:4010", "10.0.0.7:4010"]));
        for good in [
            "https://smba.trafficmanager.net/amer/",
            "https://SMBA.trafficmanager.net/amer",
            "https://smba.trafficmanager.net",
            "http://127.0.0.1:4010/",
            "https://127.0.0.1:4010/teams",
        ] {
            assert!(hosts.allows(good), "{good}");
        }
        for bad in [
            "",
            "smba.trafficmanager.net",
            "http://smba.trafficmanager.net/amer/",
            "ftp://smba.trafficmanager.net/",
            "https://smba.trafficmanager.net:8443/",
            "https://smba.trafficmanager.net:443/",
            "https://bot@smba.trafficmanager.net/",
            "https://smba.trafficmanager.net@evil.example/",
            "https://smba.trafficmanager.net\\@evil.example/",
            "https://smba.trafficmanager.net\\.evil.example/",
            "https://smba.traffic\tmanager.net/",
            " https://smba.trafficmanager.net/",
            "https:smba.trafficmanager.net/",
            "https:///smba.trafficmanager.net/",
            "https://smba.trafficmanager.net./",
            "https://smba.trafficmanager.net.evil.example/",
            "https://evil.smba.trafficmanager.net/",
            "https://evil.trafficmanager.net/",
            "https://smba.trafficmanager.net/?x=1",
            "https://smba.trafficmanager.net/#x",
            "https://smba.trafficmanager.net?x",
            "http://127.0.0.1:4011/",
            "http://127.0.0.1/",
            "http://localhost:4010/",
            "http://10.0.0.7:4010/",
            "https://10.0.0.7:4010/",
        ] {
            assert!(!hosts.allows(bad), "{bad:?}");
        }
    }

    #[test]
    fn without_authentication_only_this_machine_is_spoken_to() {
        let mut settings = teams(&["smba.trafficmanager.net"]);
        settings.authentication = Authentication::None;
        let hosts = ServiceHosts::new(&settings);
        for good in
            ["http://localhost:56150/_connector", "http://127.0.0.1:1/", "http://[::1]:56150/", "https://localhost/"]
        {
            assert!(hosts.allows(good), "{good}");
        }
        for bad in ["https://smba.trafficmanager.net/amer/", "http://localhost.evil.example/", "http://a@localhost/"] {
            assert!(!hosts.allows(bad), "{bad}");
        }
    }
}
