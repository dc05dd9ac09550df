import { describeOnSqlite } from '../testing/index.ts';
import { auditedRunsSuite } from './contract-suite/audited-runs.ts';
import { crashSuite } from './contract-suite/crash.ts';
import { leasedRunsSuite } from './contract-suite/leased-runs.ts';
import { replaySuite } from './contract-suite/replay.ts';
import { requestRunsSuite } from './contract-suite/request-runs.ts';
import { runsSuite } from './contract-suite/runs.ts';
import { runStatisticsSuite } from './contract-suite/statistics.ts';

describeOnSqlite('runs', runsSuite);
describeOnSqlite('the journal of a run', replaySuite);
describeOnSqlite('runs after a crash', crashSuite);
describeOnSqlite('figures over runs', runStatisticsSuite);
describeOnSqlite('the runs of a request', requestRunsSuite);
describeOnSqlite('audited runs', auditedRunsSuite);
describeOnSqlite('leased runs', leasedRunsSuite);
