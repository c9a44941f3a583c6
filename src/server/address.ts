import type { Ctx } from './context.ts'

/** Of the browser: a proxy on this machine writes it last into the header, where nobody else can. */
export function addressOf(c: Ctx): string {
  const peer = c.env.server?.requestIP(c.env.request)?.address ?? ''
  const isLocal = peer === '::1' || peer.replace('::ffff:', '').startsWith('127.')
  const forwarded = c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim()
  return isLocal && forwarded !== undefined && forwarded !== '' ? forwarded : peer
}
