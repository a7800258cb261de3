#!/usr/bin/env python3
"""Decodes each FILE with PyAV and prints as JSON, file by file, how many frames came out and what libav had to say.

    pyav_words.py FILE...

Words are those of the level of warnings and above, of any thread. Exits with 3 where PyAV is not installed.
"""
import json
import sys

try:
    import av
    import av.logging
except ImportError:
    sys.exit(3)


def decode(path):
    with av.open(path) as container:
        streams = [s for s in container.streams if s.type in ("audio", "video")]
        return sum(len(packet.decode()) for packet in container.demux(streams))


def verdict(path):
    frames, error = 0, None
    with av.logging.Capture(local=False) as logs:
        try:
            frames = decode(path)
        except av.FFmpegError as problem:
            error = str(problem)
    words = [f"{name}: {message.strip()}" for level, name, message in logs if level <= av.logging.WARNING]
    return {"frames": frames, "words": words, "error": error}


av.logging.set_level(av.logging.WARNING)
av.logging.set_skip_repeated(False)
print(json.dumps([verdict(path) for path in sys.argv[1:]]))
