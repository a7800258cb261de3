//! A plan allocates when it is made, and not when it runs.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use rushes_convert::{
    AudioOptions, AudioPlan, Picture, PictureMut, PictureSpec, Resampler, Samples, SamplesMut,
    VideoOptions, VideoPlan,
};
use rushes_core::{ChannelLayout, ColorInfo, PixelFormat, Plane, PlaneMut, SampleFormat};

/// Counts what this thread allocates.
struct Counter;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all calls go to the system's allocator as they are; counting allocates nothing.
unsafe impl GlobalAlloc for Counter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counter = Counter;

#[test]
fn plans_run_without_allocating() {
    use PixelFormat as P;
    for (from, to, size) in [
        (P::Yuv420p, P::Rgb24, (65, 33)),
        (P::Yuv420p, P::Gbrp, (65, 33)),
        (P::Yuv420p, P::Rgba, (65, 33)),
        (P::Yuv420p10, P::Rgb48, (65, 33)),
        (P::Rgb24, P::Yuv420p, (65, 33)),
        (P::Yuv420p, P::Gray8, (65, 33)),
        (P::Yuv420p, P::Yuv444p, (65, 33)),
        (P::Yuv420p, P::Rgb24, (40, 50)),
        (P::Rgb24, P::Yuv420p, (40, 50)),
    ] {
        let spec = |format, (width, height)| PictureSpec {
            format,
            width,
            height,
            color: ColorInfo::default(),
        };
        let options = VideoOptions::default();
        let mut plan = VideoPlan::new(spec(from, (65, 33)), spec(to, size), options).expect("fine");
        let planes: Vec<_> = (from.planes().iter())
            .map(|layout| {
                let stride = layout.row_bytes(65);
                Plane::new(vec![9; stride * layout.height(33) as usize], stride)
            })
            .collect();
        let mut out: Vec<Vec<u8>> = (to.planes().iter())
            .map(|layout| vec![0; layout.row_bytes(size.0) * layout.height(size.1) as usize])
            .collect();
        let mut views: Vec<_> = (out.iter_mut().zip(to.planes()))
            .map(|(data, layout)| PlaneMut { data, stride: layout.row_bytes(size.0) })
            .collect();
        let before = COUNT.get();
        for _ in 0..3 {
            plan.run(Picture { planes: &planes }, PictureMut { planes: &mut views }).expect("fits");
        }
        assert_eq!(COUNT.get() - before, 0, "{from} to {to} {size:?}");
    }
}

#[test]
fn sound_is_converted_without_allocating() {
    let (surround, stereo) = (ChannelLayout::SURROUND_5_1, ChannelLayout::STEREO);
    for (from, to, dither) in
        [(surround, stereo, None), (stereo, stereo, None), (stereo, stereo, Some(1))]
    {
        let mut options = AudioOptions::default();
        options.dither = dither;
        let formats = ((SampleFormat::F32, from), (SampleFormat::S16, to));
        let mut plan = AudioPlan::with_options(formats.0, formats.1, options).expect("known");
        let input = vec![0.5_f32; 1000];
        let planes = vec![&input[..]; usize::from(from.channels())];
        let mut out = [vec![0_i16; 1000], vec![0; 1000]];
        let mut together = vec![0_i16; 2000];
        let [left, right] = &mut out;
        let mut rows = [&mut left[..], &mut right[..]];
        let before = COUNT.get();
        for _ in 0..3 {
            plan.run(Samples::Planar(&planes), SamplesMut::Planar(&mut rows)).expect("fits");
            plan.run(Samples::Planar(&planes), SamplesMut::Interleaved(&mut together))
                .expect("fits");
        }
        assert_eq!(COUNT.get() - before, 0, "{from} to {to}, dither {dither:?}");
    }
}

#[test]
fn rates_are_changed_without_allocating() {
    for (from, to) in [(44_100, 48_000), (48_000, 16_000), (44_100, 44_101)] {
        for channels in [1, 2, 6] {
            let layout = ChannelLayout::default_for(channels);
            let mut resampler = Resampler::new(from, to, layout).expect("can be planned");
            let input = vec![0.5_f32; 1024];
            let planes = vec![&input[..]; usize::from(channels)];
            let mut out = vec![Vec::new(); usize::from(channels)];
            let mut run = || {
                out.iter_mut().for_each(Vec::clear);
                for _ in 0..60 {
                    resampler.push_into(&planes, &mut out).expect("fits");
                }
                resampler.finish_into(&mut out).expect("fits");
            };
            // The first run finds out how much room the output needs.
            run();
            let before = COUNT.get();
            run();
            assert_eq!(COUNT.get() - before, 0, "{from} to {to}, {channels} channels");
        }
    }
}
