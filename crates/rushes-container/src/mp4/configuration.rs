//! Tracks with several sample entries (ISO/IEC 14496-12, 8.5.2): each sample says which entry it is coded by.
//!
//! Samples of all entries of the codec of the first are one stream of packets, and where the entry changes the packet
//! says so. Samples of another codec need another decoder, and are left out.

use std::sync::Arc;

use rushes_core::{CodecParameters, MediaParameters};

use super::describe;
use super::movie::TrackBoxes;

/// The sample entries of a track that has several.
#[derive(Debug)]
pub(super) struct Configurations {
    boxes: TrackBoxes,
    quicktime: bool,
    /// What the track was announced as.
    announced: CodecParameters,
    /// Entries are described when a sample needs them.
    known: Vec<Option<Arc<CodecParameters>>>,
    /// What the reader of the packets was told last; `None` where it must be told anew.
    current: Option<Arc<CodecParameters>>,
}

impl Configurations {
    /// `None` for a track with a single entry, which cannot change. `announced` is what the first entry says.
    pub(super) fn new(
        boxes: TrackBoxes,
        quicktime: bool,
        announced: &CodecParameters,
    ) -> Option<Self> {
        let count = boxes.descriptions.entries.len();
        if count < 2 {
            return None;
        }
        let announced = announced.clone();
        let mut known = vec![None; count];
        let first = Arc::new(announced.clone());
        known[0] = Some(Arc::clone(&first));
        Some(Self { boxes, quicktime, announced, known, current: Some(first) })
    }

    /// What an entry says, by its number from one; `None` for one that does not exist, which is as good as the last.
    fn parameters(&mut self, number: u32) -> Option<&Arc<CodecParameters>> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let slot = self.known.get_mut(index)?;
        if slot.is_none() {
            let mut codec = describe::describe(&self.boxes, index, self.quicktime).codec;
            // The rate is that of the whole track.
            if let (MediaParameters::Video(video), Some(whole)) =
                (&mut codec.media, self.announced.as_video())
            {
                video.frame_rate = whole.frame_rate;
                video.constant_frame_rate = whole.constant_frame_rate;
            }
            *slot = Some(Arc::new(codec));
        }
        slot.as_ref()
    }

    /// True for samples that the decoder of the track can take.
    pub(super) fn belongs(&mut self, number: u32) -> bool {
        let codec = self.announced.codec.clone();
        self.parameters(number).is_none_or(|parameters| parameters.codec == codec)
    }

    /// What must be told before a sample of this entry.
    pub(super) fn change_to(&mut self, number: u32) -> Option<Arc<CodecParameters>> {
        let wanted = Arc::clone(self.parameters(number)?);
        if self.current.as_ref() == Some(&wanted) {
            return None;
        }
        self.current = Some(Arc::clone(&wanted));
        Some(wanted)
    }

    /// After a seek the next packet may be of any entry.
    pub(super) fn forget(&mut self) {
        self.current = None;
    }
}
