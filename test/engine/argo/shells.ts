import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A userland as an image may have it: `sh` is this shell, and `PATH` finds its tools. */
export interface Shell {
  readonly name: string
  readonly path: string
}

const dir = mkdtempSync(join(tmpdir(), 'periplus-shells-'))
// Containers run as somebody else.
chmodSync(dir, 0o755)
process.on('exit', () => rmSync(dir, { recursive: true, force: true }))

const HOST = '/usr/bin:/bin'

/** Every kind of shell that images have and this machine, too. */
export const SHELLS: readonly Shell[] = [...linked('dash'), ...linked('bash'), ...busybox()]

/** One that has neither base64 nor setsid, and whose sleep knows whole seconds only. */
export const POOR: readonly Shell[] = poor()

const missing = ['dash', 'bash', 'busybox'].filter((name) => !SHELLS.some((shell) => shell.name === name))
if (missing.length > 0)
  console.warn(`The wrapper stays untried in ${missing.join(' and ')}: not on this machine.`)

/** The same with Git, as in an image for checkouts. */
export function withGit({ name, path }: Shell): Shell {
  return { name, path: `${path}:${gitAlone()}` }
}

/** The same, whose sleep takes no time. */
export function hurried({ name, path }: Shell): Shell {
  return { name, path: `${sleepless()}:${path}` }
}

const gitAlone = once('git', (path) => {
  for (const tool of ['git', 'ssh']) {
    const found = Bun.which(tool, { PATH: HOST })
    if (found !== null) symlinkSync(found, join(path, tool))
  }
})

const sleepless = once('hurried', (path) => {
  writeFileSync(join(path, 'sleep'), '#!/bin/sh\n')
  chmodSync(join(path, 'sleep'), 0o755)
})

function linked(name: string): Shell[] {
  const found = Bun.which(name, { PATH: HOST })
  if (found === null) return []
  const bin = directory(name)
  symlinkSync(found, join(bin, 'sh'))
  return [{ name, path: `${bin}:${HOST}` }]
}

function busybox(): Shell[] {
  const found = Bun.which('busybox', { PATH: HOST })
  if (found === null) return []
  const path = directory('busybox')
  for (const applet of appletsOf(found)) symlinkSync(found, join(path, applet))
  return [{ name: 'busybox', path }]
}

/** Dash over some tools of busybox: the shell of busybox finds all of its tools without a path. */
function poor(): Shell[] {
  const tools = Bun.which('busybox', { PATH: HOST })
  const dash = Bun.which('dash', { PATH: HOST })
  if (tools === null || dash === null) return []
  const path = directory('poor')
  const others = ['base64', 'setsid', 'sh', 'sleep']
  for (const applet of appletsOf(tools)) if (!others.includes(applet)) symlinkSync(tools, join(path, applet))
  symlinkSync(dash, join(path, 'sh'))
  const sleep = join(path, 'sleep')
  writeFileSync(sleep, `#!${tools} sh\ncase $1 in *.*) exit 1 ;; esac\nexec ${tools} sleep "$1"\n`)
  chmodSync(sleep, 0o755)
  return [{ name: 'a poor shell', path }]
}

function appletsOf(busybox: string): string[] {
  return Bun.spawnSync([busybox, '--list']).stdout.toString().trim().split('\n')
}

function once(name: string, fill: (path: string) => void): () => string {
  let path: string | null = null
  return () => {
    if (path === null) {
      path = directory(name)
      fill(path)
    }
    return path
  }
}

function directory(name: string): string {
  const path = join(dir, name)
  mkdirSync(path)
  return path
}
