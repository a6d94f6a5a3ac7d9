/** A page as the Vorbis decoder reads it. */
export interface OggPage {
  /** The page's content: an identification header where it begins with 1. */
  data: Uint8Array;
  codecFrames: { data: Uint8Array; header: { vorbisSetup: Uint8Array } }[];
  isLastPage: boolean;
}
