//! The program itself as a process of its own, so that it can be killed, signalled and starved.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::plugins;

/// The longest that anything is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Builds the program, once a run, and says where it is.
///
/// # Panics
/// When it does not build.
pub fn binary() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            // Not of one package: its dependencies would have other features than those that the tests compiled.
            .args(["build", "--quiet", "--bin", "switchboard"])
            .args(["--message-format", "json-render-diagnostics"])
            .current_dir(root)
            .stderr(Stdio::inherit());
        // What cargo says of this test to it: a build script that looks at such a variable would run again,
        // and all that depends on it be compiled again, here and by whoever builds next.
        for (name, _) in std::env::vars_os() {
            let said = name.to_str().is_some_and(|name| {
                name.starts_with("CARGO_PKG_")
                    || name.starts_with("CARGO_MANIFEST_")
                    || name.starts_with("CARGO_BIN_")
                    || ["CARGO_PRIMARY_PACKAGE", "CARGO_CRATE_NAME", "CARGO_TARGET_TMPDIR"].contains(&name)
            });
            if said {
                cargo.env_remove(name);
            }
        }
        let made = cargo.output().expect("cargo runs");
        assert!(made.status.success(), "the program does not build");
        let told = String::from_utf8_lossy(&made.stdout).into_owned();
        let path =
            told.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find_map(|told| {
                told["executable"]
                    .as_str()
                    .filter(|_| told["target"]["name"] == "switchboard")
                    .map(PathBuf::from)
            });
        path.expect("cargo says where the program is")
    })
}

/// A folder in which the program runs, and the hub of it that is serving, if one is. A hub that is left is
/// killed.
pub struct Program {
    folder: TempDir,
    sets: Vec<String>,
    child: Option<Child>,
    log: Arc<Mutex<Vec<String>>>,
    /// Where the lines of the present hub begin.
    since: usize,
}

impl Program {
    /// A folder with these plugins installed, and settings as `section.key=value` for every command.
    ///
    /// # Panics
    /// When a file cannot be written.
    #[must_use]
    pub fn new(installed: &[(&str, Vec<u8>)], sets: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let plugins = folder.path().join("plugins");
        std::fs::create_dir_all(&plugins).expect("a folder for plugins");
        std::fs::create_dir_all(folder.path().join("data")).expect("a folder for data");
        for (name, wasm) in installed {
            std::fs::write(plugins.join(format!("{name}.wasm")), wasm).expect("a plugin file");
        }
        let path = |name: &str| folder.path().join(name).display().to_string();
        let mut all = vec![
            "http.listen=127.0.0.1:0".to_owned(),
            format!("storage.path={}", path("data/hub.db")),
            format!("plugin.directory={}", path("plugins")),
            format!("plugin.cache_dir={}", plugins::cache().display()),
            "plugin.instances=16".to_owned(),
            "plugin.approval=automatic".to_owned(),
            "log.format=json".to_owned(),
        ];
        all.extend(sets.iter().map(|set| (*set).to_owned()));
        Self { folder, sets: all, child: None, log: Arc::default(), since: 0 }
    }

    /// Sets a configuration key for every command from now on.
    pub fn set(&mut self, set: impl Into<String>) {
        self.sets.push(set.into());
    }

