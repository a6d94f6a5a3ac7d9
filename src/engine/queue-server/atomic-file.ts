import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "../../files/sync-folder.js";

/**
 * Replaces a file as a whole: after a crash at any point either the old or the new content is there, never a part.
 * With `durable` it also survives a power cut from the moment the promise resolves.
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  options: { durable: boolean },
): Promise<void> {
  const temporaryPath = `${path}.tmp`;
  const file = await open(temporaryPath, "w", 0o600);
  try {
    await file.writeFile(content);
    if (options.durable) await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporaryPath, path);
  if (options.durable) await syncFolder(dirname(path));
}
