"use strict";
var __create = Object.create;
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __getProtoOf = Object.getPrototypeOf;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(
  // If the importer is in node compatibility mode or this is not an ESM
  // file that has been converted to a CommonJS file using a Babel-
  // compatible transform (i.e. "__esModule" has not been set), then set
  // "default" to the CommonJS "module.exports" for node compatibility.
  isNodeMode || !mod || !mod.__esModule ? __defProp(target, "default", { value: mod, enumerable: true }) : target,
  mod
));
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);

// src/monitor/index.ts
var index_exports = {};
__export(index_exports, {
  ConfigurationError: () => ConfigurationError,
  DEFAULT_THRESHOLDS: () => DEFAULT_THRESHOLDS,
  ENV_NAMES: () => ENV_NAMES,
  ENV_PREFIX: () => ENV_PREFIX,
  createMonitor: () => createMonitor,
  optionsFromEnv: () => optionsFromEnv
});
module.exports = __toCommonJS(index_exports);

// src/support/errors.ts
var ConfigurationError = class extends Error {
  name = "ConfigurationError";
  problems;
  constructor(problems) {
    const list = Array.isArray(problems) ? problems : [problems];
    super(list.map(formatProblem).join("\n"));
    this.problems = list;
  }
};
function formatProblem(problem) {
  return `${problem.where}: ${problem.message}${problem.hint ? `
  ${problem.hint}` : ""}`;
}

// src/monitor/alerts/rules.ts
var DEFAULT_THRESHOLDS = {
  errorRate: { degraded: 0.05, unhealthy: 0.25 },
  responseTimeP95Ms: { degraded: 1e3, unhealthy: null },
  cpuPercent: { degraded: 85, unhealthy: null },
  cpuThrottledPercent: { degraded: 25, unhealthy: null },
  memoryPercent: { degraded: 85, unhealthy: 95 },
  eventLoopDelayP99Ms: { degraded: 200, unhealthy: null },
  databaseResponseTimeMs: { degraded: 200, unhealthy: null },
  databasePoolWaiting: { degraded: 10, unhealthy: null }
};
var DEFAULT_MIN_REQUESTS = 20;
function brokenRules(snapshot, options) {
  const { thresholds } = options;
  const { cpu, memory, eventLoop } = snapshot.system;
  const enough = snapshot.requests >= options.minRequests;
  const { database } = snapshot;
  const reasons = [
    ...databaseReachable(database, options.databaseRequired),
    above(
      "database-slow",
      "database answers slowly",
      database?.responseTimeMs ?? null,
      "ms",
      thresholds.databaseResponseTimeMs
    ),
    above(
      "database-pool-exhausted",
      "operations waiting for a database connection",
      database?.pool?.waiting ?? null,
      "count",
      thresholds.databasePoolWaiting
    ),
    above("high-error-rate", "error rate", enough ? snapshot.errorRate : null, "ratio", thresholds.errorRate),
    above(
      "slow-responses",
      "95th percentile of response time",
      enough ? snapshot.p95Ms : null,
      "ms",
      thresholds.responseTimeP95Ms
    ),
    above("high-cpu", "CPU", highest(cpu.percent, cpu.containerPercent), "percent", thresholds.cpuPercent),
    above(
      "cpu-throttled",
      "time the container was throttled",
      cpu.throttledPercent,
      "percent",
      thresholds.cpuThrottledPercent
    ),
    above(
      "high-memory",
      memory.heapUsedPercent > memory.usedPercent ? "V8's heap" : "memory",
      highest(memory.usedPercent, memory.heapUsedPercent),
      "percent",
      thresholds.memoryPercent
    ),
    above(
      "event-loop-blocked",
      "99th percentile of event-loop delay",
      eventLoop.delayP99Ms,
      "ms",
      thresholds.eventLoopDelayP99Ms
    )
  ];
  return reasons.filter((reason) => reason !== null);
}
function statusOf(reasons) {
  if (reasons.some(({ status }) => status === "unhealthy")) return "unhealthy";
  return reasons.length > 0 ? "degraded" : "healthy";
}
function severityOf(reason) {
  if (reason.status === "unhealthy") return "critical";
  return reason.rule === "high-error-rate" || reason.rule === "database-down" ? "error" : "warning";
}
function databaseReachable(database, required) {
  if (database === null || database.status === "up") return [];
  const down = database.status === "down";
  return [
    {
      rule: "database-down",
      status: down && required ? "unhealthy" : "degraded",
      message: down ? "the database does not answer" : "it is not known whether the database answers",
      value: null,
      threshold: null,
      unit: "none"
    }
  ];
}
function above(rule, what, value, unit, level) {
  if (value === null) return null;
  const status = level.unhealthy !== null && value > level.unhealthy ? "unhealthy" : level.degraded !== null && value > level.degraded ? "degraded" : null;
  if (status === null) return null;
  const threshold = level[status];
  return {
    rule,
    status,
    message: `${what}: ${show(value, unit)}, more than ${show(threshold ?? 0, unit)}`,
    value,
    threshold,
    unit
  };
}
function show(value, unit) {
  if (unit === "ratio") return `${trim(value * 100)} %`;
  return `${trim(value)}${{ percent: " %", ms: " ms", count: "", none: "" }[unit]}`;
}
function trim(value) {
  return String(Number(value.toFixed(1)));
}
function highest(...values) {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

// src/monitor/access.ts
var import_node_crypto = require("node:crypto");
var import_node_net = require("node:net");
var WRONG_TOKENS = 10;
var LOCKED_MS = 6e4;
var ADDRESSES = 1e3;
var UNKNOWN = "";
var Access = class {
  #digests;
  #now;
  #wrong = /* @__PURE__ */ new Map();
  /** @param tokens none: everybody is admitted */
  constructor(tokens, now) {
    this.#digests = tokens.map(digest);
    this.#now = now;
  }
  /**
   * @param authorization the header
   * @param address of the client; each has wrong guesses of its own, so that nobody locks out others. Where it
   *   is not known (null) all share one count, and the right token is admitted even past the limit: otherwise
   *   anybody could lock out everybody.
   */
  admit(authorization, address) {
    if (this.#digests.length === 0) return { admitted: true };
    const token = /^bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
    if (token === void 0) return { admitted: false, statusCode: 401 };
    const key = address === null ? UNKNOWN : addressKey(address);
    const now = this.#now();
    const wrong = this.#wrong.get(key);
    const locked = wrong !== void 0 && now < wrong.until && wrong.count >= WRONG_TOKENS;
    if ((!locked || address === null) && this.#matches(token)) return { admitted: true };
    if (locked) {
      return { admitted: false, statusCode: 429, retryAfterSeconds: Math.ceil((wrong.until - now) / 1e3) };
    }
    this.#remember(key, wrong !== void 0 && now < wrong.until ? wrong.count + 1 : 1, wrong, now);
    return { admitted: false, statusCode: 401 };
  }
  /**
   * Digests are of one length, and every one is compared: neither a token's length nor which of several
   * tokens came close can be read off the time.
   */
  #matches(token) {
    const shown2 = digest(token);
    let matches = 0;
    for (const known of this.#digests) matches += (0, import_node_crypto.timingSafeEqual)(shown2, known) ? 1 : 0;
    return matches > 0;
  }
  #remember(key, count, before, now) {
    const until = count === 1 || before === void 0 || count >= WRONG_TOKENS ? now + LOCKED_MS : before.until;
    this.#wrong.delete(key);
    this.#wrong.set(key, { count, until });
    if (this.#wrong.size > ADDRESSES) {
      const [oldest] = this.#wrong.keys();
      if (oldest !== void 0) this.#wrong.delete(oldest);
    }
  }
};
function digest(token) {
  return (0, import_node_crypto.createHash)("sha256").update(token).digest();
}
function addressKey(address) {
  if (address.startsWith("::ffff:") && address.includes(".")) return address.slice("::ffff:".length);
  if (!(0, import_node_net.isIPv6)(address)) return address;
  const [head = "", tail] = address.split("%")[0]?.toLowerCase().split("::") ?? [];
  const groups = head === "" ? [] : head.split(":");
  if (tail !== void 0) {
    const after = tail === "" ? [] : tail.split(":");
    while (groups.length + after.length < 8) groups.push("0");
    groups.push(...after);
  }
  return groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16)).join(":");
}

// src/monitor/requests/route-template.ts
var UNMATCHED = "(unmatched)";
var OTHER = "(other)";
var LONGEST_TEMPLATE = 160;
var LONG_URL = 2 * LONGEST_TEMPLATE;
var PLACE_HOLDER = ":id";
var ZERO = 48;
var NINE = 57;
var SLASH = 47;
var PERCENT = 37;
var AT = 64;
var QUERY = 63;
var HASH = 35;
var made = new Array(1024).fill(void 0);
var cuts = new Int32Array(64);
function routeTemplate(url) {
  const length = url.length;
  let hash = 0;
  let hashAtStart = 0;
  let start = 0;
  let digits = 0;
  let run = 0;
  let odd = false;
  let pairs2 = 0;
  let index = 0;
  for (; index <= length; index++) {
    const code = index === length ? SLASH : url.charCodeAt(index);
    if (code === SLASH || code === QUERY || code === HASH) {
      const size = index - start;
      if (size > 0 && (odd || digits === size || size >= 32 || size >= 20 && digits > 0)) {
        if (pairs2 + 2 > cuts.length) break;
        cuts[pairs2] = start;
        cuts[pairs2 + 1] = index;
        pairs2 += 2;
        hash = Math.imul(hashAtStart, 31) + 1;
      }
      if (code !== SLASH || index === length) break;
      start = index + 1;
      digits = 0;
      run = 0;
      odd = false;
      hash = Math.imul(hash, 31) + code | 0;
      hashAtStart = hash;
    } else {
      hash = Math.imul(hash, 31) + code | 0;
      if (code >= ZERO && code <= NINE) {
        digits++;
        run++;
        if (run === 3) odd = true;
      } else {
        run = 0;
        if (code === PERCENT || code === AT) odd = true;
      }
    }
  }
  const place = (hash ^ hash >>> 16) & made.length - 1;
  const known = made[place];
  if (known !== void 0 && fits(known, url, index, pairs2)) return known;
  const template = assemble(url, index, pairs2);
  made[place] = template;
  return template;
}
function fits(template, url, end, pairs2) {
  let at = 0;
  let from = 0;
  for (let pair = 0; pair <= pairs2; pair += 2) {
    const to = pair === pairs2 ? end : cuts[pair] ?? end;
    for (; from < to; from++, at++) {
      if (template.charCodeAt(at) !== url.charCodeAt(from)) return false;
    }
    if (pair < pairs2) {
      if (!template.startsWith(PLACE_HOLDER, at)) return false;
      at += PLACE_HOLDER.length;
      from = cuts[pair + 1] ?? end;
    }
  }
  return at === template.length;
}
function assemble(url, end, pairs2) {
  let path = url.slice(0, pairs2 === 0 ? end : cuts[0]);
  for (let pair = 0; pair < pairs2; pair += 2) {
    path += PLACE_HOLDER + url.slice(cuts[pair + 1], pair + 2 === pairs2 ? end : cuts[pair + 2]);
  }
  const template = path.length > LONGEST_TEMPLATE ? `${path.slice(0, LONGEST_TEMPLATE - 1)}\u2026` : path || "/";
  return url.length > LONG_URL ? copyOf(template) : template;
}
function copyOf(text2) {
  const codes = [];
  for (let index = 0; index < text2.length; index++) codes.push(text2.charCodeAt(index));
  return String.fromCharCode(...codes);
}