    /// Its folder; the database is `data/hub.db` in it.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The database file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.path().join("data/hub.db")
    }

    /// The command line of the program with its settings, and `args` after them.
    #[must_use]
    pub fn line(&self, args: &[&str]) -> Vec<String> {
        let mut line = vec![binary().display().to_string()];
        for set in &self.sets {
            line.extend(["--set".to_owned(), set.clone()]);
        }
        line.extend(args.iter().map(|arg| (*arg).to_owned()));
        line
    }

    fn command(&self, line: &[String]) -> Command {
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).current_dir(self.path());
        command.env_remove("SWITCHBOARD_CONFIG").env_remove("RUST_LOG").env_remove("NOTIFY_SOCKET");
        command
    }

    /// Runs one command to its end.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(&self.line(args)).output().expect("the program starts")
    }

    /// What a command that must succeed printed as JSON.
    ///
    /// # Panics
    /// When it fails or prints something else.
    #[must_use]
    pub fn told(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--json"]].concat());
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {words}");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{args:?}: {e}: {words}"))
    }

    /// What a command that must fail said about it.
    ///
    /// # Panics
    /// When it succeeds.
    #[must_use]
    pub fn refused(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(!output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Adds a connection; its id.
    ///
    /// # Panics
    /// When it is refused.
    #[must_use]
    pub fn connect(&self, plugin: &str, settings: &[&str], secrets: &[(&str, &str)]) -> String {
        let mut args = vec!["connection".to_owned(), "add".into(), plugin.into(), "--no-input".into()];
        for setting in settings {
            args.extend(["--setting".to_owned(), (*setting).to_owned()]);
        }
        for (name, value) in secrets {
            let file = self.path().join(format!("{plugin}-{name}.secret"));
            std::fs::write(&file, value).expect("a secret's file");
            args.extend(["--secret".to_owned(), format!("{name}=file:{}", file.display())]);
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        self.told(&args)["connection"]["id"].as_str().expect("an id").to_owned()
    }

    /// Begins to serve.
    pub fn serve(&mut self) {
        self.serve_as(&self.line(&["serve"]), &[]);
    }

    /// Begins to serve by another command line, such as one that limits what the process may do, and with
    /// further variables.
    ///
    /// # Panics
    /// When it does not start, or serves already.
    pub fn serve_as(&mut self, line: &[String], env: &[(&str, &str)]) {
        assert!(self.child.is_none(), "it serves already");
        let mut command = self.command(line);
        command.envs(env.iter().copied()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let lines = BufReader::new(child.stderr.take().expect("standard error"));
        self.since = self.log.lock().unwrap_or_else(PoisonError::into_inner).len();
        let log = Arc::clone(&self.log);
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        self.child = Some(child);
    }

    /// What the present hub, or the last one, logged so far.
    #[must_use]
    pub fn log(&self) -> Vec<Value> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log[self.since..]
            .iter()
            .map(|line| serde_json::from_str(line).unwrap_or(Value::from(&**line)))
            .collect()
    }

    /// Log lines whose message contains `text`.
    #[must_use]
    pub fn logged(&self, text: &str) -> Vec<Value> {
        let has = |line: &Value| line["message"].as_str().is_some_and(|message| message.contains(text));
        self.log().into_iter().filter(has).collect()
    }

    /// Where the hub listens, once it says so.
    ///
    /// # Panics
    /// When that takes too long.
    pub async fn address(&self) -> SocketAddr {
        let line = self.line_with("the hub answers").await;
        line["addr"].as_str().and_then(|addr| addr.parse().ok()).expect("an address")
    }

    /// The first log line whose message contains `text`, once there is one.
    ///
    /// # Panics
    /// When that takes too long.
    pub async fn line_with(&self, text: &str) -> Value {
        let waiting = async {
            loop {
                match self.logged(text).into_iter().next() {
                    Some(line) => return line,
                    None => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| {
            panic!("it never said `{text}`: {:#?}", self.log());
        })
    }

    /// The process id of the hub.
    ///
    /// # Panics
    /// When none serves.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it serves").id()
    }

    /// Whether the hub still runs.
    pub fn runs(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Ends the hub where it stands, as a power cut would end the process.
    ///
    /// # Panics
    /// When none serves.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it serves");
        child.kill().expect("killed");
        child.wait().expect("ended");
    }

    /// Sends the hub a signal by its name, such as `TERM`.
    ///
    /// # Panics
    /// When none serves.
    pub fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().expect("kill runs");
        assert!(sent.success(), "the signal {name} could not be sent");
    }

    /// Waits until the hub has ended by itself.
    ///
    /// # Panics
    /// When that takes too long.
    pub async fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it serves");
        let waiting = async {
            loop {
                match child.try_wait().expect("it can be asked") {
                    Some(status) => return status,
                    None => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        let ended = tokio::time::timeout(PATIENCE, waiting).await;
        ended.unwrap_or_else(|_| {
            let _ = child.kill();
            panic!("it does not end: {:#?}", self.log())
        })
    }

    /// Stops the hub in order.
    ///
    /// # Panics
    /// When it does not end well.
    pub async fn stop(&mut self) {
        self.signal("TERM");
        let status = self.ended().await;
        assert!(status.success(), "{status}: {:#?}", self.log());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
