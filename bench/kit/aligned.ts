/** Lays out the rows of a table: the first column aligned to the left, the others to the right. */

export function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0))
  return rows.map((row) => {
    const texts = row.map((text, column) => (column === 0 ? text.padEnd(width(0)) : text.padStart(width(column))))
    return `  ${texts.join('   ')}`.trimEnd()
  })
}
