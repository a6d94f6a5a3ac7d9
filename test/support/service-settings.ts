import type { ServiceDependencies } from "../../src/services/create-services.js";
import { OPEN_ACCESS } from "./open-access.js";

/** Settings of the services that no test waits on. */
export const SETTINGS: ServiceDependencies["settings"] = {
  ...OPEN_ACCESS,
  publicUrl: null,
  maxUpstreamJobs: 10,
  startTimeoutSeconds: 3_600,
  reconcileWindowSeconds: 900,
  maxDataUriBytes: 1_000,
  maxUploadBytes: 1_000,
  maxLogLines: 100,
  maxLogBytes: 100_000,
  runSeconds: 600,
  retentionDays: 30,
  preflight: false,
  archiveDir: null,
  maxArchiveBytes: 0,
};
