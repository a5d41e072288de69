/**
 * Endpoint choice: the endpoints that one TCP flow is given, one after the other, until one accepts.
 *
 *   begin ──▶ an override takes the flow? its addresses ──all refused──▶ fallBack ──▶ begin of the endpoints
 *     └────── none: the endpoints of the Service
 *
 * At any time at most one is assigned, and counted at the picker.
 */

import type { Endpoint } from '../model/endpoint.ts';
import type { FailedTry, PickReason } from '../model/flow.ts';
import type { Override } from '../model/override.ts';
import type { FlowTarget, ProxyContext } from './proxy-context.ts';
import { type Assignment, assign, hasUntried, isRefusal, type Refusal, selectEndpoint } from './select-endpoint.ts';
import { drawOverride, pickOverride } from './select-override.ts';

const NO_TRIES: readonly FailedTry[] = [];
const OVERRIDDEN: Refusal = { cause: 'no-endpoint', reason: 'EP_OVERRIDDEN', mayHold: false };

/** The choice of one flow. `release` when it has ended. */
export class EndpointChoice {
  endpoint: Endpoint | undefined;
  why: PickReason | undefined;
  /** The target of the override whose address the flow has. */
  override: string | undefined;
  failedTries: readonly FailedTry[] = NO_TRIES;
  /** Why `next` gave nobody. */
  refusal: Refusal | undefined;
  readonly #context: ProxyContext;
  readonly #target: FlowTarget;
  readonly #clientAddress: string;
  #override: Override | undefined;
  #assignment: Assignment | undefined;
  /** Of the ServicePort that `endpoint` was picked from. */
  #servicePortKey = '';

  constructor(context: ProxyContext, target: FlowTarget, clientAddress: string) {
    this.#context = context;
    this.#target = target;
    this.#clientAddress = clientAddress;
  }

  /** The flow begins to dial, or does so anew after it has waited. */
  begin(): void {
    this.refusal = undefined;
    this.#override = drawOverride(this.#context, this.#target.route, this.#clientAddress);
  }

  /** No address of the override accepted: whether the endpoints are to be dialled instead. */
  fallBack(): boolean {
    const isFallback = this.#override?.fallback === 'cluster';
    if (isFallback) this.#override = undefined;
    return isFallback;
  }

  /** Picks and assigns; `undefined` = nobody is left, for the reason in `refusal`. */
  next(tried: ReadonlySet<string>): Endpoint | undefined {
    const { route } = this.#target;
    const selection =
      this.#override === undefined
        ? selectEndpoint(this.#context, route, this.#clientAddress, tried)
        : (pickOverride(this.#override, tried) ?? OVERRIDDEN);
    if (isRefusal(selection)) {
      this.refusal = selection;
      return undefined;
    }
    this.#servicePortKey = route.servicePort.key;
    this.#assignment = assign(this.#context, this.#servicePortKey, selection);
    this.endpoint = selection.endpoint;
    this.why = selection.why;
    this.override = selection.override;
    return selection.endpoint;
  }

  hasUntried(tried: ReadonlySet<string>): boolean {
    if (this.#override !== undefined) return pickOverride(this.#override, tried) !== undefined;
    return hasUntried(this.#context, this.#target.route, this.#clientAddress, tried);
  }

  /** `hadItsTime` = the failure is the endpoint's fault. */
  failed(failed: FailedTry, hadItsTime: boolean): void {
    if (hadItsTime) this.#context.ejections.failed(this.#servicePortKey, failed.endpoint, failed.errno);
    this.release();
    this.#assignment = undefined;
    this.endpoint = undefined;
    this.failedTries = [...this.failedTries, failed];
  }

  succeeded(): void {
    this.#context.ejections.succeeded(this.#servicePortKey, this.endpoint?.key ?? '');
  }

  release(): void {
    this.#assignment?.release();
  }
}
