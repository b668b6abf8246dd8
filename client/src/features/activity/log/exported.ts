/** The log as a file. A cell of CSV that a spreadsheet would take for a formula is made text by an apostrophe (OWASP). */
import type { Entry } from './entry';

const fields = ['id', 'created_at', 'level', 'name', 'via', 'data'] as const;

export function ndjson(entries: Entry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

export function csv(entries: Entry[]): string {
  const lines = entries.map((entry) => fields.map((field) => cell(entry[field] ?? '')).join(','));
  return `${[fields.join(','), ...lines].join('\r\n')}\r\n`;
}

export function cell(value: string): string {
  // Spreadsheets pass over spaces before a formula, and some take full-width signs for one as well.
  const safe = /^[\s]*[=+\-@\t\r\n＝＋－＠|]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) || safe !== value ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function download(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the address by then; without this the file stays in memory for as long as the tab does.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
