/**
 * Proxy context: what listeners and flows of one listener set share.
 */

import type { Ejections } from '../balancing/ejection.ts';
import type { Interventions } from '../balancing/interventions.ts';
import type { Picker } from '../balancing/picker.ts';
import type { Quarantine } from '../balancing/quarantine.ts';
import type { Config } from '../config/config.ts';
import type { ServiceSettings } from '../config/service-settings.ts';
import type { Clock } from '../lib/clock.ts';
import type { SocketExchange } from '../lib/socket-exchange.ts';
import type { Binding } from '../model/capture.ts';
import type { Route, ServicePort } from '../model/route.ts';
import type { Transport } from '../model/transport.ts';
import type { ClientClass } from '../routing/client-class.ts';
import type { AcceptGate } from './accept-gate.ts';
import type { Companions } from './companions.ts';
import type { FaultBudget } from './fault-budget.ts';
import type { FlowRegistry } from './flow-registry.ts';
import type { InheritedUdp } from './inherited-udp.ts';
import type { ReadBuffers } from './read-buffers.ts';
import type { WaitingRoom } from './waiting-room.ts';

/** The `defaults` of the configuration. */
export type ProxySettings = Config['defaults'];

/** Shared by all listeners and flows. What may be replaced is read by a flow when it begins. */
export interface ProxyContext {
  readonly clock: Clock;
  readonly picker: Picker;
  readonly ejections: Ejections;
  readonly quarantine: Quarantine;
  /** Asked once for each flow; absent = there are never any. */
  readonly interventions?: Interventions | undefined;
  readonly faultBudget: FaultBudget;
  readonly transport: Transport;
  readonly classify: (address: string) => ClientClass;
  readonly flows: FlowRegistry;
  readonly gate: AcceptGate;
  readonly sockets: SocketExchange;
  /** `undefined` = the listener set is alone in its process. */
  readonly companions: Companions | undefined;
  settings: ProxySettings;
  /** What is in force for one ServicePort: replaced together with `settings`. */
  settingsOf: (servicePort: ServicePort) => ServiceSettings;
  /** `undefined` = sockets are read by public API only. */
  buffers: ReadBuffers | undefined;
  /** Which endpoints UDP clients of a predecessor have; `undefined` = there is nothing to remember. */
  inheritedUdp: InheritedUdp | undefined;
}

/** What a flow needs of its listener. `route` moves with the table; a flow keeps what it began with. */
export interface FlowTarget {
  readonly route: Route;
  connections: number;
}

/** What a TCP flow needs of its listener besides. */
export interface TcpFlowTarget extends FlowTarget {
  /** `undefined` = it is closed. */
  readonly bound: Binding | undefined;
  readonly waiting: WaitingRoom;
}
