//! Times conversions: one line each of name, nanoseconds (the median), and bytes read and written.
//!
//! `cargo xtask bench` runs this in turns with the scripts in `peers/`.

use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::hint::black_box;
use std::io::{self, Write};

use rushes_benches::{ResampleRun, ScaleRun, VideoRun, cases, median, scale_cases};
use rushes_convert::Level;

/// Up to this width, results are compared with the scalar kernels'.
const SMALL: u32 = 640;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    writeln!(out, "# rushes-convert {} {}", env!("CARGO_PKG_VERSION"), Level::detect()?)?;
    // Cases with one of these in their names, or all.
    let wanted: Vec<String> = env::args().skip(1).collect();
    let wants = |case: &str| wanted.is_empty() || wanted.iter().any(|part| case.contains(part));
    for case in cases().filter(|case| wants(&case.to_string())) {
        let mut run = VideoRun::new(case, None)?;
        run.run()?;
        if case.source.1 <= SMALL {
            let mut scalar = VideoRun::new(case, Some(Level::SCALAR))?;
            scalar.run()?;
            assert!(run.output() == scalar.output(), "{case}: not what the scalar kernels give");
        }
        let nanoseconds = median(|| run.run())?;
        writeln!(out, "{case}\t{nanoseconds}\t{}", run.bytes())?;
        // As many bytes, read and written by nothing but a copy.
        let (from, mut to) = (vec![1_u8; run.bytes() / 2], vec![0_u8; run.bytes() / 2]);
        let nanoseconds = median(|| {
            black_box(&mut to).copy_from_slice(black_box(&from));
            Ok::<_, Infallible>(())
        })?;
        writeln!(out, "memcpy {case}\t{nanoseconds}\t{}", run.bytes())?;
    }
    for case in scale_cases().filter(|case| wants(&case.to_string())) {
        let mut run = ScaleRun::new(case)?;
        let nanoseconds = median(|| run.run())?;
        writeln!(out, "{case}\t{nanoseconds}\t{}", run.bytes())?;
    }
    for (from, to) in [(44_100, 48_000), (48_000, 16_000)] {
        let run = ResampleRun::new(from, to)?;
        if !wants(&run.to_string()) {
            continue;
        }
        let expected = (run.samples() as u64 * u64::from(to)).div_ceil(u64::from(from));
        assert_eq!(run.run()? as u64, expected, "{run}");
        let nanoseconds = median(|| run.run().map(|_| ()))?;
        writeln!(out, "{run}\t{nanoseconds}\t{}", run.bytes())?;
    }
    Ok(())
}
