import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ErrorBoundary } from "./shell/error-boundary";
import { Studio } from "./studio";
import "./style/base.css";
import "./style/shell.css";
import "./style/source.css";
import "./style/waveform.css";
import "./style/mask.css";
import "./style/player.css";
import "./style/run.css";
import "./style/history.css";
import "./style/small-screens.css";
import "./style/forced-colours.css";

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <ErrorBoundary>
      <Studio />
    </ErrorBoundary>
  </StrictMode>,
);
