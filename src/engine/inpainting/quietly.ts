/** More than any decoder has to say about a piece it can still make something of. */
const MAX_LINES = 10_000;

/**
 * Makes one synchronous call of a decoder that prints every error besides returning it. Nothing is lost by not printing
 * them; counting them stops a decoder that meets the same error for ever.
 */
export function quietly<T>(call: () => T): T {
  const { error } = console;
  let lines = 0;
  console.error = () => {
    lines++;
    if (lines > MAX_LINES) throw new Error(`A decoder reported more than ${MAX_LINES} errors at once`);
  };
  try {
    return call();
  } finally {
    console.error = error;
  }
}
