import { client } from "../api/client";
import { describeError } from "../api/describe-error";
import { StudioShareDocument } from "../gql/graphql";
import { copyText } from "../shell/copy-text";

const DAY_SECONDS = 86_400;

/** Makes a link that shows this one job to whoever has it, for a day, and copies it. What to tell the person. */
export async function shareJob(jobId: string): Promise<string> {
  const { data, error } = await client.mutation(StudioShareDocument, { jobId, ttlSeconds: DAY_SECONDS });
  if (error !== undefined) return describeError(error);
  const { token, userErrors = [] } = data?.createWatchToken ?? {};
  if (!token) return userErrors.map(({ message }) => message).join(" ");
  const link = `${location.origin}/jobs/${jobId}#token=${token}`;
  return (await copyText(link)) ? `Copied; good for a day: ${link}` : link;
}
