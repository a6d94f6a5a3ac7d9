import { useEffect, useState } from "react";
import { lastSecond, type Mask } from "./mask";

interface Props {
  readonly mask: Mask;
  readonly totalSeconds: number;
  readonly onChange: (mask: Mask) => void;
}

/** The mask in numbers: the way without dragging. */
export function MaskFields({ mask, totalSeconds, onChange }: Props) {
  const last = lastSecond(totalSeconds);
  return (
    <fieldset className="mask-fields">
      <legend>Mask</legend>
      <SecondsField
        label="start"
        value={mask.start}
        min={0}
        max={mask.end - 1}
        onChange={(start) => onChange({ ...mask, start })}
      />
      <SecondsField
        label="end"
        value={mask.end}
        min={mask.start + 1}
        max={last}
        onChange={(end) => onChange({ ...mask, end })}
      />
      <span className="hint">1 s steps, a model limit</span>
      {(mask.start < 1 || Math.min(mask.end, totalSeconds) > totalSeconds - 1) && (
        <p className="hint warning">
          Less than a second is kept on one side, so there is little to join to there. The result may fit less well.
        </p>
      )}
    </fieldset>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
}

/** Takes over what is typed as soon as it is a whole number in range; until then it keeps it, and says what is expected. */
function SecondsField({ label, value, min, max, onChange }: FieldProps) {
  const [text, setText] = useState(String(value));
  useEffect(() => setText(String(value)), [value]);
  const typed = Number(text);
  const isGood = text.trim() !== "" && Number.isInteger(typed) && typed >= min && typed <= max;
  const problem = `Expected whole seconds from ${min} to ${max}.`;
  return (
    <>
      <label className="number-field">
        {label}{" "}
        <input
          type="number"
          inputMode="numeric"
          min={min}
          max={max}
          step={1}
          value={text}
          aria-invalid={!isGood}
          aria-describedby={isGood ? undefined : `mask-${label}-problem`}
          onChange={(event) => {
            const entered = event.currentTarget.value;
            setText(entered);
            const seconds = Number(entered);
            if (entered.trim() !== "" && Number.isInteger(seconds) && seconds >= min && seconds <= max) {
              onChange(seconds);
            }
          }}
        />{" "}
        s
      </label>
      {!isGood && (
        <span className="problem" role="alert" id={`mask-${label}-problem`}>
          {problem}
        </span>
      )}
    </>
  );
}
