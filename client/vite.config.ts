/// <reference types="vitest/config" />
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The broker that `make dev` talks to: everything that is not the panel's own goes there.
const broker = process.env.BROKER_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    proxy: {
      '/v1': { target: broker },
      '/handle': { target: broker },
      '/grpc-logger': { target: broker },
      '/rabbitmq-logger': { target: broker },
      '/openapi.json': { target: broker },
      // The broker is hit by a POST; to look at the panel there is a GET.
      '^/$': { target: broker, bypass: ({ method, url }) => (method === 'POST' ? undefined : url) },
    },
  },
  build: { manifest: true, target: 'es2022', assetsInlineLimit: 0 },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/testing/setup.ts'],
    restoreMocks: true,
    // Several conditions may be waited for, on a machine that has other things to do (see setup.ts).
    testTimeout: 60_000,
  },
});
