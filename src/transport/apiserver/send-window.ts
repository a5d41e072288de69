/**
 * The windows of the streams of a session, towards the server.
 */

/** How much a stream may send; the writer takes what it sends from it. */
export interface SendWindow {
  allowance(streamId: number): number;
  taken(streamId: number, bytes: number): void;
}
