// How both sides reach RabbitMQ. The queue is of the same type as Switchboard's for questions; everything else is what
// NestJS does by itself: questions are not acknowledged, nothing is confirmed, answers come by direct reply-to.
import { Transport } from '@nestjs/microservices';

export const options = {
  transport: Transport.RMQ,
  options: {
    urls: [process.env.BENCH_RABBITMQ_URL],
    queue: 'rpc.bench',
    queueOptions: { durable: true, autoDelete: true, maxPriority: 4 },
  },
};
