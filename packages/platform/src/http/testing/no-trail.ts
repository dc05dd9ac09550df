import type { AuditTrail } from '@raptorflow/runtime';
import { RaptorFlowError } from 'raptorflow/kernel';

/** For routes that record nothing: whatever they are given stands nowhere. */
export const noTrail: AuditTrail = {
  append: () => Promise.reject(new RaptorFlowError('unavailable', 'Nothing is recorded here.')),
  appendWithin: () => Promise.reject(new RaptorFlowError('unavailable', 'Nothing is recorded here.')),
};
