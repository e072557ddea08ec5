/** The load: persistent connections with one request at a time on each, whose answers are read to their end and checked. */

import { connect, type Socket } from 'node:net'

export interface LoadOptions {
  readonly port: number
  readonly target: string
  /** The length of the body that every answer must have. */
  readonly size: number
  readonly connections: number
}

const BLANK_LINE = Buffer.from('\r\n\r\n')
const STATUS_LINE = 'HTTP/1.1 200 '
/** All connections read into this one buffer, one after the other. */
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024)

export class Load {
  /** The number of whole answers so far. */
  answers = 0
  /** Rejects once an answer is wrong, or the server closes a connection. */
  readonly failed: Promise<never>
  readonly #options: LoadOptions
  readonly #request: string
  readonly #sockets: Socket[]
  #fail!: (failure: Error) => void
  #goal = { answers: Number.POSITIVE_INFINITY, reached: () => {} }

  constructor(options: LoadOptions) {
    this.#options = options
    this.#request = `GET ${options.target} HTTP/1.1\r\nHost: 127.0.0.1:${options.port}\r\n\r\n`
    this.failed = new Promise((_, reject) => {
      this.#fail = reject
    })
    this.failed.catch(() => {})
    this.#sockets = Array.from({ length: options.connections }, () => this.#open())
  }

  /** Resolves when `answers` more answers have come. */
  more(answers: number): Promise<void> {
    return new Promise((reached) => {
      this.#goal = { answers: this.answers + answers, reached }
    })
  }

  stop(): void {
    for (const socket of this.#sockets) socket.removeAllListeners('close').destroy()
  }

  #open(): Socket {
    const { port, size } = this.#options
    const reader = new AnswerReader(size)
    const socket: Socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (bytes) => {
          try {
            if (reader.take(readBuffer.subarray(0, bytes)) === 'more') return true
            if (++this.answers === this.#goal.answers) this.#goal.reached()
            socket.write(this.#request, 'latin1')
          } catch (failure) {
            this.#fail(failure as Error)
          }
          return true
        },
      },
    })
    socket.on('connect', () => socket.write(this.#request, 'latin1'))
    socket.on('error', (failure) => this.#fail(failure))
    socket.on('close', () => this.#fail(new Error('a connection ended')))
    return socket
  }
}

/** Finds the end of each answer on a connection. Throws if it is no 200 of the right length, or if bytes come after it. */
class AnswerReader {
  readonly #size: number
  /** The beginning of a head that is not whole yet. */
  #head: Buffer | undefined
  /** Bytes of the body that are still to come; 0 between answers. */
  #left = 0

  constructor(size: number) {
    this.#size = size
  }

  take(chunk: Buffer): 'more' | 'whole' {
    return this.#left > 0 ? this.#body(chunk.byteLength) : this.#start(chunk)
  }

  #start(chunk: Buffer): 'more' | 'whole' {
    const bytes = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk])
    const end = bytes.indexOf(BLANK_LINE)
    if (end < 0) {
      this.#head = Buffer.from(bytes)
      return 'more'
    }
    this.#head = undefined
    check(bytes.toString('latin1', 0, end + 2), this.#size)
    this.#left = this.#size
    return this.#body(bytes.byteLength - end - BLANK_LINE.byteLength)
  }

  #body(bytes: number): 'more' | 'whole' {
    this.#left -= bytes
    if (this.#left < 0) throw new Error('bytes came after the answer')
    return this.#left === 0 ? 'whole' : 'more'
  }
}

/** Throws unless the head is that of a 200 with a body of `size` bytes. */
function check(head: string, size: number): void {
  if (!head.startsWith(STATUS_LINE)) throw new Error(`not a 200: ${head}`)
  const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1]
  if (Number(length) !== size) throw new Error(`not ${size} bytes: ${head}`)
}
