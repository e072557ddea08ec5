/** A form as the bytes it is sent in (RFC 7578, as HTML writes them): a `Blob`, which knows how long it is. */

import { randomUUID } from 'node:crypto'

/** Parts that are files stay where they are until they are sent. */
export function multipart(form: FormData): Blob {
  const boundary = `----form-${randomUUID()}`
  const parts = [...form].flatMap(([name, value]) => {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(withNewlines(name))}"`
    if (typeof value === 'string') return [`${head}\r\n\r\n${withNewlines(value)}\r\n`]
    const type = value.type || 'application/octet-stream'
    return [`${head}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, value, '\r\n']
  })
  return new Blob([...parts, `--${boundary}--\r\n`], { type: `multipart/form-data; boundary=${boundary}` })
}

function withNewlines(text: string): string {
  return text.replace(/\r?\n|\r/g, '\r\n')
}

function escaped(name: string): string {
  return name.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22')
}
