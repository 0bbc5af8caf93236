//! Where a service is, and which addresses belong to it.

use crate::api_error::ApiError;

/// The address of a resource, such as `https://name.communication.azure.com`, in a normal form: lower-case scheme and host,
/// no default port, no slash at the end. A path, for a service behind a proxy, is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    origin: String,
    path: String,
}

/// The text is not the address of a service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the address of a service: {text:?}: {reason}")]
pub struct InvalidEndpoint {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Endpoint {
    /// Reads an address. Spaces around it and slashes at its end do not matter.
    ///
    /// # Errors
    /// [`InvalidEndpoint`] unless it is `http` or `https`, a host, and at most a port and a path.
    pub fn parse(text: &str) -> Result<Self, InvalidEndpoint> {
        let invalid = |reason| InvalidEndpoint { text: text.to_owned(), reason };
        let (origin, rest) = split_origin(text.trim()).map_err(invalid)?;
        if !rest.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'\\')) {
            return Err(invalid("after the host there may only be a path"));
        }
        Ok(Self { origin, path: rest.trim_end_matches('/').to_owned() })
    }

    /// The address of something of the service, by its path and query, which begin with `/`.
    #[must_use]
    pub fn url(&self, path_and_query: &str) -> String {
        format!("{}{}{path_and_query}", self.origin, self.path)
    }

    /// Scheme, host, and the port unless it is the scheme's own.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The host and, unless it is the scheme's own, the port: what the `Host` header says (reference 5.2).
    #[must_use]
    pub fn host(&self) -> &str {
        self.origin.split_once("://").map_or("", |(_, host)| host)
    }

    /// The address of the next page as the service gave it, verbatim when absolute (reference 3.5).
    ///
    /// # Errors
    /// [`ApiError::BrokenReply`] for an address of another origin: the request would carry the caller's token there.
    pub fn next_page_url(&self, link: &str) -> Result<String, ApiError> {
        let elsewhere = || ApiError::broken("the next page is on another origin");
        if link.is_empty() || link.starts_with("//") {
            return Err(elsewhere());
        }
        // What is put behind our own origin and a slash stays there, whatever it contains.
        if link.starts_with('/') {
            return Ok(format!("{}{link}", self.origin));
        }
        if !link.split(['/', '?', '#']).next().is_some_and(|first| first.contains(':')) {
            return Ok(self.url(&format!("/{link}")));
        }
        match split_origin(link) {
            Ok((origin, _)) if origin == self.origin => Ok(link.to_owned()),
            _ => Err(elsewhere()),
        }
    }
}

/// Takes the origin off an absolute address, in its normal form. Strict, so that no address is read here otherwise than a
/// browser reads it: no user name, no characters that browsers drop or turn into others.
fn split_origin(url: &str) -> Result<(String, &str), &'static str> {
    let (scheme, rest) = url.split_once("://").ok_or("it must begin with https:// or http://")?;
    let scheme = scheme.to_ascii_lowercase();
    let own_port = match scheme.as_str() {
        "https" => "443",
        "http" => "80",
        _ => return Err("it must begin with https:// or http://"),
    };
    let (authority, rest) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
    let (host, port) = match authority.rfind(':').filter(|_| !authority.ends_with(']')) {
        Some(colon) => (&authority[..colon], Some(&authority[colon + 1..])),
        None => (authority, None),
    };
    let named =
        |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
    let numbered = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'));
    let valid = match host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        Some(address) => !address.is_empty() && numbered(address),
        None => !host.is_empty() && named(host),
    };
    if !valid {
        return Err("it needs the name of a host");
    }
    let mut origin = format!("{scheme}://{}", host.to_ascii_lowercase());
    if let Some(port) = port {
        let number: u16 = port.parse().map_err(|_| "its port is no number")?;
        let number = number.to_string();
        if number != own_port {
            origin.push(':');
            origin.push_str(&number);
        }
    }
    Ok((origin, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_brought_to_its_normal_form() {
        let url = |text| Endpoint::parse(text).map(|endpoint| endpoint.url("/chat"));
        assert_eq!(url("https://A.Example/"), Ok("https://a.example/chat".to_owned()));
        assert_eq!(url(" HTTPS://a.example:443 "), Ok("https://a.example/chat".to_owned()));
        assert_eq!(url("http://localhost:8080//"), Ok("http://localhost:8080/chat".to_owned()));
        assert_eq!(url("http://[::1]:8080/proxy/"), Ok("http://[::1]:8080/proxy/chat".to_owned()));
        assert_eq!(url("http://[::1]"), Ok("http://[::1]/chat".to_owned()));
    }

    #[test]
    fn the_host_is_what_the_host_header_says() {
        let host = |text| Endpoint::parse(text).unwrap().host().to_owned();
        assert_eq!(host("https://localhost:9443/"), "localhost:9443");
        assert_eq!(host("https://localhost:443/"), "localhost");
        assert_eq!(host("http://localhost:443/path"), "localhost:443");
    }

    #[test]
    fn what_is_no_address_is_refused_in_words() {
        for text in [
            "",
            "name.communication.azure.com",
            "ftp://a.example",
            "https://",
            "https:///path",
            "https://user@a.example",
            "https://a.example:port",
            "https://a.example:99999",
            "https://a.example/?x=1",
            "https://a.example/#x",
            "https://a b.example",
            "https://[]",
            "https://[::1",
        ] {
            let error = Endpoint::parse(text).unwrap_err();
            assert_eq!(error.text, text);
            assert!(!error.reason.is_empty());
        }
    }

    #[test]
    fn a_next_page_is_followed_verbatim_on_the_same_origin_only() {
        let endpoint = Endpoint::parse("https://a.example").unwrap();
        for link in [
            "https://a.example/chat/threads/19:x@thread.v2/messages?syncState=ab&startTime=1%2F1%2F1970",
            "https://A.EXAMPLE:443/chat",
        ] {
            assert_eq!(endpoint.next_page_url(link).as_deref(), Ok(link));
        }
        assert_eq!(endpoint.next_page_url("/chat?skip=1").as_deref(), Ok("https://a.example/chat?skip=1"));
        assert_eq!(endpoint.next_page_url("chat?skip=1").as_deref(), Ok("https://a.example/chat?skip=1"));
        assert_eq!(
            endpoint.next_page_url("/chat/19:x@thread.v2?a=https://b.example").as_deref(),
            Ok("https://a.example/chat/19:x@thread.v2?a=https://b.example")
        );
        for link in [
            "",
            "https://b.example/chat",
            "http://a.example/chat",
            "https://a.example:8443/chat",
            "https://a.example@b.example/chat",
            "https://a.example:x@b.example/chat",
            "https://a.example.b.example/chat",
            "https://a.example\t.b.example/chat",
            "https:\\\\b.example/chat",
            "https:b.example/chat",
            "//b.example/chat",
            "javascript:alert(1)",
        ] {
            assert!(matches!(endpoint.next_page_url(link), Err(ApiError::BrokenReply { .. })), "{link:?}");
        }
    }
}
