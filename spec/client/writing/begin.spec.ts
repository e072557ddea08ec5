/** Which of the lines that a program has set and that an answer brings a client gets, and how the body is framed. */

import type { ServerResponse } from 'node:http'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { writeHead } from '../../../lib/client/writing/write-head.js'
import { writeWhole } from '../../../lib/client/writing/write-whole.js'
import { received } from './wire.js'

const HEAD = {
  status: 200,
  statusText: 'Fine',
  fields: [
    ['set-cookie', 'a=1'],
    ['server', 'origin'],
    ['set-cookie', 'b=2'],
    ['link', '</a>'],
    ['link', '</b>'],
    ['content-length', '4'],
  ],
} as const

const ways: Record<string, (response: ServerResponse) => void> = {
  'as a whole': (response) => writeWhole(response, { head: HEAD, body: [Buffer.from('body')] }),
  'in pieces': (response) => {
    writeHead(response, HEAD, undefined)
    response.end('body')
  },
}

/** The lines of the head that a client gets, without those of the connection, in order. */
async function headOf(serve: (response: ServerResponse) => void): Promise<string[]> {
  const [head = ''] = (await received('1.1', serve)).split('\r\n\r\n')
  return head
    .split('\r\n')
    .filter((line) => !/^(date|connection):/i.test(line))
    .sort()
}

const BROUGHT = [
  'HTTP/1.1 200 Fine',
  'content-length: 4',
  'link: </a>',
  'link: </b>',
  'server: origin',
  'set-cookie: a=1',
  'set-cookie: b=2',
]

for (const [how, write] of Object.entries(ways)) {
  test(`the lines of an answer that is written ${how} go out beside those the program has set`, async () => {
    const lines = await headOf((response) => {
      response.setHeader('x-powered-by', 'a framework')
      write(response)
    })
    assert.equal(lines, [...BROUGHT, 'x-powered-by: a framework'])
  })

  test(`a line of an answer that is written ${how} replaces what the program has set by that name`, async () => {
    const lines = await headOf((response) => {
      response.setHeader('Server', 'program')
      response.setHeader('Set-Cookie', ['c=3'])
      write(response)
    })
    assert.equal(lines, BROUGHT)
  })
}

const UNMEASURED = { ...HEAD, fields: [['server', 'origin']] } as const

const framings: Record<string, ['1.0' | '1.1', (response: ServerResponse) => void, string]> = {
  'as a whole': [
    '1.1',
    (response) => writeWhole(response, { head: UNMEASURED, body: [Buffer.from('body')] }),
    'length',
  ],
  'in pieces': ['1.1', (response) => inPieces(response, UNMEASURED), 'chunks'],
  'in pieces of a known length': ['1.1', (response) => inPieces(response, HEAD), 'length'],
  'in pieces to HTTP/1.0': ['1.0', (response) => inPieces(response, UNMEASURED), 'end'],
}

function inPieces(response: ServerResponse, head: typeof HEAD | typeof UNMEASURED): void {
  writeHead(response, head, undefined)
  response.write('bo')
  response.end('dy')
}

const FRAMED: Record<string, string[]> = {
  length: ['content-length: 4'],
  chunks: ['transfer-encoding: chunked'],
  end: [],
}

/** Newer versions of Node make one chunk of what is written together. */
const BODIES: Record<string, RegExp> = {
  length: /^body$/,
  chunks: /^(2\r\nbo\r\n2\r\ndy|4\r\nbody)\r\n0\r\n\r\n$/,
  end: /^body$/,
}

for (const [how, [version, write, by]] of Object.entries(framings))
  for (const [name, value] of [
    ['Content-Length', '99'],
    ['Transfer-Encoding', 'chunked'],
    ['Transfer-Encoding', 'identity'],
  ] as const)
    test(`a body that is written ${how} is framed by its ${by}, though the program has set ${name}: ${value}`, async () => {
      const all = await received(version, (response) => {
        response.setHeader(name, value)
        write(response)
      })
      const [head = ''] = all.split('\r\n\r\n')
      assert.equal(head.toLowerCase().match(/(?:content-length|transfer-encoding): .*/g) ?? [], FRAMED[by])
      assert.match(all.slice(head.length + 4), BODIES[by] as RegExp)
    })

test.run()
