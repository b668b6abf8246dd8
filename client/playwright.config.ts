/** The journeys and looks of the panel, in a real browser against a real mesh. `@nightly` marks what takes long. */
import { defineConfig } from '@playwright/test';

// Everything that Chromium would do by itself, such as updating, is left out; as root it has no sandbox.
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export default defineConfig({
  testDir: 'tests',
  testMatch: '**/*.spec.ts',
  // Tests of one file share a mesh, which a worker starts for itself.
  workers: Number(process.env.SWITCHBOARD_BROWSERS ?? 1),
  retries: process.env.CI === 'true' ? 1 : 0,
  forbidOnly: process.env.CI === 'true',
  ...(process.env.SWITCHBOARD_NIGHTLY === '1' ? {} : { grepInvert: /@nightly/ }),
  reporter: [['list']],
  outputDir: 'test-results',
  // For a machine that does much besides; what is waited for is a condition.
  timeout: 90_000,
  expect: { timeout: 20_000 },
  use: {
    headless: true,
    viewport: { width: 1440, height: 900 },
    locale: 'en-US',
    timezoneId: 'UTC',
    contextOptions: { reducedMotion: 'reduce' },
    trace: 'on-first-retry',
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: process.env.SWITCHBOARD_CHROMIUM ?? '/usr/bin/chromium', args: flags },
  },
});
