import { client } from "../api/client";
import { describeError } from "../api/describe-error";
import { reachableUrl } from "../api/reachable-url";
import { StudioUploadDocument } from "../gql/graphql";
import type { Upload } from "./source";

/** Of a file that has still to be sent. `onProgress` is told from 0 to 1, and null when nothing is being sent any more. */
export function createUpload(file: File, onProgress: (sent: number | null) => void): Upload {
  let sending: Promise<string> | null = null;
  let url: string | null = null;
  return {
    get url() {
      return url;
    },
    ensure() {
      sending ??= send(file, onProgress)
        .then((fileUrl) => {
          url = fileUrl;
          return fileUrl;
        })
        .catch((error: unknown) => {
          sending = null;
          throw error;
        })
        .finally(() => onProgress(null));
      return sending;
    },
  };
}

/** Of audio that the engine can reach already. */
export function existingUpload(url: string): Upload {
  return { url, ensure: async () => url };
}

async function send(file: File, onProgress: (sent: number) => void): Promise<string> {
  onProgress(0);
  const input = {
    fileName: safeName(file.name),
    contentType: file.type || "application/octet-stream",
    fileSize: file.size,
  };
  const { data, error } = await client.mutation(StudioUploadDocument, { input });
  if (error !== undefined) throw new Error(describeError(error));
  const { upload, userErrors = [] } = data?.createAudioUpload ?? {};
  if (!upload) throw new Error(userErrors.map(({ message }) => message).join(" "));
  // fetch tells nothing of how much it has sent.
  await new Promise<void>((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => (request.status < 300 ? resolve() : reject(new Error(describeRefusal(request.status))));
    request.onerror = () => reject(new Error("The upload broke off. Nothing else was lost: try again."));
    request.open(upload.method, reachableUrl(upload.uploadUrl));
    for (const { name, value } of upload.headers) request.setRequestHeader(name, value);
    request.send(file);
  });
  return upload.fileUrl;
}

function describeRefusal(status: number): string {
  if (status === 507) return "There is no room left where recordings are stored (507). Have some made, then try again.";
  return `The storage refused the file (${status}). Try again, or choose another file.`;
}

/** Names with slashes or control characters are refused, and pasted files may have none. */
function safeName(name: string): string {
  return name.replace(/[/\\\p{Cc}]/gu, "_").slice(-200) || "audio";
}
