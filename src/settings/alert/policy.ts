import { createHash } from 'node:crypto';
import { ALERT_TYPE_NAMES, alertType } from '../../alert/catalogue/types.ts';
import type { AlertType, ChannelName } from '../../alert/model/alert.ts';
import type { AlertOptions, Target } from '../../alert/model/options.ts';
import type { MaintenanceWindow, Matcher, Route } from '../../alert/model/rules.ts';
import { DEFAULT_INHIBITIONS } from '../../alert/policy/inhibition.ts';
import { checkSchedule } from '../../alert/policy/silences.ts';
import { messageOf } from '../../support/errors.ts';
import { input, text } from '../../support/problem.ts';
import type { Location } from '../context/location.ts';
import type { SettingsContext } from '../context/settings-context.ts';
import type { AlertSections, MatchSection, RouteSection } from '../guard-file/sections/alert.ts';
import { slackUrlText } from '../values/alert.ts';
import { refusalOf } from '../values/refusal.ts';

const HOUR_MS = 3_600_000;

/** The guard file's rules of who is notified when, as data. Problems go to the context. */
export async function alertPolicy(
  file: AlertSections,
  usual: readonly ChannelName[],
  hasSlackToken: boolean,
  context: SettingsContext,
) {
  const section = file.alerts ?? {};
  const targets: Record<string, Target> = {};
  const routes = (section.routes ?? []).map((route, index) =>
    routeOf(route, context.file('alerts', 'routes', index), usual, hasSlackToken, targets),
  );
  const escalations = (section.escalate ?? [])
    .map(({ after, match, severity, channels }) => ({
      afterMs: after,
      match: matcherOf(match),
      channels: channels ?? [],
      ...(severity === undefined ? {} : { severity }),
    }))
    .sort((a, b) => a.afterMs - b.afterMs);
  const inhibitions = [
    ...(section['inhibit-defaults'] === false ? [] : DEFAULT_INHIBITIONS),
    ...(section.inhibit ?? []).map(({ when, mute, equal, within }) => ({
      when: matcherOf(when),
      mute: matcherOf(mute),
      equal: equal ?? [],
      withinMs: within ?? HOUR_MS,
    })),
  ];
  const silences = (file.silences ?? []).map(({ match, from, until, reason, by }) => ({
    match: matcherOf(match),
    until,
    reason,
    ...(from === undefined ? {} : { from }),
    ...(by === undefined ? {} : { by }),
  }));
  (file.silences ?? []).forEach(({ from, until }, index) => {
    if (from === undefined || from < until) return;
    context
      .file('silences', index, 'from')
      .refuse('silence-order', 'is not before `until`', 'A silence ends after it begins.');
  });
  return {
    targets,
    routes,
    escalations,
    inhibitions,
    silences,
    maintenance: await maintenanceOf(file, context),
    types: typesOf(section.types ?? {}),
  } satisfies Partial<AlertOptions>;
}

function routeOf(
  route: RouteSection,
  place: Location,
  usual: readonly ChannelName[],
  hasSlackToken: boolean,
  targets: Record<string, Target>,
): Route {
  const names = route.channels ?? usual;
  const unused = (key: 'slack-channel' | 'slack-webhook-url' | 'email-to', name: ChannelName) => {
    if (route[key] === undefined || names.includes(name)) return;
    place
      .at(key)
      .refuse(
        'unused-in-route',
        `is an option of \`${name}\`, which the route does not use`,
        `Add ${name} to its channels.`,
      );
  };
  unused('slack-channel', 'slack');
  unused('slack-webhook-url', 'slack');
  unused('email-to', 'email');
  if (route['slack-channel'] !== undefined && !hasSlackToken) {
    place
      .at('slack-channel')
      .refuse(
        'needs-slack-token',
        text`needs ${input('slack-token')}: a webhook posts to its own channel`,
        'Give `slack-webhook-url` here.',
      );
  }
  const key = (name: ChannelName): string => {
    const target = targetOf(name, route, place);
    if (target === undefined) return name;
    targets[target.key] = target.target;
    return target.key;
  };
  return {
    match: matcherOf(route.match),
    channels: names.map(key),
    continue: route.continue ?? false,
    ...(route['repeat-interval'] === undefined ? {} : { repeatIntervalMs: route['repeat-interval'] }),
  };
}

