import type { FormEvent, MouseEvent } from "react";
import type { Mask } from "../mask/mask";
import { MaskFields } from "../mask/mask-fields";
import { MAX_PROMPT, type Settings } from "./settings";
import type { SubmitProblem } from "./use-submit";

interface Props {
  readonly settings: Settings;
  readonly totalSeconds: number;
  readonly isBusy: boolean;
  readonly isUploading: boolean;
  readonly problems: readonly SubmitProblem[];
  readonly suggestions: readonly string[];
  readonly onChange: (change: Partial<Settings>) => void;
  readonly onMask: (mask: Mask) => void;
  readonly onGenerate: () => void;
}

/** What is asked for. Each problem stands beside the field it is about. */
export function RunForm(props: Props) {
  const { settings, totalSeconds, isBusy, isUploading, problems, suggestions, onChange, onMask, onGenerate } = props;
  const problemOf = (...fields: string[]) => problems.filter(({ field }) => field !== null && fields.includes(field));
  const promptProblems = problemOf("prompt");
  const advanced = problemOf("seed", "numInferenceSteps", "guidanceScale", "secondsTotal");
  const maskProblems = problemOf("maskStart", "maskEnd");
  const placed = [...promptProblems, ...advanced, ...maskProblems];
  const other = problems.filter((problem) => !placed.includes(problem));

  const submit = (event: FormEvent) => {
    event.preventDefault();
    onGenerate();
  };
  // The second click of a double click means the first one.
  const once = (event: MouseEvent) => {
    if (event.detail > 1) event.preventDefault();
  };

  return (
    <form className="run-form" onSubmit={submit} aria-label="New run">
      <MaskFields mask={settings.mask} totalSeconds={totalSeconds} onChange={onMask} />
      <Problems problems={maskProblems} />
      <label className="prompt">
        <span>
          Prompt <span className="hint">what the masked span should sound like</span>
        </span>
        <textarea
          id="prompt"
          rows={2}
          required
          maxLength={MAX_PROMPT}
          value={settings.prompt}
          aria-invalid={promptProblems.length > 0}
          onChange={(event) => onChange({ prompt: event.currentTarget.value })}
        />
      </label>
      <Problems problems={promptProblems} />
      <p className="examples">
        {suggestions
          .filter((suggestion) => suggestion !== settings.prompt)
          .map((suggestion) => (
            <button key={suggestion} type="button" className="chip" onClick={() => onChange({ prompt: suggestion })}>
              {suggestion}
            </button>
          ))}
      </p>
      <details open={advanced.length > 0 || undefined}>
        <summary>Advanced: seed, steps, guidance, length</summary>
        <div className="advanced">
          <label>
            Seed{" "}
            <input
              inputMode="numeric"
              pattern="[0-9]*"
              placeholder="a new one each time"
              title="Digits only; blank for a new one each time"
              value={settings.seed}
              onChange={(event) => onChange({ seed: event.currentTarget.value.trim() })}
            />
          </label>
          <label>
            Steps {settings.steps}
            <input
              type="range"
              min={4}
              max={8}
              value={settings.steps}
              onChange={(event) => onChange({ steps: event.currentTarget.valueAsNumber })}
            />
          </label>
          <label>
            Guidance {settings.guidance}
            <input
              type="range"
              min={1}
              max={25}
              value={settings.guidance}
              onChange={(event) => onChange({ guidance: event.currentTarget.valueAsNumber })}
            />
          </label>
          <label>
            Length, seconds{" "}
            <input
              type="number"
              min={1}
              max={190}
              step={1}
              placeholder="as the recording"
              value={settings.length}
              onChange={(event) => onChange({ length: event.currentTarget.value })}
            />
          </label>
          <Problems problems={advanced} />
        </div>
      </details>
      <p>
        <button type="submit" className="primary" disabled={isBusy} onClick={once} aria-keyshortcuts="Control+Enter">
          {!isBusy ? "Generate" : isUploading ? "Uploading…" : "Submitting…"}
        </button>{" "}
        <kbd className="hint">Ctrl Enter</kbd>
      </p>
      <Problems problems={other} />
    </form>
  );
}

function Problems({ problems }: { readonly problems: readonly SubmitProblem[] }) {
  return problems.map(({ message }) => (
    <p key={message} className="problem" role="alert">
      {message}
    </p>
  ));
}
