import type { StudioServiceQuery } from "../gql/graphql";
import icon from "./favicon.svg";
import { hasExplorer } from "./has-explorer";
import { type Theme, useTheme } from "./theme";

interface Props {
  readonly service: StudioServiceQuery["service"] | null;
  readonly onHelp: () => void;
}

export function Header({ service, onHelp }: Props) {
  const [theme, setTheme] = useTheme();
  return (
    <header>
      <h1>
        <a href="/">
          <img src={icon} alt="" width="26" height="26" /> Punchin Studio
        </a>
      </h1>
      <span className="engine">{service && `Engine: ${service.engine === "FAL" ? "fal" : "local"}`}</span>
      <label>
        <span className="visually-hidden">Theme</span>
        <select value={theme} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
          <option value="auto">Auto theme</option>
          <option value="light">Light</option>
          <option value="dark">Dark</option>
        </select>
      </label>
      <button type="button" onClick={onHelp} aria-keyshortcuts="?">
        Keys
      </button>
      {hasExplorer && (
        <a className="to-explorer" href="/graphiql">
          GraphiQL
        </a>
      )}
    </header>
  );
}

/** Says plainly what does the work, and why nothing is sent when that is so. */
export function EngineNote({ service }: { readonly service: StudioServiceQuery["service"] | null }) {
  if (service === null) return null;
  return (
    <>
      {service.engine === "LOCAL" && (
        <p className="hint engine-note">
          Local engine: classical signal processing that mends the span from the rest of the recording. It is no AI
          model and ignores the prompt. Start the server with <code>FAL_KEY</code> for Stable Audio 2.5.
        </p>
      )}
      {service.engineStatus === "PAUSED" && (
        <p className="problem" role="alert">
          Sending is paused; jobs are kept and sent later. {service.engineMessage}
        </p>
      )}
    </>
  );
}
