//! What a reader hands out: one entry per output.

use crate::{AudioChunk, AudioOutputId, OutputId, VideoChunk, VideoOutputId};

/// A chunk of either kind.
#[derive(Clone, Debug)]
pub enum Chunk {
    /// Of a video output.
    Video(VideoChunk),
    /// Of an audio output.
    Audio(AudioChunk),
}

/// One entry per output, in the order they were added; none where an output has nothing.
#[derive(Clone, Debug, Default)]
pub struct Chunks {
    pub(super) entries: Vec<(OutputId, Option<Chunk>)>,
}

impl Chunks {
    /// Number of outputs.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if the reader has no outputs.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// True if no output has a chunk.
    #[must_use]
    pub fn all_none(&self) -> bool {
        self.entries.iter().all(|(_, chunk)| chunk.is_none())
    }

    /// The chunk of a video output.
    #[must_use]
    pub fn video(&self, id: VideoOutputId) -> Option<&VideoChunk> {
        match self.find(id.into()) {
            Some(Chunk::Video(chunk)) => Some(chunk),
            _ => None,
        }
    }

    /// The chunk of an audio output.
    #[must_use]
    pub fn audio(&self, id: AudioOutputId) -> Option<&AudioChunk> {
        match self.find(id.into()) {
            Some(Chunk::Audio(chunk)) => Some(chunk),
            _ => None,
        }
    }

    /// Takes the chunk of a video output out.
    #[must_use]
    pub fn take_video(&mut self, id: VideoOutputId) -> Option<VideoChunk> {
        match self.take(id.into()) {
            Some(Chunk::Video(chunk)) => Some(chunk),
            _ => None,
        }
    }

    /// Takes the chunk of an audio output out.
    #[must_use]
    pub fn take_audio(&mut self, id: AudioOutputId) -> Option<AudioChunk> {
        match self.take(id.into()) {
            Some(Chunk::Audio(chunk)) => Some(chunk),
            _ => None,
        }
    }

    /// The chunk of the output at a position; removing an output shifts the later ones.
    #[must_use]
    pub fn at(&self, index: usize) -> Option<&Chunk> {
        self.entries.get(index).and_then(|(_, chunk)| chunk.as_ref())
    }

    /// All outputs, with their chunks.
    pub fn iter(&self) -> impl Iterator<Item = (OutputId, Option<&Chunk>)> {
        self.entries.iter().map(|(id, chunk)| (*id, chunk.as_ref()))
    }

    fn find(&self, id: OutputId) -> Option<&Chunk> {
        self.entries.iter().find(|(known, _)| *known == id).and_then(|(_, chunk)| chunk.as_ref())
    }

    fn take(&mut self, id: OutputId) -> Option<Chunk> {
        self.entries.iter_mut().find(|(known, _)| *known == id).and_then(|(_, chunk)| chunk.take())
    }
}

impl IntoIterator for Chunks {
    type Item = (OutputId, Option<Chunk>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}
