/** A long proof: test files of the gate, with so many repetitions as take minutes or hours. */
export interface Proof {
  /** What it shows when it ends well. */
  readonly about: string;
  /** The test files that are run, from the root. */
  readonly files: readonly string[];
  /** Variables that the files read by `proofSize`, and what each is in the whole proof. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** Every long proof by its name. What a proof repeats, the gate shows with fewer rounds of the same code. */
export const proofs: Readonly<Record<string, Proof>> = {
  'alerts-crash': {
    about: 'alerts end in the same states, history and notifications after kills as without any',
    files: ['packages/raptorflow/test/alerts-crash.test.ts'],
    sizes: { ALERT_KILLS: 200 },
  },
  'audit-crash': {
    about: 'no side effect of a tool without its earlier row of audit, and every chain whole, over kills',
    files: ['packages/runtime/test/audit-crash.test.ts'],
    sizes: { AUDIT_KILLS: 250 },
  },
  'bus-chaos': {
    about:
      'nothing that a bus acknowledged is lost, whatever dies, freezes or is cut off, on SQLite and Redis',
    files: ['packages/raptorflow/test/bus-chaos.test.ts'],
    sizes: { CHAOS_SECONDS: 300 },
  },
  'bus-crash': {
    about: 'a bus on SQLite loses nothing that it acknowledged when its process is killed under load',
    files: ['packages/raptorflow/test/bus-crash.test.ts'],
    sizes: { BUS_KILLS: 200 },
  },
  'campaign-soak': {
    about: 'a server that works through campaigns for half an hour is never told of a leak',
    files: ['packages/cli/test/campaign-soak.test.ts'],
    sizes: { SOAK_MINUTES: 30 },
  },
  'cleanup-crash': {
    about: 'of processes that are killed again and again, each time of a cleanup task has one result',
    files: ['packages/raptorflow/test/cleanup-processes.test.ts'],
    sizes: { CLEANUP_KILLS: 100 },
  },
  cron: {
    about: 'cron is due as an oracle says around every change of every zone’s clock from 2025 to 2030',
    files: ['packages/raptorflow/test/schedule-dst.test.ts'],
    sizes: { CRON_ZONES: 1_000 },
  },
  'log-crash': {
    about: 'a log keeps what was flushed, in order and once, over kills, rotations and compressing',
    files: ['packages/raptorflow/test/log-crash.test.ts'],
    sizes: { LOG_KILLS: 200 },
  },
  'metrics-crash': {
    about: 'a metric history has every step that was stored before a kill, and its roll-ups add up',
    files: ['packages/raptorflow/test/metrics-history.test.ts'],
    sizes: { HISTORY_KILLS: 100 },
  },
  'money-crash': {
    about: 'the ledger is never less than the bill and never more than the cap when callers are killed',
    files: ['packages/runtime/test/ledger-crash.test.ts'],
    sizes: { LEDGER_KILLS: 40 },
  },
  'pipeline-crash': {
    about: 'a pipeline that is killed loses no item, applies none twice, and its counts add up',
    files: ['packages/raptorflow/test/pipeline-crash.test.ts'],
    sizes: { PIPELINE_KILLS: 50, PIPELINE_FAILURES: 100_000 },
  },
  'requests-crash': {
    about: 'a request with an idempotency key is carried out once at most over kills of the server',
    files: ['packages/cli/test/repeated-requests.test.ts'],
    sizes: { REPEAT_KILLS: 50 },
  },
  'resources-reaper': {
    about: 'no process of a killed owner is left after five seconds, whenever it was killed',
    files: ['packages/raptorflow/test/resources-reaper.test.ts'],
    sizes: { REAPER_KILLS: 100 },
  },
  'resources-soak': {
    about: 'a program that closes everything that it opens is never told of a leak, over an hour of scans',
    files: ['packages/raptorflow/test/resources-leaks.test.ts'],
    sizes: { HEALTHY_SCANS: 4_500 },
  },
  'rows-crash': {
    about: 'no acknowledged row and no event of it is lost in kills, on SQLite and PostgreSQL',
    files: ['packages/runtime/test/database-crash.test.ts'],
    sizes: { DATABASE_KILLS: 50 },
  },
  'runs-crash': {
    about: 'a run resumes where its journal ends and repeats no completed step, killed again and again',
    files: ['packages/runtime/test/run-crash.test.ts'],
    sizes: { RUN_KILLS: 50 },
  },
  'server-crash': {
    about: 'a campaign completes and nothing of it is done twice over kills of the server',
    files: ['packages/cli/test/server-crash.test.ts'],
    sizes: { SERVER_KILLS: 50 },
  },
  'store-crash': {
    about: 'a SQLite store keeps everything that it acknowledged over kills',
    files: ['packages/raptorflow/test/storage-crash.test.ts'],
    sizes: { STORE_KILLS: 200 },
  },
};
