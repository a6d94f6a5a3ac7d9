import { z } from "zod";

export interface EngineEnvironment {
  host: string;
  port: number;
  dataDir: string;
  /** undefined: the engine's own URL. */
  publicUrl: string | undefined;
  /** Whether the fault switches answer. */
  control: boolean;
}

/** What the engine reads from the environment when it runs alone. Set but empty means the default. */
const schema = z.object({
  /** Where to listen. It asks nobody for a key: keep it on loopback or behind something that does. */
  HOST: z.string().default("127.0.0.1"),
  /** 0: any free port, printed at the start. */
  PORT: z.coerce.number("a whole number from 0 to 65535").int().min(0).max(65_535).default(4_100),
  /** Requests and files; not the folder of a server that embeds an engine. */
  DATA_DIR: z.string().default(".data/engine-alone"),
  /** How clients reach this server; the URLs of requests, uploads and files are made on it. */
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: "an http or https URL" }).optional(),
  /** 1: the fault switches answer (queue-server/faults/README.md). */
  ENGINE_CONTROL: z.enum(["0", "1"], "0 or 1").default("0"),
});

/** @throws an Error that names every faulty variable at once. */
export function readEngineEnvironment(environment: NodeJS.ProcessEnv): EngineEnvironment {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `  ${path.join(".")}: ${message}`);
    throw new Error(`The environment is not usable:\n${faults.join("\n")}`);
  }
  const { HOST, PORT, DATA_DIR, PUBLIC_URL, ENGINE_CONTROL } = parsed.data;
  return { host: HOST, port: PORT, dataDir: DATA_DIR, publicUrl: PUBLIC_URL, control: ENGINE_CONTROL === "1" };
}
