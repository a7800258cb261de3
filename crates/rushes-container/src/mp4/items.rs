//! Items of a file: ISO/IEC 14496-12, 8.11. HEIF (ISO/IEC 23008-12) and AVIF keep still pictures as items.

use rushes_core::{Buffer, Error, Result};

use super::boxes::{
    BoxReader, FourCc, FullBox, Iinf, Iloc, Ipma, Iref, ItemLocation, RawBox, read_boxes,
};
use super::header::BoxHeader;
use crate::input::Input;

/// Tables of items may take this part of the metadata limit: in memory they are several times as large as in the file.
const TABLES_SHARE: u64 = 8;

/// What a `meta` box says of items.
#[derive(Clone, Debug, Default)]
pub(super) struct Items {
    pub(super) primary: Option<u32>,
    infos: Iinf,
    locations: Vec<ItemLocation>,
    references: Vec<Iref>,
    /// The properties that items share, numbered from one.
    properties: Vec<RawBox>,
    associations: Vec<Ipma>,
    /// Payload of `idat`.
    data: Buffer,
}

/// One item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) id: u32,
    /// What it is: `av01`, `hvc1`, `grid`, …
    pub(super) kind: FourCc,
    pub(super) protected: bool,
}

impl Items {
    /// Reads a `meta` box at the top level, whose header has just been read.
    pub(super) fn read(input: &mut Input, header: BoxHeader) -> Result<Self> {
        let Some(end) = header.end.or(input.length()) else {
            return Err(Error::malformed("box 'meta' without a size").at(header.start));
        };
        let mut items = Self::default();
        // A full box in ISO files, a plain one in QuickTime files: the first child tells.
        let is_plain = input.peek(8)?.get(4..) == Some(b"hdlr");
        input.skip(if is_plain { 0 } else { 4 })?;
        let most = input.limits().metadata_bytes;
        let mut bytes = 0_u64;
        while input.position() < end {
            let Some(child) = BoxHeader::read(input, Some(end))? else { break };
            let length = child.end.unwrap_or(end) - child.payload;
            let limit = match &child.kind.0 {
                b"idat" => most,
                b"pitm" | b"iinf" | b"iloc" | b"iref" | b"iprp" => most / TABLES_SHARE,
                _ => {
                    input.skip(length)?;
                    continue;
                }
            };
            bytes = bytes.saturating_add(length);
            if bytes > limit {
                return Err(Error::limit("metadata_bytes", bytes, limit));
            }
            let payload = input.read_payload(length).map_err(|error| error.within(child.kind))?;
            items.take(&child, &payload).map_err(|error| error.within(child.kind))?;
        }
        Ok(items)
    }

    fn take(&mut self, child: &BoxHeader, payload: &Buffer) -> Result<()> {
        let mut r = BoxReader::new(payload, child.payload);
        match &child.kind.0 {
            b"pitm" => {
                r.read_version()?;
                let id = if r.version() == 0 { u32::from(r.u16()?) } else { r.u32()? };
                self.primary = Some(id);
            }
            b"iinf" => self.infos = Iinf::parse(r)?,
            b"iloc" => self.locations = Iloc::parse(r)?.items,
            b"iref" => self.references.push(Iref::parse(r)?),
            b"idat" => self.data = payload.clone(),
            _ => self.read_properties(r),
        }
        Ok(())
    }

    /// A picture can be read without most of its properties. So what is broken here is left out.
    fn read_properties(&mut self, mut r: BoxReader<'_>) {
        while let Ok(Some((kind, mut child))) = r.child() {
            match &kind.0 {
                b"ipco" => self.properties = read_boxes(child.rest()),
                b"ipma" => self.associations.extend(Ipma::parse(child)),
                _ => {}
            }
        }
    }

    /// An item by its number.
    pub(super) fn item(&self, id: u32) -> Option<Item> {
        let info = self.infos.items.iter().find(|info| info.id == id)?;
        Some(Item { id, kind: info.kind, protected: info.protection > 0 })
    }

    /// The properties of an item, in the order in which they apply.
    pub(super) fn properties(&self, id: u32) -> Vec<RawBox> {
        let associations = self.associations.iter().flat_map(|ipma| &ipma.items);
        let Some(found) = associations.into_iter().find(|item| item.id == id) else {
            return Vec::new();
        };
        let numbers = found.properties.iter().filter_map(|property| property.number.checked_sub(1));
        numbers.filter_map(|index| self.properties.get(usize::from(index)).cloned()).collect()
    }

