/** A value that fits a schema: the one that the document gives, else one that is made of the types. */
import type { ApiDocument, Payload, Schema } from './document';
import { choicesOf, merged } from './tree';

export function exampleOf(document: ApiDocument, schema: Schema, within: string[] = []): unknown {
  const refs: string[] = [];
  const flat = merged(document, schema, refs);
  const given = givenOf(flat);
  if (given !== undefined) return given;
  if (refs.some((ref) => within.includes(ref))) return undefined;
  const inner = [...within, ...refs];
  const [choice] = choicesOf(flat);
  if (choice && !flat.properties) return exampleOf(document, choice, inner);
  if (flat.items) {
    const item = exampleOf(document, flat.items, inner);
    return item === undefined ? [] : [item];
  }
  const types = [flat.type ?? (flat.properties ? 'object' : 'string')].flat();
  const type = types.find((each) => each !== 'null') ?? 'null';
  return type === 'object' ? objectOf(document, flat, inner) : simple(type, flat);
}

function givenOf(schema: Schema): unknown {
  if (schema.example !== undefined) return schema.example;
  const [first] = schema.examples ?? [];
  if (first !== undefined) return first;
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  // protobuf's zero stands first, and nobody sends it.
  return schema.enum?.find((value) => !String(value).endsWith('_UNSPECIFIED'));
}

function objectOf(document: ApiDocument, schema: Schema, within: string[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const value = member.readOnly ? undefined : exampleOf(document, member, within);
    if (value !== undefined) result[name] = value;
  }
  return result;
}

const strings: Record<string, string> = {
  'date-time': '2026-01-02T03:04:05Z',
  date: '2026-01-02',
  uuid: '01981c5e-0000-7000-8000-000000000000',
  email: 'ada@example.com',
  password: '***',
  uint64: '0',
  int64: '0',
};

function simple(type: string, schema: Schema): unknown {
  if (type === 'integer' || type === 'number') return schema.minimum ?? 0;
  if (type === 'boolean') return false;
  return type === 'null' ? null : (strings[schema.format ?? ''] ?? '');
}

/** Every example of a payload as text to edit, by its name; one that is made where none is given. */
export function examplesOf(document: ApiDocument, payload: Payload): { name: string; text: string }[] {
  const made = payload.schema && exampleOf(document, payload.schema);
  const values = payload.examples.length > 0 ? payload.examples : [{ name: '', value: made }];
  return values.flatMap(({ name, value }) =>
    value === undefined ? [] : [{ name, text: typeof value === 'string' ? value : JSON.stringify(value, null, 2) }],
  );
}
