import { useState } from "react";
import { HistorySheet } from "./history/history-sheet";
import { isFinished } from "./run/job-view";
import { LogTail } from "./run/log-tail";
import { ResultPanel } from "./run/result-panel";
import { ResultToast } from "./run/result-toast";
import { RunForm } from "./run/run-form";
import { RunStatus } from "./run/run-status";
import { EngineNote, Header } from "./shell/header";
import { HelpDialog } from "./shell/help-dialog";
import { KeyDialog } from "./shell/key-dialog";
import { useKeyboard } from "./shell/keyboard";
import { SourcePanel } from "./source/source-panel";
import { SUGGESTIONS, useStudio } from "./use-studio";
import { Workbench } from "./workbench";

export function Studio() {
  const studio = useStudio();
  const { player, service, job, jobId, settings, sourceState, resultState, submission, history, isReadOnly } = studio;
  const { view } = job;
  const { source } = sourceState;
  const [isHelpOpen, setIsHelpOpen] = useState(false);

  useKeyboard((action) => {
    if (action === "help") setIsHelpOpen(true);
    return action === "help";
  });

  /** Its recording can't be had, and won't come: there is the result alone. */
  const hasResultAlone = studio.original === null && !sourceState.isReading;
  const noteInPlaceOfResult = () => {
    if (view === null) return null;
    if (view.status !== "COMPLETED") return isFinished(view.status) ? "No result." : "The result appears here.";
    if (hasResultAlone)
      return "The open run was made from another recording, which can't be shown. Its result is below.";
    return resultState.problem ?? "Loading the result…";
  };

  return (
    <>
      <Header service={service} onHelp={() => setIsHelpOpen(true)} />
      {!job.isConnected && (
        <p className="banner" role="status">
          Reconnecting… The job goes on meanwhile; nothing is lost.
        </p>
      )}
      <main>
        {studio.needsKey && isReadOnly && (
          <p className="problem" role="alert">
            This link has expired, or was not copied whole. Ask for a new one.
          </p>
        )}
        {job.refusal !== null && (
          <p className="problem" role="alert">
            {job.refusal} <a href="/">Start anew</a>
          </p>
        )}
        {isReadOnly ? (
          <p className="hint">You are watching one shared run. Nothing here can be changed.</p>
        ) : (
          <>
            <EngineNote service={service} />
            <SourcePanel
              state={sourceState}
              onFiles={studio.openFiles}
              onExample={studio.openExample}
              onUndo={studio.undo}
              onUploadAgain={studio.uploadAgain}
            />
          </>
        )}
        {source !== null && (
          <Workbench
            key={source.name + source.clip.buffer.length}
            source={source}
            result={resultState.result}
            replaced={{ start: view?.input.maskStart ?? 0, end: view?.input.maskEnd ?? 0 }}
            resultNote={noteInPlaceOfResult()}
            settings={settings}
            player={player}
            gainDecibels={resultState.result?.comparison?.gainDecibels ?? null}
            isReadOnly={isReadOnly}
            onMask={(mask) => studio.change({ mask })}
            onGenerate={studio.generate}
            onAgain={studio.again}
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
              onChange={studio.change}
              onMask={(mask) => studio.change({ mask })}
              onGenerate={studio.generate}
            />
          )}
          <div className="side">
            {view !== null && (
              <div className="run-panel">
                <RunStatus view={view} isReadOnly={isReadOnly} onRetry={studio.again} />
                <ResultPanel
                  view={view}
                  state={resultState}
                  originalName={hasResultAlone ? null : (source?.name ?? "recording")}
                  isReadOnly={isReadOnly}
                  onListen={studio.listen}
                  onNewSeed={studio.again}
                  onUseAsSource={studio.useResultAsSource}
                />
                <LogTail view={view} />
              </div>
            )}
            {!isReadOnly && (
              <HistorySheet history={history} pending={submission.pending} openId={jobId} onOpen={studio.openJob} />
            )}
          </div>
        </div>
      </main>
      <ResultToast view={view} result={resultState.result} player={player} onListen={studio.listen} />
      {isHelpOpen && <HelpDialog onClose={() => setIsHelpOpen(false)} />}
      {studio.needsKey && !isReadOnly && <KeyDialog wasRefused={studio.wasRefused} onKey={studio.giveKey} />}
    </>
  );
}
