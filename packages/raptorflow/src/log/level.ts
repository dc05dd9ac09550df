/** Levels of Raptor Mini's log, from the most to the least talkative, as they stand in its lines. */
export type RaptorLogLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';

/** Level → rank; a line is written when its rank is not below that of the log's level. */
export const levelRanks: Readonly<Record<RaptorLogLevel, number>> = Object.freeze({
  DEBUG: 0,
  INFO: 1,
  WARNING: 2,
  ERROR: 3,
});

/** The names, in order of rank. */
export const levelNames: readonly RaptorLogLevel[] = ['DEBUG', 'INFO', 'WARNING', 'ERROR'];
