import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./page.css";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import { authorization } from "../api/credential";
import { socket } from "../api/socket";
import { DEFAULT_TABS } from "./default-tabs";

const value = authorization();
const fetcher = createGraphiQLFetcher({
  url: "/graphql",
  wsClient: socket,
  ...(value && { headers: { authorization: value } }),
});

createRoot(document.getElementById("root") as HTMLElement).render(
  <GraphiQL
    fetcher={fetcher}
    defaultTabs={[...DEFAULT_TABS]}
    // Those of the first tab are not taken from there. Later visits have their own.
    initialVariables={localStorage.getItem("graphiql:tabState") === null ? DEFAULT_TABS[0]?.variables : undefined}
    defaultEditorToolsVisibility="variables"
  />,
);
