//! What makes two names one person's, and what does not: the operator's rules of identity.
//!
//! The fold (`model::fold`) takes them together with the set of events, so that the same rules and the same
//! events always give the same people. They stand under `[identity]` of the configuration.

use std::fmt;

use regex::{Regex, RegexBuilder};

use super::conversation::REOPEN;
use super::identifier::{Evidence, Identifier};

/// The largest compiled pattern, in bytes: a pattern of a few hundred characters fits many times.
const PATTERN_SIZE: usize = 256 * 1024;

/// Why a rule cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// A rule of a namespace is not in the form that it must have.
    #[error(
        "`{rule}` is no rule of a namespace: {why}; write a namespace, in which `*` stands for any text, and \
         then what holds for it, such as `phone limit=5 shared-by=5` or `*:customer limit=1`"
    )]
    Namespace {
        /// What stands there.
        rule: String,
        /// What is wrong with it.
        why: String,
    },
    /// A blocked value is no pattern.
    #[error("`{pattern}` is no pattern for blocked values: {why}")]
    Pattern {
        /// What stands there.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
}

/// What holds for the identifiers of a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamespaceRule {
    /// Which namespaces, `*` standing for any text.
    pub namespace: String,
    /// The weakest evidence that joins; never `claimed` (invariant I9).
    pub joins: Evidence,
    /// How many values one person may have. With 1 the namespace is single-valued: a different value says
    /// that it is somebody else.
    pub limit: Option<u32>,
    /// With how many values of one other namespace a value may be named before it is taken for one that many
    /// people use, which joins nobody.
    pub shared_by: Option<u32>,
    /// Whether it names a device: it follows whoever used it last and joins nobody.
    pub device: bool,
}

/// The rules of identity.
#[derive(Debug, Clone)]
pub struct Rules {
    namespaces: Vec<NamespaceRule>,
    blocked: Vec<Blocked>,
    total: u32,
    reopen: i64,
}

/// Rules of namespaces that hold where the configuration says nothing else (`identity.namespaces`).
///
/// Limits of five for what people have several of are Segment's default; that a vendor's account number is
/// single-valued is what keeps two customers apart who share a telephone.
pub const NAMESPACES: &[&str] = &[
    "phone limit=5 shared-by=5",
    "email limit=10 shared-by=5",
    "*:customer limit=1",
    "*:contact limit=1",
    "*:account limit=1",
    "*:visitor device",
    "*:device device",
];

/// Values that name nobody where the configuration says nothing else (`identity.blocked`): what forms,
/// imports and testers put where nothing is known. The first two lines are Segment's suggestion; the ends of
/// addresses are names that RFC 6761 reserves.
pub const BLOCKED: &[&str] = &[
    "* [0-]*",
    "* -1|null|nil|none|undefined|unknown|anonymous|n/?a|nan|test",
    "phone \\+?[0-9]{0,3}(0{6,}|1{6,}|2{6,}|3{6,}|4{6,}|5{6,}|6{6,}|7{6,}|8{6,}|9{6,})",
    "phone \\+?0?123456789?0?",
    "email (test|none|null|unknown|no-?reply|do-?not-?reply)@.*",
    "email .*[@.](test|invalid|localhost)",
];

/// How many identifiers one person may have where the configuration says nothing else; Segment's limit.
pub const TOTAL: u32 = 1000;

/// A value, or values, that name nobody.
#[derive(Debug, Clone)]
struct Blocked {
    /// As it is written.
    text: String,
    namespace: String,
    value: Regex,
}

impl Default for Rules {
    fn default() -> Self {
        Self::parse(NAMESPACES, BLOCKED, TOTAL).unwrap_or_else(|e| unreachable!("tested below: {e}"))
    }
}

impl Rules {
    /// Reads rules as the configuration holds them: of namespaces, the first that fits holds; blocked values
    /// as a namespace and a regular expression that the whole value must match, in any case; and how many
    /// identifiers one person may have in all.
    ///
    /// # Errors
    /// When a rule is not in the form it must have; the message says which and why.
    pub fn parse<S: AsRef<str>>(namespaces: &[S], blocked: &[S], total: u32) -> Result<Self, RuleError> {
        let namespaces = namespaces.iter().map(|rule| namespace(rule.as_ref())).collect::<Result<_, _>>()?;
        let blocked = blocked.iter().map(|pattern| pattern_of(pattern.as_ref())).collect::<Result<_, _>>()?;
        Ok(Self { namespaces, blocked, total, reopen: REOPEN })
    }

    /// The same with another time for which a message reopens a conversation after its resolution, in milliseconds.
    #[must_use]
    pub fn reopening(self, reopen: i64) -> Self {
        Self { reopen, ..self }
    }

