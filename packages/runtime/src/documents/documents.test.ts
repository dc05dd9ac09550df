import { describeOnSqlite } from '../testing/index.ts';
import { documentsSuite } from './contract-suite/documents.ts';

describeOnSqlite('documents', documentsSuite);
