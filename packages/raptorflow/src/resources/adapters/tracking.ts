import type { RegisterOptions } from '../registry/resource.ts';

/** Whose a tracked thing is; all optional. Under a lease, what is not said is taken over from it. */
export type Tracking = Omit<RegisterOptions, 'type' | 'dispose' | 'activity' | 'sizeBytes'>;

/** Something that tells when it is closed, as emitters of Node do. */
export interface Emitter {
  once(event: string, listener: () => void): unknown;
}
