import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from '../../report/read.ts'
import { runTool } from './workspace.ts'

const secret = (type: string, hash: string, given = {}) => ({
  ...{ type, hashed_secret: hash, is_verified: false, line_number: 2 },
  ...given,
})

describe.skipIf(Bun.which('python3') === null || Bun.which('git') === null)('detect-secrets', () => {
  const REPORT = '.periplus-reports/detect-secrets.json'
  const found = (...secrets: readonly unknown[]) =>
    JSON.stringify({ version: '1.5.0', results: { 'a.ini': secrets } })
  const run = (scan: string, options = {}, files = {}) =>
    runTool('detect-secrets', options, {
      programs: {
        git: 'exit 0',
        'detect-secrets': `case $* in *--baseline*) cp scan.json ${REPORT} ;; *) cat scan.json ;; esac`,
      },
      files: { 'scan.json': scan, ...files },
    })
  const one = found(secret('AWS Access Key', 'x'))

  test('ends well where there are none, with a report of it', () => {
    const { code, said, calls, read } = run(JSON.stringify({ version: '1.5.0', results: {} }))

    expect([code, said]).toEqual([0, '0 secrets found.\n'])
    expect(calls).toContain('detect-secrets scan --no-verify')
    expect(parse('detect-secrets', read(REPORT)).findings).toEqual([])
  })

  test('fails for any, says where each is, and its report has it', () => {
    const { code, said, read } = run(one)

    expect(code).toBe(1)
    expect(said).toBe('a.ini:2: AWS Access Key\n1 secret found, 1 too many.\n')
    expect(parse('detect-secrets', read(REPORT)).findings).toMatchObject([{ file: 'a.ini', line: 2 }])
  })

  test('fails for none where nothing is to fail it, and for valid ones alone where only they are', () => {
    const valid = found(secret('Slack Token', 'y', { is_verified: true }))

    expect(run(one, { failOn: 'none' }).code).toBe(0)
    expect(run(one, { failOn: 'verified' }).code).toBe(0)
    expect(run(valid, { failOn: 'verified' })).toMatchObject({
      code: 1,
      said: 'a.ini:2: Slack Token, and it is valid\n1 secret found, 1 too many.\n',
    })
  })

  test('leaves out what its baseline knows', () => {
    const files = { 'ci/it’s.baseline': found(secret('AWS Access Key', 'x', { line_number: 90 })) }
    const baseline = { baseline: 'ci/it’s.baseline' }

    expect(run(one, baseline, files)).toMatchObject({ code: 0, said: '0 secrets found.\n' })
    expect(run(found(secret('AWS Access Key', 'other')), baseline, files).code).toBe(1)
  })

  test('fails without a report where the scan fails', () => {
    const { code, read } = runTool(
      'detect-secrets',
      {},
      {
        programs: { git: 'exit 0', 'detect-secrets': 'exit 3' },
        files: { [REPORT]: one },
      },
    )

    expect([code, read(REPORT)]).toEqual([3, ''])
  })
})

describe('trivy', () => {
  const images = mkdtempSync(join(tmpdir(), 'periplus-image-'))
  afterAll(() => rmSync(images, { recursive: true }))
  const REPORT = '.periplus-reports/trivy.json'
  /** Writes a report where it scans; when asked for what is severe, answers as it was told to. */
  const trivy = `case $* in
    *--exit-code\\ 1*) exit \${SEVERE:-0} ;;
    convert*) echo a table ;;
    *) echo '{"SchemaVersion":2}' > ${REPORT} ;;
  esac`
  const run = (options: Readonly<Record<string, unknown>>, env = {}) =>
    runTool('trivy', options, { programs: { trivy }, env })

  test('scans what the repository holds, shows a table and decides by the severe ones', () => {
    const { code, said, calls, read } = run({ severity: ['HIGH', 'CRITICAL'], failOn: 'HIGH' })

    expect([code, said]).toEqual([0, 'a table\n'])
    expect(calls).toEqual([
      `trivy filesystem . --format json --output ${REPORT} --exit-code 0 --severity HIGH,CRITICAL`,
      `trivy convert --format table ${REPORT}`,
      `trivy convert --format json --output /dev/null --severity HIGH,CRITICAL --exit-code 1 ${REPORT}`,
    ])
    expect(parse('trivy', read(REPORT)).findings).toEqual([])
  })

  test('fails where there are severe ones, unless nothing is to fail it', () => {
    expect(run({}, { SEVERE: '1' })).toMatchObject({
      code: 1,
      said: 'a table\nThere are findings of severity CRITICAL.\n',
    })
    expect(run({ failOn: 'MEDIUM' }, { SEVERE: '1' }).said).toContain(
      'There are findings of severity MEDIUM or above.',
    )
    expect(run({ failOn: 'none' }, { SEVERE: '1' })).toMatchObject({ code: 0, said: 'a table\n' })
  })

  test('scans the image that was built, in either form of archive, and says so where there is none', () => {
    const archive = (file: string) => {
      const path = join(images, `${file}.tar`)
      writeFileSync(join(images, file), '{}')
      Bun.spawnSync(['tar', '-cf', path, '-C', images, file])
      return path
    }
    const scanned = (PERIPLUS_IMAGE_ARCHIVE: string) =>
      run({ scan: 'image' }, { PERIPLUS_IMAGE_ARCHIVE, TMPDIR: images }).calls[0]
    const docker = archive('manifest.json')

    expect(scanned(docker)).toStartWith(`trivy image --input ${docker} --format json`)
    expect(scanned(archive('index.json'))).toStartWith(`trivy image --input ${images}/tmp.`)
    expect(readdirSync(images)).toHaveLength(4)
    expect(run({ scan: 'image' })).toMatchObject({
      code: 2,
      said: 'There is no image to scan: the build left none.\n',
      calls: [],
    })
  })
})

