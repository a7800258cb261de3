//! The parameter sets of a stream, by number.

use std::collections::BTreeMap;
use std::sync::Arc;

use rushes_core::Result;

use super::nal::Nal;
use super::pps::Pps;
use super::sps::Sps;

/// All sets seen so far, the last one of each number. The numbers are bytes, so that memory is bounded.
#[derive(Debug, Default)]
pub(crate) struct ParameterSets {
    sequence: BTreeMap<u8, Stored<Arc<Sps>>>,
    picture: BTreeMap<u8, Stored<Pps>>,
}

#[derive(Debug)]
struct Stored<T> {
    set: T,
    nal: Vec<u8>,
}

impl ParameterSets {
    /// Stores a sequence parameter set; says whether it is news.
    pub(crate) fn add_sequence(&mut self, nal: Nal<'_>) -> Result<bool> {
        let set = Sps::parse(&nal.payload()).map_err(|error| error.within("sps"))?;
        Ok(store(&mut self.sequence, set.id, Arc::new(set), nal))
    }

    /// Stores a picture parameter set; says whether it is news.
    pub(crate) fn add_picture(&mut self, nal: Nal<'_>) -> Result<bool> {
        let set = Pps::parse(&nal.payload()).map_err(|error| error.within("pps"))?;
        Ok(store(&mut self.picture, set.id, set, nal))
    }

    /// The sets that a slice refers to, by the number of the picture parameter set.
    pub(crate) fn find(&self, id: u8) -> Option<(&Arc<Sps>, &Pps)> {
        let picture = &self.picture.get(&id)?.set;
        Some((&self.sequence.get(&picture.sps)?.set, picture))
    }

    pub(crate) fn sequence(&self, id: u8) -> Option<&Arc<Sps>> {
        self.sequence.get(&id).map(|stored| &stored.set)
    }

    /// The NAL unit of a sequence parameter set.
    pub(crate) fn sequence_nal(&self, id: u8) -> Option<Nal<'_>> {
        Nal::new(&self.sequence.get(&id)?.nal)
    }

    /// All NAL units: sequence parameter sets first, for the others build upon them.
    pub(crate) fn nals(&self) -> impl Iterator<Item = Nal<'_>> {
        let sequence = self.sequence.values().map(|stored| &stored.nal);
        let picture = self.picture.values().map(|stored| &stored.nal);
        sequence.chain(picture).filter_map(|nal| Nal::new(nal))
    }
}

fn store<T>(sets: &mut BTreeMap<u8, Stored<T>>, id: u8, set: T, nal: Nal<'_>) -> bool {
    if sets.get(&id).is_some_and(|stored| stored.nal == nal.bytes()) {
        return false;
    }
    sets.insert(id, Stored { set, nal: nal.bytes().to_vec() });
    true
}
