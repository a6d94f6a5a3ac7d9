import { type FormEvent, useEffect, useRef } from "react";
import { keepKey } from "../api/credential";

interface Props {
  /** Another key was tried before. */
  readonly wasRefused: boolean;
  readonly onKey: () => void;
}

/** Asks who is there, for servers that tell callers apart. */
export function KeyDialog({ wasRefused, onKey }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = String(new FormData(event.currentTarget).get("key")).trim();
    // What can't stand in a header is in no key: the server is to say so.
    keepKey(typed.replace(/[^\x21-\x7e]/g, "?"));
    onKey();
  };
  return (
    <dialog ref={dialog} aria-labelledby="key-title" onCancel={(event) => event.preventDefault()}>
      <h2 id="key-title">Your key, please</h2>
      <form onSubmit={submit}>
        <label>
          API key <input name="key" type="password" autoComplete="off" required />
        </label>
        {wasRefused && (
          <p className="problem" role="alert">
            The server doesn't know this key, or doesn't know it any more. Look for typing errors, or ask for another
            one.
          </p>
        )}
        <p className="hint">This server serves those who have a key. It stays in this tab and goes with it.</p>
        <button type="submit" className="primary">
          Continue
        </button>
      </form>
    </dialog>
  );
}
