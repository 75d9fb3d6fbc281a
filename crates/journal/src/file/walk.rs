//! Going through a journal line by line, and telling what a crash left half-written from what is damaged.

use catalogue::Revision;

use super::directory::Directory;
use super::disk::{Access, DiskFile};
use super::error::{Damage, OpenError};
use super::line::{self, BadLine, Outline};
use super::segment::{Lines, RawLine};

/// Whether a segment is the one that is written to: only there a crash can have left something half-written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Earlier,
    Last,
}

/// Who says that a revision was durable.
#[derive(Clone, Debug, Default)]
pub(crate) struct Witness {
    pub(crate) revision: Revision,
    /// Where that stands, for people.
    said_by: Option<(Revision, u64)>,
}

/// The end of the last segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tail {
    /// Up to where it consists of whole lines.
    pub(crate) length: u64,
    /// Up to where those are durable for certain: the end of the last entry that a witness claims.
    pub(crate) durable_length: u64,
    /// What a crash left behind the whole lines.
    pub(crate) torn: Option<Torn>,
}

/// A half-written end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Torn {
    /// How many bytes it has.
    pub(crate) bytes: u64,
    /// The number of its first line.
    pub(crate) line: u64,
}

/// What happens with each line: it was checked and stands where it should. An error says that it is unreadable.
pub(crate) type Visit<'v> = &'v mut dyn FnMut(&Outline, &[u8]) -> Result<(), BadLine>;

/// A walk through segments in order. Each line must follow the one before it.
pub(crate) struct Walk<'d> {
    directory: &'d Directory,
    /// The last revision met; where a gap follows it, the one before the next.
    pub(crate) end: Revision,
    pub(crate) witness: Witness,
}

/// What is known of the segment under way.
struct Segment {
    first: Revision,
    place: Place,
    /// The number of the line at hand.
    line: u64,
    /// Where the last entry ends.
    entries_length: u64,
    tail: Tail,
    /// How large the file is.
    bytes: u64,
}

impl<'d> Walk<'d> {
    /// A walk that begins behind the entry `after`.
    pub(crate) fn new(directory: &'d Directory, after: Revision) -> Self {
        Walk { directory, end: after, witness: Witness::default() }
    }

    /// Walks through the segment of that name.
    pub(crate) fn segment(&mut self, first: Revision, place: Place, visit: Visit<'_>) -> Result<Tail, OpenError> {
        let path = self.directory.segment(first);
        let file = self.directory.open(&path, Access::Read)?;
        let bytes = file.length().map_err(OpenError::io("read", &path))?;
        let mut segment = Segment { first, place, line: 0, entries_length: 0, tail: Tail::default(), bytes };
        let mut lines = Lines::new(file.as_ref(), 0, bytes);
        while let Some(raw) = lines.next().map_err(OpenError::io("read", &path))? {
            segment.line += 1;
            if !self.line(&mut segment, &raw, visit)? {
                self.look_for_witnesses(&mut segment, file.as_ref())?;
                break;
            }
        }
        if segment.tail.length == 0 && first != self.end.next() {
            return Err(self.out_of_order(&segment, first));
        }
        Ok(segment.tail)
    }

    /// Fails where a witness claims more than there is. The last thing to be asked.
    pub(crate) fn check_end(&self, last: Revision, tail: &Tail) -> Result<(), OpenError> {
        if self.witness.revision <= self.end {
            return Ok(());
        }
        let claim = format!("{} that revision {} was durable", self.witness.who(), self.witness.revision);
        let (line, found) = match &tail.torn {
            Some(torn) => (Some(torn.line), format!("the line cannot be read, and {claim}")),
            None => (None, format!("it ends at revision {}, and {claim}", self.end)),
        };
        Err(Damage { path: self.directory.segment(last), line, found }.into())
    }

    /// Takes one line in; `false` where it is none.
    fn line(&mut self, segment: &mut Segment, raw: &RawLine<'_>, visit: Visit<'_>) -> Result<bool, OpenError> {
        let outline = match line::outline(raw.bytes) {
            Ok(outline) if raw.is_ended => outline,
            Ok(_) | Err(BadLine::Unsealed) if segment.place == Place::Last => return Ok(false),
            Ok(_) => return Err(self.damage(segment, "the line has no end")),
            Err(error) => return Err(self.damage(segment, error)),
        };
        let before = self.end;
        self.follow(segment, &outline)?;
        visit(&outline, raw.bytes).map_err(|error| self.damage(segment, error))?;
        self.hear(segment, outline.durable());
        if self.witness.revision >= before {
            segment.tail.durable_length = segment.entries_length;
        }
        segment.tail.length = raw.next_offset();
        if let Outline::Entry { .. } = outline {
            segment.entries_length = segment.tail.length;
        }
        Ok(true)
    }

    /// Checks that a line may stand where it does.
    fn follow(&mut self, segment: &Segment, outline: &Outline) -> Result<(), OpenError> {
        match end_behind(self.end, outline) {
            Some(end) if segment.line > 1 || self.end.next() == segment.first => self.end = end,
            _ => return Err(self.out_of_order(segment, outline.next().unwrap_or(segment.first))),
        }
        Ok(())
    }

    fn hear(&mut self, segment: &Segment, durable: Revision) {
        if durable > self.witness.revision {
            self.witness = Witness { revision: durable, said_by: Some((segment.first, segment.line)) };
        }
    }

    /// Behind a bad line nothing counts but what later lines say was durable.
    fn look_for_witnesses(&mut self, segment: &mut Segment, file: &dyn DiskFile) -> Result<(), OpenError> {
        let Segment { line, bytes, .. } = *segment;
        segment.tail.torn = Some(Torn { bytes: bytes - segment.tail.length, line });
        let mut lines = Lines::new(file, segment.tail.length, bytes);
        segment.line -= 1;
        let path = self.directory.segment(segment.first);
        while let Some(raw) = lines.next().map_err(OpenError::io("read", &path))? {
            segment.line += 1;
            // A line whose beginning cannot be told from the bad one before it still has its own end.
            for start in line::beginnings(raw.bytes) {
                if let Ok(outline) = line::outline(&raw.bytes[start..]) {
                    self.hear(segment, outline.durable());
                }
            }
        }
        Ok(())
    }

    fn out_of_order(&self, segment: &Segment, found: Revision) -> OpenError {
        let end = self.end;
        let found =
            format!("revision {found} follows revision {end}: what belongs between them is missing or misplaced");
        self.damage(segment, found)
    }

    fn damage(&self, segment: &Segment, found: impl ToString) -> OpenError {
        let line = (segment.line > 0).then_some(segment.line);
        Damage { path: self.directory.segment(segment.first), line, found: found.to_string() }.into()
    }
}

/// Where a journal stands behind a line, if that may follow the revision `end`. Only a restore leaves a gap, and says
/// what was before it.
pub(crate) fn end_behind(end: Revision, outline: &Outline) -> Option<Revision> {
    match outline {
        Outline::Entry { revision, .. } => Some(*revision).filter(|revision| *revision == end.next()),
        Outline::Mark { next: None, .. } => Some(end),
        Outline::Mark { durable, next: Some(next) } => (*durable == end && *next > end).then(|| Revision(next.0 - 1)),
    }
}

impl Witness {
    /// A file other than the segments that holds a revision.
    pub(crate) fn of(revision: Revision) -> Self {
        Witness { revision, said_by: None }
    }

    fn who(&self) -> String {
        match self.said_by {
            Some((first, line)) => format!("line {line} of {} says", super::segment::segment_name(first)),
            None => "the snapshot says".into(),
        }
    }
}
