/** The calls of fal's HTTP interface, as their routes name themselves. */
export const CALL_KINDS = [
  "submit",
  "status",
  "stream",
  "result",
  "cancel",
  "history",
  "initiate",
  "upload",
  "file",
  "jwks",
] as const;

export type CallKind = (typeof CALL_KINDS)[number];

declare module "fastify" {
  interface FastifyContextConfig {
    call?: CallKind;
  }
}
