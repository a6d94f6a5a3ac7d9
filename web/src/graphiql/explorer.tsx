import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { useEffect, useState } from "react";
import { onUnauthenticated, reportUnauthenticated } from "../api/client";
import { authorization } from "../api/credential";
import { socket } from "../api/socket";
import { inThisBrowser } from "../shell/kept-values";
import { KeyDialog } from "../shell/key-dialog";
import { DEFAULT_TABS } from "./default-tabs";

const fetcher = createGraphiQLFetcher({
  url: "/graphql",
  wsClient: socket,
  fetch: async (input: RequestInfo | URL, init: RequestInit = {}) => {
    // One that was typed among the headers comes first.
    const headers = new Headers(init.headers);
    const value = authorization();
    if (value !== null && !headers.has("authorization")) headers.set("authorization", value);
    const response = await fetch(input, { ...init, headers });
    if (response.status === 401) reportUnauthenticated();
    return response;
  },
});

/** GraphiQL with our operations, as whoever this tab speaks as. */
export function Explorer() {
  const [needsKey, setNeedsKey] = useState(false);
  useEffect(() => onUnauthenticated(() => setNeedsKey(true)), []);
  return (
    <>
      <GraphiQL
        fetcher={fetcher}
        defaultTabs={[...DEFAULT_TABS]}
        // Those of the first tab are not taken from there. Later visits have their own.
        initialVariables={inThisBrowser.get("graphiql:tabState") === null ? DEFAULT_TABS[0]?.variables : undefined}
        defaultEditorToolsVisibility="variables"
      />
      {needsKey && <KeyDialog wasRefused={authorization() !== null} onKey={() => location.reload()} />}
    </>
  );
}
