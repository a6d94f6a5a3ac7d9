/** Which hosts the server may talk to, where their requests really go, and who gets the key. */

/** fal's API hosts: the only ones that are ever given the key. Matched exactly. */
const API_HOSTS = new Set(["queue.fal.run", "rest.fal.ai", "api.fal.ai"]);

/** Where fal's storage lives: signed uploads go there, without the key. fal documents its CDN as an open set of hosts. */
const STORAGE_HOSTS = new Set(["fal.media", "storage.googleapis.com"]);
const STORAGE_SUFFIX = ".fal.media";

export interface FalTarget {
  /** The URL to request. */
  readonly url: URL;
  /** Value of the Authorization header, null where the key must not go. */
  readonly authorization: string | null;
}

export interface FalHosts {
  readonly kind: "FAL" | "LOCAL";
  /** Throws ForbiddenHostError for every other host, scheme or port. */
  resolve(url: string): FalTarget;
}

export class ForbiddenHostError extends Error {
  override readonly name = "ForbiddenHostError";
}

/** fal itself. `key` goes to its API hosts alone. */
export function falHosts(key: string): FalHosts {
  return {
    kind: "FAL",
    resolve(url) {
      const target = parse(url);
      if (target.protocol === "https:" && target.port === "") {
        if (API_HOSTS.has(target.hostname)) return { url: target, authorization: `Key ${key}` };
        if (STORAGE_HOSTS.has(target.hostname) || target.hostname.endsWith(STORAGE_SUFFIX)) {
          return { url: target, authorization: null };
        }
      }
      throw forbidden(target);
    },
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
  };
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
