import type { AudioUpload } from "../schema/audio-upload.js";
import type { AudioUpload as UploadTicket } from "../services/services.js";
import { presentDate } from "./present-date.js";

export function presentUpload(upload: UploadTicket): AudioUpload {
  return {
    uploadUrl: upload.uploadUrl,
    method: upload.method,
    headers: upload.headers,
    fileUrl: upload.fileUrl,
    expiresAt: presentDate(upload.expiresAt),
  };
}
