/** Operations are read from the document as they are described there. */
import { expect, it } from 'vitest';
import { type ApiDocument, found, operationsOf } from './document';

const document: ApiDocument = {
  tags: [{ name: 'authenticator' }, { name: 'logger' }],
  paths: {
    '/v1/logs': {
      post: { operationId: 'store', tags: ['logger'], summary: 'Store an entry', security: [{}, { bearer: [] }] },
      get: {
        operationId: 'list',
        tags: ['logger'],
        summary: 'Find entries',
        security: [{ bearer: [] }],
        parameters: [{ $ref: '#/components/parameters/Prefer' }, { name: 'text', in: 'query' }],
        responses: { '2XX': { description: 'Done.' }, '404': { $ref: '#/components/responses/NotFound' } },
      },
    },
    '/v1/logs/tail': {
      get: { tags: ['logger'], responses: { '200': { content: { 'text/event-stream': {} } } } },
    },
    '/v1/users': {
      get: { operationId: 'users', tags: ['authenticator'], security: [{ bearer: [] }], 'x-required-role': 'admin' },
      post: { operationId: 'register', tags: ['authenticator'], security: [] },
    },
  },
  components: {
    parameters: { Prefer: { name: 'Prefer', in: 'header' } },
    responses: { NotFound: { description: 'There is none.', content: { 'application/problem+json': {} } } },
  },
};

const operations = operationsOf(document);

it('groups operations in the order of the tags, and names one that has no id', () => {
  expect(operations.map((operation) => operation.id)).toEqual([
    'users',
    'register',
    'list',
    'store',
    'get /v1/logs/tail',
  ]);
});

it.each([
  ['users', 'admin'],
  ['register', 'open'],
  ['list', 'user'],
  ['store', 'optional'],
])('tells who may call %s: %s', (id, auth) => {
  expect(operations.find((operation) => operation.id === id)?.auth).toBe(auth);
});

it('follows the references to parameters and answers', () => {
  const list = operations.find((operation) => operation.id === 'list');
  expect(list?.parameters.map((parameter) => parameter.name)).toEqual(['Prefer', 'text']);
  expect(list?.answers[1]).toMatchObject({ status: '404', description: 'There is none.' });
});

it('knows a stream by its type', () => {
  expect(operations.filter((operation) => operation.isStream).map((operation) => operation.path)).toEqual([
    '/v1/logs/tail',
  ]);
});

it.each([
  ['', 5],
  ['post', 2],
  ['LOGS find', 1],
  ['admin', 1],
  ['nothing of this', 0],
])('finds by every word, in any case: %j', (text, count) => {
  expect(found(operations, text)).toHaveLength(count);
});
