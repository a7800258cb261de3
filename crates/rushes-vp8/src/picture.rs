//! Pictures: planes that are shared without a copy, and used again once nobody looks at them.

use std::sync::Arc;

use rushes_core::Buffer;

use crate::header::Size;

/// Bytes behind the last row, so that vectors may be loaded whole anywhere.
pub(crate) const TAIL: usize = 64;

/// Samples of whole macroblocks, row by row.
#[derive(Debug, Default)]
pub(crate) struct Plane {
    pub(crate) samples: Vec<u8>,
    pub(crate) stride: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Plane {
    fn new(width: usize, height: usize) -> Self {
        Self { samples: vec![0; width * height + TAIL], stride: width, width, height }
    }
}

/// Y, U and V.
#[derive(Debug, Default)]
pub(crate) struct Planes {
    pub(crate) planes: [Plane; 3],
}

impl Planes {
    /// For so many macroblocks.
    pub(crate) fn new(columns: usize, rows: usize) -> Self {
        let chroma = || Plane::new(columns * 8, rows * 8);
        Self { planes: [Plane::new(columns * 16, rows * 16), chroma(), chroma()] }
    }
}

/// Planes that were in use, and may be again.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    planes: Vec<Arc<Planes>>,
}

/// The frame at work, three references, and some that the caller still looks at.
const POOLED: usize = 12;

impl Pool {
    /// Planes that nobody else looks at, of so many macroblocks.
    pub(crate) fn take(&mut self, columns: usize, rows: usize) -> Arc<Planes> {
        let free = self.planes.iter_mut().position(|planes| Arc::get_mut(planes).is_some());
        match free {
            Some(index) => self.planes.swap_remove(index),
            None => Arc::new(Planes::new(columns, rows)),
        }
    }

    /// Keeps planes for later.
    pub(crate) fn put(&mut self, planes: &Arc<Planes>) {
        if self.planes.len() == POOLED {
            self.planes.swap_remove(0);
        }
        self.planes.push(Arc::clone(planes));
    }
}

/// A decoded picture. Cloning it copies no sample.
#[derive(Clone, Debug)]
pub struct Picture {
    pub(crate) planes: Arc<Planes>,
    pub(crate) size: Size,
    pub(crate) key: bool,
}

impl Picture {
    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.size.width.into()
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.size.height.into()
    }

    /// How the player is asked to enlarge the picture, across and down: 0 not at all, 1 by 5/4, 2 by 5/3, 3 by 2. Decoding
    /// does not do it.
    #[must_use]
    pub fn scale(&self) -> (u8, u8) {
        self.size.scale
    }

    /// True for a picture that does not depend on others.
    #[must_use]
    pub fn is_key(&self) -> bool {
        self.key
    }

    /// Samples of a plane (0 Y, 1 U, 2 V) and the distance of its rows. Rows are longer than the picture is wide, and
    /// there may be more of them.
    ///
    /// # Panics
    /// For another number of the plane.
    #[must_use]
    pub fn plane(&self, plane: usize) -> (&[u8], usize) {
        let plane = &self.planes.planes[plane];
        (&plane.samples, plane.stride)
    }

    /// Like [`plane`](Self::plane), to be kept: the samples are shared with the picture.
    ///
    /// # Panics
    /// For another number of the plane.
    #[must_use]
    pub fn buffer(&self, plane: usize) -> (Buffer, usize) {
        let stride = self.planes.planes[plane].stride;
        (Buffer::from_owner(PlaneOwner { planes: Arc::clone(&self.planes), plane }), stride)
    }
}

/// A plane that keeps its picture.
struct PlaneOwner {
    planes: Arc<Planes>,
    plane: usize,
}

impl AsRef<[u8]> for PlaneOwner {
    fn as_ref(&self) -> &[u8] {
        &self.planes.planes[self.plane].samples
    }
}
