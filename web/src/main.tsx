import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Studio } from "./studio";
import "./style/base.css";
import "./style/studio.css";

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <Studio />
  </StrictMode>,
);
