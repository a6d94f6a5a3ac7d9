import type { ByteSource } from "./byte-source.js";
import { decodeAudio } from "./decode.js";
import { type ChannelSamples, paste } from "./decoded-audio.js";
import { fillGap } from "./fill-gap.js";
import { resolveMask } from "./mask.js";
import { type InpaintReport, monotone } from "./progress.js";
import { createRecording } from "./recording.js";
import { tempoHint } from "./tempo.js";
import { wavPieces } from "./wav-writer.js";

export type { InpaintReport } from "./progress.js";

export interface InpaintTask {
  /** The audio file as it came. Let go of once it is decoded: nothing but an empty array is left here. */
  bytes: ByteSource;
  /** Only an explicit tempo in it is used ("118 bpm"). */
  prompt: string;
  maskStartSeconds: number;
  maskEndSeconds: number;
  /** Length of the result; null, or within a second of the clip's own: the clip's own length. */
  totalSeconds: number | null;
  /** 0 takes the best plan; other seeds choose among the ranked ones. */
  seed: bigint;
  /** How many plans are built to choose from: 4 to 8. */
  searchEffort: number;
  /** Not used; named in the log. */
  guidanceScale: number;
}

export interface InpaintResult {
  durationSeconds: number;
  sampleRate: number;
  channels: number;
  /** How far the fill will be from what belongs there: 0 = the same, 1 = unrelated; from .9 on the log warns. */
  matchScore: number;
  /** How much of the fill is heard in it more than once. */
  repeatedSeconds: number;
  /** What the source was: "wav", "mp3". */
  format: string;
}

/**
 * Fills the masked span of a clip with other passages of the same clip and writes the whole as a WAV file, piece by piece;
 * a piece is good until `write` returns. Outside the mask every sample equals the decoded source; what was inside is never
 * read. The same task gives the same bytes.
 * Throws AudioError, with nothing written, when the file or the mask cannot be used; or what `write` throws.
 */
export async function inpaint(
  task: InpaintTask,
  report: InpaintReport,
  write: (piece: Uint8Array) => void,
): Promise<InpaintResult> {
  const startedAt = performance.now();
  const tell = monotone(report);
  const audio = await decodeAudio(task.bytes);
  task.bytes = new Uint8Array(0);
  const { channels, sampleRate, format } = audio;
  const clipFrames = channels[0]?.length ?? 0;
  tell({
    progress: 0.2,
    message: `decoded ${(clipFrames / sampleRate).toFixed(1)} s, ${sampleRate} Hz, ${channels.length} ch (${format})`,
    level: "INFO",
  });
  for (const message of audio.warnings) tell({ progress: 0.2, message, level: "WARN" });

  const gap = resolveMask(task, clipFrames, sampleRate, channels.length);
  const hint = tempoHint(task.prompt);
  tell({ progress: 0.22, message: describeMask(gap.start / sampleRate, gap.end / sampleRate, hint), level: "INFO" });

  resize(channels, gap.total);
  const choice = { seed: task.seed, searchEffort: task.searchEffort, tempoHint: hint };
  const recording = createRecording(channels, sampleRate, gap);
  const { channels: fills, matchScore, repeatedSeconds } = fillGap(recording, choice, tell);
  channels.forEach((samples, channel) => {
    paste(fills[channel] as Float32Array, samples, gap.start);
  });
  let sizeBytes = 0;
  for (const piece of wavPieces(audio)) {
    write(piece);
    sizeBytes += piece.length;
  }
  tell({ progress: 0.97, message: `encoded ${(sizeBytes / 1e6).toFixed(1)} MB WAV`, level: "INFO" });
  tell({ progress: 1, message: `done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`, level: "INFO" });
  return {
    durationSeconds: gap.total / sampleRate,
    sampleRate,
    channels: channels.length,
    matchScore,
    repeatedSeconds,
    format,
  };
}

function describeMask(startSeconds: number, endSeconds: number, hint: number | null): string {
  const span = `mask ${startSeconds.toFixed(3)}-${endSeconds.toFixed(3)} s (${(endSeconds - startSeconds).toFixed(1)} s)`;
  const unused = "prompt and guidance_scale are not used by the local engine";
  const exception = hint === null ? "" : `, but for the tempo in the prompt (${hint} bpm)`;
  return `${span}: filled with similar passages of the same clip; ${unused}${exception}`;
}

/** Brings each channel to the result's length, one after the other, so that no two copies of all of them exist at once. */
function resize(channels: ChannelSamples[], total: number): void {
  channels.forEach((source, channel) => {
    if (source.length === total) return;
    const result = new (source.constructor as new (length: number) => ChannelSamples)(total);
    result.set(source.subarray(0, total));
    channels[channel] = result;
  });
}
