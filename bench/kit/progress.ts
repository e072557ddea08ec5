/** Shows progress in one line that overwrites itself, on a terminal only. */

export function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${line}`)
}
