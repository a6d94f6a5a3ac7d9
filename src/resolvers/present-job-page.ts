import type { InpaintJobConnection } from "../schema/inpaint-job-connection.js";
import type { JobPage } from "../services/services.js";
import { presentJob } from "./present-job.js";

/** Edges and cursors are made when they are asked for. */
export function presentJobPage({ edges, hasNextPage, hasPreviousPage, countTotal }: JobPage): InpaintJobConnection {
  const presented = edges.map((edge) => ({ edge, node: presentJob(edge.job) }));
  return {
    get edges() {
      return presented.map(({ edge, node }) => ({ cursor: edge.cursor, node }));
    },
    nodes: presented.map(({ node }) => node),
    pageInfo: {
      hasNextPage,
      hasPreviousPage,
      get startCursor() {
        return edges.at(0)?.cursor ?? null;
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null;
      },
    },
    countTotal,
  };
}
