/**
 * One operation of the API, as fastify checks it and as the OpenAPI document shows it.
 */

import { type TSchema, Type } from 'typebox';
import { PROBLEM_ID } from './http-problem.ts';

/** Groups of operations in the document. */
export type Tag = 'routing' | 'live' | 'changes' | 'operations';

/** What an operation is called, and the statuses that its problems have beside those that every operation has. */
export interface OperationFacts {
  /** Unique: the name of a function in a generated client, and of the action in the audit log. */
  readonly id: string;
  readonly tag: Tag;
  readonly summary: string;
  /** Statuses of problems that only some operations have. */
  readonly problems?: readonly (keyof typeof PROBLEMS)[];
  /** Whether it changes something, and so needs the token. */
  readonly changes?: boolean;
}

/** What an operation takes. */
interface Input {
  readonly params?: TSchema;
  readonly querystring?: TSchema;
  readonly body?: TSchema;
}

const PROBLEMS = {
  400: 'the request cannot be understood',
  401: 'a token is needed',
  403: 'not from this origin, or changes are off',
  404: 'what was asked for is not there',
  409: 'not as things are',
  413: 'the body is too long',
  415: 'the body is no JSON',
  422: 'understood, and refused; the old state stays',
  500: 'svclane failed inside',
} as const;

const ALWAYS = [400, 401, 403, 500] as const;
const WITH_CHANGES = [413, 415] as const;

/** The schema of a route that answers 200 with JSON. */
export function operation<I extends Input, A extends TSchema>(facts: OperationFacts, input: I, answer: A) {
  const response = { description: facts.summary, content: { 'application/json': { schema: answer } } };
  return { ...describe(facts), ...input, response: { 200: response, ...problemResponses(facts) } };
}

/** The schema of a route that answers 200 with something other than one JSON document: a text, or a stream of it. */
export function textOperation<I extends Input>(facts: OperationFacts, input: I, mediaType: string) {
  const schema = Type.Unsafe<unknown>({ type: 'string' });
  const answer = { description: facts.summary, content: { [mediaType]: { schema } } };
  return { ...describe(facts), ...input, response: { 200: answer, ...problemResponses(facts) } };
}

function describe({ id, tag, summary, changes = false }: OperationFacts) {
  return { operationId: id, tags: [tag], summary, ...(changes && { security: [{ token: [] }] }) };
}

/** Typed as nothing: handlers throw problems, they do not return them. */
function problemResponses({ problems = [], changes = false }: OperationFacts): Readonly<Record<never, never>> {
  const statuses = [...ALWAYS, ...(changes ? WITH_CHANGES : []), ...problems];
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: PROBLEMS[status], content: { 'application/problem+json': { schema: Type.Ref(PROBLEM_ID) } } },
    ]),
  );
}
