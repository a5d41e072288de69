/**
 * What carries the messages of a session.
 */

/** Each message begins with `ROOM_BYTES` that are not sent, for the link to use. */
export interface MessageLink {
  /** `sent` is called once, when the bytes are out of this process, or never will be: until then they must not change. */
  send(message: Buffer, sent: () => void): void;
  /** Bytes that were given to `send` and are not out. */
  backlog(): number;
  /** Whether it is better to gather more before the next message is given. */
  isBusy(): boolean;
}
