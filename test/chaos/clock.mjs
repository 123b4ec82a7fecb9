// Loaded before the guard by NODE_OPTIONS: its wall clock jumps as CHAOS_CLOCK says, a list of
// [milliseconds since the start, offset from then on]. Timers and performance.now() go on as they are, as
// they do where a machine's clock is set.
const jumps = JSON.parse(process.env.CHAOS_CLOCK ?? '[]');
const RealDate = Date;
const realNow = RealDate.now;
const offset = () => {
  const elapsed = performance.now();
  let current = 0;
  for (const [at, by] of jumps) if (elapsed >= at) current = by;
  return current;
};
const now = () => realNow() + offset();
RealDate.now = now;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made),
  apply: (target) => new target(now()).toString(),
});
