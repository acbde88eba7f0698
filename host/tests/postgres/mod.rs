//! A PostgreSQL server for tests: made once for a run of tests, with a database for whoever asks. It ends with
//! the process that runs them, however that ends.
//!
//! Where PostgreSQL is not installed, tests that need it say so and do without; with `CI` set they fail.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The oldest version that the hub takes.
const OLDEST: u32 = 15;

/// Makes the server, tells `ready`, and waits until whoever reads the other end of its input is gone.
const RUN: &str = r#"
set -eu
dir=$1 bin=$2
"$bin/initdb" --pgdata "$dir/data" --username postgres --auth trust --encoding UTF8 --locale C --no-sync >"$dir/log" 2>&1
"$bin/pg_ctl" --pgdata "$dir/data" --log "$dir/log" --wait start --options \
    "-c listen_addresses='' -c unix_socket_directories='$dir' -c max_connections=300 -c fsync=off -c full_page_writes=off \
     -c shared_buffers=64MB -c max_locks_per_transaction=256 -c autovacuum_naptime=10s" >>"$dir/log" 2>&1
echo ready
read -r _ || true
"$bin/pg_ctl" --pgdata "$dir/data" --mode immediate --silent stop >/dev/null 2>&1 || true
rm -rf "$dir" 2>/dev/null || true
"#;

struct Server {
    folder: PathBuf,
    programs: PathBuf,
    /// Its input ends with this process, and so does the server.
    _watch: Child,
}

static SERVER: OnceLock<Option<Server>> = OnceLock::new();

impl Server {
    fn address(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.display())
    }
}

/// The address of a new, empty database; `None` where there is no PostgreSQL.
pub(crate) fn database() -> Option<String> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = SERVER.get_or_init(start).as_ref()?;
    let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    ask(&server.address("postgres"), &format!("CREATE DATABASE {name}"));
    Some(server.address(&name))
}

/// What the server's own client is answered by the database at an address: the rows, with `|` between values.
pub(crate) fn ask(address: &str, sql: &str) -> Vec<String> {
    let server = SERVER.get().and_then(Option::as_ref).expect("an address is one of the server's");
    let done = Command::new(server.programs.join("psql"))
        .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--record-separator-zero"])
        .args(["--set", "ON_ERROR_STOP=1", "--dbname", address, "--command", sql])
        .stderr(Stdio::inherit())
        .output()
        .expect("psql runs");
    assert!(done.status.success(), "{sql}");
    let said = String::from_utf8(done.stdout).expect("UTF-8");
    said.split_terminator('\0').map(str::to_owned).collect()
}

fn start() -> Option<Server> {
    let Some(programs) = programs() else {
        let missing =
            format!("PostgreSQL {OLDEST} or later is not installed (Debian: apt-get install postgresql)");
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        eprintln!("SKIPPED: {missing}; what is to be shown on PostgreSQL is not");
        return None;
    };
    let folder = std::env::temp_dir().join(format!("sb-pg-{}", std::process::id()));
    // PostgreSQL does not run as root.
    let root =
        std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let mut make = Command::new("install");
    make.args(["-d", "-m", "700"]);
    if root {
        make.args(["-o", "postgres"]);
    }
    assert!(make.arg(&folder).status().expect("install runs").success(), "{}", folder.display());
    let mut run = if root {
        let mut run = Command::new("runuser");
        run.args(["-u", "postgres", "--", "sh"]);
        run
    } else {
        Command::new("sh")
    };
    let mut watch = run
        .args(["-c", RUN, "postgres"])
        .arg(&folder)
        .arg(&programs)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell runs");
    let mut said = String::new();
    let out = watch.stdout.take().expect("piped");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut said).expect("read");
    if said.trim() != "ready" {
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        let _ = std::io::stderr().write_all(log.as_bytes());
        panic!("PostgreSQL does not start");
    }
    Some(Server { folder, programs, _watch: watch })
}

/// Where the newest PostgreSQL's programs are, where Debian puts them or on the path.
fn programs() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = debian.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()).max();
    if let Some(version) = newest.filter(|version| *version >= OLDEST) {
        let folder = Path::new("/usr/lib/postgresql").join(version.to_string()).join("bin");
        return folder.join("initdb").exists().then_some(folder);
    }
    let path = std::env::var_os("PATH")?;
    let folder = std::env::split_paths(&path).find(|folder| folder.join("initdb").exists())?;
    let said = Command::new(folder.join("initdb")).arg("--version").output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    let version = said.split_whitespace().next_back()?.split('.').next()?.parse::<u32>().ok()?;
    (version >= OLDEST).then_some(folder)
}
