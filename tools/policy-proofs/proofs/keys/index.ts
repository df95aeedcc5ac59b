/** Permissions to use, grant and manage the image keys, the data keys and the keys that sign. */
import type { Proof } from "../support";
import { DATA_KEY } from "./data-key";
import { ACCOUNT_ADMINISTRATORS, KEY_ADMINISTRATORS } from "./image-key-administrators";
import { GRANTS_TO_AUTO_SCALING, NOTHING_OUTSIDE } from "./image-key-audience";
import {
  USE_BY_EXECUTION_ROLES,
  USE_BY_IMAGE_BUILDER,
  USE_BY_INSPECTOR,
  USE_BY_REPOSITORIES,
} from "./image-key-use";
import { SIGNING_KEY } from "./signing-key";

export const KEYS: readonly Proof[] = [
  USE_BY_IMAGE_BUILDER,
  USE_BY_EXECUTION_ROLES,
  USE_BY_INSPECTOR,
  SIGNING_KEY,
  USE_BY_REPOSITORIES,
  GRANTS_TO_AUTO_SCALING,
  NOTHING_OUTSIDE,
  ACCOUNT_ADMINISTRATORS,
  KEY_ADMINISTRATORS,
  DATA_KEY,
];
