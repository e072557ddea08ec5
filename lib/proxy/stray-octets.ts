/** Counts the octets of a connection that come without making a request, which Node's own limit on heads does not see. */

import type { IncomingMessage } from 'node:http'

/**
 * Node counts only the names and values of a head, not the spaces and empty lines around them. A piece of input that contains the
 * end of a request counts as part of that request.
 */
export class StrayOctets {
  /** The request that the parser has read from the current piece of input. */
  #justRead: IncomingMessage | undefined
  /** The request whose body has not come to its end. */
  #incomplete: IncomingMessage | undefined
  #count = 0

  /** The parser has read the head of `request`. */
  read(request: IncomingMessage): void {
    this.#justRead = request
  }

  /** The parser has had `octets`. Returns how many have come since the last request without making another. */
  passed(octets: Buffer): number {
    const areOfRequest = this.#incomplete !== undefined || this.#justRead !== undefined
    this.#count = areOfRequest ? 0 : this.#count + octets.byteLength
    this.#incomplete = [this.#justRead, this.#incomplete].find((request) => request?.complete === false)
    this.#justRead = undefined
    return this.#count
  }
}
