/**
 * The objects of the scale benchmark: Services of one port, one slice of ten endpoints each, and the canary.
 */

export const NAMESPACE = 'scale';
export const PORT = 80;

/** The canary's cluster IP. */
export const CANARY_IP = '10.96.10.10';

const ENDPOINTS = 10;
/** That of the laboratory's backends. */
const BACKEND_PORT = 8080;

interface Slice {
  readonly [field: string]: unknown;
  readonly endpoints: readonly object[];
}

/** The Service of an index, at a cluster IP that follows from it. */
export function serviceAt(index: number): object {
  return service(`s${index}`, `10.96.${16 + (index >> 8)}.${index & 255}`);
}

/** The Service whose changes are followed. */
export function canaryService(): object {
  return service('canary', CANARY_IP);
}

function service(name: string, clusterIP: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: NAMESPACE, name },
    spec: { clusterIP, ports: [{ name: 'http', protocol: 'TCP', port: PORT, targetPort: BACKEND_PORT }] },
  };
}

/** The slice of the Service of an index. Nobody is at its addresses. */
export function sliceAt(index: number): Slice {
  return slice(`s${index}`, changedEndpoints(index, 0));
}

/** Its endpoints after so many changes: the first one is another each time. */
export function changedEndpoints(index: number, change: number): readonly object[] {
  const at = (endpoint: number): string => `10.244.${100 + (index % 100)}.${endpoint}`;
  return Array.from({ length: ENDPOINTS }, (_, endpoint) =>
    endpointAt(at(endpoint === 0 ? 100 + (change % 100) : endpoint)),
  );
}

export function canarySlice(addresses: readonly string[]): Slice {
  return slice('canary', addresses.map(endpointAt));
}

function slice(service: string, endpoints: readonly object[]): Slice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace: NAMESPACE, name: service, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    ports: [{ name: 'http', protocol: 'TCP', port: BACKEND_PORT }],
    endpoints,
  };
}

function endpointAt(address: string): object {
  return { addresses: [address], conditions: { ready: true }, nodeName: 'node-b' };
}
