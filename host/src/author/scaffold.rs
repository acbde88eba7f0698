//! `plugin new`: a plugin that builds and passes its tests, copied from the examples.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

static CHANNEL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../examples/echo-channel");
static ASSISTANT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../examples/keyword-assistant");
static SDK: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../sdk");
static WIT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../wit");

/// What kind of plugin to begin with. Either can grow every other capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Receives and sends messages: a copy of `examples/echo-channel`.
    Channel,
    /// Reads messages and comments on them: a copy of `examples/keyword-assistant`.
    Assistant,
}

impl Kind {
    fn example(self) -> (&'static str, &'static Dir<'static>) {
        match self {
            Self::Channel => ("echo-channel", &CHANNEL),
            Self::Assistant => ("keyword-assistant", &ASSISTANT),
        }
    }
}

/// Why no plugin was written.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// The name cannot be a plugin's.
    #[error("`{0}` cannot be a plugin's name: use 2 to 64 of a-z, 0-9 and `-`, beginning with a letter")]
    Name(String),
    /// There is something already.
    #[error("{0} exists already; choose another name or folder")]
    Exists(PathBuf),
    /// A file could not be written.
    #[error("cannot write {path}")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Where the new plugin finds the SDK.
enum SdkAt {
    /// In the checkout that the new folder lies in, as a member of its workspace or beside it.
    Checkout { sdk: PathBuf, member: bool },
    /// In a copy that comes along, so that a plugin can be written without a checkout.
    Copy,
}

/// Writes a plugin called `name` into `folder`.
///
/// # Errors
/// When the name is not a plugin's, the folder exists, or a file cannot be written.
pub fn write(name: &str, kind: Kind, folder: &Path) -> Result<(), ScaffoldError> {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !(2..=64).contains(&name.len()) || !name.as_bytes()[0].is_ascii_lowercase() || !name.bytes().all(legal)
    {
        return Err(ScaffoldError::Name(name.to_owned()));
    }
    if folder.exists() {
        return Err(ScaffoldError::Exists(folder.to_path_buf()));
    }
    let (example, files) = kind.example();
    let sdk = find_sdk(folder);
    write_dir(files, folder, &|path, text| {
        if path == Path::new("Cargo.toml") { cargo_toml(name, &sdk) } else { text.replace(example, name) }
    })?;
    put(&folder.join(".gitignore"), "/target\n")?;
    if matches!(sdk, SdkAt::Copy) {
        let vendor = folder.join("vendor");
        write_dir(&WIT, &vendor.join("wit"), &|_, text| text.to_owned())?;
        write_dir(&SDK, &vendor.join("sdk"), &|path, text| {
            if path == Path::new("Cargo.toml") { stand_alone(text) } else { text.to_owned() }
        })?;
    }
    Ok(())
}

/// Looks upwards from the new folder for a checkout of Switchboard.
fn find_sdk(folder: &Path) -> SdkAt {
    let start = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    for above in start.ancestors().skip(1) {
        let sdk = above.join("sdk");
        let ours = std::fs::read_to_string(sdk.join("Cargo.toml"))
            .is_ok_and(|text| text.contains("name = \"switchboard-sdk\""));
        if ours {
            let member = start.parent() == Some(&above.join("plugins"));
            return SdkAt::Checkout { sdk, member };
        }
    }
    SdkAt::Copy
}

fn cargo_toml(name: &str, sdk: &SdkAt) -> String {
    let path = match sdk {
        SdkAt::Checkout { member: true, .. } => "../../sdk".to_owned(),
        SdkAt::Checkout { sdk, .. } => sdk.display().to_string(),
        SdkAt::Copy => "vendor/sdk".to_owned(),
    };
    // A crate inside a checkout that is no member of its workspace must say that it is its own.
    let own = if matches!(sdk, SdkAt::Checkout { member: true, .. }) { "" } else { "\n[workspace]\n" };
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n\
         [lib]\ncrate-type = [\"cdylib\", \"rlib\"]\n\n\
         [dependencies]\nserde = {{ version = \"1\", features = [\"derive\"] }}\n\
         serde_json = {{ version = \"1\", features = [\"raw_value\"] }}\n\
         switchboard-sdk = {{ path = \"{path}\" }}\n{own}"
    )
}

/// The SDK's Cargo.toml without what it inherits from our workspace.
fn stand_alone(text: &str) -> String {
    text.lines()
        .map(|line| match line.split_once(".workspace") {
            Some(("version", _)) => concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"").to_owned(),
            Some(("edition", _)) => "edition = \"2024\"".to_owned(),
            Some(("license", _)) => "license = \"Apache-2.0\"".to_owned(),
            Some(_) => String::new(),
            None => line.to_owned(),
        })
        .take_while(|line| line != "[lints]" && line != "[dev-dependencies]")
        .fold(String::new(), |out, line| out + &line + "\n")
}

fn write_dir(dir: &Dir<'_>, to: &Path, edit: &dyn Fn(&Path, &str) -> String) -> Result<(), ScaffoldError> {
    for entry in dir.entries() {
        match entry {
            include_dir::DirEntry::Dir(sub) if sub.path() == Path::new("target") => {}
            include_dir::DirEntry::Dir(sub) => write_dir(sub, to, edit)?,
            include_dir::DirEntry::File(file) => {
                let path = to.join(file.path());
                match file.contents_utf8() {
                    Some(text) => put(&path, edit(file.path(), text))?,
                    None => put(&path, file.contents())?,
                }
            }
        }
    }
    Ok(())
}

fn put(path: &Path, contents: impl AsRef<[u8]>) -> Result<(), ScaffoldError> {
    let failed = |source| ScaffoldError::Write { path: path.to_path_buf(), source };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    std::fs::write(path, contents).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_cannot_be_a_crate_is_refused_before_anything_is_written() {
        let folder = std::env::temp_dir().join("switchboard-scaffold-refused");
        for name in ["", "a", "Upper", "1digit", "sp ace", "ünïcode"] {
            assert!(matches!(write(name, Kind::Channel, &folder), Err(ScaffoldError::Name(_))), "{name}");
            assert!(!folder.exists());
        }
    }

    #[test]
    fn the_copied_sdk_inherits_nothing() {
        let text = SDK.get_file("Cargo.toml").and_then(|f| f.contents_utf8()).unwrap_or_default();
        let alone = stand_alone(text);
        assert!(!alone.contains("workspace") && alone.contains("edition = \"2024\""), "{alone}");
    }
}
