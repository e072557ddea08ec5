/** Checks what one request does, and how often (semantics 2.9); only for development and specs, see `base/self-check.ts`. */

import { must } from '../base/self-check.js'
import { NEXT, type Phase } from './phase.js'

/**
 * | step | after |
 * |---|---|
 * | before-send | nothing |
 * | sent | nothing, before-send |
 * | received | sent |
 * | sent-again | received: the answer does not match what is stored |
 * | received-again | sent-again |
 * | after-send | received, received-again |
 */
type Step = 'nothing' | 'before-send' | 'sent' | 'received' | 'sent-again' | 'received-again' | 'after-send'

const AFTER: Readonly<Record<Exclude<Step, 'nothing'>, readonly Step[]>> = {
  'before-send': ['nothing'],
  sent: ['nothing', 'before-send'],
  received: ['sent'],
  'sent-again': ['received'],
  'received-again': ['sent-again'],
  'after-send': ['received', 'received-again'],
}

/** Follows one request, and then its background fetch. Throws at a step that is not allowed. */
export class RequestInvariants {
  #phase: Phase
  #step: Step = 'nothing'

  constructor(phase: Phase) {
    this.#phase = phase
  }

  enters(phase: Phase): void {
    must(NEXT[this.#phase].includes(phase), `2.1: ${this.#phase} does not become ${phase}`)
    this.#phase = phase
  }

  receives(): void {
    this.does(this.#step === 'sent-again' ? 'received-again' : 'received')
  }

  /** 2.9-5 and 2.9-6: one send, each hook once, `afterSend` only on an answer. */
  does(step: Exclude<Step, 'nothing'>): void {
    must(this.#phase !== 'done', `2.9-7: ${step}, though it has ended and holds nothing`)
    must(AFTER[step].includes(this.#step), `2.9-5, 2.9-6: ${step} after ${this.#step}`)
    this.#step = step
  }
}
