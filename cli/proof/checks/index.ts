import type { Check } from "../check";
import { deployRole, fleetRole, serviceLinkedRoles, stateBuckets } from "./account";
import { alarms, deadLetters } from "./deployed/functions";
import { evidenceKey, imageKey } from "./deployed/keys";
import { pipelines } from "./deployed/pipelines";
import { shares } from "./deployed/shares";
import { subscriptions } from "./deployed/subscriptions";
import { leftovers } from "./leftovers";
import { instanceTypes, namedResources, network, regionEnabled } from "./network";
import { audiences, organization, ramTrustedAccess } from "./organization";
import { amis, arnNames, goldenParents, managedNames } from "./parents";
import { amiScans, inspector, lambdaConcurrency, quotas } from "./quotas";

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
