//! Colour and scaling under criterion; each result is compared with the scalar kernels' once.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rushes_benches::{VIDEO_CASES, VideoRun};
use rushes_convert::Level;

fn video(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("video");
    for case in VIDEO_CASES {
        let mut run = VideoRun::new(case, None).expect("can be planned");
        let mut scalar = VideoRun::new(case, Some(Level::SCALAR)).expect("can be planned");
        run.run().expect("fits");
        scalar.run().expect("fits");
        assert!(run.output() == scalar.output(), "{case}: not what the scalar kernels give");
        group.throughput(Throughput::Bytes(run.bytes() as u64));
        group.bench_function(case.to_string(), |bencher| bencher.iter(|| run.run()));
    }
}

criterion_group!(benches, video);
criterion_main!(benches);
