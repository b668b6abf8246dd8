/** Operations are found by the URL, read as the document has them, and tried with the session's token. */
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { session } from '@/session/session';
import { loaded, renderScreen } from '@/testing/screen';
import type { ApiDocument } from './api/document';
import { feature } from './feature';

await loaded(feature);

const json = (schema: object, more: object = {}) => ({ 'application/json': { schema, ...more } });
const document: ApiDocument = {
  tags: [{ name: 'logger' }, { name: 'operations' }],
  paths: {
    '/v1/logs': {
      get: {
        operationId: 'list',
        tags: ['logger'],
        summary: 'Find entries',
        security: [{ bearer: [] }],
        parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer' } }],
        responses: { '200': { description: 'Done.', content: json({ $ref: '#/components/schemas/Page' }) } },
      },
      post: {
        operationId: 'store',
        tags: ['logger'],
        summary: 'Store an entry',
        security: [{}, { bearer: [] }],
        requestBody: { required: true, content: json({ type: 'object' }, { example: { name: 'event' } }) },
        responses: { '201': { description: 'Done.' } },
      },
    },
    '/v1/logs/tail': {
      get: {
        operationId: 'tail',
        tags: ['logger'],
        security: [{ bearer: [] }],
        responses: { '200': { content: { 'text/event-stream': {} } } },
      },
    },
    '/v1/admin/queues/{name}': {
      get: {
        operationId: 'queue',
        tags: ['operations'],
        security: [{ bearer: [] }],
        'x-required-role': 'admin',
        parameters: [{ name: 'name', in: 'path', required: true, schema: { type: 'string' } }],
        responses: {},
      },
    },
  },
  components: {
    schemas: { Page: { type: 'object', properties: { next_cursor: { type: 'string', description: 'Goes on.' } } } },
  },
};

const tried = vi.fn<(path: string, init: RequestInit | undefined) => Response>();

beforeEach(() => {
  tried.mockReset();
  vi.spyOn(session, 'token').mockResolvedValue('t0ken');
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const url = new URL(input instanceof Request ? input.url : input, window.location.origin);
    return url.pathname === '/openapi.json' ? Response.json(document) : tried(url.pathname + url.search, init);
  });
});
afterEach(() => vi.unstubAllGlobals());

const operations = () => within(screen.getByRole('navigation', { name: 'Operations' })).getAllByRole('link');

describe('the list', () => {
  it('is filtered by what is typed, and the URL says by what', async () => {
    const router = renderScreen(feature, '/reference?op=list');
    await screen.findByText('4 shown / 4');
    const field = screen.getByRole('textbox', { name: 'Find operations' });
    expect(field).toHaveAttribute('data-filter');
    await userEvent.type(field, 'post logs');
    await waitFor(() => expect(operations()).toHaveLength(1));
    expect(screen.getByText('1 shown / 4')).toBeInTheDocument();
    expect(router.history.location.href).toBe('/reference?q=post+logs&op=list');
  });

  it('shows the operation of the URL, and leads to others by it', async () => {
    const router = renderScreen(feature, '/reference?q=logs&op=list');
    expect(await screen.findByRole('heading', { name: 'Find entries' })).toBeInTheDocument();
    expect(screen.getByText('Goes on.')).toBeInTheDocument();
    await userEvent.click(screen.getByRole('link', { name: /POST/ }));
    expect(await screen.findByRole('heading', { name: 'Store an entry' })).toBeInTheDocument();
    expect(router.history.location.href).toBe('/reference?q=logs&op=store');
    router.history.back();
    expect(await screen.findByRole('heading', { name: 'Find entries' })).toBeInTheDocument();
  });

  it('says that an operation is gone', async () => {
    renderScreen(feature, '/reference?op=none');
    expect(await screen.findByText('There is no operation none')).toBeInTheDocument();
  });
});

describe('trying', () => {
  it('sends what was filled in with the token, and shows the answer with secrets masked', async () => {
    tried.mockReturnValue(Response.json({ token: 's3cret', entries: [] }, { headers: { 'x-request-id': 'r1' } }));
    renderScreen(feature, '/reference?op=list');
    await userEvent.type(await screen.findByLabelText('limit'), '5');
    await userEvent.click(screen.getByRole('button', { name: 'Send GET' }));
    expect(await screen.findByRole('status')).toHaveTextContent('200');
    expect(screen.getByRole('region', { name: 'Body of the answer' })).toHaveTextContent('"token": "***"');
    await userEvent.click(screen.getByRole('button', { name: '2 headers' }));
    expect(screen.getByText('r1')).toBeInTheDocument();
    const [path, init] = tried.mock.calls[0] ?? [];
    expect(path).toBe('/v1/logs?limit=5');
    expect(new Headers(init?.headers).get('authorization')).toBe('Bearer t0ken');
  });

  it.each(['{Enter}{Enter}', '{Control>}{Enter}{Enter}{/Control}'])(
    'by %s sends once, as long as no answer came',
    async (keys) => {
      let answer: (told: Response) => void = () => undefined;
      tried.mockReturnValue(new Promise<Response>((done) => (answer = done)) as never);
      renderScreen(feature, '/reference?op=list');
      await userEvent.type(await screen.findByLabelText('limit'), `5${keys}`);
      answer(Response.json({}));
      expect(await screen.findByRole('status')).toHaveTextContent('200');
      expect(tried).toHaveBeenCalledOnce();
    },
  );

  it('shows the errors of a 422 at their fields', async () => {
    const errors = [{ field: 'level', detail: 'must be one of DEBUG, INFO' }];
    tried.mockReturnValue(Response.json({ title: 'Unprocessable', errors }, { status: 422 }));
    renderScreen(feature, '/reference?op=store');
    const body = await screen.findByRole('textbox', { name: /Body/ });
    expect(body).toHaveValue('{\n  "name": "event"\n}');
    await userEvent.click(screen.getByRole('button', { name: 'Send POST' }));
    expect(await screen.findByRole('status')).toHaveTextContent('422');
    expect(body).toBeInvalid();
    expect(body).toHaveAccessibleDescription('level must be one of DEBUG, INFO');
  });

  it('sends nothing while the body is not JSON', async () => {
    renderScreen(feature, '/reference?op=store');
    const body = await screen.findByRole('textbox', { name: /Body/ });
    await userEvent.clear(body);
    await userEvent.type(body, 'nonsense');
    await userEvent.click(screen.getByRole('button', { name: 'Send POST' }));
    await waitFor(() => expect(body).toBeInvalid());
    expect(tried).not.toHaveBeenCalled();
  });

  it('says who may, to who may not', async () => {
    renderScreen(feature, '/reference?op=queue');
    expect(await screen.findByRole('button', { name: 'Send GET' })).toBeDisabled();
    expect(screen.getByText('Only admins may call this.')).toBeInTheDocument();
  });

  it('leaves a stream to the shell', async () => {
    renderScreen(feature, '/reference?op=tail');
    expect(await screen.findByText(/^curl -N .*\/v1\/logs\/tail/)).toHaveTextContent('Bearer $TOKEN');
    expect(screen.queryByRole('button', { name: /Send/ })).not.toBeInTheDocument();
  });
});