// src/monitor/requests/sliding-window.ts
var import_node_perf_hooks = require("node:perf_hooks");
var LONGEST_US = 6e8;
function relativeErrorOf(figures) {
  return 10 ** -figures;
}
var SlidingWindow = class {
  #figures;
  #histograms;
  #clientErrors;
  #serverErrors;
  #aborted;
  constructor(slots, figures) {
    this.#figures = figures;
    this.#histograms = Array.from({ length: slots }, () => newHistogram(figures));
    this.#clientErrors = new Float64Array(slots);
    this.#serverErrors = new Float64Array(slots);
    this.#aborted = new Float64Array(slots);
  }
  /** @param us whole microseconds, 1 to LONGEST_US */
  record(slot, us, outcome) {
    this.#histograms[slot]?.record(us);
    if (outcome === "ok") return;
    const counts = outcome === "server-error" ? this.#serverErrors : outcome === "client-error" ? this.#clientErrors : this.#aborted;
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  /** Empties a slot so that it can be used again. */
  clear(slot) {
    const histogram = this.#histograms[slot];
    if (histogram !== void 0 && histogram.count > 0) histogram.reset();
    this.#clientErrors[slot] = 0;
    this.#serverErrors[slot] = 0;
    this.#aborted[slot] = 0;
  }
  /** Requests in all slots. */
  get count() {
    return this.#histograms.reduce((sum2, histogram) => sum2 + histogram.count, 0);
  }
  errors() {
    return {
      clientErrors: sum(this.#clientErrors),
      serverErrors: sum(this.#serverErrors),
      aborted: sum(this.#aborted)
    };
  }
  /** Percentiles over all slots, from their merged histograms. */
  responseTime() {
    const used = this.#histograms.filter((histogram) => histogram.count > 0);
    const [first] = used;
    if (first === void 0) {
      return { p50Ms: null, p95Ms: null, p99Ms: null, meanMs: null, minMs: null, maxMs: null };
    }
    let merged = first;
    if (used.length > 1) {
      merged = emptyScratch(this.#figures);
      for (const histogram of used) merged.add(histogram);
    }
    return {
      p50Ms: milliseconds(percentile(merged, 50)),
      p95Ms: milliseconds(percentile(merged, 95)),
      p99Ms: milliseconds(percentile(merged, 99)),
      meanMs: milliseconds(merged.mean),
      minMs: milliseconds(merged.min),
      maxMs: milliseconds(merged.max)
    };
  }
};
var scratch = /* @__PURE__ */ new Map();
function emptyScratch(figures) {
  let histogram = scratch.get(figures);
  if (histogram === void 0) {
    histogram = newHistogram(figures);
    scratch.set(figures, histogram);
  } else {
    histogram.reset();
  }
  return histogram;
}
function newHistogram(figures) {
  const histogram = (0, import_node_perf_hooks.createHistogram)({ lowest: 1, highest: LONGEST_US, figures });
  histogram.reset();
  return histogram;
}
function percentile(histogram, p) {
  const rank = Math.max(1, Math.ceil(p / 100 * histogram.count));
  return histogram.percentile(rank / histogram.count * 100);
}
function milliseconds(us) {
  return Math.round(us) / 1e3;
}
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

// src/monitor/requests/route-table.ts
var BUCKETS_MS = [5, 10, 25, 50, 100, 250, 500, 1e3, 2500, 5e3, 1e4];
var ROUTE_FIGURES = 2;
var METHODS = /* @__PURE__ */ new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
var RouteStatistics = class {
  method;
  route;
  window;
  /** By status class, index 1 to 5 for 1xx to 5xx; index 0 holds the aborted ones. */
  classTotals = new Float64Array(6);
  /** Not cumulative; the last one is everything above the highest bound. */
  buckets = new Float64Array(BUCKETS_MS.length + 1);
  total = 0;
  sumMs = 0;
  constructor(method, route, slots) {
    this.method = method;
    this.route = route;
    this.window = new SlidingWindow(slots, ROUTE_FIGURES);
  }
};
var RouteTable = class {
  limit;
  other;
  unmatched;
  #slots;
  #byMethod = /* @__PURE__ */ new Map();
  #rows = [];
  constructor(limit, slots) {
    this.limit = limit;
    this.#slots = slots;
    this.other = new RouteStatistics("*", OTHER, slots);
    this.unmatched = new RouteStatistics("*", UNMATCHED, slots);
  }
  /** How many routes have a row of their own. */
  get tracked() {
    return this.#rows.length;
  }
  /** The row if there is one already. */
  find(method, route) {
    return this.#byMethod.get(method)?.get(route);
  }
  /** The row of a route; a new one while there is room, else the shared one. */
  row(method, route) {
    const known = this.#byMethod.get(method)?.get(route);
    return known ?? this.#add(METHODS.has(method) ? method : "*", route);
  }
  #add(method, route) {
    let routes = this.#byMethod.get(method);
    const known = routes?.get(route);
    if (known !== void 0) return known;
    if (this.#rows.length >= this.limit) return this.other;
    if (routes === void 0) {
      routes = /* @__PURE__ */ new Map();
      this.#byMethod.set(method, routes);
    }
    const row = new RouteStatistics(method, route, this.#slots);
    routes.set(route, row);
    this.#rows.push(row);
    return row;
  }
  /** Every row, the shared ones last and only where they hold something. */
  rows() {
    return [...this.#rows, ...[this.unmatched, this.other].filter((row) => row.total > 0)];
  }
  /** Empties one slot of every row. */
  clear(slot) {
    for (const row of this.#rows) row.window.clear(slot);
    this.other.window.clear(slot);
    this.unmatched.window.clear(slot);
  }
};

// src/monitor/prometheus.ts
var PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
function exposition(name, type, help, samples) {
  let lines = "";
  for (const [labelText, value, suffix = ""] of samples) {
    if (value !== null) lines += `${name}${suffix}${labelText} ${number(value)}
`;
  }
  if (lines === "") return "";
  const helpText = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return `# HELP ${name} ${helpText}
# TYPE ${name} ${type}
${lines}`;
}
function labels(values) {
  return `{${pairs(values)}}`;
}
function prometheusText(service) {
  const { status, version, database, system, reasons } = service.detailed();
  const { tracker } = service;
  const rows = tracker.routes.rows();
  const recent = tracker.recent();
  const { firingBySeverity } = service.alertsSummary();
  const { cpu, memory, eventLoop, gc } = system;
  const { user, system: kernel } = process.cpuUsage();
  const one = (value) => [["", value]];
  const seconds = (ms) => ms === null ? null : ms / 1e3;
  const share = (percent) => percent === null ? null : percent / 100;
  return [
    exposition("http_requests_total", "counter", "Completed requests.", rows.flatMap(requestSamples)),
    exposition(
      "http_request_duration_seconds",
      "histogram",
      "Time from a request to the end of its response.",
      rows.flatMap(durationSamples)
    ),
    exposition("http_requests_in_flight", "gauge", "Requests that are being handled.", one(tracker.inFlight)),
    exposition(
      "deploy_guard_window_error_ratio",
      "gauge",
      "Share of responses with status 5xx in the sliding window.",
      one(recent.errorRate)
    ),
    exposition(
      "deploy_guard_window_response_time_seconds",
      "gauge",
      "Percentiles of the response time in the sliding window.",
      [
        [labels({ quantile: "0.5" }), seconds(recent.responseTime.p50Ms)],
        [labels({ quantile: "0.95" }), seconds(recent.responseTime.p95Ms)],
        [labels({ quantile: "0.99" }), seconds(recent.responseTime.p99Ms)]
      ]
    ),
    exposition(
      "deploy_guard_health_status",
      "gauge",
      "1 for the status that holds.",
      ["healthy", "degraded", "unhealthy"].map(
        (name) => [labels({ status: name }), name === status ? 1 : 0]
      )
    ),
    exposition(
      "deploy_guard_broken_rules",
      "gauge",
      "Rules of the status that are broken.",
      one(reasons.length)
    ),
    exposition(
      "deploy_guard_alerts_firing",
      "gauge",
      "Alerts that are firing.",
      Object.entries(firingBySeverity).map(([severity, count]) => [labels({ severity }), count])
    ),
    exposition("deploy_guard_app_info", "gauge", "The version of the app.", [[labels({ version }), 1]]),
    ...database === null ? [] : databaseText(database),
    exposition(
      "process_cpu_seconds_total",
      "counter",
      "User and system CPU time.",
      one((user + kernel) / 1e6)
    ),
    exposition(
      "process_start_time_seconds",
      "gauge",
      "Start of the process, seconds since the epoch.",
      one(Math.round(performance.timeOrigin) / 1e3)
    ),
    exposition("process_resident_memory_bytes", "gauge", "Resident memory.", one(memory.rssBytes)),
    exposition(
      "deploy_guard_cpu_ratio",
      "gauge",
      "CPU time of the process against the cores it may use.",
      one(share(cpu.percent))
    ),
    exposition("deploy_guard_cpu_cores", "gauge", "Cores that the process may use.", one(cpu.cores)),
    exposition(
      "deploy_guard_cpu_throttled_ratio",
      "gauge",
      "Share of scheduler periods in which the container was held back.",
      one(share(cpu.throttledPercent))
    ),
    exposition(
      "deploy_guard_memory_used_bytes",
      "gauge",
      "Memory that counts against the limit.",
      one(memory.usedBytes)
    ),
    exposition("deploy_guard_memory_limit_bytes", "gauge", "The limit of memory.", one(memory.limitBytes)),
    exposition("nodejs_heap_size_total_bytes", "gauge", "Size of V8's heap.", one(memory.heapTotalBytes)),
    exposition("nodejs_heap_size_used_bytes", "gauge", "Used part of V8's heap.", one(memory.heapUsedBytes)),
    exposition(
      "deploy_guard_heap_limit_bytes",
      "gauge",
      "The limit of V8's heap.",
      one(memory.heapLimitBytes)
    ),
    exposition(
      "nodejs_external_memory_bytes",
      "gauge",
      "Memory outside V8's heap.",
      one(memory.externalBytes)
    ),
    exposition(
      "nodejs_eventloop_lag_p50_seconds",
      "gauge",
      "Median delay of the event loop in the last interval.",
      one(seconds(eventLoop.delayP50Ms))
    ),
    exposition(
      "nodejs_eventloop_lag_p99_seconds",
      "gauge",
      "99th percentile of the delay of the event loop.",
      one(seconds(eventLoop.delayP99Ms))
    ),
    exposition(
      "nodejs_eventloop_lag_max_seconds",
      "gauge",
      "Longest delay of the event loop in the last interval.",
      one(seconds(eventLoop.delayMaxMs))
    ),
    exposition(
      "deploy_guard_eventloop_utilization_ratio",
      "gauge",
      "Share of the last interval that the event loop was busy.",
      one(eventLoop.utilization)
    ),
    exposition(
      "deploy_guard_gc_pause_seconds_total",
      "counter",
      "Time in garbage collection.",
      one(gc.pauseTotalMs / 1e3)
    ),
    exposition(
      "deploy_guard_gc_collections_total",
      "counter",
      "Garbage collections.",
      one(gc.collectionsTotal)
    ),
    exposition("nodejs_version_info", "gauge", "The version of Node.", [
      [labels({ version: `v${system.versions.node}` }), 1]
    ])
  ].join("");
}
var CLASSES = ["aborted", "1xx", "2xx", "3xx", "4xx", "5xx"];
function requestSamples({ method, route, classTotals }) {
  const row = pairs({ method, route });
  return CLASSES.map((status, index) => [`{${row},status="${status}"}`, classTotals[index] || null]);
}
var BOUNDS = BUCKETS_MS.map((bound) => String(bound / 1e3));
function durationSamples({ method, route, buckets, sumMs, total }) {
  const row = pairs({ method, route });
  let below = 0;
  const bounds = BOUNDS.map((bound, index) => {
    below += buckets[index] ?? 0;
    return [`{${row},le="${bound}"}`, below, "_bucket"];
  });
  return [
    ...bounds,
    [`{${row},le="+Inf"}`, total, "_bucket"],
    [`{${row}}`, sumMs / 1e3, "_sum"],
    [`{${row}}`, total, "_count"]
  ];
}
function databaseText(database) {
  const { status, responseTimeMs, pool } = database;
  const up = status === "unknown" ? null : status === "up" ? 1 : 0;
  const connections = pool === null ? [] : [
    [labels({ state: "in_use" }), pool.inUse],
    [labels({ state: "idle" }), Math.max(0, pool.size - pool.inUse)]
  ];
  return [
    exposition("deploy_guard_database_up", "gauge", "1 while the database answers.", [["", up]]),
    exposition("deploy_guard_database_ping_seconds", "gauge", "Round trip of the last ping.", [
      ["", responseTimeMs === null ? null : responseTimeMs / 1e3]
    ]),
    exposition("deploy_guard_database_connections", "gauge", "Open connections of the pool.", connections),
    exposition("deploy_guard_database_waiting", "gauge", "Operations that wait for a connection.", [
      ["", pool?.waiting ?? null]
    ])
  ];
}
function pairs(values) {
  return Object.entries(values).map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(",");
}
function escapeLabel(value) {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
function number(value) {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return String(value);
}

// src/monitor/endpoints.ts
var PATHS = {
  health: "/health",
  detailed: "/health/detailed",
  metrics: "/health/metrics",
  diagnostics: "/health/diagnostics",
  prometheus: "/health/prometheus",
  "alerts-summary": "/alerts/summary",
  "alerts-history": "/alerts/history"
};
var SEVERITIES = ["info", "warning", "error", "critical"];
var DEFAULT_HISTORY = 100;
var MOST_HISTORY = 1e3;
var Endpoints = class {
  #service;
  #access;
  #byPath;
  #health;
  #alerts;
  constructor(service, access, basePath) {
    this.#service = service;
    this.#access = access;
    this.#health = `${basePath}/health`;
    this.#alerts = `${basePath}/alerts/`;
    this.#byPath = new Map(
      Object.entries(PATHS).map(([name, path]) => [basePath + path, name])
    );
  }
  /** Every path, with its base. */
  get paths() {
    return [...this.#byPath.keys()];
  }
  /** Which endpoint a URL names. It is asked for every request of the app, so most are turned down early. */
  match(url) {
    if (!url.startsWith(this.#health) && !url.startsWith(this.#alerts)) return void 0;
    const query = url.indexOf("?");
    const path = query < 0 ? url : url.slice(0, query);
    return this.#byPath.get(path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path);
  }
  /** Never rejects. */
  async answer(name, request) {
    if (request.method !== "GET" && request.method !== "HEAD") {
      const allow = { allow: "GET, HEAD" };
      return refusal(405, "method-not-allowed", "Only GET and HEAD are answered here.", allow);
    }
    const head = request.method === "HEAD";
    try {
      const answer = this.#refuse(name, request) ?? await this.#answer(name, request.url);
      return head ? { ...answer, body: "" } : answer;
    } catch (error) {
      this.#service.errors.add(error);
      return refusal(500, "internal", "The monitor could not make this answer.");
    }
  }
  #refuse(name, request) {
    if (this.#service.closed) return refusal(503, "closed", "The monitor was closed.");
    if (name === "health") return null;
    const admission = this.#access.admit(request.authorization, request.address);
    if (admission.admitted) return null;
    if (admission.statusCode === 429) {
      return refusal(429, "too-many-attempts", "Too many wrong tokens. Try again later.", {
        "retry-after": String(admission.retryAfterSeconds)
      });
    }
    return refusal(401, "unauthorized", "Send the admin token: Authorization: Bearer TOKEN.", {
      "www-authenticate": "Bearer"
    });
  }
  async #answer(name, url) {
    const service = this.#service;
    await service.ready();
    switch (name) {
      case "health":
        return byStatus(service.health());
      case "detailed":
        return byStatus(service.detailed());
      case "metrics":
        return byStatus(service.metrics());
      case "diagnostics":
        return byStatus(await service.diagnostics());
      case "prometheus":
        return response(200, prometheusText(service), PROMETHEUS_TYPE);
      case "alerts-summary":
        return json(200, service.alertsSummary());
      case "alerts-history":
        return history(service, url);
    }
  }
};
function history(service, url) {
  const at = url.indexOf("?");
  const query = new URLSearchParams(at < 0 ? "" : url.slice(at + 1));
  const limitText = query.get("limit") ?? "";
  const limit = limitText === "" ? DEFAULT_HISTORY : /^\d{1,6}$/.test(limitText) ? Number(limitText) : Number.NaN;
  if (!(limit >= 1 && limit <= MOST_HISTORY)) {
    return refusal(400, "bad-request", `limit: write a whole number from 1 to ${MOST_HISTORY}.`);
  }
  const wanted = query.getAll("severity").flatMap((item) => item.split(",")).filter((item) => item !== "");
  const known = SEVERITIES.filter((severity) => wanted.includes(severity));
  if (wanted.some((item) => !SEVERITIES.some((severity) => severity === item))) {
    return refusal(400, "bad-request", `severity: write one or more of ${SEVERITIES.join(", ")}.`);
  }
  return json(200, service.alertsHistory(limit, known.length === 0 ? null : known));
}
function byStatus(answer) {
  return json(answer.status === "unhealthy" ? 503 : 200, answer);
}
function refusal(statusCode, error, message, headers = {}) {
  const body = { error, message };
  const answer = json(statusCode, body);
  return { ...answer, headers: { ...answer.headers, ...headers } };
}
function json(statusCode, body) {
  return response(statusCode, JSON.stringify(body), "application/json; charset=utf-8");
}
function response(statusCode, body, type) {
  return {
    statusCode,
    headers: {
      "content-type": type,
      "content-length": String(Buffer.byteLength(body)),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff"
    },
    body
  };
}

// src/monitor/mounts/request-watch.ts
var RequestWatch = class {
  #options;
  /** The start is kept on the response itself: no closure and no map entry a request. */
  #started = /* @__PURE__ */ Symbol("deploy-guard.started");
  #routeOf = /* @__PURE__ */ Symbol("deploy-guard.route");
  #onClose;
  constructor(options) {
    this.#options = options;
    const closed = (response2) => this.#closed(response2);
    this.#onClose = function onClose() {
      closed(this);
    };
  }
  /** Counts this request from now until its response is closed. Once, however often it is called. */
  begin(request, response2, routeOf) {
    const state = response2;
    if (state[this.#started] !== void 0 || response2.destroyed) return;
    const { ignore } = this.#options;
    if (ignore?.({ method: request.method ?? "GET", url: request.url ?? "/" }) === true) return;
    state[this.#started] = this.#options.tracker.start();
    if (routeOf !== void 0) state[this.#routeOf] = routeOf;
    response2.on("close", this.#onClose);
  }
  /** The monitor itself answers after all: a second mount below a path saw what the first took for the app's. */
  leave(response2) {
    const state = response2;
    if (typeof state[this.#started] !== "number") return;
    state[this.#started] = null;
    this.#options.tracker.forget();
  }
  #closed(response2) {
    const state = response2;
    const startedAt = state[this.#started];
    if (typeof startedAt !== "number") return;
    const request = response2.req;
    const method = request.method ?? "GET";
    const statusCode = response2.statusCode;
    const routeOf = state[this.#routeOf];
    const known = this.#options.route?.(request) ?? routeOf?.(request);
    const route = known ?? routeTemplate(originalUrl(request));
    const aborted = response2.writableFinished === false;
    this.#options.tracker.finish(startedAt, method, route, known !== void 0, statusCode, aborted);
    if (statusCode >= 500 && !aborted) {
      this.#options.errors.answered(request, { method, route, statusCode });
    }
  }
};
function originalUrl(request) {
  return request.originalUrl ?? request.url ?? "/";
}

// src/monitor/mounts/express-route.ts
function expressRoute(request) {
  const { baseUrl, route } = request;
  const path = route?.path;
  if (path === void 0) return void 0;
  const template = typeof path === "string" ? path : String(path);
  const mount = typeof baseUrl === "string" && baseUrl !== "" ? baseUrl : lostMount(request, template);
  const whole = mount === "" ? template : `${routeTemplate(mount)}${template === "/" ? "" : template}`;
  return whole === "" ? "/" : whole;
}
function lostMount(request, template) {
  if (!/^(?:\/:?[\w-]+)*\/?$/.test(template)) return "";
  const path = originalUrl(request).split("?", 1)[0] ?? "";
  const parts = path.split("/").filter((part) => part !== "");
  const extra = parts.length - template.split("/").filter((part) => part !== "").length;
  return extra > 0 ? `/${parts.slice(0, extra).join("/")}` : "";
}

// src/monitor/mounts/node.ts
var NodeMount = class {
  #options;
  constructor(options) {
    this.#options = options;
  }
  /** @returns true where the request was for an endpoint, and is answered here */
  handle(request, response2) {
    if (this.#answers(request, response2)) return true;
    if (!this.#options.closed()) this.#options.watch.begin(request, response2);
    return false;
  }
  middleware(request, response2, next) {
    if (this.#answers(request, response2)) return;
    if (!this.#options.closed()) this.#options.watch.begin(request, response2, expressRoute);
    next();
  }
  /** Express's kind of error handler: keeps the error for `recentErrors` and passes it on. */
  errorMiddleware(error, request, _response, next) {
    this.#options.errors.tie(request, error);
    next(error);
  }
  listener(app) {
    return (request, response2) => {
      if (this.handle(request, response2)) return;
      if (app !== void 0) return app(request, response2);
      response2.writeHead(404, { "content-type": "application/json; charset=utf-8" });
      response2.end(JSON.stringify({ error: "not-found", message: "Nothing is served here." }));
    };
  }
  #answers(request, response2) {
    const { endpoints } = this.#options;
    let url = request.url ?? "/";
    let name = endpoints.match(url);
    if (name === void 0) {
      const whole = originalUrl(request);
      if (whole === url) return false;
      url = whole;
      name = endpoints.match(whole);
      if (name === void 0) return false;
    }
    this.#options.watch.leave(response2);
    void this.#answer(name, url, request, response2);
    return true;
  }
  async #answer(name, url, request, response2) {
    const answer = await this.#options.endpoints.answer(name, {
      method: request.method ?? "GET",
      url,
      authorization: request.headers.authorization,
      address: addressOf(request, this.#options.clientAddress)
    });
    if (!response2.headersSent && !response2.destroyed) send(response2, answer);
  }
};
function send(response2, answer) {
  response2.writeHead(answer.statusCode, answer.headers);
  response2.end(answer.body);
}
function addressOf(request, clientAddress) {
  const { ip } = request;
  return clientAddress?.(request) ?? (typeof ip === "string" ? ip : void 0) ?? request.socket.remoteAddress ?? null;
}

// src/monitor/mounts/fastify.ts
function fastifyPlugin(options) {
  const { endpoints, watch, errors, clientAddress, closed } = options;
  const plugin = (instance, _options, done) => {
    const fastify = instance;
    fastify.addHook("onRequest", (request, reply, next) => {
      if (endpoints.match(request.url) === void 0 && !closed()) {
        const template = request.routeOptions?.url;
        watch.begin(request.raw, reply.raw, () => template);
      }
      next();
    });
    fastify.addHook("onError", (request, _reply, error, next) => {
      errors.tie(request.raw, error);
      next();
    });
    for (const url of endpoints.paths) {
      fastify.route({
        method: ["GET", "HEAD"],
        url,
        exposeHeadRoute: false,
        handler: async (request, reply) => {
          const name = endpoints.match(url) ?? "health";
          const answer = await endpoints.answer(name, {
            method: request.method,
            url: request.url,
            authorization: request.headers.authorization,
            address: clientAddress?.(request.raw) ?? request.ip ?? addressOf(request.raw, void 0)
          });
          return reply.code(answer.statusCode).headers(answer.headers).send(answer.body);
        }
      });
    }
    done();
  };
  return Object.assign(plugin, {
    [/* @__PURE__ */ Symbol.for("skip-override")]: true,
    [/* @__PURE__ */ Symbol.for("fastify.display-name")]: "deploy-guard-monitor"
  });
}

// src/monitor/mounts/fetch.ts
var FetchMount = class {
  #options;
  constructor(options) {
    this.#options = options;
  }
  /** Answers the endpoints; everything else goes to `app` and is counted, or is 404 without one. */
  async handle(request, app) {
    const url = pathOf(request.url);
    const name = this.#options.endpoints.match(url);
    if (name !== void 0) return this.#answer(name, url, request, null);
    if (app === void 0) {
      return Response.json({ error: "not-found", message: "Nothing is served here." }, { status: 404 });
    }
    if (this.#options.closed() || this.#ignored(request.method, url)) return app(request);
    const { tracker, errors } = this.#options;
    const startedAt = tracker.start();
    let statusCode = 500;
    try {
      const response2 = await app(request);
      statusCode = response2.status;
      return response2;
    } catch (error) {
      errors.tie(request, error);
      throw error;
    } finally {
      this.#finish(startedAt, request, routeTemplate(url), false, statusCode);
    }
  }
  /** Hono's kind of middleware. */
  async hono(context, next) {
    const { raw } = context.req;
    const url = pathOf(raw.url);
    const name = this.#options.endpoints.match(url);
    if (name !== void 0)
      return this.#answer(name, url, raw, nodeBindings(context)?.incoming.socket.remoteAddress ?? null);
    if (this.#options.closed() || this.#ignored(raw.method, url)) {
      await next();
      return void 0;
    }
    const { tracker, errors, watch } = this.#options;
    const node = nodeBindings(context);
    if (node !== null) {
      watch.begin(node.incoming, node.outgoing, () => honoRoute(context));
      await next();
      if (context.error !== void 0) errors.tie(node.incoming, context.error);
      return void 0;
    }
    const startedAt = tracker.start();
    let statusCode = 500;
    try {
      await next();
      statusCode = context.res.status;
      if (context.error !== void 0) errors.tie(raw, context.error);
    } catch (error) {
      errors.tie(raw, error);
      throw error;
    } finally {
      const template = honoRoute(context);
      this.#finish(startedAt, raw, template ?? routeTemplate(url), template !== void 0, statusCode);
    }
    return void 0;
  }
  #finish(startedAt, request, route, matched, statusCode) {
    const { tracker, errors } = this.#options;
    tracker.finish(startedAt, request.method, route, matched, statusCode, false);
    if (statusCode >= 500) errors.answered(request, { method: request.method, route, statusCode });
  }
  #ignored(method, url) {
    return this.#options.ignore?.({ method, url }) === true;
  }
  async #answer(name, url, request, address) {
    const answer = await this.#options.endpoints.answer(name, {
      method: request.method,
      url,
      authorization: request.headers.get("authorization") ?? void 0,
      address: this.#options.clientAddress?.(request) ?? address
    });
    return new Response(request.method === "HEAD" ? null : answer.body, {
      status: answer.statusCode,
      headers: answer.headers
    });
  }
};
function pathOf(url) {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  return start < 0 ? "/" : url.slice(start);
}
function honoRoute(context) {
  const template = context.req.routePath;
  return template === void 0 || template.endsWith("*") ? void 0 : template;
}
function nodeBindings(context) {
  const { incoming, outgoing } = context.env ?? {};
  return incoming?.socket !== void 0 && typeof outgoing?.writeHead === "function" ? { incoming, outgoing } : null;
}

// src/support/secret-forms.ts
var PLACE_HOLDER2 = "***";

// src/support/redact.ts
function redactUserInfo(text2) {
  return text2.replace(/\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#"'<>]{1,2000}@/gi, `$1${PLACE_HOLDER2}@`);
}

// src/monitor/redact-message.ts
var LONGEST = 300;
function redactMessage(message) {
  const text2 = redactUserInfo(message.slice(0, 4 * LONGEST)).replace(/\b([a-z][a-z0-9+.-]{0,30}:\/\/[^\s?#"'<>]*)[?#][^\s"'<>]*/gi, "$1").replace(/\{[\s\S]*(?:\}|$)/, "{\u2026}").replace(/\[[^\]]*(?:\]|$)/g, "[\u2026]").replace(/"(?:[^"\\]|\\.)*(?:"|\\?$)/g, '"\u2026"').replace(/(?<![\w])'(?:[^'\\]|\\.)*'/g, "'\u2026'").replace(/`[^`]*(?:`|$)/g, "`\u2026`").replace(/\b(bearer|basic)\s+\S+/gi, "$1 \u2026").replace(
    /((?:pass(?:word|phrase)?|pwd|secret|token|api[_-]?key|authorization|cookie|session|credential)\w*\s*[=:]\s*)\S+/gi,
    "$1\u2026"
  ).replace(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, "\u2026@\u2026").replace(/\b(?=[\w-]*\d)[\w-]{20,}\b/g, "\u2026").replace(/\b\d{6,}\b/g, "\u2026").replace(/\s+/g, " ").trim();
  return text2.length > LONGEST ? `${text2.slice(0, LONGEST - 1)}\u2026` : text2;
}
function describeError(thrown) {
  if (!(thrown instanceof Error) && (typeof thrown !== "object" || thrown === null || !("message" in thrown))) {
    return { name: "Error", code: null, message: redactMessage(String(thrown)) };
  }
  const { name, code, message } = thrown;
  return {
    name: typeof name === "string" && /^[\w.-]{1,60}$/.test(name) ? name : "Error",
    code: typeof code === "number" || typeof code === "string" && /^[\w.-]{1,60}$/.test(code) ? code : null,
    message: redactMessage(String(message))
  };
}

// src/monitor/database/pool.ts
var PoolWatch = class {
  #source;
  #listeners;
  #complete = false;
  #maxSize = null;
  #created = 0;
  #closed = 0;
  #inUse = 0;
  #waiting = 0;
  #failures = 0;
  #cleared = 0;
  /** Connections that were open before the monitor was attached and have shown themselves since. */
  #inherited = 0;
  constructor(source) {
    this.#source = source;
    this.#listeners = /* @__PURE__ */ new Map([
      ["connectionPoolCreated", (event) => this.#poolCreated(event)],
      ["connectionCreated", () => this.#created++],
      ["connectionClosed", () => this.#closed++],
      ["connectionCheckOutStarted", () => this.#waiting++],
      ["connectionCheckedOut", () => this.#checkedOut()],
      ["connectionCheckedIn", () => this.#checkedIn()],
      ["connectionCheckOutFailed", () => this.#checkOutFailed()],
      ["connectionPoolCleared", () => this.#cleared++]
    ]);
    for (const [event, listener] of this.#listeners) source.on(event, listener);
  }
  read() {
    return {
      complete: this.#complete,
      maxSize: this.#maxSize,
      size: Math.max(this.#inUse, this.#created + this.#inherited - this.#closed),
      inUse: this.#inUse,
      waiting: this.#waiting,
      createdTotal: this.#created,
      closedTotal: this.#closed,
      checkOutFailuresTotal: this.#failures,
      clearedTotal: this.#cleared
    };
  }
  close() {
    for (const [event, listener] of this.#listeners) this.#source.off(event, listener);
  }
  #poolCreated({ options }) {
    this.#complete = true;
    this.#maxSize = options?.maxPoolSize ?? this.#maxSize;
  }
  #checkedOut() {
    if (this.#waiting > 0) this.#waiting--;
    this.#inUse++;
    if (this.#inUse > this.#created + this.#inherited - this.#closed) this.#inherited++;
  }
  #checkedIn() {
    if (this.#inUse > 0) this.#inUse--;
  }
  #checkOutFailed() {
    if (this.#waiting > 0) this.#waiting--;
    this.#failures++;
  }
};

// src/monitor/database/port.ts
function resolveMongo(source, database) {
  const given = typeof source === "function" ? source() : source;
  if (given === null || given === void 0) return null;
  if (isClient(given)) return { db: given.db(database), events: eventSource(given) };
  const client = given.client;
  return { db: given, events: eventSource(client) };
}
function isMongoSource(value) {
  if (typeof value === "function") return true;
  if (value === null || typeof value !== "object") return false;
  return isClient(value) || typeof value.command === "function";
}
function isClient(value) {
  return typeof value.db === "function";
}
function eventSource(value) {
  const candidate = value;
  return typeof candidate?.on === "function" && typeof candidate.off === "function" ? candidate : null;
}

// src/monitor/database/database-watch.ts
var SHORTEST_PING_INTERVAL_MS = 3e4;
var MOST_OUTSTANDING = 3;
var RETRY_MS = 1e3;
var GRACE_MS = 50;
var DatabaseWatch = class {
  #options;
  #timer;
  #retry;
  #resolved = null;
  #pool = null;
  #outstanding = 0;
  #lastPingAt = Number.NEGATIVE_INFINITY;
  #checkedAt = null;
  #heardAt = Number.NEGATIVE_INFINITY;
  #lastResponseTimeMs = null;
  #closed = false;
  #state = { status: "unknown", responseTimeMs: null, consecutiveFailures: 0, error: null };
  #onTopology = (event) => this.#topologyChanged(event);
  constructor(options) {
    this.#options = options;
  }
  /** Starts sampling. @returns when the first ping was answered or given up */
  start() {
    this.#timer = setInterval(() => void this.ping(), this.#options.intervalMs);
    this.#timer.unref();
    return this.ping();
  }
  /** The database, where the app has connected already. */
  get db() {
    return this.#attach()?.db ?? null;
  }
  /** Pings, unless too many pings are still out or the last one is too fresh. Never rejects. */
  async ping() {
    const { now, intervalMs, timeoutMs } = this.#options;
    const startedAt = now();
    if (this.#closed || this.#outstanding >= MOST_OUTSTANDING) return;
    if (startedAt - this.#lastPingAt < intervalMs - 50) return;
    let db;
    try {
      db = this.db;
    } catch (error) {
      this.#set({ status: "down", error: describeError(error).message });
      return;
    }
    if (db === null) {
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => void this.ping(), RETRY_MS);
      this.#retry.unref();
      return;
    }
    this.#outstanding++;
    this.#lastPingAt = startedAt;
    const answer = Promise.resolve().then(() => db.command({ ping: 1 })).finally(() => {
      this.#outstanding--;
    });
    answer.catch(() => {
    });
    let limit;
    try {
      await Promise.race([
        answer,
        new Promise((_resolve, reject) => {
          limit = setTimeout(() => {
            limit = setTimeout(() => reject(new Error(`no answer to ping within ${timeoutMs} ms`)), GRACE_MS);
            limit.unref();
          }, timeoutMs);
          limit.unref();
        })
      ]);
      this.#lastResponseTimeMs = Math.round((now() - startedAt) * 1e3) / 1e3;
      this.#set({ status: "up", responseTimeMs: this.#lastResponseTimeMs });
    } catch (error) {
      this.#set({ status: "down", error: describeError(error).message });
    } finally {
      clearTimeout(limit);
    }
  }
  read() {
    const { now, intervalMs, timeoutMs } = this.#options;
    const stale = now() - this.#heardAt > 2 * intervalMs + timeoutMs;
    const state = stale && this.#state.status === "up" ? { ...this.#state, status: "unknown", responseTimeMs: null } : this.#state;
    return {
      status: state.status,
      responseTimeMs: state.responseTimeMs,
      name: this.#resolved?.db.databaseName ?? this.#options.database ?? null,
      checkedAt: this.#checkedAt === null ? null : new Date(this.#checkedAt).toISOString(),
      consecutiveFailures: state.consecutiveFailures,
      error: state.error,
      pool: this.#pool?.read() ?? null
    };
  }
  close() {
    this.#closed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#retry);
    this.#resolved?.events?.off("topologyDescriptionChanged", this.#onTopology);
    this.#pool?.close();
  }
  #attach() {
    if (this.#resolved !== null || this.#closed) return this.#resolved;
    this.#resolved = resolveMongo(this.#options.mongo, this.#options.database);
    const events = this.#resolved?.events ?? null;
    if (events !== null) {
      this.#pool = new PoolWatch(events);
      events.on("topologyDescriptionChanged", this.#onTopology);
    }
    return this.#resolved;
  }
  #topologyChanged({ newDescription }) {
    if (newDescription === void 0) return;
    const usable = hasUsableServer(newDescription);
    if (!usable && this.#state.status === "up") {
      this.#set({ status: "down", error: "the driver has lost every server that can take a write" });
    } else if (usable && this.#state.status === "down") {
      this.#set({ status: "up", responseTimeMs: this.#lastResponseTimeMs });
    }
  }
  #set(next) {
    if (this.#closed) return;
    const changed = this.#state.status !== next.status;
    this.#checkedAt = this.#options.wallClock();
    this.#heardAt = this.#options.now();
    this.#state = next.status === "up" ? { status: "up", responseTimeMs: next.responseTimeMs, consecutiveFailures: 0, error: null } : {
      status: "down",
      responseTimeMs: null,
      consecutiveFailures: this.#state.consecutiveFailures + 1,
      error: next.error
    };
    if (changed) this.#options.onChange();
  }
};
function hasUsableServer(description) {
  const types = [...description.servers?.values() ?? []].map((server) => server.type ?? "Unknown");
  if (description.type?.startsWith("ReplicaSet") === true) return types.includes("RSPrimary");
  return types.some((type) => !["Unknown", "PossiblePrimary", "RSGhost"].includes(type));
}

// src/support/duration.ts
var UNITS = { ms: 1, s: 1e3, m: 6e4, h: 36e5 };
function parseDuration(text2) {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text2.trim());
  const factor = UNITS[match?.[2] ?? ""];
  if (!match?.[1] || factor === void 0) return void 0;
  const ms = Number(match[1]) * factor;
  return Number.isFinite(ms) ? ms : void 0;
}

// src/monitor/option-checks.ts
var SHORTEST_TOKEN = 16;
var OptionChecks = class {
  #problems = [];
  problem(where, message, hint) {
    this.#problems.push({ where, message, hint });
  }
  done() {
    if (this.#problems.length > 0) throw new ConfigurationError(this.#problems);
  }
  text(where, value) {
    if (typeof value === "string" && value.trim() !== "") return value;
    this.problem(where, "is missing or empty", `Give a text, such as ${where}: '1.2.3'.`);
    return "";
  }
  version(value) {
    if (typeof value === "function") return () => String(value());
    const text2 = this.text("version", value);
    return () => text2;
  }
  flag(where, value, fallback) {
    if (value === void 0) return fallback;
    if (typeof value === "boolean") return value;
    this.problem(where, `${typeof value} is no boolean`, "Write true or false.");
    return fallback;
  }
  integer(where, value, fallback, least, most) {
    if (value === void 0) return fallback;
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    this.problem(where, `${shape(value)} is out of range`, `Write a whole number from ${least} to ${most}.`);
    return fallback;
  }
  duration(where, value, fallback, leastMs, mostMs) {
    const ms = typeof value === "string" ? parseDuration(value) : void 0;
    if (value === void 0) return parseDuration(fallback) ?? leastMs;
    if (ms !== void 0 && ms >= leastMs && ms <= mostMs) return ms;
    const range = `from ${leastMs / 1e3}s to ${mostMs / 1e3}s`;
    this.problem(
      where,
      `${shape(value)} is no duration ${range}`,
      `Write a duration ${range}, such as '${fallback}'.`
    );
    return leastMs;
  }
  names(where, value) {
    if (value === void 0) return void 0;
    if (Array.isArray(value) && value.every((name) => typeof name === "string" && name !== "")) return value;
    this.problem(where, "is no list of names", `Write ${where}: ['orders', 'users'].`);
    return void 0;
  }
  callback(where, value) {
    if (value !== void 0 && typeof value !== "function") {
      this.problem(where, `${typeof value} is no function`, "Give a function, or leave it out.");
    }
    return value;
  }
  mongo(value) {
    if (value === void 0) return null;
    if (isMongoSource(value)) return value;
    this.problem(
      "mongo",
      `${value === null ? "null" : typeof value} is neither a MongoClient nor a Db`,
      "Give the MongoClient or Db of the app (of Mongoose: connection.getClient()), or a function that returns it."
    );
    return null;
  }
  basePath(value) {
    const path = typeof value === "string" ? value.replace(/\/+$/, "") : void 0;
    if (path !== void 0 && (path === "" || /^(\/[\w.~-]+)+$/.test(path))) return path;
    this.problem("basePath", `${shape(value)} is no path`, "Write a path such as '/api', without query.");
    return "/api";
  }
  /** Shows a token's length only, never the token. */
  tokens(adminToken) {
    if (adminToken === false) return [];
    const tokens = Array.isArray(adminToken) ? adminToken : [adminToken];
    const hint = "Set it to 16 random characters or more (openssl rand -hex 32); to leave the endpoints open, write adminToken: false.";
    if (tokens.length === 0) this.problem("adminToken", "was given but holds no token", hint);
    for (const token of tokens) {
      if (typeof token !== "string" || token === "") {
        this.problem("adminToken", "was given but is empty", hint);
      } else if (token.length < SHORTEST_TOKEN) {
        this.problem("adminToken", `${token.length} characters are too few`, hint);
      } else if (!/^[\x21-\x7e]+$/.test(token)) {
        this.problem("adminToken", "holds a blank or a character that a header cannot carry", hint);
      }
    }
    return tokens.filter((token) => typeof token === "string");
  }
  thresholds(overrides) {
    if (overrides === void 0) return DEFAULT_THRESHOLDS;
    const known = Object.keys(DEFAULT_THRESHOLDS);
    if (overrides === null || typeof overrides !== "object") {
      this.problem("thresholds", `${shape(overrides)} is no object`, `Its keys are: ${known.join(", ")}.`);
      return DEFAULT_THRESHOLDS;
    }
    const result = { ...DEFAULT_THRESHOLDS };
    for (const [name, level] of Object.entries(overrides)) {
      if (!isThreshold(name)) {
        this.problem(
          `thresholds.${name}`,
          "there is no such threshold",
          `Write one of: ${known.join(", ")}.`
        );
      } else if (level !== void 0) {
        result[name] = this.#level(`thresholds.${name}`, level, DEFAULT_THRESHOLDS[name]);
      }
    }
    return result;
  }
  #level(where, level, fallback) {
    if (level === null || typeof level !== "object") {
      this.problem(
        where,
        `${shape(level)} is no level`,
        "Write { degraded: NUMBER, unhealthy: NUMBER }; null switches one off."
      );
      return fallback;
    }
    const result = { ...fallback };
    for (const [side, value] of Object.entries(level)) {
      if (side !== "degraded" && side !== "unhealthy") {
        this.problem(`${where}.${side}`, "there is no such level", "Write degraded or unhealthy.");
      } else if (value === null || typeof value === "number" && Number.isFinite(value) && value >= 0) {
        result[side] = value;
      } else if (value !== void 0) {
        this.problem(
          `${where}.${side}`,
          `${shape(value)} is no level`,
          "Write a number of 0 or more, or null to switch it off."
        );
      }
    }
    if (result.degraded !== null && result.unhealthy !== null && result.degraded > result.unhealthy) {
      this.problem(
        where,
        `degraded (${result.degraded}) is above unhealthy (${result.unhealthy})`,
        "Write a lower degraded, or unhealthy: null."
      );
    }
    return result;
  }
};
function isThreshold(name) {
  return Object.hasOwn(DEFAULT_THRESHOLDS, name);
}
function shape(value) {
  const text2 = typeof value === "string" ? `'${value}'` : typeof value === "number" ? String(value) : typeof value;
  return text2.length > 40 ? typeof value : text2;
}

// src/monitor/options.ts
var NAMES = [
  "version",
  "mongo",
  "database",
  "databaseRequired",
  "adminToken",
  "basePath",
  "window",
  "maxRoutes",
  "minRequests",
  "thresholds",
  "sampleInterval",
  "databaseInterval",
  "databaseTimeout",
  "collections",
  "collectionsMaxAge",
  "ignore",
  "route",
  "clientAddress",
  "onAlert"
];
var HOUR_MS = 36e5;
function resolveOptions(options) {
  const check = new OptionChecks();
  if (options === null || typeof options !== "object") {
    throw new ConfigurationError({
      where: "createMonitor",
      message: "needs options",
      hint: "Write { version: '1.2.3' }."
    });
  }
  for (const name of Object.keys(options)) {
    if (!NAMES.some((known) => known === name)) {
      check.problem(name, "there is no such option", `Write one of: ${NAMES.join(", ")}.`);
    }
  }
  const settings = {
    version: check.version(options.version),
    mongo: check.mongo(options.mongo),
    database: options.database === void 0 ? void 0 : check.text("database", options.database),
    databaseRequired: check.flag("databaseRequired", options.databaseRequired, true),
    adminTokens: "adminToken" in options ? check.tokens(options.adminToken) : [],
    basePath: check.basePath(options.basePath ?? "/api"),
    windowMs: check.duration("window", options.window, "5m", 1e4, HOUR_MS),
    maxRoutes: check.integer("maxRoutes", options.maxRoutes, 100, 1, 1e3),
    minRequests: check.integer("minRequests", options.minRequests, DEFAULT_MIN_REQUESTS, 1, 1e6),
    thresholds: check.thresholds(options.thresholds),
    sampleIntervalMs: check.duration("sampleInterval", options.sampleInterval, "10s", 1e3, 6e4),
    databaseIntervalMs: check.duration(
      "databaseInterval",
      options.databaseInterval,
      "30s",
      SHORTEST_PING_INTERVAL_MS,
      HOUR_MS
    ),
    databaseTimeoutMs: check.duration("databaseTimeout", options.databaseTimeout, "5s", 100, 3e4),
    collections: check.names("collections", options.collections),
    collectionsMaxAgeMs: check.duration(
      "collectionsMaxAge",
      options.collectionsMaxAge,
      "5m",
      6e4,
      24 * HOUR_MS
    ),
    ignore: check.callback("ignore", options.ignore),
    route: check.callback("route", options.route),
    clientAddress: check.callback("clientAddress", options.clientAddress),
    onAlert: check.callback("onAlert", options.onAlert)
  };
  check.done();
  return settings;
}

// src/monitor/service.ts
var import_node_cluster = __toESM(require("node:cluster"), 1);
var import_node_crypto2 = require("node:crypto");
var import_node_os2 = require("node:os");

// src/monitor/alerts/alert-book.ts
var HISTORY_LIMIT = 1e3;
var FIRE_AFTER = 2;
var RESOLVE_AFTER = 2;
var SEVERITIES2 = ["info", "warning", "error", "critical"];
var AlertBook = class {
  #watches = /* @__PURE__ */ new Map();
  #history = [];
  #sequence = 0;
  #firedTotal = 0;
  #resolvedTotal = 0;
  /**
   * Takes in the rules that are broken now. An alert fires when its rule was broken twice in a row (a lost
   * database at once) and is resolved when it was clear twice in a row.
   * @param now epoch milliseconds
   * @param only this rule was looked at again, out of turn; the others wait for theirs
   * @returns the alerts that fired, grew more severe or were resolved by this
   */
  update(reasons, now, only) {
    const changed = [];
    const concerned = (type) => only === void 0 || type === only;
    const broken = new Map(
      reasons.filter(({ rule }) => concerned(rule)).map((reason) => [reason.rule, reason])
    );
    for (const [type, watch] of this.#watches) {
      if (broken.has(type) || !concerned(type)) continue;
      watch.broken = 0;
      watch.clear++;
      if (watch.entry === null) {
        this.#watches.delete(type);
      } else if (watch.clear >= RESOLVE_AFTER) {
        watch.entry.resolvedAt = now;
        this.#resolvedTotal++;
        changed.push(watch.entry);
        this.#watches.delete(type);
      }
    }
    for (const [type, reason] of broken) {
      const watch = this.#watches.get(type) ?? { broken: 0, clear: 0, firstSeenAt: now, entry: null };
      this.#watches.set(type, watch);
      watch.broken++;
      watch.clear = 0;
      if (watch.entry !== null) {
        if (this.#refresh(watch.entry, reason)) changed.push(watch.entry);
      } else if (watch.broken >= (type === "database-down" ? 1 : FIRE_AFTER)) {
        watch.entry = this.#fire(reason, watch.firstSeenAt);
        changed.push(watch.entry);
      }
    }
    return changed.map((entry) => shown(entry, now));
  }
  summary(now) {
    const active = [...this.#watches.values()].flatMap(({ entry }) => entry === null ? [] : [entry]);
    const byType = {};
    for (const { type } of this.#history) byType[type] = (byType[type] ?? 0) + 1;
    const firedSince = (since) => this.#history.filter(({ startedAt }) => startedAt >= since).length;
    return {
      firing: active.length,
      firingBySeverity: bySeverity(active),
      active: active.sort((a, b) => SEVERITIES2.indexOf(b.severity) - SEVERITIES2.indexOf(a.severity)).map((entry) => shown(entry, now)),
      history: {
        size: this.#history.length,
        limit: HISTORY_LIMIT,
        firedTotal: this.#firedTotal,
        resolvedTotal: this.#resolvedTotal,
        firedLastHour: firedSince(now - 36e5),
        firedLastDay: firedSince(now - 864e5),
        bySeverity: bySeverity(this.#history),
        byType
      }
    };
  }
  /** @param severity only these; null for all */
  history(now, limit, severity) {
    const matching = this.#history.filter((entry) => severity === null || severity.includes(entry.severity));
    const newest = limit === 0 ? [] : matching.slice(-limit).reverse();
    return { matched: matching.length, limit, severity, alerts: newest.map((entry) => shown(entry, now)) };
  }
  #fire(reason, since) {
    this.#sequence++;
    this.#firedTotal++;
    const { rule, message, value, threshold, unit } = reason;
    const entry = {
      id: `${rule}-${this.#sequence}`,
      type: rule,
      severity: severityOf(reason),
      message,
      value,
      threshold,
      unit,
      startedAt: since,
      resolvedAt: null
    };
    this.#history.push(entry);
    if (this.#history.length > HISTORY_LIMIT) this.#history.shift();
    return entry;
  }
  /** Keeps the worst severity that the alert had. @returns whether it grew */
  #refresh(entry, reason) {
    const severity = severityOf(reason);
    const grew = SEVERITIES2.indexOf(severity) > SEVERITIES2.indexOf(entry.severity);
    if (grew) entry.severity = severity;
    entry.message = reason.message;
    entry.value = reason.value;
    entry.threshold = reason.threshold;
    return grew;
  }
};
function shown(entry, now) {
  const { startedAt, resolvedAt, ...rest } = entry;
  return {
    ...rest,
    status: resolvedAt === null ? "firing" : "resolved",
    startedAt: new Date(startedAt).toISOString(),
    resolvedAt: resolvedAt === null ? null : new Date(resolvedAt).toISOString(),
    // The wall clock may jump back; a duration is never negative.
    durationSeconds: Math.max(0, ((resolvedAt ?? now) - startedAt) / 1e3)
  };
}
function bySeverity(entries) {
  const counts = { info: 0, warning: 0, error: 0, critical: 0 };
  for (const { severity } of entries) counts[severity]++;
  return counts;
}

// src/monitor/database/collection-counts.ts
var AT_ONCE = 5;
var CollectionCounts = class {
  #options;
  #cached = null;
  #running = null;
  constructor(options) {
    this.#options = options;
  }
  /** Never rejects: what went wrong is in the answer. */
  async read(db) {
    const { now, maxAgeMs, timeoutMs } = this.#options;
    if (this.#cached !== null && now() - this.#cached.at < maxAgeMs) return this.#cached.counts;
    this.#running ??= this.#count(db).finally(() => {
      this.#running = null;
    });
    let limit;
    const late2 = new Promise((resolve) => {
      limit = setTimeout(
        () => resolve(this.#cached?.counts ?? this.#failed(`no answer within ${timeoutMs} ms`)),
        timeoutMs
      );
      limit.unref();
    });
    return Promise.race([this.#running, late2]).finally(() => clearTimeout(limit));
  }
  async #count(db) {
    const { limit, timeoutMs, now, wallClock } = this.#options;
    try {
      const listed = this.#options.names ?? await listNames(db);
      const names = listed.slice(0, limit);
      const counts = [];
      let firstError = null;
      for (let from = 0; from < names.length; from += AT_ONCE) {
        const some = names.slice(from, from + AT_ONCE).map(async (name) => {
          try {
            const documents = await db.collection?.(name).estimatedDocumentCount({ maxTimeMS: timeoutMs });
            return { name, documents: documents ?? null };
          } catch (error) {
            firstError ??= describeError(error).message;
            return { name, documents: null };
          }
        });
        counts.push(...await Promise.all(some));
      }
      const answer = {
        countedAt: new Date(wallClock()).toISOString(),
        counts,
        truncated: listed.length > limit,
        error: firstError
      };
      if (firstError === null) this.#cached = { at: now(), counts: answer };
      return answer;
    } catch (error) {
      return this.#failed(describeError(error).message);
    }
  }
  #failed(error) {
    return {
      countedAt: new Date(this.#options.wallClock()).toISOString(),
      counts: [],
      truncated: false,
      error
    };
  }
};
async function listNames(db) {
  const listed = await db.listCollections?.({}, { nameOnly: true }).toArray() ?? [];
  return listed.filter(({ name, type }) => typeof name === "string" && !name.startsWith("system.") && type !== "view").map(({ name }) => String(name)).sort();
}

// src/monitor/recent-errors.ts
var RECENT_ERRORS = 50;
var NOWHERE = { method: null, route: null, statusCode: null };
var RecentErrors = class {
  #wallClock;
  #errors = [];
  /** What was thrown while a request was handled, until its response shows whether it became a 5xx. */
  #thrown = /* @__PURE__ */ new WeakMap();
  constructor(wallClock) {
    this.#wallClock = wallClock;
  }
  /** An error outside any request, or one whose response is not tracked. */
  add(thrown, place = NOWHERE) {
    this.#errors.push({ at: new Date(this.#wallClock()).toISOString(), ...place, ...describeError(thrown) });
    if (this.#errors.length > RECENT_ERRORS) this.#errors.shift();
  }
  /** Ties an error to the request (or response) whose answer is still to come. */
  tie(request, thrown) {
    this.#thrown.set(request, thrown);
  }
  /** A response with a status of 500 or above is complete. */
  answered(request, place) {
    const thrown = request === null ? void 0 : this.#thrown.get(request);
    this.add(thrown ?? { name: "Response", message: `answered ${place.statusCode}` }, place);
  }
  /** Newest first. */
  list() {
    return [...this.#errors].reverse();
  }
};

// src/monitor/requests/tracker.ts
var SLOTS = 6;
var FIGURES = 3;
var LONGEST_MS = LONGEST_US / 1e3;
var RequestTracker = class {
  routes;
  #now;
  #windowMs;
  #slotMs;
  #window = new SlidingWindow(SLOTS, FIGURES);
  #startedAt;
  #slot = 0;
  #slotEndsAt;
  #inFlight = 0;
  #total = 0;
  #clientErrors = 0;
  #serverErrors = 0;
  #aborted = 0;
  constructor(options) {
    this.#now = options.now;
    this.#windowMs = options.windowMs;
    this.#slotMs = options.windowMs / SLOTS;
    this.routes = new RouteTable(options.maxRoutes, SLOTS);
    this.#startedAt = options.now();
    this.#slotEndsAt = this.#startedAt + this.#slotMs;
  }
  get inFlight() {
    return this.#inFlight;
  }
  /** A request has come in. @returns its start, for `finish` */
  start() {
    this.#inFlight++;
    return this.#now();
  }
  /**
   * The response is complete, or the client has gone.
   * @param route a template out of a bounded set, never a raw path
   * @param matched false where the server knew no template: a 404 then counts as unmatched
   */
  finish(startedAt, method, route, matched, statusCode, aborted) {
    const now = this.#now();
    if (now >= this.#slotEndsAt) this.#rotate(now);
    if (this.#inFlight > 0) this.#inFlight--;
    this.#total++;
    const ms = now - startedAt;
    const us = ms < LONGEST_MS ? ms * 1e3 + 0.5 | 0 || 1 : LONGEST_US;
    let outcome = "ok";
    if (aborted) {
      outcome = "aborted";
      this.#aborted++;
    } else if (statusCode >= 500) {
      outcome = "server-error";
      this.#serverErrors++;
    } else if (statusCode >= 400) {
      outcome = "client-error";
      this.#clientErrors++;
    }
    const row = statusCode === 404 && !matched ? this.routes.find(method, route) ?? this.routes.unmatched : this.routes.row(method, route);
    this.#window.record(this.#slot, us, outcome);
    row.window.record(this.#slot, us, outcome);
    row.total++;
    row.sumMs += ms;
    const statusClass = aborted ? 0 : Math.trunc(statusCode / 100);
    row.classTotals[statusClass] = (row.classTotals[statusClass] ?? 0) + 1;
    let bucket = 0;
    while (bucket < BUCKETS_MS.length && ms > (BUCKETS_MS[bucket] ?? 0)) bucket++;
    row.buckets[bucket] = (row.buckets[bucket] ?? 0) + 1;
  }
  /** A request that was started turns out to be none of the app's. */
  forget() {
    if (this.#inFlight > 0) this.#inFlight--;
  }
  /** The window as it is now, without per-route statistics: what the rules of the status need. */
  recent() {
    this.#catchUp();
    const requests = this.#window.count;
    const errors = this.#window.errors();
    return {
      requests,
      errors,
      errorRate: rate(errors.serverErrors, requests),
      responseTime: this.#window.responseTime()
    };
  }
  statistics() {
    const now = this.#catchUp();
    const count = this.#window.count;
    const errors = this.#window.errors();
    const covered = Math.min(now - this.#startedAt, this.#windowMs - (this.#slotEndsAt - now));
    return {
      window: { seconds: this.#windowMs / 1e3, coveredSeconds: round(covered / 1e3) },
      requests: {
        count,
        total: this.#total,
        inFlight: this.#inFlight,
        perSecond: covered > 0 ? round(count * 1e3 / covered) : null
      },
      errors,
      errorsTotal: {
        clientErrors: this.#clientErrors,
        serverErrors: this.#serverErrors,
        aborted: this.#aborted
      },
      errorRate: rate(errors.serverErrors, count),
      responseTime: { ...this.#window.responseTime(), relativeError: relativeErrorOf(FIGURES) },
      endpoints: this.routes.rows().map(endpoint).filter((row) => row.requests > 0).sort((a, b) => b.requests - a.requests),
      endpointLimit: {
        limit: this.routes.limit,
        tracked: this.routes.tracked,
        relativeError: relativeErrorOf(ROUTE_FIGURES)
      }
    };
  }
  #catchUp() {
    const now = this.#now();
    if (now >= this.#slotEndsAt) this.#rotate(now);
    return now;
  }
  /** Moves on to the slot of `now`, emptying every slot whose time has passed. */
  #rotate(now) {
    const behind = Math.floor((now - this.#slotEndsAt) / this.#slotMs) + 1;
    for (let step = 0; step < Math.min(behind, SLOTS); step++) {
      this.#slot = (this.#slot + 1) % SLOTS;
      this.#window.clear(this.#slot);
      this.routes.clear(this.#slot);
    }
    this.#slotEndsAt += behind * this.#slotMs;
  }
};
function endpoint(row) {
  const requests = row.window.count;
  const errors = row.window.errors();
  return {
    method: row.method,
    route: row.route,
    requests,
    requestsTotal: row.total,
    ...errors,
    errorRate: rate(errors.serverErrors, requests),
    responseTime: row.window.responseTime()
  };
}
function rate(errors, requests) {
  return requests === 0 ? null : errors / requests;
}
function round(value) {
  return Math.round(value * 1e3) / 1e3;
}

// src/monitor/system/system-watch.ts
var import_node_os = require("node:os");
var import_node_v8 = require("node:v8");

// src/monitor/system/cgroup.ts
var import_promises = require("node:fs/promises");
var import_node_path = require("node:path");
var CGROUP_PLACES = { root: "/sys/fs/cgroup", self: "/proc/self/cgroup" };
async function readCgroup(places = CGROUP_PLACES) {
  const membership = await text(places.self);
  const path = membership === null ? void 0 : /^0::(\/.*)$/m.exec(membership)?.[1];
  if (path === void 0 || await text((0, import_node_path.join)(places.root, "cgroup.controllers")) === null) return null;
  const own = (0, import_node_path.join)(places.root, path);
  const start = await text((0, import_node_path.join)(own, "cgroup.controllers")) === null ? places.root : own;
  let cores = null;
  let cpu = null;
  let memory = null;
  for (let folder = start; ; folder = (0, import_node_path.dirname)(folder)) {
    const quota = parseCpuMax(await text((0, import_node_path.join)(folder, "cpu.max")));
    if (cpu === null || quota !== null && (cores === null || quota < cores)) {
      cpu = parseFlat(await text((0, import_node_path.join)(folder, "cpu.stat"))) ?? cpu;
    }
    if (quota !== null && (cores === null || quota < cores)) cores = quota;
    const level = await readMemory(folder);
    if (level !== null && (memory === null || fill(level) > fill(memory))) memory = level;
    if (folder === places.root || folder.length <= places.root.length) break;
  }
  return {
    cores,
    cpuUsageUs: cpu?.usage_usec ?? null,
    periods: cores === null ? null : cpu?.nr_periods ?? null,
    throttledPeriods: cores === null ? null : cpu?.nr_throttled ?? null,
    memory
  };
}
async function readMemory(folder) {
  const limit = (await text((0, import_node_path.join)(folder, "memory.max")))?.trim();
  if (limit === void 0 || !/^\d+$/.test(limit) || Number(limit) === 0) return null;
  const current = Number((await text((0, import_node_path.join)(folder, "memory.current")))?.trim() ?? Number.NaN);
  if (!Number.isFinite(current)) return null;
  const cache = parseFlat(await text((0, import_node_path.join)(folder, "memory.stat")))?.inactive_file ?? 0;
  return { limitBytes: Number(limit), usedBytes: Math.max(0, current - cache) };
}
function fill(level) {
  return level.usedBytes / level.limitBytes;
}
function parseCpuMax(content) {
  const match = content === null ? null : /^(\d+) (\d+)/.exec(content);
  if (!match) return null;
  const cores = Number(match[1]) / Number(match[2]);
  return Number.isFinite(cores) && cores > 0 ? cores : null;
}
function parseFlat(content) {
  if (content === null) return null;
  const entries = [...content.matchAll(/^(\w+) (\d+)$/gm)].map(([, key = "", value]) => [key, Number(value)]);
  return Object.fromEntries(entries);
}
async function text(path) {
  try {
    return await (0, import_promises.readFile)(path, "utf8");
  } catch {
    return null;
  }
}

// src/monitor/system/event-loop.ts
var import_node_perf_hooks2 = require("node:perf_hooks");
var RESOLUTION_MS = 20;
var EventLoopWatch = class {
  #delay;
  #observer;
  #utilization;
  #lastPauseMs = 0;
  #collections = 0;
  #major = 0;
  #pauseMs = 0;
  #eventLoop = {
    delayP50Ms: null,
    delayP99Ms: null,
    delayMaxMs: null,
    utilization: null
  };
  #pausePercent = null;
  constructor() {
    this.#delay = (0, import_node_perf_hooks2.monitorEventLoopDelay)({ resolution: RESOLUTION_MS });
    this.#delay.enable();
    this.#utilization = import_node_perf_hooks2.performance.eventLoopUtilization();
    this.#observer = new import_node_perf_hooks2.PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        this.#collections++;
        this.#pauseMs += entry.duration;
        const { kind } = entry.detail ?? {};
        if (kind === import_node_perf_hooks2.constants.NODE_PERFORMANCE_GC_MAJOR) this.#major++;
      }
    });
    this.#observer.observe({ entryTypes: ["gc"] });
  }
  /** Closes an interval of this length and starts the next. */
  sample(intervalMs) {
    const utilization = import_node_perf_hooks2.performance.eventLoopUtilization();
    const { utilization: share } = import_node_perf_hooks2.performance.eventLoopUtilization(utilization, this.#utilization);
    this.#utilization = utilization;
    const any = this.#delay.count > 0;
    this.#eventLoop = {
      delayP50Ms: any ? late(this.#delay.percentile(50)) : null,
      delayP99Ms: any ? late(this.#delay.percentile(99)) : null,
      delayMaxMs: any ? late(this.#delay.max) : null,
      utilization: Number.isFinite(share) ? Math.min(1, Math.max(0, round2(share))) : null
    };
    this.#delay.reset();
    const paused = this.#pauseMs - this.#lastPauseMs;
    this.#lastPauseMs = this.#pauseMs;
    this.#pausePercent = intervalMs > 0 ? Math.min(100, round2(paused * 100 / intervalMs)) : null;
  }
  get eventLoop() {
    return this.#eventLoop;
  }
  get gc() {
    return {
      collectionsTotal: this.#collections,
      majorCollectionsTotal: this.#major,
      pauseTotalMs: round2(this.#pauseMs),
      pausePercent: this.#pausePercent
    };
  }
  close() {
    this.#delay.disable();
    this.#observer.disconnect();
  }
};
function late(ns) {
  return Math.max(0, round2(ns / 1e6 - RESOLUTION_MS));
}
function round2(value) {
  return Math.round(value * 1e3) / 1e3;
}

// src/monitor/system/system-watch.ts
function cpuBetween(before, after, machineCores) {
  const quota = after.cgroup?.cores ?? null;
  const limited = quota !== null && quota < machineCores;
  const cores = limited ? quota : machineCores;
  const elapsedUs = before === null ? 0 : (after.at - before.at) * 1e3;
  const share = (usedUs) => usedUs === null || elapsedUs <= 0 ? null : round3(Math.min(100, Math.max(0, usedUs * 100 / (elapsedUs * cores))));
  return {
    percent: share(before === null ? null : after.processUs - before.processUs),
    cores,
    limitedBy: limited ? "cgroup" : "machine",
    containerPercent: share(difference(before?.cgroup?.cpuUsageUs, after.cgroup?.cpuUsageUs)),
    throttledPercent: throttled(before?.cgroup ?? null, after.cgroup)
  };
}
function throttled(before, after) {
  const periods = difference(before?.periods, after?.periods);
  const held = difference(before?.throttledPeriods, after?.throttledPeriods);
  if (periods === null || held === null) return null;
  return periods === 0 ? 0 : round3(Math.min(100, held * 100 / periods));
}
function difference(before, after) {
  return before === null || before === void 0 || after === null || after === void 0 ? null : Math.max(0, after - before);
}
function memoryOf(usage, heapLimitBytes, machine, cgroup) {
  const constrained = machine.constrainedBytes > 0 && machine.constrainedBytes < machine.totalBytes ? machine.constrainedBytes : null;
  const fitting = cgroup !== null && cgroup.limitBytes < machine.totalBytes ? cgroup : null;
  const limitBytes = fitting?.limitBytes ?? constrained ?? machine.totalBytes;
  const usedBytes = fitting?.usedBytes ?? usage.rss;
  return {
    usedPercent: round3(Math.min(100, usedBytes * 100 / limitBytes)),
    usedBytes,
    limitBytes,
    limitedBy: fitting === null && constrained === null ? "machine" : "cgroup",
    rssBytes: usage.rss,
    heapUsedBytes: usage.heapUsed,
    heapTotalBytes: usage.heapTotal,
    heapLimitBytes,
    heapUsedPercent: round3(Math.min(100, usage.heapUsed * 100 / heapLimitBytes)),
    externalBytes: usage.external
  };
}
var SystemWatch = class {
  #options;
  #loop = new EventLoopWatch();
  #machineCores = (0, import_node_os.availableParallelism)();
  #heapLimitBytes = (0, import_node_v8.getHeapStatistics)().heap_size_limit;
  #reading = null;
  #cpu;
  #sampledAt = null;
  constructor(options) {
    this.#options = options;
    this.#cpu = cpuBetween(null, { at: 0, processUs: 0, cgroup: null }, this.#machineCores);
  }
  /** Takes a sample; the first one only sets the mark that the next is measured from. */
  async sample() {
    const cgroup = await readCgroup(this.#options.cgroup);
    const { user, system } = process.cpuUsage();
    const reading = { at: this.#options.now(), processUs: user + system, cgroup };
    this.#cpu = cpuBetween(this.#reading, reading, this.#machineCores);
    if (this.#reading !== null) this.#loop.sample(reading.at - this.#reading.at);
    this.#reading = reading;
    this.#sampledAt = new Date(this.#options.wallClock()).toISOString();
  }
  read() {
    return {
      cpu: this.#cpu,
      memory: memoryOf(
        process.memoryUsage(),
        this.#heapLimitBytes,
        { totalBytes: (0, import_node_os.totalmem)(), constrainedBytes: process.constrainedMemory() },
        this.#reading?.cgroup?.memory ?? null
      ),
      eventLoop: this.#loop.eventLoop,
      gc: this.#loop.gc,
      uptimeSeconds: round3(process.uptime()),
      versions: {
        node: process.versions.node,
        v8: process.versions.v8,
        openssl: process.versions.openssl ?? "none"
      },
      platform: process.platform,
      arch: process.arch,
      sampledAt: this.#sampledAt
    };
  }
  close() {
    this.#loop.close();
  }
};
function round3(value) {
  return Math.round(value * 1e3) / 1e3;
}

// src/monitor/service.ts
var MOST_COLLECTIONS = 50;
var FIRST_INTERVAL_MS = 1e3;
var CLOCKS = { monotonic: () => performance.now(), wall: () => Date.now() };
var MonitorService = class {
  tracker;
  errors;
  #settings;
  #clocks;
  #system;
  #database;
  #counts;
  #alerts = new AlertBook();
  #instance;
  #firstSample;
  #samples;
  #firstPing = null;
  #closed = false;
  constructor(settings, clocks = CLOCKS, cgroup) {
    const { monotonic, wall } = clocks;
    this.#settings = settings;
    this.#clocks = clocks;
    this.tracker = new RequestTracker({
      windowMs: settings.windowMs,
      maxRoutes: settings.maxRoutes,
      now: monotonic
    });
    this.errors = new RecentErrors(wall);
    this.#system = new SystemWatch({ now: monotonic, wallClock: wall, ...cgroup ? { cgroup } : {} });
    this.#counts = new CollectionCounts({
      names: settings.collections,
      limit: MOST_COLLECTIONS,
      maxAgeMs: settings.collectionsMaxAgeMs,
      timeoutMs: settings.databaseTimeoutMs,
      now: monotonic,
      wallClock: wall
    });
    this.#database = settings.mongo === null ? null : new DatabaseWatch({
      mongo: settings.mongo,
      database: settings.database,
      intervalMs: settings.databaseIntervalMs,
      timeoutMs: settings.databaseTimeoutMs,
      now: monotonic,
      wallClock: wall,
      onChange: () => this.evaluate("database-down")
    });
    this.#instance = {
      id: (0, import_node_crypto2.randomUUID)(),
      hostname: (0, import_node_os2.hostname)(),
      pid: process.pid,
      workerId: import_node_cluster.default.worker?.id ?? null,
      startedAt: this.#iso(wall())
    };
    this.#firstPing = this.#database?.start().finally(() => {
      this.#firstPing = null;
    }) ?? null;
    void this.#system.sample();
    this.#firstSample = setTimeout(() => void this.#tick(), FIRST_INTERVAL_MS);
    this.#samples = setInterval(() => void this.#tick(), settings.sampleIntervalMs);
    this.#firstSample.unref();
    this.#samples.unref();
  }
  get closed() {
    return this.#closed;
  }
  /** Resolves once the database has been asked for the first time, at the latest after its time limit. */
  async ready() {
    await this.#firstPing;
  }
  health() {
    return this.#health(statusOf(this.#reasons()));
  }
  detailed() {
    const system = this.#system.read();
    const reasons = this.#reasons(system);
    return {
      ...this.#health(statusOf(reasons)),
      reasons,
      instance: this.#instance,
      database: this.#database?.read() ?? null,
      system
    };
  }
  metrics() {
    return { ...this.health(), instance: this.#instance, ...this.tracker.statistics() };
  }
  async diagnostics() {
    const db = this.#databaseHandle();
    const collections = db === null ? null : await this.#counts.read(db);
    return {
      ...this.detailed(),
      metrics: this.tracker.statistics(),
      collections,
      recentErrors: this.errors.list(),
      alerts: this.#alerts.summary(this.#clocks.wall()),
      thresholds: { ...this.#settings.thresholds }
    };
  }
  alertsSummary() {
    const now = this.#clocks.wall();
    return { timestamp: this.#iso(now), status: statusOf(this.#reasons()), ...this.#alerts.summary(now) };
  }
  alertsHistory(limit, severity) {
    const now = this.#clocks.wall();
    return { timestamp: this.#iso(now), ...this.#alerts.history(now, limit, severity) };
  }
  /** Judges the rules and lets the alerts follow: all with each sample, one when the database changes. */
  evaluate(only) {
    if (this.#closed) return;
    for (const alert of this.#alerts.update(this.#reasons(), this.#clocks.wall(), only)) {
      void this.#tell(alert);
    }
  }
  close() {
    this.#closed = true;
    clearTimeout(this.#firstSample);
    clearInterval(this.#samples);
    this.#database?.close();
    this.#system.close();
  }
  async #tick() {
    if (this.#closed) return;
    try {
      await this.#system.sample();
      this.evaluate();
    } catch (error) {
      this.errors.add(error);
    }
  }
  /** Never rejects, whether the app's function throws or its promise does. */
  async #tell(alert) {
    try {
      await this.#settings.onAlert?.(alert);
    } catch (error) {
      this.errors.add(error);
    }
  }
  #reasons(system = this.#system.read()) {
    const { requests, errorRate, responseTime } = this.tracker.recent();
    const database = this.#database?.read() ?? null;
    return brokenRules({ requests, errorRate, p95Ms: responseTime.p95Ms, system, database }, this.#settings);
  }
  #health(status) {
    return {
      status,
      version: this.#settings.version(),
      uptimeSeconds: Math.round(process.uptime() * 1e3) / 1e3,
      timestamp: this.#iso(this.#clocks.wall())
    };
  }
  /** The database where it is worth asking: not while it is known to be down. */
  #databaseHandle() {
    if (this.#database === null || this.#database.read().status === "down") return null;
    try {
      return this.#database.db;
    } catch {
      return null;
    }
  }
  #iso(ms) {
    return new Date(ms).toISOString();
  }
};

// src/monitor/create-monitor.ts
function createMonitor(options) {
  const settings = resolveOptions(options);
  const service = new MonitorService(settings);
  const { tracker, errors } = service;
  const ignore = guarded(settings.ignore, errors);
  const route = guarded(settings.route, errors);
  const clientAddress = guarded(settings.clientAddress, errors);
  const endpoints = new Endpoints(
    service,
    new Access(settings.adminTokens, CLOCKS.monotonic),
    settings.basePath
  );
  const watch = new RequestWatch({ tracker, errors, ignore, route });
  const closed = () => service.closed;
  const node = new NodeMount({ endpoints, watch, errors, clientAddress, closed });
  const fetchMount = new FetchMount({ endpoints, tracker, errors, watch, ignore, clientAddress, closed });
  return {
    handler: (request, response2) => node.handle(request, response2),
    listener: (app) => node.listener(app),
    middleware: (request, response2, next) => node.middleware(request, response2, next),
    errorMiddleware: (error, request, response2, next) => node.errorMiddleware(error, request, response2, next),
    fastify: fastifyPlugin({ endpoints, watch, errors, clientAddress, closed }),
    fetch: (request, app) => fetchMount.handle(request, app),
    hono: (context, next) => fetchMount.hono(context, next),
    recordError: (error, request) => {
      if (request === void 0) errors.add(error);
      else errors.tie(request, error);
    },
    read: {
      health: () => service.health(),
      detailed: () => service.detailed(),
      metrics: () => service.metrics(),
      diagnostics: () => service.diagnostics(),
      alertsSummary: () => service.alertsSummary(),
      alertsHistory: (limit = 100) => service.alertsHistory(limit, null),
      prometheus: () => prometheusText(service)
    },
    ready: () => service.ready(),
    close: () => service.close()
  };
}
function guarded(work, errors) {
  if (work === void 0) return void 0;
  return (argument) => {
    try {
      return work(argument);
    } catch (error) {
      errors.add(error);
      return void 0;
    }
  };
}

// src/monitor/env.ts
var ENV_PREFIX = "DEPLOY_GUARD_MONITOR_";
var asText = (text2) => text2;
var asNumber = (text2) => /^\d+(\.\d+)?$/.test(text2) ? Number(text2) : text2;
var asFlag = (text2) => text2 === "true" ? true : text2 === "false" ? false : text2;
var asList = (text2) => text2.split(",").map((item) => item.trim());
var OPTIONS = {
  DATABASE: { option: "database", read: asText },
  DATABASE_REQUIRED: { option: "databaseRequired", read: asFlag },
  BASE_PATH: { option: "basePath", read: asText },
  WINDOW: { option: "window", read: asText },
  MAX_ROUTES: { option: "maxRoutes", read: asNumber },
  MIN_REQUESTS: { option: "minRequests", read: asNumber },
  SAMPLE_INTERVAL: { option: "sampleInterval", read: asText },
  DATABASE_INTERVAL: { option: "databaseInterval", read: asText },
  DATABASE_TIMEOUT: { option: "databaseTimeout", read: asText },
  COLLECTIONS: { option: "collections", read: asList },
  COLLECTIONS_MAX_AGE: { option: "collectionsMaxAge", read: asText }
};
var ADMIN_TOKEN = "ADMIN_TOKEN";
var LEVELS = new Map(
  Object.keys(DEFAULT_THRESHOLDS).flatMap(
    (name) => ["degraded", "unhealthy"].map(
      (side) => [`${upper(name)}_${side.toUpperCase()}`, { name, side }]
    )
  )
);
var ENV_NAMES = [ADMIN_TOKEN, ...Object.keys(OPTIONS), ...LEVELS.keys()].map(
  (name) => ENV_PREFIX + name
);
function optionsFromEnv(env = process.env) {
  const problems = [];
  const options = {};
  const thresholds = {};
  for (const [variable, text2] of Object.entries(env)) {
    if (!variable.startsWith(ENV_PREFIX) || text2 === void 0) continue;
    const name = variable.slice(ENV_PREFIX.length);
    const level = LEVELS.get(name);
    const known = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : void 0;
    if (name === ADMIN_TOKEN) {
      options.adminToken = text2 === "false" ? false : text2.includes(",") ? asList(text2) : text2;
    } else if (level === void 0 && known === void 0) {
      problems.push({
        where: variable,
        message: "there is no such variable",
        hint: `Write one of: ${ENV_NAMES.join(", ")}.`
      });
    } else if (text2.trim() === "") {
    } else if (level !== void 0) {
      const side = { [level.side]: text2 === "off" ? null : asNumber(text2) };
      thresholds[level.name] = { ...thresholds[level.name], ...side };
    } else if (known !== void 0) {
      options[known.option] = known.read(text2.trim());
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return {
    ...options,
    ...Object.keys(thresholds).length > 0 ? { thresholds } : {}
  };
}
function upper(name) {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();
}
// Annotate the CommonJS export names for ESM import in node:
0 && (module.exports = {
  ConfigurationError,
  DEFAULT_THRESHOLDS,
  ENV_NAMES,
  ENV_PREFIX,
  createMonitor,
  optionsFromEnv
});
