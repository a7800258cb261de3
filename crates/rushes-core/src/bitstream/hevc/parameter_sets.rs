//! The parameter sets of a stream, by number.

use std::sync::Arc;

use crate::Result;

use super::nal::Nal;
use super::pps::Pps;
use super::sps::Sps;
use crate::bitstream::sets::Sets;

/// All sets seen so far.
#[derive(Clone, Debug, Default)]
pub struct ParameterSets {
    sequence: Sets<Arc<Sps>>,
    picture: Sets<Pps>,
}

impl ParameterSets {
    /// Stores a sequence parameter set; gives it back if it is news.
    pub fn add_sequence(&mut self, nal: Nal<'_>) -> Result<Option<Arc<Sps>>> {
        let set = Sps::parse(&nal.payload()).map_err(|error| error.within("sps"))?;
        let set = Arc::new(set);
        let news = self.sequence.insert(set.id, Arc::clone(&set), nal.bytes());
        Ok(news.then_some(set))
    }

    /// Stores a picture parameter set; says whether it is news.
    pub fn add_picture(&mut self, nal: Nal<'_>) -> Result<bool> {
        let set = Pps::parse(&nal.payload()).map_err(|error| error.within("pps"))?;
        Ok(self.picture.insert(set.id, set, nal.bytes()))
    }

    pub fn sequence(&self, id: u8) -> Option<&Arc<Sps>> {
        self.sequence.get(id)
    }

    pub fn picture(&self, id: u8) -> Option<Pps> {
        self.picture.get(id).copied()
    }

    /// All NAL units.
    pub fn nals(&self) -> impl Iterator<Item = Nal<'_>> {
        self.sequence.nals().chain(self.picture.nals()).filter_map(Nal::new)
    }
}
