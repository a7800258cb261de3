//! What callers may get wrong with any format: options, tracks, seeks.

use std::fmt;

use rushes_core::{Error, Result, Timestamp};

use crate::input::Input;
use crate::{DemuxOptions, MuxOptions, SeekTo};

impl DemuxOptions {
    /// For demuxers without options of their own.
    pub(crate) fn check_none(&self, format: &str) -> Result<()> {
        let name = self.options.keys().next();
        name.map_or(Ok(()), |name| {
            Err(unknown_option(format_args!("{format} demuxer"), name, "none"))
        })
    }
}

impl MuxOptions {
    /// For muxers without options of their own.
    pub(crate) fn check_none(&self, format: &str) -> Result<()> {
        let name = self.options.keys().next();
        name.map_or(Ok(()), |name| {
            Err(unknown_option(format_args!("{format} muxer"), name, "none"))
        })
    }
}

impl SeekTo {
    /// Refuses seeks of an input that is read forward only, and in a track that is not there.
    pub(crate) fn check(&self, input: &Input, tracks: usize) -> Result<()> {
        if !input.is_seekable() {
            return Err(Error::unsupported("seeking in an input that is read forward only", ""));
        }
        self.track.map_or(Ok(()), |track| check_track(track, tracks))
    }
}

/// The error for an option that a demuxer or muxer does not have.
pub(crate) fn unknown_option(whose: impl fmt::Display, name: &str, known: &str) -> Error {
    Error::usage(format!("the {whose} has no option '{name}'; it has {known}"))
}

/// Refuses a track that is not among so many.
pub(crate) fn check_track(track: usize, count: usize) -> Result<()> {
    if track < count { Ok(()) } else { Err(no_track(track, count)) }
}

/// The error for a track that is not among so many.
pub(crate) fn no_track(track: usize, count: usize) -> Error {
    let are = if count == 1 { "is" } else { "are" };
    Error::usage(format!("there is no track {track}; there {are} {count}"))
}

/// Refuses a time in front of the last, where both are known.
pub(crate) fn check_order(time: Option<Timestamp>, last: Option<Timestamp>) -> Result<()> {
    match (time, last) {
        (Some(time), Some(last)) if time < last => {
            let (time, last) = (time.ticks(), last.ticks());
            Err(Error::usage(format!("time goes backwards: {time} after {last}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_there_is() {
        let check = |error: Error, expected| assert_eq!(error.to_string(), expected);
        check(no_track(3, 2), "there is no track 3; there are 2");
        check(check_track(1, 1).expect_err("one too many"), "there is no track 1; there is 1");
        assert!(check_track(0, 1).is_ok());
        let [early, late] = [3, 4].map(|ticks| Some(Timestamp::new(ticks)));
        let error = check_order(early, late).expect_err("the wrong order");
        check(error, "time goes backwards: 3 after 4");
        for (time, last) in [(late, early), (late, late), (early, None), (None, late)] {
            assert!(check_order(time, last).is_ok());
        }
        let mut options = DemuxOptions::default();
        assert!(options.check_none("wav").is_ok());
        options.options.insert("speed".to_owned(), String::new());
        let error = options.check_none("wav").expect_err("has none");
        check(error, "the wav demuxer has no option 'speed'; it has none");
    }
}
