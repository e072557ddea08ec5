/** Queued edits of response headers. They change the head that the caller gets, never the stored one. */

import { AlreadyFinishedError, InvalidArgumentError } from '../base/errors.js'
import { printed } from '../base/options.js'
import { must } from '../base/self-check.js'
import type { Field, Fields } from '../http/message.js'

/** The answer an edit is meant for: the real answer, the error answer made when a hand-off fails, or either (semantics 1.5). */
export type HeaderTarget = 'response' | 'error' | 'any'

const TARGETS: readonly HeaderTarget[] = ['response', 'error', 'any']

interface HeaderOp {
  readonly kind: 'set' | 'append' | 'remove'
  readonly name: string
  readonly value: string
  readonly target: HeaderTarget
}

/**
 * An ordered list of edits. They apply to the real answer once. They may apply to error answers several times, and after the real
 * answer: each client of a hand-off gets an error answer of its own.
 */
export class HeaderOps {
  /** Made when first needed: most requests have no edits. */
  #ops: HeaderOp[] | undefined = undefined
  #state: 'queueing' | 'sealed' | 'applied' = 'queueing'

  get isEmpty(): boolean {
    return this.#ops === undefined
  }

  /** Throws `InvalidArgumentError` for a name or a value that HTTP does not allow, `AlreadyFinishedError` once applied. */
  add(kind: HeaderOp['kind'], name: string, value: string, target: HeaderTarget = 'response'): void {
    if (this.#state !== 'queueing') throw new AlreadyFinishedError(`${kind}ResponseHeader`)
    if (!TARGETS.includes(target))
      throw new InvalidArgumentError(`a header target is one of ${TARGETS.join(', ')}, not ${printed(target)}`)
    if (typeof name !== 'string') throw new InvalidArgumentError(`not the name of a header: ${printed(name)}`)
    if (typeof value !== 'string') throw new InvalidArgumentError(`not the value of a header: ${printed(value)}`)
    const [[checkedName, checkedValue] = ['', '']] = checked(name, value)
    this.#ops ??= []
    this.#ops.push({ kind, name: checkedName, value: checkedValue, target })
  }

  /** `fields` with all edits for `answer` made in order. Made to the real answer once (semantics 2.9-4). Seals the list. */
  apply(fields: Fields, answer: 'response' | 'error'): Fields {
    must(answer === 'error' || this.#state !== 'applied', '2.9-4: edits are made once')
    if (answer === 'response') this.#state = 'applied'
    else this.seal()
    const ops = this.#ops?.filter(({ target }) => target === answer || target === 'any') ?? []
    return ops.length === 0 ? fields : edited(fields, ops)
  }

  /** Adding an edit throws from now on. */
  seal(): void {
    if (this.#state === 'queueing') this.#state = 'sealed'
  }
}

/** The same result as making one edit after another: a set or remove drops all earlier lines of its name. */
function edited(fields: Fields, ops: readonly HeaderOp[]): Fields {
  const cleared = new Map<string, number>()
  for (const [at, { kind, name }] of ops.entries()) if (kind !== 'append') cleared.set(name, at)
  const kept = fields.filter(([name]) => !cleared.has(name))
  const added = ops.filter(({ kind, name }, at) => kind !== 'remove' && at >= (cleared.get(name) ?? 0))
  return [...kept, ...added.map(({ name, value }): Field => [name, value])]
}

function checked(name: string, value: string): Headers {
  try {
    return new Headers([[name, value]])
  } catch (cause) {
    throw new InvalidArgumentError(`not a header: ${printed(name)}`, { cause })
  }
}
