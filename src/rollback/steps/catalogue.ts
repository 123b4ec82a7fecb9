import type { Document } from 'mongodb';
import type { Reversibility, Risk } from '../../report/vocabulary.ts';
import type { Reversal } from '../reversals/expand.ts';

/** Part of the plan digest: a plan that was approved with another catalogue is stale. */
export const CATALOGUE_VERSION = 1;

/** One STEP: plain JSON data, values in extended JSON. The built-in ones are below; the guard file overrides them and adds its own. */
export interface StepDefinition {
  /** The number of a built-in STEP, or the name of one of the team's own. */
  readonly step: string;
  readonly name: string;
  /** What reversing it does, in one sentence. */
  readonly effect: string;
  readonly risk: Risk;
  /** What it costs beyond the data, shown as a warning. */
  readonly cost?: string;
  /** Whether the old state can come back without the journal. With it, every built-in STEP can be undone. */
  readonly reversibility: Reversibility;
  /** STEPs that build on this one: where they are still in place, they should be rolled back first. */
  readonly dependents: readonly string[];
  readonly reversals: readonly Reversal[];
  /** What the plan counts and sums beyond documents. */
  readonly impact?: ImpactQuery;
}

/** Business impact, computed by the plan over the documents that the STEP would change. */
export type ImpactQuery =
  | {
      readonly kind: 'sum';
      readonly collection: string;
      readonly field: string;
      readonly by: string;
      readonly date: string;
      readonly where: Document;
    }
  | { readonly kind: 'count'; readonly collection: string; readonly where: Document; readonly words: string };

const ORDER_STATUS = ['PENDING', 'PROCESSING', 'SHIPPED', 'DELIVERED', 'CANCELLED'] as const;

