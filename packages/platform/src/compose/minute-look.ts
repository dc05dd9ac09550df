/** Something that is looked at once a minute. */
import { Lifecycle, type Clock, type Logger, type Service, type Timer } from 'raptorflow/kernel';

const everyMs = 60_000;

/** Looks at once when it is started, and a minute after each look. One that fails is told to the log, and looked at again. */
export function createMinuteLook(
  name: string,
  look: () => Promise<void>,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Service {
  let timer: Timer | undefined;
  let looking: Promise<void> = Promise.resolve();
  const lifecycle = new Lifecycle(name, {
    start: async () => next(0),
    stop: async () => {
      timer?.cancel();
      await looking;
    },
  });
  const lookOnce = async (): Promise<void> => {
    try {
      await look();
    } catch (error) {
      log.debug(`${name} could not be read; they are looked at again in a minute.`, { error });
    }
    if (lifecycle.state === 'running') next(everyMs);
  };
  function next(afterMs: number): void {
    timer = clock
      .setTimeout(() => {
        looking = lookOnce();
      }, afterMs)
      .unref();
  }
  return {
    get state() {
      return lifecycle.state;
    },
    start: () => lifecycle.start(),
    stop: (options) => lifecycle.stop(options),
  };
}
