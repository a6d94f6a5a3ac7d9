import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

/** What is compiled into the packages that decode, and under which licence. */
const COMPILED: [packageName: string, library: string, licence: string][] = [
  ["mpg123-decoder", "libmpg123", "GNU Lesser General Public License 2.1"],
  ["@wasm-audio-decoders/flac", "libFLAC", "3-clause BSD"],
  ["@wasm-audio-decoders/ogg-vorbis", "libvorbis and libogg", "3-clause BSD"],
  ["opus-decoder", "libopus", "3-clause BSD"],
  ["@wasm-audio-decoders/common", "puff", "zlib"],
];

it.each(COMPILED)("names what is compiled into %s, and its licence", async (packageName, library, licence) => {
  const notices = await readFile(new URL("../../THIRD_PARTY_NOTICES.md", import.meta.url), "utf8");
  const entries = notices.split(/\n- /).map((entry) => entry.replace(/\s+/g, " "));
  const entry = entries.find((text) => text.startsWith(`**${packageName}**`)) ?? "";
  expect(entry).toContain(library);
  expect(entry).toContain(licence);
});
