#!/usr/bin/env bash
# Makes the media files of this folder, and what FFmpeg sees in them, from synthetic sources.
# Needs ffmpeg with libx264, libx265, libvpx and libmp3lame. Another version may give other bytes: then mend the sums in manifest.toml.
set -euo pipefail
cd "$(dirname "$0")"

ffmpeg() { command ffmpeg -nostdin -y -v error -fflags +bitexact "$@"; }
exact=(-map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact)

# H.264 High with two B-frames and a pyramid, 60 frames at 30000/1001; AAC stereo, another tone in each channel.
# The edit lists cut the encoder's delay from the sound and shift the pictures by their reordering.
ffmpeg \
    -f lavfi -i "testsrc2=size=160x120:rate=30000/1001:duration=2.002" \
    -f lavfi -i "aevalsrc='0.5*sin(2*PI*440*t)|0.25*sin(2*PI*660*t)':s=44100:d=2.002" \
    "${exact[@]}" -threads 1 \
    -c:v libx264 -profile:v high -preset slow -crf 27 -bf 2 -pix_fmt yuv420p \
    -x264-params "keyint=30:b-pyramid=normal:threads=1" \
    -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv \
    -c:a aac -b:a 64k -movflags +faststart clip.mp4

# A tenth of a second of two channels in 16 bit.
ffmpeg -f lavfi -i "aevalsrc='0.5*sin(2*PI*440*t)|0.25*sin(2*PI*660*t)':s=8000:d=0.1" \
    "${exact[@]}" -c:a pcm_s16le tone.wav

# The same two tones as MP3 in joint stereo, with a title, the frame of LAME's tag, and an ID3v1 tag at the end.
ffmpeg -f lavfi -i "aevalsrc='0.5*sin(2*PI*440*t)|0.25*sin(2*PI*660*t)':s=32000:d=0.4" \
    "${exact[@]}" -metadata title=Tone -c:a libmp3lame -b:a 48k -joint_stereo 1 -write_id3v1 1 tone.mp3

# Five small pictures of each video codec, for the fuzzers to start from.
small=(-f lavfi -i "testsrc2=size=64x48:rate=25:duration=0.2" "${exact[@]}" -threads 1)
ffmpeg "${small[@]}" -c:v libvpx-vp9 -crf 50 -b:v 0 -auto-alt-ref 1 -lag-in-frames 5 -pix_fmt yuv420p small.vp9.ivf
ffmpeg "${small[@]}" -c:v libvpx-vp9 -crf 55 -b:v 0 -auto-alt-ref 0 -pix_fmt yuv444p10le small.vp9-444.ivf
x265="log-level=none:pools=none:frame-threads=1:no-wpp=1:info=0:bframes=2:crf=40"
ffmpeg "${small[@]}" -c:v libx265 -pix_fmt yuv420p -x265-params "$x265" small.hevc
ffmpeg "${small[@]}" -c:v libx265 -pix_fmt yuv444p10le -x265-params "$x265" small-444.hevc
ffmpeg "${small[@]}" -c:v libx264 -crf 40 -bf 2 -pix_fmt yuv444p -bsf:v filter_units=remove_types=6 small-444.h264

# What FFmpeg sees: every packet, every picture.
ffmpeg -i clip.mp4 -map 0 -c copy -f framemd5 clip.packets.framemd5
ffmpeg -i clip.mp4 -map 0:v -fps_mode passthrough -f framemd5 clip.frames.framemd5

sha256sum clip.mp4 tone.wav tone.mp3 small* ./*.framemd5
