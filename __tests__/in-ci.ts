import { RUNS_ALL } from "../tools/fixtures/property-runs";

/** `test` for what takes too long for every run. It is skipped outside of CI. */
export const testInCi = RUNS_ALL ? test : test.skip;
