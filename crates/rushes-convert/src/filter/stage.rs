//! Filters at work, one behind the other.

use std::fmt::Debug;

use rushes_core::Result;

/// A filter at work on frames of one format.
pub(super) trait Stage<F>: Debug + Send {
    /// Takes a frame. All frames that come out are taken before the next one goes in.
    fn push(&mut self, frame: F) -> Result<()>;

    /// The next frame that is ready.
    fn next(&mut self) -> Result<Option<F>>;

    /// No more frames will come.
    fn finish(&mut self) -> Result<()> {
        Ok(())
    }

    /// Forgets all frames.
    fn reset(&mut self);
}

/// A filter that makes at most one frame of each, at once.
pub(super) trait Map<F>: Debug + Send {
    /// The frame that comes out.
    fn map(&mut self, frame: F) -> Result<Option<F>>;

    /// Forgets what it knows of frames before.
    fn reset(&mut self) {}
}

/// A [`Map`] as a stage.
#[derive(Debug)]
pub(super) struct Mapped<F, M> {
    map: M,
    ready: Option<F>,
}

impl<F, M> Mapped<F, M> {
    pub(super) const fn new(map: M) -> Self {
        Self { map, ready: None }
    }
}

impl<F: Debug + Send, M: Map<F>> Stage<F> for Mapped<F, M> {
    fn push(&mut self, frame: F) -> Result<()> {
        self.ready = self.map.map(frame)?;
        Ok(())
    }

    fn next(&mut self) -> Result<Option<F>> {
        Ok(self.ready.take())
    }

    fn reset(&mut self) {
        self.ready = None;
        self.map.reset();
    }
}

/// Stages in a row. Frames are drawn through from the end, so that each stage holds no more than it must.
#[derive(Debug)]
pub(super) struct Pipeline<F> {
    stages: Vec<Box<dyn Stage<F>>>,
    /// The frame that waits in front, and whether it is the last.
    input: Option<F>,
    ended: bool,
    /// Stages that know of the end.
    finished: usize,
}

impl<F> Pipeline<F> {
    pub(super) const fn new(stages: Vec<Box<dyn Stage<F>>>) -> Self {
        Self { stages, input: None, ended: false, finished: 0 }
    }

    /// True while a frame waits that was not drawn.
    pub(super) const fn is_full(&self) -> bool {
        self.input.is_some()
    }

    pub(super) const fn has_ended(&self) -> bool {
        self.ended
    }

    pub(super) fn push(&mut self, frame: F) {
        self.input = Some(frame);
    }

    pub(super) const fn finish(&mut self) {
        self.ended = true;
    }

    pub(super) fn reset(&mut self) {
        self.stages.iter_mut().for_each(|stage| stage.reset());
        (self.input, self.ended, self.finished) = (None, false, 0);
    }

    /// The next frame behind all stages; `None` where more must go in first, or nothing is left.
    pub(super) fn next(&mut self) -> Result<Option<F>> {
        // Frames come out of the gap in front of stage `index`.
        let mut index = self.stages.len();
        loop {
            let frame = match index.checked_sub(1).and_then(|before| self.stages.get_mut(before)) {
                Some(stage) => stage.next()?,
                None => self.input.take(),
            };
            match (frame, self.stages.get_mut(index)) {
                (Some(frame), None) => return Ok(Some(frame)),
                (Some(frame), Some(stage)) => {
                    stage.push(frame)?;
                    index += 1;
                }
                // All in front of the gap is drained for good: the stage behind it learns of the end.
                (None, Some(stage)) if self.ended && self.finished == index => {
                    stage.finish()?;
                    self.finished += 1;
                    index += 1;
                }
                (None, _) if self.ended && self.finished >= index => return Ok(None),
                (None, _) => match index.checked_sub(1) {
                    Some(before) => index = before,
                    None => return Ok(None),
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives numbers in reverse at the end.
    #[derive(Debug, Default)]
    struct Turn {
        held: Vec<u32>,
        ended: bool,
    }

    impl Stage<u32> for Turn {
        fn push(&mut self, frame: u32) -> Result<()> {
            self.held.push(frame);
            Ok(())
        }

        fn next(&mut self) -> Result<Option<u32>> {
            Ok(self.held.pop_if(|_| self.ended))
        }

        fn finish(&mut self) -> Result<()> {
            self.ended = true;
            Ok(())
        }

        fn reset(&mut self) {
            *self = Self::default();
        }
    }

    /// Gives each number as often as it says.
    #[derive(Debug, Default)]
    struct Repeat(u32, u32);

    impl Stage<u32> for Repeat {
        fn push(&mut self, frame: u32) -> Result<()> {
            assert_eq!(self.1, 0, "frames must be taken first");
            *self = Self(frame, frame);
            Ok(())
        }

        fn next(&mut self) -> Result<Option<u32>> {
            self.1 = match self.1.checked_sub(1) {
                Some(left) => left,
                None => return Ok(None),
            };
            Ok(Some(self.0))
        }

        fn reset(&mut self) {
            *self = Self::default();
        }
    }

    #[test]
    fn frames_go_through_and_ends_are_told_in_order() {
        type Make = fn() -> Box<dyn Stage<u32>>;
        let stages: [Make; 2] = [|| Box::<Turn>::default(), || Box::<Repeat>::default()];
        for (order, expected) in [
            (&[][..], &[0, 3, 1, 2][..]),
            (&[0], &[2, 1, 3, 0]),
            (&[1], &[3, 3, 3, 1, 2, 2]),
            (&[0, 1], &[2, 2, 1, 3, 3, 3]),
            (&[1, 0], &[2, 2, 1, 3, 3, 3]),
            (&[0, 0], &[0, 3, 1, 2]),
        ] {
            let mut pipeline =
                Pipeline::new(order.iter().map(|index: &usize| stages[*index]()).collect());
            for _ in 0..2 {
                let mut out = Vec::new();
                for number in [0, 3, 1, 2] {
                    pipeline.push(number);
                    while let Some(number) = pipeline.next().expect("no error") {
                        out.push(number);
                    }
                    assert!(!pipeline.is_full());
                }
                pipeline.finish();
                while let Some(number) = pipeline.next().expect("no error") {
                    out.push(number);
                }
                assert!(pipeline.next().expect("no error").is_none());
                assert_eq!(out, expected, "{order:?}");
                pipeline.reset();
            }
        }
    }
}
