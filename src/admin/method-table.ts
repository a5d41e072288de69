/**
 * Which methods a path takes: fastify knows a path only together with its method, and would call it missing.
 */

/** Knows the routes that are added to the app after its making. */
export interface MethodTable {
  /** Of a URL, sorted; empty = nothing is there. */
  of(url: string): readonly string[];
}

/** What of a fastify app is needed. */
interface RouteSource {
  addHook(
    name: 'onRoute',
    hook: (route: { readonly url: string; readonly method: string | readonly string[] }) => void,
  ): unknown;
}

/** Follows the routes of an app. */
export function createMethodTable(app: RouteSource): MethodTable {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ pattern: patternOf(url), methods: [method].flat() });
  });
  return {
    of(url) {
      const path = url.split('?')[0] ?? '';
      const matching = routes.filter(({ pattern }) => pattern.test(path));
      return [...new Set(matching.flatMap(({ methods }) => methods))].sort();
    },
  };
}

/** `/v1/endpoints/:id(^.+)::drain`: a parameter, with or without what it has to look like, then `:drain`. */
function patternOf(url: string): RegExp {
  const parts = url.split(/((?<!:):\w+(?:\([^)]*\))?)/);
  const source = parts.map((part, index) => (index % 2 === 1 ? '[^/]+' : literal(part.replaceAll('::', ':'))));
  return new RegExp(`^${source.join('')}$`);
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
