export { createFakeClock, type FakeClock } from './fake-clock.ts';
export { trackHandles, type HandleWatch } from './handles.ts';
