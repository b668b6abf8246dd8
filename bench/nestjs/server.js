// Answers each question with what it was sent. Decorators are called as functions, so that node runs this as it is.
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern } from '@nestjs/microservices';
import { options } from './options.js';

class Echo {
  echo(data) {
    return data;
  }
}
const method = Object.getOwnPropertyDescriptor(Echo.prototype, 'echo');
MessagePattern('echo')(Echo.prototype, 'echo', method);
Controller()(Echo);

class Root {}
Module({ controllers: [Echo] })(Root);

const server = await NestFactory.createMicroservice(Root, { ...options, logger: ['error', 'warn'] });
await server.listen();
console.log('ready in 0 ms');
