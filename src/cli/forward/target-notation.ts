/**
 * What is forwarded, as it is typed: `svc/web 8080:http :9090 svc/dns 5353:53/udp po/web-0`.
 *
 * A word that names a kind of object begins a target; the words behind it are its ports.
 */

import { SvclaneError } from '../../errors.ts';

/** The kinds of targets, by the short name that is shown. */
export type TargetKind = 'svc' | 'deploy' | 'sts' | 'ds' | 'rs' | 'po';

/** One port as typed. `local` 0 = any free one, `undefined` = the remote one's number. */
export interface PortText {
  readonly local: number | undefined;
  /** A name, or a number. */
  readonly remote: string;
  /** `undefined` = not said: that of the port, else TCP. */
  readonly protocol: 'TCP' | 'UDP' | undefined;
}

/** One target. `namespace` `undefined` = that of the command. Without ports: all that it has. */
export interface Target {
  readonly kind: TargetKind;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly ports: readonly PortText[];
}

const KINDS: ReadonlyMap<string, TargetKind> = new Map([
  ...aliases('svc', ['svc', 'service', 'services']),
  ...aliases('deploy', ['deploy', 'deployment', 'deployments', 'deployment.apps', 'deployments.apps']),
  ...aliases('sts', ['sts', 'statefulset', 'statefulsets', 'statefulset.apps', 'statefulsets.apps']),
  ...aliases('ds', ['ds', 'daemonset', 'daemonsets', 'daemonset.apps', 'daemonsets.apps']),
  ...aliases('rs', ['rs', 'replicaset', 'replicasets', 'replicaset.apps', 'replicasets.apps']),
  ...aliases('po', ['po', 'pod', 'pods']),
]);

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** The targets of a command line, in their order. Throws `SVL_USAGE`. */
export function parseTargets(words: readonly string[]): readonly Target[] {
  const targets: (Target & { readonly ports: PortText[] })[] = [];
  for (const word of words) {
    const target = parseTarget(word) ?? (targets.length === 0 ? barePod(word) : undefined);
    const last = targets.at(-1);
    if (target) targets.push(target);
    else if (last) last.ports.push(parsePort(word));
    else throw usage(`"${word}" is no target`);
  }
  return targets;
}

/** One port: `[LOCAL:]REMOTE`, `:REMOTE`, each with `/udp` or `@udp` at its end. Throws `SVL_USAGE`. */
export function parsePort(text: string): PortText {
  const [, local, remote, protocol] = /^(?:(\d*):)?([a-z0-9-]+)(?:[/@](tcp|udp))?$/i.exec(text) ?? [];
  if (remote === undefined) throw usage(`"${text}" is no port`);
  const number = local === undefined ? undefined : Number(local || 0);
  const isRight = isPortText(remote) && (number === undefined || number <= 65_535) && local !== '0';
  if (!isRight) throw usage(`"${text}" is no port`);
  return { local: number, remote: remote.toLowerCase(), protocol: protocolOf(protocol) };
}

/** `deploy/web`: how a target is shown. */
export function targetText({ kind, name }: Pick<Target, 'kind' | 'name'>): string {
  return kind === 'svc' ? name : `${kind}/${name}`;
}

/** `KIND/NAME[:PORT]`, with the namespace in front where it is another one. */
function parseTarget(word: string): (Target & { readonly ports: PortText[] }) | undefined {
  const parts = word.split('/');
  const [kindText, nameText] = parts.slice(-2);
  const kind = KINDS.get(kindText?.toLowerCase() ?? '');
  if (kind === undefined || nameText === undefined || parts.length > 3) return undefined;
  const [name = '', port, ...rest] = nameText.split(':');
  const namespace = parts.length === 3 ? parts[0] : undefined;
  if (rest.length > 0 || !NAME.test(name) || (namespace !== undefined && !NAME.test(namespace)))
    throw usage(`"${word}" is no target`);
  return { kind, namespace, name, ports: port === undefined ? [] : [parsePort(port)] };
}

/** Source: `kubectl port-forward NAME` means a pod. */
function barePod(word: string): (Target & { readonly ports: PortText[] }) | undefined {
  return NAME.test(word) && !/^\d+$/.test(word)
    ? { kind: 'po', namespace: undefined, name: word, ports: [] }
    : undefined;
}

function isPortText(text: string): boolean {
  if (/^\d+$/.test(text)) return Number(text) >= 1 && Number(text) <= 65_535;
  return /[a-z]/i.test(text) && /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/i.test(text);
}

function protocolOf(text: string | undefined): PortText['protocol'] {
  if (text === undefined) return undefined;
  return text.toLowerCase() === 'udp' ? 'UDP' : 'TCP';
}

function usage(message: string): SvclaneError {
  return new SvclaneError('SVL_USAGE', message, {
    hint: 'write svclane forward svc/web 8080:http deploy/api :9090 svc/dns 5353:53/udp',
  });
}

function aliases(kind: TargetKind, names: readonly string[]): readonly (readonly [string, TargetKind])[] {
  return names.map((name) => [name, kind]);
}
