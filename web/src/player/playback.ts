export interface Loop {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** One of the sounds that play at once. */
export interface Track<Name extends string> {
  readonly name: Name;
  readonly buffer: AudioBuffer;
  /** How much later than the first track's its sound comes. */
  readonly lagSeconds: number;
}

/** How loud each track is: 0 silent, 1 as it is, negative upside down. */
export type Mix<Name extends string> = (name: Name) => number;

export interface Start {
  readonly positionSeconds: number;
  readonly loop: Loop | null;
}

/** Short enough to feel instant, long enough not to click. */
const FADE_SECONDS = 0.012;
/** Time for all sources to be set up before the moment they start at. */
const LEAD_SECONDS = 0.02;

/** Tracks that play from the same moment and place until the longest has ended or `stop` is called; only their loudness changes. */
export class Playback<Name extends string> {
  readonly #context: AudioContext;
  readonly #start: Start;
  readonly #startTime: number;
  readonly #sources: readonly AudioBufferSourceNode[];
  readonly #gains = new Map<Name, GainNode>();

  constructor(context: AudioContext, tracks: readonly Track<Name>[], mix: Mix<Name>, start: Start, onEnd: () => void) {
    this.#context = context;
    this.#start = start;
    this.#startTime = context.currentTime + LEAD_SECONDS;
    this.#sources = tracks.map((track) => this.#begin(track, mix));
    const longest = tracks.reduce((one, other) => (other.buffer.duration > one.buffer.duration ? other : one));
    this.#sources[tracks.indexOf(longest)]?.addEventListener("ended", onEnd);
  }

  /** Where the sound is now, in seconds, as if it had no end but the loop's. */
  get positionSeconds(): number {
    const { positionSeconds, loop } = this.#start;
    const position = positionSeconds + Math.max(0, this.#context.currentTime - this.#startTime);
    if (loop === null || position < loop.endSeconds) return position;
    return loop.startSeconds + ((position - loop.startSeconds) % (loop.endSeconds - loop.startSeconds));
  }

  fadeTo(mix: Mix<Name>): void {
    const now = this.#context.currentTime;
    for (const [name, { gain }] of this.#gains) {
      gain.cancelScheduledValues(now);
      gain.setValueAtTime(gain.value, now);
      gain.linearRampToValueAtTime(mix(name), now + FADE_SECONDS);
    }
  }

  stop(): void {
    for (const source of this.#sources) {
      source.stop();
      source.disconnect();
    }
  }

  #begin({ name, buffer, lagSeconds }: Track<Name>, mix: Mix<Name>): AudioBufferSourceNode {
    const { positionSeconds, loop } = this.#start;
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    const gain = new GainNode(this.#context, { gain: mix(name) });
    source.connect(gain).connect(this.#context.destination);
    this.#gains.set(name, gain);
    if (loop !== null) {
      source.loop = true;
      source.loopStart = loop.startSeconds + lagSeconds;
      source.loopEnd = loop.endSeconds + lagSeconds;
    }
    const from = positionSeconds + lagSeconds;
    source.start(this.#startTime + Math.max(0, -from), Math.max(0, from));
    return source;
  }
}