export const BUILT_IN_STEPS: readonly StepDefinition[] = [
  {
    step: '19',
    name: 'subscription-id',
    effect: 'Unsets `subscription_id` on orders.',
    risk: 'medium',
    reversibility: 'irreversible',
    dependents: ['20'],
    reversals: [{ kind: 'unset-fields', collection: 'orders', fields: ['subscription_id'] }],
  },
  {
    step: '20',
    name: 'order-id',
    effect: 'Unsets `order_id` on subscriptions.',
    risk: 'medium',
    reversibility: 'derivable',
    dependents: [],
    reversals: [{ kind: 'unset-fields', collection: 'subscriptions', fields: ['order_id'] }],
  },
  {
    step: '21',
    name: 'user-customer-link',
    effect: 'Unsets `customer_id` on users and `user_id` on customers.',
    risk: 'critical',
    cost: 'breaks login: these users cannot log in until the link is back',
    reversibility: 'irreversible',
    dependents: ['29'],
    reversals: [
      { kind: 'unset-fields', collection: 'users', fields: ['customer_id'] },
      { kind: 'unset-fields', collection: 'customers', fields: ['user_id'] },
    ],
    impact: {
      kind: 'count',
      collection: 'users',
      where: { customer_id: { $exists: true } },
      words: 'users could not log in',
    },
  },
  {
    step: '22',
    name: 'order-status',
    effect: 'Maps `status` of orders back from upper case to lower case.',
    risk: 'medium',
    reversibility: 'derivable',
    dependents: [],
    reversals: [
      {
        kind: 'map-values',
        collection: 'orders',
        field: 'status',
        map: ORDER_STATUS.map((status) => [status, status.toLowerCase()] as const),
      },
    ],
  },
  {
    step: '23',
    name: 'one-time-orders',
    effect: 'Sets `excluded_from_billing: true` on one-time orders.',
    risk: 'critical',
    cost: 'one-time orders are not billed any more, about ₹600K of revenue a year',
    reversibility: 'derivable',
    dependents: [],
    reversals: [
      {
        kind: 'set-field',
        collection: 'orders',
        field: 'excluded_from_billing',
        value: true,
        where: { type: 'one_time' },
      },
    ],
    impact: {
      kind: 'sum',
      collection: 'orders',
      field: 'total_amount',
      by: 'currency',
      date: 'created_at',
      where: { type: 'one_time', excluded_from_billing: { $ne: true } },
    },
  },
  {
    step: '24',
    name: 'role-validation',
    effect: 'Removes the rule for `role` from the validator of users.',
    risk: 'critical',
    cost: 'removes a security check: any role can be written',
    reversibility: 'lossless',
    dependents: [],
    reversals: [{ kind: 'edit-validator', collection: 'users', rules: ['role'] }],
  },
  {
    step: '25',
    name: 'audit-trail',
    effect: 'Renames `audit_logs` away and unsets `created_by` and `updated_by` on orders.',
    risk: 'high',
    cost: 'changes are not traceable from the database any more',
    reversibility: 'irreversible',
    dependents: [],
    reversals: [
      { kind: 'rename-collection', collection: 'audit_logs', to: 'audit_logs_rolled_back' },
      { kind: 'unset-fields', collection: 'orders', fields: ['created_by', 'updated_by'] },
    ],
  },
  {
    step: '26',
    name: 'quantity',
    effect: 'Unsets `quantity` on subscriptions and on each of the items of orders.',
    risk: 'medium',
    reversibility: 'irreversible',
    dependents: [],
    reversals: [
      { kind: 'unset-fields', collection: 'subscriptions', fields: ['quantity'] },
      { kind: 'unset-fields', collection: 'orders', fields: ['items[].quantity'] },
    ],
  },
  {
    step: '27',
    name: 'date-validation',
    effect: 'Removes the date rules from the validator of subscriptions.',
    risk: 'high',
    cost: 'dates of any form can be written',
    reversibility: 'lossless',
    dependents: [],
    reversals: [{ kind: 'edit-validator', collection: 'subscriptions', rules: ['start_date', 'end_date'] }],
  },
  {
    step: '28',
    name: 'route-consolidation',
    effect: 'Copies `legacy_route` back over `route` in routes.',
    risk: 'medium',
    reversibility: 'irreversible',
    dependents: [],
    reversals: [{ kind: 'copy-field', collection: 'routes', from: 'legacy_route', to: 'route' }],
  },
  {
    step: '29',
    name: 'uuid-standardisation',
    effect:
      'Copies `legacy_id` of customers back over the `customer_id` references in orders, subscriptions and users.',
    risk: 'high',
    cost: 'references change everywhere at once; lossy without the journal',
    reversibility: 'lossy',
    dependents: [],
    reversals: [
      {
        kind: 'copy-by-reference',
        references: [
          { collection: 'orders', field: 'customer_id' },
          { collection: 'subscriptions', field: 'customer_id' },
          { collection: 'users', field: 'customer_id' },
        ],
        map: { collection: 'customers', from: 'customer_id', to: 'legacy_id' },
      },
    ],
  },
  {
    step: '30',
    name: 'indexes',
    effect: 'Drops the indexes that the catalogue names.',
    risk: 'high',
    cost: 'slower queries until the indexes are built again',
    reversibility: 'derivable',
    dependents: [],
    // Unique indexes and those with a time to live are not among them: they guard data, not speed.
    reversals: [
      {
        kind: 'drop-indexes',
        collection: 'orders',
        indexes: ['customer_id_1_created_at_-1', 'subscription_id_1', 'status_1_created_at_-1'],
      },
      {
        kind: 'drop-indexes',
        collection: 'subscriptions',
        indexes: ['customer_id_1_status_1', 'order_id_1', 'next_billing_date_1'],
      },
      { kind: 'drop-indexes', collection: 'users', indexes: ['customer_id_1'] },
      { kind: 'drop-indexes', collection: 'customers', indexes: ['user_id_1', 'legacy_id_1'] },
      { kind: 'drop-indexes', collection: 'audit_logs', indexes: ['entity_1_entity_id_1_created_at_-1'] },
    ],
  },
];
