import { useEffect, useRef } from "react";
import WaveSurfer from "wavesurfer.js";
import type { ClipSummary } from "../audio/clip";
import type { AbPlayer } from "../player/ab-player";
import { useFrames } from "../player/use-frames";
import { pageNonce } from "../shell/page-nonce";
import { useThemeChange } from "../shell/theme";

interface Props {
  readonly summary: ClipSummary;
  readonly durationSeconds: number;
  readonly player: AbPlayer;
}

/** One clip drawn as wide as its container, with a cursor that follows the player. A view only: it plays nothing. */
export function Waveform({ summary, durationSeconds, player }: Props) {
  const container = useRef<HTMLDivElement>(null);
  const view = useRef<WaveSurfer | null>(null);
  const theme = useThemeChange();

  // biome-ignore lint/correctness/useExhaustiveDependencies: in another theme it has other colours.
  useEffect(() => {
    const element = container.current as HTMLDivElement;
    const style = getComputedStyle(element);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const created = WaveSurfer.create({
      container: element,
      height: "auto",
      peaks: [...summary.peaks],
      duration: durationSeconds,
      interact: false,
      hideScrollbar: true,
      autoScroll: false,
      cursorWidth: 2,
      cspNonce: pageNonce,
      waveColor: colour("--wave"),
      progressColor: colour("--wave-played"),
      cursorColor: colour("--cursor"),
    });
    view.current = created;
    // It is drawn a moment later, and forgets what it was told before.
    created.once("ready", () => created.setTime(Math.min(player.positionSeconds, durationSeconds)));
    return () => {
      view.current = null;
      created.destroy();
    };
  }, [summary, durationSeconds, player, theme]);

  useFrames(player, (position) => view.current?.setTime(Math.min(position, durationSeconds)));

  return <div ref={container} className="waveform" aria-hidden="true" />;
}
