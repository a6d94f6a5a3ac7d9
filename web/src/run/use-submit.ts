import { useRef, useState } from "react";
import { client } from "../api/client";
import { describeError, isConnectionError } from "../api/describe-error";
import { type InpaintAudioInput, StudioSubmitDocument } from "../gql/graphql";

export interface SubmitProblem {
  readonly message: string;
  /** The input field it is about; null: none. */
  readonly field: string | null;
}

export interface Submission {
  /** The prompt of what is on its way; null: nothing is. */
  readonly pending: string | null;
  readonly problems: readonly SubmitProblem[];
  /** Resolves to the job's id, or null when there is none: then `problems` say why. */
  submit(prompt: string, getInput: () => Promise<InpaintAudioInput>): Promise<string | null>;
}

/**
 * Submits what a click asks for, once: while one is on its way, further clicks are the same wish. When the answer got
 * lost, the next click with the same input repeats the submission under the same idempotency key.
 */
export function useSubmit(): Submission {
  const [pending, setPending] = useState<string | null>(null);
  const [problems, setProblems] = useState<readonly SubmitProblem[]>([]);
  const running = useRef(false);
  const unanswered = useRef<{ readonly key: string; readonly input: string } | null>(null);

  const send = async (input: InpaintAudioInput): Promise<string | null> => {
    const text = JSON.stringify(input);
    const key = unanswered.current?.input === text ? unanswered.current.key : newKey();
    unanswered.current = { key, input: text };
    const { data, error } = await client.mutation(StudioSubmitDocument, { input, options: { idempotencyKey: key } });
    if (error === undefined || !isConnectionError(error)) unanswered.current = null;
    if (error !== undefined) throw new Error(describeError(error));
    const { job, userErrors = [] } = data?.inpaintAudio ?? {};
    setProblems(userErrors.map(({ message, field }) => ({ message, field: field?.at(-1) ?? null })));
    return job?.id ?? null;
  };

  return {
    pending,
    problems,
    async submit(prompt, getInput) {
      if (running.current) return null;
      running.current = true;
      setPending(prompt);
      setProblems([]);
      try {
        return await send(await getInput());
      } catch (error) {
        setProblems([{ message: error instanceof Error ? error.message : String(error), field: null }]);
        return null;
      } finally {
        running.current = false;
        setPending(null);
      }
    },
  };
}

/** randomUUID is there on secure pages alone, and a server at home may have no certificate. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
}
