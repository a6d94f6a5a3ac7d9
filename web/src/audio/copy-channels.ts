/** Takes about two milliseconds. */
const FRAMES_AT_ONCE = 2 ** 19;

/**
 * The samples, for a worker to take over: what the player plays from must stay. Minutes of audio are copied in parts,
 * between which the page can answer.
 */
export async function copyChannels(buffer: AudioBuffer): Promise<Float32Array<ArrayBuffer>[]> {
  const channels: Float32Array<ArrayBuffer>[] = [];
  for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
    const copy = new Float32Array(buffer.length);
    for (let start = 0; start < buffer.length; start += FRAMES_AT_ONCE) {
      buffer.copyFromChannel(copy.subarray(start, start + FRAMES_AT_ONCE), channel, start);
      await pause();
    }
    channels.push(copy);
  }
  return channels;
}

/** Until whatever waited for the page has had its turn; timers would wait for longer. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
