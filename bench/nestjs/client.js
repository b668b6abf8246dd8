// Asks. Each line on standard input, `IN_FLIGHT MILLISECONDS`, is one load: so many questions at a time, the next one
// when an answer is there. Its line on standard output, `seen …`, has the milliseconds that it took, then each latency in
// microseconds.
import 'reflect-metadata';
import { createInterface } from 'node:readline';
import { Logger } from '@nestjs/common';
import { ClientProxyFactory } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { options } from './options.js';

Logger.overrideLogger(['error', 'warn']);
const question = JSON.parse(process.env.BENCH_QUESTION);
const client = ClientProxyFactory.create(options);
await client.connect();
await firstValueFrom(client.send('echo', question));
console.log('ready in 0 ms');

async function ask(until, latencies) {
  while (performance.now() < until) {
    const began = performance.now();
    const answer = await firstValueFrom(client.send('echo', question));
    if (answer.name !== question.name) throw new Error(`another answer: ${JSON.stringify(answer)}`);
    latencies.push(Math.round((performance.now() - began) * 1000));
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [inFlight, milliseconds] = line.split(' ').map(Number);
  const latencies = [];
  const began = performance.now();
  await Promise.all(Array.from({ length: inFlight }, () => ask(began + milliseconds, latencies)));
  console.log(['seen', Math.round(performance.now() - began), ...latencies].join(' '));
}
await client.close();
process.exit(0);
