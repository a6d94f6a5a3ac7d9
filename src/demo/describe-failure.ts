/** What went wrong, in words for the terminal: the messages along the chain of causes. */
export function describeFailure(failure: unknown): string {
  // A subscription fails with the list of its GraphQL errors, or with the socket's close event.
  if (Array.isArray(failure)) return failure.map(describeFailure).join(" ");
  if (isCloseEvent(failure)) return `The server closed the connection (${failure.code} ${failure.reason}).`;
  if (!(failure instanceof Error)) return hasMessage(failure) ? failure.message : String(failure);
  return failure.cause === undefined ? failure.message : `${failure.message}: ${describeFailure(failure.cause)}`;
}

function isCloseEvent(value: unknown): value is { readonly code: number; readonly reason: string } {
  return typeof value === "object" && value !== null && "code" in value && "reason" in value;
}

function hasMessage(value: unknown): value is { readonly message: string } {
  return typeof value === "object" && value !== null && "message" in value && typeof value.message === "string";
}
