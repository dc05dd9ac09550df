import { startPostgres } from '@raptorflow/rig';
import { describeOnBothDatabases } from '@raptorflow/runtime/testing';
import { documentsSuite } from '../src/documents/contract-suite/documents.ts';

describeOnBothDatabases('documents', startPostgres, documentsSuite);
