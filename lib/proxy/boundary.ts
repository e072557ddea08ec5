/** Where on a connection one request has ended and another may begin: certain, or lost for good. */

const CR = 13
const LF = 10

/**
 * | phase | where it is | next |
 * |---|---|---|
 * | between | what comes next begins a request | head |
 * | head | one has begun | taken: the parser has read its head, and it ends where the count says; else lost |
 * | taken | its body is on its way, or its answer | between: both are over, and the octets agree; else lost |
 * | lost | octets have come whose place is unclear; nothing behind them can be told apart | - |
 */
type Phase = 'between' | 'head' | 'taken' | 'lost'

/**
 * Follows what the parser is given, and believes a boundary only where the parser and a plain count of octets agree: one
 * request came out, its head ended where the first empty line is, and behind it came just the octets of its body.
 */
export class Boundary {
  #phase: Phase = 'between'
  /** Octets since the boundary. */
  #octets = 0
  #head = new HeadEnd()
  #chunks = 0
  #bodyOctets = 0

  get isBetween(): boolean {
    return this.#phase === 'between'
  }

  /** Whether the request under way came as one chunk that is its head and nothing else. */
  get isHeadAlone(): boolean {
    return this.#phase === 'taken' && this.#chunks === 1 && this.#head.octets === this.#octets
  }

  /** Of the request under way; 0 where its place is unclear. */
  get headOctets(): number {
    return this.#phase === 'taken' ? this.#head.octets : 0
  }

  /** These octets go to the parser. */
  passed(chunk: Uint8Array): void {
    if (this.#phase === 'lost') return
    if (this.#phase === 'between') this.#begin()
    this.#octets += chunk.byteLength
    this.#chunks += 1
    if (this.#head.state === 'open') this.#head.read(chunk)
    const isOver = this.#phase === 'taken' && this.#octets > this.#head.octets + this.#bodyOctets
    if (this.#head.state === 'unclear' || isOver) this.#phase = 'lost'
  }

  /** The parser has read a head, and a body of so many octets follows; `undefined` if only the parser can tell. */
  taken(bodyOctets: number | undefined): void {
    const isExpected = this.#phase === 'head' && this.#head.state === 'ended' && bodyOctets !== undefined
    this.#phase = isExpected ? 'taken' : 'lost'
    this.#bodyOctets = bodyOctets ?? 0
  }

  /** The request and its answer are over; the connection stays. */
  answered(): void {
    const isWhole = this.#phase === 'taken' && this.#octets === this.#head.octets + this.#bodyOctets
    this.#phase = isWhole ? 'between' : 'lost'
  }

  #begin(): void {
    this.#phase = 'head'
    this.#octets = 0
    this.#chunks = 0
    this.#head = new HeadEnd()
  }
}

/** Looks for the first empty line. A CR or LF alone is one that another parser might read in another way. */
class HeadEnd {
  state: 'open' | 'ended' | 'unclear' = 'open'
  /** Up to and with the empty line, once it has ended. */
  octets = 0
  /** How much of CR LF CR LF came last. */
  #matched = 0

  read(chunk: Uint8Array): void {
    for (const octet of chunk) {
      this.octets += 1
      const isExpected = this.#matched % 2 === 0 ? octet !== LF : octet === LF
      if (!isExpected) {
        this.state = 'unclear'
        return
      }
      this.#matched = octet === CR || octet === LF ? this.#matched + 1 : 0
      if (this.#matched === 4) {
        this.state = 'ended'
        return
      }
    }
  }
}
