import { DEFAULT_HOST, DEFAULT_PRICE_USD } from "./schema.js";

/** What is wrong with settings of which each is right by itself, in words that repeat no secret. */
export function findContradictions(set: NodeJS.ProcessEnv): string[] {
  return [...databaseProblems(set), ...accessProblems(set), ...spendProblems(set)];
}

function databaseProblems({ DATABASE_URL, FAL_KEY, ENGINE_URL, ARCHIVE }: NodeJS.ProcessEnv): string[] {
  if (DATABASE_URL === undefined) return [];
  const problems: string[] = [];
  if (FAL_KEY === undefined && ENGINE_URL === undefined) {
    problems.push(
      "DATABASE_URL: instances that share a database can't share an engine inside one of them: set FAL_KEY, or ENGINE_URL to an engine of its own (npm run engine)",
    );
  }
  if (ARCHIVE === "on") {
    problems.push(
      "ARCHIVE: instances that share a database must keep results in one folder: put DATA_DIR on storage that all of them see and set ARCHIVE=shared",
    );
  }
  return problems;
}

/** What would let strangers in, or keep everybody out. */
function accessProblems(set: NodeJS.ProcessEnv): string[] {
  const { AUTH = "none", HOST = DEFAULT_HOST, FAL_KEY, ALLOW_ANONYMOUS, API_KEYS } = set;
  const { JWT_ISSUER, JWT_AUDIENCE, JWKS_URL } = set;
  const problems: string[] = [];
  if (AUTH === "none" && FAL_KEY !== undefined && !isLoopback(HOST) && ALLOW_ANONYMOUS !== "true") {
    problems.push(
      `AUTH: with AUTH=none anyone who reaches ${HOST} spends FAL_KEY's money: set AUTH=keys and API_KEYS (npm run key makes one), or ALLOW_ANONYMOUS=true if something in front decides who may`,
    );
  }
  if (AUTH === "keys" && API_KEYS === undefined) {
    problems.push("API_KEYS: AUTH=keys needs at least one; npm run key makes one");
  }
  if (AUTH !== "keys" && API_KEYS !== undefined) {
    problems.push("API_KEYS: they are looked at with AUTH=keys alone: set that, or leave them out");
  }
  if ((set.METRICS === "key") !== (set.METRICS_KEY !== undefined)) {
    problems.push("METRICS_KEY: METRICS=key needs it, and nothing else does; npm run key -- metrics makes one");
  }
  for (const [name, given] of Object.entries({ JWT_ISSUER, JWT_AUDIENCE, JWKS_URL })) {
    if (AUTH === "jwt" && given === undefined) problems.push(`${name}: AUTH=jwt needs it`);
    if (AUTH !== "jwt" && given !== undefined) {
      problems.push(`${name}: it is looked at with AUTH=jwt alone: set that, or leave it out`);
    }
  }
  return problems;
}

function spendProblems(set: NodeJS.ProcessEnv): string[] {
  const price = Number(set.PRICE_PER_JOB_USD ?? DEFAULT_PRICE_USD);
  return ["LIMIT_SPEND_PER_DAY", "LIMIT_TOTAL_SPEND_PER_DAY"]
    .filter((name) => Number(set[name]) < price)
    .map((name) => `${name}: less than one job costs (PRICE_PER_JOB_USD), so no job would ever be accepted`);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
