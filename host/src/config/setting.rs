//! A setting as it is shown: what it is, who set it, what it is for.

use std::collections::BTreeMap;

use super::DEFAULTS;

/// A setting that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its key, `section.key`.
    pub key: String,
    /// Its value as it is written; what is secret in it is covered.
    pub value: String,
    /// Who set it; `None` where the default holds.
    pub from: Option<String>,
    /// What it is for, as the default file says.
    pub about: String,
}

/// Every setting in the order of the default file.
pub(super) fn all(written: &BTreeMap<String, String>, origins: &BTreeMap<String, String>) -> Vec<Setting> {
    let setting = |(key, about): (String, String)| {
        let value = written.get(&key)?;
        Some(Setting { value: covered(&key, value), from: origins.get(&key).cloned(), about, key })
    };
    described().into_iter().filter_map(setting).collect()
}

/// Every key of the default file with the comment above it.
fn described() -> Vec<(String, String)> {
    let (mut section, mut about, mut keys) = (String::new(), Vec::new(), Vec::new());
    for line in DEFAULTS.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
            about.clear();
        } else if let Some(comment) = line.strip_prefix('#') {
            about.push(comment.trim());
        } else if let Some((key, _)) = line.split_once(" = ") {
            keys.push((format!("{section}.{key}"), about.join(" ")));
            about.clear();
        } else if line.trim().is_empty() {
            about.clear();
        }
    }
    keys
}

/// A value without what nobody needs to read: passwords in addresses, and whatever is called a secret.
fn covered(key: &str, value: &str) -> String {
    const COVER: &str = "•••";
    let name = key.rsplit('.').next().unwrap_or_default();
    let secret = ["secret", "password"].iter().any(|word| name.contains(word));
    if secret && value != "\"\"" {
        return COVER.to_owned();
    }
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    match rest.split_once('@') {
        Some((account, place)) => {
            let user = account.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:{COVER}@{place}")
        }
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    #[test]
    fn every_setting_is_shown_with_who_set_it_and_what_it_is_for() {
        let config = Config::load(None, [], &["api.page=7".to_owned()]).expect("loads");
        let settings = config.settings();
        assert_eq!(settings.len(), config.written.len(), "a key without a place in the default file");
        let page = settings.iter().find(|one| one.key == "api.page").expect("the key");
        assert_eq!((page.value.as_str(), page.from.as_deref()), ("7", Some("`--set api.page`")));
        let listen = settings.iter().find(|one| one.key == "http.listen").expect("the key");
        assert!(listen.from.is_none() && listen.about.starts_with("Where to listen"), "{listen:?}");
    }

    #[test]
    fn no_password_is_shown() {
        assert_eq!(covered("storage.url", "\"postgres://kim:pw@db/x\""), "\"postgres://kim:•••@db/x\"");
        assert_eq!(covered("oidc.client_secret", "\"abc\""), "•••");
        assert_eq!(covered("oidc.client_secret", "\"\""), "\"\"");
        assert_eq!(covered("http.public_url", "\"https://a.example\""), "\"https://a.example\"");
    }
}
