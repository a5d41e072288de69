/**
 * All that is known of one Service, as `describe -o json` has it.
 */

import type { Static } from 'typebox';
import type { EJECTION_LIST } from '../admin/ejection-rows.ts';
import type { ExplanationDocument } from '../admin/explain-answer.ts';
import type { FAULT_LIST } from '../admin/fault-routes.ts';
import type { HistoryRow } from '../admin/history-rows.ts';
import type { OVERRIDE_LIST } from '../admin/override-routes.ts';
import type { ROUTE_DETAIL } from '../admin/route-detail.ts';
import type { ServiceRow } from '../admin/service-rows.ts';

/** One port, and what a client of it gets; a family each. `detail` is absent where the port is not routed at all. */
export interface DescribedPort {
  /** `http:80/TCP`. */
  readonly port: string;
  readonly detail: Static<typeof ROUTE_DETAIL> | undefined;
  readonly explanations: readonly ExplanationDocument[];
}

/** The Service, and what is done to it. */
export interface Description {
  readonly service: ServiceRow;
  /** Those of `svclane.dev/` that are in force. */
  readonly annotations: Readonly<Record<string, unknown>>;
  readonly ports: readonly DescribedPort[];
  readonly overrides: Static<typeof OVERRIDE_LIST>['items'];
  readonly faults: Static<typeof FAULT_LIST>['items'];
  readonly ejections: Static<typeof EJECTION_LIST>['items'];
  /** The newest, the oldest of them first. */
  readonly changes: readonly HistoryRow[];
}