    /// For how long after its resolution a message reopens a conversation (`conversation.reopen`), in milliseconds.
    #[must_use]
    pub fn reopen(&self) -> i64 {
        self.reopen
    }

    /// What holds for a namespace; every namespace has a rule.
    #[must_use]
    pub fn of(&self, namespace: &str) -> &NamespaceRule {
        static OTHER: NamespaceRule = NamespaceRule {
            namespace: String::new(),
            joins: Evidence::Recorded,
            limit: None,
            shared_by: None,
            device: false,
        };
        self.namespaces.iter().find(|rule| fits(&rule.namespace, namespace)).unwrap_or(&OTHER)
    }

    /// Whether a value names nobody.
    #[must_use]
    pub fn blocks(&self, identifier: &Identifier) -> bool {
        self.blocked.iter().any(|blocked| {
            fits(&blocked.namespace, &identifier.namespace) && blocked.value.is_match(&identifier.value)
        })
    }

    /// Whether an identifier with this evidence says who somebody is.
    #[must_use]
    pub fn joins(&self, identifier: &Identifier, evidence: Evidence) -> bool {
        evidence >= self.of(&identifier.namespace).joins && !self.blocks(identifier)
    }

    /// How many identifiers one person may have in all.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.total
    }
}

impl fmt::Display for Rules {
    /// The rules as the configuration holds them, a line each; [`FromStr`](std::str::FromStr) reads them back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "identifiers {}", self.total)?;
        writeln!(f, "reopen {}", self.reopen)?;
        for rule in &self.namespaces {
            writeln!(f, "namespace {rule}")?;
        }
        for blocked in &self.blocked {
            writeln!(f, "blocked {}", blocked.text)?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Rules {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (mut namespaces, mut blocked, mut total, mut reopen) = (Vec::new(), Vec::new(), TOTAL, REOPEN);
        for line in text.lines() {
            match line.split_once(' ') {
                Some(("identifiers", count)) => {
                    total = count.parse().map_err(|_| bad(line, "the number of identifiers is none"))?;
                }
                Some(("reopen", time)) => {
                    reopen = time.parse().map_err(|_| bad(line, "the time is no number of milliseconds"))?;
                }
                Some(("namespace", rule)) => namespaces.push(rule),
                Some(("blocked", pattern)) => blocked.push(pattern),
                _ => return Err(bad(line, "it begins with no word that is known")),
            }
        }
        Ok(Self::parse(&namespaces, &blocked, total)?.reopening(reopen))
    }
}

impl fmt::Display for NamespaceRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.namespace)?;
        if self.joins != Evidence::Recorded {
            write!(f, " joins={}", self.joins.as_str())?;
        }
        if let Some(limit) = self.limit {
            write!(f, " limit={limit}")?;
        }
        if let Some(shared_by) = self.shared_by {
            write!(f, " shared-by={shared_by}")?;
        }
        if self.device {
            f.write_str(" device")?;
        }
        Ok(())
    }
}

fn bad(rule: &str, why: impl Into<String>) -> RuleError {
    RuleError::Namespace { rule: rule.chars().take(200).collect(), why: why.into() }
}

fn namespace(text: &str) -> Result<NamespaceRule, RuleError> {
    let mut words = text.split_whitespace();
    let namespace = words.next().ok_or_else(|| bad(text, "it is empty"))?.to_owned();
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-:*".contains(&b);
    if !namespace.bytes().all(legal) {
        return Err(bad(text, format!("`{namespace}` may hold a-z, 0-9, `.`, `_`, `-`, `:` and `*`")));
    }
    let mut rule =
        NamespaceRule { namespace, joins: Evidence::Recorded, limit: None, shared_by: None, device: false };
    for word in words {
        let number = |value: &str| match value.parse::<u32>() {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(bad(text, format!("`{value}` is not a number from 1 on"))),
        };
        match word.split_once('=') {
            Some(("limit", value)) => rule.limit = number(value)?,
            Some(("shared-by", value)) => rule.shared_by = number(value)?,
            Some(("joins", "verified")) => rule.joins = Evidence::Verified,
            Some(("joins", "recorded")) => rule.joins = Evidence::Recorded,
            Some(("joins", "claimed")) => {
                let why = "what somebody typed and nobody checked never joins two people; it is suggested";
                return Err(bad(text, why));
            }
            None if word == "device" => rule.device = true,
            _ => {
                let why = format!("`{word}` is none of `joins=`, `limit=`, `shared-by=` and `device`");
                return Err(bad(text, why));
            }
        }
    }
    Ok(rule)
}

