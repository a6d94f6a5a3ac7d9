import {
  InpaintJobDocument,
  type InpaintJobQuery,
  InpaintJobsDocument,
  type InpaintJobsQuery,
} from "../../src/operations/documents.js";
import type { GoodClient } from "./client.js";
import type { Load, Submission } from "./load.js";
import { isTerminal } from "./watcher.js";
import type { World } from "./world.js";

type Job = NonNullable<InpaintJobQuery["inpaintJob"]>;

/** One entry of the engine's own request history. */
interface EngineRequest {
  readonly request_id: string;
  readonly status_code?: number;
  readonly json_input: { readonly seed: number; readonly prompt: string };
}

/** Everything that is not as promised, in words; empty when all is well. */
export async function findBrokenPromises(world: World, client: GoodClient, load: Load): Promise<string[]> {
  const faults = [...client.faults, ...world.instances.flatMap(({ crashes }) => crashes), ...world.engine.crashes];
  const history = await readHistory(world.proxy.engineUrl);
  for (const submission of load.submissions) {
    await load.submit(submission);
    const [jobId = ""] = submission.jobIds;
    const { inpaintJob: job } = await client.ask(InpaintJobDocument, { id: jobId, lastLogs: 10_000 });
    if (!job) {
      faults.push(`${submission.key}: the job ${jobId} is gone`);
      continue;
    }
    const sent = history.filter(({ json_input: input }) => input.seed === submission.seed);
    const found = [
      ...checkSubmits(job, sent),
      ...checkTruth(submission, job, sent[0]),
      ...checkWatchers(submission, job),
      ...(await checkLog(world.proxy.engineUrl, job)),
      ...(await checkOutput(submission, job)),
    ];
    const story = `${job.status} ${job.submission} ${job.error?.code ?? ""} ${job.requestId}`;
    faults.push(...found.map((fault) => `${submission.key}, ${story}: ${fault}`));
  }
  const known = new Set(load.submissions.flatMap(({ jobIds }) => [...jobIds]));
  const listed = await listJobIds(client);
  if (listed.length !== load.submissions.length || !listed.every((id) => known.has(id))) {
    faults.push(`${load.submissions.length} keys made ${listed.length} jobs`);
  }
  return faults;
}

/** At most one, and none only where the caller is told so. */
function checkSubmits(job: Job, sent: readonly EngineRequest[]): string[] {
  const faults: string[] = [];
  if (sent.length > 1) faults.push(`sent ${sent.length} times`);
  const maySendNone =
    job.status === "CANCELLED" || job.error?.code === "SUBMISSION_UNCONFIRMED" || job.error?.code === "TIMED_OUT";
  if (sent.length === 0 && !maySendNone) faults.push("never sent");
  if (sent.length === 0 && job.requestId !== null) faults.push("a request id that the engine never gave");
  const [request] = sent;
  if (request && job.requestId !== request.request_id) faults.push(`the engine knows it as ${request.request_id}`);
  return faults;
}

/** The job says what the engine says. */
function checkTruth(submission: Submission, job: Job, request: EngineRequest | undefined): string[] {
  const faults: string[] = [];
  const expect = (isTrue: boolean, fault: string) => void (isTrue || faults.push(fault));
  expect(submission.jobIds.size === 1, `one key made ${submission.jobIds.size} jobs`);
  expect(isTerminal(job.status) && job.finishedAt !== null, "not finished");
  expect((job.output !== null) === (job.status === "COMPLETED"), "output and status differ");
  expect((job.error !== null) === (job.status === "FAILED"), "error and status differ");
  expect(submission.cancelAsked || job.cancelRequestedAt === null, "a cancel that nobody asked for");
  expect(job.status !== "CANCELLED" || submission.cancelAsked, "cancelled, and nobody asked for it");
  const promised = submission.cancelOutcomes.includes("CANCELLED");
  expect(!promised || job.status === "CANCELLED", "told as cancelled, and it was not");
  const code = request?.status_code;
  expect(job.status !== "COMPLETED" || code === 200, `completed, and the engine says ${code}`);
  expect(job.status !== "CANCELLED" || !request || code === 499, `cancelled, and the engine says ${code}`);
  const isUpstreamFailure = job.status === "FAILED" && job.error?.code !== "SUBMISSION_UNCONFIRMED";
  expect(!isUpstreamFailure || !request || (code ?? 0) >= 400, `failed, and the engine says ${code}`);
  expect(job.error?.code !== "SUBMISSION_UNCONFIRMED" || !request, "told as unconfirmed, and the engine has it");
  return faults;
}

/** Each watcher saw every line once, in order, and the end. */
function checkWatchers({ watchers }: Submission, job: Job): string[] {
  const messages = job.logs.map(({ message }) => message).join("\n");
  return [
    ...(job.logs.some(({ sequence }, index) => sequence !== index + 1) ? ["the job's log has a gap or a repeat"] : []),
    ...watchers.flatMap((watcher) => [
      ...watcher.faults,
      ...(watcher.messages.join("\n") === messages
        ? []
        : [`a watcher's log differs: ${watcher.messages.length} lines`]),
      ...(watcher.last?.status === job.status ? [] : [`a watcher ended at ${watcher.last?.status}`]),
    ]),
  ];
}

/** The job's log is the engine's, line by line. */
async function checkLog(engineUrl: string, { requestId, logs }: Job): Promise<string[]> {
  if (requestId === null) return [];
  const status = await fetch(`${engineUrl}/fal-ai/stable-audio-25/requests/${requestId}/status?logs=1`);
  const told = ((await status.json()) as { logs: readonly { message: string }[] }).logs;
  const isSame = told.map(({ message }) => message).join("\n") === logs.map(({ message }) => message).join("\n");
  return isSame ? [] : [`${logs.length} log lines, and the engine has ${told.length}`];
}

async function checkOutput(submission: Submission, { output }: Job): Promise<string[]> {
  if (!output) return [];
  if (Number(output.seed) !== submission.seed) return [`made with the seed ${output.seed}`];
  const file = await fetch(output.audio.url);
  const bytes = Buffer.from(await file.arrayBuffer());
  return file.ok && bytes.subarray(0, 4).toString() === "RIFF" ? [] : [`its output was answered ${file.status}`];
}

async function readHistory(engineUrl: string): Promise<EngineRequest[]> {
  const found: EngineRequest[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query: URLSearchParams = new URLSearchParams({
      endpoint_id: "fal-ai/stable-audio-25/inpaint",
      expand: "payloads",
      limit: "100",
      ...(cursor === "" ? {} : { cursor }),
    });
    const page = (await (await fetch(`${engineUrl}/v1/models/requests/by-endpoint?${query}`)).json()) as {
      items: EngineRequest[];
      next_cursor: string | null;
    };
    found.push(...page.items);
    cursor = page.next_cursor;
  }
  return found;
}

async function listJobIds(client: GoodClient): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ; ) {
    const { inpaintJobs }: InpaintJobsQuery = await client.ask(InpaintJobsDocument, { first: 100, after });
    ids.push(...inpaintJobs.nodes.map(({ id }) => id));
    if (!inpaintJobs.pageInfo.hasNextPage) return ids;
    after = inpaintJobs.pageInfo.endCursor;
  }
}
