import { onTestFinished } from "vitest";
import { createServices, type RunningServices } from "../../../src/services/create-services.js";
import type { Job } from "../../../src/services/job.js";
import type { WebhookVerdict } from "../../../src/services/services.js";
import type { Database } from "../../../src/services/store/database.js";
import { FalSigner } from "../../support/fal-signer.js";
import { guardedLogger } from "../../support/log-guard.js";
import { CALLER, makeInput, makeOptions } from "../../support/make-job.js";
import { type OpenStore, openStore } from "../../support/open-store.js";
import { LiveStream, type ScriptedUpstream, startScriptedUpstream } from "../../support/scripted-upstream.js";
import { SETTINGS } from "../../support/service-settings.js";
import { openQueue, STREAM, SUBMIT } from "../fal/fal-testkit.js";

export const PUBLIC_URL = "https://punchin.example/api";

/** For what is told by no event. */
export const PATIENTLY = { timeout: 10_000 };

/** What all instances of a test share. */
export interface WebhookTest {
  readonly place?: string;
  readonly upstream: ScriptedUpstream;
  readonly signer: FalSigner;
  readonly time: { now: number };
}

export interface WebhookInstance extends OpenStore {
  readonly services: RunningServices;
  stop(): Promise<void>;
  submit(): Promise<Job>;
  find(jobId: string): Promise<Job>;
  receive(url: string, delivery: ReturnType<FalSigner["deliver"]>): Promise<WebhookVerdict>;
}

/** Upstream whose status streams stay silent: nothing but a webhook tells that anything has happened. */
export async function startSilentUpstream(): Promise<WebhookTest> {
  const upstream = await startScriptedUpstream();
  const signer = new FalSigner();
  signer.publishAt(upstream);
  upstream.on(STREAM, new LiveStream().reply);
  return { upstream, signer, time: { now: Date.now() } };
}

/** The services, started. */
export async function openWebhooks(
  test: WebhookTest,
  options: { place?: string; publicUrl?: string | null; wrap?: (database: Database) => Database } = {},
): Promise<WebhookInstance> {
  const { publicUrl = PUBLIC_URL, wrap = (database) => database } = options;
  const open = await openStore(() => {}, options.place);
  const services = createServices({
    database: wrap(open.database),
    queue: openQueue(test.upstream.url),
    logger: guardedLogger,
    clock: () => test.time.now,
    baseUrl: () => "",
    outboundPolicy: { isAllowedAddress: (address) => address === "127.0.0.1" },
    settings: { ...SETTINGS, publicUrl },
  });
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= services.close().then(open.close));
  onTestFinished(stop);
  await services.start();
  return {
    ...open,
    services,
    stop,
    async submit() {
      const { job } = await services.submitJob(CALLER, makeInput(), makeOptions());
      if (!job) throw new Error("The job was not accepted.");
      return job;
    },
    async find(jobId) {
      const job = await open.store.find(jobId);
      if (!job) throw new Error("The job is gone.");
      return job;
    },
    async receive(url, delivery) {
      if (!services.receiveWebhook) throw new Error("No webhooks are taken.");
      const { searchParams } = new URL(url);
      const [jobId = "", proof = ""] = [searchParams.get("job") ?? "", searchParams.get("proof") ?? ""];
      return services.receiveWebhook({ jobId, proof, ...delivery });
    },
  };
}

/** The address that upstream was given with its newest submission. */
export function callbackUrl(upstream: ScriptedUpstream): string {
  return upstream.seen(SUBMIT).at(-1)?.query.get("fal_webhook") ?? "";
}
