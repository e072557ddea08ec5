/** How HTTP heads are represented in the library: plain, immutable lists that keep order and repeated lines. */

/** One field line. Names are lower-case; values have no white space at the ends. */
export type Field = readonly [name: string, value: string]

/** Field lines in the order they came. Repeated names are separate entries, never joined. */
export type Fields = readonly Field[]

/** The head of a request. */
export interface RequestHead {
  /** As it is sent: methods are case-sensitive. */
  readonly method: string
  /** Absolute, without a fragment. */
  readonly url: string
  /** The field lines, in the order they are sent. */
  readonly fields: Fields
  /**
   * The program's own request directives, in the form of a `Cache-Control` value. They replace those of the fields, whether or not
   * the policy honours those, and are not forwarded.
   */
  readonly demands?: string | undefined
}

/** The head of a final response. */
export interface ResponseHead {
  readonly status: number
  readonly statusText: string
  readonly fields: Fields
}

/** The first value of `name` (lower-case); `undefined` if the field is absent. A field with an empty value is present. */
export function first(fields: Fields, name: string): string | undefined {
  for (const field of fields) if (field[0] === name) return field[1]
  return undefined
}

/** All values of `name` in order, one per line. */
export function values(fields: Fields, name: string): string[] {
  const found: string[] = []
  for (const field of fields) if (field[0] === name) found.push(field[1])
  return found
}

/** Whether both have the same values of `name`, however they are split into lines: `Headers` join them. */
export function sameValues(a: Fields, b: Fields, name: string): boolean {
  return values(a, name).join(', ') === values(b, name).join(', ')
}

/** Whether there is a line named `name`, even if its value is empty. */
export function has(fields: Fields, name: string): boolean {
  for (const field of fields) if (field[0] === name) return true
  return false
}

/** Whether both have the same lines in the same order. */
export function sameFields(a: Fields, b: Fields): boolean {
  if (a === b) return true
  return a.length === b.length && a.every(([name, value], at) => name === b[at]?.[0] && value === b[at]?.[1])
}

/** The members of a comma-separated list field over all its lines, trimmed, empty members dropped (RFC 9110 5.6.1). */
export function members(fields: Fields, name: string): string[] {
  return values(fields, name)
    .flatMap((line) => line.split(','))
    .map(withoutOuterSpace)
    .filter((member) => member !== '')
}

/** `fields` without any line named in `names`. */
export function without(fields: Fields, ...names: readonly string[]): Fields {
  for (const field of fields) if (names.includes(field[0])) return fields.filter((field) => !names.includes(field[0]))
  return fields
}

/** As `without`, for a list of names that came over the wire and may be as long as `fields`: it takes linear time. */
export function withoutListed(fields: Fields, names: Iterable<string>): Fields {
  const listed = new Set(names)
  return listed.size === 0 ? fields : fields.filter(([name]) => !listed.has(name))
}

/** `fields` with exactly one line named `name`, at the end. */
export function withField(fields: Fields, name: string, value: string): Fields {
  return [...without(fields, name), [name, value]]
}

/**
 * `value` without white space at its ends. Not by a pattern, which would start anew at each place in a run of white space inside
 * the value, and take n² steps for a run of length n.
 */
export function withoutOuterSpace(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && isSpace(value.charCodeAt(start))) start++
  while (end > start && isSpace(value.charCodeAt(end - 1))) end--
  return value.slice(start, end)
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}
