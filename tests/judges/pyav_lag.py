#!/usr/bin/env python3
"""Says by how many samples the sound of OUT comes later than that of SOURCE, and how much it differs, as JSON.

    pyav_lag.py SOURCE STREAM OUT

STREAM is the index of SOURCE's audio stream; OUT's first audio stream is taken. PyAV decodes both; the lag is where
their cross-correlation peaks; the difference is the signal-to-noise ratio in decibels without any shift. Exits with 3 where
PyAV or NumPy is not installed.
"""
import json
import sys

try:
    import av
    import numpy
except ImportError:
    sys.exit(3)


def mono(path, index):
    """The mean of the channels, placed by the times of the frames."""
    with av.open(path) as container:
        stream = container.streams[index] if index is not None else container.streams.audio[0]
        blocks = []
        for frame in container.decode(stream):
            samples = frame.to_ndarray()
            if not frame.format.is_planar:
                samples = samples.reshape(-1, len(frame.layout.channels)).T
            start = round(frame.pts * frame.time_base * frame.sample_rate)
            blocks.append((start, samples.astype(numpy.float64).mean(axis=0)))
    sound = numpy.zeros(max(start + len(block) for start, block in blocks))
    for start, block in blocks:
        if start >= 0:
            sound[start : start + len(block)] = block
    return sound


source = mono(sys.argv[1], int(sys.argv[2]))
out = mono(sys.argv[3], None)
length = min(len(source), len(out))
size = 1 << (len(source) + len(out)).bit_length()
spectrum = numpy.fft.rfft(out, size) * numpy.fft.rfft(source, size).conj()
correlation = numpy.fft.irfft(spectrum, size)
lag = int(correlation.argmax())
noise = numpy.square(out[:length] - source[:length]).sum()
signal = numpy.square(source[:length]).sum()
print(json.dumps({
    "lag": lag if lag < size // 2 else lag - size,
    "snr": 10 * float(numpy.log10(signal / max(noise, 1e-20))),
    "lengths": [len(source), len(out)],
}))
