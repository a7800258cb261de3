// Reads FILE with MP4Box.js, takes every sample out of it, and prints as JSON what was found.
// The package `mp4box` is looked for in the folder RUSHES_MP4BOX_DIR, then in NODE_PATH. Exits with 3 where it is not installed.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const folder = process.env.RUSHES_MP4BOX_DIR ?? ".";
const require = createRequire(join(resolve(folder), "judge.js"));
let MP4Box;
try {
  MP4Box = require("mp4box");
} catch (error) {
  if (error.code !== "MODULE_NOT_FOUND") throw error;
  process.exit(3);
}

const bytes = readFileSync(process.argv[2]);
const buffer = new Uint8Array(bytes).buffer;
buffer.fileStart = 0;

const file = MP4Box.createFile();
const samples = new Map();
file.onError = (where, message) => {
  console.error(`${where}: ${message}`);
  process.exit(1);
};
file.onReady = (info) => {
  for (const track of info.tracks) {
    samples.set(track.id, { count: 0, bytes: 0, sync: 0, ticks: 0, first_cts: null, backwards: 0, last_dts: -1 });
    file.setExtractionOptions(track.id, null, { nbSamples: 1 });
  }
  file.start();
};
file.onSamples = (id, _user, list) => {
  const found = samples.get(id);
  for (const sample of list) {
    found.count += 1;
    found.bytes += sample.data.byteLength;
    found.sync += sample.is_sync ? 1 : 0;
    found.ticks += sample.duration;
    found.first_cts = Math.min(found.first_cts ?? sample.cts, sample.cts);
    found.backwards += sample.dts <= found.last_dts ? 1 : 0;
    found.last_dts = sample.dts;
  }
};
file.appendBuffer(buffer);
file.flush();

const info = file.getInfo();
const tracks = info.tracks.map((track) => ({
  kind: track.type,
  codec: track.codec,
  timescale: track.timescale,
  movie_timescale: track.movie_timescale,
  edits: (track.edits ?? []).map((edit) => [edit.segment_duration, edit.media_time]),
  listed: track.nb_samples,
  width: track.video?.width ?? 0,
  height: track.video?.height ?? 0,
  sample_rate: track.audio?.sample_rate ?? 0,
  channels: track.audio?.channel_count ?? 0,
  samples: samples.get(track.id),
}));
console.log(JSON.stringify({ brands: info.brands, progressive: info.isProgressive, fragmented: info.isFragmented, tracks }, null, 1));
