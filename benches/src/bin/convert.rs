//! Times conversions: one line each of name, nanoseconds (the median), and bytes read and written.
//!
//! `cargo xtask bench` runs this in turns with the scripts in `peers/`.

use std::error::Error;
use std::hint::black_box;
use std::io::{self, Write};
use std::time::Instant;

use rushes_benches::{ResampleRun, VIDEO_CASES, VideoRun};
use rushes_convert::Level;

const RUNS: usize = 40;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    writeln!(out, "# rushes-convert {} {}", env!("CARGO_PKG_VERSION"), Level::detect()?)?;
    for case in VIDEO_CASES {
        let mut run = VideoRun::new(case, None)?;
        let mut scalar = VideoRun::new(case, Some(Level::SCALAR))?;
        run.run()?;
        scalar.run()?;
        assert!(run.output() == scalar.output(), "{case}: not what the scalar kernels give");
        let nanoseconds = median(|| run.run())?;
        writeln!(out, "{case}\t{nanoseconds}\t{}", run.bytes())?;
    }
    for (from, to) in [(44_100, 48_000), (48_000, 16_000)] {
        let run = ResampleRun::new(from, to)?;
        let expected = (run.samples() as u64 * u64::from(to)).div_ceil(u64::from(from));
        assert_eq!(run.run()? as u64, expected, "{run}");
        let nanoseconds = median(|| run.run().map(|_| ()))?;
        writeln!(out, "{run}\t{nanoseconds}\t{}", run.bytes())?;
    }
    let (from, mut to) = (vec![1_u8; 1920 * 1080 * 3], vec![0_u8; 1920 * 1080 * 3]);
    let nanoseconds = median(|| {
        black_box(&mut to).copy_from_slice(black_box(&from));
        Ok(())
    })?;
    writeln!(out, "memcpy\t{nanoseconds}\t{}", 2 * from.len())?;
    Ok(())
}

fn median(mut run: impl FnMut() -> rushes_core::Result<()>) -> rushes_core::Result<u128> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let start = Instant::now();
        run()?;
        times.push(start.elapsed().as_nanos());
    }
    times.sort_unstable();
    Ok(times[RUNS / 2])
}
