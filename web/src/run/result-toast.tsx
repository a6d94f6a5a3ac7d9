import { useEffect, useState, useSyncExternalStore } from "react";
import type { AbPlayer } from "../player/ab-player";
import { isFinished, type JobView } from "./job-view";
import type { Result } from "./use-result";

interface Props {
  readonly view: JobView | null;
  readonly result: Result | null;
  readonly player: AbPlayer;
  readonly onListen: () => void;
}

/** Tells whoever waited for a result, wherever on the page they are, and goes once something plays. Takes no focus. */
export function ResultToast({ view, result, player, onListen }: Props) {
  const [awaited, setAwaited] = useState<string | null>(null);
  const { isPlaying } = useSyncExternalStore(player.subscribe, player.state);
  const running = view !== null && !isFinished(view.status) ? view.id : null;
  useEffect(() => {
    if (running !== null) setAwaited(running);
  }, [running]);
  const isThere = awaited !== null && result?.jobId === awaited;
  useEffect(() => {
    if (isThere && isPlaying) setAwaited(null);
  }, [isThere, isPlaying]);
  if (!isThere) return null;
  return (
    <section className="toast" aria-label="News">
      <span>The result is there.</span>{" "}
      <button type="button" className="primary" onClick={onListen}>
        Hear it
      </button>{" "}
      <button type="button" onClick={() => setAwaited(null)}>
        Later
      </button>
    </section>
  );
}
