//! The files of `tests/data`.

use std::path::PathBuf;

/// Path of a file of `tests/data`.
#[must_use]
pub fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

/// A row of FFmpeg's `framemd5` reports.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FrameSum {
    /// Number of the track.
    pub track: usize,
    /// Presentation time in ticks.
    pub pts: i64,
    /// Length in ticks.
    pub duration: i64,
    /// Bytes.
    pub size: usize,
    /// MD5 in lower-case hex.
    pub md5: String,
}

/// Rows of a `framemd5` report: comments, then lines of stream, dts, pts, duration, size, hash, and perhaps side data. A line that is
/// none is left out, so that a test should check their number.
#[must_use]
pub fn frame_sums(report: &str) -> Vec<FrameSum> {
    report.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect()
}

fn row(line: &str) -> Option<FrameSum> {
    let fields: Vec<&str> = line.split(',').map(str::trim).collect();
    let [track, _dts, pts, duration, size, md5, ..] = fields[..] else {
        return None;
    };
    Some(FrameSum {
        track: track.parse().ok()?,
        pts: pts.parse().ok()?,
        duration: duration.parse().ok()?,
        size: size.parse().ok()?,
        md5: md5.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_report() {
        let rows = frame_sums("#tb 0: 1/8\n0, -2,  4, 1, 28800, ae17, S=1\nnonsense\n");
        let expected = FrameSum { track: 0, pts: 4, duration: 1, size: 28800, md5: "ae17".into() };
        assert_eq!(rows, [expected]);
    }
}
