import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../kernel/index.ts';
import { sourceContract } from '../contract-suite/source-contract.ts';
import { linuxSource } from './linux.ts';
import { nodeOsSource } from './node-os.ts';
import { systeminformationSource } from './systeminformation.ts';

// These read the machine that the tests run on: what they promise is about real files and time that really passes.
const pass = (ms: number): Promise<void> => sleep(ms);

sourceContract(
  'linux',
  (parts) => linuxSource(parts, { clock: systemClock, root: '' }),
  { traffic: true, processes: true },
  pass,
);
sourceContract('node-os', nodeOsSource, { traffic: false, processes: false }, pass);
sourceContract('systeminformation', systeminformationSource, { traffic: true, processes: true }, pass);
