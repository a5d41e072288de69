/**
 * The flags that set configuration, as data: the command line and the documentation are made from this table.
 */

/** One flag and its twin in the environment. */
export interface ConfigFlag {
  /** Without the dashes: `log-level`. */
  readonly name: string;
  /** One letter, where there is one. */
  readonly short?: string;
  readonly env: string;
  /** The key that it sets, `logging.level`; "" = it sets no key (`--config`). */
  readonly path: string;
  readonly description: string;
  /** `one` value; a `list` separated by commas; `many`: the flag may be given several times. */
  readonly takes: 'one' | 'list' | 'many';
  /** The value in a usage line: `IP:PORT`. */
  readonly placeholder: string;
}

/** Every flag, in the order of the documentation. Source: kubectl and kube-proxy, whose names they bear. */
export const FLAGS: readonly ConfigFlag[] = [
  flag('config', '', 'FILE', 'configuration file'),
  flag('mode', 'mode', 'dev|node', 'which defaults: a developer machine, or a cluster node'),
  flag('source', 'source', 'kubernetes|file:PATH', 'where Services come from: a cluster, or manifests'),
  flag('kubeconfig', 'clientConnection.kubeconfig', 'FILE', 'kubeconfig file'),
  flag('context', 'clientConnection.context', 'NAME', 'context of the kubeconfig'),
  flag('hostname-override', 'nodeName', 'NAME', 'name of the Node svclane runs on'),
  { ...flag('namespace', 'scope.namespaces', 'NAME[,NAME]', 'namespaces to watch'), short: 'n', takes: 'list' },
  { ...flag('cluster-cidr', 'clusterCIDR', 'CIDR[,CIDR]', 'clients from these ranges are pods'), takes: 'list' },
  flag('transport', 'transport', 'auto|direct|apiserver', 'how pods are reached'),
  {
    ...flag(
      'nodeport-addresses',
      'frontends.nodePortAddresses',
      'CIDR[,CIDR]|primary',
      'addresses that serve node ports',
    ),
    takes: 'list',
  },
  flag('capture', 'host.capture', 'auto|nftables|routes|none', 'how the kernel hands Service addresses over'),
  flag('workers', 'workers', 'N', 'event loops that serve, each a thread of its own'),
  flag('algorithm', 'defaults.algorithm', 'roundrobin|random|leastconn', 'how an endpoint is chosen'),
  flag('healthz-bind-address', 'health.bindAddress', 'IP[:PORT]', 'where health checks are served; "" = off'),
  flag('metrics-bind-address', 'metrics.bindAddress', 'IP[:PORT]', 'where metrics are served; "" = off'),
  flag('admin-listen', 'admin.listen', 'ADDRESS', 'admin API: unix:/PATH, http://127.0.0.1:PORT, auto; "" = off'),
  flag('admin-token', 'admin.token', 'auto|file:/PATH', 'token for changes by the admin API; "" = no changes'),
  flag('log-format', 'logging.format', 'auto|json|text|journal', 'form of the log'),
  flag('log-level', 'logging.level', 'trace|debug|info|warn|error', 'the least level that is logged'),
  flag('access-log', 'logging.accessLog', 'off|errors|all', 'which ended flows are logged'),
  {
    ...flag('lane', 'lanes', '[NS/]svc/NAME:PORT=IP:PORT[/udp]', 'a Service port at a local address; repeatable'),
    takes: 'many',
  },
];

function flag(name: string, path: string, placeholder: string, description: string): ConfigFlag {
  const env = `SVCLANE_${name.toUpperCase().replaceAll('-', '_')}`;
  return { name, env, path, description, takes: 'one', placeholder };
}
