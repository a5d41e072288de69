import t from 'tap';
import type { FlowEndCause } from '../../src/model/flow.ts';
import { FloodGate } from '../../src/observability/flood-gate.ts';
import { FlowLog } from '../../src/observability/flow-log.ts';
import { frontendOf } from '../fixtures/admin.ts';
import { endpointOf, FakeClock } from '../fixtures/balancing.ts';
import { flowOf } from '../fixtures/flows.ts';
import { recordingLogger } from '../fixtures/log-lines.ts';

function setUp(accessLog: 'off' | 'errors' | 'all') {
  const { logger, lines } = recordingLogger();
  const clock = new FakeClock();
  const gate = new FloodGate({ clock, windowMs: 1000, perKey: 2, total: 100, onSuppressed: () => {} });
  return {
    lines,
    clock,
    log: new FlowLog({ logger, gate, accessLog: () => accessLog, clock, generation: () => 8830 }),
  };
}

t.test('a failed dial says which endpoint and pod, which try, and why', (t) => {
  const { lines, log } = setUp('errors');
  const failed = { endpoint: '10.244.2.5:8080', errno: 'ECONNREFUSED', elapsedMs: 1.4 };
  const flow = flowOf({ failedTries: [failed] });
  const endpoints = [endpointOf('10.244.2.5:8080', { podName: 'web-7d9f-abc' })];
  const route = { ...flow.route, servicePort: { ...flow.route.servicePort, endpoints } };
  log.dialFailed({ ...failed, flow: { ...flow, route } });
  t.same(lines, [
    {
      level: 'warn',
      reason: 'DialFailed',
      svc: 'shop/web:http',
      endpoint: '10.244.2.5:8080',
      pod: 'web-7d9f-abc',
      conn: 'c-41',
      try: 1,
      err: 'ECONNREFUSED',
      ms: 1,
      rev: 8830,
      msg: 'dial failed',
    },
  ]);
  t.end();
});

t.test('accessLog says which ends are written', (t) => {
  const causes: readonly FlowEndCause[] = ['finished', 'client-reset', 'idle', 'no-endpoint', 'source-denied', 'shed'];
  for (const [accessLog, reasons] of [
    ['off', []],
    ['errors', ['NoEndpoint', 'SourceDenied', 'Shed']],
    ['all', ['FlowEnded', 'FlowEnded', 'FlowEnded', 'NoEndpoint', 'SourceDenied', 'Shed']],
  ] as const) {
    const { lines, log } = setUp(accessLog);
    for (const cause of causes) log.ended(flowOf({ end: { cause } }));
    t.same(
      lines.map(({ reason }) => reason),
      reasons,
      accessLog,
    );
  }
  t.end();
});

t.test('a line tells the client, the backend, why it was taken, and how much was sent', (t) => {
  const { lines, clock, log } = setUp('all');
  clock.advance(1500);
  const tried = { endpoint: 'x', errno: 'ECONNREFUSED', elapsedMs: 1 };
  log.ended(
    flowOf({ end: { cause: 'endpoint-reset', errno: 'ECONNRESET' }, failedTries: [tried], bytesIn: 3, bytesOut: 4 }),
  );
  t.same(lines, [
    {
      level: 'warn',
      reason: 'EndpointReset',
      svc: 'shop/web:http',
      frontend: '10.96.0.15:80/TCP',
      conn: 'c-41',
      client: '10.1.0.9:50312',
      endpoint: '10.244.2.5:8080',
      why: 'roundrobin',
      tries: 2,
      end: 'endpoint-reset',
      err: 'ECONNRESET',
      ms: 1500,
      bytesIn: 3,
      bytesOut: 4,
      rev: 8830,
      msg: 'flow failed',
    },
  ]);
  t.end();
});

t.test('floods are cut by Service and reason, but not when all flows are wanted', (t) => {
  for (const [accessLog, count] of [
    ['errors', 2],
    ['all', 9],
  ] as const) {
    const { lines, log } = setUp(accessLog);
    for (let i = 0; i < 9; i++) log.ended(flowOf({ end: { cause: 'no-endpoint' }, endpoint: undefined }));
    t.equal(lines.length, count, accessLog);
  }
  t.end();
});

t.test('dropped datagrams are told by frontend and reason', (t) => {
  const frontend = frontendOf('10.96.0.10', 53, { protocol: 'UDP' });
  const { lines, log } = setUp('errors');
  for (let i = 0; i < 9; i++) log.datagramDropped({ frontend, reason: 'not-sent' });
  t.equal(lines.length, 2);
  t.match(lines[0], { reason: 'DatagramDropped', frontend: '10.96.0.10:53/UDP', why: 'not-sent' });
  const off = setUp('off');
  off.log.datagramDropped({ frontend, reason: 'not-sent' });
  t.equal(off.lines.length, 0);
  t.end();
});

t.test('beginnings are told at debug, when all flows are wanted', (t) => {
  for (const [accessLog, count] of [
    ['off', 0],
    ['errors', 0],
    ['all', 1],
  ] as const) {
    const { lines, log } = setUp(accessLog);
    log.opened(flowOf());
    t.equal(lines.length, count, accessLog);
  }
  t.end();
});
