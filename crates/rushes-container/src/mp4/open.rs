//! What a file is: boxes of the top level up to the movie box, or the pictures of a file without one (ISO/IEC 14496-12, 4.3
//! and 8.1).

use rushes_core::{Error, Result};

use super::boxes::{BoxReader, Ftyp, PlainBox};
use super::demux::Mp4Demuxer;
use super::header::BoxHeader;
use super::items::Items;
use super::movie::Movie;
use super::still::StillDemuxer;
use crate::checks::unknown_option;
use crate::input::Input;
use crate::{DemuxOptions, Demuxer, Source};

/// Opens whatever the file holds: a movie, or still pictures.
pub(super) fn open(mut input: Input, options: &DemuxOptions) -> Result<Box<dyn Demuxer>> {
    let buffer = read_options(options)?.filter(|_| !input.is_seekable());
    if buffer.is_some() {
        // What was read so far is needed again if the movie box turns out to be behind the media.
        input.mark();
    }
    let found = match (find_contents(&mut input), buffer) {
        (Err(Error::Unsupported(_)), Some(limit)) => {
            input = buffered(input, limit, options)?;
            find_contents(&mut input)
        }
        (found, _) => found,
    };
    let Found { brand, contents } = found?;
    Ok(match contents {
        Contents::Movie { movie, end } => {
            Box::new(Mp4Demuxer::open(input, options, brand.as_ref(), *movie, end)?)
        }
        Contents::Pictures(items) => Box::new(StillDemuxer::open(input, *items, brand.as_ref())?),
    })
}

/// The option `buffer`: how many bytes of an input that cannot seek may be kept in memory where that is needed.
fn read_options(options: &DemuxOptions) -> Result<Option<usize>> {
    let mut buffer = None;
    for (name, value) in &options.options {
        if name != "buffer" {
            return Err(unknown_option("mp4 demuxer", name, "buffer=BYTES"));
        }
        let bytes = value.parse().map_err(|_| {
            Error::usage(format!("buffer={value} of the mp4 demuxer is no number of bytes"))
        })?;
        buffer = Some(bytes);
    }
    Ok(buffer)
}

/// All bytes of an input that cannot seek, from its mark on, as one that can.
fn buffered(mut input: Input, limit: usize, options: &DemuxOptions) -> Result<Input> {
    input.rewind()?;
    let bytes = input.peek(limit.saturating_add(1))?;
    if bytes.len() > limit {
        let what = format!("a movie box (moov) behind more than {limit} bytes of media");
        return Err(Error::unsupported(what, "a larger buffer=BYTES, or an input that can seek"));
    }
    Input::new(Source::bytes(bytes.to_vec()), options)
}

/// What is found before the first sample.
struct Found {
    brand: Option<Ftyp>,
    contents: Contents,
}

/// What a file is.
enum Contents {
    Movie {
        movie: Box<Movie>,
        /// Offset behind the movie box.
        end: Option<u64>,
    },
    Pictures(Box<Items>),
}

/// Reads boxes of the top level up to the movie box. A file without one may hold pictures.
fn find_contents(input: &mut Input) -> Result<Found> {
    let mut brand = None;
    let mut items = None;
    match find_movie(input, &mut brand, &mut items) {
        Ok(Some(contents)) => Ok(Found { brand, contents }),
        Err(error @ Error::Io { .. }) => Err(error),
        // What is wrong with the items matters only now that there is no movie.
        other => match (items, other) {
            (Some(items), _) => {
                let items = items.map_err(|error| error.within("meta"))?;
                Ok(Found { brand, contents: Contents::Pictures(Box::new(items)) })
            }
            (None, Err(error)) => Err(error),
            (None, Ok(_)) => Err(no_movie(None, input)),
        },
    }
}

/// Looks for the movie box, and notes the brand and the items that are met on the way. `None` where the input need not
/// be searched any further, since it can only hold pictures.
fn find_movie(
    input: &mut Input,
    brand: &mut Option<Ftyp>,
    items: &mut Option<Result<Items>>,
) -> Result<Option<Contents>> {
    let mut media: Option<BoxHeader> = None;
    loop {
        let Some(header) = BoxHeader::read(input, None)? else {
            return Err(no_movie(media, input));
        };
        match &header.kind.0 {
            b"ftyp" => {
                let length = header.end.unwrap_or(header.payload) - header.payload;
                if length > input.limits().metadata_bytes {
                    return Err(Error::limit(
                        "metadata_bytes",
                        length,
                        input.limits().metadata_bytes,
                    ));
                }
                let payload = input.read_payload(length).map_err(|error| error.within("ftyp"))?;
                let mut r = BoxReader::new(&payload, header.payload);
                *brand = Some(Ftyp::read(&mut r).map_err(|error| error.within("ftyp"))?);
                continue;
            }
            b"moov" => {
                // A broken movie is not mended by a picture beside it.
                *items = None;
                let movie = Movie::read(input, header)?;
                let movie = Box::new(movie);
                return Ok(Some(Contents::Movie { movie, end: header.end }));
            }
            b"meta" if items.is_none() => match Items::read(input, header) {
                Err(error @ Error::Io { .. }) => return Err(error),
                found => *items = Some(found),
            },
            b"moof" => {
                let message = "a fragment (moof) without the movie (moov) that it belongs to";
                return Err(Error::malformed(message).at(header.start));
            }
            b"mdat" => {
                media = Some(header);
                if !input.is_seekable() && items.is_some() {
                    return Ok(None);
                }
                if !input.is_seekable() {
                    return Err(Error::unsupported(
                        format!(
                            "a movie box (moov) behind the media at byte {} in an input that cannot seek",
                            header.start
                        ),
                        "a file, media behind the movie box (faststart), or the option buffer=BYTES",
                    ));
                }
            }
            _ => {}
        }
        let Some(end) = header.end else { return Err(no_movie(media, input)) };
        if input.length().is_some_and(|length| end > length) {
            return Err(no_movie(Some(header), input));
        }
        input.seek(end)?;
    }
}

/// The error for a file that ends before its movie box.
fn no_movie(last: Option<BoxHeader>, input: &Input) -> Error {
    let message = match (last, input.length()) {
        (Some(BoxHeader { kind, start, end: Some(end), .. }), Some(length)) if end > length => {
            format!(
                "no movie box (moov): box '{kind}' at byte {start} claims {} bytes, the file ends {} bytes earlier",
                end - start,
                end - length
            )
        }
        _ => "no movie box (moov)".to_owned(),
    };
    Error::malformed(message).at(input.length().unwrap_or_else(|| input.position()))
}
