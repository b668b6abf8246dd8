/** A door of the test's own in front of a mesh: it passes everything on, and can be cut, closed, or slow. With
 *  SWITCHBOARD_PANEL it hands out the panel of that folder instead of the one in the program. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { extname, join } from 'node:path';

const kinds: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export class Front {
  url = '';
  /** Answers `/v1/live` in the mesh's place. */
  live: ((outgoing: ServerResponse) => void) | undefined;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private constructor(private readonly mesh: { url: string }) {
    this.server = createServer((incoming, outgoing) => {
      const path = new URL(incoming.url ?? '/', 'http://front').pathname;
      if (path === '/v1/live' && this.live) {
        this.live(outgoing);
        return;
      }
      const own = ownFile(path, incoming.headers.accept);
      const target = new URL(own?.isPage ? '/' : (incoming.url ?? '/'), this.mesh.url);
      if (own && !own.isPage) {
        outgoing.writeHead(200, { 'content-type': own.kind, 'cache-control': 'no-store' });
        outgoing.end(own.content);
        return;
      }
      const passed = request(target, { method: incoming.method, headers: incoming.headers }, (answer) => {
        const headers = { ...answer.headers };
        if (own) {
          // The page is ours, the policy that it is shown under is the mesh's.
          delete headers['content-encoding'];
          delete headers['content-length'];
          answer.resume();
          outgoing.writeHead(200, { ...headers, 'content-type': own.kind });
          outgoing.end(own.content);
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 502, headers);
        outgoing.flushHeaders();
        answer.pipe(outgoing);
        answer.on('error', () => outgoing.destroy());
      });
      passed.on('error', () => outgoing.destroy());
      outgoing.on('close', () => passed.destroy());
      incoming.pipe(passed);
    });
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  static async start(mesh: { url: string }): Promise<Front> {
    const front = new Front(mesh);
    await front.listen(0);
    front.url = `http://127.0.0.1:${(front.server.address() as AddressInfo).port}`;
    return front;
  }

  private listen(port: number): Promise<void> {
    return new Promise((resolve) => this.server.listen(port, '127.0.0.1', () => resolve()));
  }

  /** Ends every connection that there is, as a cable does; says how many. */
  cut(): number {
    const { size } = this.sockets;
    for (const socket of this.sockets) socket.resetAndDestroy();
    return size;
  }

  /** Nobody is there any more, until it is opened again. */
  async shut(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.cut();
    await closed;
  }

  async reopen(): Promise<void> {
    await this.listen(Number(new URL(this.url).port));
  }

  async stop(): Promise<void> {
    if (this.server.listening) await this.shut();
  }
}

function ownFile(path: string, accept = ''): { content: Buffer; kind: string; isPage: boolean } | undefined {
  const folder = process.env.SWITCHBOARD_PANEL;
  if (!folder) return undefined;
  const isPage = accept.includes('text/html');
  const file = join(folder, isPage ? 'index.html' : path);
  if (!(isPage || extname(path)) || !existsSync(file)) return undefined;
  return { content: readFileSync(file), kind: kinds[extname(file)] ?? 'application/octet-stream', isPage };
}
