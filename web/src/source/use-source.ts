import { useCallback, useRef, useState } from "react";
import { reachableUrl } from "../api/reachable-url";
import { fileSampleRate } from "./file-sample-rate";
import { checkFile, readableFile, readClip, type Source, type SourceLimits, SourceProblem } from "./source";
import { createUpload, existingUpload } from "./upload";

export interface SourceState {
  readonly source: Source | null;
  /** The source's undone predecessors, latest last. */
  readonly earlier: readonly Source[];
  readonly isReading: boolean;
  /** 0 to 1; null: nothing is being uploaded. */
  readonly uploaded: number | null;
  readonly problem: string | null;
}

export interface SourceActions {
  openFile(file: File): Promise<Source | null>;
  openExample(name: string, url: string): Promise<Source | null>;
  /** Audio the engine knows by this URL. */
  openUrl(name: string, url: string): Promise<Source | null>;
  /** A result becomes the source; `undo` brings the present one back. */
  replace(source: Source): void;
  undo(): Source | null;
  uploadAgain(): void;
}

const EMPTY: SourceState = { source: null, earlier: [], isReading: false, uploaded: null, problem: null };

/** The recording, from wherever it comes. What was there stays until the new one is read. */
export function useSource(limits: SourceLimits): [SourceState, SourceActions] {
  const [state, setState] = useState(EMPTY);
  const turn = useRef(0);
  const change = useCallback((part: Partial<SourceState>) => setState((before) => ({ ...before, ...part })), []);

  const open = async (read: () => Promise<Source>): Promise<Source | null> => {
    const mine = ++turn.current;
    change({ isReading: true, problem: null });
    try {
      const source = await read();
      // Another one was chosen meanwhile.
      if (mine !== turn.current) return null;
      change({ source, earlier: [], isReading: false });
      return source;
    } catch (error) {
      if (mine === turn.current) change({ isReading: false, problem: wordsOf(error) });
      return null;
    }
  };

  const startUpload = (source: Source | null) => {
    if (source === null) return;
    change({ problem: null });
    source.upload.ensure().catch((error: unknown) => change({ problem: wordsOf(error) }));
  };

  const openFile = async (file: File) => {
    const source = await open(async () => {
      checkFile(file);
      const bytes = await file.arrayBuffer();
      const sampleRate = fileSampleRate(bytes);
      const clip = await readClip(file.name, bytes, limits);
      const sent = await readableFile(file, clip.buffer, limits);
      return {
        name: file.name,
        clip,
        sampleRate,
        sizeBytes: file.size,
        // What a try before it ended with is told no longer.
        upload: createUpload(sent, (uploaded) => change({ uploaded, ...(uploaded === 0 && { problem: null }) })),
      };
    });
    startUpload(source);
    return source;
  };

  return [
    state,
    {
      openFile,
      openExample: async (name, url) => {
        const response = await fetch(url).catch(() => null);
        if (!response?.ok) {
          change({ problem: "The example can't be loaded. Try again in a moment." });
          return null;
        }
        return openFile(new File([await response.arrayBuffer()], `${name}.mp3`, { type: "audio/mpeg" }));
      },
      openUrl: (name, url) =>
        open(async () => {
          const bytes = await fetchAudio(url);
          const sampleRate = fileSampleRate(bytes);
          // Whatever its length: the model took it once.
          const clip = await readClip(name, bytes, { minSeconds: 0, maxSeconds: 600 });
          return { name, clip, sampleRate, sizeBytes: null, upload: existingUpload(url) };
        }),
      replace: (source) => {
        turn.current++;
        setState(({ source: before, earlier }) => ({
          ...EMPTY,
          source,
          earlier: before === null ? earlier : [...earlier, before],
        }));
      },
      undo: () => {
        const previous = state.earlier.at(-1) ?? null;
        if (previous !== null) change({ source: previous, earlier: state.earlier.slice(0, -1), problem: null });
        return previous;
      },
      uploadAgain: () => startUpload(state.source),
    },
  ];
}

/** Rejects with SourceProblem when this page can't have it. */
export async function fetchAudio(url: string): Promise<ArrayBuffer> {
  if (!/^https?:/.test(url)) {
    throw new SourceProblem("The original was sent inside the request and is not kept: it can't be shown here.");
  }
  const response = await fetch(reachableUrl(url)).catch(() => null);
  if (response?.ok) return response.arrayBuffer();
  throw new SourceProblem(
    response === null
      ? `The audio at ${new URL(url).host} can't be reached from this page.`
      : `The audio is not there any more (${response.status}).`,
  );
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
