//! The signals that end a run early: of Unix, and what a console of Windows sends in their place.

use super::error::Error;

pub(super) use system::Signals;

/// A signal that ends the run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Interruption {
    /// As the system calls it.
    pub(super) name: &'static str,
    pub(super) exit: u8,
}

impl Interruption {
    /// What is said at once, before the probe has cleaned up; a watch has nothing to clean up.
    pub(super) fn answer(self, watches: bool) -> String {
        let doing =
            if watches { "reporting what was seen so far" } else { "removing the test object, if there is one" };
        match self.name {
            "SIGINT" => format!("stopping: {doing}; press Ctrl-C again to exit at once"),
            name => format!("{name} received: {doing}; a second one exits at once"),
        }
    }

    pub(super) fn error(self, left_behind: Option<String>) -> Error {
        let error = Error { exit: self.exit, ..Error::new(format!("stopped by {}: nothing was judged", self.name)) };
        match left_behind {
            Some(left) => error.help(left),
            None => error,
        }
    }
}

#[cfg(unix)]
mod system {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::Interruption;

    /// SIGINT, SIGTERM and SIGHUP, from now on.
    pub(in crate::cli) struct Signals {
        interrupt: Signal,
        terminate: Signal,
        /// `None` where the parent process had hang-ups ignored.
        hangup: Option<Signal>,
    }

    impl Signals {
        pub(in crate::cli) fn new() -> std::io::Result<Self> {
            let hangup = if ignores_hangups() { None } else { Some(signal(SignalKind::hangup())?) };
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hangup,
            })
        }

        pub(in crate::cli) async fn next(&mut self) -> Interruption {
            let hangup = async {
                match &mut self.hangup {
                    Some(signal) => signal.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = hangup => Interruption { name: "SIGHUP", exit: 129 },
                _ = self.interrupt.recv() => Interruption { name: "SIGINT", exit: 130 },
                _ = self.terminate.recv() => Interruption { name: "SIGTERM", exit: 143 },
            }
        }
    }

    /// Whether `nohup` or the like started the program: listening for the signal would undo that. Where the system does
    /// not say, it is taken as not ignored.
    fn ignores_hangups() -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        // One bit for each signal, the first of them SIGHUP.
        ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
    }
}

#[cfg(windows)]
mod system {
    use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, ctrl_break, ctrl_c, ctrl_close};

    use super::Interruption;

    /// Ctrl+C, Ctrl+Break and the closing of the window, from now on. The exit codes are those of the like signals of Unix.
    pub(in crate::cli) struct Signals {
        interrupt: CtrlC,
        terminate: CtrlBreak,
        hangup: CtrlClose,
    }

    impl Signals {
        pub(in crate::cli) fn new() -> std::io::Result<Self> {
            Ok(Self { interrupt: ctrl_c()?, terminate: ctrl_break()?, hangup: ctrl_close()? })
        }

        pub(in crate::cli) async fn next(&mut self) -> Interruption {
            tokio::select! {
                _ = self.hangup.recv() => Interruption { name: "CTRL_CLOSE_EVENT", exit: 129 },
                _ = self.interrupt.recv() => Interruption { name: "Ctrl+C", exit: 130 },
                _ = self.terminate.recv() => Interruption { name: "Ctrl+Break", exit: 143 },
            }
        }
    }
}
