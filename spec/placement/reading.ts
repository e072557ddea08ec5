/** What a caller sees of its answer, and how it reads the body. */

import type { HttpResponse } from '../../lib/index.js'
import type { Caller } from './caller.js'
import type { Driving } from './driving.js'
import { toldAnswer, toldBytes, toldWeb } from './told.js'

export function seeAnswer(caller: Caller, response: HttpResponse, driving: Driving): void {
  Object.assign(caller, { state: 'answered', response, leave: () => response.cancel() })
  caller.tell('answer', toldAnswer(response))
  if (response.revalidation !== undefined)
    caller.see('revalidation', driving.drive(response.revalidation), () => caller.tell('revalidation', 'done'))
  if (caller.asked.read === 'nothing') return
  if (caller.asked.read === 'cancels') return cancel(caller, response)
  caller.see('broken', read(caller, response, driving), (body) => {
    caller.tell('body', body)
    caller.tell('trailers', response.trailers)
    caller.state = 'over'
  })
}

function cancel(caller: Caller, response: HttpResponse): void {
  response.cancel()
  caller.state = 'over'
}

async function read({ asked }: Caller, response: HttpResponse, driving: Driving): Promise<string> {
  switch (asked.read) {
    case 'bytes':
      return toldBytes(Buffer.from(await driving.drive(response.bytes())).toString())
    case 'chunks':
      return toldBytes(await chunks(() => driving.drive(response.read())))
    case 'iterates':
      return toldBytes(await driving.counting(iterated(response)))
    case 'web':
      return toldBytes(await driving.counting(response.toWeb().text()))
    case 'begins': {
      const chunk = await driving.drive(response.read())
      response.cancel()
      return chunk === undefined ? 'its end' : 'its beginning'
    }
    default:
      return toldBytes(await driving.drive(response.text()))
  }
}

async function chunks(next: () => Promise<Uint8Array | undefined>): Promise<string> {
  const all: Uint8Array[] = []
  for (let chunk = await next(); chunk !== undefined; chunk = await next()) all.push(chunk)
  return Buffer.concat(all).toString()
}

async function iterated(response: HttpResponse): Promise<string> {
  const all: Uint8Array[] = []
  for await (const chunk of response) all.push(chunk)
  return Buffer.concat(all).toString()
}

export function seeWeb(caller: Caller, response: Response, driving: Driving): void {
  caller.state = 'answered'
  caller.tell('answer', toldWeb(response))
  if (caller.asked.read === 'cancels') {
    caller.state = 'over'
    return void response.body?.cancel().then(undefined, () => {})
  }
  caller.see('broken', driving.counting(response.text()), (text) => {
    caller.tell('body', toldBytes(text))
    caller.state = 'over'
  })
}
