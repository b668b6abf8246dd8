/** The tester over a faked network: answers, problems, nonsense and silence, and no secret on the screen. */
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { session, useSession } from '@/session/session';
import { renderIn } from '@/testing/render';
import TryScreen from './TryScreen';

vi.mock('@/session/session', () => ({ session: { token: vi.fn() }, useSession: vi.fn() }));

const network = vi.fn<typeof fetch>();

function answer(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });
}

const press = (name: string) => fireEvent.click(screen.getByText(name, { selector: 'button *' }));
const received = () => screen.getByRole('region', { name: 'Received' });
const sent = () => screen.getByRole('region', { name: 'Sent' });

beforeEach(() => {
  vi.stubGlobal('fetch', network.mockReset());
  vi.mocked(useSession).mockReturnValue({ state: 'out' });
  vi.mocked(session.token).mockResolvedValue(undefined);
});

it('hits the broker by one press and shows what came', async () => {
  network.mockResolvedValueOnce(answer({ error: false, message: 'hit the broker' }, 200, { 'x-request-id': 'abc' }));
  renderIn(<TryScreen />);
  press('Broker');
  expect(await within(received()).findByText(/"message": "hit the broker"/)).toBeInTheDocument();
  expect(within(received()).getByText('200')).toBeInTheDocument();
  expect(within(received()).getAllByText('abc').length).toBeGreaterThan(0);
  expect(network).toHaveBeenCalledWith('/', expect.objectContaining({ method: 'POST', credentials: 'omit' }));
});

it('signs in with the password that was typed and shows neither it nor the tokens', async () => {
  network.mockResolvedValueOnce(answer({ data: { access_token: 'secret-access', refresh_token: 'secret-refresh' } }));
  renderIn(<TryScreen />);
  press('Auth');
  expect(network).not.toHaveBeenCalled();
  const password = within(sent()).getByLabelText('Password', { selector: 'input' });
  fireEvent.change(password, { target: { value: 'password123' } });
  press('Send');
  await within(received()).findByText(/access_token/);
  expect(JSON.parse(String(network.mock.calls[0]?.[1]?.body))).toEqual({
    action: 'auth',
    auth: { email: 'admin@example.com', password: 'password123' },
  });
  expect(password).toHaveAttribute('type', 'password');
  const body: HTMLTextAreaElement = within(sent()).getByLabelText('Body');
  expect(body.value + document.body.textContent).not.toMatch(/password123|secret-/);
});

it('takes a password that was typed into the body out of sight when it is sent', async () => {
  network.mockResolvedValueOnce(answer({}));
  renderIn(<TryScreen />);
  press('Auth');
  const body: HTMLTextAreaElement = within(sent()).getByLabelText('Body');
  fireEvent.change(body, { target: { value: '{"action":"auth","auth":{"email":"a","password":"typed-here"}}' } });
  press('Send');
  await waitFor(() => expect(network).toHaveBeenCalled());
  expect(String(network.mock.calls[0]?.[1]?.body)).toContain('typed-here');
  expect(body.value).not.toContain('typed-here');
});

it('sends the token of the session where the row may need it, and only its mask is seen', async () => {
  vi.mocked(useSession).mockReturnValue({
    state: 'in',
    user: { id: '1', email: 'a@example.com', first_name: 'A', last_name: 'B', role: 'user' },
  });
  vi.mocked(session.token).mockResolvedValue('token-of-session');
  network.mockImplementation(async () => answer({}));
  renderIn(<TryScreen />);
  press('gRPC logger');
  await waitFor(() => expect(network).toHaveBeenCalled());
  expect(network.mock.calls[0]?.[1]?.headers).toContainEqual(['Authorization', 'Bearer token-of-session']);
  press('Broker');
  await waitFor(() => expect(network.mock.calls[1]?.[1]?.headers).toEqual([]));
  expect(document.body.textContent).not.toContain('token-of-session');
});

it('shows nonsense, problems and silence as they are, and keeps them in the output', async () => {
  network
    .mockResolvedValueOnce(answer('<h1>502 Bad Gateway</h1><script>window.ran=1</script>', 502))
    .mockResolvedValueOnce(answer({ detail: 'level: must be one of', trace_id: 'of-problem' }, 400))
    .mockRejectedValueOnce(new TypeError('Failed to fetch'));
  renderIn(<TryScreen />);
  press('gRPC logger');
  expect(await within(received()).findByText(/<h1>502 Bad Gateway<\/h1>/)).toBeInTheDocument();
  expect(document.querySelector('h1 + script, pre *')).toBeNull();
  press('gRPC logger');
  expect(await within(received()).findByText('of-problem')).toBeInTheDocument();
  press('RabbitMQ');
  expect(await within(received()).findByText('Failed to fetch')).toBeInTheDocument();
  const output = within(screen.getByRole('region', { name: 'Output' }));
  expect(output.getByText('502')).toBeInTheDocument();
  fireEvent.click(output.getByText('400'));
  expect(await within(received()).findByText('of-problem')).toBeInTheDocument();
});

it('keeps the last twenty tries', async () => {
  network.mockImplementation(async () => answer({}));
  renderIn(<TryScreen />);
  for (let each = 0; each < 23; each++) press('Broker');
  await waitFor(() => expect(network).toHaveBeenCalledTimes(23));
  await waitFor(() => expect(screen.getAllByText('POST /')).toHaveLength(20));
});
