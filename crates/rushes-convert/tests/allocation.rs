//! A plan allocates when it is made, and not when it runs.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use rushes_convert::{Picture, PictureMut, PictureSpec, VideoOptions, VideoPlan};
use rushes_core::{ColorInfo, PixelFormat, Plane, PlaneMut};

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
