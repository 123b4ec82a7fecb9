import type { Left } from '../left.ts';

export const VERIFY_LEFT: readonly Left[] = [
  {
    why: 'The default is there for the type alone: the place lies within its list, or the key has just been put there.',
    branches: [
      ['src/monitor/endpoints/access.ts', 'if (oldest !== undefined)'],
      ['src/monitor/endpoints/access.ts', "address.split('%')[0]?."],
      ['src/monitor/mounts/express-route.ts', "split('?', 1)[0] ?? ''"],
      ['src/monitor/endpoints/prometheus.ts', 'buckets[index] ?? 0'],
      ['src/monitor/requests/route-template.ts', 'cuts[pair] ?? end'],
      ['src/monitor/requests/route-template.ts', 'cuts[pair + 1] ?? end'],
      ['src/monitor/requests/sliding-window.ts', 'counts[slot] ?? 0'],
      ['src/monitor/requests/tracker.ts', 'row.classTotals[statusClass] ?? 0'],
      ['src/monitor/requests/tracker.ts', 'BUCKETS_MS[bucket] ?? 0'],
      ['src/monitor/requests/tracker.ts', 'row.buckets[bucket] ?? 0'],
      ['src/verify/metrics/baseline.ts', 'values[Math.floor((index * values.length) / most)] ?? 0'],
      ['src/verify/http/client.ts', 'this.#chunks[0] ?? EMPTY'],
      ['src/verify/mongodb/replication.ts', 'last?.lag ?? []'],
      ['src/verify/mongodb/sharded.ts', 'list.at(-1) ?? []'],
      ['src/verify/metrics/samples.ts', "labels[names[0] ?? '']"],
    ],
  },
  {
    why: 'A request that a server of Node took in has a method and a URL; the type says otherwise because answers to a client share it.',
    branches: [
      ['src/monitor/mounts/node.ts', "let url = request.url ?? '/'"],
      ['src/monitor/mounts/node.ts', "method: request.method ?? 'GET',"],
      ['src/monitor/mounts/request-watch.ts', 'ignore?.({ method: request.method'],
      ['src/monitor/mounts/request-watch.ts', "const method = request.method ?? 'GET'"],
      ['src/monitor/mounts/request-watch.ts', "originalUrl ?? request.url ?? '/'"],
    ],
  },
  {
    why: 'The default is there for the type alone: what is asked for was checked, set or made sure of before, in another place.',
    branches: [
      ['src/monitor/alerts/rules.ts', 'show(threshold ?? 0, unit)'],
      ['src/monitor/options/env.ts', '} else if (known !== undefined) {'],
      ['src/monitor/mounts/fastify.ts', "endpoints.match(url) ?? 'health'"],
      ['src/monitor/options/option-checks.ts', 'parseDuration(fallback) ?? leastMs'],
      ['src/status/page.ts', "if (!last) return ''"],
      ['src/status/settings.ts', "reports: inputs.reports ?? ''"],
      ['src/verify/app/run.ts', 'if (value !== undefined)'],
      ['src/verify/thresholds/evaluate.ts', "level ? say(level) : ''"],
      ['src/verify/gate/gate.ts', 'options.mongo?.warmup ?? 0'],
      ['src/verify/gate/gate.ts', "result.status ?? ''"],
      ['src/verify/gate/gate.ts', 'result.failure?.reason ?? reason'],
      ['src/verify/http/client.ts', 'this.#sentAt ?? this.#begun'],
      ['src/verify/http/client.ts', 'this.#headersAt ?? end'],
      ['src/verify/judge/mongodb.ts', "series.labels.collection ?? ''"],
      ['src/verify/judge/mongodb.ts', 'values.at(-1) ?? 0'],
      ['src/verify/judge/measurements.ts', "outcome.samples.get('mongodb_up', {})?.values ?? []"],
      ['src/verify/mongodb/run.ts', "this.reachable.reason ?? 'not reachable'"],
      ['src/verify/mongodb/server.ts', "set === undefined ? ''"],
      ['src/verify/http/target-run.ts', 'else if (result.timings)'],
      ['src/verify/http/target-run.ts', 'if (failure) this.#retryReasons'],
      ['src/verify/gate/waiting.ts', "reason ?? 'not yet'"],
    ],
  },
  {
    why: 'Only a mistake of our own gets here; it is thrown on, and not told as one of the user.',
    branches: [
      ['src/verify/thresholds/defaults.ts', 'a default threshold does not parse'],
      ['src/verify/http/pattern.ts', 'if (error instanceof RE2JSException)'],
      ['src/verify/thresholds/parse.ts', 'if (error instanceof Mistake)'],
    ],
  },
  {
    why: 'It guards against a state that only a mistake of our own could produce: its callers make sure of it.',
    branches: [
      ['src/monitor/requests/tracker.ts', 'if (this.#inFlight > 0) this.#inFlight--'],
      ['src/verify/http/client.ts', 'if (this.#settled) return;'],
      ['src/verify/mongodb/diagnose.ts', 'if (!values.has(metric)) skips.set(metric, skip)'],
      ['src/verify/app/source.ts', 'no Prometheus endpoint is given'],
      ['src/verify/app/source.ts', 'no base URL is given'],
    ],
  },
  {
    why: 'Closing takes the timers away, so only a timer that fires in that very moment gets here.',
    branches: [['src/monitor/endpoints/service.ts', 'if (this.#closed) return;']],
  },
  {
    why: 'The driver, Node and our own signals throw Errors and nothing else; what is thrown has no type.',
    branches: [
      ['src/verify/http/client.ts', 'error instanceof Error ? error : new Error(String(error))'],
      ['src/verify/http/content.ts', "error instanceof Error ? error.message : ''"],
      ['src/verify/mongodb/skip.ts', '(error ?? {})'],
      ['src/verify/mongodb/source.ts', '(error ?? {})'],
    ],
  },
  {
    why: 'undici tells the connection of each request that it writes, and a server that speaks TLS shows a certificate with an end.',
    branches: [
      ['src/verify/http/client.ts', 'if (!socket) return;'],
      ['src/verify/http/client.ts', "getPeerCertificate()?.valid_to ?? ''"],
      ['src/verify/http/client.ts', 'Number.isNaN(validTo) ? undefined'],
    ],
  },
  {
    why: 'Values come out of JSON or headers and are never undefined, so JSON can always be written of them.',
    branches: [
      ['src/verify/http/expectation.ts', "JSON.stringify(value) ?? ''"],
      ['src/verify/http/expectation.ts', "JSON.stringify(value) ?? 'nothing'"],
    ],
  },
  {
    why: 'No MongoDB leaves it out: an index has a key, one of text has weights, and a replica set has a name.',
    branches: [
      ['src/verify/mongodb/indexes.ts', 'spec.key ?? {}'],
      ['src/verify/mongodb/indexes.ts', 'spec.weights ?? {}'],
      ['src/verify/mongodb/replication.ts', "status.set ?? ''"],
    ],
  },
  {
    why: 'The driver knows each member that it was given, and why one does not answer; its types do not promise it.',
    branches: [
      ['src/verify/mongodb/member-watch.ts', "error: failure ?? 'no answer'"],
      ['src/verify/mongodb/member-watch.ts', "error ? explain(error) : (failure ?? 'no answer')"],
      ['src/verify/mongodb/sharded.ts', "?? 'no member answers'"],
    ],
  },
  {
    why: 'Fastify tells the address of each request, and the URL of a Request has a path; the types do not promise it.',
    branches: [
      ['src/monitor/mounts/fastify.ts', 'request.ip ?? addressOf'],
      ['src/monitor/mounts/fetch.ts', "start < 0 ? '/'"],
    ],
  },
  {
    why: 'Each Node that is supported tells it: the kind of a garbage collection, the share of a time that has passed, its OpenSSL.',
    branches: [
      ['src/monitor/system/event-loop.ts', '.detail ?? {}'],
      ['src/monitor/system/event-loop.ts', 'Number.isFinite(share)'],
      ['src/monitor/system/system-watch.ts', "process.versions.openssl ?? 'none'"],
    ],
  },
];
