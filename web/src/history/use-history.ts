import { useCallback, useEffect, useRef, useState } from "react";
import { client } from "../api/client";
import { describeError } from "../api/describe-error";
import { readFragment } from "../gql";
import { JobStateFragmentDoc, StudioHistoryDocument, type StudioHistoryQuery } from "../gql/graphql";
import { isFinished } from "../run/job-view";

type Node = StudioHistoryQuery["inpaintJobs"]["nodes"][number];

export interface History {
  readonly nodes: readonly Node[];
  readonly hasMore: boolean;
  readonly problem: string | null;
  more(): void;
  refresh(): void;
}

const PAGE = 10;
/** How often runs that this page doesn't follow are looked at, and how often whether there are any new ones. */
const LOOK_EVERY_MS = 4_000;
const LOOK_IDLY_EVERY_MS = 15_000;

/** The caller's runs, newest first, none for who may not list them. Looked at again when the page is come back to and now and then, more often while any is unfinished. */
export function useHistory(isAllowed: boolean): History {
  const [nodes, setNodes] = useState<readonly Node[]>([]);
  const [endCursor, setEndCursor] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const count = useRef(PAGE);

  const read = useCallback(async (first: number, after: string | null) => {
    const { data, error } = await client.query(StudioHistoryDocument, { first, after });
    setProblem(error === undefined ? null : describeError(error));
    if (!data) return;
    const page = data.inpaintJobs;
    setNodes((before) => (after === null ? page.nodes : [...before, ...page.nodes]));
    setEndCursor(page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null);
  }, []);

  const refresh = useCallback(() => {
    if (isAllowed) void read(Math.min(count.current, 100), null);
  }, [read, isAllowed]);

  const hasUnfinished = nodes.some((node) => !isFinished(readFragment(JobStateFragmentDoc, node).status));
  useEffect(() => {
    refresh();
    addEventListener("focus", refresh);
    addEventListener("online", refresh);
    return () => {
      removeEventListener("focus", refresh);
      removeEventListener("online", refresh);
    };
  }, [refresh]);
  useEffect(() => {
    const looking = setInterval(
      () => navigator.onLine && document.visibilityState === "visible" && refresh(),
      hasUnfinished ? LOOK_EVERY_MS : LOOK_IDLY_EVERY_MS,
    );
    return () => clearInterval(looking);
  }, [hasUnfinished, refresh]);

  return {
    nodes,
    hasMore: endCursor !== null,
    problem,
    more: () => {
      count.current += PAGE;
      void read(PAGE, endCursor);
    },
    refresh,
  };
}
