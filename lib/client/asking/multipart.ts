/** A form as the parts it is sent in, one after another (RFC 7578, as HTML writes them). */

import { randomUUID } from 'node:crypto'

export interface Multipart {
  readonly type: string
  /** Files stay what they are until they are sent. */
  readonly parts: readonly (string | Blob)[]
}

export function multipart(form: FormData): Multipart {
  const boundary = `----form-${randomUUID()}`
  const fields = [...form].flatMap(([name, value]) => {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(withNewlines(name))}"`
    if (typeof value === 'string') return [`${head}\r\n\r\n${withNewlines(value)}\r\n`]
    const type = value.type || 'application/octet-stream'
    return [`${head}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, value, '\r\n']
  })
  return { type: `multipart/form-data; boundary=${boundary}`, parts: [...fields, `--${boundary}--\r\n`] }
}

function withNewlines(text: string): string {
  return text.replace(/\r?\n|\r/g, '\r\n')
}

function escaped(name: string): string {
  return name.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22')
}
