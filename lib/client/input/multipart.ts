/** Serializes a form as `multipart/form-data` (RFC 7578, with the escaping of HTML). */

import { randomUUID } from 'node:crypto'

export interface Multipart {
  readonly type: string
  /** The texts and files to send one after another. Files are read only when they are sent. */
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
