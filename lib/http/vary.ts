/** To which variant a request belongs, by the request fields that `Vary` names (RFC 9110 12.5.5, RFC 9111 4.1). */

import { type Fields, members, type RequestHead, values, withoutOuterSpace } from './message.js'
import type { Policy } from './policy.js'
import { isToken } from './token.js'

/** Names of request fields in canonical form: lower-case, sorted, unique. The empty rule puts all requests into one variant. */
export type VaryRule = readonly string[]

const NO_NAMES: VaryRule = []

/** Up to this many names, each is looked for among all fields; for more, the fields are indexed. */
const FEW_NAMES = 8

/** The canonical rule of `names`; `B, a, A` and `a, b` are one rule. */
export function varyRule(names: Iterable<string>): VaryRule {
  const unique = new Set<string>()
  for (const name of names) unique.add(name.toLowerCase())
  return unique.size === 0 ? NO_NAMES : [...unique].sort()
}

/**
 * The names in all `Vary` lines, lower-case, in order, without those that cannot be field names. `*` makes the others irrelevant,
 * unless by the policy it is an ordinary name.
 */
export function varyNames(fields: Fields, policy: Policy): readonly string[] {
  const names = members(fields, 'vary').map((name) => name.toLowerCase())
  if (policy.varyStar === 'refuse' && names.includes('*')) return ['*']
  return names.filter(isToken)
}

/**
 * The variant to which `request` belongs under `rule`, as a text: two requests have the same text exactly if the rule cannot tell
 * them apart. An absent field differs from an empty one. Repeated lines stay separate and in order. If the policy compares by
 * meaning, the lines of a list field count as one list, and white space around commas and semicolons is ignored (RFC 9111 4.1).
 */
export function variantOf(rule: VaryRule, request: RequestHead, policy: Policy): string {
  if (rule.length === 0) return ''
  const { fields } = request
  // Both lists may be as long as a head can be, so comparing each name with each field would take quadratic time.
  const byName = rule.length > FEW_NAMES ? linesByName(fields) : undefined
  return JSON.stringify(
    rule.map((name) => {
      const lines = byName === undefined ? values(fields, name) : (byName.get(name) ?? [])
      return [name, ...selectingValues(name, lines, policy.varyNormalization)]
    }),
  )
}

function selectingValues(
  name: string,
  lines: readonly string[],
  normalization: Policy['varyNormalization'],
): readonly string[] {
  if (normalization === 'exact' || lines.length === 0 || SINGLETONS.has(name)) return lines
  // Several lines are one list (RFC 9110 5.3).
  const list = lines.join(', ')
  const normalize = NORMALIZERS.get(name) ?? withoutListSpace
  return [normalize(list) ?? list]
}

/**
 * Fields that are no lists: their commas and semicolons are part of the value, and so is the white space around these (RFC 9110 5.5,
 * RFC 6265 4.2.1). If that were normalised, a client with an unusual spelling, which the origin may answer differently, would have
 * its answer served to clients with the usual one.
 */
const SINGLETONS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'from',
  'host',
  'if-modified-since',
  'if-range',
  'if-unmodified-since',
  'origin',
  'proxy-authorization',
  'range',
  'referer',
  'user-agent',
])

function linesByName(fields: Fields): ReadonlyMap<string, readonly string[]> {
  const byName = new Map<string, string[]>()
  for (const [name, value] of fields) {
    const lines = byName.get(name)
    if (lines === undefined) byName.set(name, [value])
    else lines.push(value)
  }
  return byName
}

/** Takes a field's value as one list. Returns the same text for equal meanings; `undefined` for a value that it cannot parse. */
type Normalizer = (list: string) => string | undefined

const NORMALIZERS: ReadonlyMap<string, Normalizer> = new Map<string, Normalizer>([
  ['accept-encoding', (list) => weighted(list, codingName)?.sort(byWeightThenName).map(serialized).join(',')],
  // Some recipients take the order of equal weights for a preference, but no client can rely on that (RFC 9110 12.5.4).
  ['accept-language', (list) => weighted(list, String)?.sort(byWeightThenName).map(serialized).join(',')],
])

interface Weighted {
  readonly name: string
  /** Thousandths, 0 to 1000. */
  readonly weight: number
}

const WEIGHTED_MEMBER = /^([!#$%&'*+.^_`|~0-9a-z-]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/

function weighted(list: string, canonicalName: (name: string) => string): Weighted[] | undefined {
  const found = new Map<string, number>()
  for (const member of list.toLowerCase().split(',')) {
    // Not `trim`, which removes other characters too: to an origin those are part of the name.
    const text = withoutOuterSpace(member)
    if (text === '') continue
    const [, name, quality = '1'] = WEIGHTED_MEMBER.exec(text) ?? []
    if (name === undefined) return undefined
    const weight = Math.round(Number(quality) * 1000)
    const canonical = canonicalName(name)
    // One name with two weights has no defined meaning.
    if ((found.get(canonical) ?? weight) !== weight) return undefined
    found.set(canonical, weight)
  }
  return [...found].map(([name, weight]) => ({ name, weight }))
}

/** The member of a weighted list with the greatest weight; `undefined` if several have it, or it is 0. */
export function preferredOnly(list: string): string | undefined {
  const [best, next] = weighted(list, String)?.sort(byWeightThenName) ?? []
  const stands = best !== undefined && best.weight > 0 && best.weight !== next?.weight
  return stands ? best.name : undefined
}

/** `x-gzip` and `x-compress` are old names of `gzip` and `compress` (RFC 9110 8.4.1). */
function codingName(name: string): string {
  return name === 'x-gzip' || name === 'x-compress' ? name.slice(2) : name
}

function byWeightThenName(a: Weighted, b: Weighted): number {
  return b.weight - a.weight || (a.name < b.name ? -1 : 1)
}

function serialized({ name, weight }: Weighted): string {
  return weight === 1000 ? name : `${name};q=${weight / 1000}`
}

/** Splits a list into pieces. Each octet is matched once: an unterminated string extends to the end. */
const LIST_PIECE = /"(?:[^"\\]|\\.)*("?)|[ \t]+|[,;]|[^ \t,;"]+/g

/** Removes the optional white space around `,` and `;` outside quoted strings; `undefined` if a string is unterminated. */
function withoutListSpace(list: string): string | undefined {
  let spelled = ''
  let space = ''
  let behind: 'separator' | 'text' = 'separator'
  for (const [piece, end] of list.matchAll(LIST_PIECE)) {
    if (end === '') return undefined
    if (piece.startsWith(' ') || piece.startsWith('\t')) {
      space = piece
      continue
    }
    const separates = piece === ',' || piece === ';'
    spelled += separates || behind === 'separator' ? piece : space + piece
    behind = separates ? 'separator' : 'text'
    space = ''
  }
  return spelled
}
