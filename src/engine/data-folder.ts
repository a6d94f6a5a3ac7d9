import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder, with its parents, that this process can write to.
 * @throws an Error in plain words that names the folder.
 */
export function makeFolder(path: string): void {
  const folder = resolve(path);
  try {
    makeWithParents(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const advice = "Choose another data folder or change its permissions.";
    throw new Error(`The folder ${folder} can't be written (${reason}). ${advice}`, { cause: error });
  }
}

/** Not `recursive: true`: Node 20 never returns from it where folders can't be made at all, as below /proc. */
function makeWithParents(folder: string): void {
  if (existsSync(folder)) return;
  makeWithParents(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Somebody else may have made it just now.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}
