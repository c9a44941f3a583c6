import { describe, expect, test } from 'bun:test'
import { parseReport } from '../../src/report/parse.ts'
import { findingsDifference, fixture, parse } from './read.ts'

describe('a report of detect-secrets', () => {
  test('has each secret at its place, and never the secret', () => {
    const { producer, findings } = parseReport('detect-secrets', fixture('detect-secrets.json'))

    expect(producer).toBe('detect-secrets 1.5.0')
    expect(findings).toMatchObject([
      { rule: 'AWS Access Key', severity: 'high', file: 'config.ini', line: 2 },
      { rule: 'Secret Keyword', severity: 'high', file: 'config.ini', line: 3 },
    ])
  })

  test('leaves out what an audit called no secret, and a valid one is critical', () => {
    const secret = { type: 'Basic Auth', hashed_secret: 'a', line_number: 1 }
    const results = {
      'a.txt': [{ ...secret, is_secret: false }],
      'b.txt': [{ ...secret, is_verified: true }],
    }

    const { findings } = parse('detect-secrets', { version: '1.5.0', results })

    expect(findings).toMatchObject([{ file: 'b.txt', severity: 'critical' }])
  })
})

describe('a report of Trivy', () => {
  const os = {
    VulnerabilityID: 'CVE-2023-5678',
    PkgName: 'libssl3',
    Severity: 'MEDIUM',
    Title: 'slow DH keys',
  }
  const image = (tag: string, installed: string) => ({
    SchemaVersion: 2,
    Trivy: { Version: '0.57.1' },
    ArtifactName: `shop:${tag}`,
    ArtifactType: 'container_image',
    Results: [
      {
        Target: `shop:${tag} (debian 12.7)`,
        Class: 'os-pkgs',
        Vulnerabilities: [
          {
            ...os,
            InstalledVersion: installed,
            FixedVersion: '3.0.15',
            PrimaryURL: 'https://avd.aquasec.com/x',
          },
        ],
      },
      {
        Target: 'app/package-lock.json',
        Class: 'lang-pkgs',
        Vulnerabilities: [{ VulnerabilityID: 'CVE-2024-21538', PkgName: 'cross-spawn', Severity: 'HIGH' }],
      },
      { Target: 'app/clean.lock', Class: 'lang-pkgs', Vulnerabilities: null },
    ],
  })

  test('has the packages of an image with what mends them', () => {
    expect(parse('trivy', image('1', '3.0.14'))).toMatchObject({
      producer: 'Trivy 0.57.1',
      findings: [
        {
          rule: 'CVE-2023-5678',
          severity: 'medium',
          message: 'slow DH keys',
          file: null,
          package: 'libssl3',
          version: '3.0.14',
          fixedIn: '3.0.15',
          link: 'https://avd.aquasec.com/x',
        },
        { rule: 'CVE-2024-21538', severity: 'high', file: 'app/package-lock.json', package: 'cross-spawn' },
      ],
    })
  })

  test('tells the same weakness in the next image, whatever its tag and version', () => {
    const before = parse('trivy', image('1', '3.0.13'))
    const now = parse('trivy', image('2', '3.0.14'))

    const { fresh, fixed, still } = findingsDifference(before.findings, now.findings)

    expect([fresh, fixed]).toEqual([[], []])
    expect(still).toEqual([...now.findings])
  })

  test('has what a scan of files finds besides: misconfigurations that fail, secrets, licences', () => {
    const Results = [
      {
        Target: 'Dockerfile',
        Class: 'config',
        Misconfigurations: [
          {
            ID: 'DS002',
            Title: 'Image user should not be root',
            Message: 'Specify a USER',
            Severity: 'HIGH',
            Status: 'FAIL',
            CauseMetadata: { StartLine: 3 },
          },
          { ID: 'DS001', Severity: 'LOW', Status: 'PASS' },
        ],
      },
      {
        Target: 'deploy/id_rsa',
        Class: 'secret',
        Secrets: [
          { RuleID: 'private-key', Severity: 'HIGH', Title: 'Asymmetric Private Key', StartLine: '1' },
        ],
      },
      {
        Target: 'Node.js',
        Class: 'license',
        Licenses: [{ Name: 'GPL-3.0', PkgName: 'a', Severity: 'HIGH' }],
      },
    ]

    expect(parse('trivy', { SchemaVersion: 2, Results }).findings).toMatchObject([
      { rule: 'DS002', message: 'Specify a USER', file: 'Dockerfile', line: 3 },
      { rule: 'private-key', file: 'deploy/id_rsa', line: 1 },
      { rule: 'GPL-3.0', message: 'Licence GPL-3.0 of a', package: 'a' },
    ])
  })

  test('of files, as Trivy writes it', () => {
    const { producer, findings } = parseReport('trivy', fixture('trivy-filesystem.json'))

    expect(producer).toBe('Trivy 0.74.0')
    expect(findings.map(({ rule, severity, file, line }) => [rule, severity, file, line])).toEqual([
      ['DS-0002', 'high', 'Dockerfile', null],
      ['DS-0005', 'low', 'Dockerfile', 3],
      ['DS-0017', 'high', 'Dockerfile', 2],
      ['KSV-0001', 'medium', 'deploy/pod.yaml', 6],
      ['KSV-0003', 'low', 'deploy/pod.yaml', 6],
      ['KSV-0004', 'low', 'deploy/pod.yaml', 6],
      ['private-key', 'high', 'deploy/id_rsa', 2],
      ['aws-access-key-id', 'critical', 'settings.ini', 1],
    ])
    expect(findings[0]?.link).toBe('https://avd.aquasec.com/misconfig/ds-0002')
  })

  test('of an image, as Trivy writes it', () => {
    expect(parseReport('trivy', fixture('trivy-image.json')).findings).toMatchObject([
      { rule: 'aws-access-key-id', severity: 'critical', file: '/app/settings.ini', line: 1, package: null },
    ])
  })

  test('may be the bare list of before 0.20, and one of nothing has no findings', () => {
    const old = [{ Target: 'composer.lock', Vulnerabilities: [{ VulnerabilityID: 'CVE-1', PkgName: 'a' }] }]

    expect(parse('trivy', old).findings).toMatchObject([
      { rule: 'CVE-1', severity: 'info', message: 'CVE-1' },
    ])
    expect(parse('trivy', { SchemaVersion: 2 }).findings).toEqual([])
  })
})

