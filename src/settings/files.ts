import { readFileSync } from "node:fs";

export interface SettingsWithFiles {
  readonly set: Readonly<Record<string, string | undefined>>;
  readonly problems: string[];
}

/** The settings, with those read that are given as files: NAME_FILE holds NAME, but for its last line break. */
export function readSettingFiles(
  given: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): SettingsWithFiles {
  const set: Record<string, string | undefined> = { ...given };
  const problems: string[] = [];
  for (const name of names) {
    const path = given[`${name}_FILE`];
    if (path === undefined) continue;
    if (given[name] !== undefined) {
      problems.push(`${name}_FILE: ${name} is set too; give one of them`);
      continue;
    }
    try {
      set[name] = readFileSync(path, "utf8").replace(/\r?\n$/, "");
    } catch (error) {
      problems.push(`${name}_FILE: the file can't be read (${(error as NodeJS.ErrnoException).code})`);
    }
  }
  return { set, problems };
}
