//! OpenH264's encoder behind safe calls: all that is unsafe about it is in this file.
//!
//! The library's C++ sources are built in by `openh264-sys2`. The safe wrapper that goes with it has no way to a constant
//! quantiser, CABAC, slices or the parameter sets before the first picture, so that this is a wrapper of our own.

use std::ffi::{c_int, c_longlong};
use std::mem::MaybeUninit;
use std::ptr::{NonNull, null_mut};
use std::slice;

use openh264_sys2::source::APILoader;
use openh264_sys2::{
    ASP_1x1, ASP_EXT_SAR, CAMERA_VIDEO_REAL_TIME, CONSTANT_ID, ENCODER_OPTION_TRACE_LEVEL,
    ISVCEncoder, ISVCEncoderVtbl, LOW_COMPLEXITY, MEDIUM_COMPLEXITY, PRO_BASELINE, PRO_HIGH,
    RC_BITRATE_MODE, RC_OFF_MODE, SEncParamExt, SFrameBSInfo, SM_FIXEDSLCNUM_SLICE,
    SM_SINGLE_SLICE, SSourcePicture, VF_UNDEF, WELS_LOG_QUIET, videoFormatI420, videoFrameTypeIDR,
};
use rushes_core::{Error, Result};

/// What to encode, and how. All values are in the range that the fields name.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// Even, at least 16.
    pub(super) width: u16,
    /// Even, at least 16.
    pub(super) height: u16,
    pub(super) frame_rate: f32,
    pub(super) rate: RateControl,
    /// Pictures from one key picture to the next, at least 1.
    pub(super) key_interval: u32,
    pub(super) effort: Effort,
    /// High profile with CABAC, or Baseline with CAVLC.
    pub(super) high_profile: bool,
    /// Slices of a picture, 1 to 35.
    pub(super) slices: u8,
    /// At least 1.
    pub(super) threads: u16,
    /// Full range or not, and code points of primaries, transfer and matrix, where any of it is known.
    pub(super) color: Option<(bool, [u8; 3])>,
    /// Width and height of a pixel.
    pub(super) sample_aspect: Option<(u16, u16)>,
}

/// What decides on the quantiser.
#[derive(Clone, Copy, Debug)]
pub(super) enum RateControl {
    /// The same for all pictures, 0 to 51.
    Quantiser(u8),
    /// Bits per second to aim at.
    BitRate(i32),
}

/// How long to search. The library's third step makes a difference for screen content only.
#[derive(Clone, Copy, Debug)]
pub(super) enum Effort {
    Low,
    Medium,
}

/// One plane to encode.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlaneRef<'a> {
    pub(super) data: &'a [u8],
    pub(super) stride: usize,
}

/// An encoder.
pub(super) struct Engine {
    encoder: NonNull<ISVCEncoder>,
    /// Where the library says what it wrote; boxed because it is large.
    info: Box<SFrameBSInfo>,
    width: u16,
    height: u16,
}

/// What a picture became.
#[derive(Debug)]
pub(super) struct Encoded<'a> {
    info: &'a SFrameBSInfo,
}

// SAFETY: the library keeps all state of an encoder behind its pointer and has no thread affinity; its own worker threads
// belong to the encoder. `Engine` has the only copy of the pointer and gives it to one call at a time, by `&mut self`.
unsafe impl Send for Engine {}

impl Engine {
    pub(super) fn new(settings: &Settings) -> Result<Self> {
        let mut encoder = null_mut();
        // SAFETY: the library writes a pointer to a new encoder, or null, to the place it is given.
        let status = unsafe { APILoader::WelsCreateSVCEncoder(&raw mut encoder) };
        let encoder = NonNull::new(encoder)
            .filter(|_| status == 0)
            .ok_or_else(|| failed("WelsCreateSVCEncoder", status))?;
        // From here on, dropping the engine destroys the encoder.
        let engine =
            Self { encoder, info: Box::default(), width: settings.width, height: settings.height };
        let mut quiet = WELS_LOG_QUIET;
        let set_option = function(engine.table().SetOption, "SetOption")?;
        // SAFETY: this option reads a C int from the pointer, and the pointer is to one.
        unsafe {
            set_option(
                engine.encoder.as_ptr(),
                ENCODER_OPTION_TRACE_LEVEL,
                (&raw mut quiet).cast(),
            );
        }
        let parameters = engine.parameters(settings)?;
        let initialize = function(engine.table().InitializeExt, "InitializeExt")?;
        // SAFETY: the encoder lives, and the library copies what it needs of the parameters.
        let status = unsafe { initialize(engine.encoder.as_ptr(), &raw const parameters) };
        if status == 0 { Ok(engine) } else { Err(failed("InitializeExt", status)) }
    }

