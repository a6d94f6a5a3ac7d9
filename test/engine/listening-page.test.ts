import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { beatLoop, parseWav, sameSpan, wavFile } from "./inpainting/fixtures.js";

const RATE = 11_025;

test("engine:listen writes a page with each mask before and after, with waveforms", async () => {
  const folder = await mkdtemp(join(tmpdir(), "punchin-listen-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const clip = join(folder, 'A "loop" & more.wav');
  await writeFile(clip, wavFile(beatLoop({ seconds: 13 })));
  const out = join(folder, "page");
  const { stdout } = await promisify(execFile)("node", ["bench/engine-listen.mjs", "--out", out, "--seed", "3", clip]);
  expect(stdout).toBe(`2 pairs: open ${join(out, "index.html")}\n`);

  const page = await readFile(join(out, "index.html"), "utf8");
  expect(page.match(/<h2>[^<]*/g)).toEqual([
    "<h2>A &#34;loop&#34; &#38; more, 5-7 s",
    "<h2>A &#34;loop&#34; &#38; more, 2-10 s",
  ]);
  expect(page).toContain("Seed 3.");
  expect(page.match(/Match \d\.\d\d: /g)).toHaveLength(2);
  const players = [...page.matchAll(/<svg[^>]*data-seconds="([^"]+)"[\s\S]*?<audio[^>]*src="([^"]+)"/g)];
  expect(players).toHaveLength(4);
  const sounds = await Promise.all(
    players.map(async ([, , file]) => parseWav(await readFile(join(out, file as string)))),
  );
  players.forEach(([, seconds], i) => {
    expect(sounds[i]?.channels[0]).toHaveLength(Math.round(Number(seconds) * RATE));
  });
  // Six seconds of context, or as much as there is: the first pair begins at 0 s, so does the second.
  for (const [pair, start, end] of [[0, 5, 7] as const, [2, 2, 10] as const]) {
    const [before, after] = [sounds[pair], sounds[pair + 1]].map((sound) => sound?.channels[0] as Float64Array);
    expect(sameSpan(before as Float64Array, after as Float64Array, 0, start * RATE)).toBe(true);
    expect(sameSpan(before as Float64Array, after as Float64Array, start * RATE, end * RATE)).toBe(false);
    expect(sameSpan(before as Float64Array, after as Float64Array, end * RATE, before?.length ?? 0)).toBe(true);
  }
});
