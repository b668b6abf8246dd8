/** A door of the test's own in front of a mesh: it passes everything on, but for what it is told to answer itself, and
 *  can be cut or closed. */
import { createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export class Front {
  url = '';
  /** Answers in the mesh's place, by path: so the browser's own cache of files is not switched off, as by routes. */
  readonly answers = new Map<string, (outgoing: ServerResponse) => void>();
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private constructor(private readonly mesh: { url: string }) {
    this.server = createServer((incoming, outgoing) => {
      const path = new URL(incoming.url ?? '/', 'http://front').pathname;
      const own = this.answers.get(path);
      if (own) {
        incoming.resume();
        own(outgoing);
        return;
      }
      const target = new URL(incoming.url ?? '/', this.mesh.url);
      const passed = request(target, { method: incoming.method, headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
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
