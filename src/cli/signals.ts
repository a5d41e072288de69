/**
 * The signals of a running daemon.
 */

/** `again` = it is not the first one. */
export interface SignalHandlers {
  readonly stop: (again: boolean) => void;
  readonly reload: () => void;
  readonly handOver: () => void;
}

/** Listens until `close`. */
export function onSignals({ stop, reload, handOver }: SignalHandlers): { close(): void } {
  let stops = 0;
  const onStop = (): void => stop(stops++ > 0);
  process.on('SIGTERM', onStop).on('SIGINT', onStop).on('SIGHUP', reload).on('SIGUSR2', handOver);
  return {
    close() {
      process.off('SIGTERM', onStop).off('SIGINT', onStop).off('SIGHUP', reload).off('SIGUSR2', handOver);
    },
  };
}
