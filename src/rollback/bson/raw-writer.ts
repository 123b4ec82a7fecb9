import { BsonType, copyRaw, type RawValue, rawLength } from './raw.ts';

const FIRST_SIZE = 128 * 1024;

/**
 * Writes BSON documents one behind the other into memory that grows and is used again. What a batch sends is
 * written here as the bytes that the server gets, without a detour over JavaScript values: a batch makes
 * thousands of those, and collecting them took half of a run.
 */
export class RawWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_SIZE);
  #at = 0;
  /** Where the documents begin that are still open. */
  readonly #open: number[] = [];

  /** Bytes written so far. */
  get length(): number {
    return this.#at;
  }

  /** What was written from a place on. A view: the next `clear` takes it away. */
  written(from = 0): Buffer {
    return this.#bytes.subarray(from, this.#at);
  }

  /** Begins anew, in the same memory. */
  clear(): void {
    this.#at = 0;
    this.#open.length = 0;
  }

  /** Bytes as they are, between documents. */
  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Begins a document of its own, or (with a name) one within the document that is open. */
  begin(name?: string, type: number = BsonType.document): void {
    if (name !== undefined) this.#header(type, name);
    this.#reserve(5);
    this.#open.push(this.#at);
    this.#at += 4;
  }

  /** Ends the document that was begun last. */
  end(): void {
    const start = this.#open.pop();
    if (start === undefined) throw new Error('no document is open');
    this.#reserve(1);
    this.#bytes[this.#at++] = 0;
    this.#bytes.writeInt32LE(this.#at - start, start);
  }

  raw(name: string, value: RawValue): void {
    this.#header(value.type, name);
    this.#reserve(rawLength(value));
    this.#at = copyRaw(value, this.#bytes, this.#at);
  }

  int32(name: string, value: number): void {
    this.#header(BsonType.int32, name);
    this.#reserve(4);
    this.#at = this.#bytes.writeInt32LE(value, this.#at);
  }

  boolean(name: string, value: boolean): void {
    this.#header(BsonType.boolean, name);
    this.#reserve(1);
    this.#bytes[this.#at++] = value ? 1 : 0;
  }

  date(name: string, value: Date): void {
    this.#header(BsonType.date, name);
    this.#reserve(8);
    this.#at = this.#bytes.writeBigInt64LE(BigInt(value.getTime()), this.#at);
  }

  string(name: string, value: string): void {
    this.#header(BsonType.string, name);
    const size = Buffer.byteLength(value) + 1;
    this.#reserve(4 + size);
    this.#at = this.#bytes.writeInt32LE(size, this.#at);
    this.#at += this.#bytes.write(value, this.#at, 'utf8');
    this.#bytes[this.#at++] = 0;
  }

  /** Binary data of the generic subtype: bytes, or what another writer wrote from a place on. */
  binary(name: string, value: Uint8Array): void;
  binary(name: string, value: RawWriter, from?: number): void;
  binary(name: string, value: Uint8Array | RawWriter, from = 0): void {
    const length = value.length - from;
    this.#header(BsonType.binary, name);
    this.#reserve(5 + length);
    this.#at = this.#bytes.writeInt32LE(length, this.#at);
    this.#bytes[this.#at++] = 0;
    if (value instanceof RawWriter) value.#bytes.copy(this.#bytes, this.#at, from, value.#at);
    else this.#bytes.set(value, this.#at);
    this.#at += length;
  }

  /** Binary data whose bytes are the characters of a text, as hashes come with the least memory. */
  latin1(name: string, value: string): void {
    this.#header(BsonType.binary, name);
    this.#reserve(5 + value.length);
    this.#at = this.#bytes.writeInt32LE(value.length, this.#at);
    this.#bytes[this.#at++] = 0;
    this.#at += this.#bytes.write(value, this.#at, 'latin1');
  }

  #header(type: number, name: string): void {
    // Three bytes at the most for each of JavaScript's characters.
    this.#reserve(2 + 3 * name.length);
    this.#bytes[this.#at++] = type;
    const start = this.#at;
    for (let index = 0; index < name.length; index++) {
      const code = name.charCodeAt(index);
      if (code >= 0x80) {
        this.#at = start + this.#bytes.write(name, start, 'utf8');
        break;
      }
      if (code === 0) throw new Error('a name must not hold a zero byte');
      this.#bytes[this.#at++] = code;
    }
    this.#bytes[this.#at++] = 0;
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#at + size));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

/** Writers in turn: each is somebody's from `take` to `give`, and its memory is used again. */
export class RawWriters {
  readonly #free: RawWriter[] = [];

  take(): RawWriter {
    return this.#free.pop() ?? new RawWriter();
  }

  give(writer: RawWriter): void {
    writer.clear();
    this.#free.push(writer);
  }
}
