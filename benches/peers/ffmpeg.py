#!/usr/bin/env python3
"""Times swscale of the `ffmpeg` command on the cases of `rushes_benches`: the same lines as its `convert` prints.

A conversion's time is the processor time of FRAMES frames with it, less that without it, so that neither the start of the
process nor the source counts. The frames are all the same one, which no other peer gets better than.
"""

import re
import subprocess
import sys

FRAMES = 300


def seconds(source, width, height, filters):
    command = ["ffmpeg", "-hide_banner", "-nostats", "-benchmark", "-threads", "1", "-filter_threads", "1"]
    command += ["-f", "lavfi", "-i", f"color=gray:s={width}x{height}:r=1000,format={source}"]
    command += ["-frames:v", str(FRAMES), "-vf", filters, "-c:v", "wrapped_avframe", "-f", "null", "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    user, system = re.findall(r"bench: utime=([\d.]+)s stime=([\d.]+)s", text)[-1]
    return float(user) + float(system)


def main():
    version = subprocess.run(["ffmpeg", "-version"], check=True, capture_output=True, text=True).stdout
    print("# ffmpeg", version.split()[2], "command")
    for name in sys.stdin.read().splitlines():
        match = re.fullmatch(r"(\w+) (\d+)x(\d+) to (\w+) (\d+)x(\d+)", name)
        if not match:
            continue
        source, width, height, target, new_width, new_height = match.groups()
        scale = f"scale={new_width}:{new_height}:flags=bicubic,format={target}"
        difference = seconds(source, width, height, scale) - seconds(source, width, height, "null")
        print(name, round(max(difference, 0) / FRAMES * 1e9), 0, sep="\t", flush=True)


if __name__ == "__main__":
    main()
