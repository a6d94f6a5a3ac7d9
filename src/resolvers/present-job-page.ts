import type { InpaintJobConnection } from "../schema/inpaint-job-connection.js";
import type { JobPage } from "../services/services.js";
import { presentJob } from "./present-job.js";

export function presentJobPage(page: JobPage): InpaintJobConnection {
  const edges = page.edges.map((edge) => ({ cursor: edge.cursor, node: presentJob(edge.job) }));
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    countTotal: page.countTotal,
  };
}
