/**
 * The schema of one entry of `lanes`.
 */

import { type Static, Type } from 'typebox';
import { parseHostPort } from './host-port.ts';
import { parseLaneTarget } from './lane-notation.ts';
import { choice, text } from './leaves.ts';
import { isLabelName, isPort } from './names.ts';

/** A lane as the file has it. That its port is given, once, is checked by `checkLanes`. */
export const LANE = Type.Object(
  {
    target: text(
      { description: 'the Service: `svc/NAME` or `svc/NAME:PORT`', expected: 'svc/NAME or svc/NAME:PORT' },
      isLaneTarget,
    ),
    namespace: Type.Optional(
      text(
        {
          description:
            'its namespace; by default the one of `scope.namespaces` where that has exactly one, else `default`',
          expected: 'the name of a namespace',
        },
        isLabelName,
      ),
    ),
    listen: text(
      {
        description: 'the local address; port 0 = any free port',
        expected: 'an IP address and port such as 127.0.0.1:8080 or [::1]:8080',
      },
      (value) => parseHostPort(value) !== undefined,
    ),
    port: Type.Optional(
      Type.Refine(
        Type.Union([Type.String(), Type.Number()], {
          description: 'name or number of the Service port, unless `target` has it',
          expected: 'a port name or a number from 1 to 65535',
        }),
        isPort,
      ),
    ),
    protocol: Type.Optional(choice('protocol of the Service port', ['TCP', 'UDP'])),
  },
  { additionalProperties: false },
);

export type LaneSettings = Static<typeof LANE>;

function isLaneTarget(value: string): boolean {
  const target = parseLaneTarget(value);
  return target !== undefined && isLabelName(target.service) && (target.port === undefined || isPort(target.port));
}
