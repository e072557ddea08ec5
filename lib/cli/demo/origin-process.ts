/** An origin that serves files of the project and does what it is told. A process of its own; exports nothing. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../base/clock.js'
import { projectFile } from '../kit/project.js'
import { Count, Latch } from './latch.js'
import { CONTROL, type Publication } from './publication.js'

/** What is known of one path. */
class Spot {
  publication: Publication | undefined
  gate: Latch | undefined
  readonly arrivals = new Count()
  readonly hangUps = new Count()
}

const spots = new Map<string, Spot>()
const requests = new Count()

function spotOf(path: string): Spot {
  const spot = spots.get(path) ?? new Spot()
  spots.set(path, spot)
  return spot
}

async function serve(path: string, response: ServerResponse): Promise<void> {
  const spot = spotOf(path)
  response.on('close', () => {
    if (!response.writableFinished) spot.hangUps.add()
  })
  requests.add()
  spot.arrivals.add()
  await spot.gate?.opened
  // What is published when the gate opens counts, not what was when the request came.
  const { publication } = spot
  if (publication === undefined) return void response.writeHead(404).end()
  const { file, status = 200, headers = {}, delayMs, fault } = publication
  if (delayMs !== undefined) await new Promise<void>((resolve) => systemClock.setTimer(delayMs, resolve))
  if (fault === 'hang up') return void response.destroy()
  const content = status === 200 ? await projectFile(file) : Buffer.alloc(0)
  response.writeHead(status, { 'content-length': content.byteLength, ...headers }).end(content)
}

type Order = (spot: Spot, request: IncomingMessage, count: number) => unknown

const orders: Readonly<Record<string, Order>> = {
  'PUT pages': async (spot, request) => {
    spot.publication = JSON.parse(await text(request)) as Publication
  },
  'PUT gates': (spot) => {
    spot.gate = new Latch()
  },
  'DELETE gates': (spot) => spot.gate?.open(),
  'GET requests': () => requests.value,
  'GET arrivals': (spot, _request, count) => spot.arrivals.reached(count),
  'GET hang-ups': (spot, _request, count) => spot.hangUps.reached(count),
}

async function obey(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [subject = '', ...path] = url.pathname.slice(CONTROL.length).split('/')
  const order = orders[`${request.method} ${subject}`]
  if (order === undefined) return void response.writeHead(404).end('no such order')
  const said = await order(spotOf(`/${path.join('/')}`), request, Number(url.searchParams.get('count')))
  response.end(String(said ?? ''))
}

async function text(request: IncomingMessage): Promise<string> {
  let whole = ''
  for await (const chunk of request.setEncoding('utf8')) whole += chunk
  return whole
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://origin')
  try {
    await (url.pathname.startsWith(CONTROL) ? obey(url, request, response) : serve(url.pathname, response))
  } catch (failure) {
    if (!response.headersSent) response.writeHead(500)
    response.end(String(failure))
  }
})

// Whoever started it is gone, however that came about: nobody needs this process any more.
process.on('disconnect', () => process.exit())
// Ctrl-C reaches every process of a terminal; the one that started this one decides when it ends.
process.on('SIGINT', () => {})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
