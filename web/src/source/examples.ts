import drums from "./examples/drum-loop.mp3?url";
import piano from "./examples/electric-piano.mp3?url";
import band from "./examples/full-band.mp3?url";

/** Clips that come with the page, each with a prompt that suits it. */
export const EXAMPLES = [
  { name: "Full band", url: band, prompt: "mellow electric piano, bass and brushed drums, 112 bpm" },
  { name: "Electric piano", url: piano, prompt: "warm electric piano chords, slow and sparse, 112 bpm" },
  { name: "Drum loop", url: drums, prompt: "laid-back drum kit with brushes, 112 bpm" },
] as const;
