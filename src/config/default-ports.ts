/**
 * The ports of a daemon's own servers, unless told. Source: kube-proxy's.
 */

export const DEFAULT_HEALTH_PORT = 10_256;
export const DEFAULT_METRICS_PORT = 10_249;
