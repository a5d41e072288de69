import t from 'tap';
import { loadKubeTarget } from '../../../src/source/kubernetes/kubeconfig.ts';

const TWO_CONTEXTS = `
apiVersion: v1
kind: Config
current-context: dev
contexts:
- {name: dev, context: {cluster: c1, user: u1, namespace: shop}}
- {name: prod, context: {cluster: c2, user: u2}}
- {name: nobody, context: {cluster: c1}}
- {name: no-cluster, context: {cluster: gone, user: u1}}
- {name: no-user, context: {cluster: c1, user: gone}}
- {name: no-server, context: {cluster: c3, user: u1}}
- {name: interactive, context: {cluster: c1, user: terminal}}
clusters:
- {name: c1, cluster: {server: "https://dev:6443/", certificate-authority: ca.crt, tls-server-name: kube}}
- {name: c2, cluster: {server: "http://127.0.0.1:8001", proxy-url: "socks5://p:1080"}}
- {name: c3, cluster: {server: "not a url"}}
users:
- {name: u1, user: {tokenFile: token, token: ignored, as: jane, as-groups: [a, b], as-uid: "7", as-user-extra: {Scope: [x]}}}
- {name: u2, user: {username: admin, password: 1234, client-certificate: c.crt, client-key: /abs/c.key}}
- {name: terminal, user: {exec: {command: login, interactiveMode: Always}}}
`;

function load(kubeconfig: string, context = '', env = {}) {
  return loadKubeTarget({ kubeconfig, context, env });
}

t.test('a proxy of the environment counts where the kubeconfig names none', async (t) => {
  const root = t.testdir({ config: TWO_CONTEXTS.replace('http://127.0.0.1:8001', 'https://192.0.2.1') });
  const env = { HTTPS_PROXY: 'http://proxy:3128' };
  t.equal(load(`${root}/config`, 'dev', env).cluster.proxyUrl, 'http://proxy:3128');
  t.equal(load(`${root}/config`, 'dev', { ...env, NO_PROXY: 'dev' }).cluster.proxyUrl, undefined);
  t.equal(load(`${root}/config`, 'prod', env).cluster.proxyUrl, 'socks5://p:1080');
});

t.test('the current context is taken, with its file names resolved', async (t) => {
  const root = t.testdir({ config: TWO_CONTEXTS });
  t.match(load(`${root}/config`), {
    context: 'dev',
    namespace: 'shop',
    cluster: { server: 'https://dev:6443', caFile: `${root}/ca.crt`, tlsServerName: 'kube', skipTLSVerify: false },
    user: { authProvider: { config: { tokenFile: `${root}/token` } }, token: undefined, impersonateUser: 'jane' },
    impersonation: {
      'impersonate-group': ['a', 'b'],
      'impersonate-uid': ['7'],
      'impersonate-extra-scope': ['x'],
    },
  });
});

t.test('another context can be chosen; plain http needs no certificate', async (t) => {
  const root = t.testdir({ config: TWO_CONTEXTS });
  t.match(load(`${root}/config`, 'prod'), {
    context: 'prod',
    namespace: 'default',
    cluster: { server: 'http://127.0.0.1:8001', skipTLSVerify: true, proxyUrl: 'socks5://p:1080' },
    user: { username: 'admin', password: '1234', certFile: `${root}/c.crt`, keyFile: '/abs/c.key' },
  });
  t.match(load(`${root}/config`, 'nobody'), { user: { name: 'anonymous' }, plugin: undefined });
});

t.test('what cannot be used is refused with a hint', async (t) => {
  const root = t.testdir({
    config: TWO_CONTEXTS,
    empty: '',
    list: '- 1',
    broken: 'a: [1',
    directory: {},
  });
  const cases = [
    { name: 'missing file', file: 'gone', message: /no such kubeconfig file: .*gone/, hint: /--kubeconfig/ },
    { name: 'unknown context', context: 'x', message: /no context "x"/, hint: /known contexts: dev, prod, nobody/ },
    { name: 'no current context', file: 'empty', message: /no current context/, hint: /known contexts: none/ },
    { name: 'no mapping', file: 'list', message: /not a mapping/, hint: /kubectl config view/ },
    { name: 'no YAML', file: 'broken', message: /not YAML/, hint: /kubectl/ },
    { name: 'a directory', file: 'directory', message: /EISDIR/, hint: /kubectl/ },
    { name: 'no cluster', context: 'no-cluster', message: /cluster "gone" .* does not exist/, hint: /config/ },
    { name: 'no user', context: 'no-user', message: /user "gone" .* does not exist/, hint: /config/ },
    { name: 'no server', context: 'no-server', message: /no usable server/, hint: /config/ },
    { name: 'terminal', context: 'interactive', message: /wants a terminal/, hint: /another user/ },
  ];
  for (const { name, file = 'config', context = '', message, hint } of cases) {
    t.throws(() => load(`${root}/${file}`, context), { code: 'SVL_KUBECONFIG', message, hint }, name);
  }
});

t.test('of several files the first that has something wins, and one may be missing', async (t) => {
  const one = 'current-context: b\nusers: [{name: u, user: {token: first}}]\n';
  const two = `
current-context: a
contexts: [{name: a, context: {cluster: c, user: u}}, {name: b, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://two"}}]
users: [{name: u, user: {token: second}}, {name: 7}]
`;
  const root = t.testdir({ one, two });
  const list = `${root}/gone:${root}/one:${root}/two`;
  const expected = { context: 'b', cluster: { server: 'https://two' }, user: { token: 'first' } };
  t.match(load(list), expected);
  t.match(load('', '', { KUBECONFIG: list }), expected);
  t.match(load(`${root}/two`, '', { KUBECONFIG: `${root}/one` }), { context: 'a', user: { token: 'second' } });
});

t.test('without a name, the home is looked at, then the service account', async (t) => {
  const home = t.testdir({
    '.kube': { config: TWO_CONTEXTS },
    account: { token: 'abc', 'ca.crt': 'x', namespace: 'kube-system\n' },
    bare: { token: 'abc' },
  });
  t.equal(load('', '', { HOME: home }).context, 'dev');
  t.equal(load('~/.kube/config', 'prod', { HOME: home }).context, 'prod');
  const pod = { HOME: '/nowhere', KUBERNETES_SERVICE_HOST: 'fd96::1', KUBERNETES_SERVICE_PORT: '443' };
  const inPod = (name: string) =>
    loadKubeTarget({ kubeconfig: '', context: '', env: pod, serviceAccountRoot: `${home}/${name}` });
  t.match(inPod('account'), {
    context: 'in-cluster',
    namespace: 'kube-system',
    cluster: { server: 'https://[fd96::1]:443', caFile: `${home}/account/ca.crt` },
    user: { authProvider: { config: { tokenFile: `${home}/account/token` } } },
  });
  t.equal(inPod('bare').namespace, 'default');
  t.throws(() => load('', '', { HOME: '/nowhere' }), { code: 'SVL_KUBECONFIG', hint: /--kubeconfig/ });
  t.throws(() => load('', '', {}), { code: 'SVL_KUBECONFIG' });
});
