import { SAMPLE_RATE } from "../audio/clip";

/** What is heard: the original, the result, or what the result changed. */
export type Side = "A" | "B" | "difference";

export interface Loop {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** The result, and how it lines up with the original. */
export interface ResultSound {
  readonly buffer: AudioBuffer;
  readonly lagSeconds: number;
  readonly gainDecibels: number;
}

export interface PlayerState {
  readonly isPlaying: boolean;
  /** As it is shown: under `isBlind` A and B may be each other. */
  readonly side: Side;
  readonly hasResult: boolean;
  readonly loop: Loop | null;
  readonly isLevelMatched: boolean;
  /** Nobody can see which side is which. */
  readonly isBlind: boolean;
  /** What stood in A's place while it was blind; null: nothing to reveal. */
  readonly revealed: "A" | "B" | null;
}

const INITIAL_STATE: PlayerState = {
  isPlaying: false,
  side: "A",
  hasResult: false,
  loop: null,
  isLevelMatched: true,
  isBlind: false,
  revealed: null,
};

/** Short enough to feel instant, long enough not to click. */
const FADE_SECONDS = 0.012;
/** Time for both sources to be set up before the moment they start at. */
const LEAD_SECONDS = 0.02;

type Sound = "A" | "B";

interface Playing {
  readonly sources: readonly AudioBufferSourceNode[];
  readonly gains: Readonly<Partial<Record<Sound, GainNode>>>;
  readonly startTime: number;
  readonly startPosition: number;
}

/**
 * Plays the original and the result at once, from the same moment and place, and lets one be heard: to switch is to
 * cross-fade between two sounds that never stop, so that there is no gap and no shift.
 */
export class AbPlayer {
  #context: AudioContext | null = null;
  #original: AudioBuffer | null = null;
  #result: ResultSound | null = null;
  #playing: Playing | null = null;
  #position = 0;
  #state = INITIAL_STATE;
  #isSwapped = false;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): PlayerState => this.#state;

