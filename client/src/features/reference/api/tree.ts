/** A schema as a tree that can be read: references followed, alternatives side by side, and what stands within itself
 *  shown once. Types are written as in code, so that they need no translation. */
import { type ApiDocument, type Schema, target } from './document';

export interface SchemaNode {
  /** Empty at the root and for an alternative without a name; `*` for any other name. */
  name: string;
  /** Such as `string<date-time>`, `logger.v1.Entry[]`, `integer | null`. */
  type: string;
  required: boolean;
  description: string;
  values: string[];
  /** In the words of JSON Schema: `minimum 1`. */
  rules: string[];
  /** Whether the children are alternatives, not members. */
  isChoice: boolean;
  /** Sets of members, of which one is to be there. */
  either: string[][];
  /** It stands within itself: its members are above. */
  repeats: boolean;
  children: SchemaNode[];
}

const limits = [
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'readOnly',
  'writeOnly',
] as const;

interface Place {
  document: ApiDocument;
  /** The references on the way from the root. */
  within: string[];
}

export function treeOf(document: ApiDocument, schema: Schema): SchemaNode {
  return node({ document, within: [] }, '', schema, false);
}

function node(place: Place, name: string, raw: Schema, required: boolean): SchemaNode {
  const refs: string[] = [];
  const schema = merged(place.document, raw, refs);
  const base = {
    name,
    required,
    description: schema.description ?? '',
    values: valuesOf(schema),
    rules: rulesOf(schema),
    either: eitherOf(schema),
    isChoice: false,
    repeats: false,
    children: [],
  };
  const ref = raw.$ref && lastName(raw.$ref);
  const orNull = isNullable(schema) ? ' | null' : '';
  if (refs.some((each) => place.within.includes(each)))
    return { ...base, type: (ref ?? 'object') + orNull, repeats: true };
  const inner = { ...place, within: [...place.within, ...refs] };

  const choices = choicesOf(schema);
  if (choices.length === 1 && choices[0]) {
    const only = node(inner, name, choices[0], required);
    return { ...only, type: only.type + orNull, description: base.description || only.description };
  }
  if (choices.length > 1) {
    const children = choices.map((choice) => node(inner, '', choice, false));
    return { ...base, type: children.map((child) => child.type).join(' | ') + orNull, isChoice: true, children };
  }
  if (schema.items) {
    const item = node(inner, name, schema.items, required);
    const type = (item.type.includes(' | ') ? `(${item.type})` : item.type) + '[]' + orNull;
    const { children, isChoice, either, repeats } = item;
    const values = [...base.values, ...item.values];
    const description = base.description || item.description;
    return {
      ...base,
      type,
      description,
      values,
      rules: [...base.rules, ...item.rules],
      children,
      isChoice,
      either,
      repeats,
    };
  }
  const children = membersOf(schema).map(([member, each]) =>
    node(inner, member, each, schema.required?.includes(member) ?? false),
  );
  return { ...base, type: (ref && children.length > 0 ? ref : typeOf(schema)) + orNull, children };
}

/** The schema with what it refers to and all of its `allOf` in one; `refs` is told what was followed. */
export function merged(document: ApiDocument, schema: Schema, refs: string[] = []): Schema {
  const { $ref, allOf = [], ...own } = schema;
  const parts = allOf.map((part) => merged(document, part, refs));
  if ($ref !== undefined && !refs.includes($ref)) {
    refs.push($ref);
    const referred = target(document, $ref) as Schema | undefined;
    if (referred) parts.unshift(merged(document, referred, refs));
  }
  return [...parts, own].reduce(joined);
}

function joined(one: Schema, other: Schema): Schema {
  return {
    ...one,
    ...other,
    ...((one.properties || other.properties) && { properties: { ...one.properties, ...other.properties } }),
    ...((one.required || other.required) && { required: [...(one.required ?? []), ...(other.required ?? [])] }),
  };
}

function membersOf({ properties = {}, additionalProperties }: Schema): [string, Schema][] {
  const others: [string, Schema][] = typeof additionalProperties === 'object' ? [['*', additionalProperties]] : [];
  return [...Object.entries(properties), ...others];
}

/** Alternatives that are types of their own; not null, and not mere conditions. */
export function choicesOf({ oneOf = [], anyOf = [] }: Schema): Schema[] {
  return [...oneOf, ...anyOf].filter((each) => !isNull(each) && !isCondition(each));
}

function eitherOf({ oneOf = [], anyOf = [] }: Schema): string[][] {
  return [...oneOf, ...anyOf].flatMap((each) => (isCondition(each) && each.required ? [each.required] : []));
}

function isCondition(schema: Schema): boolean {
  const words = Object.keys(schema);
  return words.length > 0 && words.every((word) => word === 'required' || word === 'not');
}

function isNull(schema: Schema): boolean {
  return schema.type === 'null' || ('const' in schema && schema.const === null);
}

function isNullable(schema: Schema): boolean {
  const inType = Array.isArray(schema.type) && schema.type.includes('null');
  return inType || schema.nullable === true || [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].some(isNull);
}

function typeOf(schema: Schema): string {
  const types = [schema.type ?? []].flat().filter((type) => type !== 'null');
  if (types.length > 0) return types.join(' | ') + (schema.format ? `<${schema.format}>` : '');
  if (schema.const !== undefined) return typeof schema.const;
  if (schema.properties) return 'object';
  return schema.enum ? typeof schema.enum[0] : 'any';
}

function valuesOf(schema: Schema): string[] {
  const values = schema.const === undefined ? (schema.enum ?? []) : [schema.const];
  return values.map((value) => JSON.stringify(value));
}

/** What a format allows anyway says nothing of the value. */
const ranges: Record<string, [number, number]> = {
  uint32: [0, 2 ** 32 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
};

function rulesOf(schema: Schema): string[] {
  const [least, most] = ranges[schema.format ?? ''] ?? [];
  return limits.flatMap((limit) => {
    const value = schema[limit];
    if (value === undefined || value === false) return [];
    if ((limit === 'minimum' && value === least) || (limit === 'maximum' && value === most)) return [];
    return value === true ? limit : `${limit} ${value}`;
  });
}

function lastName(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}
