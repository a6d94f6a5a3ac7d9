import { isIP } from "node:net";
import type { Logger } from "pino";
import { Outbound, OutboundError, type OutboundPolicy } from "../../outbound/outbound.js";
import type { FalQueue } from "../fal/fal-queue.js";
import { parseDataUri } from "../jobs/audio-url.js";
import { base64Source } from "./byte-source.js";
import { type ClipLength, readClipLength } from "./clip-length.js";
import { type Ask, type OpenedFile, openHttpFile } from "./http-source.js";
import { notAudio } from "./not-audio.js";

export interface ClipInspectorDependencies {
  readonly queue: FalQueue;
  readonly outboundPolicy: OutboundPolicy;
  readonly logger: Logger;
}

/** What is known of a clip before anything is sent. */
export type ClipReport =
  /** `reason` goes on after "The audio URL". */
  | { readonly usable: false; readonly reason: string }
  /** Not known to be unusable. */
  | { readonly usable: true; readonly length: ClipLength | null };

/** For everything: names, connections, requests, reading. */
const TIMEOUT_MS = 800;
/** Share links and CDNs need one or two. */
const MAX_REDIRECTS = 3;
/** Files that are looked at over the network at once; what comes beyond is not looked at. */
const MAX_AT_ONCE = 32;
/** How many bytes tell what kind of file it is. */
const HEAD_BYTES = 200;
const NOTHING_CERTAIN: ClipReport = { usable: true, length: null };

/**
 * Looks at a clip before its job is accepted and paid for: is there audio behind the URL, and how long is it? Bounded in
 * time and bytes. Whatever is not certain is left to the engine: a slow server, one in trouble, an unknown format.
 */
export class ClipInspector {
  private underWay = 0;

  constructor(private readonly dependencies: ClipInspectorDependencies) {}

  /** Never rejects. */
  async inspect(audioUrl: string): Promise<ClipReport> {
    try {
      const data = parseDataUri(audioUrl);
      if (!data) return await this.inspectRemote(audioUrl);
      const source = base64Source(data);
      return await report({ kind: "file", source, head: await source.read(0, Math.min(HEAD_BYTES, data.sizeBytes)) });
    } catch (error) {
      if (error instanceof OutboundError && error.fault === "not-public" && this.isOutOfReach(audioUrl)) {
        return { usable: false, reason: "leads to a private address, which fal can't reach" };
      }
      this.dependencies.logger.debug({ reason: (error as Error).message }, "nothing certain is known of a clip");
      return NOTHING_CERTAIN;
    }
  }

  private async inspectRemote(audioUrl: string): Promise<ClipReport> {
    if (this.underWay >= MAX_AT_ONCE) return NOTHING_CERTAIN;
    this.underWay += 1;
    const outbound = new Outbound(this.dependencies.outboundPolicy);
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new Error(`it took longer than ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    const { signal } = controller;
    const ask = this.isEngineFile(audioUrl) ? this.askEngine(audioUrl, signal) : askPublic(audioUrl, outbound, signal);
    try {
      return await report(await openHttpFile(ask));
    } finally {
      this.underWay -= 1;
      clearTimeout(timer);
      controller.abort();
      await outbound.close();
    }
  }

  /** A file that the engine in fal's place handed out itself: read there, whatever its address. */
  private isEngineFile(audioUrl: string): boolean {
    const { queue } = this.dependencies;
    return queue.kind === "LOCAL" && new URL(audioUrl).pathname.includes("/files/") && queue.storage.reaches(audioUrl);
  }

  private askEngine(audioUrl: string, signal: AbortSignal): Ask {
    return async (headers, read) => read(await this.dependencies.queue.storage.openFile(audioUrl, headers, signal));
  }

  /** A name may lead elsewhere for fal, and an engine of one's own may reach what is private; an address is certain. */
  private isOutOfReach(audioUrl: string): boolean {
    const host = new URL(audioUrl).hostname.replace(/^\[|\]$/g, "");
    return this.dependencies.queue.kind === "FAL" && (isIP(host) !== 0 || host === "localhost");
  }
}

/** Redirects are followed once; further parts come from where they led. */
function askPublic(audioUrl: string, outbound: Outbound, signal: AbortSignal): Ask {
  let place = audioUrl;
  return (headers, read) =>
    outbound.exchange(place, { headers, timeoutMs: TIMEOUT_MS, maxRedirects: MAX_REDIRECTS, signal }, (answer) => {
      place = answer.url;
      return read(answer);
    });
}

async function report(file: OpenedFile): Promise<ClipReport> {
  if (file.kind === "missing") return { usable: false, reason: `leads nowhere: its server answered ${file.status}` };
  const kind = notAudio(file.head);
  if (kind !== null) return { usable: false, reason: `leads to ${kind}, not to audio` };
  return { usable: true, length: await readClipLength(file.source) };
}
