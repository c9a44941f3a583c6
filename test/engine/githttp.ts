/** A repository over HTTP by Git's own program, in the first version of its protocol, where single commits are refused. */
export function serveOverHttp(
  root: string,
  answer: (url: URL, request: Request) => Response | null = () => null,
) {
  return Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const url = new URL(request.url)
      const own = answer(url, request)
      if (own !== null) return own
      const child = Bun.spawn(['git', 'http-backend'], {
        env: {
          PATH: process.env['PATH'] ?? '',
          GIT_PROJECT_ROOT: root,
          GIT_HTTP_EXPORT_ALL: '1',
          GIT_CONFIG_COUNT: '1',
          GIT_CONFIG_KEY_0: 'safe.directory',
          GIT_CONFIG_VALUE_0: '*',
          PATH_INFO: url.pathname,
          QUERY_STRING: url.search.slice(1),
          REQUEST_METHOD: request.method,
          CONTENT_TYPE: request.headers.get('content-type') ?? '',
          HTTP_CONTENT_ENCODING: request.headers.get('content-encoding') ?? '',
        },
        stdin: await request.bytes(),
        stdout: 'pipe',
      })
      const bytes = await new Response(child.stdout).bytes()
      const end = Buffer.from(bytes).indexOf('\r\n\r\n')
      const head = Buffer.from(bytes.subarray(0, end)).toString()
      const status = Number(/^Status: (\d+)/m.exec(head)?.[1] ?? 200)
      const type = /^Content-Type: (.*)$/im.exec(head)?.[1]?.trim() ?? 'text/plain'
      return new Response(bytes.subarray(end + 4), { status, headers: { 'content-type': type } })
    },
  })
}
