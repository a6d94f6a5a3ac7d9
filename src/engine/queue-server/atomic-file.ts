import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

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

/** Makes renames and new names in a folder survive a power cut; a no-op where folders can't be opened (Windows). */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
