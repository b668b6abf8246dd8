/** Schemas are shown as what one may send, whichever words of JSON Schema say it. */
import { describe, expect, it } from 'vitest';
import type { ApiDocument, Schema } from './document';
import { exampleOf, examplesOf } from './example';
import { type SchemaNode, treeOf } from './tree';

const document: ApiDocument = {
  paths: {},
  components: {
    schemas: {
      Entry: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
      Gap: { type: 'object', properties: { missed: { type: 'string', format: 'uint64' } } },
      Folder: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          folders: { type: 'array', items: { $ref: '#/components/schemas/Folder' } },
        },
      },
      Alias: { $ref: '#/components/schemas/Entry' },
      Loop: { $ref: '#/components/schemas/Loop' },
    },
  },
};
const entry = { $ref: '#/components/schemas/Entry' };
const gap = { $ref: '#/components/schemas/Gap' };

/** One line for each node, indented. */
function lines(node: SchemaNode, depth = 0): string[] {
  const marks = [node.required && 'required', node.isChoice && 'choice', node.repeats && 'repeats'].filter(Boolean);
  const extra = [...node.values, ...node.rules, ...node.either.map((each) => each.join('+'))];
  const line = [`${node.name}: ${node.type}`, ...marks, ...extra].join(', ');
  return ['  '.repeat(depth) + line, ...node.children.flatMap((child) => lines(child, depth + 1))];
}

describe('a schema as a tree', () => {
  const cases: [string, Schema, string[]][] = [
    [
      'a simple type with its limits',
      { type: 'integer', minimum: 1, maximum: 500 },
      [': integer, minimum 1, maximum 500'],
    ],
    [
      'no limits that its format has anyway',
      { type: 'integer', format: 'uint32', minimum: 0, maximum: 4_294_967_295 },
      [': integer<uint32>'],
    ],
    [
      'narrower limits than its format has',
      { type: 'integer', format: 'uint32', minimum: 1, maximum: 500 },
      [': integer<uint32>, minimum 1, maximum 500'],
    ],
    ['a format', { type: 'string', format: 'date-time' }, [': string<date-time>']],
    ['anything', {}, [': any']],
    ['an enum', { enum: ['A', 'B'] }, [': string, "A", "B"']],
    ['a constant', { const: false }, [': boolean, false']],
    ['null by type', { type: ['integer', 'null'] }, [': integer | null']],
    ['null by the older word', { type: 'string', nullable: true }, [': string | null']],
    ['null as an alternative', { anyOf: [entry, { type: 'null' }] }, [': Entry | null', '  id: string, required']],
    ['a reference', entry, [': Entry', '  id: string, required']],
    ['a reference to a reference', { $ref: '#/components/schemas/Alias' }, [': Alias', '  id: string, required']],
    ['a reference to nothing', { $ref: '#/components/schemas/None' }, [': any']],
    ['a reference to itself', { $ref: '#/components/schemas/Loop' }, [': any']],
    [
      'an array of objects',
      { type: 'array', items: entry, minItems: 1 },
      [': Entry[], minItems 1', '  id: string, required'],
    ],
    ['arrays of arrays', { type: 'array', items: { type: 'array', items: { type: 'string' } } }, [': string[][]']],
    [
      'an array of alternatives',
      { items: { oneOf: [{ type: 'string' }, { type: 'integer' }] } },
      [': (string | integer)[], choice', '  : string', '  : integer'],
    ],
    [
      'alternatives',
      { oneOf: [entry, gap] },
      [': Entry | Gap, choice', '  : Entry', '    id: string, required', '  : Gap', '    missed: string<uint64>'],
    ],
    [
      'conditions beside members',
      {
        type: 'object',
        properties: { path: { type: 'string' }, action: { type: 'string' } },
        oneOf: [{ required: ['path'] }, { required: ['action'] }],
      },
      [': object, path, action', '  path: string', '  action: string'],
    ],
    [
      'parts in one',
      { allOf: [entry, { properties: { more: { type: 'boolean' } } }] },
      [': object', '  id: string, required', '  more: boolean'],
    ],
    ['any other name', { type: 'object', additionalProperties: { type: 'string' } }, [': object', '  *: string']],
    ['a secret', { type: 'string', format: 'password', writeOnly: true }, [': string<password>, writeOnly']],
    [
      'what stands within itself',
      { $ref: '#/components/schemas/Folder' },
      [': Folder', '  name: string', '  folders: Folder[], repeats'],
    ],
  ];
  it.each(cases)('shows %s', (_, schema, expected) => {
    expect(lines(treeOf(document, schema))).toEqual(expected);
  });
});

describe('an example', () => {
  const cases: [string, Schema, unknown][] = [
    ['is the given one', { type: 'string', example: 'ada', default: 'x' }, 'ada'],
    ['is the default', { type: 'integer', default: 50 }, 50],
    ['leaves out the zero of protobuf', { enum: ['LEVEL_UNSPECIFIED', 'INFO'] }, 'INFO'],
    [
      'is made of types',
      {
        properties: {
          a: { type: 'string' },
          b: { type: ['integer', 'null'], minimum: 1 },
          c: { type: 'boolean' },
          d: { items: entry },
        },
      },
      { a: '', b: 1, c: false, d: [{ id: '' }] },
    ],
    [
      'leaves out what only answers hold',
      { properties: { a: { type: 'string', readOnly: true }, b: { const: 1 } } },
      { b: 1 },
    ],
    ['takes the first alternative', { oneOf: [gap, entry] }, { missed: '0' }],
    ['ends where a schema stands within itself', { $ref: '#/components/schemas/Folder' }, { name: '', folders: [] }],
    ['masks a password', { type: 'string', format: 'password' }, '***'],
  ];
  it.each(cases)('%s', (_, schema, expected) => {
    expect(exampleOf(document, schema)).toEqual(expected);
  });

  it('is text to edit, by its name', () => {
    const payload = { type: 'application/json', schema: entry, isStream: false };
    expect(examplesOf(document, { ...payload, examples: [] })).toEqual([{ name: '', text: '{\n  "id": ""\n}' }]);
    expect(examplesOf(document, { ...payload, examples: [{ name: 'log', value: { a: 1 } }] })).toEqual([
      { name: 'log', text: '{\n  "a": 1\n}' },
    ]);
  });
});
