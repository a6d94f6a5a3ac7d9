/** How files begin that are certainly no audio, in words for a person. */
const BEGINNINGS: readonly (readonly [RegExp, string])[] = [
  [/^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)[\s>]/i, "a web page"],
  [/^\x89PNG\r\n/, "an image"],
  [/^\xff\xd8\xff/, "an image"],
  [/^GIF8[79]a/, "an image"],
  [/^%PDF-/, "a PDF document"],
  [/^PK[^ -~]{2}/, "a ZIP archive"],
];

/** What a file is that is certainly no audio; null when it may be audio. */
export function notAudio(head: Uint8Array): string | null {
  if (head.byteLength === 0) return "an empty file";
  const beginning = Buffer.from(head.subarray(0, 200)).toString("latin1");
  return BEGINNINGS.find(([pattern]) => pattern.test(beginning))?.[1] ?? null;
}
