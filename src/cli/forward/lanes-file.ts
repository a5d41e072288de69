/**
 * Lanes of a file that a team shares (`kind: Lanes`), as targets.
 */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Value } from 'typebox/value';
import { checkLanes } from '../../config/check-lanes.ts';
import { formatConfigProblem, formatPath } from '../../config/config-problem.ts';
import { fileLayer } from '../../config/file-layer.ts';
import { parseHostPort } from '../../config/host-port.ts';
import { parseLaneTarget } from '../../config/lane-notation.ts';
import { LANE, type LaneSettings } from '../../config/lane-schema.ts';
import { valueAt } from '../../config/layer.ts';
import { SvclaneError } from '../../errors.ts';
import type { Target } from './target-notation.ts';

/** A lane of a file: its target, and the address that it listens at. */
export interface FileLane {
  readonly target: Target;
  readonly address: string;
}

/** Reads the file, "-" = standard input. Throws `SVL_CONFIG_UNREADABLE`, and `SVL_CONFIG_INVALID` with every problem. */
export function readLanesFile(path: string): readonly FileLane[] {
  const layer = fileLayer({ path: path === '-' ? 'standard input' : resolve(path), text: read(path) });
  const lanes = valueAt(layer.settings, ['lanes']);
  const entries = Array.isArray(lanes) ? lanes : [];
  const rules = checkLanes(entries, []).map(({ path: at, message }) => {
    return { path: formatPath(at), ...layer.originOf(at), message };
  });
  const problems = [...layer.problems, ...rules];
  if (problems.length > 0) {
    const lines = problems.map((problem) => `\n  ${formatConfigProblem(problem)}`).join('');
    const hint = 'docs/configuration.md has the keys of a lane';
    throw new SvclaneError('SVL_CONFIG_INVALID', `the lanes are not valid${lines}`, { hint });
  }
  return entries.filter((entry): entry is LaneSettings => Value.Check(LANE, entry)).flatMap(laneOf);
}

function laneOf({ target, namespace, listen, port, protocol }: LaneSettings): readonly FileLane[] {
  const service = parseLaneTarget(target);
  const where = parseHostPort(listen);
  const remote = port ?? service?.port;
  if (!service || !where || remote === undefined) return [];
  const ports = [{ local: where.port, remote: String(remote), protocol }];
  return [{ target: { kind: 'svc', namespace, name: service.service, ports }, address: where.address }];
}

function read(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SvclaneError('SVL_CONFIG_UNREADABLE', `cannot read the lanes: ${reason}`, {
      cause,
      hint: 'name a file with kind: Lanes by -f, or - for standard input',
    });
  }
}
