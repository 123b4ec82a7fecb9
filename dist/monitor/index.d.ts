export * from './types/monitor/index.js';
