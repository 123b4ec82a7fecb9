import { Decimal128, type Document, Double, Int32, Long, ObjectId, UUID } from 'mongodb';

/** What decides every document of a seeded shop. */
export interface SeedPlan {
  seed: number;
  counts: Record<'users' | 'customers' | 'subscriptions' | 'orders' | 'routes' | 'audit_logs', number>;
}

const minute = 60_000;
const day = 24 * 60 * minute;
const opening = Date.UTC(2025, 0, 6);
/** Not customers: those who work in the shop. */
const staff = 5;

const firstNames = [
  'Aarav',
  'Priya',
  'José',
  'Zoë',
  'Wei',
  'Fatima',
  'Olu',
  'Søren',
  'Anjali',
  'Noah',
  'Mia',
  'Łukasz',
];
const lastNames = [
  'Sharma',
  'Patel',
  "O'Brien",
  'Müller',
  'García',
  'Chen',
  'Okafor',
  'Iyer',
  'Smith',
  'Nakamura',
];
const cities = ['Pune', 'Bengaluru', 'Kochi', 'Berlin', 'São Paulo', 'Leeds'];
const products: [sku: string, name: string, cents: number][] = [
  ['TEA-ASM-250', 'Assam tea, 250 g', 34_900],
  ['TEA-DRJ-100', 'Darjeeling first flush, 100 g', 89_950],
  ['COF-MLB-500', 'Malabar coffee, 500 g', 64_000],
  ['MUG-BLU-01', 'Blue mug', 24_999],
  ['BOX-GIFT-S', 'Gift box "small"', 149_900],
];
const statuses = ['PENDING', 'PROCESSING', 'SHIPPED', 'DELIVERED', 'CANCELLED'];
const routes = [
  'orders',
  'orders/:id',
  'subscriptions',
  'subscriptions/:id/pause',
  'users/:id',
  'customers',
  'login',
  'webhooks/:provider',
];
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** @param orders at least 0; the other collections are sized after it */
export function seedPlan(orders: number, seed: number): SeedPlan {
  const customers = Math.max(3, Math.ceil(orders / 20));
  return {
    seed,
    counts: {
      users: customers + staff,
      customers,
      subscriptions: Math.floor(orders / 4),
      orders,
      routes: routes.length * methods.length,
      audit_logs: Math.ceil(orders / 5),
    },
  };
}

/** Numbers that follow from the seed, the kind and the index alone, so that documents can be made in any order. */
class Chance {
  #state: number;

  constructor(seed: number, kind: string, index: number) {
    // FNV-1a over all three: neighbouring indexes must not give neighbouring streams.
    let hash = 0x811c9dc5;
    for (const unit of `${seed}/${kind}/${index}`)
      hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193);
    this.#state = hash >>> 0;
  }

  /** A whole number from 0 up to, not including, `end` (mulberry32). */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * end);
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  }

  percent(share: number): boolean {
    return this.below(100) < share;
  }

  hex(bytes: number): string {
    return Array.from({ length: bytes }, () => this.below(256).toString(16).padStart(2, '0')).join('');
  }
}

const kinds = ['users', 'customers', 'subscriptions', 'orders', 'routes', 'audit_logs'];

/** The id of a document, in the order of their indexes. */
export function idOf(plan: SeedPlan, kind: keyof SeedPlan['counts'], index: number): ObjectId {
  const seconds = Math.floor(opening / 1_000) + Math.floor(index / 100);
  const process = `${kinds.indexOf(kind).toString(16).padStart(2, '0')}${(plan.seed >>> 0).toString(16).padStart(8, '0')}`;
  return new ObjectId(
    `${seconds.toString(16).padStart(8, '0')}${process}${index.toString(16).padStart(6, '0')}`,
  );
}

/** The identifier that STEP 29 gave a customer, and the one it had before. */
export function customerIds(plan: SeedPlan, index: number): { uuid: UUID; legacy: string } {
  const hex = new Chance(plan.seed, 'uuid', index).hex(16);
  // Version 4, variant 1, as a random UUID says of itself.
  const uuid = new UUID(`${hex.slice(0, 12)}4${hex.slice(13, 16)}a${hex.slice(17)}`);
  return { uuid, legacy: `CUST-${String(index + 1).padStart(6, '0')}` };
}

export function userOf(plan: SeedPlan, index: number): Document {
  const chance = new Chance(plan.seed, 'users', index);
  const isCustomer = index < plan.counts.customers;
  const user: Document = {
    _id: idOf(plan, 'users', index),
    email: `user${index + 1}@shop.example`,
    name: `${chance.pick(firstNames)} ${chance.pick(lastNames)}`,
    role: isCustomer ? 'customer' : chance.pick(['support', 'manager', 'admin']),
    login_count: Long.fromNumber(chance.below(5_000)),
    created_at: new Date(opening - chance.below(400) * day),
    last_login: chance.percent(10) ? null : new Date(opening + chance.below(200) * day + chance.below(day)),
  };
  if (isCustomer) user.customer_id = customerIds(plan, index).uuid;
  if (chance.percent(60)) user.preferences = { newsletter: chance.percent(50), locale: 'en-IN' };
  return user;
}

