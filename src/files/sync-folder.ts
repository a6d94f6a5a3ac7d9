import { open } from "node:fs/promises";

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
