//! One process a directory.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use super::error::OpenError;

/// The lock of a data directory, held as long as this lives. The system lets go of it with the process, however that ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock of a directory that is there, or says who has it.
    pub fn take(directory: &Path) -> Result<Lock, OpenError> {
        let path = directory.join("lock");
        let opened = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = opened.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => OpenError::NoStore { directory: directory.into() },
            _ => OpenError::io("open", &path)(error),
        })?;
        match file.try_lock() {
            Ok(()) => {
                write_pid(&mut file).map_err(OpenError::io("write", &path))?;
                Ok(Lock { file })
            }
            Err(TryLockError::WouldBlock) => {
                let pid = read_pid(&mut file).map_err(OpenError::io("read", &path))?;
                Err(OpenError::Locked { directory: directory.into(), pid })
            }
            Err(TryLockError::Error(error)) => Err(OpenError::io("lock", &path)(error)),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file would do, but for a child process that is just being started and holds a copy of it until it
        // runs its program. When this fails, closing still does.
        let _ = self.file.unlock();
    }
}

/// Always as long, so that a reader never meets half a number.
fn write_pid(file: &mut File) -> io::Result<()> {
    let line = format!("{:<10}\n", std::process::id());
    file.rewind()?;
    file.write_all(line.as_bytes())?;
    file.set_len(line.len() as u64)
}

/// The holder writes its number right after it got the lock: who comes between the two looks again.
fn read_pid(file: &mut File) -> io::Result<u32> {
    for _ in 0..1_000 {
        let mut text = String::new();
        file.rewind()?;
        file.read_to_string(&mut text)?;
        if let Ok(pid) = text.trim().parse() {
            return Ok(pid);
        }
        std::thread::yield_now();
    }
    Ok(0)
}
