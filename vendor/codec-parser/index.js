// What @wasm-audio-decoders/flac and ogg-vorbis import from codec-parser, so that they load without it: names of fields,
// and a parser to construct. The engine frames Ogg and FLAC itself and calls only what takes frames.

export const codecFrames = "codecFrames";
export const data = "data";
export const header = "header";
export const isLastPage = "isLastPage";
export const totalSamples = "totalSamples";
export const vorbisComments = "vorbisComments";
export const vorbisSetup = "vorbisSetup";

export default class CodecParser {}