/** The goal that the route gives a channel, under a key that stays the same from run to run. */
function targetOf(
  name: ChannelName,
  route: RouteSection,
  place: Location,
): { key: string; target: Target } | undefined {
  const { 'slack-channel': channel, 'slack-webhook-url': webhook, 'email-to': to } = route;
  if (name === 'slack' && webhook !== undefined) {
    const at = place.at('slack-webhook-url');
    const url = at.secret(webhook);
    const issues = url === '' ? [] : (slackUrlText.safeParse(url).error?.issues ?? []);
    for (const issue of issues) at.refuseAs(refusalOf(issue));
    // The address is a secret; the key is shown.
    const hash = createHash('sha256').update(url).digest('hex').slice(0, 8);
    return { key: `slack:webhook-${hash}`, target: { name, slackWebhookUrl: url } };
  }
  if (name === 'slack' && channel !== undefined) {
    return { key: `slack:${channel}`, target: { name, slackChannel: channel } };
  }
  if (name === 'email' && to !== undefined)
    return { key: `email:${to.join(',')}`, target: { name, emailTo: to } };
  return undefined;
}

async function maintenanceOf(file: AlertSections, context: SettingsContext): Promise<MaintenanceWindow[]> {
  const windows: MaintenanceWindow[] = [];
  for (const [index, entry] of (file.maintenance ?? []).entries()) {
    const place = context.file('maintenance', index);
    const { name, cron, rrule, start, duration, match } = entry;
    const timeZone = entry['time-zone'] ?? 'UTC';
    if ((cron === undefined) === (rrule === undefined)) {
      place
        .at('name')
        .refuse(
          'maintenance-schedule',
          'needs either `cron` or `rrule`',
          "Write cron: '0 2 * * 0', or rrule and start.",
        );
      continue;
    }
    if (rrule !== undefined && start === undefined) {
      place
        .at('rrule')
        .refuse(
          'rrule-without-start',
          'needs `start`',
          'Write the wall time of the first window: start: 2026-01-04T02:00.',
        );
      continue;
    }
    if (rrule !== undefined && /DTSTART|TZID|FREQ=(SECONDLY|MINUTELY)/i.test(rrule)) {
      place
        .at('rrule')
        .refuse(
          'rrule-part',
          'holds DTSTART, TZID or a frequency below an hour',
          'Use `start` and `time-zone`, and FREQ=HOURLY or longer.',
        );
      continue;
    }
    if (cron !== undefined && start !== undefined) {
      place.at('start').refuse('start-without-rrule', 'belongs to `rrule`', 'Leave it out.');
      continue;
    }
    const schedule =
      cron !== undefined
        ? ({ kind: 'cron', pattern: cron } as const)
        : ({ kind: 'rrule', rule: rrule ?? '', start: withSeconds(start ?? '') } as const);
    const window = { name, match: matcherOf(match), durationMs: duration, timeZone, schedule };
    try {
      await checkSchedule(window);
      windows.push(window);
    } catch (error) {
      place
        .at(schedule.kind)
        .refuse(
          'not-a-schedule',
          `cannot be read: ${messageOf(error)}`,
          "Examples: cron: '0 2 * * 0', rrule: FREQ=WEEKLY;BYDAY=SU.",
        );
    }
  }
  return windows;
}

function withSeconds(start: string): string {
  return start.length === 16 ? `${start}:00` : start;
}

function matcherOf(section: MatchSection | undefined): Matcher {
  const { type, source, check, environment, severity, labels } = section ?? {};
  const minSeverity = section?.['min-severity'];
  return {
    ...(type === undefined ? {} : { type: list(type) }),
    ...(source === undefined ? {} : { source: list(source) }),
    ...(check === undefined ? {} : { check: list(check) }),
    ...(environment === undefined ? {} : { environment: list(environment) }),
    ...(severity === undefined ? {} : { severity: list(severity) }),
    ...(minSeverity === undefined ? {} : { minSeverity }),
    ...(labels === undefined
      ? {}
      : { labels: Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, list(value)])) }),
  };
}

function list<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** A common type keeps what is not changed; one of the user's own starts from `custom`. */
function typesOf(
  section: NonNullable<NonNullable<AlertSections['alerts']>['types']>,
): Record<string, AlertType> {
  return Object.fromEntries(
    Object.entries(section).map(([name, { title, severity, meaning, runbook, 'first-step': firstStep }]) => {
      const base = (ALERT_TYPE_NAMES as readonly string[]).includes(name)
        ? alertType(name)
        : { ...alertType('custom'), title: name, meaning: '' };
      const changed = {
        ...(title === undefined ? {} : { title }),
        ...(severity === undefined ? {} : { severity }),
        ...(meaning === undefined ? {} : { meaning }),
        ...(firstStep === undefined ? {} : { firstStep }),
        ...(runbook === undefined ? {} : { runbook }),
      };
      return [name, { ...base, ...changed }];
    }),
  );
}