describe('sonarqube', () => {
  const GATE = '.periplus-reports/sonarqube-gate.json'
  const ISSUES = '.periplus-reports/sonarqube-issues.json'
  const scanner = `for word in "$@"; do
    case $word in -Dsonar.scanner.metadataFilePath=*) printf 'projectKey=shop\\nceTaskId=AX-9\\n' > "\${word#*=}" ;; esac
  done
  exit \${SCANNER:-0}`
  /** Answers by the address; what it is told by the pipe is kept. */
  const curl = `cat > pipe.txt
  case $* in
    *ce/task*)
      looks=$(cat looks 2> /dev/null || echo 0); echo $((looks + 1)) > looks
      if [ "$looks" = 0 ]; then echo '{"task":{"id":"AX-9","status":"PENDING"}}'
      else echo "{\\"task\\":{\\"id\\":\\"AX-9\\",\\"status\\":\\"\${TASK:-SUCCESS}\\",\\"analysisId\\":\\"AN-1\\"}}"; fi ;;
    *project_status*) echo "{\\"projectStatus\\":{\\"status\\":\\"$STATUS\\",\\"conditions\\":[]}}" ;;
    *issues*) echo '{"total":1,"issues":[{"key":"I","rule":"r","severity":"MAJOR","component":"shop:a.ts"}]}' ;;
  esac`
  const run = (env: Readonly<Record<string, string>>, options = {}) =>
    runTool(
      'sonarqube',
      { projectKey: 'shop', server: 'sonar', ...options },
      {
        programs: { 'sonar-scanner': scanner, curl, sleep: 'exit 0' },
        env: { SONAR_HOST_URL: 'https://sonar.example/', SONAR_TOKEN: 'squ_secret', ...env },
      },
    )

  test('waits for the analysis, and leaves its gate and its issues', () => {
    const { code, said, calls, read } = run({ STATUS: 'OK' })

    expect([code, said]).toEqual([0, 'The project passes its quality gate.\n'])
    expect(calls.filter((call) => call.startsWith('curl')).map((call) => call.replace(/^.* /, ''))).toEqual([
      'https://sonar.example/api/ce/task?id=AX-9',
      'https://sonar.example/api/ce/task?id=AX-9',
      'https://sonar.example/api/qualitygates/project_status?analysisId=AN-1',
      'https://sonar.example/api/issues/search?projects=shop&resolved=false&s=SEVERITY&asc=false&ps=500',
    ])
    expect(parse('sonarqube', read(GATE)).qualityGate?.passed).toBe(true)
    expect(parse('sonarqube', read(ISSUES)).findings).toMatchObject([{ severity: 'medium', file: 'a.ts' }])
  })

  test('fails at its gate, where that is to fail it', () => {
    expect(run({ STATUS: 'ERROR' })).toMatchObject({
      code: 1,
      said: 'The project does not pass its quality gate.\n',
    })
    expect(run({ STATUS: 'ERROR' }, { failOnGate: false }).code).toBe(0)
  })

  test('fails where the scanner or the server does', () => {
    expect(run({ STATUS: 'OK', SCANNER: '3' }).code).toBe(3)
    expect(run({ STATUS: 'OK', TASK: 'FAILED' })).toMatchObject({
      code: 2,
      said: 'The server could not finish the analysis.\n',
    })
  })

  test('never has its token on a command line', () => {
    const { calls, read } = run({ STATUS: 'OK' })

    expect(calls.join('\n')).not.toContain('squ_secret')
    expect(read('pipe.txt')).toBe('header = "Authorization: Bearer squ_secret"\n')
  })
})
