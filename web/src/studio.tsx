import { useCallback, useEffect, useMemo, useState } from "react";
import { onUnauthenticated } from "./api/client";
import { watchToken } from "./api/credential";
import { HistorySheet } from "./history/history-sheet";
import { useHistory } from "./history/use-history";
import { middleThird } from "./mask/mask";
import { AbPlayer } from "./player/ab-player";
import { lastPrompt } from "./run/draft";
import { isFinished } from "./run/job-view";
import { LogTail } from "./run/log-tail";
import { ResultPanel } from "./run/result-panel";
import { ResultToast } from "./run/result-toast";
import { RunForm } from "./run/run-form";
import { RunStatus } from "./run/run-status";
import { INITIAL_SETTINGS, type Settings, settingsOf, toInput } from "./run/settings";
import { useJob } from "./run/use-job";
import { useRestoredWork } from "./run/use-restored-work";
import { useResult } from "./run/use-result";
import { useSubmit } from "./run/use-submit";
import { EngineNote, Header } from "./shell/header";
import { HelpDialog } from "./shell/help-dialog";
import { KeyDialog } from "./shell/key-dialog";
import { useKeyboard } from "./shell/keyboard";
import { useJobPath } from "./shell/use-job-path";
import { useService } from "./shell/use-service";
import { EXAMPLES } from "./source/examples";
import type { Source, SourceLimits } from "./source/source";
import { SourcePanel } from "./source/source-panel";
import { existingUpload } from "./source/upload";
import { useSource } from "./source/use-source";
import { Workbench } from "./workbench";

const LOCAL_LIMITS: SourceLimits = { minSeconds: 2, maxSeconds: 190, formats: /\.(wav|mp3|flac|ogg|oga|opus)$/i };
const FAL_LIMITS: SourceLimits = { minSeconds: 6, maxSeconds: 190, formats: null };
const SUGGESTIONS = EXAMPLES.map(({ prompt }) => prompt);

