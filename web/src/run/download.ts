import { fetchAudio } from "../source/fetch-audio";

/** Fetches a result and saves it. Rejects with words when it can't be had. */
export async function downloadResult(url: string, name: string): Promise<void> {
  saveAs(new Blob([await fetchAudio(url)], { type: "audio/wav" }), name);
}

/** Saves bytes under a name, whatever origin they came from. */
export function saveAs(bytes: Blob, name: string): void {
  const url = URL.createObjectURL(bytes);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it over when this task ends.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}

/** `<source>_12-19s_seed123.wav` */
export function resultName(source: string, mask: { start: number; end: number }, seed: number | string): string {
  return `${source.replace(/\.\w{1,5}$/, "").replace(/[^\p{L}\p{N}._-]+/gu, "-")}_${mask.start}-${mask.end}s_seed${seed}.wav`;
}
