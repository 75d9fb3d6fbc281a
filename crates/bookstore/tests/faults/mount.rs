//! File systems of a test's own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A mounted file system; dropped, it is unmounted.
pub(crate) struct Mount {
    folder: TempDir,
    is_mounted: bool,
}

impl Mount {
    /// A file system in memory with room for so many KiB.
    pub(crate) fn tmpfs(kib: u64) -> Mount {
        let mut mount = Mount::prepare();
        run(Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={kib}k"), "tmpfs"]).arg(mount.path()));
        mount.is_mounted = true;
        mount
    }

    /// An ext4 file system, by itself in a file.
    pub(crate) fn ext4() -> Mount {
        let mut mount = Mount::prepare();
        std::fs::File::create(mount.image()).unwrap().set_len(IMAGE_BYTES).unwrap();
        run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(mount.image()));
        mount.mount_image();
        mount
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What a power cut does: from now on nothing reaches the disk any more, not even what the system has promised itself
    /// to write.
    ///
    /// Nothing may be at work in it. A sync under way at this moment may return as if it had been carried out, although
    /// its last step was not: so this is no disk, but a fault of the tool.
    pub(crate) fn cut(&self) {
        // FS_IOC_SHUTDOWN without writing out the file system's journal, by a language that every Debian has.
        let ioctl = r#"my $how = pack("I", 2); open(F, "<", $ARGV[0]) or die $!; ioctl(F, 0x8004587D, $how) or die $!"#;
        run(Command::new("perl").args(["-e", ioctl]).arg(self.path().join("lock")));
    }

    /// The machine is switched on again: what the disk holds, and nothing else.
    pub(crate) fn switch_on(&mut self) {
        self.unmount();
        self.mount_image();
    }

    fn prepare() -> Mount {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        Mount { folder, is_mounted: false }
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn mount_image(&mut self) {
        run(Command::new("mount").args(["-o", "loop"]).arg(self.image()).arg(self.path()));
        self.is_mounted = true;
    }

    fn unmount(&mut self) {
        run(Command::new("umount").arg(self.path()));
        self.is_mounted = false;
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        if self.is_mounted {
            // A test that failed may leave it in use; the mount goes with the last process that sees it.
            let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
        }
    }
}

const IMAGE_BYTES: u64 = 64 * 1024 * 1024;

/// Runs a command that must succeed.
pub(crate) fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Fills what room a file system has left, to the last byte.
pub(crate) fn fill(folder: &Path) {
    let mut file = std::fs::File::create(folder.join("filling")).unwrap();
    while file.write(&[b'x'; 4096]).is_ok_and(|written| written > 0) {}
}
