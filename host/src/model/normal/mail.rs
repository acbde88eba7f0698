//! Mail addresses in one form.

use super::{Normal, Refusal, provider};

/// The longest address, in bytes: 64 before the `@` and 255 after it (RFC 5321, 4.5.3.1).
const LONGEST: usize = 320;

/// Reads a mail address: alone, after `mailto:`, or in `Ada <ada@example.com>`.
///
/// The domain goes to ASCII and lower case (IDNA, UTS 46), the part before it to lower case; dots and tags go
/// where the provider is known to ignore them. RFC 5321 lets a server tell `Ada@` from `ada@`, and no provider
/// does. Quoted parts and addresses of a host by number are refused.
pub(super) fn read(text: &str) -> Result<Normal, Refusal> {
    let text = text.trim();
    let text = match (text.rfind('<'), text.ends_with('>')) {
        (Some(open), true) => text[open + 1..text.len() - 1].trim(),
        _ => text,
    };
    let scheme = text.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    let text = if scheme { &text[7..] } else { text };
    let (local, domain) = text.rsplit_once('@').ok_or(Refusal::NoAddress)?;
    let stray = |c: char| c.is_whitespace() || c.is_control() || "@<>,;:\"\\()[]".contains(c);
    if local.is_empty() || local.contains(stray) {
        return Err(Refusal::NoAddress);
    }
    let domain = ascii(domain)?;
    if local.len() + 1 + domain.len() > LONGEST {
        return Err(Refusal::NoAddress);
    }
    let lower = local.to_lowercase();
    let plain = format!("{lower}@{domain}");
    let value = mailbox(&lower, &domain).unwrap_or_else(|| plain.clone());
    let written = (value != plain).then(|| format!("{local}@{domain}"));
    Ok(Normal { value, written })
}

/// A domain in ASCII and lower case, without the dot that may end it.
fn ascii(domain: &str) -> Result<String, Refusal> {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let domain = idna::domain_to_ascii(domain).map_err(|_| Refusal::NoDomain)?;
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(legal)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if domain.len() > 253 || !domain.split('.').all(label) {
        return Err(Refusal::NoDomain);
    }
    Ok(domain)
}

/// The mailbox behind an address, where its provider is known and something is left of the name.
fn mailbox(local: &str, domain: &str) -> Option<String> {
    let provider = provider::of(domain)?;
    let name = local.split_once('+').map_or(local, |(name, _)| name);
    let name = if provider.dots { name.replace('.', "") } else { name.to_owned() };
    let domain = provider.domain.unwrap_or(domain);
    (!name.is_empty()).then(|| format!("{name}@{domain}"))
}
