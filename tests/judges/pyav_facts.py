#!/usr/bin/env python3
"""Decodes FILE with PyAV and prints as JSON what came out of each audio and video stream.

Exits with 3 where PyAV is not installed.
"""
import json
import sys
from fractions import Fraction

try:
    import av
except ImportError:
    sys.exit(3)


def text(fraction):
    return f"{fraction.numerator}/{fraction.denominator}"


def video(stream):
    return {
        "kind": "video",
        "codec": stream.codec_context.name,
        "width": stream.width,
        "height": stream.height,
        "rate": text(stream.average_rate),
        "frames": 0,
        "start": None,
        # Distances between neighbours in seconds: one where the frame rate is constant.
        "steps": [],
    }


def audio(stream):
    return {
        "kind": "audio",
        "codec": stream.codec_context.name,
        "sample_rate": stream.rate,
        "channels": stream.channels,
        # Matroska and plain streams say no duration of a single stream.
        "duration": stream.duration and text(stream.duration * stream.time_base),
        "frames": 0,
        "samples": 0,
        "start": None,
        # How often a frame does not begin where the one before ended.
        "gaps": 0,
    }


def facts(path):
    rows, ends = {}, {}
    with av.open(path) as container:
        streams = [s for s in container.streams if s.type in ("audio", "video")]
        for stream in streams:
            rows[stream.index] = video(stream) if stream.type == "video" else audio(stream)
        for packet in container.demux(streams):
            index = packet.stream.index
            row = rows[index]
            for frame in packet.decode():
                row["frames"] += 1
                # Plain streams have no times.
                if frame.pts is None:
                    row["samples"] = row.get("samples", 0) + getattr(frame, "samples", 0)
                    continue
                time = frame.pts * frame.time_base
                if row["start"] is None:
                    row["start"] = text(time)
                if row["kind"] == "video":
                    if index in ends and text(time - ends[index]) not in row["steps"]:
                        row["steps"].append(text(time - ends[index]))
                    ends[index] = time
                else:
                    if index in ends and abs(time - ends[index]) * frame.sample_rate >= 1:
                        row["gaps"] += 1
                    row["samples"] += frame.samples
                    ends[index] = time + Fraction(frame.samples, frame.sample_rate)
    return [rows[index] for index in sorted(rows)]


print(json.dumps(facts(sys.argv[1]), indent=1))
