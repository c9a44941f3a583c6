import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate authority of one test, made with openssl, and what it signed. Nobody else trusts it. */
export class Authority {
  readonly dir = mkdtempSync(join(tmpdir(), 'periplus-authority-'))
  readonly ca: string

  constructor() {
    const self = ['-x509', '-days', '2', '-subj', '/CN=Test authority', '-out', 'ca.crt']
    this.#openssl('req', ...KEY, '-keyout', 'ca.key', ...self)
    this.ca = this.#read('ca.crt')
  }

  /** A certificate for these names (`IP:127.0.0.1`, `DNS:…`); with fewer days than none it has expired. */
  sign(name: string, { names = 'IP:127.0.0.1', days = 2 } = {}): Pair {
    writeFileSync(join(this.dir, `${name}.ext`), `subjectAltName=${names}\n`)
    this.#openssl('req', ...KEY, '-keyout', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`)
    const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${name}.ext`]
    this.#openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-days', String(days), '-out', `${name}.crt`)
    return { key: this.#read(`${name}.key`), cert: this.#read(`${name}.crt`) }
  }

  remove(): void {
    rmSync(this.dir, { recursive: true })
  }

  #read(name: string): string {
    return readFileSync(join(this.dir, name), 'utf8')
  }

  #openssl(...words: readonly string[]): void {
    const { success, stderr } = Bun.spawnSync(['openssl', ...words], { cwd: this.dir, stderr: 'pipe' })
    if (!success) throw new Error(stderr.toString())
  }
}

export interface Pair {
  readonly key: string
  readonly cert: string
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