  get durationSeconds(): number {
    return Math.max(this.#original?.duration ?? 0, this.#result?.buffer.duration ?? 0);
  }

  /** Where the sound is now, in seconds. */
  get positionSeconds(): number {
    if (this.#playing === null || this.#context === null) return this.#position;
    const elapsed = Math.max(0, this.#context.currentTime - this.#playing.startTime);
    const position = this.#playing.startPosition + elapsed;
    const { loop } = this.#state;
    if (loop === null || position < loop.endSeconds) return Math.min(position, this.durationSeconds);
    return loop.startSeconds + ((position - loop.startSeconds) % (loop.endSeconds - loop.startSeconds));
  }

  /** Another original: stops, and forgets the result. */
  setOriginal(buffer: AudioBuffer | null): void {
    this.pause();
    this.#original = buffer;
    this.#result = null;
    this.#position = 0;
    this.#isSwapped = false;
    this.#update({ ...INITIAL_STATE, isLevelMatched: this.#state.isLevelMatched });
  }

  /** Another result of the same original, or none; what plays goes on. */
  setResult(result: ResultSound | null): void {
    if (result === this.#result) return;
    this.#result = result;
    this.#isSwapped = false;
    const side = result === null ? "A" : this.#state.side;
    this.#update({ hasResult: result !== null, side, isBlind: false, revealed: null });
    this.#restart();
  }

  /** Call it from a click or key: browsers start sound for nothing else. */
  play(): void {
    if (this.#original === null || this.#playing !== null) return;
    this.#context ??= this.#createContext();
    // Also after an interruption, such as a phone call or another sound device.
    void this.#context.resume();
    if (this.#position >= this.durationSeconds - 0.01) this.#position = 0;
    this.#start(this.#context, this.#original);
    this.#update({ isPlaying: true });
  }

  pause(): void {
    if (this.#playing === null) return;
    this.#position = this.positionSeconds;
    this.#silence();
    this.#update({ isPlaying: false });
  }

  toggle(): void {
    if (this.#state.isPlaying) this.pause();
    else this.play();
  }

  seek(seconds: number): void {
    const position = Math.min(Math.max(0, seconds), this.durationSeconds);
    if (this.#playing === null) {
      this.#position = position;
      this.#notify();
      return;
    }
    this.#silence();
    this.#position = position;
    this.#resume();
  }

  hear(side: Side): void {
    if ((side !== "A" && this.#result === null) || side === this.#state.side) return;
    if (side === "difference" && this.#state.isBlind) return;
    this.#update({ side });
    this.#fadeToSide();
  }

  setLoop(loop: Loop | null): void {
    this.#position = this.positionSeconds;
    this.#update({ loop });
    if (loop !== null && (this.#position < loop.startSeconds || this.#position >= loop.endSeconds)) {
      this.#position = loop.startSeconds;
    }
    this.#restart(this.#position);
  }

  setLevelMatched(isLevelMatched: boolean): void {
    this.#update({ isLevelMatched });
    this.#fadeToSide();
  }

  /** Shuffles the sides, or reveals which is which and goes on with the one that is heard. */
  setBlind(isBlind: boolean): void {
    if (this.#result === null || isBlind === this.#state.isBlind) return;
    const heard = this.#heard();
    const revealed = this.#isSwapped ? "B" : "A";
    this.#isSwapped = isBlind && Math.random() < 0.5;
    this.#update(isBlind ? { isBlind, side: "A", revealed: null } : { isBlind, side: heard, revealed });
    this.#fadeToSide();
  }

  #heard(): Side {
    const { side } = this.#state;
    if (!this.#isSwapped || side === "difference") return side;
    return side === "A" ? "B" : "A";
  }

  #createContext(): AudioContext {
    const context = new AudioContext({ sampleRate: SAMPLE_RATE });
    // A call comes in, the headphones go: what no longer sounds must not look as if it played.
    context.addEventListener("statechange", () => {
      if (context.state !== "running") this.pause();
    });
    return context;
  }

  #restart(position = this.positionSeconds): void {
    if (this.#playing === null) {
      this.#notify();
      return;
    }
    this.#silence();
    this.#position = position;
    this.#resume();
  }

  #resume(): void {
    if (this.#context !== null && this.#original !== null) this.#start(this.#context, this.#original);
  }

  #start(context: AudioContext, original: AudioBuffer): void {
    const startTime = context.currentTime + LEAD_SECONDS;
    const { loop } = this.#state;
    const sounds: [Sound, AudioBuffer, number][] = [["A", original, 0]];
    if (this.#result !== null) sounds.push(["B", this.#result.buffer, this.#result.lagSeconds]);
    const gains: Partial<Record<Sound, GainNode>> = {};
    const sources = sounds.map(([side, buffer, lagSeconds]) => {
      const source = new AudioBufferSourceNode(context, { buffer });
      const gain = new GainNode(context, { gain: this.#gainOf(side) });
      source.connect(gain).connect(context.destination);
      gains[side] = gain;
      if (loop !== null) {
        source.loop = true;
        source.loopStart = loop.startSeconds + lagSeconds;
        source.loopEnd = loop.endSeconds + lagSeconds;
      }
      const from = this.#position + lagSeconds;
      source.start(startTime + Math.max(0, -from), Math.max(0, from));
      return source;
    });
    const playing: Playing = { sources, gains, startTime, startPosition: this.#position };
    this.#playing = playing;
    const longest = sounds.reduce((one, other) => (other[1].duration > one[1].duration ? other : one));
    const last = sources[sounds.indexOf(longest)];
    last?.addEventListener("ended", () => {
      if (this.#playing !== playing) return;
      this.#position = this.durationSeconds;
      this.#silence();
      this.#update({ isPlaying: false });
    });
  }

  #silence(): void {
    const { sources = [] } = this.#playing ?? {};
    this.#playing = null;
    for (const source of sources) {
      source.stop();
      source.disconnect();
    }
  }

  #gainOf(sound: Sound): number {
    const heard = this.#heard();
    const level = sound === "B" && this.#state.isLevelMatched ? 10 ** ((this.#result?.gainDecibels ?? 0) / 20) : 1;
    // One taken from the other, sample by sample: silence wherever they are the same.
    if (heard === "difference") return sound === "A" ? 1 : -level;
    return sound === heard ? level : 0;
  }

  #fadeToSide(): void {
    if (this.#context === null) return;
    const now = this.#context.currentTime;
    for (const [side, node] of Object.entries(this.#playing?.gains ?? {})) {
      node.gain.cancelScheduledValues(now);
      node.gain.setValueAtTime(node.gain.value, now);
      node.gain.linearRampToValueAtTime(this.#gainOf(side as Sound), now + FADE_SECONDS);
    }
  }

  #update(change: Partial<PlayerState>): void {
    this.#state = { ...this.#state, ...change };
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
