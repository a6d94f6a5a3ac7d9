import { useEffect, useRef, useState } from "react";

/** Takes what is dropped or pasted anywhere on the page. True while files are dragged over it. */
export function useDroppedFiles(onFiles: (files: readonly File[]) => void): boolean {
  const [isDragged, setIsDragged] = useState(false);
  const latest = useRef(onFiles);
  latest.current = onFiles;
  useEffect(() => {
    const listening = new AbortController();
    const { signal } = listening;
    const take = (files: FileList | undefined, event: Event) => {
      if (files === undefined || files.length === 0) return;
      event.preventDefault();
      latest.current([...files]);
    };
    const dragOver = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setIsDragged(true);
    };
    const drop = (event: DragEvent) => {
      setIsDragged(false);
      take(event.dataTransfer?.files, event);
    };
    const paste = (event: ClipboardEvent) => {
      const { target, clipboardData } = event;
      // Office programs give a picture of the text beside the text.
      const isText = target instanceof HTMLElement && target.matches("input, textarea");
      if (!isText || clipboardData?.getData("text/plain") === "") take(clipboardData?.files, event);
    };
    addEventListener("dragover", dragOver, { signal });
    addEventListener("dragleave", (event) => event.relatedTarget === null && setIsDragged(false), { signal });
    addEventListener("drop", drop, { signal });
    addEventListener("paste", paste, { signal });
    return () => listening.abort();
  }, []);
  return isDragged;
}
