import type { CombinedError } from "urql";

/** What went wrong with a request, in words for the person who made it. */
export function describeError(error: CombinedError): string {
  const [first] = error.graphQLErrors;
  if (first !== undefined) {
    const { retryAfter } = first.extensions;
    return typeof retryAfter === "number" ? `${first.message} Try again in ${retryAfter} s.` : first.message;
  }
  const status: number | undefined = error.response?.status;
  if (status !== undefined) {
    return status >= 500
      ? `The server can't answer now (${status}). Nothing was lost: try again in a moment.`
      : `What answered is not this page's server (${status}): a proxy or a sign-in page may be in between. Nothing was lost.`;
  }
  if (!navigator.onLine) return "You are offline. Nothing was lost: try again when you are back.";
  return "The server can't be reached. Nothing was lost: try again in a moment.";
}

/** Whether asking again may help: the request may not have arrived, or its answer was lost. */
export function isConnectionError(error: CombinedError): boolean {
  return error.graphQLErrors.length === 0;
}
