import { useCallback, useEffect, useState } from "react";
import { onUnauthenticated } from "./api/client";
import { watchToken } from "./api/credential";
import { useHistory } from "./history/use-history";
import { middleThird } from "./mask/mask";
import { AbPlayer } from "./player/ab-player";
import { lastPrompt } from "./run/draft";
import { INITIAL_SETTINGS, type Settings, settingsOf, toInput } from "./run/settings";
import { useJob } from "./run/use-job";
import { useRestoredWork } from "./run/use-restored-work";
import { useResult } from "./run/use-result";
import { useSubmit } from "./run/use-submit";
import { useJobPath } from "./shell/use-job-path";
import { useService } from "./shell/use-service";
import { EXAMPLES } from "./source/examples";
import type { Source, SourceLimits } from "./source/source";
import { existingUpload } from "./source/upload";
import { useSource } from "./source/use-source";

const LOCAL_LIMITS: SourceLimits = { minSeconds: 2, maxSeconds: 190, formats: /\.(wav|mp3|flac|ogg|oga|opus)$/i };
const FAL_LIMITS: SourceLimits = { minSeconds: 6, maxSeconds: 190, formats: null };
export const SUGGESTIONS: readonly string[] = EXAMPLES.map(({ prompt }) => prompt);

/** Everything the Studio knows, and what a person can have it do. */
export function useStudio() {
  const [player] = useState(() => new AbPlayer());
  const [jobId, goTo] = useJobPath();
  const [attempt, setAttempt] = useState(0);
  const [needsKey, setNeedsKey] = useState(false);
  const [settings, setSettings] = useState<Settings>(() => ({ ...INITIAL_SETTINGS, prompt: lastPrompt() }));
  const job = useJob(jobId, attempt);
  const { view } = job;
  const service = useService(attempt, job.isConnected, view?.status === "IN_QUEUE");
  const [sourceState, sources] = useSource(service?.engine === "FAL" ? FAL_LIMITS : LOCAL_LIMITS);
  const { source } = sourceState;
  /** The recording the open run was made from, when the page has it. */
  const original = source !== null && source.upload.url === view?.input.audioUrl ? source : null;
  const resultState = useResult(view, original?.clip.buffer ?? null);
  const submission = useSubmit();
  const isReadOnly = watchToken !== null;
  const history = useHistory(!isReadOnly);

  useEffect(() => onUnauthenticated(() => setNeedsKey(true)), []);

  const buffer = source?.clip.buffer ?? null;
  useEffect(() => player.setOriginal(buffer), [player, buffer]);
  const { result } = resultState;
  useEffect(() => {
    const { lagSeconds = 0, gainDecibels = 0 } = result?.comparison ?? {};
    player.setResult(result === null ? null : { buffer: result.clip.buffer, lagSeconds, gainDecibels });
  }, [player, result]);

  const change = useCallback((part: Partial<Settings>) => setSettings((before) => ({ ...before, ...part })), []);

  const { noteSubmitted, noteStartedAnew } = useRestoredWork({
    jobId,
    view,
    settings,
    setSettings,
    sourceState,
    sources,
    isReadOnly,
  });

  const status = view?.status;
  const { refresh } = history;
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the open run takes a step, its row does.
  useEffect(refresh, [status, refresh, attempt]);

  const submitted = (id: string | null) => {
    if (id === null) return;
    noteSubmitted(id);
    goTo(id);
    refresh();
  };

  /** Another recording is there: what belongs to the one before goes. */
  const begin = (opened: Source | null, prompt?: string) => {
    if (opened === null) return;
    noteStartedAnew();
    if (jobId !== null) goTo(null);
    change({
      mask: middleThird(opened.clip.buffer.duration),
      length: "",
      ...(prompt !== undefined && isReplaceable(settings.prompt) ? { prompt } : {}),
    });
  };

  return {
    player,
    service,
    job,
    jobId,
    original,
    settings,
    sourceState,
    resultState,
    submission,
    history,
    isReadOnly,
    needsKey,
    /** Another key was tried before. */
    wasRefused: attempt > 0,
    change,
    openJob: goTo,
    openFiles: async (files: readonly File[]) => begin(await sources.openFiles(files)),
    openExample: async ({ name, url, prompt }: (typeof EXAMPLES)[number]) =>
      begin(await sources.openExample(name, url), prompt),
    undo: () => begin(sources.undo()),
    uploadAgain: sources.uploadAgain,

    async generate() {
      if (source === null) return;
      if (settings.prompt.trim() === "") {
        document.getElementById("prompt")?.focus();
        return;
      }
      submitted(await submission.submit(settings.prompt, async () => toInput(settings, await source.upload.ensure())));
    },

    async again() {
      if (view === null) return;
      const { input } = view;
      submitted(await submission.submit(input.prompt, async () => toInput(settingsOf(input), input.audioUrl)));
    },

    useResultAsSource() {
      const url = view?.job.output?.audio.url;
      if (result === null || source === null || url === undefined) return;
      const name = `${source.name.replace(/\.\w{1,5}$/, "").replace(/ \(result\)$/, "")} (result).wav`;
      const { clip, bytes } = result;
      const upload = existingUpload(url);
      const next = { name, clip, sampleRate: null, sizeBytes: bytes.size, isConverted: false, upload };
      sources.replace(next);
      begin(next);
    },

    listen() {
      // Which of the two it is would be told.
      if (!player.state().isBlind) player.hear("B");
      player.seek(Math.max(0, (view?.input.maskStart ?? 0) - 2));
      player.play();
    },

    giveKey() {
      setNeedsKey(false);
      setAttempt(attempt + 1);
    },
  };
}

/** Whether nobody typed it. */
function isReplaceable(prompt: string): boolean {
  return prompt.trim() === "" || SUGGESTIONS.includes(prompt);
}
