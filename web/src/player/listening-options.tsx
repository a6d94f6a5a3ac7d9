import { useSyncExternalStore } from "react";
import { mostZoom } from "../waveform/most-zoom";
import type { AbPlayer } from "./ab-player";
import type { Loop } from "./playback";

interface Props {
  readonly player: AbPlayer;
  /** What "loop mask" plays. */
  readonly loop: Loop;
  readonly gainDecibels: number | null;
  readonly hasSpectrogram: boolean;
  readonly onSpectrogram: (isShown: boolean) => void;
  readonly zoom: number;
  readonly onZoom: (zoom: number) => void;
}

/** How to listen and what to see. */
export function ListeningOptions(props: Props) {
  const { player, loop, gainDecibels, hasSpectrogram, onSpectrogram, zoom, onZoom } = props;
  const state = useSyncExternalStore(player.subscribe, player.state);
  const { isBlind, revealed } = state;
  return (
    <fieldset className="listening">
      <legend className="visually-hidden">Listening and view</legend>
      <Option
        label="Loop mask, 2 s before"
        isOn={state.loop !== null}
        onChange={(on) => player.setLoop(on ? loop : null)}
      />
      {gainDecibels !== null && (
        <Option
          label={`Level match (${formatDecibels(gainDecibels)})`}
          isOn={state.isLevelMatched}
          onChange={(on) => player.setLevelMatched(on)}
        />
      )}
      {state.hasResult && <Option label="Blind" isOn={isBlind} onChange={(on) => player.setBlind(on)} />}
      <Option label="Spectrogram" isOn={hasSpectrogram} onChange={onSpectrogram} />
      <span className="zoom">
        <button type="button" onClick={() => onZoom(zoom / 2)} disabled={zoom <= 1} aria-label="Zoom out">
          −
        </button>
        <button type="button" onClick={() => onZoom(zoom * 2)} disabled={zoom >= mostZoom()} aria-label="Zoom in">
          +
        </button>
      </span>
      <span className="hint" role="status">
        {isBlind && "X and Y are the two in random order; switch Blind off to see which was which."}
        {revealed !== null && `X was ${revealed === "A" ? "A, the original" : "B, the result"}.`}
      </span>
    </fieldset>
  );
}

interface OptionProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}

function Option({ label, isOn, onChange }: OptionProps) {
  return (
    <label className="option">
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.currentTarget.checked)} /> {label}
    </label>
  );
}

function formatDecibels(decibels: number): string {
  return `${decibels >= 0.05 ? "+" : ""}${(Math.abs(decibels) < 0.05 ? 0 : decibels).toFixed(1)} dB`;
}
