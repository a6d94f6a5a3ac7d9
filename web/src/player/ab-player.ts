import { SAMPLE_RATE } from "../audio/clip";
import { type Loop, Playback, type Track } from "./playback";

/** What is heard: the original, the result, or what the result changed. */
export type Side = "A" | "B" | "difference";

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
  /** Why nothing sounds, for the person; null: nothing is wrong. */
  readonly problem: string | null;
}

const INITIAL_STATE: PlayerState = {
  isPlaying: false,
  side: "A",
  hasResult: false,
  loop: null,
  isLevelMatched: true,
  isBlind: false,
  revealed: null,
  problem: null,
};

type Sound = "A" | "B";

/** A browser that may play begins well within it. */
const SOUND_WITHIN_MS = 3_000;
const NO_SOUND = "The browser plays no sound now: the sound device may be in use or unplugged. Try again in a moment.";

/**
 * Plays the original and the result at once, from the same moment and place, and lets one be heard: to switch is to
 * cross-fade between two sounds that never stop, so that there is no gap and no shift.
 */
export class AbPlayer {
  #context: AudioContext | null = null;
  #original: AudioBuffer | null = null;
  #result: ResultSound | null = null;
  #playing: Playback<Sound> | null = null;
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
    return Math.min(this.#playing?.positionSeconds ?? this.#position, this.durationSeconds);
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
    const context = this.#openContext();
    if (context === null) {
      this.#update({ problem: NO_SOUND });
      return;
    }
    if (this.#position >= this.durationSeconds - 0.01) this.#position = 0;
    this.#start(context, this.#original);
    this.#update({ isPlaying: true, problem: null });
    const refuse = () => {
      if (context.state === "running") return;
      this.pause();
      this.#update({ problem: NO_SOUND });
    };
    // Also after an interruption, such as a phone call or another sound device. A browser that won't may not answer.
    const waiting = setTimeout(refuse, SOUND_WITHIN_MS);
    context
      .resume()
      .catch(refuse)
      .finally(() => clearTimeout(waiting));
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
    this.#playing?.fadeTo(this.#mix);
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
    this.#playing?.fadeTo(this.#mix);
  }

  /** Shuffles the sides, or reveals which is which and goes on with the one that is heard. */
  setBlind(isBlind: boolean): void {
    if (this.#result === null || isBlind === this.#state.isBlind) return;
    const heard = this.#heard();
    const revealed = this.#isSwapped ? "B" : "A";
    this.#isSwapped = isBlind && Math.random() < 0.5;
    this.#update(isBlind ? { isBlind, side: "A", revealed: null } : { isBlind, side: heard, revealed });
    this.#playing?.fadeTo(this.#mix);
  }

  #heard(): Side {
    const { side } = this.#state;
    if (!this.#isSwapped || side === "difference") return side;
    return side === "A" ? "B" : "A";
  }

  /** Null: this browser opens none. */
  #openContext(): AudioContext | null {
    if (this.#context !== null) return this.#context;
    try {
      const context = new AudioContext({ sampleRate: SAMPLE_RATE });
      // A call comes in, the headphones go: what no longer sounds must not look as if it played.
      context.addEventListener("statechange", () => {
        if (context.state !== "running") this.pause();
      });
      this.#context = context;
      return context;
    } catch {
      return null;
    }
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
    const tracks: Track<Sound>[] = [{ name: "A", buffer: original, lagSeconds: 0 }];
    if (this.#result !== null) tracks.push({ name: "B", ...this.#result });
    const start = { positionSeconds: this.#position, loop: this.#state.loop };
    const playing = new Playback(context, tracks, this.#mix, start, () => {
      if (this.#playing !== playing) return;
      this.#silence();
      this.#position = this.durationSeconds;
      this.#update({ isPlaying: false });
    });
    this.#playing = playing;
  }

  #silence(): void {
    this.#playing?.stop();
    this.#playing = null;
  }

  readonly #mix = (sound: Sound): number => {
    const heard = this.#heard();
    const level = sound === "B" && this.#state.isLevelMatched ? 10 ** ((this.#result?.gainDecibels ?? 0) / 20) : 1;
    // One taken from the other, sample by sample: silence wherever they are the same.
    if (heard === "difference") return sound === "A" ? 1 : -level;
    return sound === heard ? level : 0;
  };

  #update(change: Partial<PlayerState>): void {
    this.#state = { ...this.#state, ...change };
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
