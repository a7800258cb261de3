//! Groups of pictures, decoded side by side: a stream is cut at the pictures from which on nothing refers to what came
//! before, and each piece goes to a decoder of its own.
//!
//! Packets that are [prepared](Decoder::prepare) are decoded in other threads; what they give comes out when they are
//! submitted, frames and errors in the order in which one decoder alone would give them. Nothing but the time it takes depends on
//! the number of threads.

#[cfg(test)]
mod tests;
mod work;

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rushes_core::{Error, Frame, Limits, Packet, Result};

use crate::{Decoder, DecoderOptions};
use work::{Event, Job, Work};

/// Finds where a stream can be cut.
pub(crate) trait Cutter: Send {
    /// Takes note of a packet, and says how to go on if a group starts with it: what a decoder makes of the packet and those
    /// behind it must be what it makes of them after all before it, damaged ones included.
    fn cut(&mut self, packet: &Packet) -> Option<Cut>;

    /// A decoder for what comes, after the packets that were noted.
    fn decoder(&self) -> Box<dyn Decoder>;
}

/// A place to cut.
pub(crate) struct Cut {
    /// Decodes from there on.
    pub(crate) decoder: Box<dyn Decoder>,
    /// Bytes that it takes.
    pub(crate) bytes: u64,
    /// Pictures that were not shown before it never are.
    pub(crate) discards: bool,
}

/// Packets after a start before any is decoded ahead: who seeks and takes a few pictures shall not pay for others.
const RUN_UP: u64 = 16;
/// Packets that are decoded ahead for each thread beyond the first: as long as encoders usually make a group.
const AHEAD: usize = 256;
/// Threads at most: where none are asked for, and in any case.
const MOST_OWN_THREADS: usize = 16;
const MOST_THREADS: usize = 64;

/// The decoder of a stream, with as many threads as are asked for.
pub(crate) fn decoder(cutter: impl Cutter + 'static, options: &DecoderOptions) -> Box<dyn Decoder> {
    let own =
        || thread::available_parallelism().map_or(1, |count| count.get().min(MOST_OWN_THREADS));
    match options.threads.map_or_else(own, usize::from).min(MOST_THREADS) {
        0 | 1 => cutter.decoder(),
        threads => Box::new(GroupDecoder::new(Box::new(cutter), threads, &options.limits)),
    }
}

/// Cuts a stream and decodes the pieces side by side.
struct GroupDecoder {
    cutter: Box<dyn Cutter>,
    threads: usize,
    /// Decodes in the caller's thread, until the first packet is prepared.
    here: Option<Box<dyn Decoder>>,
    /// Packets that were submitted since the start.
    submitted: u64,
    /// Packets that were prepared and not submitted.
    prepared: usize,
    work: Arc<Work>,
    workers: Vec<JoinHandle<()>>,
    ready: VecDeque<Frame>,
    finished: bool,
}

impl Decoder for GroupDecoder {
    fn look_ahead(&self) -> usize {
        if self.submitted < RUN_UP { 0 } else { AHEAD * (self.threads - 1) }
    }

    fn prepare(&mut self, packet: &Packet) -> bool {
        if self.finished || !self.start_workers() {
            return false;
        }
        if let Some(here) = self.here.take() {
            self.work.add_group(here, 0);
        }
        self.hand_over(packet);
        self.prepared += 1;
        true
    }

    fn submit(&mut self, packet: &Packet) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the decoder was finished: reset it before the next packet"));
        }
        self.submitted += 1;
        if let Some(here) = &mut self.here {
            self.cutter.cut(packet);
            return here.submit(packet);
        }
        match self.prepared.checked_sub(1) {
            Some(left) => self.prepared = left,
            None => self.hand_over(packet),
        }
        self.collect()
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        match &mut self.here {
            Some(here) => here.next_frame(),
            None => Ok(self.ready.pop_front()),
        }
    }

    fn finish(&mut self) -> Result<()> {
        let finished = mem::replace(&mut self.finished, true);
        match &mut self.here {
            Some(here) => here.finish(),
            None if finished => Ok(()),
            None => {
                self.work.add(Job::Finish);
                let mut result = Ok(());
                while !self.work.is_empty() {
                    result = result.and(self.collect());
                }
                result
            }
        }
    }

    fn reset(&mut self) {
        self.work.clear();
        self.here = Some(self.cutter.decoder());
        self.submitted = 0;
        self.prepared = 0;
        self.ready.clear();
        self.finished = false;
    }
}

impl Drop for GroupDecoder {
    fn drop(&mut self) {
        self.work.stop();
        for worker in self.workers.drain(..) {
            // A panic of a decoder does not end it.
            worker.join().ok();
        }
    }
}

impl GroupDecoder {
    fn new(cutter: Box<dyn Cutter>, threads: usize, limits: &Limits) -> Self {
        Self {
            here: Some(cutter.decoder()),
            cutter,
            threads,
            submitted: 0,
            prepared: 0,
            work: Arc::new(Work::new(threads, limits.decoder_bytes)),
            workers: Vec::new(),
            ready: VecDeque::new(),
            finished: false,
        }
    }

    /// Says whether there are threads to work.
    fn start_workers(&mut self) -> bool {
        while self.workers.len() < self.threads {
            let work = Arc::clone(&self.work);
            let worker = thread::Builder::new().name("decode".to_owned()).spawn(move || work.run());
            let Ok(worker) = worker else { break };
            self.workers.push(worker);
        }
        !self.workers.is_empty()
    }

    /// Gives a packet to the group that it belongs to.
    fn hand_over(&mut self, packet: &Packet) {
        if let Some(Cut { decoder, bytes, discards }) = self.cutter.cut(packet) {
            self.work.add(if discards { Job::Abandon } else { Job::Finish });
            self.work.add_group(decoder, bytes);
        }
        self.work.add(Job::Packet(packet.clone()));
    }

    /// Waits for all that comes out up to the next packet that is done; the first error of several.
    fn collect(&mut self) -> Result<()> {
        let mut result = Ok(());
        loop {
            match self.work.take() {
                Some(Event::Frame(frame)) => self.ready.push_back(frame),
                Some(Event::Failure(error)) => result = result.and(Err(error)),
                Some(Event::Done) | None => return result,
            }
        }
    }
}
