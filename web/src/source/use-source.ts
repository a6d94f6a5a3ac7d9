import { useCallback, useRef, useState } from "react";
import { fetchAudio } from "./fetch-audio";
import { fileSampleRate } from "./file-sample-rate";
import {
  checkDuration,
  checkFile,
  chooseFile,
  convertToWav,
  isReadable,
  readClip,
  type Source,
  type SourceLimits,
} from "./source";
import { createUpload, existingUpload } from "./upload";

export interface SourceState {
  readonly source: Source | null;
  /** The source's undone predecessors, latest last. */
  readonly earlier: readonly Source[];
  readonly isReading: boolean;
  /** 0 to 1; null: nothing is being uploaded. */
  readonly uploaded: number | null;
  readonly problem: string | null;
  /** What else there is to say of it. */
  readonly note: string | null;
}

export interface SourceActions {
  /** Files that came together; one of them is used. */
  openFiles(files: readonly File[]): Promise<Source | null>;
  openExample(name: string, url: string): Promise<Source | null>;
  /** Audio the engine knows by this URL. */
  openUrl(name: string, url: string): Promise<Source | null>;
  /** A result becomes the source; `undo` brings the present one back. */
  replace(source: Source): void;
  undo(): Source | null;
  uploadAgain(): void;
}

const EMPTY: SourceState = { source: null, earlier: [], isReading: false, uploaded: null, problem: null, note: null };

/** The recording, from wherever it comes. What was there stays until the new one is read. */
export function useSource(limits: SourceLimits): [SourceState, SourceActions] {
  const [state, setState] = useState(EMPTY);
  const turn = useRef(0);
  const change = useCallback((part: Partial<SourceState>) => setState((before) => ({ ...before, ...part })), []);

  const open = async (read: () => Promise<Source>): Promise<Source | null> => {
    const mine = ++turn.current;
    change({ isReading: true, problem: null, note: null });
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
      await checkDuration(file, limits);
      const bytes = await file.arrayBuffer();
      const sampleRate = fileSampleRate(bytes);
      const clip = await readClip(file.name, bytes, limits);
      const isConverted = !isReadable(file.name, limits);
      const sent = isConverted ? await convertToWav(file, clip.buffer) : file;
      return {
        name: file.name,
        clip,
        sampleRate,
        sizeBytes: file.size,
        isConverted,
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
      openFiles: async (files) => {
        const file = chooseFile(files);
        if (file === null) return null;
        const source = await openFile(file);
        const others = files.length - 1;
        if (others > 0 && source !== null) {
          change({
            note: `One recording at a time: ${others === 1 ? "the other file was" : `the ${others} other files were`} left out.`,
          });
        }
        return source;
      },
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
          return { name, clip, sampleRate, sizeBytes: null, isConverted: false, upload: existingUpload(url) };
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

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
