import type { Call, Harness } from './harness.ts'

const FORM = 'application/x-www-form-urlencoded'

/** Where a browser says that its requests come from. */
export type Site = 'same-origin' | 'cross-site'

/** A browser: it keeps cookies, and says where its requests come from. */
export function browserOf(server: Harness, site: Site = 'same-origin') {
  const jar = new Map<string, string>()
  const cookies = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const go = async (path: string, call: Call = {}): Promise<Response> => {
    const cookie = cookies()
    const response = await server.call(path, {
      as: 'nobody',
      ...call,
      headers: {
        accept: 'text/html',
        'sec-fetch-site': site,
        ...(cookie === '' ? {} : { cookie }),
        ...call.headers,
      },
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }
  const submit = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    go(path, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: { 'content-type': FORM, ...headers },
    })
  /** Signed in as one of the harness's people, by a link. */
  const enter = async (user: string): Promise<void> => {
    const { path } = await server.json('/api/v1/sign-in-links', { json: { user } })
    await submit(path, {})
  }
  /** What forms of this session carry. */
  const csrf = async (): Promise<string> => {
    const html = await (await go('/')).text()
    return /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? ''
  }
  return { jar, go, submit, enter, csrf, cookie: cookies }
}
