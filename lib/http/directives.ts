/** Parses cache directives: `Cache-Control` and the fields like it (RFC 9111 5.2, 5.4, RFC 9213). */

import { type BareItem, type Dictionary, parseDictionary } from 'structured-headers'
import { parseDeltaSeconds } from './delta.js'
import { type Fields, has, members, type RequestHead, values } from './message.js'
import type { Policy } from './policy.js'

/** This cache's name in the targets of `Surrogate-Control` and in `Surrogate-Capability`. */
export const SURROGATE_NAME = 'tidewait'

/** Directives whose argument is a number of seconds. */
export type SecondsDirective =
  | 'max-age'
  | 's-maxage'
  | 'stale-while-revalidate'
  | 'stale-if-error'
  | 'min-fresh'
  | 'max-stale'

/** Directives whose argument, if they have one, limits them to some fields. */
export type QualifiableDirective = 'no-cache' | 'private'

/** Directives without an argument. */
export type FlagDirective =
  | 'no-store'
  | 'no-transform'
  | 'public'
  | 'must-revalidate'
  | 'proxy-revalidate'
  | 'must-understand'
  | 'immutable'
  | 'only-if-cached'

type Directive = SecondsDirective | QualifiableDirective | FlagDirective
type Argument = string | undefined

/** One parsed set of directives. Unknown ones are kept and mean nothing. */
export class Directives {
  /** The empty set. */
  static readonly none = new Directives(new Map())

  readonly #occurrences: ReadonlyMap<string, readonly Argument[]>

  constructor(said: ReadonlyMap<string, readonly Argument[]>) {
    this.#occurrences = said
  }

  /** Whether `directive` is in the set, with an argument or without. */
  has(directive: Directive): boolean {
    return this.#occurrences.has(directive)
  }

  /** Seconds of the first occurrence whose argument is delta-seconds; saturates at 2^32 - 1. */
  seconds(directive: SecondsDirective): number | undefined {
    for (const argument of this.#occurrences.get(directive) ?? []) {
      const seconds = argument === undefined ? undefined : parseDeltaSeconds(argument)
      if (seconds !== undefined) return seconds
    }
    return undefined
  }

