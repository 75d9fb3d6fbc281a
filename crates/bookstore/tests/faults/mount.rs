//! File systems of a test's own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A mounted file system; dropped, it is unmounted.
pub(crate) struct Mount {
    folder: TempDir,
    is_mounted: bool,
    /// Where its image is, if it is a disk.
    below: Option<Box<Mount>>,
}

impl Mount {
    /// A file system in memory with room for so many KiB.
    pub(crate) fn tmpfs(kib: u64) -> Mount {
        let mut mount = Mount::prepare();
        run(Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={kib}k"), "tmpfs"]).arg(mount.path()));
        mount.is_mounted = true;
        mount
    }

    /// An ext4 file system on a disk that can lose its power.
    pub(crate) fn disk() -> Mount {
        let mut below = Mount::prepare();
        make_image(&below.image(), BELOW_BYTES, &["mkfs.xfs", "-q"]);
        below.mount_image();
        let mut disk = Mount::prepare();
        disk.below = Some(Box::new(below));
        make_image(&disk.image(), DISK_BYTES, &["mkfs.ext4", "-q", "-F", "-b", "4096"]);
        disk.mount_image();
        disk
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The power fails: the disk will be what it is at this instant, whatever is on its way to it.
    ///
    /// Its image is copied by sharing all blocks, which the file system below does in one step between two writes.
    pub(crate) fn cut(&self) {
        run(Command::new("cp").arg("--reflink=always").arg(self.image()).arg(self.remains()));
    }

    /// The file system is shut down: from now on nothing reaches the disk, not even what the system has in its memory.
    ///
    /// Nothing may be under way in it. A sync that is may return as if it had been carried out, although its last step was
    /// not, which is a fault of this tool: no disk does it.
    pub(crate) fn shut_down(&self) {
        // FS_IOC_SHUTDOWN without writing out the file system's journal, by a language that every Debian has.
        let ioctl = r#"my $how = pack("I", 2); open(F, "<", $ARGV[0]) or die $!; ioctl(F, 0x8004587D, $how) or die $!"#;
        run(Command::new("perl").args(["-e", ioctl]).arg(self.path().join("lock")));
    }

    /// The machine is switched on again: there is what the disk holds, and nothing else.
    pub(crate) fn switch_on(&mut self) {
        run(Command::new("umount").arg(self.path()));
        self.is_mounted = false;
        if self.remains().exists() {
            std::fs::rename(self.remains(), self.image()).unwrap();
        }
        self.mount_image();
    }

    fn prepare() -> Mount {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        Mount { folder, is_mounted: false, below: None }
    }

    fn image(&self) -> PathBuf {
        self.below.as_ref().map_or(self.folder.path().to_owned(), |below| below.path()).join("image")
    }

    /// What a power cut left of the image.
    fn remains(&self) -> PathBuf {
        self.image().with_extension("cut")
    }

    fn mount_image(&mut self) {
        run(Command::new("mount").args(["-o", "loop"]).arg(self.image()).arg(self.path()));
        self.is_mounted = true;
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

/// A file of that size, of which nothing is there yet, made a file system.
fn make_image(path: &Path, bytes: u64, make: &[&str]) {
    std::fs::File::create(path).unwrap().set_len(bytes).unwrap();
    run(Command::new(make[0]).args(&make[1..]).arg(path));
}

const DISK_BYTES: u64 = 64 * 1024 * 1024;
const BELOW_BYTES: u64 = 512 * 1024 * 1024;

/// Runs a command that must succeed.
fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Fills what room a file system has left with a file of that name, to the last byte.
pub(crate) fn fill(path: &Path) {
    let mut file = std::fs::File::create(path).unwrap();
    while file.write(&[b'x'; 4096]).is_ok_and(|written| written > 0) {}
}
