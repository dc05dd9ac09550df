import { startPostgres } from '@raptorflow/rig';
import { describeOnPostgres } from '@raptorflow/runtime/testing';
import { documentsSuite } from '../src/documents/contract-suite/documents.ts';

describeOnPostgres('documents', startPostgres, documentsSuite);
