//! What the threads share: groups in the order of the stream, with the packets that go into each and the frames that came out.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rushes_core::{Error, Frame, Packet};

use crate::Decoder;
use crate::guard::guard;

/// Bytes of the frames that wait for their turn, unless decoders may take less than four times as much.
const WAITING_BYTES: u64 = 256 << 20;
/// Frames of the first group that wait. Behind it whole groups may.
const FIRST_FRAMES: usize = 8;

/// What a decoder is to do.
pub(super) enum Job {
    Packet(Packet),
    /// To give out all that is left, after which the group is done.
    Finish,
    /// To give out nothing more.
    Abandon,
}

/// What comes out.
pub(super) enum Event {
    Frame(Frame),
    Failure(Error),
    /// All of a packet came out.
    Done,
}

/// The groups, and how the threads wait for one another.
pub(super) struct Work {
    /// Groups that may have been begun.
    most_groups: usize,
    /// Bytes of all decoders together.
    decoder_bytes: u64,
    /// Bytes of the frames that wait for their turn.
    frame_bytes: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    groups: VecDeque<Group>,
    /// Number of the first of the groups.
    first: u64,
    /// Bytes of the frames in all groups.
    frame_bytes: u64,
    stopped: bool,
}

struct Group {
    /// The decoder, until a thread takes it.
    decoder: Option<Box<dyn Decoder>>,
    /// Bytes that it takes.
    bytes: u64,
    jobs: VecDeque<Job>,
    events: VecDeque<Event>,
    /// How many of them are frames.
    frames: usize,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    /// No job is being done.
    Idle,
    Busy,
    /// No job will be done any more.
    Done,
}

