/** Which variant of a resource a request belongs to, by the request fields that `Vary` names (RFC 9110 12.5.5, RFC 9111 4.1). */

import { type Fields, members, type RequestHead, values, withoutOuterSpace } from './message.js'
import type { Policy } from './policy.js'
import { isToken } from './token.js'

/** Names of request fields in canonical form: lower-case, sorted, unique. The empty rule puts all requests into one variant. */
export type VaryRule = readonly string[]

const NO_NAMES: VaryRule = []

/** For so many it is no work to look for each of them among all fields. */
const FEW_NAMES = 8

/** The canonical rule of `names`; `B, a, A` and `a, b` are one rule. */
export function varyRule(names: Iterable<string>): VaryRule {
  const unique = new Set<string>()
  for (const name of names) unique.add(name.toLowerCase())
  return unique.size === 0 ? NO_NAMES : [...unique].sort()
}

/**
 * The names listed over all `Vary` lines, lower-case, in order, without those that cannot be field names; `'*'` where
 * it is listed.
 */
export function varyNames(fields: Fields): readonly string[] | '*' {
  const names = members(fields, 'vary').map((name) => name.toLowerCase())
  if (names.includes('*')) return '*'
  return names.filter(isToken)
}

/**
 * The variant `request` belongs to under `rule`, as text that two requests share exactly when the rule cannot tell them apart.
 * An absent field differs from an empty one. Repeated lines stay apart and in order, unless the policy compares by meaning:
 * then those of a list are one list, in which white space around commas and semicolons counts for nothing (RFC 9111 4.1).
 */
export function variantOf(rule: VaryRule, request: RequestHead, policy: Policy): string {
  if (rule.length === 0) return ''
  const { fields } = request
  // Both may be as long as a head can be.
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
  if (normalization === 'exact' || lines.length === 0 || NO_LISTS.has(name)) return lines
  // Several lines are one list (RFC 9110 5.3).
  const list = lines.join(', ')
  const normalize = NORMALIZERS.get(name) ?? withoutListSpace
  return [normalize(list) ?? list]
}

/**
 * Fields whose commas and semicolons are part of a value, and whose white space so is too (RFC 9110 5.5, RFC 6265 4.2.1): who
 * wrote them otherwise could be told apart by the origin, and have its answer stored for those who did not.
 */
const NO_LISTS: ReadonlySet<string> = new Set([
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

/** Takes a field as one list; gives one spelling for equal meanings, or `undefined` where it does not understand. */
type Normalizer = (list: string) => string | undefined

const NORMALIZERS: ReadonlyMap<string, Normalizer> = new Map<string, Normalizer>([
  ['accept-encoding', (list) => weighted(list, codingName)?.sort(byWeightThenName).map(spell).join(',')],
  // Some read the order of equal weights as a preference, which nobody can rely on (RFC 9110 12.5.4).
  ['accept-language', (list) => weighted(list, String)?.sort(byWeightThenName).map(spell).join(',')],
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
    // Not what `trim` takes for space besides: to an origin that is part of the name.
    const text = withoutOuterSpace(member)
    if (text === '') continue
    const [, name, quality = '1'] = WEIGHTED_MEMBER.exec(text) ?? []
    if (name === undefined) return undefined
    const weight = Math.round(Number(quality) * 1000)
    const canonical = canonicalName(name)
    // Twice the same name with two weights has no defined meaning.
    if ((found.get(canonical) ?? weight) !== weight) return undefined
    found.set(canonical, weight)
  }
  return [...found].map(([name, weight]) => ({ name, weight }))
}

/** The one member of a weighted list that is liked better than all others. */
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

function spell({ name, weight }: Weighted): string {
  return weight === 1000 ? name : `${name};q=${weight / 1000}`
}

/** Each octet is in one of them, and looked at once: a string without an end is one to the end. */
const LIST_PIECE = /"(?:[^"\\]|\\.)*("?)|[ \t]+|[,;]|[^ \t,;"]+/g

/** Removes the optional white space around `,` and `;` outside quoted strings. */
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
