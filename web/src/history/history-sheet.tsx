import { useRef, useSyncExternalStore } from "react";
import { HistoryList } from "./history-list";

const small = matchMedia("(max-width: 480px)");

function subscribe(listener: () => void): () => void {
  small.addEventListener("change", listener);
  return () => small.removeEventListener("change", listener);
}

/** The history: beside the work, or on a small screen as a sheet over it that a button brings up. */
export function HistorySheet(props: Parameters<typeof HistoryList>[0]) {
  const isSmall = useSyncExternalStore(subscribe, () => small.matches);
  const sheet = useRef<HTMLDialogElement>(null);
  if (!isSmall) return <HistoryList {...props} />;
  const { nodes, hasMore } = props.history;
  const open = (jobId: string) => {
    sheet.current?.close();
    props.onOpen(jobId);
  };
  return (
    <>
      <button type="button" className="open-sheet" onClick={() => sheet.current?.showModal()}>
        History ({nodes.length}
        {hasMore && "+"})
      </button>
      <dialog ref={sheet} className="sheet" aria-label="History of runs">
        <button type="button" className="close" onClick={() => sheet.current?.close()}>
          Close
        </button>
        <HistoryList {...props} onOpen={open} />
      </dialog>
    </>
  );
}
