//! The decoder.

use std::sync::Arc;

use rushes_core::{Error, Limits, Result};
use rushes_simd::Level;

use crate::bool_decoder::BoolDecoder;
use crate::filter::Filter;
use crate::header::{self, Copy, Header, Lasting, Probabilities, Refresh, Size, Tag};
use crate::inter::Filters;
use crate::macroblock::Row;
use crate::parser::{FrameParser, Parser};
use crate::picture::{Picture, Planes, Pool};
use crate::reconstruction::Frame;
use crate::team::Team;

/// Settings of a [`Decoder`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Bounds on the size of pictures. Default: those of [`Limits`].
    pub limits: Limits,
    /// Vector instructions. Default: the best that there are.
    pub level: Level,
    /// Threads that work on a frame. Default: 1.
    pub threads: usize,
}

impl Options {
    /// The defaults.
    ///
    /// # Errors
    /// [`Error::Usage`] if the environment variable `RUSHES_CPU` names no level.
    pub fn new() -> Result<Self> {
        Ok(Self { limits: Limits::default(), level: Level::detect()?, threads: 1 })
    }
}

/// Decodes frames of VP8.
#[derive(Debug)]
pub struct Decoder {
    options: Options,
    lasting: Lasting,
    /// What `lasting` becomes, if all goes well.
    next: Lasting,
    saved: Probabilities,
    sequence: Option<Sequence>,
}

/// What depends on the size of pictures.
#[derive(Debug)]
struct Sequence {
    size: Size,
    columns: usize,
    rows: usize,
    parser: Parser,
    workers: Workers,
    /// Last, golden and altref.
    references: Option<[Arc<Planes>; 3]>,
    pool: Pool,
}

/// Who decodes.
#[derive(Debug)]
enum Workers {
    /// One thread, with the row at work and those before.
    Alone(Box<[Row; 3]>),
    Team(Team),
}

impl Workers {
    fn new(options: &Options, columns: usize, rows: usize) -> Self {
        if options.threads > 1 {
            Self::Team(Team::new(options.threads, options.level, columns, rows))
        } else {
            Self::Alone(Box::new([(); 3].map(|()| Row::new(columns))))
        }
    }
}

impl Decoder {
    /// Before the first frame, which is to be a key frame.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            options: Options { level: kernel_level(options.level), ..options },
            lasting: Lasting::default(),
            next: Lasting::default(),
            saved: Probabilities::default(),
            sequence: None,
        }
    }

    /// Forgets all frames: the next one is to be a key frame.
    pub fn reset(&mut self) {
        self.sequence = None;
    }

    /// Decodes a frame; `None` for one that is not to be shown.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a frame that is damaged or whose references are missing, [`Error::Limit`] for pictures that are
    /// too large. The decoder then has the references that it had before, so that frames behind it can still be decoded, if to
    /// something else than was encoded; after a key frame of another size it has none.
    pub fn decode(&mut self, frame: &[u8]) -> Result<Option<Picture>> {
        let (tag, first, others) = Tag::read(frame)?;
        if let Some(size) = tag.size {
            self.resize(size)?;
        }
        let sequence = self.sequence.as_mut().ok_or_else(no_key)?;
        if !tag.key && sequence.references.is_none() {
            return Err(no_key());
        }
        let mut data = BoolDecoder::new(first);
        self.next.clone_from(&self.lasting);
        let header = Header::read(&tag, &mut data, &mut self.next, &mut self.saved);
        let ranges = header::partitions(others, header.partitions)?;
        let others = ranges.map(|(start, end)| &others[start..end]);
        let planes =
            sequence.decode(&header, &self.next, (first, data), others, self.options.level)?;
        sequence.refresh(&header.refresh, &planes);
        sequence.size = tag.size.unwrap_or(sequence.size);
        std::mem::swap(&mut self.lasting, &mut self.next);
        if header.forget {
            self.lasting.probabilities.clone_from(&self.saved);
        }
        let picture = Picture { planes, size: sequence.size, key: tag.key };
        Ok(tag.shown.then_some(picture))
    }

    /// Before a key frame.
    fn resize(&mut self, size: Size) -> Result<()> {
        let (width, height) = (size.width.into(), size.height.into());
        self.options.limits.check_picture(width, height)?;
        let (columns, rows): (usize, usize) =
            (size.width.div_ceil(16).into(), size.height.div_ceil(16).into());
        // Three references, the frame at work, and one that the caller looks at.
        self.options.limits.check_decoder(5 * 384 * columns as u64 * rows as u64)?;
        match &mut self.sequence {
            Some(sequence) if (sequence.columns, sequence.rows) == (columns, rows) => {}
            sequence => {
                *sequence = Some(Sequence {
                    size,
                    columns,
                    rows,
                    parser: Parser::new(columns, rows),
                    workers: Workers::new(&self.options, columns, rows),
                    references: None,
                    pool: Pool::default(),
                });
            }
        }
        Ok(())
    }
}

