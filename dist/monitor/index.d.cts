export * from './types/monitor/index.cjs';
