import { HistoryRow } from "./history-row";
import type { History } from "./use-history";

interface Props {
  readonly history: History;
  /** The prompt of a run that is on its way to the server; null: none is. */
  readonly pending: string | null;
  readonly openId: string | null;
  readonly onOpen: (jobId: string) => void;
}

export function HistoryList({ history, pending, openId, onOpen }: Props) {
  const { nodes, hasMore, problem, more } = history;
  return (
    <section className="history" aria-labelledby="history-title">
      <h2 id="history-title">History</h2>
      {problem !== null && <p className="hint">The list can't be refreshed now. {problem}</p>}
      {nodes.length === 0 && pending === null && problem === null && (
        <p className="hint">Runs appear here, newest first.</p>
      )}
      <ol>
        {pending !== null && (
          <li className="run pending">
            <span className="run-state">◷ Submitting…</span> <span className="run-prompt">{pending}</span>
          </li>
        )}
        {nodes.map((node) => (
          <HistoryRow key={node.id} job={node} isOpen={node.id === openId} onOpen={onOpen} />
        ))}
      </ol>
      {hasMore && (
        <button type="button" onClick={more}>
          Show more
        </button>
      )}
    </section>
  );
}
