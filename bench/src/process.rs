//! A process as the system sees it (Linux: `/proc`).

use std::fs;
use std::os::unix::fs::MetadataExt;

use anyhow::Context;

/// Ticks a second of the processor times in `/proc`: fixed on every Linux.
const TICKS: f64 = 100.0;

/// Another process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// Memory that it holds, in bytes; the system's buffers for its sockets are not in it.
    pub(crate) fn memory(self) -> anyhow::Result<u64> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        Ok(kib.context("/proc names no VmRSS")? * 1024)
    }

    /// Open files and sockets.
    pub(crate) fn descriptors(self) -> anyhow::Result<usize> {
        let path = format!("/proc/{}/fd", self.0);
        Ok(fs::read_dir(&path).with_context(|| path.clone())?.count())
    }

    /// Bytes of the files that it holds though they have no name any more.
    pub(crate) fn nameless_bytes(self) -> anyhow::Result<u64> {
        let path = format!("/proc/{}/fd", self.0);
        let open = fs::read_dir(&path).with_context(|| path.clone())?;
        // What was closed since is not held.
        let open = open.filter_map(|entry| fs::metadata(entry.ok()?.path()).ok());
        Ok(open.filter(|file| file.is_file() && file.nlink() == 0).map(|file| file.len()).sum())
    }

    /// Processor time used so far, in seconds, the system's work for it included.
    pub(crate) fn processor_s(self) -> anyhow::Result<f64> {
        let stat = self.read("stat")?;
        // The name in parentheses may hold anything; what is counted stands behind it.
        let (_, behind) = stat.rsplit_once(") ").context("/proc has no name of the process")?;
        let ticks: Vec<f64> = behind.split(' ').skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
        Ok(ticks.iter().sum::<f64>() / TICKS)
    }

    fn read(self, name: &str) -> anyhow::Result<String> {
        let path = format!("/proc/{}/{name}", self.0);
        fs::read_to_string(&path).with_context(|| format!("{path}: has the server ended?"))
    }
}

/// Memory that the system holds for all TCP sockets of this machine, in bytes.
pub(crate) fn socket_memory() -> anyhow::Result<u64> {
    let text = fs::read_to_string("/proc/net/sockstat")?;
    let line = text.lines().find(|line| line.starts_with("TCP:")).context("/proc/net/sockstat has no TCP line")?;
    let pages = line.split(' ').skip_while(|word| *word != "mem").nth(1).and_then(|pages| pages.parse::<u64>().ok());
    Ok(pages.context("/proc/net/sockstat has no mem")? * 4096)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_holds_without_a_name_is_seen() {
        let process = Process(std::process::id());
        let before = process.nameless_bytes().unwrap();
        let file = tempfile::tempfile().unwrap();
        file.set_len(1 << 40).unwrap();
        assert!(process.nameless_bytes().unwrap() >= before + (1 << 40));
    }

    #[test]
    fn a_process_is_seen_from_outside() {
        let process = Process(std::process::id());
        let before = process.descriptors().unwrap();
        let _file = fs::File::open("/proc/self/stat").unwrap();
        assert!(process.descriptors().unwrap() > before - 1);
        assert!(process.memory().unwrap() > 100 * 1024);
        assert!(process.processor_s().unwrap() < 600.0);
        assert!(Process(u32::MAX).memory().unwrap_err().to_string().contains("has the server ended?"));
    }
}