    /// The sequence and picture parameter sets, as NAL units behind start codes.
    pub(super) fn parameter_sets(&mut self) -> Result<Encoded<'_>> {
        let encode = function(self.table().EncodeParameterSets, "EncodeParameterSets")?;
        // SAFETY: the encoder is initialised, and the library fills the structure it is given.
        let status = unsafe { encode(self.encoder.as_ptr(), &raw mut *self.info) };
        if status == 0 {
            Ok(Encoded { info: &self.info })
        } else {
            Err(failed("EncodeParameterSets", status))
        }
    }

    /// Encodes a picture: luma and both chroma planes of 4:2:0, of the size in the settings.
    pub(super) fn encode(
        &mut self,
        planes: [PlaneRef<'_>; 3],
        milliseconds: i64,
    ) -> Result<Encoded<'_>> {
        let (width, height) = (usize::from(self.width), usize::from(self.height));
        let mut strides = [0; 4];
        let mut data = [null_mut(); 4];
        for (index, plane) in planes.iter().enumerate() {
            let shift = usize::from(index > 0);
            let (width, height) = (width >> shift, height >> shift);
            let needed =
                plane.stride.checked_mul(height - 1).and_then(|rows| rows.checked_add(width));
            if plane.stride < width || needed.is_none_or(|needed| plane.data.len() < needed) {
                return Err(Error::usage("a plane is smaller than the picture"));
            }
            strides[index] = c_int::try_from(plane.stride)
                .map_err(|_| Error::usage("the rows of a plane are too far apart"))?;
            data[index] = plane.data.as_ptr().cast_mut();
        }
        let picture = SSourcePicture {
            iColorFormat: videoFormatI420,
            iStride: strides,
            pData: data,
            iPicWidth: c_int::from(self.width),
            iPicHeight: c_int::from(self.height),
            uiTimeStamp: c_longlong::from(milliseconds),
            bPsnrY: false,
            bPsnrU: false,
            bPsnrV: false,
        };
        let encode = function(self.table().EncodeFrame, "EncodeFrame")?;
        // SAFETY: the encoder is initialised. The library copies `width` bytes of each of `height` rows, `stride` bytes
        // apart, out of each plane (half of both for chroma) before it returns, and writes to none: the checks above
        // prove that the slices hold that much. It fills the structure behind the last pointer.
        let status =
            unsafe { encode(self.encoder.as_ptr(), &raw const picture, &raw mut *self.info) };
        if status == 0 {
            Ok(Encoded { info: &self.info })
        } else {
            Err(failed("EncodeFrame", status))
        }
    }

    /// The functions of the encoder.
    fn table(&self) -> &ISVCEncoderVtbl {
        // SAFETY: an encoder is a C++ object, which begins with the pointer to its virtual function table; the table is
        // static.
        unsafe { &**self.encoder.as_ptr() }
    }

    fn parameters(&self, settings: &Settings) -> Result<SEncParamExt> {
        let defaults = function(self.table().GetDefaultParams, "GetDefaultParams")?;
        let mut parameters = MaybeUninit::<SEncParamExt>::zeroed();
        // SAFETY: the encoder lives, and the library fills the structure.
        let status = unsafe { defaults(self.encoder.as_ptr(), parameters.as_mut_ptr()) };
        if status != 0 {
            return Err(failed("GetDefaultParams", status));
        }
        // SAFETY: the structure consists of numbers, for which all bits zero is a value, and was written to since.
        let mut parameters = unsafe { parameters.assume_init() };
        settings.apply(&mut parameters);
        Ok(parameters)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(uninitialize) = self.table().Uninitialize {
            // SAFETY: the encoder lives; the call is allowed whether or not it was initialised.
            unsafe { uninitialize(self.encoder.as_ptr()) };
        }
        // SAFETY: the pointer came from `WelsCreateSVCEncoder`, and nothing uses it after this.
        unsafe { APILoader::WelsDestroySVCEncoder(self.encoder.as_ptr()) };
    }
}

