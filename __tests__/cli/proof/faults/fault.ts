/** A fault that `factory doctor` must find. */

import type { Action } from "../../../../cli/aws-operations";
import type { Observation } from "../../../../cli/proof/check";
import type { Raw } from "../../../../tools/fixtures/factory-file";
import { awsError } from "../../aws-error";
import type { FakeAws } from "../fake-aws";

export interface Fault {
  /** Continues "reports that". */
  readonly fault: string;
  /** ID of the check that finds it. */
  readonly check: string;
  /** Answers of AWS. @default - those of a healthy factory */
  readonly answers?: Parameters<FakeAws["on"]>[0];
  /** Changes the factory file. */
  readonly file?: (file: Raw) => void;
  /** Account whose observations are compared. @default - all */
  readonly account?: string;
  /** Observations that need attention. */
  readonly observations: readonly Observation[];
}

/** Makes an operation answer that something doesn't exist. */
export function missing(action: Action, error: string): Fault["answers"] & object {
  return {
    [action]: () => {
      throw awsError(error);
    },
  };
}