export function customerOf(plan: SeedPlan, index: number): Document {
  const chance = new Chance(plan.seed, 'customers', index);
  const { uuid, legacy } = customerIds(plan, index);
  const customer: Document = {
    _id: idOf(plan, 'customers', index),
    customer_id: uuid,
    legacy_id: legacy,
    user_id: idOf(plan, 'users', index),
    name: `${chance.pick(firstNames)} ${chance.pick(lastNames)}`,
    address: { city: chance.pick(cities), postcode: String(100_000 + chance.below(900_000)) },
    credit: money(chance.below(100_000)),
    created_at: new Date(opening - chance.below(400) * day),
  };
  // Both occur in grown data, and are not the same: "no phone known" and "never asked".
  if (chance.percent(20)) customer.phone = null;
  else if (chance.percent(70)) customer.phone = `+91 9${chance.below(1_000_000_000)}`;
  return customer;
}

export function subscriptionOf(plan: SeedPlan, index: number): Document {
  const chance = new Chance(plan.seed, 'subscriptions', index);
  const start = opening + chance.below(300) * day;
  const ended = chance.percent(15);
  const subscription: Document = {
    _id: idOf(plan, 'subscriptions', index),
    customer_id: customerIds(plan, index % plan.counts.customers).uuid,
    order_id: idOf(plan, 'orders', firstOrderOf(index)),
    plan: chance.pick(['weekly', 'monthly', 'quarterly']),
    status: ended ? 'CANCELLED' : 'ACTIVE',
    quantity: 1 + chance.below(6),
    price: money(chance.pick(products)[2]),
    start_date: new Date(start),
    end_date: ended ? new Date(start + 90 * day) : null,
  };
  if (!ended) subscription.next_billing_date = new Date(start + 30 * day);
  return subscription;
}

export function orderOf(plan: SeedPlan, index: number): Document {
  const chance = new Chance(plan.seed, 'orders', index);
  const subscription = subscriptionIndexOf(plan, index);
  const customer = (subscription ?? chance.below(plan.counts.customers)) % plan.counts.customers;
  const items = Array.from({ length: 1 + chance.below(3) }, () => {
    const [sku, name, cents] = chance.pick(products);
    return { sku, name, quantity: 1 + chance.below(4), unit_price: money(cents), cents };
  });
  const total = items.reduce((sum, item) => sum + item.cents * item.quantity, 0);
  const created = new Date(opening + index * minute + chance.below(minute));
  const order: Document = {
    _id: idOf(plan, 'orders', index),
    order_number: `ORD-${String(index + 1).padStart(8, '0')}`,
    customer_id: customerIds(plan, customer).uuid,
    type: subscription === undefined ? 'one_time' : 'recurring',
    status: chance.pick(statuses),
    items: items.map(({ cents: _cents, ...item }) => item),
    total_amount: money(total),
    currency: chance.percent(85) ? 'INR' : chance.pick(['USD', 'EUR']),
    sequence: Long.fromNumber(9_000_000_000 + index),
    weight_kg: new Double(chance.below(50) / 10),
    parcels: new Int32(1 + chance.below(3)),
    created_at: created,
    updated_at: new Date(created.getTime() + chance.below(10) * day),
  };
  if (subscription !== undefined) order.subscription_id = idOf(plan, 'subscriptions', subscription);
  else if (chance.percent(10)) order.subscription_id = null;
  // Orders from before the audit trail have no author.
  if (chance.percent(90)) order.created_by = idOf(plan, 'users', customer);
  if (chance.percent(50)) order.updated_by = chance.percent(50) ? 'system' : idOf(plan, 'users', customer);
  if (chance.percent(30)) order.note = chance.pick([null, '', 'Ring twice – "blue door"', 'C/O राम & Söhne']);
  return order;
}

export function routeOf(plan: SeedPlan, index: number): Document {
  const chance = new Chance(plan.seed, 'routes', index);
  const method = methods[index % methods.length] ?? 'GET';
  const path = routes[Math.floor(index / methods.length)] ?? 'orders';
  const route: Document = {
    _id: idOf(plan, 'routes', index),
    route: `${method} /api/v2/${path}`,
    enabled: chance.percent(95),
    rate_limit: chance.below(1_000),
  };
  // Some routes are new with the consolidation and have nothing to go back to.
  if (!chance.percent(15)) route.legacy_route = `${method} /${path.replaceAll('/', '_')}.php`;
  return route;
}

export function auditLogOf(plan: SeedPlan, index: number): Document {
  const chance = new Chance(plan.seed, 'audit_logs', index);
  const order = chance.below(Math.max(1, plan.counts.orders));
  return {
    _id: idOf(plan, 'audit_logs', index),
    entity: 'orders',
    entity_id: idOf(plan, 'orders', order),
    action: chance.pick(['create', 'update', 'status']),
    actor: chance.percent(20) ? 'system' : idOf(plan, 'users', chance.below(plan.counts.users)),
    before: chance.percent(30) ? null : { status: chance.pick(statuses) },
    after: { status: chance.pick(statuses) },
    created_at: new Date(opening + index * 5 * minute),
  };
}

/** Three of five orders recur; they go round the subscriptions in turn. */
function subscriptionIndexOf(plan: SeedPlan, order: number): number | undefined {
  if (order % 5 >= 3 || plan.counts.subscriptions === 0) return undefined;
  return (Math.floor(order / 5) * 3 + (order % 5)) % plan.counts.subscriptions;
}

function firstOrderOf(subscription: number): number {
  return Math.floor(subscription / 3) * 5 + (subscription % 3);
}

function money(cents: number): Decimal128 {
  return Decimal128.fromString(`${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`);
}
