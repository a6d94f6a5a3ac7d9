import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "./atomic-file.js";
import { parseJson, toJson } from "./lossless-body.js";
import type { QueueRequest } from "./queue-request.js";

const STATE_SUFFIX = ".json";
const INPUT_SUFFIX = ".input.json";

/**
 * Requests on disk: `<id>.input.json` is the body as it came, written once; `<id>.json` is the state, replaced as a
 * whole at each change. They are apart so that a change never rewrites, and memory never holds, a body of megabytes.
 */
export class RequestStore {
  /** The last write of each request, so that a newer state is never overwritten by an older one. */
  private readonly writes = new Map<string, Promise<void>>();

  constructor(private readonly folder: string) {}

  /** All stored requests in order of arrival. Half-written leftovers of a crash are removed. */
  async load(onDamaged: (fileName: string, error: unknown) => void): Promise<QueueRequest[]> {
    const names = new Set(await readdir(this.folder));
    const requests: QueueRequest[] = [];
    for (const name of names) {
      if (name.endsWith(".tmp") || this.isOrphanedInput(name, names)) {
        await rm(join(this.folder, name), { force: true });
      } else if (name.endsWith(STATE_SUFFIX) && !name.endsWith(INPUT_SUFFIX)) {
        try {
          requests.push(parseJson(await readFile(join(this.folder, name), "utf8")) as QueueRequest);
        } catch (error) {
          onDamaged(name, error);
        }
      }
    }
    return requests.sort((one, other) => one.sequence - other.sequence);
  }

  /** When it resolves, the request survives a power cut. The state comes last: without it the input is a leftover. */
  async add(request: QueueRequest, input: string): Promise<void> {
    await writeFileAtomically(this.path(request.id, INPUT_SUFFIX), input, { durable: true });
    await this.save(request, { durable: true });
  }

  /** Stores the state as it is now. Not durable, it survives a crash of the process but maybe not of the machine. */
  save(request: QueueRequest, options: { durable: boolean }): Promise<void> {
    const content = toJson(request);
    return this.inTurn(request.id, () =>
      writeFileAtomically(this.path(request.id, STATE_SUFFIX), content, { durable: options.durable }),
    );
  }

  readInput(id: string): Promise<string> {
    return readFile(this.path(id, INPUT_SUFFIX), "utf8");
  }

  async removeInput(id: string): Promise<void> {
    await rm(this.path(id, INPUT_SUFFIX), { force: true });
  }

  async remove(id: string): Promise<void> {
    await this.inTurn(id, () => rm(this.path(id, STATE_SUFFIX), { force: true }));
    await this.removeInput(id);
  }

  private async inTurn(id: string, write: () => Promise<void>): Promise<void> {
    const previous = this.writes.get(id) ?? Promise.resolve();
    // A failed write is told to whoever asked for it, not to the next one.
    const current = previous.catch(() => undefined).then(write);
    this.writes.set(id, current);
    try {
      await current;
    } finally {
      if (this.writes.get(id) === current) this.writes.delete(id);
    }
  }

  private isOrphanedInput(name: string, names: ReadonlySet<string>): boolean {
    if (!name.endsWith(INPUT_SUFFIX)) return false;
    return !names.has(`${name.slice(0, -INPUT_SUFFIX.length)}${STATE_SUFFIX}`);
  }

  private path(id: string, suffix: string): string {
    return join(this.folder, `${id}${suffix}`);
  }
}
