import { isIP } from "node:net";
import type { StoredFile } from "./file-store.js";
import type { UploadGrant, UploadSigner } from "./upload-signature.js";

const FILE_PATH = /^\/files\/([0-9a-f]{32})\/([A-Za-z0-9._-]+)$/;

/** The addresses of stored files and uploads; known once the server listens. */
export class FileUrls {
  private publicUrl = "";
  private ownUrl = "";

  constructor(private readonly signer: UploadSigner) {}

  /** @param publicUrl where clients reach the file routes; may have a path. */
  setBase(publicUrl: string, ownUrl: string): void {
    this.publicUrl = withoutTrailingSlash(publicUrl);
    this.ownUrl = withoutTrailingSlash(ownUrl);
  }

  fileUrl({ id, name }: Pick<StoredFile, "id" | "name">): string {
    return `${this.publicUrl}/files/${id}/${name}`;
  }

  uploadUrl(grant: UploadGrant): string {
    const query = new URLSearchParams({
      content_type: grant.contentType,
      expires: String(grant.expiresAtSeconds),
      ...(grant.sizeBytes === null ? {} : { size: String(grant.sizeBytes) }),
      ...(grant.lifetimeSeconds === null ? {} : { lifetime: String(grant.lifetimeSeconds) }),
      signature: this.signer.sign(grant),
    });
    return `${this.publicUrl}/uploads/${grant.fileId}/${grant.fileName}?${query}`;
  }

  /**
   * Which of the engine's files a URL means, or null when it leads elsewhere. A loopback address counts as the engine's
   * own, whatever the port: after a restart on another port the URLs of before still mean the same files, and what is
   * read is only ever a stored file whose unguessable id the caller knows.
   */
  parseFileUrl(url: string): { id: string; name: string } | null {
    const path = this.pathBelowBase(url);
    const [, id, name] = (path === null ? null : FILE_PATH.exec(path)) ?? [];
    return id === undefined || name === undefined ? null : { id, name };
  }

  private pathBelowBase(url: string): string | null {
    if (!URL.canParse(url)) return null;
    const { origin, hostname, pathname } = new URL(url);
    for (const base of [this.publicUrl, this.ownUrl]) {
      if (base !== "" && `${origin}${pathname}`.startsWith(`${base}/`))
        return `${origin}${pathname}`.slice(base.length);
    }
    return isLoopback(hostname) ? pathname : null;
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || (isIP(hostname) === 4 && hostname.startsWith("127."));
}

function withoutTrailingSlash(url: string): string {
  return new URL(url).href.replace(/\/+$/, "");
}
