/**
 * A history before its first table.
 */

import type { NodeContext } from '../model/route.ts';
import { History } from './history.ts';
import type { HistoryOptions } from './revision.ts';
import { emptyTable } from './table.ts';

/** A history that nothing was added to yet, for a record to be read into. */
export function createHistory(options: HistoryOptions): History {
  return new History(emptyTable(NOWHERE), options);
}

/** Before the first table nothing is known of where we are. */
const NOWHERE: NodeContext = {
  nodeName: '',
  zone: '',
  nodeIPs: [],
  nodePortIPs: [],
  podCIDRs: [],
  frontends: { clusterIP: false, nodePorts: false, externalIPs: false, loadBalancerIPs: false },
  lanes: [],
};
