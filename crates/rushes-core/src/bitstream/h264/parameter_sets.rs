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
    /// Stores a sequence parameter set; says whether it is news.
    pub fn add_sequence(&mut self, nal: Nal<'_>) -> Result<bool> {
        let set = Sps::parse(&nal.payload()).map_err(|error| error.within("sps"))?;
        Ok(self.sequence.insert(set.id, Arc::new(set), nal.bytes()))
    }

    /// Stores a picture parameter set; says whether it is news.
    pub fn add_picture(&mut self, nal: Nal<'_>) -> Result<bool> {
        let set = Pps::parse(&nal.payload()).map_err(|error| error.within("pps"))?;
        Ok(self.picture.insert(set.id, set, nal.bytes()))
    }

    /// The sets that a slice refers to, by the number of the picture parameter set.
    pub fn find(&self, id: u8) -> Option<(&Arc<Sps>, &Pps)> {
        let picture = self.picture.get(id)?;
        Some((self.sequence.get(picture.sps)?, picture))
    }

    pub fn sequence(&self, id: u8) -> Option<&Arc<Sps>> {
        self.sequence.get(id)
    }

    /// The NAL unit of a sequence parameter set.
    pub fn sequence_nal(&self, id: u8) -> Option<Nal<'_>> {
        Nal::new(self.sequence.nal(id)?)
    }

    /// All NAL units: sequence parameter sets first, for the others build upon them.
    pub fn nals(&self) -> impl Iterator<Item = Nal<'_>> {
        self.sequence.nals().chain(self.picture.nals()).filter_map(Nal::new)
    }
}
