import { reachableUrl } from "../api/reachable-url";
import { SourceProblem } from "./source";

/** Rejects with SourceProblem when this page can't have it. */
export async function fetchAudio(url: string): Promise<ArrayBuffer> {
  if (!/^https?:/.test(url)) {
    throw new SourceProblem("The original was sent inside the request and is not kept: it can't be shown here.");
  }
  const response = await fetch(reachableUrl(url)).catch(() => null);
  if (response?.ok) return response.arrayBuffer();
  throw new SourceProblem(
    response === null
      ? `The audio at ${new URL(url).host} can't be reached from this page.`
      : `The audio is not there any more (${response.status}).`,
  );
}