describe('a bill of materials of CycloneDX', () => {
  const components = [
    { 'bom-ref': 'pkg:npm/lodash@4.17.20', name: 'lodash', version: '4.17.20' },
    { 'bom-ref': 'jackson', group: 'com.fasterxml', name: 'jackson', version: '2.9' },
  ]

  test('of a list alone has no findings', () => {
    const { producer, findings } = parseReport('cyclonedx', fixture('cyclonedx-py.json'))

    expect(producer).toStartWith('cyclonedx-py 7.5.0')
    expect(findings).toEqual([])
  })

  test('has a weakness once for each part that it affects', () => {
    const vulnerabilities = [
      {
        id: 'CVE-2021-23337',
        source: { url: 'https://nvd.nist.gov/vuln/detail/CVE-2021-23337' },
        ratings: [{ severity: 'unknown', score: 7.2 }],
        description: 'Command injection',
        affects: [
          { ref: 'pkg:npm/lodash@4.17.20', versions: [{ version: '4.17.21', status: 'unaffected' }] },
          { ref: 'jackson' },
          { ref: 'not listed' },
        ],
      },
    ]
    const metadata = { tools: [{ name: 'syft', version: '1.0' }] }

    expect(
      parse('cyclonedx', { bomFormat: 'CycloneDX', metadata, components, vulnerabilities }),
    ).toMatchObject({
      producer: 'syft 1.0',
      findings: [
        { package: 'lodash', version: '4.17.20', fixedIn: '4.17.21', severity: 'high' },
        { package: 'com.fasterxml/jackson', version: '2.9', fixedIn: null },
        { package: 'not listed', version: null },
      ],
    })
  })

  test('leaves out what somebody found to do no harm', () => {
    const vulnerabilities = ['not_affected', 'false_positive', 'resolved', 'exploitable', 'in_triage'].map(
      (state) => ({ id: state, analysis: { state } }),
    )
    const tools = { components: [{ name: 'cdxgen' }] }

    const bom = parse('cyclonedx', { bomFormat: 'CycloneDX', metadata: { tools }, vulnerabilities })

    expect(bom.producer).toBe('cdxgen')
    expect(bom.findings.map(({ rule }) => rule)).toEqual(['exploitable', 'in_triage'])
  })
})

describe('an answer of SonarQube', () => {
  test('is a gate with its conditions', () => {
    const conditions = [
      {
        status: 'ERROR',
        metricKey: 'new_coverage',
        comparator: 'LT',
        errorThreshold: '80',
        actualValue: '61.5',
      },
      { status: 'OK', metricKey: 'new_bugs', comparator: 'GT', errorThreshold: '0', actualValue: '0' },
    ]

    expect(parse('sonarqube', { projectStatus: { status: 'ERROR', conditions } })).toMatchObject({
      findings: [],
      qualityGate: {
        passed: false,
        conditions: [
          { metric: 'new_coverage', passed: false, actual: '61.5', threshold: '< 80' },
          { metric: 'new_bugs', passed: true, actual: '0', threshold: '> 0' },
        ],
      },
    })
    expect(parse('sonarqube', { projectStatus: { status: 'NONE' } }).qualityGate?.passed).toBe(true)
  })

  test('is open issues, known by their keys', () => {
    const issue = { rule: 'java:S2095', component: 'org:shop:src/Shop.java', message: 'Close it', line: 12 }
    const issues = [
      { ...issue, key: 'AX-1', severity: 'BLOCKER', status: 'OPEN' },
      { ...issue, key: 'AX-2', impacts: [{ severity: 'LOW' }], issueStatus: 'CONFIRMED' },
      { ...issue, key: 'AX-3', status: 'RESOLVED', resolution: 'FIXED' },
      { ...issue, key: 'AX-4', status: 'OPEN', issueStatus: 'ACCEPTED' },
    ]

    const { findings, qualityGate } = parse('sonarqube', { issues })
    const moved = parse('sonarqube', { issues: issues.map((one) => ({ ...one, line: 90 })) })

    expect(qualityGate).toBeNull()
    expect(findings).toMatchObject([
      { severity: 'critical', rule: 'java:S2095', file: 'src/Shop.java', line: 12 },
      { severity: 'low' },
    ])
    expect(findingsDifference(findings, moved.findings).still).toHaveLength(2)
  })
})
