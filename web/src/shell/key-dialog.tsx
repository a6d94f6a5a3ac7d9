import { type FormEvent, useEffect, useRef } from "react";
import { keepKey } from "../api/credential";

/** Asks who is there, for servers that tell callers apart. */
export function KeyDialog({ onKey }: { readonly onKey: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    keepKey(String(new FormData(event.currentTarget).get("key")).trim());
    onKey();
  };
  return (
    <dialog ref={dialog} aria-labelledby="key-title" onCancel={(event) => event.preventDefault()}>
      <h2 id="key-title">Your key, please</h2>
      <form onSubmit={submit}>
        <label>
          API key <input name="key" type="password" autoComplete="off" required />
        </label>
        <p className="hint">This server serves those who have a key. It stays in this tab and goes with it.</p>
        <button type="submit" className="primary">
          Continue
        </button>
      </form>
    </dialog>
  );
}
