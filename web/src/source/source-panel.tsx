import { useEffect, useRef, useState } from "react";
import { formatBytes } from "../shell/format";
import { EXAMPLES } from "./examples";
import type { SourceState } from "./use-source";

interface Props {
  readonly state: SourceState;
  readonly onFile: (file: File) => void;
  readonly onExample: (example: (typeof EXAMPLES)[number]) => void;
  readonly onUndo: () => void;
  readonly onUploadAgain: () => void;
}

/** Where a recording comes in: dropped anywhere, pasted, chosen, or one of the examples. */
export function SourcePanel({ state, onFile, onExample, onUndo, onUploadAgain }: Props) {
  const { source, earlier, isReading, uploaded, problem } = state;
  const input = useRef<HTMLInputElement>(null);
  const isDragged = useDroppedFiles(onFile);

  return (
    <section className={`source ${source === null ? "empty" : ""} ${isDragged ? "dragged" : ""}`} aria-label="Source">
      {source === null && (
        <p className="pitch">
          Mask a span of a recording, say what it should sound like, and have it generated anew. Everything outside the
          mask is kept.
        </p>
      )}
      {source !== null && (
        <p className="source-facts">
          <strong>{source.name}</strong> {source.clip.buffer.duration.toFixed(1)} s ·{" "}
          {source.clip.buffer.numberOfChannels === 1 ? "mono" : "stereo"}
          {source.sampleRate !== null && ` · ${source.sampleRate / 1000} kHz`}
          {source.sizeBytes !== null && ` · ${formatBytes(source.sizeBytes)}`}
          {earlier.length > 0 && (
            <button type="button" onClick={onUndo}>
              Back to {earlier.at(-1)?.name}
            </button>
          )}
        </p>
      )}
      <p className="choose">
        <button type="button" className={source === null ? "primary" : ""} onClick={() => input.current?.click()}>
          {source === null ? "Choose a recording" : "Choose another"}
        </button>{" "}
        {source === null && <span className="hint">or drop or paste one anywhere: WAV, MP3, FLAC, OGG, M4A</span>}
        <input
          ref={input}
          type="file"
          accept="audio/*,.wav,.mp3,.flac,.ogg,.oga,.opus,.m4a"
          className="visually-hidden"
          tabIndex={-1}
          aria-label="Recording"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            event.currentTarget.value = "";
            if (file) onFile(file);
          }}
        />
      </p>
      <p className="examples">
        <span className="hint">{source === null ? "Try an example:" : "or an example:"}</span>{" "}
        {EXAMPLES.map((example) => (
          <button key={example.name} type="button" className="chip" onClick={() => onExample(example)}>
            {example.name}
          </button>
        ))}
      </p>
      {isReading && <p role="status">Reading the recording…</p>}
      {uploaded !== null && uploaded < 1 && (
        <label className="upload">
          Uploading <progress value={uploaded} max={1} /> {Math.round(uploaded * 100)} %
        </label>
      )}
      {problem !== null && (
        <p className="problem" role="alert">
          {problem}{" "}
          {source !== null && source.upload.url === null && (
            <button type="button" onClick={onUploadAgain}>
              Upload again
            </button>
          )}
        </p>
      )}
    </section>
  );
}

/** Listens on the whole window. True while files are dragged over it. */
function useDroppedFiles(onFile: (file: File) => void): boolean {
  const [isDragged, setIsDragged] = useState(false);
  const latest = useRef(onFile);
  latest.current = onFile;
  useEffect(() => {
    const listening = new AbortController();
    const { signal } = listening;
    const take = (files: FileList | undefined, event: Event) => {
      const [file] = files ?? [];
      if (file === undefined) return;
      event.preventDefault();
      latest.current(file);
    };
    addEventListener(
      "dragover",
      (event) => {
        event.preventDefault();
        setIsDragged(true);
      },
      { signal },
    );
    addEventListener("dragleave", (event) => event.relatedTarget === null && setIsDragged(false), { signal });
    addEventListener(
      "drop",
      (event) => {
        event.preventDefault();
        setIsDragged(false);
        take(event.dataTransfer?.files, event);
      },
      { signal },
    );
    addEventListener("paste", (event) => take(event.clipboardData?.files, event), { signal });
    return () => listening.abort();
  }, []);
  return isDragged;
}
