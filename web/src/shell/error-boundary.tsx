import { Component, type ReactNode } from "react";

interface State {
  readonly problem: string | null;
}

/** In place of a page that broke: what happened, and the way back. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { problem: null };

  static getDerivedStateFromError(error: unknown): State {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    const { problem } = this.state;
    if (problem === null) return this.props.children;
    return (
      <main>
        <p className="problem" role="alert">
          This page broke: {problem} Your runs go on without it, and what you typed is kept.{" "}
          <button type="button" onClick={() => location.reload()}>
            Load it anew
          </button>
        </p>
      </main>
    );
  }
}
