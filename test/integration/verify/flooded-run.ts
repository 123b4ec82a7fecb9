import { options, run, target } from './options.ts';

/**
 * A run of verify as a process of its own, so that its memory is nobody else's: probes an address whose body is beyond
 * the limit, and prints what came of it and the most memory that the process ever had, in bytes.
 * Arguments: address, samples, limit of the body in bytes.
 */
const [url = '', samples = '', bodyLimit = ''] = process.argv.slice(2);
const flooded = target(url, { samples: Number(samples), bodyLimit: Number(bodyLimit), timeoutMs: 60_000 });
const result = await run(options([flooded], { waitTimeoutMs: 0 }));
const peakBytes = process.resourceUsage().maxRSS * 1_024;
console.log(JSON.stringify({ result, peakBytes }));
