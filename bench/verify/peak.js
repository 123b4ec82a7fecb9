// Loaded before the bundle: writes the greatest memory of the process when it ends. JavaScript, because
// stripping types would cost memory of its own.
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  const file = process.env.BENCH_PEAK_FILE;
  if (file) writeFileSync(file, String(process.resourceUsage().maxRSS * 1024));
});
