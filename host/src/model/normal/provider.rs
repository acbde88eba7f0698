//! What mail providers make of dots and tags in an address.

/// How a provider delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Provider {
    /// Whether dots before the `@` mean nothing.
    pub(super) dots: bool,
    /// The domain by which its mailboxes are known, where one mailbox has several.
    pub(super) domain: Option<&'static str>,
}

/// Whose tags (`name+tag@`) reach the mailbox without them, and only those: a business's own domain may deliver
/// every spelling to somebody else.
///
/// - Google, for addresses of its own domains: "Dots don't matter in Gmail addresses" (support.google.com/mail,
///   answer 7436150) and tags (answer 12096, "Send emails from a different address or alias"); `googlemail.com` is
///   the same mailbox (answer 10313). Other domains that Google hosts: dots matter there, and who hosts is not
///   to be seen from the address.
/// - Microsoft: "Plus addressing in Exchange Online" and Outlook.com (learn.microsoft.com, support.microsoft.com);
///   dots matter, and each domain is a mailbox of its own.
/// - Apple: "Use plus addressing", iCloud Mail (support.apple.com); `me.com` and `mac.com` are not everybody's.
/// - Fastmail: "Plus addressing and subdomain addressing" (fastmail.help).
/// - Proton: "Addresses and aliases", +aliases (proton.me/support).
///
/// Not folded: Yahoo (`name-tag@` is an address of its own that may stand for anybody's), and whoever is not
/// named here.
pub(super) fn of(domain: &str) -> Option<Provider> {
    const TAGS: Provider = Provider { dots: false, domain: None };
    match domain {
        "gmail.com" | "googlemail.com" => Some(Provider { dots: true, domain: Some("gmail.com") }),
        "icloud.com" | "me.com" | "mac.com" => Some(TAGS),
        "fastmail.com" | "fastmail.fm" => Some(TAGS),
        "proton.me" | "protonmail.com" | "protonmail.ch" | "pm.me" => Some(TAGS),
        "msn.com" => Some(TAGS),
        _ => microsoft(domain).then_some(TAGS),
    }
}

/// `outlook.com`, `hotmail.co.uk`, `live.nl` …: the provider's names under the countries it offers them in.
fn microsoft(domain: &str) -> bool {
    const COUNTRIES: [&str; 24] = [
        "com", "at", "be", "ca", "ch", "cl", "co.uk", "com.ar", "com.au", "com.br", "com.mx", "de", "dk",
        "es", "fr", "ie", "in", "it", "jp", "nl", "no", "pt", "se", "sg",
    ];
    let Some((name, country)) = domain.split_once('.') else { return false };
    ["outlook", "hotmail", "live"].contains(&name) && COUNTRIES.contains(&country)
}