export function Studio() {
  const [player] = useState(() => new AbPlayer());
  const [jobId, goTo] = useJobPath();
  const [attempt, setAttempt] = useState(0);
  const [needsKey, setNeedsKey] = useState(false);
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const [settings, setSettings] = useState<Settings>(() => ({ ...INITIAL_SETTINGS, prompt: lastPrompt() }));
  const job = useJob(jobId, attempt);
  const { view } = job;
  const service = useService(attempt, job.isConnected, view?.status === "IN_QUEUE");
  const [sourceState, sources] = useSource(service?.engine === "FAL" ? FAL_LIMITS : LOCAL_LIMITS);
  const { source } = sourceState;
  const resultState = useResult(
    view,
    source !== null && source.upload.url === view?.input.audioUrl ? source.clip.buffer : null,
  );
  const submission = useSubmit();
  const isReadOnly = watchToken !== null;
  const history = useHistory(!isReadOnly);

  useEffect(() => onUnauthenticated(() => setNeedsKey(true)), []);

  useKeyboard((action) => {
    if (action === "help") setIsHelpOpen(true);
    return action === "help";
  });

  const buffer = source?.clip.buffer ?? null;
  useEffect(() => player.setOriginal(buffer), [player, buffer]);
  useEffect(() => {
    const { result } = resultState;
    player.setResult(
      result === null
        ? null
        : {
            buffer: result.clip.buffer,
            lagSeconds: result.comparison?.lagSeconds ?? 0,
            gainDecibels: result.comparison?.gainDecibels ?? 0,
          },
    );
  }, [player, resultState]);

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

  const submitted = (id: string | null) => {
    if (id === null) return;
    noteSubmitted(id);
    goTo(id);
    refresh();
  };

  const generate = async () => {
    if (source === null) return;
    if (settings.prompt.trim() === "") {
      document.getElementById("prompt")?.focus();
      return;
    }
    submitted(await submission.submit(settings.prompt, async () => toInput(settings, await source.upload.ensure())));
  };

  const again = async () => {
    if (view === null) return;
    const { input } = view;
    submitted(await submission.submit(input.prompt, async () => toInput(settingsOf(input), input.audioUrl)));
  };

  const useResultAsSource = () => {
    const { result } = resultState;
    const url = view?.job.output?.audio.url;
    if (result === null || source === null || url === undefined) return;
    const name = `${source.name.replace(/\.\w{1,5}$/, "").replace(/ \(result\)$/, "")} (result).wav`;
    const { clip, bytes } = result;
    const next = { name, clip, sampleRate: null, sizeBytes: bytes.size, upload: existingUpload(url) };
    sources.replace(next);
    begin(next);
  };

  const listen = () => {
    player.hear("B");
    player.seek(Math.max(0, (view?.input.maskStart ?? 0) - 2));
    player.play();
  };

  const gainDecibels = resultState.result?.comparison?.gainDecibels ?? null;
  const resultNote = useMemo(() => {
    if (view === null) return null;
    if (view.status === "COMPLETED") return resultState.problem ?? "Loading the result…";
    return isFinished(view.status) ? "No result." : "The result appears here.";
  }, [view, resultState.problem]);

  return (
    <>
      <Header service={service} onHelp={() => setIsHelpOpen(true)} />
      {!job.isConnected && (
        <p className="banner" role="status">
          Reconnecting… The job goes on meanwhile; nothing is lost.
        </p>
      )}
      <main>
        {isReadOnly ? (
          <p className="hint">You are watching one shared run. Nothing here can be changed.</p>
        ) : (
          <>
            <EngineNote service={service} />
            <SourcePanel
              state={sourceState}
              onFile={async (file) => begin(await sources.openFile(file))}
              onExample={async ({ name, url, prompt }) => begin(await sources.openExample(name, url), prompt)}
              onUndo={() => begin(sources.undo())}
              onUploadAgain={sources.uploadAgain}
            />
          </>
        )}
        {needsKey && isReadOnly && (
          <p className="problem" role="alert">
            This link has expired, or was not copied whole. Ask for a new one.
          </p>
        )}
        {job.refusal !== null && (
          <p className="problem" role="alert">
            {job.refusal} <a href="/">Start anew</a>
          </p>
        )}
        {source !== null && (
          <Workbench
            key={source.name + source.clip.buffer.length}
            source={source}
            result={resultState.result}
            replaced={{ start: view?.input.maskStart ?? 0, end: view?.input.maskEnd ?? 0 }}
            resultNote={resultNote}
            settings={settings}
            player={player}
            gainDecibels={gainDecibels}
            isReadOnly={isReadOnly}
            onMask={(mask) => change({ mask })}
            onGenerate={generate}
            onAgain={again}
          />
        )}
        <div className="columns">
          {source !== null && !isReadOnly && (
            <RunForm
              settings={settings}
              totalSeconds={Math.max(source.clip.buffer.duration, Number(settings.length) || 0)}
              isBusy={submission.pending !== null}
              isUploading={sourceState.uploaded !== null}
              problems={submission.problems}
              suggestions={SUGGESTIONS}
              onChange={change}
              onMask={(mask) => change({ mask })}
              onGenerate={generate}
            />
          )}
          <div className="side">
            {view !== null && (
              <>
                <RunStatus view={view} isReadOnly={isReadOnly} onRetry={again} />
                <ResultPanel
                  view={view}
                  state={resultState}
                  sourceName={source?.name ?? null}
                  isReadOnly={isReadOnly}
                  onListen={listen}
                  onNewSeed={again}
                  onUseAsSource={useResultAsSource}
                />
                <LogTail view={view} />
              </>
            )}
            {!isReadOnly && (
              <HistorySheet history={history} pending={submission.pending} openId={jobId} onOpen={goTo} />
            )}
          </div>
        </div>
      </main>
      <ResultToast view={view} result={resultState.result} player={player} onListen={listen} />
      {isHelpOpen && <HelpDialog onClose={() => setIsHelpOpen(false)} />}
      {needsKey && !isReadOnly && (
        <KeyDialog
          wasRefused={attempt > 0}
          onKey={() => {
            setNeedsKey(false);
            setAttempt(attempt + 1);
          }}
        />
      )}
    </>
  );
}

/** Whether nobody typed it. */
function isReplaceable(prompt: string): boolean {
  return prompt.trim() === "" || SUGGESTIONS.some((suggestion) => suggestion === prompt);
}
