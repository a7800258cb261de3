// Plays FILE in Chromium and prints as JSON how far it came: `node browser.mjs FILE [mse]`, in a video element, or through Media
// Source Extensions. Exits with 3 where Chromium is not installed, and with 1 where it does not play.
import { spawn } from "node:child_process";
import { createReadStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PATIENCE = 60_000;
const [file, way] = process.argv.slice(2);
const type = /\.(webm|mkv)$/.test(file) ? "video/webm" : "video/mp4";

// What runs in the page. It is turned into text, so that nothing from here is in sight there.
async function play(way, type) {
  const video = document.querySelector("video");
  const tell = (result) => fetch("/result", { method: "POST", body: JSON.stringify(result) });
  const state = () => ({ time: video.currentTime, duration: video.duration, width: video.videoWidth, height: video.videoHeight });
  video.onerror = () => tell({ ...state(), error: `${video.error.code}: ${video.error.message}` });
  video.onended = () => tell({ ...state(), ended: true });
  video.ontimeupdate = () => {
    if (video.currentTime > 0.5) tell(state());
  };
  try {
    if (way === "mse") {
      const bytes = new Uint8Array(await (await fetch("/media")).arrayBuffer());
      // The profile, level and constraints of the codec string are the bytes behind the version of avcC.
      const find = (name) => {
        const code = [...name].map((letter) => letter.charCodeAt(0));
        return bytes.findIndex((_, at) => code.every((byte, index) => bytes[at + index] === byte));
      };
      const hex = (byte) => byte.toString(16).padStart(2, "0");
      const avcc = find("avcC");
      const codecs = [`avc1.${[5, 6, 7].map((at) => hex(bytes[avcc + at])).join("")}`];
      if (find("mp4a") >= 0) codecs.push("mp4a.40.2");
      const mime = `${type}; codecs="${codecs.join(",")}"`;
      const source = new MediaSource();
      video.src = URL.createObjectURL(source);
      await new Promise((resolve) => source.addEventListener("sourceopen", resolve, { once: true }));
      const buffer = source.addSourceBuffer(mime);
      buffer.onerror = () => tell({ ...state(), error: `the source buffer refuses the bytes (${mime})` });
      buffer.onupdateend = () => {
        if (source.readyState === "open") source.endOfStream();
      };
      buffer.appendBuffer(bytes);
    } else {
      video.src = "/media";
    }
    await video.play();
  } catch (error) {
    tell({ ...state(), error: String(error) });
  }
}

const page = `<!doctype html><video muted playsinline></video><script>(${play})(${JSON.stringify(way ?? "")}, ${JSON.stringify(type)})</script>`;

function media(request, response) {
  const size = statSync(file).size;
  const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "");
  const start = range ? Number(range[1]) : 0;
  const end = range && range[2] ? Number(range[2]) : size - 1;
  const headers = { "Content-Type": type, "Accept-Ranges": "bytes", "Content-Length": end - start + 1 };
  if (range) headers["Content-Range"] = `bytes ${start}-${end}/${size}`;
  response.writeHead(range ? 206 : 200, headers);
  createReadStream(file, { start, end }).pipe(response);
}

const folder = mkdtempSync(join(tmpdir(), "browser-"));
let chromium;
function end(status, message) {
  if (message) console.log(message);
  chromium?.kill("SIGKILL");
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  } catch {
    // A child of the browser may still write there; the folder is temporary.
  }
  process.exit(status);
}

const server = createServer((request, response) => {
  if (request.url === "/result") {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      response.end();
      end(JSON.parse(body).error ? 1 : 0, body);
    });
  } else if (request.url === "/media") {
    media(request, response);
  } else {
    response.writeHead(200, { "Content-Type": "text/html" });
    response.end(page);
  }
});

server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  chromium = spawn(
    "chromium",
    [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--mute-audio",
      "--autoplay-policy=no-user-gesture-required",
      `--user-data-dir=${folder}`,
      `http://127.0.0.1:${port}/`,
    ],
    { stdio: "ignore" },
  );
  chromium.on("error", (error) => end(error.code === "ENOENT" ? 3 : 1, String(error)));
  setTimeout(() => end(1, JSON.stringify({ error: `nothing within ${PATIENCE / 1000} s` })), PATIENCE);
});