  /** Whether `directive` occurs without an argument. */
  bare(directive: Directive): boolean {
    return (this.#occurrences.get(directive) ?? []).includes(undefined)
  }

  /** Whether an occurrence of `directive` names no fields and so applies to the whole response, whatever others name. */
  unqualified(directive: QualifiableDirective): boolean {
    return (this.#occurrences.get(directive) ?? []).some((argument) => fieldNames(argument).length === 0)
  }

  /** The field names, lower-case, in the arguments of all occurrences of `directive`. */
  qualified(directive: QualifiableDirective): readonly string[] {
    return (this.#occurrences.get(directive) ?? []).flatMap(fieldNames)
  }
}

/** The directives of a response, and whether `Expires` counts beside them. */
export interface ResponseDirectives {
  readonly directives: Directives
  /** A targeted field replaces `Expires` as it replaces `Cache-Control` (RFC 9213 2.2). */
  readonly expires: 'counts' | 'replaced'
}

const TOKEN = "[!#$%&'*+.^_`|~\\w-]+"
const QUOTED = '"((?:[^"\\\\]|\\\\.)*)"'
/**
 * The white space behind a member is matched in one place only. If the pattern had two places for one run of it, a run of length n
 * would take n² steps to match.
 */
const MEMBER = new RegExp(`[ \\t]*(?:(${TOKEN})(?:=(?:${QUOTED}|(${TOKEN}|)))?[ \\t]*)?(?:,|$)`, 'y')

/**
 * The directives of all `lines` of one field. If a member breaks the grammar, or a line is empty, the result is `undefined`; with
 * `ignore`, only the broken members are left out. An argument that should be a number and is not does not break the grammar:
 * `seconds` skips that occurrence.
 */
export function parseDirectives(
  lines: readonly string[],
  malformed: Policy['malformedDirectives'] = 'refuse',
): Directives | undefined {
  if (lines.length === 0) return Directives.none
  const said = new Map<string, Argument[]>()
  for (const line of lines) {
    const whole = parseLine(line, said)
    if (whole === 'malformed' && malformed === 'refuse') return undefined
  }
  return new Directives(said)
}

/**
 * The directives that govern a response: those of the first targeted field that is present, or else of `Cache-Control`. A targeted
 * field that is empty, or not a structured dictionary, counts as absent (RFC 9213 2.1). `Surrogate-Control`, older than that
 * RFC, has the grammar of `Cache-Control`. The result is `undefined` if the directives are malformed and the policy refuses that.
 */
export function responseDirectives(fields: Fields, policy: Policy): ResponseDirectives | undefined {
  for (const name of policy.targetedFields) {
    if (!has(fields, name)) continue
    if (name === 'surrogate-control') {
      const lines = linesForUs(values(fields, name))
      if (lines.length > 0) return counted(parseDirectives(lines, policy.malformedDirectives))
      continue
    }
    const directives = parseTargeted(values(fields, name))
    if (directives !== undefined) return { directives, expires: 'replaced' }
  }
  return counted(parseDirectives(values(fields, 'cache-control'), policy.malformedDirectives))
}

/** A request's directives. Broken members are ignored; without `Cache-Control`, `Pragma: no-cache` counts (RFC 9111 5.4). */
export function requestDirectives(fields: Fields): Directives {
  if (has(fields, 'cache-control')) return parseDirectives(values(fields, 'cache-control'), 'ignore') ?? Directives.none
  if (!has(fields, 'pragma')) return Directives.none
  const pragma = members(fields, 'pragma').some((member) => member.toLowerCase() === 'no-cache')
  return pragma ? new Directives(new Map([['no-cache', [undefined]]])) : Directives.none
}

/** The request directives to honour: what the program demands, or else the request's fields, if the policy honours those. */
export function demandedBy({ demands, fields }: RequestHead, policy: Policy): Directives {
  if (demands !== undefined) return requestDirectives([['cache-control', demands]])
  return policy.requestDirectives ? requestDirectives(fields) : Directives.none
}

/** Whether `demandedBy` could return any directives; cheaper than parsing them. */
export function demandsAnything({ demands, fields }: RequestHead, policy: Policy): boolean {
  if (demands !== undefined) return true
  return policy.requestDirectives && (has(fields, 'cache-control') || has(fields, 'pragma'))
}

/** A member of a list, with quoted strings whole. An unterminated string extends to the end, so each octet is matched once. */
const LIST_MEMBER = /(?:"(?:[^"\\]|\\.|\\$)*(?:"|$)|[^,"])+/g
/** A directive for one surrogate, whose name follows a semicolon (Edge Architecture 2.2). */
const TARGETED = /^(.*);[ \t]*([!#$%&'*+.^_`|~\w-]+)[ \t]*$/

/** `Surrogate-Control` without the directives for other surrogates. Those for this cache go first, because the first counts. */
function linesForUs(lines: readonly string[]): readonly string[] {
  if (!lines.some((line) => line.includes(';'))) return lines
  const ours: string[] = []
  const everybodys: string[] = []
  for (const member of lines.flatMap((line) => line.match(LIST_MEMBER) ?? [])) {
    const [, directive, target] = TARGETED.exec(member) ?? []
    if (directive === undefined) everybodys.push(member)
    else if (target === SURROGATE_NAME) ours.push(directive)
  }
  const members = [...ours, ...everybodys]
  return members.length === 0 ? [] : [members.join(',')]
}

function counted(directives: Directives | undefined): ResponseDirectives | undefined {
  return directives === undefined ? undefined : { directives, expires: 'counts' }
}

function parseLine(line: string, said: Map<string, Argument[]>): 'well-formed' | 'malformed' {
  let state: 'well-formed' | 'malformed' = line.trim() === '' ? 'malformed' : 'well-formed'
  for (let position = 0; position < line.length; ) {
    MEMBER.lastIndex = position
    const member = MEMBER.exec(line)
    if (member === null) {
      state = 'malformed'
      const comma = line.indexOf(',', position)
      position = comma < 0 ? line.length : comma + 1
      continue
    }
    position = MEMBER.lastIndex
    const [, name, quoted, token] = member
    if (name !== undefined) say(said, name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? token)
  }
  return state
}

function say(said: Map<string, Argument[]>, name: string, argument: Argument): void {
  const occurrences = said.get(name)
  if (occurrences === undefined) said.set(name, [argument])
  else occurrences.push(argument)
}

function parseTargeted(lines: readonly string[]): Directives | undefined {
  const dictionary = structuredDictionary(lines.join(', '))
  if (dictionary === undefined || dictionary.size === 0) return undefined
  const said = new Map<string, Argument[]>()
  // Parameters on directives mean nothing (RFC 9213 2.1).
  for (const [name, [value]] of dictionary) if (value !== false) said.set(name, [structuredArgument(value)])
  return new Directives(said)
}

function structuredDictionary(text: string): Dictionary | undefined {
  try {
    return parseDictionary(text)
  } catch {
    return undefined
  }
}

function structuredArgument(value: BareItem | unknown[]): Argument {
  // An inner list means nothing here. It counts as no argument, which is the stricter reading of `private` and `no-cache`.
  return value === true || Array.isArray(value) ? undefined : String(value)
}

function fieldNames(argument: Argument): string[] {
  return (argument ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
}