impl Work {
    pub(super) fn new(threads: usize, decoder_bytes: u64) -> Self {
        Self {
            most_groups: threads.saturating_mul(2),
            decoder_bytes,
            frame_bytes: WAITING_BYTES.min(decoder_bytes / 4),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Adds a group behind all others.
    pub(super) fn add_group(&self, decoder: Box<dyn Decoder>, bytes: u64) {
        self.lock().groups.push_back(Group {
            decoder: Some(decoder),
            bytes,
            jobs: VecDeque::new(),
            events: VecDeque::new(),
            frames: 0,
            phase: Phase::Idle,
        });
        self.changed.notify_all();
    }

    /// Adds a job for the last group.
    pub(super) fn add(&self, job: Job) {
        if let Some(last) = self.lock().groups.back_mut() {
            last.jobs.push_back(job);
        }
        self.changed.notify_all();
    }

    /// True where all groups are done, and all that came out of them was taken.
    pub(super) fn is_empty(&self) -> bool {
        self.lock().groups.is_empty()
    }

    /// Bytes of the frames that wait for their turn.
    #[cfg(test)]
    pub(super) fn frame_bytes(&self) -> u64 {
        self.lock().frame_bytes
    }

    /// Waits for what comes next; `None` where that needs more packets.
    pub(super) fn take(&self) -> Option<Event> {
        let mut state = self.lock();
        loop {
            let front = state.groups.front_mut()?;
            if let Some(event) = front.events.pop_front() {
                if let Event::Frame(_) = event {
                    front.frames -= 1;
                    state.frame_bytes -= event.bytes();
                    // There is room again.
                    self.changed.notify_all();
                }
                return Some(event);
            }
            match front.phase {
                Phase::Done => {
                    state.groups.pop_front();
                    state.first += 1;
                    self.changed.notify_all();
                }
                Phase::Idle if front.jobs.is_empty() => return None,
                Phase::Idle | Phase::Busy => state = self.wait(state),
            }
        }
    }

    /// Forgets all groups. What is being done is done in vain.
    pub(super) fn clear(&self) {
        let mut state = self.lock();
        let first = state.first + state.groups.len() as u64;
        *state = State { first, stopped: state.stopped, ..State::default() };
        self.changed.notify_all();
    }

    /// Lets all threads end.
    pub(super) fn stop(&self) {
        self.clear();
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    /// What a thread does until it is stopped.
    pub(super) fn run(&self) {
        while let Some((number, decoder)) = self.next_group() {
            let mut decoder = Some(decoder);
            while let Some(job) = self.next_job(number) {
                let is_packet = matches!(job, Job::Packet(_));
                if let Some(mut working) = decoder.take() {
                    match guard(|| self.do_job(number, &mut *working, job)) {
                        Ok(()) => decoder = Some(working),
                        Err(_) => {
                            let error = Error::malformed("the data lead the decoder astray");
                            self.push(number, Event::Failure(error));
                        }
                    }
                }
                if is_packet {
                    self.push(number, Event::Done);
                } else {
                    self.end(number);
                    break;
                }
            }
        }
    }

    /// Takes the first group that waits for a thread. One that would take too much memory beside those before it waits until they
    /// are done.
    fn next_group(&self) -> Option<(u64, Box<dyn Decoder>)> {
        let mut state = self.lock();
        while !state.stopped {
            let mut bytes = 0_u64;
            let mut found = None;
            for (index, group) in state.groups.iter().enumerate().take(self.most_groups) {
                if group.phase != Phase::Done {
                    bytes = bytes.saturating_add(group.bytes);
                }
                if group.decoder.is_some() {
                    found = (index == 0 || bytes <= self.decoder_bytes).then_some(index);
                    break;
                }
            }
            if let Some(index) = found
                && let Some(decoder) = state.groups[index].decoder.take()
            {
                return Some((state.first + index as u64, decoder));
            }
            state = self.wait(state);
        }
        None
    }

    /// Waits for the next job of a group; `None` where it is gone.
    fn next_job(&self, number: u64) -> Option<Job> {
        let mut state = self.lock();
        loop {
            let group = state.group(number)?;
            if let Some(job) = group.jobs.pop_front() {
                group.phase = Phase::Busy;
                return Some(job);
            }
            if mem::replace(&mut group.phase, Phase::Idle) == Phase::Busy {
                self.changed.notify_all();
            }
            state = self.wait(state);
        }
    }

    fn do_job(&self, number: u64, decoder: &mut dyn Decoder, job: Job) {
        let result = match job {
            Job::Packet(packet) => decoder.submit(&packet),
            Job::Finish => decoder.finish(),
            Job::Abandon => return,
        };
        let mut goes_on = match result {
            Ok(()) => true,
            Err(error) => self.push(number, Event::Failure(error)),
        };
        while goes_on {
            goes_on = match decoder.next_frame() {
                Ok(Some(frame)) => self.push(number, Event::Frame(frame)),
                Ok(None) => false,
                Err(error) => self.push(number, Event::Failure(error)),
            };
        }
    }

    /// Adds what came out of a group, once there is room for it; says whether the group is still there.
    fn push(&self, number: u64, event: Event) -> bool {
        let is_frame = matches!(event, Event::Frame(_));
        let bytes = event.bytes();
        let mut state = self.lock();
        loop {
            let first = state.first == number;
            let full = state.frame_bytes + bytes > self.frame_bytes;
            let Some(group) = state.group(number) else { return false };
            // The first group never waits for the others: they wait for it.
            let room = match group.frames {
                0 if first => true,
                frames => !full && (!first || frames < FIRST_FRAMES),
            };
            if room || !is_frame {
                group.events.push_back(event);
                group.frames += usize::from(is_frame);
                state.frame_bytes += bytes;
                self.changed.notify_all();
                return true;
            }
            state = self.wait(state);
        }
    }

    /// The group is done.
    fn end(&self, number: u64) {
        if let Some(group) = self.lock().group(number) {
            group.phase = Phase::Done;
        }
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Decoders run outside of the lock: no panic leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn group(&mut self, number: u64) -> Option<&mut Group> {
        let index = number.checked_sub(self.first)?;
        self.groups.get_mut(usize::try_from(index).ok()?)
    }
}

impl Event {
    /// Bytes of the frame.
    fn bytes(&self) -> u64 {
        let Self::Frame(Frame::Video(frame)) = self else { return 0 };
        frame.planes().unwrap_or_default().iter().map(|plane| plane.data().len() as u64).sum()
    }
}
