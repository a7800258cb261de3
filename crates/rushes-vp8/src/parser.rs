//! Rows of macroblocks out of the partitions of a frame: RFC 6386, 5 and 19.3.

use rushes_core::{Error, Result};
use rushes_simd::{Level, dispatch};

use crate::bool_decoder::{BoolDecoder, Position};
use crate::dequantization::Quantizers;
use crate::filter::Filter;
use crate::header::{Header, Lasting};
use crate::macroblock::Row;
use crate::modes::ModeContext;
use crate::tokens::{self, Expanded, TokenContext};
use crate::vectors::Bounds;

/// What is needed to parse macroblocks, as far as the size of the picture goes.
#[derive(Debug)]
pub(crate) struct Parser {
    columns: usize,
    rows: usize,
    modes: ModeContext,
    tokens: Vec<TokenContext>,
    /// Of each macroblock: lasts from frame to frame.
    segments: Vec<u8>,
    expanded: Box<Expanded>,
}

/// What is needed to parse the macroblocks of a frame.
#[derive(Debug)]
pub(crate) struct FrameParser<'a> {
    pub(crate) header: &'a Header,
    pub(crate) lasting: &'a Lasting,
    pub(crate) filter: &'a Filter,
    quantizers: [Quantizers; 4],
    first: &'a [u8],
    first_at: Position,
    others: [&'a [u8]; 8],
    others_at: [Position; 8],
}

impl<'a> FrameParser<'a> {
    /// Behind the header.
    pub(crate) fn new(
        header: &'a Header,
        lasting: &'a Lasting,
        filter: &'a Filter,
        (first, first_at): (&'a [u8], Position),
        others: [&'a [u8]; 8],
    ) -> Self {
        let quantizers = Quantizers::of(&header.quantizers, &lasting.segmentation);
        let others_at = others.map(|data| BoolDecoder::new(data).position());
        Self { header, lasting, filter, quantizers, first, first_at, others, others_at }
    }
}

impl Parser {
    /// For pictures of so many macroblocks.
    pub(crate) fn new(columns: usize, rows: usize) -> Self {
        Self {
            columns,
            rows,
            modes: ModeContext::new(columns),
            tokens: vec![TokenContext::default(); columns],
            segments: vec![0; columns * rows],
            expanded: Box::new([[[[0; 11]; 3]; 17]; 4]),
        }
    }

    /// Before the first row of a frame.
    pub(crate) fn start(&mut self, lasting: &Lasting) {
        self.modes.start_frame();
        self.tokens.fill(TokenContext::default());
        tokens::expand(&lasting.probabilities.coefficients, &mut self.expanded);
    }

    /// Parses a row.
    ///
    /// # Errors
    /// Where the data end before it.
    pub(crate) fn row(
        &mut self,
        level: Level,
        frame: &mut FrameParser<'_>,
        number: usize,
        row: &mut Row,
    ) -> Result<()> {
        // No vectors here, but the instructions that shift and count zeros are better too.
        dispatch!(
            level,
            _simd => self.row_with(frame, number, row),
            self.row_with(frame, number, row)
        )
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "below 2^10")]
    fn row_with(
        &mut self,
        frame: &mut FrameParser<'_>,
        number: usize,
        row: &mut Row,
    ) -> Result<()> {
        let partition = number % frame.header.partitions;
        let mut modes = BoolDecoder::resume(frame.first, frame.first_at);
        let mut tokens = BoolDecoder::resume(frame.others[partition], frame.others_at[partition]);
        self.modes.start_row();
        row.clear();
        let Row { macroblocks, blocks, used } = row;
        let segments = &mut self.segments[number * self.columns..][..self.columns];
        let mut left = TokenContext::default();
        // A macroblock may be just outside of the picture.
        let bound = |place: usize| (place as i32 + 1) * 64;
        let (top, bottom) = (-bound(number), bound(self.rows - 1 - number));
        for (column, (macroblock, segment)) in macroblocks.iter_mut().zip(segments).enumerate() {
            if modes.is_exhausted() || tokens.is_exhausted() {
                return Err(Error::malformed("a partition ends before its last macroblock"));
            }
            let bounds = Bounds {
                left: -bound(column),
                right: bound(self.columns - 1 - column),
                top,
                bottom,
            };
            let (header, lasting) = (frame.header, frame.lasting);
            self.modes.read(&mut modes, header, lasting, column, bounds, segment, macroblock);
            macroblock.level = frame.filter.level(macroblock);
            let above = &mut self.tokens[column];
            if macroblock.skip {
                above.skip(macroblock);
                left.skip(macroblock);
            } else {
                let quantizers = &frame.quantizers[usize::from(macroblock.segment & 3)];
                tokens::read(
                    &mut tokens,
                    &self.expanded,
                    quantizers,
                    above,
                    &mut left,
                    macroblock,
                    blocks,
                    used,
                );
            }
        }
        frame.first_at = modes.position();
        frame.others_at[partition] = tokens.position();
        Ok(())
    }
}