fn pattern_of(text: &str) -> Result<Blocked, RuleError> {
    let refused = |why: String| RuleError::Pattern { pattern: text.chars().take(200).collect(), why };
    let form = "write a namespace, in which `*` stands for any text, and a regular expression, such as \
                `email (test|demo)@.*`";
    let (namespace, value) =
        text.trim().split_once(char::is_whitespace).ok_or_else(|| refused(form.to_owned()))?;
    let value = RegexBuilder::new(&format!("^(?:{})$", value.trim()))
        .case_insensitive(true)
        .size_limit(PATTERN_SIZE)
        .build()
        .map_err(|error| refused(error.to_string()))?;
    Ok(Blocked { text: text.trim().to_owned(), namespace: namespace.to_owned(), value })
}

/// Whether a text fits a pattern in which `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((head, mut rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    while let Some((part, after)) = rest.split_once('*') {
        let Some(at) = text.find(part) else { return false };
        (text, rest) = (&text[at + part.len()..], after);
    }
    text.ends_with(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn name(namespace: &str, value: &str) -> Identifier {
        Identifier::new(namespace, value).expect("an identifier")
    }

    #[test]
    fn the_defaults_are_rules_and_read_back_from_their_text() {
        let rules = Rules::parse(NAMESPACES, BLOCKED, TOTAL).expect("rules");
        let again: Rules = rules.to_string().parse().expect("the same rules");
        assert_eq!(rules.to_string(), again.to_string());
        let other = Rules::parse(NAMESPACES, &[], TOTAL).expect("rules");
        assert_ne!(rules.to_string(), other.to_string());
    }

    #[test]
    fn the_configuration_ships_with_the_defaults() {
        let shipped: toml::Table = include_str!("../../config.default.toml").parse().expect("TOML");
        let list = |key: &str| {
            let list = shipped["identity"][key].as_array().expect("a list");
            list.iter().map(|text| text.as_str().expect("a text").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!((list("namespaces"), list("blocked")), (owned(NAMESPACES), owned(BLOCKED)));
        assert_eq!(shipped["identity"]["identifiers"].as_integer(), Some(i64::from(TOTAL)));
    }

    #[test]
    fn the_first_rule_that_fits_holds_and_every_namespace_has_one() {
        let rules = Rules::default();
        assert_eq!(rules.of("phone").limit, Some(5));
        assert_eq!(rules.of("shop:acme:customer").limit, Some(1));
        assert!(rules.of("webchat:site:visitor").device);
        assert_eq!((rules.of("chat:user").limit, rules.of("chat:user").device), (None, false));
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in [("*", "a"), ("*:customer", "a:b:customer"), ("a*c*e", "abcde"), ("a*", "a")] {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("*:customer", "customers"), ("a", "ab"), ("a*c*e", "abde"), ("ab*b", "ab")] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn values_that_stand_for_nothing_name_nobody() {
        let rules = Rules::default();
        for (namespace, value) in [
            ("phone", "0000"),
            ("phone", "+490000000"),
            ("phone", "+0123456789"),
            ("crm:x:customer", "NULL"),
            ("crm:x:customer", "n/a"),
            ("crm:x:customer", "-1"),
            ("email", "test@shop.example"),
            ("email", "No-Reply@shop.example"),
            ("email", "ada@mail.invalid"),
        ] {
            assert!(rules.blocks(&name(namespace, value)), "{namespace}:{value}");
        }
        for (namespace, value) in [
            ("phone", "+491701234567"),
            ("email", "ada@example.com"),
            ("email", "testa@example.com"),
            ("crm:x:customer", "100"),
        ] {
            assert!(!rules.blocks(&name(namespace, value)), "{namespace}:{value}");
        }
    }

    #[test]
    fn what_was_typed_can_never_be_made_to_join() {
        let told = Rules::parse(&["email joins=claimed"], &[], 10).expect_err("refused").to_string();
        assert!(told.contains("never joins"), "{told}");
    }

    #[test]
    fn a_rule_that_cannot_be_read_says_what_is_wrong() {
        for (rule, word) in [
            ("", "empty"),
            ("Phone limit=1", "a-z"),
            ("phone limit=0", "from 1 on"),
            ("phone max=1", "`max=1` is none of"),
        ] {
            let told = Rules::parse(&[rule], &[], 10).expect_err("refused").to_string();
            assert!(told.contains(word), "{told}");
        }
        for pattern in ["email", "email (", "phone (a{1000}){1000}"] {
            let told = Rules::parse(&[], &[pattern], 10).expect_err("refused").to_string();
            assert!(told.contains("pattern"), "{told}");
        }
    }
}
