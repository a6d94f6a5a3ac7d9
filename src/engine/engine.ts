import type { AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { FastifyPluginAsync } from "fastify";
import type { Logger } from "pino";
import { pino } from "pino";
import { createHostPolicy, type HostPolicy } from "../inbound/host-policy.js";
import type { OutboundPolicy } from "../outbound/outbound.js";
import { makeFolder } from "./data-folder.js";
import { lockFolder } from "./folder-lock.js";
import { Activity } from "./queue-server/activity.js";
import { createControl, FaultSwitches } from "./queue-server/faults/control.js";
import { createFileRoutes } from "./queue-server/file-routes.js";
import { FileStore, removePartialFiles } from "./queue-server/file-store.js";
import { FileUrls } from "./queue-server/file-urls.js";
import { buildHttpServer } from "./queue-server/http-server.js";
import { MultipartUploads } from "./queue-server/multipart-uploads.js";
import { createAudioReader } from "./queue-server/read-audio.js";
import { RequestQueue } from "./queue-server/request-queue.js";
import { RequestRegister } from "./queue-server/request-register.js";
import { RequestStore } from "./queue-server/request-store.js";
import { resultReply } from "./queue-server/result-reply.js";
import { startRetention } from "./queue-server/retention.js";
import { createModelRunner } from "./queue-server/run-model.js";
import { PLAIN_SEAMS } from "./queue-server/seams.js";
import { loadSigningKey, UploadSigner } from "./queue-server/upload-signature.js";
import { loadWebhookKeys } from "./queue-server/webhooks/webhook-keys.js";
import { WebhookSender } from "./queue-server/webhooks/webhook-sender.js";
import { isLoopbackAddress, webhookTargets } from "./queue-server/webhooks/webhook-targets.js";
import { WorkerPool } from "./queue-server/worker-pool.js";

export interface EngineOptions {
  /** The engine's own folder, made when it is not there. One process at a time. */
  dataDir: string;
  /** Default: silent. */
  logger?: Logger;
  /** How many requests run at once, each in a thread of its own. Default: 2, or 1 on a single core. */
  workers?: number;
  /** How many requests may wait. Default 1000; beyond it a submit gets 429. */
  maxQueueLength?: number;
  /** How many finished requests are kept. Default 2000. */
  maxFinishedRequests?: number;
  /** How long files and finished requests are kept. Default 7 days. */
  retentionMs?: number;
  /** How many bytes of files are kept; the oldest go first. Default 20 GB. */
  maxFileBytes?: number;
  /** How long decoding one file may take. Default 20 s, ten times what the longest clip needs. */
  decodeTimeoutMs?: number;
  /** How long a worker may take for one request. Default 120 s. */
  taskTimeoutMs?: number;
  /** The worker threads' program. Default: the inpainting engine, compiled. */
  workerEntry?: URL;
  /** Where an `audio_url` may lead. Default: the public internet. */
  outboundPolicy?: OutboundPolicy;
  /** Whether the fault switches answer (queue-server/faults/README.md); for tests. Default: no. */
  control?: boolean;
  /** Whether a webhook may go to a loopback address. Default: when the engine listens on one itself. */
  webhooksToLoopback?: boolean;
  /** How long after a webhook's first failure it is called again; doubled each time. Default 1 s. */
  webhookRetryDelayMs?: number;
}

export interface Engine {
  /** The signed upload and file routes, for a server that serves them in the engine's stead and is closed before the engine. */
  fileRoutes: FastifyPluginAsync;
  /**
   * Starts to serve and to work off the queue. `publicUrl` is where clients reach `fileRoutes`; upload and file URLs are
   * made on it. `queueUrl` is where they reach the queue; the URLs of a request are made on it. Default of both: the
   * engine's own URL. Once per engine.
   * @throws when the address can't be listened on; the engine must still be closed
   */
  listen(options: { host: string; port: number; publicUrl?: string; queueUrl?: string }): Promise<{ url: string }>;
  /**
   * Stops at once, also when it never listened; when it resolves, nothing is written to the folder any more. What is
   * unfinished starts again when an engine opens the folder the next time.
   */
  close(): Promise<void>;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/**
 * Worker threads load JavaScript only, so the compiled worker serves even where this file runs as TypeScript: from
 * src/engine/ and from dist/engine/ alike, the project is two folders up.
 */
const COMPILED_WORKER = new URL("../../dist/engine/inpaint-worker.js", import.meta.url);
/** How long slow readers get to finish before close() cuts them off. */
const CLOSE_GRACE_MS = 2_000;

/**
 * An inpainting service that speaks fal's queue protocol over HTTP and keeps everything in one folder.
 * @throws when the folder can't be written or another engine has it. close() gives it free.
 */
export function createEngine(options: EngineOptions): Engine {
  const { dataDir, logger = pino({ level: "silent" }), outboundPolicy } = options;
  const requestFolder = join(dataDir, "requests");
  const fileFolder = join(dataDir, "files");
  const switches = options.control === true ? new FaultSwitches() : null;
  const seams = switches?.seams ?? PLAIN_SEAMS;
  makeFolder(requestFolder);
  makeFolder(fileFolder);

  const signer = new UploadSigner(loadSigningKey(join(dataDir, "upload-key")));
  const unlock = lockFolder(dataDir);
  removePartialFiles(fileFolder);
  const files = new FileStore(fileFolder, options.maxFileBytes ?? 20e9);
  const parts = new MultipartUploads(join(dataDir, "upload-parts"));
  const urls = new FileUrls(signer);
  const pool = new WorkerPool({
    entry: options.workerEntry ?? COMPILED_WORKER,
    decodeTimeoutMs: options.decodeTimeoutMs ?? 20_000,
    taskTimeoutMs: options.taskTimeoutMs ?? 120_000,
  });
  const register = new RequestRegister({
    store: new RequestStore(requestFolder),
    logger,
    maxFinished: options.maxFinishedRequests ?? 2_000,
  });
  const real = createModelRunner({
    files,
    pool,
    readAudio: createAudioReader({ files, urls, policy: outboundPolicy }),
    logger,
  });
  const control = switches && createControl(switches, { real, register, files, queue: () => queue });
  const queue = new RequestQueue({
    register,
    runModel: control?.runModel ?? real,
    seams,
    logger,
    slots: options.workers ?? Math.min(2, availableParallelism()),
    maxQueueLength: options.maxQueueLength ?? 1_000,
  });
  let listensOnLoopback = false;
  let isOwnHost: HostPolicy = () => true;
  const webhookKeys = loadWebhookKeys(join(dataDir, "webhook-keys"));
  const webhooks = new WebhookSender({
    register,
    keys: webhookKeys,
    readResult: async (request) => seams.showResult(request, await resultReply(request, files, urls)),
    seams,
    isAllowedAddress: webhookTargets(() => options.webhooksToLoopback ?? listensOnLoopback),
    retryDelayMs: options.webhookRetryDelayMs ?? 1_000,
    logger,
  });
  const activity = new Activity();
  const plainFileRoutes = createFileRoutes({ files, parts, signer, logger }, activity);
  const fileRoutes = control?.extend(plainFileRoutes) ?? plainFileRoutes;
  let baseUrl = "";
  const server = buildHttpServer({
    queue,
    register,
    files,
    urls,
    seams,
    webhookKeys,
    baseUrl: () => baseUrl,
    fileRoutes,
    extendRoutes: control?.extendRoutes,
    activity,
    logger,
  });
  let stopRetention = async (): Promise<void> => {};
  let closing: Promise<void> | undefined;
  let admit = (): void => {};
  const opened = new Promise<void>((resolve) => {
    admit = resolve;
  });
  // The address must be known before the queue may start, and the queue be read before the first answer.
  server.addHook("onRequest", async ({ headers }, reply) => {
    await opened;
    if (isOwnHost(headers.host)) return;
    return reply.code(421).send({ detail: "This engine listens on loopback and is not known by that name" });
  });

  async function closeAll(): Promise<void> {
    control?.close();
    const cutOff = setTimeout(() => server.server.closeAllConnections(), CLOSE_GRACE_MS);
    await Promise.all([server.close(), queue.close()]);
    clearTimeout(cutOff);
    await activity.settled();
    await Promise.all([pool.close(), webhooks.close(), stopRetention()]);
    parts.close();
    unlock();
  }

  return {
    fileRoutes,

    async listen({ host, port, publicUrl, queueUrl }) {
      await server.listen({ host, port });
      const address = server.server.address() as AddressInfo;
      const url = urlOf(address);
      listensOnLoopback = isLoopbackAddress(address.address);
      isOwnHost = createHostPolicy(address.address, publicUrl ?? null);
      baseUrl = (queueUrl ?? url).replace(/\/+$/, "");
      urls.setBase(publicUrl ?? url, url);
      await queue.open();
      webhooks.open();
      admit();
      stopRetention = startRetention({
        register,
        files,
        logger,
        maxAgeMs: options.retentionMs ?? 7 * DAY_MS,
      });
      return { url };
    },

    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}
