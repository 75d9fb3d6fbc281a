//! The machine that was measured on: without it no figure means anything.

use std::fs;

use serde::{Deserialize, Serialize};

/// What the figures depend on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) processors: usize,
    pub(crate) model: String,
    pub(crate) memory_gib: f64,
    pub(crate) kernel: String,
    /// The file system on which servers get their directories.
    pub(crate) disk: String,
}

impl Machine {
    /// This one. What cannot be found out is empty.
    pub(crate) fn this() -> Machine {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let kib = field(&read("/proc/meminfo"), "MemTotal").and_then(|text| text.trim_end_matches(" kB").parse().ok());
        Machine {
            processors: std::thread::available_parallelism().map_or(0, usize::from),
            model: field(&read("/proc/cpuinfo"), "model name").unwrap_or_default(),
            memory_gib: kib.map_or(0.0, |kib: f64| kib / 1024.0 / 1024.0),
            kernel: format!(
                "Linux {}",
                read("/proc/sys/kernel/osrelease").trim().split('-').next().unwrap_or_default()
            ),
            disk: disk(&read("/proc/self/mounts"), &std::env::temp_dir().to_string_lossy()),
        }
    }
}

/// How many want to run, on average of the last minute: of ours and of everybody else's.
pub(crate) fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(f64::NAN)
}

/// The value of the first line `name: value`.
fn field(text: &str, name: &str) -> Option<String> {
    let mut fields = text.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(found, _)| found.trim() == name).map(|(_, value)| value.trim().to_owned())
}

/// Type of the file system that a folder is on: the one that is mounted deepest.
fn disk(mounts: &str, folder: &str) -> String {
    let mounted = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.nth(1)?, words.next()?))
    });
    let holds = |place: &str| place == "/" || folder == place || folder.starts_with(&format!("{place}/"));
    let deepest = mounted.filter(|(place, _)| holds(place)).max_by_key(|(place, _)| place.len());
    deepest.map_or_else(String::new, |(_, kind)| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_on_what_is_mounted_deepest_above_it() {
        let mounts = "/dev/vda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/vdb /tmpfiles xfs rw 0 0\n";
        for (folder, expected) in [("/var/tmp", "ext4"), ("/tmp", "tmpfs"), ("/tmp/x", "tmpfs"), ("/tmpfiles/x", "xfs")]
        {
            assert_eq!(disk(mounts, folder), expected);
        }
    }

    #[test]
    fn a_field_is_what_stands_behind_its_name() {
        assert_eq!(field("a: 1\nmodel name\t: EPYC\n", "model name").unwrap(), "EPYC");
    }
}
