#!/usr/bin/env python3
"""Times PyAV (FFmpeg's libraries) on the cases of `rushes_benches`: the same lines as its `convert` prints.

Names on standard input, one per line; a first line with the version, then name, nanoseconds (the median) and bytes.
"""

import re
import statistics
import sys
import time

import av
import numpy
from av.audio.resampler import AudioResampler
from av.video.reformatter import Interpolation, VideoReformatter

ENOUGH = 300_000_000


def median(work):
    times, begin = [], time.perf_counter_ns()
    while len(times) < 5 or time.perf_counter_ns() - begin < ENOUGH:
        start = time.perf_counter_ns()
        work()
        times.append(time.perf_counter_ns() - start)
    return round(statistics.median(times))


def size(frame):
    return sum(plane.buffer_size for plane in frame.planes)


def video(source, width, height, target, new_width, new_height):
    frame = av.VideoFrame(width, height, source)
    random = numpy.random.default_rng(1)
    top = 1 << max(component.bits for component in frame.format.components)
    for plane in frame.planes:
        if top > 256:
            samples = random.integers(0, top, plane.buffer_size // 2, dtype=numpy.uint16)
        else:
            samples = random.integers(0, 256, plane.buffer_size, dtype=numpy.uint8)
        plane.update(samples.tobytes())
    reformatter = VideoReformatter()

    def work():
        return reformatter.reformat(
            frame, new_width, new_height, target, interpolation=Interpolation.BICUBIC, threads=1
        )

    out = work()
    assert (out.format.name, out.width, out.height) == (target, new_width, new_height)
    return median(work), size(frame) + size(out)


def resample(rate, new_rate, seconds):
    samples = numpy.random.default_rng(1).uniform(-1, 1, (2, rate * seconds)).astype(numpy.float32)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
    frame.sample_rate = rate

    def work():
        resampler = AudioResampler(format="fltp", layout="stereo", rate=new_rate)
        return resampler.resample(frame) + resampler.resample(None)

    count = sum(out.samples for out in work())
    assert abs(count - new_rate * seconds) < 2000
    return median(work), 8 * (rate + new_rate) * seconds


def main():
    libraries = ", ".join(
        f"{name} {'.'.join(map(str, av.library_versions[name]))}"
        for name in ("libswscale", "libswresample")
    )
    print(f"# PyAV {av.__version__} ({libraries})")
    for name in sys.stdin.read().splitlines():
        if match := re.fullmatch(r"(\w+) (\d+)x(\d+) to (\w+) (\d+)x(\d+)", name):
            source, width, height, target, new_width, new_height = match.groups()
            result = video(source, int(width), int(height), target, int(new_width), int(new_height))
        elif match := re.fullmatch(r"resample stereo f32 (\d+) to (\d+) Hz, (\d+) s", name):
            result = resample(*map(int, match.groups()))
        else:
            continue
        print(name, *result, sep="\t", flush=True)


if __name__ == "__main__":
    main()
