//! `rav1d` behind safe calls: all that is unsafe about it is in this file.
//!
//! The crate is dav1d in Rust and has dav1d's C interface only. What is borrowed from it is counted by reference: data
//! that goes in is kept until the last frame of it is decoded, pictures that come out may outlive their decoder.
#![expect(unsafe_code, reason = "rav1d has an interface for C only")]

use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::slice;
use std::sync::Arc;

use rav1d::Dav1dResult;
use rav1d::include::dav1d::common::Dav1dDataProps;
use rav1d::include::dav1d::data::Dav1dData;
use rav1d::include::dav1d::dav1d::{Dav1dContext, Dav1dLogger, Dav1dSettings};
use rav1d::include::dav1d::headers::{
    DAV1D_PIXEL_LAYOUT_I400, DAV1D_PIXEL_LAYOUT_I420, DAV1D_PIXEL_LAYOUT_I422,
};
use rav1d::include::dav1d::picture::Dav1dPicture;
use rav1d::src::lib::{
    dav1d_close, dav1d_data_unref, dav1d_data_wrap, dav1d_default_settings, dav1d_flush,
    dav1d_get_decode_error_data_props, dav1d_get_picture, dav1d_open, dav1d_picture_unref,
    dav1d_send_data,
};
use rav1d::src::send_sync_non_null::SendSyncNonNull;
use rushes_core::bitstream::ChromaFormat;
use rushes_core::{Buffer, Error, Result};

use super::memory::Setup;

/// `EAGAIN` and `ERANGE` of the systems that rav1d runs on.
const AGAIN: c_int =
    if cfg!(any(target_vendor = "apple", target_os = "freebsd")) { -35 } else { -11 };
const OUT_OF_RANGE: c_int = -34;

/// A decoder.
pub(super) struct Engine {
    context: Dav1dContext,
}

/// What comes back with a picture or an error from the data that it was in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Props {
    pub(super) timestamp: i64,
    pub(super) duration: i64,
    /// Not 0.
    pub(super) mark: usize,
}

/// Why nothing was decoded.
#[derive(Debug)]
pub(super) struct Failure {
    /// The picture is larger than the decoder may make one.
    pub(super) too_large: bool,
    /// What came with the data, where the decoder knows.
    pub(super) props: Option<Props>,
}

/// Data on its way into a decoder.
pub(super) struct Data(Dav1dData);

/// A decoded picture. Nobody writes to it any more.
pub(super) struct Picture(Dav1dPicture);

/// A plane of a picture.
struct PlaneOwner {
    picture: Arc<Picture>,
    plane: usize,
}

// SAFETY: a context is an `Arc` whose contents are behind locks, and the library has no thread affinity.
unsafe impl Send for Engine {}

// SAFETY: a picture is a set of `Arc`s to what is only read since the decoder gave it out, and numbers.
unsafe impl Send for Picture {}
// SAFETY: as above, and nothing in it can be changed through a shared reference.
unsafe impl Sync for Picture {}

impl Engine {
    /// A decoder with so many threads, of so many frames at a time, of at most so many pixels.
    pub(super) fn new(setup: Setup) -> Result<Self> {
        let mut settings = MaybeUninit::<Dav1dSettings>::uninit();
        // SAFETY: the library writes all settings to the place it is given.
        let mut settings = unsafe {
            dav1d_default_settings(NonNull::from(&mut settings).cast());
            settings.assume_init()
        };
        settings.n_threads = c_int::from(setup.threads);
        settings.max_frame_delay = c_int::from(setup.frames);
        settings.frame_size_limit = setup.pixels;
        // Of a stream in layers, the highest of the first operating point.
        settings.all_layers = 0;
        // SAFETY: a logger without a callback is never called.
        settings.logger = unsafe { Dav1dLogger::new(None, None) };
        let mut context = None;
        // SAFETY: both pointers are to values on the stack; the library copies the settings.
        let status = unsafe {
            dav1d_open(Some(NonNull::from(&mut context)), Some(NonNull::from(&mut settings)))
        };
        match context {
            Some(context) if status.0 == 0 => Ok(Self { context }),
            _ => Err(Error::unsupported(format!("AV1 decoding here (error {})", status.0), "")),
        }
    }

    /// Takes data, and says whether it did: if not, take pictures first.
    pub(super) fn send(&mut self, data: &mut Data) -> Result<bool, Failure> {
        // SAFETY: the context is open, and the data is valid to read and to write.
        let status =
            unsafe { dav1d_send_data(Some(self.context), Some(NonNull::from(&mut data.0))) };
        self.check(status)
    }

    /// The next picture, where one is ready. The second call without data in between waits for one.
    pub(super) fn receive(&mut self) -> Result<Option<Picture>, Failure> {
        let mut picture = Picture(Dav1dPicture::default());
        // SAFETY: the context is open; the library writes to the picture without a look at what is in it, which is
        // nothing.
        let status =
            unsafe { dav1d_get_picture(Some(self.context), Some(NonNull::from(&mut picture.0))) };
        Ok(self.check(status)?.then_some(picture))
    }

    /// Forgets all data and pictures.
    pub(super) fn flush(&mut self) {
        // SAFETY: the context is open.
        unsafe { dav1d_flush(self.context) };
    }

    fn check(&mut self, status: Dav1dResult) -> Result<bool, Failure> {
        match status.0 {
            0 => Ok(true),
            AGAIN => Ok(false),
            status => Err(Failure { too_large: status == OUT_OF_RANGE, props: self.error_props() }),
        }
    }

