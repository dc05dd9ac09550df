import { startPostgres } from '@raptorflow/rig';
import { describeOnPostgres } from '@raptorflow/runtime/testing';
import { describe } from 'vitest';
import { auditedRunsSuite } from '../src/runs/contract-suite/audited-runs.ts';
import { crashSuite } from '../src/runs/contract-suite/crash.ts';
import { leasedRunsSuite } from '../src/runs/contract-suite/leased-runs.ts';
import { replaySuite } from '../src/runs/contract-suite/replay.ts';
import { requestRunsSuite } from '../src/runs/contract-suite/request-runs.ts';
import { runsSuite } from '../src/runs/contract-suite/runs.ts';
import { runStatisticsSuite } from '../src/runs/contract-suite/statistics.ts';

describeOnPostgres('runs and their journals', startPostgres, (open) => {
  describe('runs', () => {
    runsSuite(open);
  });
  describe('the journal of a run', () => {
    replaySuite(open);
  });
  describe('runs after a crash', () => {
    crashSuite(open);
  });
  describe('figures over runs', () => {
    runStatisticsSuite(open);
  });
  describe('the runs of a request', () => {
    requestRunsSuite(open);
  });
  describe('leased runs', () => {
    leasedRunsSuite(open);
  });
  describe('audited runs', () => {
    auditedRunsSuite(open);
  });
});
