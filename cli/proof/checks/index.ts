import type { Check } from "../check";
import { deployRole, fleetRole, serviceLinkedRoles, stateBuckets } from "./account";
import { leftovers } from "./leftovers";
import { instanceTypes, namedResources, network, regionEnabled } from "./network";
import { audiences, organization, ramTrustedAccess } from "./organization";
import { amis, arnNames, goldenParents, managedNames } from "./parents";
import { amiScans, inspector, lambdaConcurrency, quotas } from "./quotas";
import { alarms, deadLetters } from "./resources/functions";
import { evidenceKey, imageKey } from "./resources/keys";
import { pipelines } from "./resources/pipelines";
import { shares } from "./resources/shares";
import { subscriptions } from "./resources/subscriptions";

/** All checks of `factory doctor`, in the order of its output. */
export const CHECKS: readonly Check[] = [
  ramTrustedAccess,
  audiences,
  organization,
  serviceLinkedRoles,
  deployRole,
  stateBuckets,
  fleetRole,
  regionEnabled,
  network,
  instanceTypes,
  namedResources,
  managedNames,
  arnNames,
  amis,
  goldenParents,
  quotas,
  lambdaConcurrency,
  inspector,
  amiScans,
  imageKey,
  evidenceKey,
  pipelines,
  subscriptions,
  shares,
  alarms,
  deadLetters,
  leftovers,
];
