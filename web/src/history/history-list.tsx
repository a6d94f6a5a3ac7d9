import { HistoryRow } from "./history-row";
import type { History } from "./use-history";

interface Props {
  readonly history: History;
  readonly openId: string | null;
  readonly onOpen: (jobId: string) => void;
}

export function HistoryList({ history, openId, onOpen }: Props) {
  const { nodes, hasMore, problem, more } = history;
  return (
    <section className="history" aria-labelledby="history-title">
      <h2 id="history-title">History</h2>
      {problem !== null && <p className="hint">The list can't be refreshed now. {problem}</p>}
      {nodes.length === 0 && problem === null && <p className="hint">Runs appear here, newest first.</p>}
      <ol>
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
