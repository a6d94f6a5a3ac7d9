import { useRef } from "react";
import { formatBytes, formatChannels } from "../shell/format";
import { EXAMPLES } from "./examples";
import { readsM4a } from "./reads-m4a";
import { useDroppedFiles } from "./use-dropped-files";
import type { SourceState } from "./use-source";

interface Props {
  readonly state: SourceState;
  readonly onFiles: (files: readonly File[]) => void;
  readonly onExample: (example: (typeof EXAMPLES)[number]) => void;
  readonly onUndo: () => void;
  readonly onUploadAgain: () => void;
}

/** Where a recording comes in: dropped anywhere, pasted, chosen, or one of the examples. */
export function SourcePanel({ state, onFiles, onExample, onUndo, onUploadAgain }: Props) {
  const { source, earlier, isReading, uploaded, problem, note } = state;
  const input = useRef<HTMLInputElement>(null);
  const isDragged = useDroppedFiles(onFiles);

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
          {formatChannels(source.clip.buffer.numberOfChannels)}
          {source.sampleRate !== null && ` · ${source.sampleRate / 1000} kHz`}
          {source.sizeBytes !== null && ` · ${formatBytes(source.sizeBytes)}`}
          {source.isConverted && " · sent as WAV"}
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
        {source === null && (
          <span className="hint">
            or drop or paste one anywhere: WAV, MP3, FLAC, OGG{readsM4a ? ", M4A" : " (this browser can't read M4A)"}
          </span>
        )}
        <input
          ref={input}
          type="file"
          accept="audio/*,.wav,.mp3,.flac,.ogg,.oga,.opus,.m4a"
          className="visually-hidden"
          tabIndex={-1}
          aria-label="Recording"
          onChange={(event) => {
            onFiles([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = "";
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
      {note !== null && (
        <p className="hint" role="status">
          {note}
        </p>
      )}
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
