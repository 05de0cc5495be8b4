//! The real program as a process of its own, ended by its own process id.
//! It must never be told that it is about to end: what `kill` leaves behind is what a power cut leaves behind.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

pub struct Process {
    child: Child,
    pub address: SocketAddr,
}

impl Process {
    /// Starts the program on a folder (and a database server) and waits until it listens.
    pub fn start(data: &Path, database: Option<&str>) -> Process {
        Process::started(Process::serving(data, database)).expect("a line that says where it listens")
    }

    /// The same, allowed to call hosts of this machine.
    pub fn calling(data: &Path, database: Option<&str>, private_hosts: &[String]) -> Process {
        let config = data.join("hookline.toml");
        std::fs::write(&config, format!("private_hosts = {private_hosts:?}\n")).expect("a file");
        let mut command = Process::serving(data, database);
        command.arg("--config").arg(config);
        Process::started(command).expect("a line that says where it listens")
    }

    fn serving(data: &Path, database: Option<&str>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hookline"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        if let Some(url) = database {
            command.args(["--database", url]);
        }
        command
    }

    /// Runs a command that becomes the program; gives what it said instead of where it listens.
    pub fn started(mut command: Command) -> Result<Process, String> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(|error| error.to_string())?;
        let mut line = String::new();
        let read = child.stdout.take().map(|out| BufReader::new(out).read_line(&mut line));
        match line.trim().rsplit("http://").next().and_then(|text| text.parse().ok()) {
            Some(address) => Ok(Process { child, address }),
            None => {
                let _gone = child.kill();
                Err(format!("{line}{read:?} {:?}", child.wait()))
            }
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// SIGKILL: nothing is written out, nobody is told.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ended");
    }
}

/// A test that fails leaves no program behind.
impl Drop for Process {
    fn drop(&mut self) {
        let _ended_before = self.child.kill();
        let _reaped = self.child.wait();
    }
}
