export interface Paced {
  /** Calls back now, or as soon as the interval since the last call is over; calls in between become one. */
  call(): void;
  /** Forgets a call that is due. */
  stop(): void;
}

/** Bounds how often something is told: at most once per interval, the latest never lost. */
export function paced(callback: () => void, intervalMs: number): Paced {
  let timer: NodeJS.Timeout | undefined;
  let isDue = false;
  const callNow = (): void => {
    isDue = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (isDue) callNow();
    }, intervalMs);
    callback();
  };
  return {
    call: () => {
      if (timer === undefined) callNow();
      else isDue = true;
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
      isDue = false;
    },
  };
}