impl Settings {
    fn apply(&self, to: &mut SEncParamExt) {
        to.iUsageType = CAMERA_VIDEO_REAL_TIME;
        to.iPicWidth = c_int::from(self.width);
        to.iPicHeight = c_int::from(self.height);
        to.fMaxFrameRate = self.frame_rate;
        to.uiIntraPeriod = self.key_interval;
        to.iComplexityMode = match self.effort {
            Effort::Low => LOW_COMPLEXITY,
            Effort::Medium => MEDIUM_COMPLEXITY,
        };
        to.eSpsPpsIdStrategy = CONSTANT_ID;
        to.iEntropyCodingModeFlag = c_int::from(self.high_profile);
        to.iMultipleThreadIdc = self.threads;
        // Balancing the load and filtering across slices would make the output depend on the number of threads.
        to.bUseLoadBalancing = false;
        to.iLoopFilterDisableIdc = if self.slices > 1 { 2 } else { 0 };
        to.bEnableFrameSkip = false;
        // It codes what moves little as if it did not move, and smears noise and slow fades.
        to.bEnableBackgroundDetection = false;
        to.bEnableDenoise = false;
        to.bEnableSceneChangeDetect = true;
        let layer = &mut to.sSpatialLayers[0];
        layer.iVideoWidth = c_int::from(self.width);
        layer.iVideoHeight = c_int::from(self.height);
        layer.fFrameRate = self.frame_rate;
        layer.uiProfileIdc = if self.high_profile { PRO_HIGH } else { PRO_BASELINE };
        layer.sSliceArgument.uiSliceMode =
            if self.slices > 1 { SM_FIXEDSLCNUM_SLICE } else { SM_SINGLE_SLICE };
        layer.sSliceArgument.uiSliceNum = u32::from(self.slices);
        match self.rate {
            RateControl::Quantiser(quantiser) => {
                to.iRCMode = RC_OFF_MODE;
                layer.iDLayerQp = c_int::from(quantiser);
                // It would shift the quantiser of whole pictures.
                to.bEnableAdaptiveQuant = false;
            }
            RateControl::BitRate(rate) => {
                to.iRCMode = RC_BITRATE_MODE;
                to.iTargetBitrate = rate;
                layer.iSpatialBitrate = rate;
            }
        }
        if let Some((full_range, [primaries, transfer, matrix])) = self.color {
            layer.bVideoSignalTypePresent = true;
            layer.uiVideoFormat = u8::try_from(VF_UNDEF).unwrap_or(5);
            layer.bFullRange = full_range;
            layer.bColorDescriptionPresent = [primaries, transfer, matrix] != [2; 3];
            layer.uiColorPrimaries = primaries;
            layer.uiTransferCharacteristics = transfer;
            layer.uiColorMatrix = matrix;
        }
        if let Some((width, height)) = self.sample_aspect {
            layer.bAspectRatioPresent = true;
            layer.eAspectRatio = if width == height { ASP_1x1 } else { ASP_EXT_SAR };
            layer.sAspectRatioExtWidth = width;
            layer.sAspectRatioExtHeight = height;
        }
    }
}

impl<'a> Encoded<'a> {
    /// Decoding can start at this picture.
    pub(super) const fn is_key(&self) -> bool {
        self.info.eFrameType == videoFrameTypeIDR
    }

    /// The NAL units, each behind a start code; none where the rate control skipped the picture.
    pub(super) fn bytes(&self) -> impl Iterator<Item = &'a [u8]> {
        let layers = usize::try_from(self.info.iLayerNum).unwrap_or(0);
        self.info.sLayerInfo.iter().take(layers).map(|layer| {
            let count = usize::try_from(layer.iNalCount).unwrap_or(0);
            if count == 0 || layer.pNalLengthInByte.is_null() || layer.pBsBuf.is_null() {
                return &[][..];
            }
            // SAFETY: the library gives `iNalCount` lengths behind the pointer, and keeps them until the next call,
            // which `'a` excludes.
            let lengths = unsafe { slice::from_raw_parts(layer.pNalLengthInByte, count) };
            let length = lengths.iter().filter_map(|length| usize::try_from(*length).ok()).sum();
            // SAFETY: the NAL units lie one behind the other in the buffer, which lives as long as the lengths.
            unsafe { slice::from_raw_parts(layer.pBsBuf, length) }
        })
    }
}

fn function<F>(entry: Option<F>, name: &str) -> Result<F> {
    entry.ok_or_else(|| Error::unsupported(format!("OpenH264 without {name}"), ""))
}

/// What goes in was checked: whatever the library objects to, it cannot do.
fn failed(call: &str, status: c_int) -> Error {
    Error::unsupported(
        format!("OpenH264 encoding with these settings ({call} returned {status})"),
        "",
    )
}