impl Sequence {
    fn decode(
        &mut self,
        header: &Header,
        lasting: &Lasting,
        (first, data): (&[u8], BoolDecoder<'_>),
        others: [&[u8]; 8],
        level: Level,
    ) -> Result<Arc<Planes>> {
        let filter = Filter::new(header.filter, header.key, &lasting.segmentation, &lasting.deltas);
        let frame = Frame {
            filters: Filters::of(header.version),
            filter: filter.clone(),
            references: if header.key { None } else { self.references.clone() },
            rows: self.rows,
        };
        let mut parser =
            FrameParser::new(header, lasting, &filter, (first, data.position()), others);
        self.parser.start(lasting);
        let mut planes = self.pool.take(self.columns, self.rows);
        let result = match Arc::get_mut(&mut planes) {
            Some(planes) => {
                let mut parse =
                    |number: usize, row: &mut Row| self.parser.row(level, &mut parser, number, row);
                match &mut self.workers {
                    Workers::Alone(lines) => {
                        let [y, u, v] = &mut planes.planes;
                        (0..self.rows).try_for_each(|number| {
                            lines.rotate_right(1);
                            parse(number, &mut lines[0])?;
                            let rows = lines.each_ref();
                            frame.luma(level, number, rows, y);
                            frame.chroma(level, number, rows, [u, v]);
                            Ok(())
                        })
                    }
                    Workers::Team(team) => team.decode(&frame, planes, parse),
                }
            }
            None => Err(Error::malformed("a picture at work is in use")),
        };
        self.pool.put(&planes);
        result.map(|()| planes)
    }

    /// RFC 6386, 9.7. Copies are of what was there before the frame, so that golden and altref may change places.
    fn refresh(&mut self, refresh: &Refresh, planes: &Arc<Planes>) {
        let [last, golden, altref] =
            self.references.take().unwrap_or_else(|| [(); 3].map(|()| Arc::clone(planes)));
        let next = |replaced: bool, copy: Copy, own: &Arc<Planes>, other: &Arc<Planes>| {
            Arc::clone(match (replaced, copy) {
                (true, _) => planes,
                (false, Copy::Keep) => own,
                (false, Copy::Last) => &last,
                (false, Copy::Other) => other,
            })
        };
        self.references = Some([
            next(refresh.last, Copy::Keep, &last, &last),
            next(refresh.golden, refresh.copy_to_golden, &golden, &altref),
            next(refresh.altref, refresh.copy_to_altref, &altref, &golden),
        ]);
    }
}

/// The level of the kernels. Their vectors have 16 bytes; for those, AVX-512 has no better instructions than AVX2, and the
/// masks that it wants are slower.
fn kernel_level(level: Level) -> Level {
    if level.name() == "avx512" { Level::from_name("avx2").unwrap_or(level) } else { level }
}

fn no_key() -> Error {
    Error::malformed("there was no key frame before")
}
