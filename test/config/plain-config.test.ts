import t from 'tap';
import { plainConfig } from '../../src/config/plain-config.ts';
import { resolveConfig } from '../../src/config/resolve-config.ts';

const OWN = { mode: 'dev', source: 'kubernetes', namespace: '', lane: '' };
const ENV = { HOME: '/home/jane', XDG_RUNTIME_DIR: '/run/user/1000' };

for (const [name, flags] of [
  ['nothing but what forward sets itself', {}],
  ['a kubeconfig and a context', { kubeconfig: '/etc/kube', context: 'dev' }],
  ['a transport', { transport: 'apiserver' }],
  ['an algorithm', { algorithm: 'leastconn' }],
  ['an admin socket', { 'admin-listen': 'unix:/tmp/a.sock' }],
  ['an admin port', { 'admin-listen': 'http://127.0.0.1:10290' }],
  ['no admin API', { 'admin-listen': '' }],
  ['the usual admin address', { 'admin-listen': 'auto' }],
] as const) {
  t.test(`${name}: the same as with the schemas`, (t) => {
    const config = plainConfig(ENV, { ...OWN, ...flags });
    t.same({ config }, resolveConfig({ env: ENV, flags: { ...OWN, ...flags }, hostname: 'host' }));
    t.ok(Object.isFrozen(config?.defaults.connect));
    t.end();
  });
}

for (const [name, env, flags] of [
  ['a variable', { ...ENV, SVCLANE_LOG_LEVEL: 'debug' }, {}],
  ['a file', { ...ENV, SVCLANE_CONFIG: 'x.yaml' }, {}],
  ['another mode', ENV, { mode: 'node' }],
  ['a flag that it does not know', ENV, { 'log-level': 'debug' }],
  ['a transport that is none', ENV, { transport: 'pigeon' }],
  ['an algorithm that is none', ENV, { algorithm: 'best' }],
  ['an admin address that is none', ENV, { 'admin-listen': 'x' }],
  ['an admin address for others', ENV, { 'admin-listen': 'http://0.0.0.0:1' }],
  ['several values', ENV, { kubeconfig: ['a', 'b'] }],
] as const) {
  t.test(`${name} is left to the schemas`, (t) => {
    t.equal(plainConfig(env, { ...OWN, ...flags }), undefined);
    t.end();
  });
}
