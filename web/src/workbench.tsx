import { useEffect, useMemo, useState } from "react";
import { lastSecond, moved, withEnd, withStart } from "./mask/mask";
import { MaskOverlay } from "./mask/mask-overlay";
import type { AbPlayer } from "./player/ab-player";
import { ListeningOptions } from "./player/listening-options";
import { PlayerBar } from "./player/player-bar";
import type { Settings } from "./run/settings";
import type { Result } from "./run/use-result";
import { formatChannels } from "./shell/format";
import { type KeyAction, useKeyboard } from "./shell/keyboard";
import type { Source } from "./source/source";
import { Lanes } from "./waveform/lanes";
import { mostZoom } from "./waveform/most-zoom";

interface Props {
  readonly source: Source;
  readonly result: Result | null;
  /** What the shown result replaced. */
  readonly replaced: Settings["mask"];
  readonly resultNote: string | null;
  readonly settings: Settings;
  readonly player: AbPlayer;
  readonly gainDecibels: number | null;
  readonly isReadOnly: boolean;
  readonly onMask: (mask: Settings["mask"]) => void;
  readonly onGenerate: () => void;
  readonly onAgain: () => void;
}

const PRE_ROLL_SECONDS = 2;
const POST_ROLL_SECONDS = 1;

/** Recording, result and mask on one scale, with what plays them. */
export function Workbench(props: Props) {
  const { source, result, replaced, resultNote, settings, player, gainDecibels, isReadOnly, onMask } = props;
  const { mask } = settings;
  const [zoom, setZoom] = useState(1);
  const [hasSpectrogram, setHasSpectrogram] = useState(false);
  const { duration, numberOfChannels } = source.clip.buffer;
  const totalSeconds = Math.max(duration, result?.clip.buffer.duration ?? 0, Number(settings.length) || 0);
  const loop = useMemo(
    () => ({
      startSeconds: Math.max(0, mask.start - PRE_ROLL_SECONDS),
      endSeconds: Math.min(duration, mask.end + POST_ROLL_SECONDS),
    }),
    [mask, duration],
  );
  useEffect(() => {
    if (player.state().loop !== null) player.setLoop(loop);
  }, [player, loop]);

  const act = (action: Exclude<KeyAction, "help">) => {
    const position = player.positionSeconds;
    const { side, loop: playedLoop } = player.state();
    if (typeof action === "object") return player.seek(position + action.seekBy);
    const change = isReadOnly ? () => {} : onMask;
    switch (action) {
      case "toggle":
        return player.toggle();
      case "stop":
        return player.pause();
      case "hearA":
        return player.hear("A");
      case "hearB":
        return player.hear("B");
      case "swap":
        return player.hear(side === "A" ? "B" : "A");
      case "maskStart":
        return change(withStart(mask, position));
      case "maskEnd":
        return change(withEnd(mask, position, totalSeconds));
      case "maskLeft":
        return change(moved(mask, -1, totalSeconds));
      case "maskRight":
        return change(moved(mask, 1, totalSeconds));
      case "maskShrink":
        return change(withEnd(mask, mask.end - 1, totalSeconds));
      case "maskGrow":
        return change(withEnd(mask, mask.end + 1, totalSeconds));
      case "loop":
        return player.setLoop(playedLoop === null ? loop : null);
      case "generate":
        return isReadOnly ? undefined : props.onGenerate();
      case "retry":
        return isReadOnly ? undefined : props.onAgain();
      case "zoomIn":
        return setZoom(Math.min(mostZoom(), zoom * 2));
      case "zoomOut":
        return setZoom(Math.max(1, zoom / 2));
      case "zoomFit":
        return setZoom(1);
      case "hearDifference":
        return player.hear("difference");
      case "spectrogram":
        return setHasSpectrogram(!hasSpectrogram);
    }
  };
  useKeyboard((action) => {
    if (action === "help") return false;
    act(action);
    return true;
  });

  return (
    <section className="workbench" aria-label="Workbench">
      <p className="visually-hidden">
        {duration.toFixed(0)} seconds, {formatChannels(numberOfChannels)}, loudest near{" "}
        {source.clip.summary.loudestSeconds.toFixed(0)} seconds; mask from {mask.start} to{" "}
        {Math.min(mask.end, lastSecond(totalSeconds))} seconds.
      </p>
      <Lanes
        original={source.clip}
        result={result?.clip ?? null}
        totalSeconds={totalSeconds}
        replaced={replaced}
        zoom={zoom}
        hasSpectrogram={hasSpectrogram}
        player={player}
        resultNote={resultNote}
      >
        <MaskOverlay
          mask={mask}
          totalSeconds={totalSeconds}
          isReadOnly={isReadOnly}
          onChange={onMask}
          onSeek={(seconds) => player.seek(seconds)}
        />
      </Lanes>
      <PlayerBar player={player} durationSeconds={totalSeconds} />
      <ListeningOptions
        player={player}
        loop={loop}
        gainDecibels={gainDecibels}
        hasSpectrogram={hasSpectrogram}
        onSpectrogram={setHasSpectrogram}
        zoom={zoom}
        onZoom={setZoom}
      />
    </section>
  );
}
