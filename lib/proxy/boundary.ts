/** Tracks where on a connection one request ends and the next begins; once that is uncertain, it stays so. */

const CR = 13
const LF = 10

/**
 * | phase | meaning | next |
 * |---|---|---|
 * | between | the next octet begins a request | head |
 * | head | a request has begun | taken: the parser has read the head, whose end was found here as well; else lost |
 * | taken | the request's body, or its answer, is under way | between: both have ended, and the count of octets fits; else lost |
 * | lost | it is unclear to which request some octets belong, so no later boundary is certain | - |
 */
type Phase = 'between' | 'head' | 'taken' | 'lost'

/**
 * Counts the octets that the parser is given. A boundary is certain only if the parser and the count agree: the parser has read one
 * request, the head ended at the first empty line, and after it came exactly the octets of the body.
 */
export class Boundary {
  #phase: Phase = 'between'
  /** How many octets came since the last boundary. */
  #octets = 0
  #head = new HeadEnd()
  #chunks = 0
  #bodyOctets = 0

  get isBetween(): boolean {
    return this.#phase === 'between'
  }

  /** Whether the request under way came as one chunk, which is its head and nothing else. */
  get isHeadAlone(): boolean {
    return this.#phase === 'taken' && this.#chunks === 1 && this.#head.octets === this.#octets
  }

  /** The length of the head of the request under way; 0 if its boundaries are unclear. */
  get headOctets(): number {
    return this.#phase === 'taken' ? this.#head.octets : 0
  }

  /** `chunk` goes to the parser. */
  passed(chunk: Uint8Array): void {
    if (this.#phase === 'lost') return
    if (this.#phase === 'between') this.#begin()
    this.#octets += chunk.byteLength
    this.#chunks += 1
    if (this.#head.state === 'open') this.#head.read(chunk)
    const isOver = this.#phase === 'taken' && this.#octets > this.#head.octets + this.#bodyOctets
    if (this.#head.state === 'unclear' || isOver) this.#phase = 'lost'
  }

  /** The parser has read a head. `bodyOctets`: the length of the body that follows; `undefined` if only the parser can tell. */
  taken(bodyOctets: number | undefined): void {
    const isExpected = this.#phase === 'head' && this.#head.state === 'ended' && bodyOctets !== undefined
    this.#phase = isExpected ? 'taken' : 'lost'
    this.#bodyOctets = bodyOctets ?? 0
  }

  /** The request and its answer have ended, and the connection is kept. */
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

/** Finds the first empty line. A CR or LF alone makes it unclear: parsers differ in how they read those. */
class HeadEnd {
  state: 'open' | 'ended' | 'unclear' = 'open'
  /** How many octets were read: once `ended`, those of the head with its empty line. */
  octets = 0
  /** How many octets of CR LF CR LF were matched last. */
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
