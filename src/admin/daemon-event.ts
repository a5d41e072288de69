/**
 * What happened, as the event stream tells it.
 */

/** One event. `id` is unique among all daemons; namespace and service are "" where it is about none. */
export interface DaemonEvent {
  readonly id: string;
  readonly reason: 'FlowOpened' | 'FlowEnded' | 'DialFailed' | 'Synced' | 'ListenerBound' | 'ListenerFailed';
  readonly namespace: string;
  readonly service: string;
  /** Ready for JSON, as things were when it happened. Made when it is asked for: most events are never read. */
  data(): Readonly<Record<string, unknown>>;
}