    /// The items that an item is made of, in order.
    pub(super) fn sources(&self, id: u32) -> &[u32] {
        let mut references = self.references.iter().flat_map(|iref| &iref.references);
        references
            .find(|reference| reference.kind.0 == *b"dimg" && reference.from == id)
            .map_or(&[], |found| &found.to)
    }

    /// Items that are auxiliary to this one.
    pub(super) fn auxiliaries(&self, id: u32) -> impl Iterator<Item = u32> {
        let references = self.references.iter().flat_map(|iref| &iref.references);
        references
            .filter(move |reference| reference.kind.0 == *b"auxl" && reference.to.contains(&id))
            .map(|reference| reference.from)
    }

    /// Where an item is.
    pub(super) fn location(&self, id: u32) -> Result<&ItemLocation> {
        self.locations
            .iter()
            .find(|location| location.id == id)
            .ok_or_else(|| Error::malformed(format!("item {id} is nowhere")).within("meta/iloc"))
    }

    /// Offset in the file at which an item starts; `None` for one in `idat`, or without a place.
    pub(super) fn start(&self, id: u32) -> Option<u64> {
        let location = self.location(id).ok().filter(|location| location.construction == 0)?;
        location.base.checked_add(location.extents.first()?.offset)
    }

    /// Reads the bytes of an item.
    pub(super) fn read_data(&self, id: u32, input: &mut Input) -> Result<Buffer> {
        let location = self.location(id)?;
        if location.data_reference > 0 {
            return Err(Error::unsupported(format!("item {id}, which is in another file,"), ""));
        }
        match location.construction {
            0 => read_extents(location, input),
            1 => self.slice_data(location),
            other => Err(Error::unsupported(
                format!("construction method {other} of item {id}"),
                "items in the file or in 'idat'",
            )),
        }
    }

    fn slice_data(&self, location: &ItemLocation) -> Result<Buffer> {
        let mut data = Vec::new();
        for extent in &location.extents {
            let start = location.base.checked_add(extent.offset);
            let bytes = start
                .and_then(|start| self.data.get(usize::try_from(start).ok()?..))
                .and_then(|rest| match extent.length {
                    0 => Some(rest),
                    length => rest.get(..usize::try_from(length).ok()?),
                });
            let Some(bytes) = bytes else {
                let message = format!("item {} lies behind the end of 'idat'", location.id);
                return Err(Error::malformed(message).within("meta/iloc"));
            };
            // Parts may overlap, and together be larger than what they are parts of.
            if data.len() + bytes.len() > self.data.len() {
                let message = format!("item {} is larger than 'idat'", location.id);
                return Err(Error::malformed(message).within("meta/iloc"));
            }
            data.extend_from_slice(bytes);
        }
        Ok(Buffer::from(data))
    }
}

fn read_extents(location: &ItemLocation, input: &mut Input) -> Result<Buffer> {
    let mut parts = Vec::new();
    let mut total = 0_u64;
    for extent in &location.extents {
        let Some(start) = location.base.checked_add(extent.offset) else {
            let message = format!("item {} beyond the largest file", location.id);
            return Err(Error::malformed(message).within("meta/iloc"));
        };
        let length = match (extent.length, input.length()) {
            (0, Some(end)) => end.saturating_sub(start),
            (0, None) => {
                return Err(Error::unsupported(
                    format!("item {}, which ends with an input of unknown length,", location.id),
                    "items with lengths",
                ));
            }
            (length, _) => length,
        };
        total = total.saturating_add(length);
        // Parts may overlap, and so each may lie in the file without all together being as large.
        if input.length().is_some_and(|end| total > end) {
            let message = format!("item {} is larger than the file", location.id);
            return Err(Error::malformed(message).within("meta/iloc"));
        }
        input.limits().check_alloc(total)?;
        input.seek(start)?;
        parts.push(input.read_payload(length)?);
    }
    match <[Buffer; 1]>::try_from(parts) {
        Ok([whole]) => Ok(whole),
        Err(parts) => {
            Ok(Buffer::from(parts.iter().flat_map(|part| &**part).copied().collect::<Vec<_>>()))
        }
    }
}
