/** All proofs: statements about a factory's policies that must be true for every factory. */
import { AUDIENCE } from "./proofs/audience";
import { BUILD_ACCESS } from "./proofs/build-access";
import { CALLERS } from "./proofs/callers";
import { CI } from "./proofs/ci";
import { DATA } from "./proofs/data";
import { KEYS } from "./proofs/keys";
import { KNOWN } from "./proofs/known";
import { LIFECYCLE } from "./proofs/lifecycle";
import { ROLES } from "./proofs/roles";
import type { Proof } from "./proofs/support";

export const PROOFS: readonly Proof[] = [
  ...AUDIENCE,
  ...KEYS,
  ...DATA,
  ...ROLES,
  ...CALLERS,
  ...LIFECYCLE,
  ...BUILD_ACCESS,
  ...CI,
  ...KNOWN,
];
