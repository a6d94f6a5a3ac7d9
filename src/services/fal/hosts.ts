import { createHash } from "node:crypto";

/** Which hosts the server may talk to, where their requests really go, and who gets the key. */

/** fal's API hosts: the only ones that are ever given the key. Matched exactly. */
const API_HOSTS = new Set(["queue.fal.run", "rest.fal.ai", "api.fal.ai"]);

/** Where fal's files are: signed uploads go there, without the key. fal documents its CDN as an open set of hosts. */
const CDN_HOST = "fal.media";
const BUCKET_HOST = "storage.googleapis.com";
/** The host is everybody's; fal's buckets on it begin like this. */
const BUCKET_PATH = "/falserverless";

/** The same as origins, as content security policies name them. */
export const FAL_STORAGE_ORIGINS: readonly string[] = [CDN_HOST, `*.${CDN_HOST}`, BUCKET_HOST].map(
  (host) => `https://${host}`,
);

export interface FalTarget {
  /** The URL to request. */
  readonly url: URL;
  /** Value of the Authorization header, null where the key must not go. */
  readonly authorization: string | null;
}

export interface FalHosts {
  readonly kind: "FAL" | "LOCAL";
  /** Names whose requests they are, without a secret. */
  readonly account: string;
  /** Throws ForbiddenHostError for every other host, scheme or port. */
  resolve(url: string): FalTarget;
  /** Whether a URL that upstream named leads to where its files are: only such ones are handed on. */
  isFileUrl(url: string): boolean;
}

export class ForbiddenHostError extends Error {
  override readonly name = "ForbiddenHostError";
}

/** fal itself. `key` goes to its API hosts alone. */
export function falHosts(key: string): FalHosts {
  return {
    kind: "FAL",
    account: createHash("sha256")
      .update(key.split(":", 1)[0] ?? "")
      .digest("hex"),
    resolve(url) {
      const target = parse(url);
      if (target.protocol === "https:" && target.port === "") {
        if (API_HOSTS.has(target.hostname)) return { url: target, authorization: `Key ${key}` };
        if (isOnCdn(target)) return { url: target, authorization: null };
      }
      throw forbidden(target);
    },
    isFileUrl: (url) => isUnambiguous(url) && isOnCdn(new URL(url)),
  };
}

/** Where a fal-compatible server is reached. Read at each request: the embedded engine's are known only once it listens. */
export interface EngineAddresses {
  engineUrl: string;
  /** The other address under which it hands out its own files, if it has one. */
  publicUrl: string | null;
}

/** A fal-compatible server in fal's place: every fal host maps to it, paths are kept, and it never sees a key. */
export function localHosts(addresses: EngineAddresses): FalHosts {
  return {
    kind: "LOCAL",
    account: "local",
    resolve(url) {
      const target = parse(url);
      const engine = new URL(addresses.engineUrl);
      const publicBase = addresses.publicUrl === null ? null : new URL(addresses.publicUrl);
      const isPublic = target.origin === publicBase?.origin;
      const isFal = target.protocol === "https:" && API_HOSTS.has(target.hostname);
      if (!isFal && !isPublic && target.origin !== engine.origin) throw forbidden(target);
      const ownPath = isPublic ? below(publicBase.pathname, target.pathname) : target.pathname;
      const path = target.origin === engine.origin ? ownPath : join(engine.pathname, ownPath);
      return { url: new URL(`${path}${target.search}`, engine.origin), authorization: null };
    },
    isFileUrl(url) {
      if (!isUnambiguous(url)) return false;
      const target = new URL(url);
      if (target.username !== "" || target.password !== "") return false;
      const own = [addresses.engineUrl, ...(addresses.publicUrl === null ? [] : [addresses.publicUrl])];
      // A server that relays fal hands out fal's own addresses.
      return own.some((base) => isSamePlace(target, new URL(base))) || isOnCdn(target);
    },
  };
}

/** One machine has several names for itself, and an engine that was restarted may have another port. */
function isSamePlace(one: URL, other: URL): boolean {
  if (one.origin === other.origin) return true;
  return one.protocol === other.protocol && isLoopback(one.hostname) && isLoopback(other.hostname);
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function isOnCdn({ protocol, port, hostname, pathname, username, password }: URL): boolean {
  if (protocol !== "https:" || port !== "" || username !== "" || password !== "") return false;
  if (hostname === BUCKET_HOST) return pathname.startsWith(BUCKET_PATH);
  return hostname === CDN_HOST || hostname.endsWith(`.${CDN_HOST}`);
}

/** Programs differ in where an address with a backslash or a line break leads; we have no say in which one follows it. */
function isUnambiguous(url: string): boolean {
  return URL.canParse(url) && !/[\\\p{Cc}]/u.test(url);
}

function parse(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw new ForbiddenHostError("Upstream named something that is not a URL; it is not followed.");
  }
}

/** A proxy in front may serve the public address below a path that the engine itself does not know. */
function below(base: string, path: string): string {
  const prefix = base.replace(/\/$/, "");
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}

function join(base: string, path: string): string {
  return base.replace(/\/$/, "") + path;
}

function forbidden(target: URL): ForbiddenHostError {
  return new ForbiddenHostError(`The host ${target.host} is not one of fal's; it is not contacted.`);
}
