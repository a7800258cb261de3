//! Colour, scaling and resampling under criterion; each result is compared with the scalar kernels' once.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rushes_benches::{ResampleRun, VideoRun, cases};
use rushes_convert::Level;

fn video(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("video");
    for case in cases() {
        let mut run = VideoRun::new(case, None).expect("can be planned");
        let mut scalar = VideoRun::new(case, Some(Level::SCALAR)).expect("can be planned");
        run.run().expect("fits");
        scalar.run().expect("fits");
        assert!(run.output() == scalar.output(), "{case}: not what the scalar kernels give");
        group.throughput(Throughput::Bytes(run.bytes() as u64));
        group.bench_function(case.to_string(), |bencher| bencher.iter(|| run.run()));
    }
}

fn audio(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("audio");
    for (from, to) in [(44_100, 48_000), (48_000, 16_000)] {
        let run = ResampleRun::new(from, to).expect("rates above zero");
        let expected = (run.samples() as u64 * u64::from(to)).div_ceil(u64::from(from));
        assert_eq!(run.run().expect("can be planned") as u64, expected, "{run}");
        group.throughput(Throughput::Bytes(run.bytes() as u64));
        group.bench_function(run.to_string(), |bencher| bencher.iter(|| run.run()));
    }
}

criterion_group!(benches, video, audio);
criterion_main!(benches);
