import { record, text, UndecodableError } from "./decode.js";
import type { FalHosts } from "./hosts.js";
import type { UpstreamStream, UpstreamTransport } from "./transport.js";

/** A file that is going to be uploaded. */
export interface AnnouncedFile {
  readonly fileName: string;
  readonly contentType: string;
  readonly fileSizeBytes: number;
}

export interface SignedUpload {
  readonly uploadUrl: string;
  readonly fileUrl: string;
}

const INITIATE_URL = "https://rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3";

/** Where upstream keeps files. Its methods reject as those of FalQueue do, and repeat no request either. */
export class FalStorage {
  /** @param send uploads a file with fal's client and resolves to what it says is the file's URL. */
  constructor(
    private readonly hosts: FalHosts,
    private readonly transport: UpstreamTransport,
    private readonly fetch: typeof globalThis.fetch,
    private readonly send: (file: File) => Promise<string>,
  ) {}

  /**
   * A signed address to PUT a file to; the client has no call that stops before the upload. The embedded engine holds the
   * file to its size, which fal has no way to be told.
   */
  async initiateUpload({ fileName, contentType, fileSizeBytes }: AnnouncedFile): Promise<SignedUpload> {
    const size = this.hosts.kind === "LOCAL" ? { file_size: fileSizeBytes } : {};
    const response = await this.fetch(INITIATE_URL, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ content_type: contentType, file_name: fileName, ...size }),
    });
    const body = record(await response.json());
    const uploadUrl = text(body?.upload_url);
    const fileUrl = text(body?.file_url);
    if (uploadUrl === null || fileUrl === null || ![uploadUrl, fileUrl].every((url) => this.hosts.isFileUrl(url))) {
      throw new UndecodableError("Expected an upload address and a file address on upstream's own storage.");
    }
    return { uploadUrl, fileUrl };
  }

  /** Stores a file and resolves to its URL. */
  async upload(file: File): Promise<string> {
    const url = await this.send(file);
    if (this.hosts.isFileUrl(url)) return url;
    throw new UndecodableError("Expected the address of the stored file on upstream's own storage.");
  }

  /** Whether a URL leads to upstream itself. */
  reaches(url: string): boolean {
    try {
      this.hosts.resolve(url);
      return true;
    } catch {
      return false;
    }
  }

  /** A file as it comes, whatever the status. The caller ends it with `signal`. */
  openFile(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<UpstreamStream> {
    return this.transport.openStream({ method: "GET", url, headers }, signal);
  }
}
