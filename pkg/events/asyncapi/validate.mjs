// Parses asyncapi.yaml, its schemas included, and fails on every diagnostic that is an error. It needs no network.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { DiagnosticSeverity, Parser, fromFile } from '@asyncapi/parser'

const file = fileURLToPath(new URL('asyncapi.yaml', import.meta.url))
const parser = new Parser()
const { document, diagnostics } = await fromFile(parser, file).parse()

for (const d of diagnostics) {
  const where = `asyncapi.yaml:${d.range.start.line + 1}`
  console.error(`${where}: ${DiagnosticSeverity[d.severity] ?? d.severity}: ${d.code}: ${d.message} (${d.path.join('.')})`)
}
const errors = diagnostics.filter((d) => d.severity === DiagnosticSeverity.Error)
if (errors.length > 0 || document === undefined) {
  console.error(`${errors.length} errors: change tools/catalogue, then make generate`)
  process.exit(1)
}

// A parser that resolved nothing would find no errors either.
const written = (await readFile(file, 'utf8')).match(/^ {2}(send|receive|ask)[A-Z]\w*:$/gm).length
const read = document.operations().all().length
if (read === 0 || read !== written) {
  console.error(`${read} operations were read of ${written}`)
  process.exit(1)
}
console.log(`asyncapi.yaml: ${read} operations, no errors, ${diagnostics.length} remarks`)
