/** What happens to the process as a whole. */
export interface ProcessEvents {
  onUncaught(error: unknown, note: string): void;
  onWarning(warning: Error): void;
  onExit(): void;
}

/**
 * Listens to uncaught exceptions, unhandled rejections and warnings. How the process ends stays as it is: exceptions are only monitored, and since a
 * listener for rejections would keep the process alive, there is one only while the program has one of its own. Returns a function that stops it.
 */
export function hookProcessEvents(events: ProcessEvents): () => void {
  const onMonitor = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void =>
    events.onUncaught(error, origin === 'unhandledRejection' ? 'unhandled rejection' : 'uncaught');
  const onRejection = (error: unknown): void => events.onUncaught(error, 'unhandled rejection');
  const onWarning = (warning: Error): void => events.onWarning(warning);
  const onExit = (): void => events.onExit();

  const isOursOnly = (): boolean =>
    process.listeners('unhandledRejection').every((one) => one === onRejection);
  const isListening = (): boolean => process.listeners('unhandledRejection').includes(onRejection);
  // Comes before the listener is added.
  const onAdded = (event: string | symbol, listener: unknown): void => {
    if (event !== 'unhandledRejection' || listener === onRejection || isListening()) return;
    process.on('unhandledRejection', onRejection);
  };
  // Comes after it is removed.
  const onRemoved = (event: string | symbol): void => {
    if (event === 'unhandledRejection' && isListening() && isOursOnly()) process.off(event, onRejection);
  };

  if (process.listenerCount('unhandledRejection') > 0) process.on('unhandledRejection', onRejection);
  process.on('uncaughtExceptionMonitor', onMonitor);
  process.on('warning', onWarning);
  // Before the log's own listener, which writes for the last time.
  process.prependListener('exit', onExit);
  process.on('newListener', onAdded);
  process.on('removeListener', onRemoved);
  return () => {
    process.off('newListener', onAdded);
    process.off('removeListener', onRemoved);
    process.off('unhandledRejection', onRejection);
    process.off('uncaughtExceptionMonitor', onMonitor);
    process.off('warning', onWarning);
    process.off('exit', onExit);
  };
}
