/** The permissions of each role, and the services that assume it. */
import type { Proof } from "../support";
import { BUILD_ROLES } from "./build-role";
import { EXECUTION_ROLES } from "./execution-role";
import { FLEET } from "./fleet-role";
import { FOLLOWING, REBUILDER } from "./rebuilder-role";
import { RECORDER } from "./recorder-role";
import { TRUST } from "./trust";
import { UPDATER } from "./updater-role";

export const ROLES: readonly Proof[] = [
  BUILD_ROLES,
  EXECUTION_ROLES,
  UPDATER,
  REBUILDER,
  FOLLOWING,
  FLEET,
  RECORDER,
  TRUST,
];
