import cancelInpaint from "../../../src/operations/cancel-inpaint.graphql?raw";
import createAudioUpload from "../../../src/operations/create-audio-upload.graphql?raw";
import fragments from "../../../src/operations/fragments.graphql?raw";
import inpaintAudio from "../../../src/operations/inpaint-audio.graphql?raw";
import inpaintJobs from "../../../src/operations/inpaint-jobs.graphql?raw";
import inpaintProgress from "../../../src/operations/inpaint-progress.graphql?raw";

interface Tab {
  readonly query: string;
  readonly variables: string;
}

/** What the API is for, ready to run: the operations our own clients use, with variables to fill in. */
export const DEFAULT_TABS: readonly Tab[] = [
  tab(createAudioUpload, { input: { fileName: "take.wav", contentType: "audio/wav", fileSize: 1_000_000 } }),
  tab(inpaintAudio, {
    input: { prompt: "mellow electric piano, 112 bpm", audioUrl: "<fileUrl of an upload>", maskStart: 10, maskEnd: 16 },
    options: { idempotencyKey: "my-first-run" },
  }),
  tab(inpaintProgress, { jobId: "<a job's id>" }),
  tab(inpaintJobs, { first: 10 }),
  tab(cancelInpaint, { id: "<a job's id>" }),
];

function tab(operation: string, variables: object) {
  return { query: withFragments(operation), variables: JSON.stringify(variables, null, 2) };
}

/** Just the fragments the operation uses, at whatever depth: unused ones are an error. */
function withFragments(operation: string): string {
  const all = fragments.split(/\n(?=fragment )/);
  const nameOf = (fragment: string) => /^fragment (\w+)/.exec(fragment)?.[1] ?? "";
  const used = new Map<string, string>();
  const collect = (text: string) => {
    for (const [, name = ""] of text.matchAll(/\.\.\.(\w+)/g)) {
      const fragment = all.find((one) => nameOf(one) === name);
      if (fragment === undefined || used.has(name)) continue;
      used.set(name, fragment.trim());
      collect(fragment);
    }
  };
  collect(operation);
  return [operation.trim(), ...used.values()].join("\n\n");
}
