/** The package brings no types; this is what scripts/coverage/run.ts uses of it. */
declare module '@bcoe/v8-coverage' {
  export interface ScriptCov {
    readonly url: string;
    readonly functions: {
      functionName: string;
      isBlockCoverage: boolean;
      ranges: { startOffset: number; endOffset: number; count: number }[];
    }[];
  }
  export function mergeScriptCovs(covs: readonly ScriptCov[]): ScriptCov | undefined;
}
