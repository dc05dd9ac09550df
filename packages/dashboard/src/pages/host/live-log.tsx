/** The monitor's log as it is written: by level and text, followed or paused. */
import { type LogStream, openLogStream, type SocketStatus } from '@raptorflow/client';
import type { LogLevel } from '@raptorflow/contract';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';

import { Button } from '../../components/button.tsx';
import { EmptyState, Notice } from '../../components/feedback.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { useScope } from '../../data/scope.ts';
import { useIsOperator } from '../../data/session.ts';
import { countOf } from '../../format/number.ts';
import { isOneOf } from '../../search.ts';
import { CopyButton } from './copy-button.tsx';
import { createLogFeed, type LogEntry, type LogFeed, textOfEntries } from './log-feed.ts';
import { LogLines } from './log-lines.tsx';

const entriesMax = 2_000;
const replayed = 500;
const toldEveryMs = 100;
/** A filter is asked for once its writer rests. */
const filterRestMs = 300;

const levels = ['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const satisfies readonly LogLevel[];

/** The page; for the operator, as the log may tell what runs on the machine. */
export function LiveLogPage() {
  if (!useIsOperator()) {
    return (
      <EmptyState icon="system" title="The log is the operator’s">
        It may tell more of the machine than this workspace’s own work. Ask the operator of this installation.
      </EmptyState>
    );
  }
  return <LiveLog />;
}

function LiveLog() {
  const { level: chosen, text = '' } = useSearch({ from: '/w/$workspaceId/host/log' });
  const level = isOneOf(levels, chosen) ? chosen : 'DEBUG';
  const feed = useMemo(() => createLogFeed(entriesMax, (flush) => setTimeout(flush, toldEveryMs)), []);
  const status = useStream(feed, level, text);
  const entries = useSyncExternalStore(feed.subscribe, feed.snapshot);
  const [paused, setPaused] = useState<readonly LogEntry[] | null>(null);
  const shown = paused ?? entries;
  const newest = paused?.at(-1)?.id ?? 0;
  const held = paused === null ? 0 : entries.filter(({ id }) => id > newest).length;
  return (
    <Panel
      flush
      title="Live log"
      note={`${countOf(shown.length, 'line')}, the last ${entriesMax.toLocaleString('en-US')} are kept here`}
      actions={
        <div className="flex w-full flex-wrap items-center gap-2 sm:w-auto">
          <Filter level={level} text={text} />
          <Button
            icon={paused === null ? 'pause' : 'play'}
            aria-pressed={paused !== null}
            onClick={() => setPaused(paused === null ? entries : null)}
          >
            {paused === null ? 'Pause' : held > 0 ? `Follow (${held} new)` : 'Follow'}
          </Button>
          <CopyButton label="Copy logs" text={() => textOfEntries(shown)} disabled={shown.length === 0} />
          <Button
            tone="quiet"
            onClick={() => {
              feed.clear();
              setPaused(null);
            }}
          >
            Clear
          </Button>
        </div>
      }
    >
      <Connection status={status} />
      {shown.length === 0 ? (
        <Nothing isFiltered={level !== 'DEBUG' || text !== ''} isOpen={status === 'open'} />
      ) : (
        <LogLines entries={shown} follows={paused === null} />
      )}
    </Panel>
  );
}

/** Follows the log into the feed; another filter begins it anew. */
function useStream(feed: LogFeed, level: LogLevel, text: string): SocketStatus {
  const [status, setStatus] = useState<SocketStatus>('connecting');
  useEffect(() => {
    feed.clear();
    const stream: LogStream = openLogStream({
      baseUrl: '',
      filter: { level, text, last: replayed },
      onReplay: feed.replay,
      onLine: feed.push,
      onDropped: feed.dropped,
      onStatus: setStatus,
    });
    const retry = () => stream.retryNow();
    globalThis.addEventListener('online', retry);
    return () => {
      globalThis.removeEventListener('online', retry);
      stream.close();
    };
  }, [feed, level, text]);
  return status;
}

function Filter({ level, text }: { readonly level: LogLevel; readonly text: string }) {
  const { workspaceId } = useScope();
  const navigate = useNavigate();
  const [written, setWritten] = useState(text);
  useEffect(() => {
    if (written === text) return undefined;
    const timer = setTimeout(() => {
      void navigate({
        to: '/w/$workspaceId/host/log',
        params: { workspaceId },
        search: (before) => ({ ...before, text: written }),
        replace: true,
        resetScroll: false,
      });
    }, filterRestMs);
    return () => clearTimeout(timer);
  }, [written, text, navigate, workspaceId]);
  return (
    <>
      <SelectField
        label="Level"
        hideLabel
        className="w-36 shrink-0"
        value={level}
        options={levels.map((one, index) => [
          one,
          index === 0 ? 'All levels' : index === levels.length - 1 ? one : `${one} and above`,
        ])}
        onChange={(event) =>
          void navigate({
            to: '/w/$workspaceId/host/log',
            params: { workspaceId },
            search: (before) => ({ ...before, level: event.target.value }),
            replace: true,
            resetScroll: false,
          })
        }
      />
      <TextField
        label="Only lines that contain"
        hideLabel
        type="search"
        placeholder="Containing …"
        className="flex-1 basis-40 sm:w-52 sm:flex-none"
        maxLength={200}
        value={written}
        onChange={(event) => setWritten(event.target.value)}
      />
    </>
  );
}

function Connection({ status }: { readonly status: SocketStatus }) {
  if (status === 'waiting') {
    return (
      <div className="border-b border-line p-3">
        <Notice tone="warn">
          The connection to the log was lost and is made again by itself; what is written meanwhile is caught
          up with.
        </Notice>
      </div>
    );
  }
  if (status === 'refused') {
    return (
      <div className="border-b border-line p-3">
        <Notice tone="bad">The server does not show you the log. Sign in again as the operator.</Notice>
      </div>
    );
  }
  return null;
}

function Nothing({ isFiltered, isOpen }: { readonly isFiltered: boolean; readonly isOpen: boolean }) {
  if (!isOpen) {
    return (
      <EmptyState icon="system" title="Waiting for the log">
        Lines appear as soon as the connection stands.
      </EmptyState>
    );
  }
  return isFiltered ? (
    <EmptyState icon="filter" title="No line matches">
      Matching lines appear as they are written. Choose a lower level, or less text, to see more.
    </EmptyState>
  ) : (
    <EmptyState icon="system" title="The log is empty so far">
      Start Raptor Mini under Machine, and it writes a line a second.
    </EmptyState>
  );
}
