import type { Database } from '@raptorflow/runtime';
import type { Bus } from 'raptorflow/bus';
import {
  createIds,
  RaptorFlowError,
  silentLogger,
  systemClock,
  type Clock,
  type Logger,
  type Service,
} from 'raptorflow/kernel';
import type { Meter } from 'raptorflow/metrics';
import {
  busCheckpoints,
  busDeadLetters,
  createPipeline,
  type FailedItem,
  type OpenBytes,
  type Pipeline,
  type PipelineProgress,
  type RunReport,
  type Source,
} from 'raptorflow/pipeline';
import { signalOfKev } from './kev.ts';
import { signalId, type SignalDraft, type ThreatFormat } from './signal.ts';
import {
  expireSignals,
  insertSignals,
  listSignals,
  type SignalFilter,
  type SignalPage,
} from './signal-store.ts';
import { signalOfStix, skipStix } from './stix.ts';
import type { SignalTables } from './tables.ts';
import { threatSource, type ThreatItem } from './threat-source.ts';

/** A document of threat intelligence to be ingested. */
export interface ThreatIngest {
  /** Null to tell by the document's beginning. */
  readonly format: ThreatFormat | null;
  /** Opens the document; called once. */
  readonly open: OpenBytes;
  /**
   * What tells the document from every other, such as its hash, at most 50 characters: one of the same name goes on where an ingest of it was cut off, as
   * long as its checkpoint is kept. Default: none, and it is ingested from its beginning.
   */
  readonly name?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PipelineProgress) => void;
}

/** What became of the items of a document. */
export interface ThreatReport extends RunReport {
  readonly format: ThreatFormat;
}

/** Signals of workspaces. Items that fail are dead letters of the bus, in their workspace, and are stored when they are redriven. */
export interface Signals extends Service {
  /**
   * Stores every item of the document that tells of a threat as a signal, once, and deletes signals whose time is over. A document that is given again, whole
   * or in part, changes nothing; the report counts each of its items once, also those that ended before the process died. Rejects with `malformed_input` for a document that is of neither format or ends early (what came before is
   * stored), `unavailable`, `exhausted`, `cancelled`, and `conflict` while a document of the
   * same name is ingested.
   */
  ingest(workspaceId: string, document: ThreatIngest): Promise<ThreatReport>;
  /** Newest first. Throws `invalid_input` for a cursor that no page gave. */
  list(workspaceId: string, filter: SignalFilter): Promise<SignalPage>;
}

/** What signals need. */
export interface SignalsDeps {
  readonly bus: Bus;
  readonly db: Database;
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly meter?: Meter;
}

interface StoredSignal {
  readonly workspaceId: string;
  readonly draft: SignalDraft;
}

/** Builds the signals over a database and a bus. `start` begins to serve redriven dead letters. */
export function createSignals(deps: SignalsDeps): Signals {
  const clock = deps.clock ?? systemClock;
  const ids = createIds({ clock });
  const query = (workspaceId: string): ReturnType<typeof deps.db.forWorkspace<SignalTables>> =>
    deps.db.forWorkspace<SignalTables>(workspaceId);
  const pipeline: Pipeline<ThreatItem> = createPipeline<ThreatItem, StoredSignal>(
    {
      name: 'threats',
      skip: ({ format, item }) => (format === 'stix' ? skipStix(item) : null),
      convert: ({ workspace_id: workspaceId, format, item }, { key }) => {
        const id = key.slice(key.lastIndexOf('/') + 1);
        return { workspaceId, draft: format === 'stix' ? signalOfStix(item, id) : signalOfKev(item, id) };
      },
      keyOf: ({ workspace_id: workspaceId, format, item }) => `${workspaceId}/${signalId(format, item)}`,
      async store(batch) {
        // The items of one document belong to one workspace, and a redriven one comes alone.
        const [first] = batch;
        if (!first) return;
        const drafts = batch.map(({ value }) => value.draft);
        await insertSignals(query(first.value.workspaceId), first.value.workspaceId, drafts, clock.now());
      },
      // A statement of a hundred rows is a tenth of what SQLite takes, and batches follow each other on its one writer.
      batchSize: 100,
      concurrency: 2,
      deadLetters: busDeadLetters(deps.bus, { workspaceOf }),
      checkpoints: busCheckpoints(deps.bus, {}, { clock }),
      limits: { failuresMax: 10_000 },
    },
    { clock, log: deps.log ?? silentLogger, ...(deps.meter && { meter: deps.meter }) },
  );
  return {
    get state() {
      return pipeline.state;
    },
    start: () => pipeline.start(),
    stop: (options) => pipeline.stop(options),
    async ingest(workspaceId, { format, open, name, signal, onProgress }) {
      let told: ThreatFormat | undefined;
      const source = threatSource(workspaceId, format, open, (known) => {
        told = known;
      });
      const id = `${workspaceId}:${name ?? ids.next('ing')}`;
      const report = await pipeline.run(source, {
        id,
        checkpoint: name !== undefined,
        ...(signal && { signal }),
        ...(onProgress && { onProgress }),
      });
      // An ingest that had ended before anybody heard of it is not repeated, and only told of.
      if (!told) await readOver(source, signal);
      await expireSignals(query(workspaceId), clock.now());
      if (name !== undefined) await pipeline.forget(id);
      if (!told) throw new RaptorFlowError('internal', 'A document was read to its end without a format.');
      return { ...report, format: told };
    },
    list: (workspaceId, filter) => listSignals(query(workspaceId), filter, clock.now()),
  };
}

/** Reads a document to its end, so that whoever sends it is heard out. */
async function readOver(source: Source<ThreatItem>, signal = new AbortController().signal): Promise<void> {
  const readings = source.read(signal)[Symbol.asyncIterator]();
  while ((await readings.next()).done !== true);
}

/** The run's name begins with the workspace, so that an item that could not be read has one, too. */
function workspaceOf({ run }: FailedItem): string | null {
  return run.split(':')[0] ?? null;
}
