import { startPostgres } from '@raptorflow/rig';
import { describeOnBothDatabases } from '@raptorflow/runtime/testing';
import { auditedRunsSuite } from '../src/runs/contract-suite/audited-runs.ts';
import { crashSuite } from '../src/runs/contract-suite/crash.ts';
import { replaySuite } from '../src/runs/contract-suite/replay.ts';
import { requestRunsSuite } from '../src/runs/contract-suite/request-runs.ts';
import { runsSuite } from '../src/runs/contract-suite/runs.ts';
import { runStatisticsSuite } from '../src/runs/contract-suite/statistics.ts';

describeOnBothDatabases('runs', startPostgres, (open) => {
  runsSuite(open);
});

describeOnBothDatabases('the journal of a run', startPostgres, (open) => {
  replaySuite(open);
});

describeOnBothDatabases('runs after a crash', startPostgres, (open) => {
  crashSuite(open);
});

describeOnBothDatabases('figures over runs', startPostgres, (open) => {
  runStatisticsSuite(open);
});

describeOnBothDatabases('the runs of a request', startPostgres, (open) => {
  requestRunsSuite(open);
});

describeOnBothDatabases('audited runs', startPostgres, (open) => {
  auditedRunsSuite(open);
});
