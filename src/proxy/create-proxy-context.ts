/**
 * The making of what listeners and flows of one listener set share.
 */

import { Ejections } from '../balancing/ejection.ts';
import { Quarantine } from '../balancing/quarantine.ts';
import { serviceSettings } from '../config/service-settings.ts';
import { SocketExchange } from '../lib/socket-exchange.ts';
import { AcceptGate } from './accept-gate.ts';
import { EJECTION_EVENTS } from './ejection-events.ts';
import { FaultBudget } from './fault-budget.ts';
import { FlowRegistry } from './flow-registry.ts';
import type { ListenerSetOptions } from './listener-set.ts';
import type { LiveServicePorts } from './live-service-ports.ts';
import type { ProxyContext } from './proxy-context.ts';

/** `listening` is asked how many listening sockets there are. */
export function createProxyContext(
  options: ListenerSetOptions,
  servicePorts: LiveServicePorts,
  listening: () => number,
): ProxyContext {
  const { transport, picker, classify, clock, settings, services = [], interventions } = options;
  const { sockets = new SocketExchange(), descriptorLimit, companions } = options;
  const flows = new FlowRegistry(companions);
  const used = (): number => {
    companions?.load.publishSockets(listening() + context.gate.extraSockets);
    return flows.tcp.size * 2 + flows.udp.size + listening() + (companions?.load.descriptorsOfOthers ?? 0);
  };
  const quarantine = new Quarantine();
  const ejections = new Ejections({
    clock,
    settings: () => context.settings.ejection,
    servicePort: (key) => servicePorts.get(key),
    quarantined: (key) => quarantine.of(key),
    events: EJECTION_EVENTS,
  });
  flows.tally.follow(settings.limits, []);
  const context: ProxyContext = {
    clock,
    picker,
    transport,
    classify,
    flows,
    gate: new AcceptGate(clock, used, descriptorLimit),
    settings,
    settingsOf: serviceSettings({ defaults: settings, services }),
    ejections,
    quarantine,
    interventions,
    faultBudget: new FaultBudget(),
    sockets,
    companions,
    buffers: undefined,
    inheritedUdp: undefined,
  };
  return context;
}
