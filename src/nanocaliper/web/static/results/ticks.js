// Where the ticks of an axis stand, and how their numbers are written.

/** Round values (1, 2, 5 · 10ⁿ apart) within low … high, about `count` of them. */
export function linearTicks(low, high, count = 5) {
  const raw = (high - low) / Math.max(count, 1);
  if (!(raw > 0) || !Number.isFinite(raw)) return [low];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => size >= raw * (1 - 1e-9));
  const ticks = [];
  const last = Math.floor(high / step + 1e-9);
  // Made from whole numbers, so that 0.3 is not 0.30000000000000004.
  for (let k = Math.ceil(low / step - 1e-9); k <= last; k += 1) ticks.push(Number((k * step).toPrecision(12)));
  return ticks;
}

/** Values 1, 2, 5 · 10ⁿ within low … high; powers of ten alone where those are enough. */
export function logTicks(low, high) {
  const digits = Math.log10(high / low) > 2.5 ? [1] : [1, 2, 5];
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    for (const digit of digits) {
      const value = Number((digit * 10 ** power).toPrecision(12));
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) ticks.push(value);
    }
  }
  return ticks;
}

/** A scale: {low, high, log, to(value) -> px}, from px `from` to px `until`. */
export function makeScale(low, high, from, until, log = false) {
  const f = log ? Math.log : (value) => value;
  const span = f(high) - f(low) || 1;
  return {
    low, high, log,
    to: (value) => from + ((f(value) - f(low)) / span) * (until - from),
    back(px) {
      const value = f(low) + ((px - from) / (until - from)) * span;
      return log ? Math.exp(value) : value;
    },
    ticks: (count) => (log ? logTicks(low, high) : linearTicks(low, high, count)),
  };
}
