/** Raptor Mini: whether it runs and by which file, its switch, the end of its log, and a trial of its tracing. */
import { useId } from 'react';

import { Button } from '../../components/button.tsx';
import { ErrorNotice, Notice } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import type { IconName } from '../../components/icon.tsx';
import { Dot } from '../../components/status.tsx';
import { useBoom, useFetchLogs, useRaptorStatus, useRaptorSwitch } from '../../data/host.ts';
import { useIsOperator } from '../../data/session.ts';
import { CopyButton } from './copy-button.tsx';

/** The panel. Its buttons work for the operator; others see what there is, and why they cannot. */
export function RaptorPanel() {
  const isOperator = useIsOperator();
  const status = useRaptorStatus();
  return (
    <Panel title="Raptor Mini" note="the monitor of this machine">
      <div className="space-y-3">
        {status.data ? (
          <Facts running={status.data.running} file={status.data.config_file} />
        ) : status.isPending ? (
          <p className="text-muted">Asking how it is …</p>
        ) : null}
        {status.error ? (
          <ErrorNotice
            label="Failed to fetch status"
            error={status.error}
            retry={() => void status.refetch()}
          />
        ) : null}
        {isOperator ? <Controls running={status.data?.running} /> : <LockedControls />}
      </div>
    </Panel>
  );
}

function Facts({ running, file }: { readonly running: boolean; readonly file: string | null }) {
  return (
    <div className="flex flex-wrap items-center gap-x-6 gap-y-1">
      <span role="status" className="inline-flex items-center gap-2 font-medium">
        <Dot tone={running ? 'ok' : 'none'} />
        {`Running: ${running ? 'Yes' : 'No'}`}
      </span>
      <span className="min-w-0 break-all text-muted">{`Config: ${file ?? 'default'}`}</span>
    </div>
  );
}

function Controls({ running }: { readonly running: boolean | undefined }) {
  const start = useRaptorSwitch('start');
  const stop = useRaptorSwitch('stop');
  const logs = useFetchLogs();
  const boom = useBoom();
  // What failed before says nothing about what is tried now.
  const afresh = (act: () => void) => () => {
    for (const one of [start, stop, logs, boom]) one.reset();
    act();
  };
  return (
    <>
      <div className="flex flex-wrap gap-2">
        <Button
          icon="play"
          busy={start.isPending}
          disabled={running !== false}
          onClick={afresh(() => start.mutate())}
        >
          Start
        </Button>
        <Button
          icon="stop"
          busy={stop.isPending}
          disabled={running !== true}
          onClick={afresh(() => stop.mutate())}
        >
          Stop
        </Button>
        <Button icon="document" busy={logs.isPending} onClick={afresh(() => logs.mutate())}>
          Fetch Logs
        </Button>
        <Button
          icon="warning"
          busy={boom.isPending}
          onClick={afresh(() => boom.mutate(undefined, { onSuccess: () => logs.mutate() }))}
        >
          Trigger Boom
        </Button>
      </div>
      {start.error ? <ErrorNotice label="Failed to start raptor" error={start.error} /> : null}
      {stop.error ? <ErrorNotice label="Failed to stop raptor" error={stop.error} /> : null}
      {boom.error ? <ErrorNotice label="Demo failed" error={boom.error} /> : null}
      {boom.data ? (
        <Notice tone={boom.data.traced ? 'ok' : 'warn'}>
          {boom.data.traced
            ? 'A real error was raised and traced; it is at the end of the log below.'
            : 'A real error was raised, but exception tracing is switched off: set trace_exceptions = true under [features].'}
        </Notice>
      ) : null}
      {logs.error ? <ErrorNotice label="Failed to fetch logs" error={logs.error} /> : null}
      {logs.data ? <LogTail text={logs.data.log_tail} /> : null}
    </>
  );
}

const locked: readonly (readonly [IconName, string])[] = [
  ['play', 'Start'],
  ['stop', 'Stop'],
  ['document', 'Fetch Logs'],
  ['warning', 'Trigger Boom'],
];

function LockedControls() {
  const reason = useId();
  return (
    <>
      <div className="flex flex-wrap gap-2">
        {locked.map(([icon, label]) => (
          <Button key={label} icon={icon} disabled aria-describedby={reason}>
            {label}
          </Button>
        ))}
      </div>
      <p id={reason} className="text-xs text-muted">
        Only the operator of this installation can start and stop the monitor and read its log.
      </p>
    </>
  );
}

// The newest lines are what was asked for.
function showEnd(frame: HTMLElement | null): void {
  if (frame) frame.scrollTop = frame.scrollHeight;
}

function LogTail({ text }: { readonly text: string }) {
  return (
    <section aria-label="Log Tail">
      <div className="mb-1.5 flex items-center justify-between gap-4">
        <h3 className="font-medium">Log Tail</h3>
        <CopyButton label="Copy logs" text={() => text} disabled={text === ''} />
      </div>
      {text === '' ? (
        <p className="text-muted">
          The log is empty so far. Start Raptor Mini, and it writes a line a second.
        </p>
      ) : (
        <pre
          key={text}
          ref={showEnd}
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard.
          tabIndex={0}
          className="max-h-72 overflow-auto rounded-md border border-line bg-sunken p-3 text-xs leading-5 break-words whitespace-pre-wrap"
        >
          {text}
        </pre>
      )}
    </section>
  );
}
