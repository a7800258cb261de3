//! What decoders of sound have in common: a packet goes in, a block of samples comes out.

use std::collections::VecDeque;

use rushes_core::{AudioFrame, Error, Frame, Packet, Result};

use crate::Decoder;

/// Turns a packet into samples.
pub(crate) trait Engine: Send {
    /// The samples of a packet; `None` where it holds none. Their times are the caller's to set.
    fn decode(&mut self, packet: &Packet) -> Result<Option<AudioFrame>>;

    /// Forgets the packets before.
    fn reset(&mut self);
}

/// The decoder around an engine.
#[derive(Debug)]
pub(crate) struct SoundDecoder<E> {
    engine: E,
    ready: VecDeque<AudioFrame>,
    finished: bool,
}

impl<E: Engine + 'static> SoundDecoder<E> {
    pub(crate) fn boxed(engine: E) -> Box<dyn Decoder> {
        Box::new(Self { engine, ready: VecDeque::new(), finished: false })
    }
}

impl<E: Engine> Decoder for SoundDecoder<E> {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the decoder was finished: reset it before the next packet"));
        }
        if let Some(mut frame) = self.engine.decode(packet)? {
            frame.pts = packet.pts;
            frame.duration = packet.duration;
            self.ready.push_back(frame);
        }
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        Ok(self.ready.pop_front().map(Frame::Audio))
    }

    fn finish(&mut self) -> Result<()> {
        self.finished = true;
        Ok(())
    }

    fn reset(&mut self) {
        self.engine.reset();
        self.ready.clear();
        self.finished = false;
    }
}
