import type { Database, Query } from "../store/database.js";
import { countUploads, noteUpload, uploadsHolding } from "../store/usage.js";
import { DAY_MS, nameLimit, QuotaExceededError, type QuotaSettings, scopesFor, tryAgainAt } from "./limits.js";
import { takeTurn } from "./take-turn.js";

export interface NewUpload {
  readonly id: string;
  readonly callerId: string;
  readonly at: number;
  readonly bytes: number;
}

/**
 * Notes an upload and checks the limits on bytes, in the transaction that it belongs to. Throws QuotaExceededError, which
 * undoes the note.
 */
export async function addUpload(
  database: Database,
  query: Query,
  settings: QuotaSettings,
  upload: NewUpload,
): Promise<void> {
  const { callerId, at: now } = upload;
  await takeTurn(database, query, settings, callerId);
  await noteUpload(query, upload);
  const since = now - DAY_MS;
  for (const scope of scopesFor(settings, callerId)) {
    const limit = scope.limits.UPLOAD_BYTES_PER_DAY;
    if (limit === null) continue;
    const tooMany = (await countUploads(query, scope.callerId, since)).bytes - limit;
    if (tooMany <= 0) continue;
    const name = nameLimit(scope, "UPLOAD_BYTES_PER_DAY", `${limit} bytes`);
    if (upload.bytes > limit) {
      throw new QuotaExceededError(
        "UPLOAD_BYTES_PER_DAY",
        `${name} is less than this audio has: ${upload.bytes} bytes. Shorten or compress it.`,
      );
    }
    const freedBy = (await uploadsHolding(query, scope.callerId, since, tooMany)) ?? now;
    throw new QuotaExceededError(
      "UPLOAD_BYTES_PER_DAY",
      `${name} leaves no room for ${upload.bytes} bytes. ${tryAgainAt(freedBy + DAY_MS, now)}`,
    );
  }
}
