import { useEffect, useState } from "react";
import { client } from "../api/client";
import { StudioServiceDocument, type StudioServiceQuery } from "../gql/graphql";

const LOOK_EVERY_MS = 3_000;

/**
 * Which engine there is and how it is, asked until it is known, whenever the connection comes back, and again while a job
 * waits: the reason may lie there. `attempt` changes to ask anew, as with another key.
 */
export function useService(attempt: number, isConnected: boolean, isWaiting: boolean) {
  const [service, setService] = useState<StudioServiceQuery["service"] | null>(null);
  const isKnown = service !== null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: with another key there is another answer.
  useEffect(() => {
    if (!isConnected) return;
    const look = async () => {
      const { data } = await client.query(StudioServiceDocument, {});
      if (data) setService(data.service);
    };
    void look();
    if (!isWaiting && isKnown) return;
    const looking = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(looking);
  }, [attempt, isConnected, isWaiting, isKnown]);
  return service;
}
