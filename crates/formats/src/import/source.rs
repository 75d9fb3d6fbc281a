//! The bytes of a file, unpacked where it is a gzip file.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::ImportError;

/// A file that can be read from its beginning more than once.
pub(super) struct Source {
    path: PathBuf,
    packed: bool,
}

/// The file's bytes from the beginning, unpacked.
pub(super) type Stream = Box<dyn Read + Send>;

const GZIP: [u8; 2] = [0x1f, 0x8b];
/// A gzip file may unpack to this much, whatever its size …
const UNPACKED_FREE_BYTES: u64 = 64 << 20;
/// … and beyond it to so many times its size. Lists of books come to 3 to 20 times; a bomb to 1,000 times.
const UNPACKED_RATIO_MAX: u64 = 200;

impl Source {
    pub(super) fn open(path: &Path) -> Result<Source, ImportError> {
        let about = fs::metadata(path)?;
        if about.is_dir() {
            return Err(ImportError("this is a directory: name a file in it".into()));
        }
        if !about.is_file() {
            return Err(ImportError("this is no ordinary file: save into one first, it is read more than once".into()));
        }
        let mut source = Source { path: path.to_owned(), packed: false };
        source.packed = source.start(2)? == GZIP;
        Ok(source)
    }

    /// The first bytes, at most so many.
    pub(super) fn start(&self, bytes_max: u64) -> io::Result<Vec<u8>> {
        let mut start = Vec::new();
        self.stream()?.take(bytes_max).read_to_end(&mut start)?;
        Ok(start)
    }

    pub(super) fn stream(&self) -> io::Result<Stream> {
        let file = File::open(&self.path)?;
        if !self.packed {
            return Ok(Box::new(file));
        }
        let gzip = MultiGzDecoder::new(BufReader::with_capacity(64 * 1024, Counted { file, bytes: 0 }));
        Ok(Box::new(Unpacked { gzip, unpacked: 0 }))
    }

    pub(super) fn is_packed(&self) -> bool {
        self.packed
    }
}

/// A file that knows how much of it was read.
struct Counted {
    file: File,
    bytes: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.file.read(buffer)?;
        self.bytes += bytes as u64;
        Ok(bytes)
    }
}

/// A gzip file's content, which ends in an error where it grows out of all proportion.
struct Unpacked {
    gzip: MultiGzDecoder<BufReader<Counted>>,
    unpacked: u64,
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.gzip.read(buffer).map_err(damaged)?;
        self.unpacked += bytes as u64;
        let packed = self.gzip.get_ref().get_ref().bytes;
        if self.unpacked > UNPACKED_FREE_BYTES && self.unpacked / UNPACKED_RATIO_MAX > packed {
            return Err(io::Error::other(format!(
                "the file unpacks to more than {UNPACKED_RATIO_MAX} times its size, as no list of books does: \
                 if it is one, unpack it first and import that"
            )));
        }
        Ok(bytes)
    }
}

fn damaged(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            io::Error::other("the file is cut off: its gzip stream does not come to its end; get a whole copy")
        }
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            io::Error::other(format!("the file is damaged, its gzip stream says: {error}; get a whole copy"))
        }
        _ => error,
    }
}
