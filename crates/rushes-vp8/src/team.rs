//! Several threads for a frame: one parses, and luma and chroma follow it row by row.
//!
//! Parsing is one long chain of dependencies, but nothing in it depends on pixels; luma and chroma depend on parsed rows and on
//! finished frames only. So a frame is three chains that may be worked on at once, whoever has time for them, and the result
//! does not depend on who does what.

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};
use std::thread::{self, JoinHandle};

use rushes_core::Result;
use rushes_simd::Level;

use crate::macroblock::Row;
use crate::picture::{Plane, Planes};
use crate::reconstruction::Frame;

/// More would find nothing to do.
const MOST_HELPERS: usize = 2;

/// How often a thread looks for work before it sleeps.
const LOOKS: u32 = 400;

/// Threads that help the one that decodes. They end with the team.
#[derive(Debug)]
pub(crate) struct Team {
    shared: Arc<Shared>,
    helpers: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    level: Level,
    /// All of a frame, so that parsing never waits.
    rows: Vec<RwLock<Row>>,
    parsed: AtomicUsize,
    /// Changes whenever there is something new to do.
    news: AtomicUsize,
    luma: Mutex<Option<Lane>>,
    chroma: Mutex<Option<Lane>>,
    /// Which helpers sleep.
    asleep: Vec<AtomicBool>,
    quit: AtomicBool,
}

/// Luma or chroma of a frame at work.
#[derive(Debug)]
struct Lane {
    frame: Frame,
    planes: LanePlanes,
    /// The next row.
    next: usize,
}

#[derive(Debug)]
enum LanePlanes {
    Luma(Plane),
    Chroma([Plane; 2]),
}

impl Team {
    /// For pictures of so many macroblocks; `threads` counts the one that decodes.
    pub(crate) fn new(threads: usize, level: Level, columns: usize, rows: usize) -> Self {
        let count = threads.saturating_sub(1).min(MOST_HELPERS);
        let shared = Arc::new(Shared {
            level,
            rows: (0..rows).map(|_| RwLock::new(Row::new(columns))).collect(),
            parsed: AtomicUsize::new(0),
            news: AtomicUsize::new(0),
            luma: Mutex::new(None),
            chroma: Mutex::new(None),
            asleep: (0..count).map(|_| AtomicBool::new(false)).collect(),
            quit: AtomicBool::new(false),
        });
        let spawn = |index: usize| {
            let shared = Arc::clone(&shared);
            let name = String::from("vp8");
            // Without helpers the decoding thread does all by itself.
            thread::Builder::new().name(name).spawn(move || shared.help(index)).ok()
        };
        let helpers = (0..count).map_while(spawn).collect();
        Self { shared, helpers }
    }

    /// Decodes a frame with what parses its rows.
    pub(crate) fn decode(
        &self,
        frame: &Frame,
        planes: &mut Planes,
        mut parse: impl FnMut(usize, &mut Row) -> Result<()>,
    ) -> Result<()> {
        let shared = &*self.shared;
        shared.parsed.store(0, Ordering::SeqCst);
        let [y, u, v] = planes.planes.each_mut().map(mem::take);
        let lane = |planes| Some(Lane { frame: frame.clone(), planes, next: 0 });
        *lock(&shared.luma) = lane(LanePlanes::Luma(y));
        *lock(&shared.chroma) = lane(LanePlanes::Chroma([u, v]));
        let result = shared.rows.iter().enumerate().try_for_each(|(number, row)| {
            parse(number, &mut row.write().unwrap_or_else(PoisonError::into_inner))?;
            shared.parsed.store(number + 1, Ordering::SeqCst);
            self.tell();
            Ok(())
        });
        if result.is_ok() {
            // What nobody works on first, then what is left.
            for lane in [&shared.chroma, &shared.luma] {
                if let Some(mut lane) = try_lock(lane) {
                    shared.advance(&mut lane, usize::MAX);
                }
            }
            for lane in [&shared.luma, &shared.chroma] {
                shared.advance(&mut lock(lane), usize::MAX);
            }
        }
        for lane in [&shared.luma, &shared.chroma] {
            match lock(lane).take().map(|lane| lane.planes) {
                Some(LanePlanes::Luma(y)) => planes.planes[0] = y,
                Some(LanePlanes::Chroma([u, v])) => [planes.planes[1], planes.planes[2]] = [u, v],
                None => {}
            }
        }
        result
    }

    /// Wakes helpers that sleep.
    fn tell(&self) {
        self.shared.news.fetch_add(1, Ordering::SeqCst);
        for (asleep, helper) in self.shared.asleep.iter().zip(&self.helpers) {
            if asleep.load(Ordering::SeqCst) && asleep.swap(false, Ordering::SeqCst) {
                helper.thread().unpark();
            }
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.quit.store(true, Ordering::SeqCst);
        self.tell();
        for helper in self.helpers.drain(..) {
            // A helper that has panicked has nothing more to say.
            let _ = helper.join();
        }
    }
}

impl Shared {
    /// What a helper does until the team ends.
    fn help(&self, index: usize) {
        let mut looks = 0;
        while !self.quit.load(Ordering::SeqCst) {
            let news = self.news.load(Ordering::SeqCst);
            let work = |lane: &Mutex<Option<Lane>>, most: usize| {
                try_lock(lane).is_some_and(|mut lane| self.advance(&mut lane, most))
            };
            let worked = match (self.asleep.len(), index) {
                // Both in turns: they then have as much left once all is parsed, for a thread each.
                (1, _) => work(&self.luma, 1) | work(&self.chroma, 1),
                (_, 0) => work(&self.luma, 4) || work(&self.chroma, 1),
                _ => work(&self.chroma, 4) || work(&self.luma, 1),
            };
            if worked {
                looks = 0;
                continue;
            }
            if looks < LOOKS {
                looks += 1;
                std::hint::spin_loop();
                continue;
            }
            looks = 0;
            self.asleep[index].store(true, Ordering::SeqCst);
            // Whoever has news from now on sees that this thread sleeps.
            if self.news.load(Ordering::SeqCst) == news && !self.quit.load(Ordering::SeqCst) {
                thread::park();
            }
            self.asleep[index].store(false, Ordering::SeqCst);
        }
    }

    /// Works on a lane as far as rows are parsed, for so many rows. True if there was one.
    fn advance(&self, lane: &mut Option<Lane>, most: usize) -> bool {
        let Some(lane) = lane else { return false };
        let first = lane.next;
        while lane.next < self.parsed.load(Ordering::SeqCst) && lane.next - first < most {
            let number = lane.next;
            let read =
                |number: usize| self.rows[number].read().unwrap_or_else(PoisonError::into_inner);
            let rows = [0, 1, 2].map(|back| read(number.saturating_sub(back)));
            let rows = rows.each_ref().map(|row| &**row);
            match &mut lane.planes {
                LanePlanes::Luma(y) => lane.frame.luma(self.level, number, rows, y),
                LanePlanes::Chroma([u, v]) => {
                    lane.frame.chroma(self.level, number, rows, [u, v]);
                }
            }
            lane.next += 1;
        }
        lane.next > first
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}