    /// What came with the data of the last error.
    fn error_props(&mut self) -> Option<Props> {
        let mut props = Dav1dDataProps::default();
        // SAFETY: the context is open. The library writes to the properties without a look at what is in them; they
        // hold no reference, for no data that is sent has user data.
        let status = unsafe {
            dav1d_get_decode_error_data_props(Some(self.context), Some(NonNull::from(&mut props)))
        };
        (status.0 == 0).then(|| Props::read(&props)).flatten()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // SAFETY: the context is open, and nothing uses it after this.
        unsafe { dav1d_close(Some(NonNull::from(&mut Some(self.context)))) };
    }
}

impl Data {
    /// Shares bytes with the decoder; `None` where there are none.
    pub(super) fn new(bytes: &Buffer, props: Props) -> Option<Self> {
        let mut data = Self(Dav1dData::default());
        let owner = Box::new(bytes.clone());
        let (start, length) = (NonNull::from(&**owner).cast(), owner.len());
        if length == 0 {
            return None;
        }
        let owner = SendSyncNonNull::from_box(owner).cast::<c_void>();
        // SAFETY: the bytes are there until `release` drops the clone of the buffer that goes with them, whose address
        // the box makes stable.
        let status = unsafe {
            let to = Some(NonNull::from(&mut data.0));
            dav1d_data_wrap(to, Some(start), length, Some(release), Some(owner))
        };
        debug_assert_eq!(status.0, 0, "no slice is too long");
        data.0.m.timestamp = props.timestamp;
        data.0.m.duration = props.duration;
        data.0.m.size = props.mark;
        Some(data)
    }
}

/// Gives up the bytes of [`Data`].
///
/// # Safety
/// `owner` comes from there, and this is called once with it.
unsafe extern "C" fn release(_bytes: *const u8, owner: Option<SendSyncNonNull<c_void>>) {
    if let Some(owner) = owner {
        // SAFETY: the pointer was made from a box of this type.
        drop(unsafe { owner.cast::<Buffer>().into_box() });
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        // SAFETY: the data came from the library, which leaves an empty one behind.
        unsafe { dav1d_data_unref(Some(NonNull::from(&mut self.0))) };
    }
}

impl Props {
    fn read(props: &Dav1dDataProps) -> Option<Self> {
        let Dav1dDataProps { timestamp, duration, size, .. } = *props;
        (size > 0).then_some(Self { timestamp, duration, mark: size })
    }
}

impl Picture {
    pub(super) fn size(&self) -> (u32, u32) {
        (self.0.p.w.unsigned_abs(), self.0.p.h.unsigned_abs())
    }

    /// The size to show it in.
    pub(super) fn render_size(&self) -> Option<(u32, u32)> {
        // SAFETY: the header belongs to the picture.
        let header = unsafe { self.0.frame_hdr?.as_ref() };
        Some((header.render_width.unsigned_abs(), header.render_height.unsigned_abs()))
    }

    /// Bits of a sample: 8, 10 or 12.
    pub(super) fn depth(&self) -> c_int {
        self.0.p.bpc
    }

    pub(super) fn chroma(&self) -> ChromaFormat {
        match self.0.p.layout {
            DAV1D_PIXEL_LAYOUT_I400 => ChromaFormat::Monochrome,
            DAV1D_PIXEL_LAYOUT_I420 => ChromaFormat::Yuv420,
            DAV1D_PIXEL_LAYOUT_I422 => ChromaFormat::Yuv422,
            _ => ChromaFormat::Yuv444,
        }
    }

    pub(super) fn color(&self) -> Option<Color> {
        // SAFETY: the header belongs to the picture.
        let header = unsafe { self.0.seq_hdr?.as_ref() };
        let code = |code| u16::try_from(code).unwrap_or(2);
        Some(Color {
            primaries: code(header.pri),
            transfer: code(header.trc),
            matrix: code(header.mtrx),
            full_range: header.color_range != 0,
            chroma_position: code(header.chr),
        })
    }

    /// What came with the data of the picture.
    pub(super) fn props(&self) -> Option<Props> {
        Props::read(&self.0.m)
    }

    /// The planes, each with its stride, of which the first bytes are the first row. They share the picture.
    pub(super) fn into_planes(self) -> Vec<(Buffer, usize)> {
        let picture = Arc::new(self);
        (0..3)
            .filter(|plane| picture.0.data[*plane].is_some())
            .map(|plane| {
                let stride = picture.stride(plane);
                (Buffer::from_owner(PlaneOwner { picture: Arc::clone(&picture), plane }), stride)
            })
            .collect()
    }

    /// Bytes from one row of a plane to the next; the default allocator makes no negative ones.
    fn stride(&self, plane: usize) -> usize {
        usize::try_from(self.0.stride[plane.min(1)]).unwrap_or(0)
    }
}

/// The colour of a picture, in the numbers of the standard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Color {
    pub(super) primaries: u16,
    pub(super) transfer: u16,
    pub(super) matrix: u16,
    pub(super) full_range: bool,
    pub(super) chroma_position: u16,
}

impl AsRef<[u8]> for PlaneOwner {
    fn as_ref(&self) -> &[u8] {
        let picture = &*self.picture;
        let Some(start) = picture.0.data[self.plane] else { return &[] };
        let height = picture.size().1 as usize;
        let rows = match picture.chroma() {
            ChromaFormat::Yuv420 if self.plane > 0 => height.div_ceil(2),
            _ => height,
        };
        // SAFETY: the library allocates at least so many rows of `stride` bytes each behind the pointer, initialises
        // them, and writes to none after it gave the picture out, which lives as long as `self`.
        unsafe { slice::from_raw_parts(start.as_ptr().cast(), picture.stride(self.plane) * rows) }
    }
}

impl Drop for Picture {
    fn drop(&mut self) {
        // SAFETY: the picture came from the library, which leaves an empty one behind.
        unsafe { dav1d_picture_unref(Some(NonNull::from(&mut self.0))) };
    }
}
