import { formatDuration } from '../../support/duration.ts';
import { disarmCommands } from '../../support/untrusted-lines.ts';
import { printable, type Terminal } from './terminal.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 120;
/** Short runs need no line that moves. */
const SHOWN_AFTER_MS = 400;

/** Lines on standard error and, on a terminal, one below them that moves: what is being done, and for how long. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  #doing = '';
  #since = 0;
  #timer: NodeJS.Timeout | undefined;
  #frame = 0;
  #drawn = false;

  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
  }

  /** Starts the moving line; a pipe has none. */
  start(doing: string): void {
    this.#doing = doing;
    this.#since = this.#now();
    if (!this.#terminal.live) return;
    this.#timer = setInterval(() => this.#draw(), FRAME_MS);
    this.#timer.unref();
  }

  /** What the moving line says from here on. */
  doing(what: string): void {
    this.#doing = what;
  }

  /** Lines of their own. Text from outside must have gone through `printable`. */
  line(text: string): void {
    this.#erase();
    // In a GitHub job these lines are read for commands too.
    this.#terminal.err(`${disarmCommands(text)}\n`);
  }

  /** Takes the moving line away. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#erase();
  }

  #draw(): void {
    const elapsed = this.#now() - this.#since;
    if (elapsed < SHOWN_AFTER_MS) return;
    this.#frame = (this.#frame + 1) % FRAMES.length;
    const seconds = formatDuration(Math.floor(elapsed / 1_000) * 1_000);
    const text = `${FRAMES[this.#frame]} ${printable(this.#doing).replaceAll('\n', ' ')} · ${seconds}`;
    const cut = text.slice(0, this.#terminal.width - 1);
    this.#terminal.err(`\r\u001b[K${this.#terminal.errPaint('cyan', cut)}`);
    this.#drawn = true;
  }

  #erase(): void {
    if (!this.#drawn) return;
    this.#terminal.err('\r\u001b[K');
    this.#drawn = false;
  }
}
