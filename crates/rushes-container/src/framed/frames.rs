//! Finds frames one after another, and what lies between them.

use rushes_core::{Error, Result};

use super::FrameHeader;
use crate::input::Input;
use crate::tags::tail;

/// Frames that must follow one behind junk that is not like those before the junk.
const UNLIKE_FRAMES: usize = 3;
/// Bytes that are searched at once.
const STEP: usize = 4096;
/// Bytes by which a tag is told.
const TAG_BYTES: usize = 32;

/// A frame that starts at the position of the input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<H> {
    pub(crate) header: H,
    /// Bytes of it that are there.
    pub(crate) length: usize,
    /// Bytes that its header asks for.
    pub(crate) wanted: usize,
    /// Bytes of no use that were passed on the way to it.
    pub(crate) junk: u64,
}

/// Finds frames.
#[derive(Clone, Debug)]
pub(crate) struct Frames<H> {
    /// What a frame looks like that needs no second look; `None` where the next one is known to be a frame.
    like: Option<H>,
    /// What frames need that do not tell their length.
    free: Option<usize>,
    /// Where tags start behind the sound, as far as known.
    end: u64,
    /// The end of a tag that is being passed.
    behind_tag: Option<u64>,
}

impl<H: FrameHeader> Frames<H> {
    /// Looks for the first frame.
    pub(crate) fn open(input: &mut Input, end: u64) -> Result<(Self, Option<Frame<H>>)> {
        let mut frames = Self { like: None, free: None, end, behind_tag: None };
        let frame = frames.search(input)?;
        Ok((frames, frame))
    }

    /// Says that the input was moved to where a frame is known to be.
    pub(crate) const fn jumped(&mut self) {
        self.like = None;
        self.behind_tag = None;
    }

    /// Goes to the next frame, over padding, tags and junk; `None` at the end.
    pub(crate) fn next(&mut self, input: &mut Input) -> Result<Option<Frame<H>>> {
        loop {
            if !self.leave_tag(input)? {
                return Ok(None);
            }
            let left = self.left(input);
            let head = input.peek(TAG_BYTES.min(left))?;
            if head.len() < H::SIZE {
                return Ok(None);
            }
            let tag = tail::length(head);
            if let Some(header) = H::read(head)
                && let Some(frame) = self.take(input, header)?
            {
                return Ok(Some(frame));
            }
            if let Some(length) = tag {
                self.behind_tag = Some(input.position().saturating_add(length));
                continue;
            }
            let bytes = input.peek(STEP.min(left))?;
            match bytes.iter().take_while(|byte| **byte == 0).count() {
                0 => return self.search(input),
                zeros => {
                    input.skip(zeros as u64)?;
                    input.mark();
                }
            }
        }
    }

    /// Goes on behind a tag, which an input that cannot seek need not keep; false where the input ends in it.
    fn leave_tag(&mut self, input: &mut Input) -> Result<bool> {
        let Some(target) = self.behind_tag else { return Ok(true) };
        input.unmark();
        let result = input.seek(target);
        input.mark();
        match result {
            Ok(()) => {
                self.behind_tag = None;
                Ok(true)
            }
            Err(Error::Malformed(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The frame at the position; `None` for one that is not like the others and that no other follows.
    fn take(&mut self, input: &mut Input, header: H) -> Result<Option<Frame<H>>> {
        let trusted = self.like.is_none_or(|like| like.is_like(&header));
        if !trusted && !self.confirm(input, &header, 1)? {
            return Ok(None);
        }
        let Some(wanted) = header.frame_bytes(self.free) else { return Ok(None) };
        let left = self.left(input);
        let length = input.peek(wanted.min(left))?.len();
        self.like = Some(header);
        Ok(Some(Frame { header, length, wanted, junk: 0 }))
    }

    /// Looks for a frame that others follow, byte by byte.
    fn search(&mut self, input: &mut Input) -> Result<Option<Frame<H>>> {
        let known = (self.like, self.free);
        let found = self.search_from(input, input.position());
        if !matches!(found, Ok(Some(_))) {
            (self.like, self.free) = known;
        }
        found
    }

    fn search_from(&mut self, input: &mut Input, start: u64) -> Result<Option<Frame<H>>> {
        let limit = input.limits().probe_bytes;
        loop {
            let junk = input.position() - start;
            let left = self.left(input);
            if junk > limit {
                let message = format!("no frame of {} in {limit} bytes", H::WHAT);
                return Err(Error::malformed(message).at(start));
            }
            // A slow pipe need not be waited for where a frame is at hand.
            let step = if junk == 0 { TAG_BYTES } else { STEP };
            let bytes = input.peek(step.min(left))?;
            if bytes.len() < H::SIZE {
                return Ok(None);
            }
            // The last bytes may be the start of a header that goes on behind them.
            let tried = bytes.len() - (H::SIZE - 1);
            let found = (0..tried).find_map(|at| Some((at, H::read(&bytes[at..])?)));
            let Some((at, header)) = found else {
                input.skip(tried as u64)?;
                continue;
            };
            input.skip(at as u64)?;
            if self.free.is_none() && header.frame_bytes(None).is_none() {
                let left = self.left(input);
                self.free = header.free(input.peek(H::FREE_WINDOW.min(left))?);
            }
            let like = self.like.is_none_or(|like| like.is_like(&header));
            if self.confirm(input, &header, if like { 1 } else { UNLIKE_FRAMES })? {
                self.like = None;
                if let Some(frame) = self.take(input, header)? {
                    return Ok(Some(Frame { junk: junk + at as u64, ..frame }));
                }
            }
            input.skip(1)?;
        }
    }

    /// True where the frame at the position is followed by so many like it, or by fewer and a tag or the end.
    fn confirm(&self, input: &mut Input, header: &H, count: usize) -> Result<bool> {
        let (mut at, mut last) = (0, *header);
        for _ in 0..count {
            let Some(size) = last.frame_bytes(self.free) else { return Ok(false) };
            at += size;
            let left = self.left(input);
            let bytes = input.peek((at + TAG_BYTES).min(left))?;
            let Some(behind) = bytes.get(at..) else { return Ok(false) };
            match H::read(behind).filter(|next| next.is_like(header)) {
                Some(next) => last = next,
                None => return Ok(behind.is_empty() || tail::is_tag(behind)),
            }
        }
        Ok(true)
    }

    /// Bytes up to the end of the sound.
    fn left(&self, input: &Input) -> usize {
        usize::try_from(self.end.saturating_sub(input.position())).unwrap_or(usize::MAX)
    }
}
