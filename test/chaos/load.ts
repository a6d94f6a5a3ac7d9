import { setMaxListeners } from "node:events";
import {
  CancelInpaintDocument,
  CreateAudioUploadDocument,
  InpaintAudioDocument,
  type InpaintAudioInput,
} from "../../src/operations/documents.js";
import { dataUri, tinyWav } from "./audio.js";
import type { GoodClient } from "./client.js";
import type { Program } from "./processes.js";
import type { Random } from "./random.js";
import { waitExactly } from "./timing.js";
import { type Update, Watcher } from "./watcher.js";

/** All that a client knows of one of its submissions. */
export interface Submission {
  readonly key: string;
  readonly seed: number;
  readonly input: InpaintAudioInput;
  readonly jobIds: Set<string>;
  cancelAsked: boolean;
  readonly cancelOutcomes: string[];
  readonly watchers: Watcher[];
  done: boolean;
}

/** When the caller changes its mind: never, some milliseconds after acceptance, or once the engine has the request. */
type CancelPlan = { readonly afterMs: number } | "submitted" | null;

export interface JobWish {
  readonly cancel?: CancelPlan;
  /** On how many connections it is watched, or on which instances, as long as these serve. */
  readonly watchers?: number | readonly Program[];
  readonly audioUrl?: string;
}

type Life = Required<Pick<JobWish, "cancel" | "watchers">>;

/** Submits jobs, cancels some, watches all, as a good client would. */
export class Load {
  readonly submissions: Submission[] = [];
  private readonly running: Promise<void>[] = [];
  private readonly ending = new AbortController();
  private uploadedUrl = "";

  constructor(
    private readonly client: GoodClient,
    private readonly random: Random,
  ) {
    // Every watcher listens to it.
    setMaxListeners(0, this.ending.signal);
  }

  /** Uploads the clip that part of the jobs use. */
  async prepare(): Promise<void> {
    this.uploadedUrl = await this.upload(tinyWav(3));
  }

  /** Resolves to the URL of the stored clip. */
  async upload(wav: Buffer): Promise<string> {
    const upload = { fileName: "tiny.wav", contentType: "audio/wav", fileSize: wav.length };
    const answer = await this.client.ask(CreateAudioUploadDocument, { input: upload });
    const granted = answer.createAudioUpload.upload;
    if (!granted) throw new Error(`No upload: ${JSON.stringify(answer)}`);
    const headers = Object.fromEntries(granted.headers.map(({ name, value }) => [name, value]));
    const put = await fetch(granted.uploadUrl, { method: "PUT", headers, body: new Uint8Array(wav) });
    if (!put.ok) throw new Error(`The upload was answered ${put.status}.`);
    return granted.fileUrl;
  }

  /** Starts one job's life; what goes wrong in it shows in `finish`. */
  add(wish?: JobWish): Submission {
    const index = this.submissions.length + 1;
    const random = this.random.fork(`job ${index}`);
    const seed = index * 1_000 + random.whole(0, 999);
    const submission: Submission = {
      key: `key-${index}`,
      seed,
      input: {
        prompt: `chaos ${index}`,
        audioUrl: wish?.audioUrl ?? this.audioFor(random),
        maskStart: random.whole(0, 1),
        maskEnd: 2,
        seed,
      },
      jobIds: new Set(),
      cancelAsked: false,
      cancelOutcomes: [],
      watchers: [],
      done: false,
    };
    const life = { cancel: drawCancel(random), watchers: random.whole(1, 3), ...wish };
    this.submissions.push(submission);
    const running = this.live(submission, life, random);
    running.catch(() => {});
    this.running.push(running);
    return submission;
  }

  /** Resolves when every job is finished and every watcher knows. */
  async finish(): Promise<void> {
    await Promise.all(this.running);
  }

  /** Ends all that still goes on. */
  abandon(): void {
    this.ending.abort();
  }

  /** The key's job, asked for once more. */
  async submit({ key, input, jobIds }: Submission): Promise<string> {
    const { job, userErrors } = (
      await this.client.ask(InpaintAudioDocument, { input, options: { idempotencyKey: key } }, this.ending.signal)
    ).inpaintAudio;
    if (!job) throw new Error(`${key} was refused: ${JSON.stringify(userErrors)}`);
    jobIds.add(job.id);
    return job.id;
  }

  private async live(submission: Submission, { cancel, watchers }: Life, random: Random): Promise<void> {
    const jobId = await this.submit(submission);
    let onSubmitted = () => {};
    const submitted = new Promise<void>((resolve) => {
      onSubmitted = resolve;
    });
    const places = typeof watchers === "number" ? Array.from({ length: watchers }, () => null) : watchers;
    const watching = places.map(async (place, index) => {
      await waitExactly(index === 0 || place ? 0 : random.between(0, 400));
      const onUpdate = ({ job }: Update) => {
        if (job.requestId !== null || job.finishedAt !== null) onSubmitted();
      };
      const pick = () => (place?.url ? place : this.client.pickInstance());
      const watcher = new Watcher(this.client, jobId, this.ending.signal, onUpdate, pick);
      submission.watchers.push(watcher);
      await watcher.done;
    });
    const cancelling = async () => {
      if (cancel === null) return;
      await (cancel === "submitted" ? submitted : waitExactly(cancel.afterMs));
      submission.cancelAsked = true;
      const answer = await this.client.ask(CancelInpaintDocument, { id: jobId }, this.ending.signal);
      submission.cancelOutcomes.push(answer.cancelInpaint.outcome ?? JSON.stringify(answer.cancelInpaint.userErrors));
    };
    await Promise.all([...watching, cancelling()]);
    submission.done = true;
  }

  /** Uploaded before, sent inline, or so large that the server has to store it upstream first. */
  private audioFor(random: Random): string {
    const draw = random.next();
    if (draw < 0.6) return this.uploadedUrl;
    return dataUri(tinyWav(draw < 0.8 ? 2 : 5));
  }
}

function drawCancel(random: Random): CancelPlan {
  const draw = random.next();
  if (draw < 0.7) return null;
  return draw < 0.8 ? "submitted" : { afterMs: random.between(0, 400) };
}
